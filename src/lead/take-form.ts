import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { withFields } from '../journey/change.js';
import { fieldOf, type Lead } from '../journey/facts.js';
import type { Store } from '../store/open-store.js';
import { present } from '../store/rows.js';
import type { KeptSubmission } from '../store/submissions.js';
import { createdEvent } from './capture.js';
import { joinVisitor } from './join-visitor.js';

export type FormTools = { readonly store: Store; readonly engine: Engine; readonly newId: () => string };

/**
 * Does all that a kept submission brings about by now, in writes of which each can be made twice. Answers the id of its
 * lead. One that has been taken to its end changes nothing more, however late it is told again.
 */
export async function finishSubmission(kept: KeptSubmission, tools: FormTools): Promise<string> {
  const { store } = tools;
  const id = kept.lead ?? (await makeLead(kept, tools));
  if (!kept.openSince) return id;
  // Erased meanwhile: of somebody who is to be forgotten nothing is made any more.
  const lead = await store.leads.byId(id);
  if (lead) await takeOpen(kept, lead, tools);
  await store.submissions.settle(kept);
  return id;
}

/** The lead of the address. A new one gets no mails before its consent has been taken; whoever is there already stays as it is. */
async function makeLead(kept: KeptSubmission, { store, engine, newId }: FormTools): Promise<string> {
  const { id, emailKey } = kept;
  const now = engine.now();
  const known = await store.leads.byEmail(emailKey);
  if (!known) await store.leads.insert([{ lead: newLead(kept, newId(), engine), emailKey }], now);
  const lead = known ?? (await store.leads.byEmail(emailKey));
  if (!lead) throw new Error(`the lead of the submission ${id} is gone as soon as it was made`);
  await store.submissions.giveLead(id, lead.id);
  return lead.id;
}

function newLead(kept: KeptSubmission, id: string, engine: Engine): Lead {
  const { email, at, now } = kept;
  const lead: Lead = {
    id,
    email,
    attributes: sourceOf(kept, engine),
    tags: [],
    consent: { status: 'pending', source: sourceNamed(kept), at },
    entries: [],
    createdAt: engine.now(),
  };
  return now.includes('fields') ? withFields(lead, saidOf(kept, lead)) : lead;
}

/** What brought it here, where the project has a field for that. */
function sourceOf({ utm }: KeptSubmission, { project }: Engine): Readonly<Record<string, EventValue>> {
  const { fields } = project();
  const source = utm?.['source'];
  return source !== undefined && (!fields || fields.get('source') === 'text') ? { source } : {};
}

/** How a consent says where it was given. */
function sourceNamed({ form }: KeptSubmission): string {
  return `form ${form}`;
}

/** The fields that a form says of a lead. The browser's zone and language are guesses: what is known stays. */
function saidOf({ fields = {}, timezone, locale }: KeptSubmission, lead: Lead): Readonly<Record<string, EventValue>> {
  const guesses = present({ timezone: lead.timezone ? undefined : timezone, locale: lead.locale ? undefined : locale });
  return { ...guesses, ...fields };
}

/** `at`: when what takes effect was said, by the form or by its confirmation. */
type Taking = { readonly kept: KeptSubmission; readonly lead: string; readonly at: Date; readonly tools: FormTools };

async function takeOpen(kept: KeptSubmission, lead: Lead, tools: FormTools): Promise<void> {
  const { confirmation } = kept;
  if (kept.isNewLead) await recordEvent(createdEvent(lead, 'form'), tools.engine);
  // Also what was to be done before the confirmation: a process may have died over it.
  await takeParts(kept.now, { kept, lead: lead.id, at: kept.at, tools });
  if (confirmation) await takeParts(kept.confirmed, { kept, lead: lead.id, at: confirmation.at, tools });
  else if (kept.confirmed.length > 0) await ask(kept, lead, tools);
}

/** In this order: a form starts series by what it says and by what it allows, so that both are there before it counts. */
async function takeParts(parts: readonly KeptSubmission['now'][number][], taking: Taking): Promise<void> {
  if (parts.includes('consent')) await grant(taking);
  if (parts.includes('fields')) await takeFields(taking);
  // Whoever may say who the lead is sits at that browser.
  if (parts.includes('fields')) await joinVisitor(taking.kept.visitor, taking.lead, taking.tools);
  if (parts.includes('form')) await record(taking, 'form.submitted', { data: shortAnswers(taking.kept) });
  if (parts.includes('consent')) await tellGranted(taking);
}

