import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Lead } from '../journey/facts.js';
import type { LeadInput } from '../journey/lead-input.js';
import type { Store } from '../store/open-store.js';
import { captureLead, changesOf, createdEvent, firstTags } from './capture.js';
import { type Draft, openDrafts } from './draft.js';
import { isNews, newLead, withTold } from './told.js';

export type CaptureTools = {
  readonly store: Store;
  readonly engine: Engine;
  readonly newId: () => string;
  readonly defaultTimeZone: string;
};

/**
 * What is to be done about leads that were told of together. Kept before it is done, so that whoever takes it up after a crash
 * does the same and nothing twice: all that is to have an id has it here.
 */
export type Plan = {
  readonly at: Date;
  readonly source: string;
  readonly fresh: readonly Fresh[];
  readonly retold: readonly { readonly input: LeadInput; readonly events: readonly LeadEvent[] }[];
};
/** A lead that nobody knew when the plan was made. */
export type Fresh = { readonly id: string; readonly input: LeadInput };

export type PlanTools = Pick<CaptureTools, 'store' | 'engine' | 'newId'> & {
  /** What is told of a lead, in view of how it stands; it is missing when it is new. */
  readonly asKnown?: (input: LeadInput, before: Lead | undefined) => LeadInput;
};

/** Looks which of some leads are new, and what changes of the others; those of whom nothing new is told are `unchanged`, ids by the keys of their addresses. No address may stand there twice. */
export async function planCapture(
  told: readonly LeadInput[],
  source: string,
  { store, engine, newId, asKnown = (input) => input }: PlanTools,
): Promise<{ readonly plan: Plan; readonly unchanged: ReadonlyMap<string, string> }> {
  const at = engine.now();
  const known = await store.leads.byEmails(told.map(({ emailKey }) => emailKey));
  const inputs = told.map((input) => asKnown(input, known.get(input.emailKey)));
  const fresh = inputs.filter(({ emailKey }) => !known.has(emailKey)).map((input) => ({ id: newId(), input }));
  const unchanged = new Map<string, string>();
  const retold = inputs.flatMap((input) => {
    const before = known.get(input.emailKey);
    if (!before) return [];
    if (!isNews(before, input)) {
      unchanged.set(input.emailKey, before.id);
      return [];
    }
    const lead = withTold(before, input);
    return [{ input, events: changesOf({ before, lead, input }, { source, at, newId }) }];
  });
  return { plan: { at, source, fresh, retold }, unchanged };
}

export type Captured = { readonly id: string; readonly status: 'created' | 'changed' | 'unchanged' };

/** Makes or changes many leads, as `captureLead` does each. No address may stand there twice. Answers what became of them, by the keys of their addresses. */
export async function captureMany(
  inputs: readonly LeadInput[],
  source: string,
  tools: CaptureTools,
): Promise<ReadonlyMap<string, Captured>> {
  const { plan, unchanged } = await planCapture(inputs, source, tools);
  const ids = await carryOut(await prepare(plan, tools), tools);
  const fresh = new Set(plan.fresh.map(({ input }) => input.emailKey));
  const captured = new Map<string, Captured>();
  for (const [emailKey, id] of unchanged) captured.set(emailKey, { id, status: 'unchanged' });
  for (const [emailKey, id] of ids) captured.set(emailKey, { id, status: fresh.has(emailKey) ? 'created' : 'changed' });
  return captured;
}

/** A plan, and what comes of the new leads in it. */
export type Prepared = { readonly plan: Plan; readonly drafts: readonly Draft[] };

/** Plays in memory what comes of the new leads of a plan. Nothing is written. */
export async function prepare(plan: Plan, { store, engine, defaultTimeZone }: CaptureTools): Promise<Prepared> {
  const { at, source, fresh } = plan;
  const suppressions = await store.suppressions.ofMany(fresh.map(({ input }) => input.emailKey));
  const leads = fresh.map(({ id, input }) => {
    const suppression = suppressions.get(input.emailKey);
    return { lead: newLead(input, id, source, at), ...(suppression ? { suppression } : {}) };
  });
  const { recorder, drafts } = openDrafts(leads, { store, project: engine.project, defaultTimeZone, at });
  for (const { lead } of leads)
    for (const event of [createdEvent(lead, source), ...firstTags(lead, source, at)])
      await recordEvent(event, recorder);
  return { plan, drafts: drafts() };
}

/** Does what was planned. Done again, whole or in part, it comes to the same. Answers the ids of the leads, by the keys of their addresses. */
export async function carryOut(prepared: Prepared, tools: CaptureTools): Promise<ReadonlyMap<string, string>> {
  const { plan } = prepared;
  const { store, engine } = tools;
  const ids = new Map(plan.fresh.map(({ id, input }) => [input.emailKey, id]));
  const written = await writeDrafts(prepared, store);
  // Somebody else made them meanwhile, or what happens to them asks for more than their own rows.
  for (const { id, input } of plan.fresh.filter((one) => !written.has(one.id))) {
    const { lead } = await captureLead(input, plan.source, store, engine, idsAfter(id));
    ids.set(input.emailKey, lead.id);
  }
  for (const { input, events } of plan.retold) {
    const { lead } = await store.leads.upsert(input, tools.newId(), plan.source, plan.at);
    for (const event of events) await recordEvent(event, engine);
    await store.leads.removeFields(lead.id, input.removed ?? []);
    ids.set(input.emailKey, lead.id);
  }
  return ids;
}

/** Writes new leads in bulk, with all that their being made brings about. Answers the ids of those that are in. */
async function writeDrafts({ plan, drafts }: Prepared, store: Store): Promise<ReadonlySet<string>> {
  if (drafts.length === 0) return new Set();
  const keys = new Map(plan.fresh.map(({ id, input }) => [id, input.emailKey]));
  const rows = drafts.map(({ lead }) => ({ lead, emailKey: keys.get(lead.id) ?? '' }));
  // The leads first: what stands in the way of one stands in the way of all that comes of it. What a dead process did not come
  // to, its plan brings about; until then such a lead has no history, and gets no mail.
  const inTheWay = await store.leads.insert(rows, plan.at);
  const there = await store.leads.idsByEmails([...inTheWay].flatMap((i) => rows[i]?.emailKey ?? []));
  const isOurs = (i: number): boolean => !inTheWay.has(i) || there.get(rows[i]?.emailKey ?? '') === rows[i]?.lead.id;
  const ours = drafts.filter((_, i) => isOurs(i));
  await store.events.keepDone(
    ours.flatMap(({ events }) => events),
    plan.at,
  );
  // Last, for a run that is looked at asks for the lead's events.
  await store.enrollments.insert(ours.flatMap(({ runs }) => runs));
  return new Set(ours.map(({ lead }) => lead.id));
}

/** Ids that are the same each time it is begun anew, of which the first is the given one. */
function idsAfter(first: string): () => string {
  let count = -1;
  return () => ((count += 1) === 0 ? first : idFrom('after', first, String(count)));
}
