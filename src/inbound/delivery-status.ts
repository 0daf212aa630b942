import { addressIn, uniqueAddresses } from './addresses.js';
import { mayReport } from './daemon.js';
import { type HeaderBlock, headerBlocks, valueOf } from './header-block.js';
import { type InboundMail, partOf } from './mail.js';

/** What became of the mail to one recipient, RFC 3464 §2.3. */
export type RecipientReport = {
  /** The address that we wrote to, then those that it was replaced by. */
  readonly addresses: readonly string[];
  readonly action?: Action | undefined;
  readonly status?: string | undefined;
  /** The receiving server's words. */
  readonly diagnostic: string;
};

export type Action = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export type DeliveryStatus = {
  readonly envelopeId?: string | undefined;
  readonly originalId?: string | undefined;
  readonly recipients: readonly RecipientReport[];
};

/** The report for programs in a mail; undefined if there is none that names an action, a status or a recipient. */
export function deliveryStatusOf(mail: InboundMail): DeliveryStatus | undefined {
  if (!mayReport(mail)) return undefined;
  const part = partOf(mail, /^message\/(?:global-)?delivery-status$/) ?? strayReport(mail);
  if (part === undefined) return undefined;
  const blocks = headerBlocks(divided(part));
  const recipients = blocks.filter(isAboutRecipient).map(recipientReport);
  if (recipients.length === 0) return undefined;
  return {
    recipients,
    envelopeId: first(blocks, 'original-envelope-id'),
    originalId: first(blocks, 'x-original-message-id'),
  };
}

/** Some programs leave out the blank lines between recipients: a name that comes again begins the next one. */
function divided(part: string): string {
  let seen = new Set<string>();
  const lines = part
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => {
      const name = /^(?:final|original)-recipient(?=:)/i.exec(line)?.[0].toLowerCase() ?? '';
      if (line.trim() === '') seen = new Set();
      const isNext = name !== '' && seen.has(name);
      if (isNext) seen = new Set();
      if (name !== '') seen.add(name);
      return isNext ? `\n${line}` : line;
    });
  return lines.join('\n');
}

/** Where the MIME around it is broken, the report stands in the body. */
function strayReport({ source }: InboundMail): string | undefined {
  const found = /^(?:Reporting-MTA|Original-Recipient|Final-Recipient)[ \t]{0,9}:/im.exec(source);
  if (!found) return undefined;
  // Up to the next boundary: what follows is our own mail.
  const [report = ''] = source.slice(found.index).split(/^--[^\s-]/m, 1);
  return /^Final-Recipient[ \t]{0,9}:/im.test(report) && /^(?:Action|Status)[ \t]{0,9}:/im.test(report)
    ? report
    : undefined;
}

function isAboutRecipient(block: HeaderBlock): boolean {
  return ['final-recipient', 'original-recipient', 'action', 'status'].some((name) => block.has(name));
}

function recipientReport(block: HeaderBlock): RecipientReport {
  const named = ['original-recipient', 'final-recipient', 'x-actual-recipient'].map((name) => valueOf(block, name));
  const addresses = named.map(addressOf).filter((address) => address !== undefined);
  return {
    addresses: uniqueAddresses(addresses),
    action: actionOf(valueOf(block, 'action')),
    status: /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(valueOf(block, 'status'))?.[0],
    diagnostic: diagnosticOf(block),
  };
}

/** "rfc822; ada@example.com", "rfc822;<ada@example.com>", "utf-8; …", and with RFC 3461 §4 the signs coded as +3D. */
function addressOf(value: string): string | undefined {
  const [, type, rest] = /^\s*([\w-]{1,20})\s*;(.*)$/s.exec(value) ?? [];
  if (/^(?:x-unix|unknown|x400)$/i.test(type ?? '')) return undefined;
  // Only these two must be coded; "+AB" may be a tag of the reader's own.
  return addressIn((rest ?? value).replaceAll('+2B', '+').replaceAll('+3D', '='));
}

/** Its first word alone: "failed (phase 2)"; "deliverable" is what one server says for delivered. */
function actionOf(value: string): Action | undefined {
  const [word = ''] = /^[a-z]{4,12}/i.exec(value.trim()) ?? [];
  const actions: readonly Action[] = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'];
  return word.toLowerCase() === 'deliverable' ? 'delivered' : actions.find((action) => action === word.toLowerCase());
}

function diagnosticOf(block: HeaderBlock): string {
  // "Status: 5.0.0 (recipient reached disk quota)".
  const [, comment] = /\(([^()]{4,300})\)/.exec(valueOf(block, 'status')) ?? [];
  const said = [...(block.get('diagnostic-code') ?? []), ...(comment ? [comment] : [])];
  return said
    .map((code) => code.replace(/^\s*[\w-]{1,20}\s*;\s*/, ''))
    .join('\n')
    .slice(0, 4000);
}

function first(blocks: readonly HeaderBlock[], name: string): string | undefined {
  return blocks.map((block) => valueOf(block, name)).find((value) => value !== '');
}
