import { addressesIn } from './addresses.js';
import { families, type Family } from './families.js';
import { failureWords } from './failure-words.js';
import type { InboundMail } from './mail.js';
import { originalStart } from './original.js';

/** Characters of a report that are looked at: the longest of real ones have some 6,000 above our own mail. */
const mostReport = 20_000;

/** What stands above our own mail: below it are only our own words. */
export function reportText(mail: InboundMail): string {
  // A gateway that breaks the MIME makes an attachment of what people are to read.
  const attached = mail.parts.filter(({ type }) => type === 'text/plain').map(({ text }) => text);
  const texts = [mail.text, ...attached].slice(0, 5).map((text) => text.slice(0, mostReport));
  const reports = texts.map((text) => text.slice(0, originalStart(text)));
  return reports.find((text) => familyOf(text) !== undefined || failureWords.test(text)) ?? reports[0] ?? '';
}

/** The program that wrote a report, as far as its opening tells. */
export function familyOf(report: string): Family | undefined {
  return families.find(({ opening }) => opening.test(report.slice(0, 3000)));
}

/** What Sendmail makes of a reply that it has quoted behind "<<<": "User unknown", whatever that said. */
const sendmailsOwn = /^[45]\d\d [45]\.\d\.\d{1,3} \S{1,320}\.\.\. [^\n]{0,200}$/gm;

/** What a report says about one of several recipients: the server's own reply before the program's sentences. */
export function wordsAbout(report: string, recipient: string | undefined, all: readonly string[]): readonly string[] {
  const heard = /^[ \t]{0,20}<<< \S/m.test(report) ? report.replaceAll(sendmailsOwn, '') : report;
  const about = recipient === undefined || all.length < 2 ? heard : linesAbout(heard, recipient, all);
  return [...repliesIn(about), about].filter((said) => said.trim() !== '');
}

/** A line belongs to the recipient who was named last. */
function linesAbout(report: string, recipient: string, all: readonly string[]): string {
  const names = new Set(all.map((one) => one.toLowerCase()));
  let current: string | undefined;
  const about = report.split('\n').filter((line) => {
    current = addressesIn(line.toLowerCase()).find((address) => names.has(address)) ?? current;
    return current === recipient.toLowerCase();
  });
  return about.join('\n');
}

/** Replies of one form that are looked at; a report about one recipient has one or two. */
const mostReplies = 6;

/** How programs put what the server said; up to the next blank line. */
const replies: readonly RegExp[] = [
  /^[ \t]{0,20}<<<[ \t]{0,9}([^\n]{1,500}(?:\n[ \t]{0,20}<<<[^\n]{0,500}){0,20})/gm,
  /(?:said|responded|other server returned was|reply was|response was|response:|reason)[^\S\n]{0,3}:?\s{0,3}:\s{0,3}([^\n]{1,500}(?:\n[^\n]{1,500}){0,8})/gi,
  /(?:^|[\s:("'[])([45][0-5]\d[ -][^\n]{1,400}(?:\n[^\n]{1,400}){0,6})/gm,
];

function repliesIn(report: string): readonly string[] {
  return replies.flatMap((reply) => [...report.matchAll(reply)].slice(0, mostReplies).map(([, said = '']) => said));
}
