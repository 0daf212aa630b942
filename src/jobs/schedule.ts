import { randomUUID } from 'node:crypto';
import { type Engine, recordRaised } from '../engine.js';
import { lookHour } from '../journey/timed-events.js';
import { finishSubmissions } from '../lead/confirm-form.js';
import { finishEvents } from '../lead/draw-all.js';
import { hourlyLookBackMs, rollUp, type RollUpAsk } from '../lead/roll-up.js';
import { finishErasures } from '../lead/erase.js';
import { countDeliveries } from '../lead/count-deliveries.js';
import { joinLeftBehind } from '../lead/join-visitor.js';
import { guessZones } from '../lead/guess-zones.js';
import { forgetHits, judgeHits } from '../lead/judge-hits.js';
import { forgetVisits } from '../lead/site-events.js';
import { finishMerges } from '../lead/merge.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { EndpointTeller } from '../delivery/tell-endpoints.js';
import type { Store } from '../store/open-store.js';
import type { Bulk } from '../lead/bulk.js';
import type { Freshener } from '../lead/freshen.js';
import type { Importer } from '../transfer/importer.js';
import { callAudience, callByDates, lookAtSegments } from './calendar.js';
import { decideSplits } from './decide-splits.js';
import type { Recurring } from './recurring.js';

export type ScheduleSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly project: () => Project;
  /** Older revisions that leads are still on. */
  readonly inUse: () => readonly Program[];
  readonly defaultTimeZone: string;
  readonly wake: () => Promise<void>;
  readonly say: (line: string) => void;
  /** Where files are imported that came over HTTP. */
  readonly importer?: Pick<Importer, 'finish'>;
  /** What leads are searched by. */
  readonly freshener?: Freshener;
  /** What is done to many leads. */
  readonly bulk?: Pick<Bulk, 'finish'>;
  /** Who tells other systems what happens. */
  readonly teller?: Pick<EndpointTeller, 'look' | 'sweep'>;
  /** Where nobody moves the time: how far this machine's clock is off is measured again. */
  readonly clock?: { readonly measure: () => Promise<void> };
};

/** Processes that may dispatch at the same time. Each shard is one Agenda job, which one process holds at a time. */
const dispatchShards = 4;
/** What is kept for so long and still open was left by a dead process, or came faster than it could be done. */
const appliedWithinMs = 60_000;

/** Leads that are counted in one go: some hundred a second, so that it ends before another process may begin. */
const leadsAMinute = 30_000;

/** Counts what reports are made of. All processes are set to one zone, in whose days it is kept. */
async function countForReports(ask: Pick<RollUpAsk, 'atMost' | 'lookBackMs'>, setting: ScheduleSetting): Promise<void> {
  const { store, engine, defaultTimeZone: zone } = setting;
  const { now, onFault } = engine;
  await rollUp({ store, now, onFault }, { ...ask, zone, mayChangeZone: true });
}

