import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { importCsv } from '../transfer/import-csv.js';
import { countDeliveries } from '../lead/count-deliveries.js';
import { openRivulet, type Rivulet, type Surroundings } from '../main.js';
import type { StepCounts } from '../store/messages.js';
import { findRunningEngine } from '../store/embedded-engine.js';
import { assertTaken, openApiClient } from './api-client.js';
import { type Arrival, castOf } from './arrivals.js';
import { type Act, actsOn } from './people.js';
import { openSendgridAccount } from './sendgrid-account.js';

export type DemoSetting = Pick<Surroundings, 'say' | 'onFault'> & {
  readonly seed: number;
  readonly days: number;
  readonly from: Date;
  readonly dataDir: string;
  readonly projectDir: string;
  readonly leadsFile: string;
  /** How many of them play. */
  readonly people: number;
  readonly port: number;
  /** Files may be changed over the API. */
  readonly edit?: boolean;
  /** Told the share of the time that has been played, and a note. */
  readonly onProgress: (share: number, note: string) => void;
};

export type DemoResult = {
  readonly url: string;
  /** Sequences in the order of the funnel, mails in the order of their sequence. */
  readonly steps: readonly StepCounts[];
  readonly stages: readonly { readonly title: string; readonly count: number }[];
  readonly leads: number;
  readonly mails: number;
  readonly machineOpens: number;
  readonly suppressed: number;
  readonly stop: () => Promise<void>;
  /** Where the first admin chooses a password, to see the pages. */
  readonly firstLink: () => Promise<string | undefined>;
};

const dayMs = 86_400_000;

/**
 * Plays the life of some leads on a moved clock. Rivulet runs as it always does; what people do comes in over HTTP, by the
 * pixels, links and webhooks that a mailbox and a provider would call. The same seed plays the same.
 */
export async function playDemo(setting: DemoSetting): Promise<DemoResult> {
  const { seed, days, from, dataDir, projectDir, onProgress } = setting;
  const sendgrid = openSendgridAccount();
  await emptyDemoFolder(resolve(dataDir));
  const clock = { now: from };
  const config = readConfig({
    DATA_DIR: dataDir,
    PROJECT_DIR: projectDir,
    PORT: String(setting.port),
    SENDGRID_WEBHOOK_KEY: sendgrid.publicKey,
    ...(setting.edit ? { EDIT: '1' } : {}),
  });
  const rivulet = await openRivulet(config, { ...setting, now: () => clock.now }, false);
  const server = await rivulet.listen();
  const stop = async (): Promise<void> => {
    await server.stop();
    await rivulet.stop();
  };

  try {
    const cast = castOf(await readFile(setting.leadsFile, 'utf8'), setting);
    const fair = join(dataDir, 'leads.csv');
    await writeFile(fair, cast.atStart);
    const [broken] = (await importCsv(fair, rivulet)).firstBroken;
    if (broken) throw new Error(`the shipped leads are broken at line ${broken.line}: ${broken.reason}`);
    const api = openApiClient(server.url, rivulet.apiKey);
    const people = {
      seed,
      url: server.url,
      api,
      sendgrid,
      stageOf: (name: string) => rivulet.project().programs.get(name)?.stage ?? '',
      zoneOf: (address: string) => cast.zones.get(address) ?? 'UTC',
    };

    const until = new Date(from.getTime() + days * dayMs);
    const had = new Map<string, number>();
    const arriving = ({ at, lead }: Arrival): Act => ({ at, perform: () => api.post('/api/leads', lead) });
    let acts: readonly Act[] = cast.later.map(arriving).toSorted((a, b) => a.at.getTime() - b.at.getTime());
    let mailCount = 0;
    for (let next = await nextInstant(rivulet, acts); next && next <= until; next = await nextInstant(rivulet, acts)) {
      clock.now = next > clock.now ? next : clock.now;
      const due = acts.filter(({ at }) => at <= clock.now);
      for (const { perform } of due) await assertTaken(await perform());
      await rivulet.judgeHits();
      await rivulet.dispatcher.wake();

      const mails = await api.newMails();
      mailCount += mails.length;
      const coming = mails.flatMap((mail) => {
        const key = `${mail.to} ${mail.sequence}`;
        const earlierMails = had.get(key) ?? 0;
        had.set(key, earlierMails + 1);
        return actsOn(mail, earlierMails, clock.now, people);
      });
      acts = [...acts.slice(due.length), ...coming].toSorted((a, b) => a.at.getTime() - b.at.getTime());
      const playedMs = clock.now.getTime() - from.getTime();
      onProgress(playedMs / (days * dayMs), `day ${Math.floor(playedMs / dayMs) + 1} of ${days}, ${mailCount} mails`);
    }
    clock.now = until;
    // Nothing comes round in a demo; its pages are to show how mails were taken all the same.
    const counting = { store: rivulet.store, now: () => clock.now };
    while (!(await countDeliveries(counting)));
    return { url: server.url, stop, firstLink: rivulet.firstLink, ...(await resultOf(rivulet)) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Takes away what the last demo left, so that its leads are not counted with this one's; but never what is no demo's. */
async function emptyDemoFolder(dataDir: string): Promise<void> {
  const database = join(dataDir, 'mongodb');
  const mark = join(dataDir, 'made-by-the-demo');
  if (existsSync(database) && !existsSync(mark)) {
    const fix = 'Give the demo a folder of its own: --data ./data/demo';
    throw new FixableError({
      code: 'not-a-demo',
      where: dataDir,
      what: 'this folder holds data that no demo made, and the demo begins with an empty one',
      fix,
    });
  }
  if (await findRunningEngine(dataDir)) {
    throw new FixableError({
      code: 'data-dir-in-use',
      where: dataDir,
      what: 'another demo is using this folder',
      fix: 'End it with Ctrl-C, or give this one another: --data <dir>',
    });
  }
  await rm(database, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });
  await writeFile(mark, 'The demo empties this folder whenever it begins.\n');
}

/** The next instant at which anything happens at all; the time between is skipped. */
async function nextInstant({ store }: Rivulet, acts: readonly Act[]): Promise<Date | undefined> {
  const [step, mail, hit] = await Promise.all([
    store.enrollments.nextDueAt(),
    store.messages.nextAttemptAt(),
    store.hits.nextDueAt(),
  ]);
  return [step, mail, hit, acts[0]?.at].flatMap((at) => at ?? []).toSorted((a, b) => a.getTime() - b.getTime())[0];
}

async function resultOf({ store, project }: Rivulet): Promise<Omit<DemoResult, 'url' | 'stop' | 'firstLink'>> {
  const { funnel, programs } = project();
  const [counts, byStage, mails, machineOpens, suppressed] = await Promise.all([
    store.messages.countBySteps(),
    store.attention.leadsByStage(),
    store.mailbox.count(),
    store.events.count({ type: 'opened', machine: true }),
    store.suppressions.count(),
  ]);
  const order = funnel.map(({ name }) => name);
  const inOrder = [...programs.values()].toSorted(
    (a, b) => order.indexOf(a.stage ?? '') - order.indexOf(b.stage ?? ''),
  );
  return {
    steps: inOrder.flatMap(({ name, steps }) =>
      [...steps.keys()].flatMap((step) => counts.filter((count) => count.sequence === name && count.step === step)),
    ),
    stages: funnel.map(({ name, title }) => ({ title, count: byStage.get(name) ?? 0 })),
    leads: [...byStage.values()].reduce((sum, count) => sum + count, 0),
    mails,
    machineOpens,
    suppressed,
  };
}
