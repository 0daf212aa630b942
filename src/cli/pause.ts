import { resolve } from 'node:path';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { readProjectFolder } from '../project-folder.js';
import { nameOf, sequenceFiles } from '../sequence/project-files.js';
import { isPauseOf, type Pause, type PauseOf, type PauseStore } from '../store/pauses.js';
import type { Store } from '../store/open-store.js';
import { instant, say } from './terminal.js';
import { withStore } from './with-store.js';

export type PauseOptions = { sequence?: string; transport?: string; all?: boolean; because?: string; dir: string };

/** Holds up a sequence, a transport or everything, in every process on the database, within a second. */
export async function pause({ because = 'paused by hand', ...options }: PauseOptions): Promise<void> {
  const of = chosen(options);
  await withPauses(async (pauses, store) => {
    if (options.sequence !== undefined) await assertKnown(options.sequence, options.dir, store);
    await pauses.pause(of, { since: new Date(), because, by: 'person' });
    say(
      `${pc.green('✔')} ${inWords(of)} is paused. Mails wait; nothing is lost. To go on: rivulet resume ${optionFor(of)}`,
    );
  });
}

/** Lets it go on; exit code 1 when it was not paused. */
export async function resume(options: Omit<PauseOptions, 'because' | 'dir'>): Promise<void> {
  const of = chosen(options);
  await withPauses(async (pauses, store) => {
    if (await store.resume(of, new Date())) {
      say(`${pc.green('✔')} ${inWords(of)} goes on.`);
      return;
    }
    const others = [...pauses.known().values()];
    console.error(`${pc.red('✖')} ${inWords(of)} is not paused.${others.length > 0 ? ' What is:' : ''}`);
    for (const other of others) console.error(lineOf(other));
    process.exitCode = 1;
  });
}

/** Lists what is paused, since when and why. */
export async function listPauses({ json }: { json?: boolean }): Promise<void> {
  await withPauses(async (pauses) => {
    const all = [...pauses.known().values()];
    if (json) say(JSON.stringify(all, null, 2));
    else if (all.length === 0) say('Nothing is paused.');
    else for (const one of all) say(lineOf(one));
  });
}

function withPauses(work: (pauses: PauseStore, store: Store) => Promise<void>): Promise<void> {
  return withStore(readConfig(process.env), (store) => work(store.pauses, store));
}

/** Exactly one of the three: whoever forgets to say what must not stop everything. */
function chosen({ sequence, transport, all }: Pick<PauseOptions, 'sequence' | 'transport' | 'all'>): PauseOf {
  const named = [
    ...(sequence === undefined ? [] : [`sequence:${sequence}`]),
    ...(transport === undefined ? [] : [`transport:${transport}`]),
    ...(all ? ['everything'] : []),
  ];
  const [one = ''] = named;
  if (named.length === 1 && isPauseOf(one)) return one;
  throw new FixableError({
    code: 'bad-option',
    where: 'command line',
    what: named.length === 1 ? 'this cannot be the name of a sequence or transport' : 'name one thing',
    fix: 'Use one of: --sequence <name>, --transport <name>, --all',
  });
}

/** A pause of what is not there would stop nothing, and nobody would notice. */
async function assertKnown(sequence: string, dir: string, store: Store): Promise<void> {
  const running = (await store.enrollments.countActive()).map((one) => one.sequence);
  // Files that cannot be read must not be in the way of whoever has to stop something.
  const files = await readProjectFolder(resolve(dir)).then(sequenceFiles, () => []);
  const known = [...new Set([...files.map(({ file }) => nameOf(file)), ...running])];
  if (known.includes(sequence)) return;
  throw new FixableError({
    code: 'no-sequence',
    where: sequence,
    what: 'there is no such sequence, neither in the files nor on its way',
    fix: didYouMean(sequence, known),
  });
}

function inWords(of: PauseOf): string {
  if (of === 'everything') return 'Everything';
  const [kind, name] = of.split(':');
  return `The ${kind} "${name}"`;
}

function optionFor(of: PauseOf): string {
  return of === 'everything' ? '--all' : `--${of.replace(':', ' ')}`;
}

function lineOf({ of, since, because, by }: Pause): string {
  const whose = by === 'rivulet' ? ' by Rivulet itself' : '';
  return `  ${pc.bold(inWords(of))} is paused since ${instant(since, 'UTC')} UTC${whose}: ${because}`;
}
