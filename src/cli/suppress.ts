import { basename } from 'node:path';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { isSuppression, type Suppression, suppressions } from '../journey/facts.js';
import { importSuppressions } from '../transfer/import-suppressions.js';
import { isDomain, lift, readTarget, suppress, type SuppressTools } from '../lead/suppress.js';
import { openRivulet } from '../main.js';
import { progressBar } from './progress.js';
import { counted, reportFault, say } from './terminal.js';
import { whoami } from './whoami.js';
import { withStore } from './with-store.js';

/** Never mails an address again, or any at a domain. */
export async function suppressOne(written: string, { because }: { because?: string }): Promise<void> {
  const of = targetOf(written);
  await withTools(async (tools) => {
    const entry = { of, reason: 'manual', at: new Date(), by: whoami(), ...(because ? { because } : {}) } as const;
    const { added, leads } = await suppress([entry], tools);
    const whose = leads > 0 ? ` ${counted(leads, 'lead')} with it: what was going on there has ended.` : '';
    say(
      added > 0
        ? `${pc.green('✔')} ${inWords(of)} gets no more mail.${whose}`
        : `${pc.green('✔')} ${inWords(of)} was suppressed by hand already, and still is.`,
    );
  });
}

/** Imports a list; exit code 1 when some rows were broken. */
export async function importList(file: string): Promise<void> {
  await withTools(async (tools) => {
    const bar = progressBar('Importing');
    const by = `import of ${basename(file)} by ${whoami()}`;
    const setting = { ...tools, by, now: new Date(), onProgress: bar.update };
    const { added, known, leads, broken } = await importSuppressions(file, setting).finally(bar.stop);
    for (const { line, reason } of broken) console.error(`${pc.red('✖')} ${file}:${line}: ${reason}`);
    const rest = broken.length > 0 ? `; ${pc.red(`${counted(broken.length, 'row')} broken`)}, listed above` : '';
    say(`${pc.green('✔')} ${added} added, ${known} known before, ${counted(leads, 'lead')} among them${rest}.`);
    if (broken.length > 0) process.exitCode = 1;
  });
}

/** Lets an address or domain get mail again; exit code 1 when it was not suppressed. */
export async function liftOne(written: string, { because, only }: { because: string; only?: string }): Promise<void> {
  const of = targetOf(written);
  const which = only === undefined ? undefined : reasonOf(only);
  await withTools(async (tools) => {
    const reasons = await lift({ of, by: whoami(), because, at: new Date(), only: which }, tools);
    const still = await stillBecause(of, tools);
    if (!reasons) {
      console.error(`${pc.red('✖')} ${inWords(of)} is not suppressed${which ? ` for being ${which}` : ''}${still}`);
      process.exitCode = 1;
      return;
    }
    say(
      `${pc.green('✔')} ${inWords(of)} was suppressed (${reasons.join(', ')}). That is lifted${still || ': mail may go there again.'}`,
    );
  });
}

/** What speaks against an address all the same: a reason of its own that was left, or its domain. */
async function stillBecause(of: string, { store }: SuppressTools): Promise<string> {
  const own = (await store.suppressions.look(of))?.reason;
  if (own) return `. It still gets no mail: ${own}.`;
  const domain = of.slice(of.lastIndexOf('@'));
  const byDomain = isDomain(of) ? undefined : (await store.suppressions.look(domain))?.reason;
  return byDomain ? `. It still gets no mail, as nobody at ${domain} does.` : '';
}

function targetOf(written: string): string {
  const target = readTarget(written);
  if (target.ok) return target.of;
  throw new FixableError({
    code: 'bad-address',
    where: 'command line',
    what: target.problem,
    fix: 'Write one address, or "@example.com" for a whole domain',
  });
}

function reasonOf(written: string): Suppression {
  if (isSuppression(written)) return written;
  const fix = `Use one of: ${suppressions.join(', ')}`;
  throw new FixableError({ code: 'bad-option', where: '--only', what: `"${written}" is no reason`, fix });
}

function inWords(of: string): string {
  return isDomain(of) ? `Every address ${of}` : of;
}

/** A project with mistakes must not keep anybody from being left in peace: then the addresses alone are seen to. */
async function withTools(work: (tools: SuppressTools) => Promise<void>): Promise<void> {
  const config = readConfig(process.env);
  const rivulet = await openRivulet(config, { say, onFault: reportFault }, true).catch(unlessBadProject);
  if (rivulet) {
    try {
      return await work(rivulet);
    } finally {
      await rivulet.stop();
    }
  }
  console.error(
    pc.yellow(
      'The files cannot be used ("rivulet validate" tells why): runs that this ends do so when they next come due.',
    ),
  );
  return withStore(config, (store) => work({ store }));
}

/** What is wrong with files, and with nothing else. */
const faultsOfFiles = ['bad-project', 'no-project', 'unreadable-file'];

function unlessBadProject(error: unknown): undefined {
  if (!(error instanceof FixableError && faultsOfFiles.includes(error.code))) throw error;
}
