import { parseMime, textOfHtml } from './inbound-mime.js';
import { bareAddress, type InboundMail } from './provider.js';
import { wireList, wireTexts } from './wire-fields.js';

/** A mail to us as a provider tells of it: in parts, as the whole MIME, or both. */
export type ToldMail = Pick<InboundMail, 'to' | 'envelopeFrom' | 'eventId' | 'at' | 'ref'> & {
  /** The headers in any of the shapes that providers write them in. */
  readonly headers: unknown;
  readonly from?: string | undefined;
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  /** Read only for what the parts do not tell. */
  readonly mime?: Buffer | undefined;
};

/** Puts together what a provider tells of a mail. */
export async function inboundMail(told: ToldMail): Promise<InboundMail> {
  const pairs = headerPairs(told.headers);
  const isTold = pairs.length > 0 && (told.text ?? told.html) !== undefined;
  const mime = isTold || !told.mime ? undefined : await parseMime(told.mime);
  const header = pairs.length > 0 || !mime ? headerReader(pairs) : mime.header;

  return {
    header,
    subject: told.subject ?? (header('subject') || (mime?.subject ?? '')),
    text: told.text ?? (mime?.text || textOfHtml(told.html ?? mime?.html ?? '')),
    from: bareAddress(told.from) ?? bareAddress(header('from')) ?? mime?.from,
    to: told.to.length > 0 ? told.to : (mime?.to ?? []),
    envelopeFrom: told.envelopeFrom?.replaceAll(/[<>\s]/g, ''),
    eventId: told.eventId,
    at: told.at,
    ref: told.ref,
  };
}

type Header = readonly [name: string, value: string];

/**
 * The headers in a list of `[name, value]`, of `{name, value}`, of `{Name, Value}` or of `{[name]: value}`, or in one
 * object of names with one value or several.
 */
export function headerPairs(headers: unknown): readonly Header[] {
  if (Array.isArray(headers)) return wireList.parse(headers).flatMap(pairsOf);
  if (typeof headers !== 'object' || headers === null) return [];
  return Object.entries(headers).flatMap(([name, value]) => wireTexts(value).map((one): Header => [name, one]));
}

function pairsOf(element: unknown): readonly Header[] {
  if (Array.isArray(element)) return pairOf(element[0], element[1]);
  if (typeof element !== 'object' || element === null) return [];
  const fields = new Map(Object.entries(element));
  const name = fields.get('name') ?? fields.get('Name');
  if (name !== undefined) return pairOf(name, fields.get('value') ?? fields.get('Value'));
  return [...fields].flatMap(([only, value]) => pairOf(only, value));
}

function pairOf(name: unknown, value: unknown): readonly Header[] {
  return typeof name === 'string' && typeof value === 'string' ? [[name, value]] : [];
}

/** First value of a header by its name in lower case, folding removed. */
export function headerReader(pairs: readonly Header[]): (name: string) => string {
  const first = new Map(pairs.toReversed().map(([name, value]) => [name.trim().toLowerCase(), value]));
  return (name) => (first.get(name) ?? '').replaceAll(/\s+/g, ' ').trim();
}

/** The headers that no standard names and no mail server adds: those that we gave the mail. */
export function ownHeaders(headers: unknown): Record<string, string> {
  const own = headerPairs(headers).filter(([name]) => /^x-(?!ses-|amz-)/i.test(name));
  return Object.fromEntries(own);
}
