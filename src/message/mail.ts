import MailComposer from 'nodemailer/lib/mail-composer';
import { assetUrl } from './asset-token.js';
import type { Brand } from './brand.js';
import { domainOf, parseAddress, parseSender } from './address.js';
import { type Fill, type MergeData, type MergeValue, noAddresses } from './merge.js';
import { type OwnAddresses, ownAddresses, unsubscribeMailto, type WaysBack } from './return-address.js';
import type { Template } from './template.js';
import { signerOf, type SigningKeys } from './token.js';

/** One mail as it is handed to a transport: rendered, addressed, ready to be written as MIME. */
export type Mail = {
  /** The message's id; also the left side of its Message-ID. */
  readonly id: string;
  readonly from: Mailbox;
  /** Where bounces of this copy go, if not to `from`: its envelope sender. */
  readonly returnPath?: string;
  readonly replyTo?: Mailbox;
  readonly to: Mailbox;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Frozen when the message was planned, so that every attempt is the same mail. */
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the tracked links of this copy lead, in their order. */
  readonly links: readonly string[];
};
export type Mailbox = { readonly name: string; readonly address: string };

/** What a mail is made of, besides its template. */
export type MailOrder = StepOrder & LeadOrder;

/** What all mails of one step share. */
export type StepOrder = {
  readonly step: string;
  readonly subject: Fill;
  readonly from: string;
  readonly replyTo?: string;
  readonly sequence: { readonly name: string; readonly title: string };
  /** What `{{assetUrl}}` leads to. */
  readonly asset?: string;
  /** A mail about the lead to one of ours: it is addressed so, follows nobody and needs no way out. */
  readonly notice?: {
    /** Missing where each goes to its lead. */
    readonly to?: string;
    /** What its reader answers goes to the lead. */
    readonly answersTo?: 'lead';
    /** It leads to a page of ours on which its reader confirms something: that an address is theirs, what they agreed to. */
    readonly asksLead?: true;
  };
};

/** What makes a mail the one of one lead. */
export type LeadOrder = {
  readonly message: string;
  readonly lead: {
    /** By which a link to an asset knows whose it is. */
    readonly id?: string;
    readonly email: string;
    readonly fields: Readonly<Record<string, MergeValue>>;
    readonly name: string;
  };
  /** Whom this notice goes to, where that is not the same for all leads. */
  readonly to?: string;
  /** What a notice may say of the event that it is about. */
  readonly event?: Readonly<Record<string, MergeValue>>;
  /** What a notice may tell sales of the lead. */
  readonly dossier?: Readonly<Record<string, MergeValue>>;
  readonly plannedAt: Date;
};

/** What every mail of this installation shares. */
export type MailSetting = {
  readonly brand: Brand;
  /** Where leads reach this server, without a closing slash. */
  readonly publicUrl: string;
  readonly keys: SigningKeys;
  /** The header under which the provider takes our message id, and never the same one twice. */
  readonly idempotencyHeader?: string;
  /** Where mail comes back to; of each mail under an address of its own. */
  readonly waysBack?: WaysBack;
};

/** Characters of a subject or name; what is beyond them nobody sees. */
const longestHeader = 500;

/** Fills a compiled template for one lead. Pure; throws a plain Error when the order itself is impossible. */
export function renderMail(template: Template, order: MailOrder, setting: MailSetting): Mail {
  const letterhead = letterheadOf(order, setting);
  const { to, subject, data, links, own, answersTo } = copyOf(template, letterhead, order, setting);
  const replyTo = answersTo ?? replyToOf(letterhead, own);
  return {
    id: order.message,
    from: letterhead.from,
    ...(own.returnPath ? { returnPath: own.returnPath } : {}),
    ...(replyTo ? { replyTo } : {}),
    to,
    subject,
    html: template.html(data),
    text: template.text(data),
    date: order.plannedAt,
    headers: headersFor(order, order.message, waysOut(data.unsubscribeUrl, own), setting),
    links,
  };
}

/** What is the same in every copy of a step's mail. */
export type Letterhead = Pick<MergeData, 'brand' | 'sequence'> & {
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  /** All mails of a notice go to one address. */
  readonly to?: Mailbox;
};

