import { Binary } from 'mongodb';
import type { LeadEvent } from '../event/lead-event.js';
import type { Lead } from '../journey/facts.js';
import { addressKey, parseAddress } from '../message/address.js';
import type { Store } from '../store/open-store.js';
import { inOrder, type Person } from '../store/personal.js';

/** A lead by an address, in any spelling, or by its id. */
export function findLead(who: string, { leads }: Pick<Store, 'leads'>): Promise<Lead | undefined> {
  return who.includes('@') ? leads.byEmail(addressKey(who)) : leads.byId(who);
}

/** Reads what a person is known by throughout the database. */
export async function personOf(lead: Lead, store: Store): Promise<Person> {
  const { id } = lead;
  const [aliases, messages, enrollments, events] = await Promise.all([
    store.aliases.ofLead(id),
    store.messages.ofLead(id),
    store.enrollments.ofLead(id),
    store.events.ofLeads([id], addressEvents),
  ]);
  const other = [
    ...aliases.map(({ emailKey }) => emailKey),
    ...(events.get(id) ?? []).flatMap(addressesIn),
    ...[lead.attributes['newAddress'], lead.attributes['formerAddress']].flatMap(keyIn),
  ];
  // One that was asked for and never confirmed may be somebody else's.
  const taken = await store.leads.idsByEmails(other);
  return {
    leads: [id, ...aliases.map((alias) => alias.id)],
    addresses: [...new Set([addressKey(lead.email), ...other.filter((key) => (taken.get(key) ?? id) === id)])],
    messages: messages.map((message) => message.id),
    enrollments: enrollments.map((enrollment) => enrollment.id),
    linkSets: [...new Set(messages.flatMap(({ links }) => links ?? []))],
    words: wordsOf(lead),
  };
}

const addressEvents = ['address.asked', 'address.changed', 'address.restored'];

function addressesIn({ about, data }: LeadEvent): readonly string[] {
  return [about, data?.['from']].flatMap(keyIn);
}

function keyIn(value: unknown): readonly string[] {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  return address?.ok ? [address.value.key] : [];
}

function wordsOf({ firstName, lastName, attributes }: Lead): readonly string[] {
  const values = [firstName, lastName, ...Object.values(attributes).flat()];
  return values.flatMap((value) => (typeof value === 'string' && value.trim() !== '' ? [value.trim()] : []));
}

/** What one person is known by, and what another reading found, together. */
export function together(one: Person, other: Person): Person {
  const both = (key: keyof Person): readonly string[] => [...new Set([...one[key], ...other[key]])];
  return {
    leads: both('leads'),
    addresses: both('addresses'),
    messages: both('messages'),
    enrollments: both('enrollments'),
    linkSets: both('linkSets'),
    words: both('words'),
  };
}

/** All that is held about a person: each part with what it is, and its rows as they are kept. */
export type PersonExport = {
  readonly about: string;
  readonly madeAt: Date;
  readonly parts: readonly {
    readonly part: string;
    readonly what: string;
    readonly count: number;
    readonly rows: readonly unknown[];
  }[];
};

/** Reads everything that is held about a person, for the person itself (GDPR Art. 15 and 20). */
export async function exportPerson(lead: Lead, store: Store, now: Date): Promise<PersonExport> {
  const person = await personOf(lead, store);
  const holding = [...inOrder(store.personal)].toReversed();
  const parts = await Promise.all(
    holding.map(async ({ collection, holds, show }) => {
      const rows = (await show(person)).map(readable);
      return { part: collection, what: holds, count: rows.length, rows };
    }),
  );
  return {
    about: 'Everything that is held about one person, by where it is kept. Times are UTC (ISO 8601).',
    madeAt: now,
    parts: parts.filter(({ count }) => count > 0),
  };
}

/** A row as JSON can show it: bytes are mails, and mails are text. */
function readable(value: unknown): unknown {
  if (value instanceof Binary) return Buffer.from(value.buffer).toString('utf8');
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key === '_id' ? 'id' : key, readable(inner)]));
}