/** Of the same submission an event of one type, about one thing, is one. */
async function record(
  { kept, lead, at, tools }: Taking,
  type: string,
  rest: Partial<Pick<LeadEvent, 'about' | 'data' | 'why'>> = {},
): Promise<void> {
  const about = rest.about ?? kept.form;
  const id = idFrom(type, kept.id, about);
  await recordEvent({ id, type, lead, at, source: 'form', machine: false, about, ...rest }, tools.engine);
}

async function takeFields(taking: Taking): Promise<void> {
  const { kept, lead: id, at, tools } = taking;
  const lead = await tools.store.leads.byId(id);
  if (!lead) return;
  const said = Object.entries(saidOf(kept, lead));
  const data = Object.fromEntries(said.filter(([name, value]) => !isSame(value, fieldOf(lead, name))));
  if (Object.keys(data).length === 0) return;
  const event = { id: idFrom('lead.updated', kept.id), type: 'lead.updated', lead: id, at, source: 'form' };
  await recordEvent({ ...event, machine: false, data }, tools.engine);
}

function isSame(a: EventValue, b: EventValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Characters of an answer that stands in the timeline; what is longer stands in the lead's field. */
const longestAnswer = 200;

function shortAnswers({ fields = {} }: KeptSubmission): Readonly<Record<string, EventValue>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => JSON.stringify(value).length <= longestAnswer),
  );
}

/** What was agreed to stands in the lead's consent, and whoever had left and confirms it gets mails again. */
async function grant(taking: Taking): Promise<void> {
  const { kept, lead, at, tools } = taking;
  const { form, agreed, confirmation } = kept;
  const granted = agreed.map(({ purpose, version }) => [purpose, { status: 'granted', at, form, version }] as const);
  const withdrawn = (confirmation?.withdraws ?? []).map(
    (purpose) => [purpose, { status: 'denied', at } as const] as const,
  );
  const purposes = Object.fromEntries([...withdrawn, ...granted]);
  const overall = { status: 'granted', source: sourceNamed(kept), at } as const;
  await tools.store.leads.change(lead, { kind: 'consent', overall, purposes }, tools.engine.now());
  if (confirmation?.lifts) await record(taking, 'resubscribed');
}

/** Tells what is granted by this submission and was not before; what was so already stands as it did. */
async function tellGranted(taking: Taking): Promise<void> {
  const { kept, lead: id, at, tools } = taking;
  const consent = (await tools.store.leads.byId(id))?.consent;
  if (!consent) return;
  const isOurs = (one: { readonly at: Date } | undefined): boolean => one?.at.getTime() === at.getTime();
  if (isOurs(consent) && consent.source === sourceNamed(kept)) await tellOverall(taking);
  for (const { purpose, version } of kept.agreed) {
    const { [purpose]: standing } = consent.purposes ?? {};
    if (isOurs(standing) && standing?.form === kept.form)
      await record(taking, 'consent.granted', { about: purpose, data: { form: kept.form, version } });
  }
}

/** About no purpose: what is open to everybody who may be mailed at all is open to this lead from now on. */
async function tellOverall({ kept, lead, at, tools }: Taking): Promise<void> {
  const event = { id: idFrom('consent.granted', kept.id), type: 'consent.granted', lead, at, source: 'form' };
  await recordEvent({ ...event, machine: false }, tools.engine);
}

/** Has a mail ask the address, a few times a day at the most: whoever fills in a form may have written anybody's. */
async function ask(kept: KeptSubmission, lead: Lead, { store, engine }: FormTools): Promise<void> {
  const { id, emailKey, form: about, title, agreed, at } = kept;
  if (!kept.mail || !(await store.submissions.takeSlot(id, emailKey, engine.now()))) return;
  const texts = await store.consentTexts.byVersions(agreed.map(({ version }) => version));
  const why = agreed
    .flatMap(({ version }) => texts.get(version) ?? [])
    .map((text) => `“${text}”`)
    .join('\n\n');
  // Under the id of the submission, by which the mail that comes of it knows what it confirms.
  const event = { id, type: 'consent.asked', lead: lead.id, at, source: 'form', machine: false };
  const data = { title, purposes: agreed.map(({ purpose }) => purpose) };
  await recordEvent({ ...event, about, why, data }, engine);
}
