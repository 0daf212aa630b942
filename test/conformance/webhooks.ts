import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  answerTo,
  type Fixture,
  fixtureProviders,
  inFixtureWords,
  type Keys,
  type Seen,
  statedBy,
  webhookFixtures,
} from '../webhook-fixtures.js';

/** One fixture whose answer is not the stated one. */
export type Miss = { readonly fixture: string; readonly expected: unknown; readonly got: unknown };

/** Runs every fixture of a folder through the code that verifies and reads webhooks; answers with the program's exit code. */
export async function conformWebhooks(folder: string, { json }: { readonly json: boolean }): Promise<number> {
  const isOfOne = existsSync(join(folder, 'index.json'));
  const providers = isOfOne ? [basename(resolve(folder))] : existsSync(folder) ? fixtureProviders(folder) : [];
  if (providers.length === 0) {
    process.stderr.write(`${folder}: no index.json. Give a folder of fixtures, such as ../shared/fixtures/webhooks.\n`);
    return 2;
  }
  const { total, misses } = await runFixtures(isOfOne ? dirname(resolve(folder)) : folder, providers);
  for (const { fixture, expected, got } of misses) {
    print(`${fixture}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}\n`);
  }
  const failed = misses.map(({ fixture }) => fixture);
  print(`${total - failed.length} of ${total} fixtures are read as they state\n`);
  if (json) print(`${JSON.stringify({ total, passed: total - failed.length, failed })}\n`);
  return total > 0 && failed.length === 0 ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(text);
}

/** All fixtures of a folder, and those that are not met. */
export async function runFixtures(
  folder: string,
  providers = fixtureProviders(folder),
): Promise<{ readonly total: number; readonly misses: readonly Miss[] }> {
  const misses: Miss[] = [];
  let total = 0;
  for (const provider of providers) {
    const { keys, fixtures } = webhookFixtures(provider, folder);
    const groups = new Map<string, Seen>();
    for (const fixture of fixtures) {
      total += 1;
      const seen = seenBefore(fixture, groups);
      const miss = await missOf(provider, fixture, { keys, folder, seen });
      if (miss) misses.push(miss);
    }
  }
  return { total, misses };
}

/** Only fixtures of one group know of each other. */
function seenBefore({ group, expect }: Fixture, groups: Map<string, Seen>): Seen {
  const name = group ?? expect.map((event) => event['group']).find((one) => typeof one === 'string');
  if (typeof name !== 'string') return new Set();
  const seen = groups.get(name) ?? new Set();
  groups.set(name, seen);
  return seen;
}

type Setting = { readonly keys: Keys; readonly folder: string; readonly seen: Seen };

async function missOf(provider: string, fixture: Fixture, { seen, ...setting }: Setting): Promise<Miss | undefined> {
  const expected = statedBy(fixture);
  // Whatever is thrown is a miss of this fixture and costs no other.
  const got = await answerTo(provider, fixture, setting)
    .then((answer) => inFixtureWords(answer, fixture, seen))
    .catch((error: unknown) => ({ thrown: String(error) }));
  return isDeepStrictEqual(got, expected) ? undefined : { fixture: `${provider}/${fixture.file}`, expected, got };
}
