import pc from 'picocolors';
import { type Right, rights } from '../access/rights.js';
import { makeKey } from '../account/keys.js';
import { readConfig } from '../config.js';
import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { durationMs, parseDuration } from '../sequence/duration.js';
import type { ApiKey } from '../store/api-keys.js';
import { instant, say } from './terminal.js';
import { note } from './user.js';
import { withStore } from './with-store.js';

/** Lists the API keys, newest first. */
export async function listKeys({ json }: { json?: boolean }): Promise<void> {
  await withStore(readConfig(process.env), async ({ apiKeys }) => {
    const all = await apiKeys.all();
    if (json) return say(JSON.stringify(all, null, 2));
    if (all.length === 0) say('There is no key but that of the data folder. "rivulet key create" makes one.');
    for (const key of all) say(lineOf(key, new Date()));
  });
}

/** Makes a key and prints it, once. */
export async function createKey(name: string, options: { right: string[]; expires?: string }): Promise<void> {
  const wanted = options.right.map(rightNamed);
  const until = options.expires === undefined ? {} : { expiresAt: endAfter(options.expires) };
  await withStore(readConfig(process.env), async (store) => {
    const tools = { store, now: () => new Date() };
    const given = { name, rights: wanted, createdBy: 'the command line', ...until };
    const { key, secret } = await makeKey(given, tools);
    await note('rivulet key create', key, tools);
    say(secret);
    console.error(pc.dim(`The key "${name}", for ${wanted.join(', ')}. It is not shown again.`));
  });
}

/** Revokes a key by its id or by its first characters. */
export async function revokeKey(which: string): Promise<void> {
  await withStore(readConfig(process.env), async (store) => {
    const tools = { store, now: () => new Date() };
    const found = (await store.apiKeys.all()).filter(({ id, shown }) => id === which || shown === which.slice(0, 10));
    const [key] = found;
    if (!key || found.length > 1)
      throw new FixableError({
        code: 'no-key',
        where: which.slice(0, 10),
        what: key ? 'more than one key begins like this' : 'there is no such key',
        fix: '"rivulet key list --json" shows the id of each',
      });
    await store.apiKeys.revoke(key.id, tools.now());
    await note('rivulet key revoke', key, tools);
    say(`${pc.green('✔')} The key "${key.name}" opens nothing any more.`);
  });
}

function rightNamed(text: string): Right {
  const right = rights.find((one) => one === text);
  if (right) return right;
  throw new FixableError({
    code: 'bad-option',
    where: '--right',
    what: `there is no right "${text.slice(0, 40)}"`,
    fix: didYouMean(text, rights),
  });
}

function endAfter(text: string): Date {
  const duration = parseDuration(text);
  if (duration) return new Date(Date.now() + durationMs(duration));
  const what = `--expires ${JSON.stringify(text.slice(0, 40))} is no length of time`;
  throw new FixableError({ code: 'bad-option', where: 'rivulet key create', what, fix: 'Write for example "90 days"' });
}

function lineOf({ name, shown, rights: held, usedAt, expiresAt, revokedAt }: ApiKey, now: Date): string {
  const used = usedAt ? `used ${instant(usedAt, 'UTC')} UTC` : 'never used';
  const end = expiresAt
    ? `${expiresAt <= now ? 'over since' : 'until'} ${instant(expiresAt, 'UTC')} UTC`
    : 'without an end';
  const state = revokedAt ? pc.red(`revoked ${instant(revokedAt, 'UTC')} UTC`) : `${used}, ${end}`;
  return `  ${shown}…  ${pc.bold(name)}  ${held.join(', ')}  ${pc.dim(state)}`;
}
