import { type WayCount, winnerOf } from '../journey/split.js';
import type { Program, StepOfKind } from '../sequence/program.js';
import type { WayTaken } from '../store/enrollments.js';
import type { Store } from '../store/open-store.js';

type Split = { readonly program: Program; readonly step: StepOfKind<'split'> };

/** What people can do with a mail, as a winner's rule names it, and where that is noted. */
const noted = { opened: 'openedAt', clicked: 'clickedAt', replied: 'repliedAt' } as const;

/** Looks whether a way has won at any split that has a rule for it; answers what was decided, in words. */
export async function decideSplits(programs: Iterable<Program>, store: Store, now: Date): Promise<readonly string[]> {
  await store.winners.refresh();
  const open = [...programs]
    .flatMap((program) => [...program.steps.values()].map((step) => ({ program, step })))
    .flatMap(({ program, step }): readonly Split[] => (step.kind === 'split' && step.winner ? [{ program, step }] : []))
    .filter(({ step }) => !store.winners.known().has(step.key));

  const said: string[] = [];
  for (const split of open) {
    const line = await decide(split, store, now);
    if (line) said.push(line);
  }
  return said;
}

async function decide({ program, step }: Split, store: Store, now: Date): Promise<string | undefined> {
  const taken = await store.enrollments.waysTaken(step.key);
  if (!step.winner || taken.length === 0) return undefined;
  const counts = await countWays(step, taken, store);
  const way = winnerOf(step.winner, counts, taken[0]?.at, now);
  if (way === undefined) return undefined;
  const isNew = await store.winners.decide(step.key, { way, sequence: program.name, step: step.id, at: now });
  const figures = counts.map((count) => `${count.way} ${count.succeeded} of ${count.entered}`).join(', ');
  return isNew
    ? `${program.name}: "${way}" has won the split "${step.id}" (${step.winner.by}: ${figures}).`
    : undefined;
}

async function countWays(
  { ways, winner }: StepOfKind<'split'>,
  taken: readonly WayTaken[],
  store: Store,
): Promise<readonly WayCount[]> {
  return Promise.all(
    ways.map(async ({ name, mails }) => {
      const own = taken.filter(({ way }) => way === name);
      const succeeded = await successes(winner?.by ?? '', own, mails, store);
      return { way: name, entered: own.length, succeeded };
    }),
  );
}

/** How many of those who took a way did what its rule counts: with one of its mails, or in an event that came afterwards. */
async function successes(
  by: string,
  taken: readonly WayTaken[],
  mails: readonly string[],
  store: Store,
): Promise<number> {
  if (by === 'opened' || by === 'clicked' || by === 'replied') {
    const enrollments = taken.map(({ enrollment }) => enrollment);
    return (await store.messages.whose(enrollments, mails, noted[by])).size;
  }
  const events = await store.events.ofLeads([...new Set(taken.map(({ lead }) => lead))], [by]);
  return taken.filter(({ lead, at }) => events.get(lead)?.some((event) => event.at >= at && !event.machine)).length;
}
