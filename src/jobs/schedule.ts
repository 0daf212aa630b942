import { type Engine, recordEvent, recordRaised } from '../engine.js';
import { idFrom } from '../event/id.js';
import { judge } from '../journey/condition.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';
import type { Recurring } from './recurring.js';

export type ScheduleSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly project: () => Project;
  readonly wake: () => Promise<void>;
  readonly say: (line: string) => void;
};

/** Processes that may dispatch at the same time. Each shard is one Agenda job, which one process holds at a time. */
const dispatchShards = 4;
const appliedWithinMs = 60_000;

/** Everything in Rivulet that comes round. */
export function schedule(setting: ScheduleSetting): readonly Recurring[] {
  const { store, engine, project, wake, say } = setting;
  const broadcasts = [...project().programs.values()].flatMap((program): readonly Recurring[] => {
    if (!program.broadcast) return [];
    const { schedule: every, timeZone } = program.broadcast;
    return [{ name: `broadcast ${program.name}`, every, timeZone, run: () => broadcast(program.name, setting) }];
  });
  return [
    ...Array.from(
      { length: dispatchShards },
      (_, i): Recurring => ({ name: `dispatch ${i + 1}`, every: '5 seconds', run: wake }),
    ),
    {
      name: 'reconcile',
      every: '1 minute',
      run: async () => {
        const { uncertain } = await store.messages.reconcile(engine.now());
        await store.enrollments.wake(
          uncertain.map(({ enrollment }) => enrollment),
          engine.now(),
        );
        if (uncertain.length > 0)
          say(
            `${uncertain.length} mails are uncertain: handed over before a process ended, their answer unheard. They are not sent again.`,
          );
      },
    },
    {
      name: 'finish events',
      every: '1 minute',
      run: async () => {
        const before = new Date(engine.now().getTime() - appliedWithinMs);
        for (const event of await store.events.unapplied(before, 1000)) await recordEvent(event, engine);
        for (const enrollment of await store.enrollments.endedWithRaised()) await recordRaised(enrollment, engine);
      },
    },
    ...broadcasts,
  ];
}

/** Enrolls the audience of a scheduled sequence. Fired twice within the same minute, it enrolls once. */
async function broadcast(name: string, { store, engine, project, wake }: ScheduleSetting): Promise<void> {
  const program: Program | undefined = project().programs.get(name);
  const firedAt = engine.now();
  const firing = firedAt.toISOString().slice(0, 16);
  const audience = program?.broadcast?.audience;
  for await (const lead of store.leads.all()) {
    const id = idFrom('broadcast', name, firing, lead.id);
    const event = {
      id,
      type: 'sequence.called',
      about: name,
      lead: lead.id,
      at: firedAt,
      source: 'schedule',
      machine: false,
    };
    const world = audience ? await engine.gatherWorld(event) : undefined;
    if (!audience || (world && judge(audience, world.facts, firedAt).holds)) await recordEvent(event, engine);
  }
  await wake();
}
