import { inBatches } from '../grouping.js';
import { didYouMean, quoted } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { type Facts, fieldOf, type Lead, ownFields } from '../journey/facts.js';
import { leadsIn, type MemberTools } from '../lead/members.js';
import { addressKey } from '../message/address.js';
import { factsOf } from '../store/engine-store.js';
import type { exportFormats } from '../api/transfer-words.js';
import { csvRows, joined, textCell, valueCell } from './csv-out.js';

export type ExportWish = {
  readonly segment?: string | undefined;
  readonly stage?: string | undefined;
  readonly tag?: string | undefined;
  /** Columns by name; all of them when it is left out. */
  readonly fields?: readonly string[] | undefined;
  readonly format?: (typeof exportFormats)[number] | undefined;
  /** The leads themselves, where somebody else has found them. */
  readonly from?: AsyncIterable<Facts> | undefined;
};

/** What is known of a lead beside its fields. */
const beside = ['tags', 'consent', 'consentSource', 'consentAt', 'stage', 'score', 'suppressed', 'createdAt', 'id'];
/** Leads that are read, and written, together. */
export const batchSize = 500;

/** Leads as a file, text by text, without ever holding more than some hundred of them. What is wrong with the wish is told before the first. */
export async function exportLeads(wish: ExportWish, tools: MemberTools): Promise<AsyncGenerator<string>> {
  const { segments, fields: declared, funnel } = tools.project();
  const stages = funnel.map(({ name }) => name);
  refuseUnknown('segment', wish.segment, [...segments.keys()]);
  refuseUnknown('stage', wish.stage, stages);
  const attributes = [...new Set([...(declared?.keys() ?? []), ...(await tools.store.leads.attributeNames())])];
  const known = ['email', ...ownFields, ...beside, ...attributes.toSorted()];
  for (const field of wish.fields ?? []) refuseUnknown('field', field, known);
  const columns = wish.fields ?? known;
  const batches = withSuppressions(inBatches(factsFor(wish, tools), batchSize), tools);
  const isMeant = ({ lead }: Facts): boolean =>
    (wish.stage === undefined || lead.stage === wish.stage) && (wish.tag === undefined || lead.tags.includes(wish.tag));
  const meant = async function* (): AsyncGenerator<readonly Facts[]> {
    for await (const batch of batches) yield batch.filter(isMeant);
  };
  switch (wish.format ?? 'csv') {
    case 'csv':
      return asCsv(meant(), columns, (facts, column) => cellOf(facts, column, tools));
    case 'json':
      return asJson(meant(), wish.fields);
    case 'jsonl':
      return asJsonLines(meant(), wish.fields);
  }
}

function refuseUnknown(what: string, name: string | undefined, known: readonly string[]): void {
  if (name === undefined || known.includes(name)) return;
  const fix = didYouMean(name, known);
  throw new FixableError({ code: `no-${what}`, where: quoted(name), what: `there is no such ${what}`, fix });
}

async function* factsFor({ segment, stage, tag, from }: ExportWish, tools: MemberTools): AsyncGenerator<Facts> {
  if (from) return yield* from;
  if (segment !== undefined) return yield* leadsIn(segment, tools);
  const query = { ...(stage === undefined ? {} : { stage }), ...(tag === undefined ? {} : { tags: tag }) };
  for await (const lead of tools.store.leads.matching(query)) yield factsOf({ lead }, tools.store, tools);
}

/** Whether they get mail at all is asked of a batch at once. */
export async function* withSuppressions(
  batches: AsyncIterable<readonly Facts[]>,
  { store }: Pick<MemberTools, 'store'>,
): AsyncGenerator<readonly Facts[]> {
  for await (const batch of batches) {
    const keyed = batch.map((facts) => ({ facts, key: addressKey(facts.lead.email) }));
    const found = await store.suppressions.ofMany(keyed.map(({ key }) => key));
    yield keyed.map(({ facts, key }) => {
      const suppression = found.get(key);
      return suppression ? { ...facts, suppression } : facts;
    });
  }
}

function cellOf({ lead, score, suppression }: Facts, column: string, { project }: MemberTools): string {
  switch (column) {
    case 'tags':
      return lead.tags.length === 0 ? '' : textCell(joined(lead.tags));
    case 'consent':
      return lead.consent.status;
    case 'consentSource':
      return textCell(lead.consent.source);
    case 'consentAt':
      return lead.consent.at.toISOString();
    case 'stage':
      return textCell(lead.stage);
    case 'score':
      return String(score.total);
    case 'suppressed':
      return suppression ?? '';
    case 'id':
      return lead.id;
    default:
      return isOwn(column)
        ? textCell(String(fieldOf(lead, column) ?? ''))
        : valueCell(fieldOf(lead, column), project().fields?.get(column));
  }
}

function isOwn(column: string): boolean {
  return ['email', 'createdAt', ...ownFields].includes(column);
}

async function* asCsv(
  batches: AsyncIterable<readonly Facts[]>,
  columns: readonly string[],
  cell: (facts: Facts, column: string) => string,
): AsyncGenerator<string> {
  yield csvRows([columns]);
  for await (const batch of batches)
    if (batch.length > 0) yield csvRows(batch.map((facts) => columns.map((column) => cell(facts, column))));
}

async function* asJsonLines(
  batches: AsyncIterable<readonly Facts[]>,
  fields?: readonly string[],
): AsyncGenerator<string> {
  for await (const batch of batches) yield batch.map((facts) => `${JSON.stringify(viewOf(facts, fields))}\n`).join('');
}

async function* asJson(batches: AsyncIterable<readonly Facts[]>, fields?: readonly string[]): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const batch of batches)
    for (const facts of batch) {
      yield `${separator}${JSON.stringify(viewOf(facts, fields))}`;
      separator = ',\n';
    }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** A lead as the API tells of it; with `fields`, these alone. */
function viewOf({ lead, score, suppression }: Facts, fields?: readonly string[]): Record<string, unknown> {
  const { id, email, attributes, tags, stage, consent, preferences, createdAt } = lead;
  const { firstName, lastName, timezone, locale } = lead;
  const own = { id, email, firstName, lastName, timezone, locale };
  const whole = {
    ...own,
    attributes,
    tags,
    stage,
    consent,
    preferences,
    createdAt,
    score: score.total,
    suppressed: suppression,
  };
  return fields ? Object.fromEntries(fields.map((field) => [field, fieldIn(lead, whole, field)])) : whole;
}

function fieldIn(lead: Lead, whole: Readonly<Record<string, unknown>>, field: string): unknown {
  if (field === 'consentSource') return lead.consent.source;
  if (field === 'consentAt') return lead.consent.at;
  if (field === 'consent') return lead.consent.status;
  return Object.hasOwn(whole, field) ? whole[field] : fieldOf(lead, field);
}
