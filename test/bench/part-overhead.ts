import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rounded } from './figures.js';
import type { Flags } from './flags.js';
import { type Lab, progress } from './lab.js';
import { type CallNode, callTree, CpuProfile, hottest, type Owner, type Shares, sharesOf } from './profile.js';
import { type Finding, row } from './report.js';
import { sourcePlaces } from './source-places.js';
import { openField, startWorker } from './worker.js';

/** What sending takes at the least; all else is overhead. */
const needed: readonly Owner[] = ['SMTP', 'MIME and DKIM', 'rendering'];

/** Where the worker's main thread spends its time, by a CPU profile of a drain. */
export async function measureOverhead(lab: Lab, { mails, profile }: Flags): Promise<Finding> {
  const worker = await startWorker(lab);
  try {
    const field = await openField(lab, worker);
    const drain = async (file?: string): Promise<number> => {
      const batch = await field.plant(mails);
      const { tookMs } = await worker.drain(file ? { profile: file } : {});
      await field.check(batch, mails);
      return (mails / tookMs) * 1000;
    };
    // Code that is still being compiled would be in the profile.
    await drain();
    const plain = await drain();
    const file = profile ?? join(lab.scratch, 'worker.cpuprofile');
    const profiled = await drain(file);
    progress(`overhead: ${plain.toFixed(0)} mails/s, ${profiled.toFixed(0)} while profiled`);
    const tree = callTree(CpuProfile.parse(JSON.parse(await readFile(file, 'utf8'))), sourcePlaces(lab.compiled.root));
    return findingOf(tree, sharesOf(tree), profile, mails);
  } finally {
    await worker.stop();
  }
}

function findingOf(tree: CallNode, shares: Shares, profile: string | undefined, mails: number): Finding {
  const { owned, idleMs, collectorMs, nobodysMs } = shares;
  const ownedMs = [...owned.values()].reduce((sum, ms) => sum + ms, 0);
  const busyMs = ownedMs + collectorMs + nobodysMs;
  const neededMs = needed.reduce((sum, owner) => sum + (owned.get(owner) ?? 0), 0);
  const share = (ms: number, of: number): string => `${((ms / of) * 100).toFixed(1)} %`;
  const perMail = (ms: number): string => ((ms / mails) * 1000).toFixed(0);
  const hot = profile
    ? ['', `hottest functions (${profile}): µs a mail, function, place`, ...hottest(tree, 40).map(hotLine(perMail))]
    : [];
  return {
    figures: [
      {
        key: 'overheadShare',
        label: 'share of time not in SMTP, MIME or rendering',
        value: 1 - neededMs / ownedMs,
        bar: { atMost: 0.35 },
      },
    ],
    more: {
      profile: Object.fromEntries([...owned].map(([owner, ms]) => [owner, rounded(ms / ownedMs, 3)])),
    },
    lines: [
      '',
      row('main thread of the worker', 'µs a mail', 'share', ''),
      ...[...owned].map(([owner, ms]) => row(`  ${owner}`, perMail(ms), share(ms, ownedMs), '')),
      row(
        '  garbage collector, which serves all of them',
        perMail(collectorMs),
        share(collectorMs, busyMs),
        'of busy time',
      ),
      row(
        '  native code and Node, of nobody in particular',
        perMail(nobodysMs),
        share(nobodysMs, busyMs),
        'of busy time',
      ),
      row('  idle', perMail(idleMs), share(idleMs, busyMs + idleMs), 'of all time'),
      ...hot,
    ],
  };
}

function hotLine(perMail: (ms: number) => string) {
  return ({ name, place, selfMs }: ReturnType<typeof hottest>[number]): string =>
    `${perMail(selfMs).padStart(7)}  ${name}  ${place.file ? `${place.file}:${place.line}` : ''}`;
}