/** Reads what all mails of a step share, once for all of them. */
export function letterheadOf(order: StepOrder, setting: MailSetting): Letterhead {
  const replyTo = order.replyTo ? parseSender(order.replyTo) : undefined;
  return {
    from: senderOf(order),
    ...(replyTo ? { replyTo } : {}),
    ...(order.notice?.to === undefined ? {} : { to: mailboxOf('', order.notice.to) }),
    brand: brandData(setting),
    sequence: { name: order.sequence.title },
  };
}

/** Who gets the answers: whom the step names, else ours, by an address that says which mail it answers. */
export function replyToOf({ from, replyTo }: Letterhead, own: OwnAddresses): Mailbox | undefined {
  return replyTo ?? (own.replyTo ? { name: from.name, address: own.replyTo } : undefined);
}

function senderOf({ from }: StepOrder): Mailbox {
  const sender = parseSender(from);
  if (!sender) throw new Error(`"${from}" is not a sender`);
  return sender;
}

function mailboxOf(name: string, email: string): Mailbox {
  const to = parseAddress(email);
  if (!to.ok) throw new Error(`the address it goes to is none: ${to.problem}`);
  return { name: oneLine(name), address: to.value.address };
}

/** One lead's copy of a mail before it is written: whom it goes to, what it is filled with and where its links lead. */
export type Copy = Pick<Mail, 'to' | 'subject' | 'links'> & {
  readonly data: MergeData;
  readonly own: OwnAddresses;
  /** The lead, where what is answered to a notice goes to it. */
  readonly answersTo?: Mailbox;
};

/** Gathers what one copy is filled with. */
export function copyOf(template: Template, letterhead: Letterhead, order: MailOrder, setting: MailSetting): Copy {
  const { brand, sequence } = letterhead;
  const ofLead = (): Mailbox => mailboxOf(order.lead.name, order.lead.email);
  const to = order.notice && order.to !== undefined ? mailboxOf('', order.to) : (letterhead.to ?? ofLead());
  const { fields, email } = order.lead;
  const lead = fields['email'] === email ? fields : { ...fields, email };
  const addresses = order.notice
    ? noticeAddresses(order, setting)
    : addressesOf(order.message, template.targets.length, setting);
  const { event, dossier } = order;
  const told = { ...assetOf(order, setting), ...(event ? { event } : {}), ...(dossier ? { dossier } : {}) };
  const tracked = { lead, brand, sequence, ...told, ...addresses };
  const links = template.targets.map((target) => target(tracked));
  const data = order.notice ? { ...tracked, links } : tracked;
  // A notice is about a lead, and nobody's to bounce.
  const own = order.notice ? {} : ownAddresses(order.message, setting.waysBack ?? {}, setting.keys);
  return {
    to,
    subject: oneLine(order.subject(data)),
    data,
    links: order.notice ? [] : links,
    own,
    ...(order.notice?.answersTo ? { answersTo: ofLead() } : {}),
  };
}

/** A notice leads nowhere, save to the page on which a lead says that an address is its own. */
function noticeAddresses({ message, notice }: MailOrder, { publicUrl, keys }: MailSetting): Addresses {
  if (!notice?.asksLead) return noAddresses;
  return { ...noAddresses, preferencesUrl: `${publicUrl}/p/${signerOf(message, keys)('preferences')}` };
}

/** Two weeks from when the mail was planned, so that every attempt is the same mail. */
function assetOf(
  { asset, lead: { id: lead }, plannedAt: at }: MailOrder,
  setting: MailSetting,
): Pick<MergeData, 'assetUrl'> {
  return asset === undefined || lead === undefined ? {} : { assetUrl: assetUrl({ lead, asset, at }, setting) };
}

type Addresses = Pick<MergeData, 'links' | 'unsubscribeUrl' | 'preferencesUrl' | 'pixelUrl' | 'trapUrl'>;

/** Where this copy of a mail leads, so that it is known whose it was. */
function addressesOf(message: string, links: number, { publicUrl, keys }: MailSetting): Addresses {
  const sign = signerOf(message, keys);
  return {
    links: Array.from({ length: links }, (_, i) => `${publicUrl}/c/${sign('click', i)}`),
    unsubscribeUrl: unsubscribeUrl(publicUrl, sign('unsubscribe')),
    preferencesUrl: `${publicUrl}/p/${sign('preferences')}`,
    pixelUrl: `${publicUrl}/o/${sign('open')}.gif`,
    // Numbered behind the last, it looks like any other link, and is mostly signed along with it.
    trapUrl: `${publicUrl}/c/${sign('click', links)}`,
  };
}