/** Everything in Rivulet that comes round, by the project as it is now. */
export function schedule(setting: ScheduleSetting): readonly Recurring[] {
  const { store, engine, project, inUse, wake, say, clock, importer, freshener, bulk, teller } = setting;
  const broadcasts = [...project().programs.values()].flatMap((program): readonly Recurring[] => {
    if (!program.broadcast) return [];
    const { schedule: every, timeZone } = program.broadcast;
    return [{ name: `broadcast ${program.name}`, every, timeZone, run: () => broadcast(program, setting) }];
  });
  return [
    ...Array.from(
      { length: dispatchShards },
      (_, i): Recurring => ({ name: `dispatch ${i + 1}`, every: '5 seconds', run: wake }),
    ),
    ...(clock ? [{ name: 'clock', every: '1 minute', run: clock.measure }] : []),
    {
      name: 'judge hits',
      every: '5 seconds',
      run: async () => {
        if ((await judgeHits(store, engine)) > 0) await wake();
      },
    },
    { name: 'forget hits', every: '1 hour', run: () => forgetHits(store, engine) },
    {
      name: 'reconcile',
      every: '1 minute',
      run: async () => {
        const { uncertain, setAside } = await store.messages.reconcile(engine.now());
        await engine.wake([...uncertain, ...setAside]);
        if (uncertain.length > 0)
          say(
            `${uncertain.length} mails are uncertain: handed over before a process ended, their answer unheard. They are not sent again.`,
          );
        if (setAside.length > 0)
          say(
            `${setAside.length} mails are set aside: each time one was taken up the process ended. "rivulet audit" lists them.`,
          );
      },
    },
    {
      name: 'finish events',
      every: '1 minute',
      run: async () => {
        const before = new Date(engine.now().getTime() - appliedWithinMs);
        await finishEvents(before, store, engine);
        for (const enrollment of await store.enrollments.endedWithRaised()) await recordRaised(enrollment, engine);
      },
    },
    {
      name: 'finish submissions',
      every: '1 minute',
      run: () => {
        const before = new Date(engine.now().getTime() - appliedWithinMs);
        return finishSubmissions(before, { store, engine, newId: randomUUID }).then(wake);
      },
    },
    {
      name: 'finish erasures',
      every: '1 minute',
      run: () => finishErasures({ store, now: engine.now }),
    },
    {
      name: 'finish merges',
      every: '1 minute',
      run: async () => {
        await finishMerges({ store, engine, newId: randomUUID });
        await store.sameness.keyAgain();
      },
    },
    { name: 'visitors', every: '1 minute', run: () => joinLeftBehind({ store, engine }).then(wake) },
    { name: 'forget visits', every: '1 hour', run: () => forgetVisits({ store, engine }) },
    ...(importer
      ? [
          {
            name: 'finish imports',
            every: '1 minute',
            run: () => importer.finish(new Date(engine.now().getTime() - appliedWithinMs)).then(wake),
          },
        ]
      : []),
    ...(bulk
      ? [
          {
            name: 'finish bulk jobs',
            every: '1 minute',
            run: () => bulk.finish(new Date(engine.now().getTime() - appliedWithinMs)),
          },
        ]
      : []),
    ...(freshener
      ? [
          { name: 'freshen search', every: '1 minute', run: async () => void (await freshener.freshen(leadsAMinute)) },
          { name: 'freshen scores', every: '1 hour', run: freshener.freshenAll },
        ]
      : []),
    ...(teller
      ? [
          { name: 'tell endpoints', every: '5 seconds', run: teller.look },
          { name: 'tell endpoints, looking back', every: '1 hour', run: teller.sweep },
        ]
      : []),
    { name: 'guess zones', every: '1 day', run: async () => void (await guessZones({ store, engine })) },
    {
      name: 'splits',
      every: '1 minute',
      run: async () => {
        const programs = new Set([...project().programs.values(), ...inUse()]);
        for (const line of await decideSplits(programs, store, engine.now())) say(line);
      },
    },
    { name: 'reports', every: '1 minute', run: () => countForReports({ atMost: leadsAMinute }, setting) },
    {
      name: 'reports, looking back',
      every: '1 hour',
      run: () => countForReports({ lookBackMs: hourlyLookBackMs }, setting),
    },
    {
      name: 'deliverability',
      every: '1 minute',
      run: async () => void (await countDeliveries({ store, now: engine.now })),
    },
    { name: 'dates', every: '5 minutes', run: () => callByDates(setting).then(wake) },
    {
      name: 'segments',
      every: `0 ${lookHour} * * *`,
      timeZone: 'UTC',
      run: () => lookAtSegments(setting).then(wake),
    },
    ...broadcasts,
  ];
}

/** Enrolls the audience of a scheduled sequence. Fired twice within the same minute, it enrolls once. */
async function broadcast(scheduled: Program, setting: ScheduleSetting): Promise<void> {
  const current = setting.project().programs.get(scheduled.name);
  const [was, is] = [scheduled.broadcast, current?.broadcast];
  // A schedule that was changed or taken away a moment ago may strike once more; without this it would call everybody.
  if (!current || was?.schedule !== is?.schedule || was?.timeZone !== is?.timeZone) return;
  await callAudience(current, setting);
  await setting.wake();
}
