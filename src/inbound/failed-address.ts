import { addressesIn, isSameAddress, uniqueAddresses } from './addresses.js';
import type { InboundMail } from './mail.js';
import { originalOf } from './original.js';
import { familyOf, reportText } from './report-text.js';

const one = String.raw`<?([^\s<>:;,()[\]"]{1,128}@[^\s<>:;,()[\]"]{1,255})(?=[\s<>:;,()[\]"]|$)`;
/** A line that begins with it; but not a sentence about somebody. */
const ownLine = new RegExp(
  String.raw`^[ \t>*|-]{0,12}${one}(?!>? (?:was|is|has|will|from|to|with|and|or|for|by|[a-z]{1,20}ed)\b)`,
  'gim',
);
const afterRcpt = /rcpt to:? ?<?([^\s<>]{1,128}@[^\s<>]{1,255})/gi;
const afterWord = new RegExp(
  String.raw`(?:to|for|recipients?|address|user|userid|addressee|errors):?[ \t\n]{1,4}${one}`,
  'gi',
);
const places = [ownLine, afterRcpt, afterWord];

/** Sendmail, Postfix and Exim tell which address an alias stood for: the one that we wrote to. */
const expandedFrom = /\(expanded from:?\s{0,9}<?(\S{1,128}@[^\s>)]{1,255})/gi;
const generatedFrom = /\((?:ultimately )?generated from <?(\S{1,128}@[^\s>)]{1,255})/gi;

/** Lines about our mail, whose addresses are ours. */
const aboutOurs =
  /^[ \t>]{0,8}(?:From|Sender|Reply-To|Return-Path|Cc|Message-ID|Date|Subject|MAIL FROM)[ \t]?:[^\n]{0,1000}$/gim;
/** "A message sent by\n\n  <us>\n\ncould not be delivered" of Exim, "Message from  <us>." of Yahoo. */
const sentByUs = /\b(?:sent by|message from|mail from)\s{1,9}<[^<>\s]{1,320}>/gi;
const aboutSender = /\b(?:from|by|sender):? {0,2}<?\S{1,128}@\S{1,255}/gi;
const office = /^(?:postmaster|mailer-daemon|abuse|support|helpdesk|webmaster|hostmaster)@/i;

/** Who a report for people says our mail did not reach; the surest place that names anybody decides. */
export function failedAddresses(mail: InboundMail): readonly string[] {
  const report = reportText(mail).replaceAll(aboutOurs, '').replaceAll(sentByUs, '');
  const isOther = (address: string) => !isOurs(mail, address) && !office.test(address);
  const found = [
    () => mail.headers('x-failed-recipients').flatMap(addressesIn),
    () => named(report, expandedFrom),
    () => placedByFamily(report),
    ...places.map((place) => () => named(report, place).filter(isOther)),
    () => named(report, generatedFrom),
    () => addressesIn(report.replaceAll(aboutSender, '')).filter(isOther).slice(0, 1),
    () => onlyReader(mail),
    () => mail.to.flatMap(inBounceAddress),
    // Who wrote to himself, or a gateway that reports to the reader.
    () => places.flatMap((place) => named(report, place)).slice(0, 1),
  ];
  for (const find of found) {
    const addresses = find();
    if (addresses.length > 0) return uniqueAddresses(addresses);
  }
  return [];
}

/** Whether an address stands alone at the beginning of a line, as reports have it and letters seldom. */
export function hasAddressLine(report: string): boolean {
  return named(report, ownLine).length > 0;
}

function isOurs(mail: InboundMail, address: string): boolean {
  return [...mail.to, ...(mail.ours ?? []), mail.from ?? ''].some((own) => isSameAddress(own, address));
}

function named(report: string, place: RegExp): readonly string[] {
  return [...report.matchAll(place)].slice(0, 1000).flatMap(([, found = '']) => addressesIn(found));
}

/** Where a program has a place of its own for it. */
function placedByFamily(report: string): readonly string[] {
  const family = familyOf(report);
  const [, placed] = family?.recipient?.exec(report) ?? [];
  if (placed === undefined) return [];
  return addressesIn(placed.includes('@') ? placed : `${placed}@${family?.domain ?? ''}`);
}

/** "bounces+ada=example.com@ours.example": whom we wrote to is in the address that the report came to (VERP). */
function inBounceAddress(address: string): readonly string[] {
  const [, name = '', domain = ''] = /[-+]([^-+=@\s]{1,64})=([\w.-]{1,250}\.[a-z]{2,63})@/i.exec(address) ?? [];
  return name === '' ? [] : [`${name}@${domain}`];
}

/** Of our own mail, where it went to one alone. */
function onlyReader(mail: InboundMail): readonly string[] {
  const to = originalOf(mail)?.to ?? [];
  return to.length === 1 ? to : [];
}
