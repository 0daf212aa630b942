import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { relaxedBody } from './dkim-body.js';

/** What signs the mails of one domain. `note`: what is allowed about it and should be better. */
export type DkimKey = {
  readonly domain: string;
  readonly selector: string;
  readonly key: KeyObject;
  readonly note?: string;
};

/**
 * Fields that nobody may add a second one of: they are named once more than they occur, so that a verifier looks for one
 * that was not there (RFC 6376 §8.15). RFC 8058 §4 asks that both ways to unsubscribe are covered.
 */
const oversigned = ['From', 'To', 'Subject', 'Date', 'Reply-To', 'List-Unsubscribe', 'List-Unsubscribe-Post'];
const signedWherePresent = [
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'List-Id',
  'Feedback-ID',
  'Auto-Submitted',
];
const plan = [
  ...oversigned.map((name) => ({ name, key: name.toLowerCase(), extra: 1 })),
  ...signedWherePresent.map((name) => ({ name, key: name.toLowerCase(), extra: 0 })),
];
const wanted = new Set(plan.map(({ key }) => key));

/** Octets a line of a header should have at most (RFC 5322 §2.1.1), less its end. */
const lineLength = 76;

/**
 * The `DKIM-Signature` field of a mail, folded and with its closing CRLF, to stand above the head that it signs
 * (RFC 6376: rsa-sha256, relaxed/relaxed, no `l=`, by which text could be appended). It carries no time, so that every
 * attempt of a mail has the same bytes. Throws when it cannot be made: what should be signed never leaves unsigned.
 */
export function signDkim(head: string, bodyHash: string | Buffer, key: DkimKey): string {
  const { field, input } = unsigned(head, bodyHash, key);
  return signedField(field, sign('sha256', input, key.key));
}

/** The same by a thread of Node's pool: a signature takes most of a millisecond, in which others can be written. */
export function signDkimAsync(head: string, bodyHash: string | Buffer, key: DkimKey): Promise<string> {
  return new Promise((resolve, reject) => {
    const { field, input } = unsigned(head, bodyHash, key);
    sign('sha256', input, key.key, (error, signature) => {
      if (error) reject(error);
      else resolve(signedField(field, signature));
    });
  });
}

/** A whole mail with its signature before it. */
export async function signedMime(mime: Buffer, key: DkimKey): Promise<Buffer> {
  const end = mime.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('a mail without an empty line after its head cannot be signed');
  const head = mime.toString('latin1', 0, end + 2);
  const field = await signDkimAsync(head, bodyHashOf(mime.subarray(end + 4)), key);
  return Buffer.concat([Buffer.from(field, 'latin1'), mime]);
}

/** What `bh=` says of a body, the part after the empty line (RFC 6376 §3.7). */
export function bodyHashOf(body: Buffer): string {
  return createHash('sha256').update(relaxedBody(body)).digest('base64');
}

/** Signs a sample and reads the signature back, so that a key that cannot do it is found at the start and not by a mail. */
export function checkDkimKey({ domain, selector, key }: DkimKey): void {
  const sample = `From: check@${domain}\r\nSubject: check\r\n`;
  const { input } = unsigned(sample, bodyHashOf(Buffer.from('check\r\n')), { domain, selector, key });
  if (!verify('sha256', input, createPublicKey(key), sign('sha256', input, key)))
    throw new Error('what it signs does not fit its own public half');
}

type Unsigned = { readonly field: string; readonly input: Buffer };

/** The field up to its empty `b=`, and the bytes that the signature is made over (RFC 6376 §3.7). */
function unsigned(head: string, bodyHash: string | Buffer, { domain, selector }: DkimKey): Unsigned {
  const present = relaxedFields(head);
  if (present.get('from')?.length !== 1) throw new Error('a mail is signed for exactly one From');
  const names: string[] = [];
  let input = '';
  for (const { name, key, extra } of plan) {
    const fields = present.get(key) ?? [];
    for (let i = fields.length - 1; i >= -extra; i -= 1) names.push(name);
    // Of several with one name, the lowest is signed first (RFC 6376 §5.4.2).
    for (let i = fields.length - 1; i >= 0; i -= 1) input += `${fields[i]}\r\n`;
  }
  const hash = typeof bodyHash === 'string' ? bodyHash : bodyHash.toString('base64');
  const field = `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain};\r\n s=${selector}; bh=${hash};\r\n${foldedNames(names)};\r\n b=`;
  // Ours is folded by one space after each CRLF and has no other runs, so this is its relaxed form (RFC 6376 §3.4.2).
  const relaxed = `dkim-signature:${field.slice('DKIM-Signature: '.length).replaceAll('\r\n', '')}`;
  return { field, input: Buffer.from(input + relaxed, 'latin1') };
}

/** ` h=From:From:To` with line breaks after colons, where RFC 6376 §3.5 allows them. */
function foldedNames(names: readonly string[]): string {
  let text = ' h=';
  let used = text.length;
  names.forEach((name, i) => {
    const part = i < names.length - 1 ? `${name}:` : name;
    const breaks = used + part.length > lineLength;
    text += breaks ? `\r\n ${part}` : part;
    used = (breaks ? 1 : used) + part.length;
  });
  return text;
}

function signedField(field: string, signature: Buffer): string {
  const written = signature.toString('base64');
  let text = field + written.slice(0, lineLength - 3);
  for (let i = lineLength - 3; i < written.length; i += lineLength - 1)
    text += `\r\n ${written.slice(i, i + lineLength - 1)}`;
  return `${text}\r\n`;
}

/** A head is ASCII with whole line ends: else two servers would read it in two ways, and one of them is no valid signature. */
const unclean = /[\u0080-\uffff]|^\r\n|\r(?!\n)|(?<!\r)\n|\r\n(?=\r\n.)/;
const runs = /[ \t]+/g;

/** The fields that are signed, by their names, each as `name:value` in its relaxed form (RFC 6376 §3.4.2). */
function relaxedFields(head: string): ReadonlyMap<string, readonly string[]> {
  if (unclean.test(head))
    throw new Error('the head of a mail to be signed has a lone CR or LF, an empty line, or is not ASCII');
  const found = new Map<string, string[]>();
  for (const field of head.split(/\r\n(?![ \t])/)) {
    if (field === '') continue;
    const colon = field.indexOf(':');
    if (colon < 1) throw new Error('the head of a mail to be signed has a line that is no field');
    const name = field.slice(0, colon).trimEnd().toLowerCase();
    if (!wanted.has(name)) continue;
    const relaxed = `${name}:${relaxedValue(field.slice(colon + 1))}`;
    const others = found.get(name);
    if (others) others.push(relaxed);
    else found.set(name, [relaxed]);
  }
  return found;
}

function relaxedValue(value: string): string {
  const flat = value.replaceAll('\r\n', '').replace(runs, ' ');
  return flat.slice(flat.startsWith(' ') ? 1 : 0, flat.endsWith(' ') ? -1 : undefined);
}
