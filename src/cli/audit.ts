import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { durationMs, parseDuration } from '../sequence/duration.js';
import { type Audit, auditLedger, type AuditedRow, type Finding } from '../store/audit.js';
import { auditRules } from '../store/audit-rules.js';
import { openDatabase } from '../store/database.js';
import { counted, say } from './terminal.js';

type AuditOptions = { readonly json?: boolean; readonly late: string };

/** Proves from the ledger that no lead got a step twice and that none is stuck; exit code 1 when it finds otherwise. */
export async function audit({ json, late }: AuditOptions): Promise<void> {
  const result = await auditDatabase(lateMsOf(late));
  if (result.findings.length > 0) process.exitCode = 1;
  say(json ? JSON.stringify(inFull(result), null, 2) : auditText(result));
}

/** The database alone: opening the whole store makes indexes, which fails on the very rows that an audit is to find. */
async function auditDatabase(lateMs: number): Promise<Audit> {
  const { DATA_DIR: dataDir, MONGODB_URI: uri } = readConfig(process.env);
  // On standard error, so that what is printed for programs stays whole.
  const database = await openDatabase({ dataDir, uri, mayShare: true, say: console.error });
  try {
    return await auditLedger(database.db, { now: new Date(), lateMs });
  } finally {
    await database.stop();
  }
}

function lateMsOf(late: string): number {
  const duration = parseDuration(late);
  if (duration) return durationMs(duration);
  const what = `--late ${JSON.stringify(late)} is no length of time`;
  const fix = 'Write for example "10 minutes" or "2 hours".';
  throw new FixableError({ code: 'bad-option', where: 'rivulet audit', what, fix });
}

function inFull({ checked, findings }: Audit) {
  return { ok: findings.length === 0, checked, findings: findings.map((one) => ({ ...one, ...auditRules[one.rule] })) };
}

/** Rows of a finding that are shown to a person; `--json` has more of them. */
const rowsShown = 10;

/** The result for a person: what was checked, and each finding with its rows, what it means and what mends it. */
export function auditText({ checked, findings }: Audit): string {
  const { enrollments, messages, calls, events } = checked;
  const what = [
    counted(enrollments, 'enrollment'),
    counted(messages, 'message'),
    counted(calls, 'call'),
    counted(events, 'event'),
  ].join(', ');
  if (findings.length === 0) return `${pc.green('✔')} ${what}: no lead got a step twice, and nothing is stuck.`;
  const rows = findings.reduce((sum, { count }) => sum + count, 0);
  return [
    ...findings.map(findingText),
    `${pc.red('✖')} ${what} checked: ${counted(rows, 'row')} broken, by ${counted(findings.length, 'rule')}.`,
  ].join('\n');
}

function findingText({ rule, count, rows }: Finding): string {
  const more = count - Math.min(rows.length, rowsShown);
  return [
    `${pc.bold(rule)}  ${counted(count, 'row')}`,
    `  ${auditRules[rule].means}`,
    `  ${auditRules[rule].mend}`,
    ...rows.slice(0, rowsShown).map((row) => `    ${rowText(row)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
    '',
  ].join('\n');
}

function rowText({ kind, id, enrollment, step }: AuditedRow): string {
  return `${kind} ${id}${enrollment ? ` of enrollment ${enrollment}, step ${step}` : ''}`;
}
