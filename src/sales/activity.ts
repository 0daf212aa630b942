import type { LeadEvent } from '../event/lead-event.js';

/** How mails and forms are called in what sales reads. */
export type Titles = {
  /** The subject of a mail, or another name that tells it from the others of its series. */
  readonly mail: (sequence: string, step: string) => string;
  readonly form: (form: string) => string;
};

/** One thing that a lead did, however often, and when it did it last. */
export type Deed = { readonly at: Date; readonly what: string; readonly times: number };

/** More than anybody reads in a mail. */
const mostDeeds = 8;
/** As much of what somebody else wrote as fits a line. */
const longestPart = 120;

/** What the lead did last, the latest first; machines and our own doings are no deeds. */
export function deedsIn(events: readonly LeadEvent[], titles: Titles): readonly Deed[] {
  const deeds = new Map<string, Deed>();
  for (const event of events.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const what = event.machine ? undefined : deedInWords(event, titles);
    if (what === undefined) continue;
    const times = (deeds.get(what)?.times ?? 0) + 1;
    deeds.delete(what);
    deeds.set(what, { at: event.at, what, times });
  }
  return [...deeds.values()].toReversed().slice(0, mostDeeds);
}

/** Undefined for what the lead did not do itself. */
function deedInWords(event: LeadEvent, titles: Titles): string | undefined {
  const { type, about, sequence, step, why, source } = event;
  const mail = sequence && step ? titles.mail(sequence, step) : undefined;
  const of = part(about ?? '');
  switch (type) {
    case 'opened':
      return mail && `opened “${mail}”`;
    case 'clicked':
      return of ? `followed a link to ${of}` : undefined;
    case 'replied':
      return why ? `replied: “${part(why)}”` : 'replied';
    case 'form.submitted':
      return `filled in “${titles.form(about ?? '')}”`;
    case 'asset.downloaded':
      return `downloaded “${of}”`;
    case 'page.viewed':
      return `looked at ${of || 'a page'}`;
    case 'converted':
      return of ? `converted: ${of}` : 'converted';
    case 'unsubscribed':
      return 'unsubscribed';
    case 'complained':
      return 'reported a mail as spam';
    default:
      return isTold(source, type) ? [type, of].filter(Boolean).join(' ') : undefined;
  }
}

/** Events of the operator's own, which the site, the CRM or a script tells; what Rivulet does itself has other sources. */
function isTold(source: string, type: string): boolean {
  return ['api', 'site', 'form', 'journey'].includes(source) && !innerTypes.some((prefix) => type.startsWith(prefix));
}

const innerTypes = [
  'lead.',
  'tag.',
  'consent.',
  'sequence.',
  'segment',
  'stage.',
  'score.',
  'sales.',
  'owner.',
  'series.',
];

/** On one line, and not endless: strangers write it. */
function part(text: string): string {
  const line = text.slice(0, 1000).replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length > longestPart ? `${characters.slice(0, longestPart).join('').trimEnd()}…` : line;
}
