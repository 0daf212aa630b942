import { type Consent, type ConsentStatus, type Lead, ownFields } from '../journey/facts.js';
import { quoted } from '../diagnostic.js';
import type { EventValue } from '../event/lead-event.js';
import { LeadBody } from '../api/lead-body.js';
import type { FieldType } from '../sequence/lead-file.js';
import type { LeadInput } from '../journey/lead-input.js';
import { type Cell, type Habit, partsOf, readCell, withoutGuard } from './cell.js';
import { besides, type Column } from './mapping.js';

export type RowSetting = {
  readonly columns: readonly Column[];
  readonly fields: ReadonlyMap<string, FieldType> | undefined;
  /** How the columns write dates and numbers, by their place. */
  readonly habits: ReadonlyMap<number, Habit>;
  /** What everybody in the file gets besides their own tags. */
  readonly tags: readonly string[];
  /** Where a consent comes from of which the row does not say it. */
  readonly consentSource: string;
  readonly at: Date;
};

/** What a row says of a lead. `saidAt`: when the lead agreed or not, where the row says that. */
export type RowLead = { readonly input: LeadInput; readonly saidAt?: Date };
export type ReadLead = { readonly ok: true; readonly lead: RowLead } | { readonly ok: false; readonly reason: string };

/** Reads a row by what its columns are taken for; all that is wrong with it is told at once. Empty cells say nothing. */
export function readLead(cells: readonly string[], setting: RowSetting): ReadLead {
  const filled = setting.columns.flatMap(({ at, to }) => {
    const cell = cells[at] ?? '';
    return to === undefined || cell === '' ? [] : [{ at, to, cell }];
  });
  const own = filled.filter(({ to }) => to === 'email' || ownFields.includes(to));
  const beside = new Map(filled.filter(({ to }) => isBeside(to)).map(({ to, cell }) => [to, withoutGuard(cell)]));
  const others = filled
    .filter(({ to }) => to !== 'email' && !ownFields.includes(to) && !isBeside(to))
    .map(({ at, to, cell }) => ({ to, read: readCell(cell, setting.fields?.get(to), setting.habits.get(at) ?? {}) }));
  const consent = readConsent(beside, setting);
  const wrong = others.flatMap(({ to, read }) => (read.ok ? [] : [`${to}: ${read.problem}`]));
  const body = LeadBody.safeParse({
    ...Object.fromEntries(own.map(({ to, cell }) => [to, ownCell(to, withoutGuard(cell))])),
    ...attributesOf(others),
    ...tagsOf(beside.get('tags'), setting.tags),
    ...(consent.ok && consent.consent ? { consent: consent.consent } : {}),
  });
  const reasons = [
    ...(body.success ? [] : body.error.issues.map(({ path, message }) => `${nameOf(path)}: ${message}`)),
    ...wrong,
    ...(consent.ok ? [] : [consent.problem]),
  ];
  if (!body.success || reasons.length > 0) return { ok: false, reason: reasons.join('; ') };
  const saidAt = consent.ok ? consent.saidAt : undefined;
  return { ok: true, lead: { input: body.data, ...(saidAt ? { saidAt } : {}) } };
}

function isBeside(to: string): boolean {
  return besides.some((name) => name === to);
}

/** An address that is missing is told as one that is wrong. */
function nameOf(path: readonly PropertyKey[]): string {
  return String(path[0] === 'attributes' && path.length > 1 ? path[1] : path[0]);
}

/** Many programs write languages with an underscore. */
function ownCell(to: string, cell: string): string {
  return to === 'locale' ? cell.replaceAll('_', '-') : cell;
}

function attributesOf(others: readonly { readonly to: string; readonly read: Cell }[]) {
  if (others.length === 0) return {};
  const values = others.flatMap(({ to, read }): readonly (readonly [string, EventValue])[] =>
    read.ok ? [[to, read.value]] : [],
  );
  return { attributes: Object.fromEntries(values) };
}

function tagsOf(cell: string | undefined, more: readonly string[]) {
  const tags = [...(cell === undefined ? [] : partsOf(cell)), ...more];
  return tags.length > 0 ? { tags: [...new Set(tags)] } : {};
}

const consentWords: Readonly<Record<ConsentStatus, readonly string[]>> = {
  granted: [
    'granted yes y true 1 x ja oui si sí sim subscribed active confirmed optin opt-in opted-in'.split(' '),
    ['opt in', 'opted in'],
  ].flat(),
  pending: ['pending', 'unconfirmed', 'ausstehend', 'en attente', 'pendiente'],
  denied: [
    'denied no n false 0 nein non não unsubscribed cleaned withdrawn optout opt-out opted-out'.split(' '),
    ['opt out', 'opted out'],
  ].flat(),
};

type ReadConsent =
  | { readonly ok: true; readonly consent?: Consent; readonly saidAt?: Date }
  | { readonly ok: false; readonly problem: string };

function readConsent(beside: ReadonlyMap<string, string>, { consentSource, at }: RowSetting): ReadConsent {
  const word = beside.get('consent');
  if (word === undefined) return { ok: true };
  const status = (['granted', 'pending', 'denied'] as const).find((one) =>
    consentWords[one].includes(word.toLowerCase()),
  );
  if (!status) return { ok: false, problem: `consent: ${quoted(word)} is neither granted nor pending nor denied` };
  const written = beside.get('consentAt');
  const saidAt = written === undefined ? undefined : new Date(/[T ]\d/.test(written) ? zoned(written) : written);
  if (saidAt && (Number.isNaN(saidAt.getTime()) || saidAt > at))
    return {
      ok: false,
      problem: `consentAt: ${quoted(written ?? '')} is no time in the past like "2026-03-02T09:00:00Z"`,
    };
  const consent = { status, source: beside.get('consentSource') ?? consentSource, at: saidAt ?? at };
  return { ok: true, consent, ...(saidAt ? { saidAt } : {}) };
}

/** A time without a zone is taken as UTC, not as the time where the import happens to run. */
function zoned(written: string): string {
  const text = written.replace(' ', 'T');
  return /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
}

/**
 * What a row says of the consent of a lead, as far as it counts. A list may bring a no at any time. A yes it brings to those
 * who have said nothing yet, and to those who have said no only where it came later: a list must not undo what a person said.
 */
export function asFarAsItCounts(
  { input, saidAt }: RowLead,
  before: Lead | undefined,
  fallback: Consent | undefined,
): LeadInput {
  const { consent, ...rest } = input;
  if (!before) return consent || !fallback ? input : { ...input, consent: fallback };
  if (!consent) return input;
  const is = before.consent.status;
  const isLater = saidAt !== undefined && saidAt > before.consent.at;
  const isSame = consent.status === is;
  const counts =
    consent.status === 'denied'
      ? !isSame
      : consent.status === 'granted' && (is === 'pending' || (is === 'denied' && isLater));
  return counts ? input : rest;
}