/** Where sales answers a notice: the page of this one copy of it. */
export function answersUrl(message: string, { publicUrl, keys }: Pick<MailSetting, 'publicUrl' | 'keys'>): string {
  return `${publicUrl}/s/${signerOf(message, keys)('sales')}`;
}

/** Where a lead gets out of all mails. */
export function unsubscribeUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/u/${token}`;
}

/** The same, and by mail where that reaches us. RFC 8058 §3.1 wants one of https, and mail programs take the first they know. */
export function waysOut(url: string, { unsubscribe }: OwnAddresses): readonly string[] {
  return unsubscribe ? [url, unsubscribeMailto(unsubscribe)] : [url];
}

/** The Message-ID of a message: the same on every attempt, and read back from bounces and replies. */
export function messageIdOf(message: string, from: Mailbox): string {
  return `<${message}@${domainOf(from.address)}>`;
}

/** RFC 3834 keeps vacation replies away. */
const ownHeaders = { 'Auto-Submitted': 'auto-generated' };

/** The headers of bulk mail; a notice to one of ours needs none of them. */
export function headersFor(
  order: StepOrder,
  message: string,
  out: readonly string[],
  setting: MailSetting,
): Record<string, string> {
  const idempotency = setting.idempotencyHeader ? { [setting.idempotencyHeader]: message } : {};
  if (order.notice) return { ...ownHeaders, ...idempotency };
  const domain = domainOf(senderOf(order).address);
  return {
    // RFC 8058 §3.1: both headers, and https in production; RFC 2919 List-Id.
    'List-Unsubscribe': out.map((way) => `<${way}>`).join(', '),
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': `<${order.sequence.name}.${domain}>`,
    'Feedback-ID': `${order.step}:${order.sequence.name}:rivulet:${domain}`.slice(0, 200),
    ...ownHeaders,
    ...idempotency,
  };
}

function brandData({ brand, publicUrl }: MailSetting): Record<string, string> {
  const logoUrl = /^https?:/.test(brand.logo) ? brand.logo : `${publicUrl}/${brand.logo}`;
  return {
    name: brand.name,
    website: brand.website,
    postalAddress: brand.postalAddress,
    logoUrl,
    logoAlt: brand.logoAlt,
  };
}

/**
 * A header is one line: what a lead's name brings along of line breaks must not start another (RFC 5322 §2.2). And it is
 * short: a word of more than 998 characters cannot be folded (§2.1.1).
 */
function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  if (line.length <= longestHeader) return line;
  return Array.from(line).slice(0, longestHeader).join('').trimEnd();
}

/** The mail as RFC 5322 bytes, with text and HTML as alternatives. */
export async function toMime(mail: Mail): Promise<Buffer> {
  return composerOf(mail).compile().build();
}

/** The mail in Nodemailer's composer, which knows the rules of headers. */
export function composerOf(mail: Mail): MailComposer {
  return new MailComposer({
    from: mail.from,
    to: mail.to,
    ...(mail.replyTo ? { replyTo: mail.replyTo } : {}),
    subject: mail.subject,
    date: mail.date,
    messageId: messageIdOf(mail.id, mail.from),
    // Not by chance, so that every attempt has the same bytes.
    baseBoundary: mail.id,
    boundaryPrefix,
    encoding: 'quoted-printable',
    // Ready as they are: the composer would write a JSON value as encoded words, which nobody decodes.
    headers: Object.fromEntries(
      Object.entries(mail.headers).map(([name, value]) => [name, { prepared: true, foldLines: true, value }]),
    ),
    // A lone CR or LF in a body is how one mail is smuggled into another (CVE-2023-51764); the composer lets it pass.
    text: crlf(mail.text),
    html: crlf(mail.html),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Quoted-printable never writes "=_", so no body can hold a boundary that begins with it (RFC 2045 §6.7). */
const boundaryPrefix = '=_';

/** What the composer makes of a base and a prefix, for the one multipart of our mails. */
export function boundaryOf(message: string): string {
  return `${boundaryPrefix}-${message}-Part_1`;
}

function crlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}
