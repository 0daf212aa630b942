import { inBatches } from '../grouping.js';
import { createHash } from 'node:crypto';
import { didYouMean, quoted } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { ofPurpose } from '../journey/consent.js';
import { type Facts, fieldOf, type Lead } from '../journey/facts.js';
import { leadsIn, type MemberTools } from '../lead/members.js';
import type { Platform } from '../api/transfer-words.js';
import { csvRows } from './csv-out.js';
import { batchSize, withSuppressions } from './export-leads.js';

export type AudienceWish = {
  readonly segment: string;
  readonly platform: Platform;
  /** What the leads must have agreed to by name. */
  readonly purpose?: string | undefined;
};

/** What became of the leads of a segment; those that are left out are counted by the reason. */
export type AudienceCounts = { included: number; denied: number; suppressed: number };

/**
 * A segment as the file that an ad platform takes for its lists of customers: addresses normalised by its rules and hashed, in
 * rows without a name to them. Nobody is in it who has not agreed, or who must not be mailed.
 */
export function audience(
  { segment, platform, purpose }: AudienceWish,
  tools: MemberTools,
): { readonly text: AsyncGenerator<string>; readonly counts: AudienceCounts } {
  const known = [...tools.project().segments.keys()];
  if (!known.includes(segment))
    throw new FixableError({
      code: 'no-segment',
      where: quoted(segment),
      what: 'there is no such segment',
      fix: didYouMean(segment, known),
    });
  const counts: AudienceCounts = { included: 0, denied: 0, suppressed: 0 };
  const columns = columnsFor(platform, tools);
  const mayBeIn = (facts: Facts): boolean => {
    const fate = fateOf(facts, purpose);
    counts[fate] += 1;
    return fate === 'included';
  };
  const text = async function* (): AsyncGenerator<string> {
    yield csvRows([columns.map(({ header }) => header)]);
    for await (const batch of withSuppressions(inBatches(leadsIn(segment, tools), batchSize), tools)) {
      const rows = batch.filter(mayBeIn).map(({ lead }) => columns.map(({ cell }) => cell(lead)));
      if (rows.length > 0) yield csvRows(rows);
    }
  };
  return { text: text(), counts };
}

function fateOf({ lead: { consent }, suppression }: Facts, purpose: string | undefined): keyof AudienceCounts {
  if (suppression) return 'suppressed';
  const hasAgreed = consent.status === 'granted' && (!purpose || ofPurpose(consent, purpose)?.status === 'granted');
  return hasAgreed ? 'included' : 'denied';
}

type Column = { readonly header: string; readonly cell: (lead: Lead) => string };

/** Fields that may hold what a platform asks for, by the names that projects give them. */
const fieldNames = {
  phone: ['phone', 'mobile', 'phoneNumber'],
  zip: ['zip', 'zipCode', 'postalCode', 'postcode'],
  country: ['country'],
  city: ['city'],
} as const;
type Kind = keyof typeof fieldNames;

function columnsFor(platform: Platform, { project }: MemberTools): readonly Column[] {
  const declared = project().fields;
  const has = (kind: Kind): boolean => declared === undefined || fieldNames[kind].some((name) => declared.has(name));
  const email = (header: string): Column => ({
    header,
    cell: ({ email: address }) => sha256(emailFor(platform, address)),
  });
  switch (platform) {
    case 'google':
      // Names match with a postal code and a country only, and a file that lacks one of the four columns is refused.
      return [
        email('Email'),
        ...(has('phone') ? [googlePhone] : []),
        ...(has('zip') && has('country') ? googleAddress : []),
      ];
    case 'meta':
      return [
        email('email'),
        ...(has('phone') ? [{ header: 'phone', cell: hashed((lead) => phoneOf(lead)) }] : []),
        { header: 'fn', cell: hashed(({ firstName }) => bareName(firstName)) },
        { header: 'ln', cell: hashed(({ lastName }) => bareName(lastName)) },
        ...(has('city')
          ? [{ header: 'ct', cell: hashed((lead) => bareName(valueOf(lead, 'city')).replaceAll(' ', '')) }]
          : []),
        ...(has('zip') ? [{ header: 'zip', cell: hashed((lead) => bareZip(valueOf(lead, 'zip'))) }] : []),
        ...(has('country') ? [{ header: 'country', cell: hashed(countryOf) }] : []),
      ];
    case 'linkedin':
      // The template's columns must all be there. Those of names are read as they are, not hashed: they stay empty.
      return [
        email('email'),
        ...['firstname', 'lastname', 'jobtitle', 'employeecompany', 'country', 'googleaid'].map((header) => ({
          header,
          cell: () => '',
        })),
      ];
  }
}

const googlePhone: Column = {
  header: 'Phone',
  cell: hashed((lead) => {
    const digits = phoneOf(lead);
    return digits === '' ? '' : `+${digits}`;
  }),
};
const googleAddress: readonly Column[] = [
  { header: 'First Name', cell: hashed(({ firstName = '' }) => smallName(firstName)) },
  { header: 'Last Name', cell: hashed(({ lastName = '' }) => smallName(lastName)) },
  // Countries and postal codes are not hashed.
  { header: 'Country', cell: (lead) => countryOf(lead).toUpperCase() },
  { header: 'Zip', cell: (lead) => valueOf(lead, 'zip') },
];

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The hash of nothing would be one that many share. */
function hashed(text: (lead: Lead) => string): (lead: Lead) => string {
  return (lead) => {
    const plain = text(lead);
    return plain === '' ? '' : sha256(plain);
  };
}

/** An address as a platform hashes those of its own people. */
export function emailFor(platform: Platform, address: string): string {
  const plain = address.trim().toLowerCase();
  const at = plain.lastIndexOf('@');
  const [local, domain] = [plain.slice(0, at), plain.slice(at + 1)];
  if (platform !== 'google' || !['gmail.com', 'googlemail.com'].includes(domain)) return plain;
  return `${local.replace(/\+.*$/, '').replaceAll('.', '')}@${domain}`;
}

/** A name in small letters, without punctuation. */
function bareName(name: string | undefined): string {
  return (name ?? '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\p{P}\p{S}]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}

/** A name in small letters, with no more spaces than it needs. */
function smallName(name: string): string {
  return name.normalize('NFC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}

function bareZip(zip: string): string {
  return zip.toLowerCase().replaceAll(/[\s-]/g, '');
}

function valueOf(lead: Lead, kind: Kind): string {
  const found = fieldNames[kind]
    .map((name) => fieldOf(lead, name))
    .find((value) => value !== undefined && value !== '');
  return found === undefined ? '' : String(found).trim();
}

/** Its two letters (ISO 3166-1); a name in words is none. */
function countryOf(lead: Lead): string {
  const country = valueOf(lead, 'country').toLowerCase();
  return /^[a-z]{2}$/.test(country) ? country : '';
}

/** The digits of a number that says its country; of another one nobody knows whose it is. */
function phoneOf(lead: Lead): string {
  const [, digits = ''] = /^(?:\+|00)([1-9][\d\s().-]{6,25})$/.exec(valueOf(lead, 'phone')) ?? [];
  const bare = digits.replaceAll(/\D/g, '');
  return bare.length >= 8 && bare.length <= 15 ? bare : '';
}
