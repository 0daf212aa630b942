import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import type { AuditEntry, AuditLog } from '../store/audit-log.js';
import { instant, say } from './terminal.js';
import { withStore } from './with-store.js';

type LogOptions = { readonly who?: string; readonly thing?: string; readonly limit: string; readonly json?: boolean };

/** Prints who changed what, newest first. */
export async function showAuditLog({ limit, json, ...wanted }: LogOptions): Promise<void> {
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1)
    throw new FixableError({
      code: 'bad-option',
      where: 'rivulet audit-log',
      what: '--limit is not a whole number above 0',
      fix: 'For example: --limit 100',
    });
  await withStore(readConfig(process.env), async ({ auditLog }) => {
    const entries: AuditEntry[] = [];
    for await (const entry of entriesOf(auditLog, wanted)) {
      entries.push(entry);
      if (entries.length >= most) break;
    }
    if (json) return say(JSON.stringify(entries, null, 2));
    if (entries.length === 0) say('Nothing of this was changed by anybody.');
    for (const entry of entries) say(lineOf(entry));
  });
}

async function* entriesOf(log: AuditLog, wanted: Pick<LogOptions, 'who' | 'thing'>): AsyncGenerator<AuditEntry> {
  let after: string | undefined;
  do {
    const { items, next } = await log.page(200, after, wanted);
    yield* items;
    after = next;
  } while (after !== undefined);
}

function lineOf({ at, who, route, things, fields }: AuditEntry): string {
  const what = things.map(({ name, value }) => `${name} ${value}`).join(', ');
  const sent = fields.length > 0 ? pc.dim(`  (${fields.join(', ')})`) : '';
  return `  ${instant(at, 'UTC')} UTC  ${pc.bold(who.name)}  ${route}${what ? `  ${what}` : ''}${sent}`;
}
