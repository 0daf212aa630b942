import MailComposer from 'nodemailer/lib/mail-composer';
import type { Brand } from './brand.js';
import { parseAddress, parseSender } from './address.js';
import { type Fill, type MergeData, type MergeValue, noAddresses } from './merge.js';
import type { Template } from './template.js';
import { signToken, type SigningKeys } from './token.js';

/** One mail as it is handed to a transport: rendered, addressed, ready to be written as MIME. */
export type Mail = {
  /** The message's id; also the left side of its Message-ID. */
  readonly id: string;
  readonly from: Mailbox;
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
export type MailOrder = {
  readonly message: string;
  readonly step: string;
  readonly subject: Fill;
  readonly from: string;
  readonly replyTo?: string;
  readonly sequence: { readonly name: string; readonly title: string };
  readonly lead: {
    readonly email: string;
    readonly fields: Readonly<Record<string, MergeValue>>;
    readonly name: string;
  };
  readonly plannedAt: Date;
  /** A mail about the lead to one of ours: it is addressed so, follows nobody and needs no way out. */
  readonly notice?: { readonly to: string };
};

/** What every mail of this installation shares. */
export type MailSetting = {
  readonly brand: Brand;
  /** Where leads reach this server, without a closing slash. */
  readonly publicUrl: string;
  readonly keys: SigningKeys;
  /** Adds the header by which SendGrid gives our message id back with opens and clicks. */
  readonly tagsForSendgrid: boolean;
};

/** Characters of a subject or name; what is beyond them nobody sees. */
const longestHeader = 500;

/** Fills a compiled template for one lead. Pure; throws a plain Error when the order itself is impossible. */
export function renderMail(template: Template, order: MailOrder, setting: MailSetting): Mail {
  const from = parseSender(order.from);
  if (!from) throw new Error(`"${order.from}" is not a sender`);
  const to = parseAddress(order.notice?.to ?? order.lead.email);
  if (!to.ok) throw new Error(`the address it goes to is none: ${to.problem}`);
  const replyTo = order.replyTo ? parseSender(order.replyTo) : undefined;

  const plain: MergeData = {
    lead: { ...order.lead.fields, email: order.lead.email },
    brand: brandData(setting),
    sequence: { name: order.sequence.title },
    ...noAddresses,
  };
  const targets = (data: MergeData): readonly string[] => template.links.map((link) => link(forAddresses(data)));
  const data = order.notice ? { ...plain, links: targets(plain) } : { ...plain, ...tracked(template, order, setting) };
  return {
    id: order.message,
    from,
    ...(replyTo ? { replyTo } : {}),
    to: { name: order.notice ? '' : oneLine(order.lead.name), address: to.value.address },
    subject: oneLine(order.subject(data)),
    html: template.html(data),
    text: template.text(data),
    date: order.plannedAt,
    headers: order.notice ? ownHeaders : headersFor(order, from, data.unsubscribeUrl, setting),
    links: order.notice ? [] : targets(data),
  };
}

type Addresses = Pick<MergeData, 'links' | 'unsubscribeUrl' | 'preferencesUrl' | 'pixelUrl'>;

/** Where this copy of a mail leads, so that it is known whose it was. */
function tracked(template: Template, order: MailOrder, { publicUrl, keys }: MailSetting): Addresses {
  const ticket = (link = 0) => ({ message: order.message, link });
  return {
    links: template.links.map((_, i) => `${publicUrl}/c/${signToken('click', ticket(i), keys)}`),
    unsubscribeUrl: `${publicUrl}/u/${signToken('unsubscribe', ticket(), keys)}`,
    preferencesUrl: `${publicUrl}/p/${signToken('preferences', ticket(), keys)}`,
    pixelUrl: `${publicUrl}/o/${signToken('open', ticket(), keys)}.gif`,
  };
}

/** The Message-ID of a message: the same on every attempt, and read back from bounces and replies. */
export function messageIdOf(message: string, from: Mailbox): string {
  return `<${message}@${domainOf(from)}>`;
}

/** RFC 3834 keeps vacation replies away. */
const ownHeaders = { 'Auto-Submitted': 'auto-generated' };

function headersFor(
  order: MailOrder,
  from: Mailbox,
  unsubscribeUrl: string,
  setting: MailSetting,
): Record<string, string> {
  const domain = domainOf(from);
  return {
    // RFC 8058 §3.1: both headers, and https in production; RFC 2919 List-Id.
    'List-Unsubscribe': `<${unsubscribeUrl}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': `<${order.sequence.name}.${domain}>`,
    'Feedback-ID': `${order.step}:${order.sequence.name}:rivulet:${domain}`.slice(0, 200),
    ...ownHeaders,
    ...(setting.tagsForSendgrid ? { 'X-SMTPAPI': JSON.stringify({ unique_args: { rivulet: order.message } }) } : {}),
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

/** Lead values as parts of an address: whatever they hold, they cannot change where the link leads. */
function forAddresses(data: MergeData): MergeData {
  const lead = Object.entries(data.lead).map(
    ([name, value]) => [name, value === undefined ? value : encodeURIComponent(String(value))] as const,
  );
  return { ...data, lead: Object.fromEntries(lead) };
}

/**
 * A header is one line: what a lead's name brings along of line breaks must not start another (RFC 5322 §2.2). And it is
 * short: a word of more than 998 characters cannot be folded (§2.1.1).
 */
function oneLine(text: string): string {
  const characters = Array.from(text.trim().replace(/\s+/g, ' '));
  return characters.slice(0, longestHeader).join('').trimEnd();
}

function domainOf(mailbox: Mailbox): string {
  return mailbox.address.slice(mailbox.address.lastIndexOf('@') + 1);
}

/** The mail as RFC 5322 bytes, with text and HTML as alternatives. */
export async function toMime(mail: Mail): Promise<Buffer> {
  const composer = new MailComposer({
    from: mail.from,
    to: mail.to,
    ...(mail.replyTo ? { replyTo: mail.replyTo } : {}),
    subject: mail.subject,
    date: mail.date,
    messageId: messageIdOf(mail.id, mail.from),
    // Not by chance, so that every attempt has the same bytes.
    baseBoundary: mail.id,
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
  return composer.compile().build();
}

function crlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}
