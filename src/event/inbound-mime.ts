import { type ParsedMail, simpleParser } from 'mailparser';

/** What of a mail the inbound webhooks need. */
export type MimeMail = {
  /** First value of a header, name in lower case; empty if there is none. */
  readonly header: (name: string) => string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly from: string | undefined;
  /** To and Cc. */
  readonly to: readonly string[];
};

/** Without skipHtmlToText a mail of nested tags stops the process for seconds. */
const parserOptions = { keepDeliveryStatus: true, skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true };

/** Reads a mail as it went over the wire; undefined if it cannot be read. */
export async function parseMime(bytes: Buffer): Promise<MimeMail | undefined> {
  const mail = await simpleParser(bytes, parserOptions).catch(() => undefined);
  if (!mail) return undefined;
  const to = [...addressesOf(mail.to), ...addressesOf(mail.cc)];
  const { subject = '', text = '', html } = mail;
  return { header: headerReader(mail), subject, text, html: html || '', from: addressesOf(mail.from)[0], to };
}

function headerReader(mail: ParsedMail): (name: string) => string {
  return (name) => {
    const line = mail.headerLines.find(({ key }) => key === name)?.line ?? '';
    return line
      .slice(line.indexOf(':') + 1)
      .replaceAll(/\s+/g, ' ')
      .trim();
  };
}

function addressesOf(field: ParsedMail['to']): string[] {
  const listed = [field ?? []].flat().flatMap(({ value }) => value);
  return listed.flatMap((entry) => entry.group ?? [entry]).flatMap(({ address }) => address || []);
}

const entities: ReadonlyMap<string, string> = new Map([
  ['nbsp', ' '],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['#39', "'"],
  ['amp', '&'],
]);

/** Rough, and linear on purpose: it is for reading a reply that has no plain text, not for showing it. */
export function textOfHtml(html: string): string {
  const [before = '', ...pieces] = html.split('<');
  const texts = pieces.map((piece) => {
    if (/^(style|script|title)\b/i.test(piece)) return '';
    const lineBreak = /^(br|\/(p|div|tr|li|h\d))\b/i.test(piece) ? '\n' : '';
    return lineBreak + piece.slice(piece.indexOf('>') + 1);
  });
  return [before, ...texts]
    .join('')
    .replaceAll(/&(#?\w{1,8});/g, (whole, name) => entities.get(name) ?? whole)
    .trim();
}
