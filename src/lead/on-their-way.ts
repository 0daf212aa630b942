import type { Enrollment } from '../journey/enrollment.js';
import { visit } from '../journey/visit.js';
import { type Fate, fateOf } from '../sequence/in-flight.js';
import type { Program, StepId } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { stepName } from '../sequence/step-words.js';
import { factsOf } from '../store/engine-store.js';
import type { Store } from '../store/open-store.js';

/** How many leads stand at a step, and what becomes of them by an edit. */
export type Waiting = {
  readonly revision: string;
  readonly step: StepId | null;
  /** The step in words, by the revision they are on. */
  readonly where: string;
  readonly count: number;
  readonly fate: Fate;
  /** Those who need not wait any longer because of it. */
  readonly dueAtOnce: number;
};

export type EditSetting = {
  readonly store: Store;
  readonly now: Date;
  /** The project as it will be. */
  readonly project: Project;
  readonly defaultTimeZone: string;
};

/** What an edit does to the leads in one sequence, from the first step to the last. `after` is missing where it is gone. */
export async function onTheirWay(
  sequence: string,
  after: Program | undefined,
  setting: EditSetting,
): Promise<readonly Waiting[]> {
  const { enrollments, revisions } = setting.store;
  const standing = (await enrollments.standing(sequence)).filter(({ revision }) => revision !== after?.revision);
  const told = standing.map(async ({ revision, step, count }) => {
    const from = await revisions.program(revision);
    const fate = fateOf(step, from, after);
    const here = step === null ? undefined : from?.steps.get(step);
    const where = from && here ? stepName(here, from) : `“${step}”`;
    const place = from ? [...from.steps.keys()].indexOf(step ?? '') : -1;
    const dueAtOnce = after && fate.kind === 'go-on' ? await countDue(sequence, revision, step, after, setting) : 0;
    return { place, waiting: { revision, step, where, count, fate, dueAtOnce } };
  });
  return (await Promise.all(told)).toSorted((a, b) => a.place - b.place).map(({ waiting }) => waiting);
}

/** How many of those at a wait have waited long enough for what it will be, though not for what it is: asked of the very rule that will decide. */
async function countDue(
  sequence: string,
  revision: string,
  id: StepId | null,
  { steps }: Program,
  { store, now, project, defaultTimeZone }: EditSetting,
): Promise<number> {
  const step = id === null ? undefined : steps.get(id);
  if (step?.kind !== 'wait' && step?.kind !== 'wait-until') return 0;
  const setting = { now: () => now, project: () => project, defaultTimeZone };
  const isOver = async (batch: readonly Enrollment[]): Promise<number> => {
    const leads = await store.leads.byIds(batch.map(({ lead }) => lead));
    return batch.filter((enrollment) => {
      const lead = leads.get(enrollment.lead);
      return lead && !('until' in visit(step, enrollment, factsOf({ lead }, store, setting), now, true));
    }).length;
  };
  let [count, batch]: [number, Enrollment[]] = [0, []];
  for await (const enrollment of store.enrollments.standingAt(sequence, revision, step.id)) {
    if (enrollment.dueAt && enrollment.dueAt > now) batch.push(enrollment);
    if (batch.length < batchSize) continue;
    count += await isOver(batch);
    batch = [];
  }
  return count + (await isOver(batch));
}

/** Leads read from the database at one time. */
const batchSize = 500;
