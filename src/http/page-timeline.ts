import type { Moment } from '../simulation/simulate.js';
import type { LeadStory, TimelineEntry } from '../lead/story.js';
import { type Html, html } from './html.js';
import { clock, day, moment, sequenceLink, type Titles } from './page-shell.js';

/** A line of the timeline, past or to come. */
type Line = {
  readonly at: Date;
  readonly what: string;
  readonly because: string;
  readonly sequence?: string;
  readonly isMail: boolean;
  readonly isMachine: boolean;
};

/** Past and future in one, with the present between them. */
export function timelineView({ timeline: past, next, facts }: LeadStory, now: Date, titles: Titles): Html {
  const { timeZone, lead } = facts;
  const zone = lead.timezone ? `${timeZone}, the lead's own time zone` : `${timeZone}, the default time zone`;
  return html`<p class="quiet">Times in ${zone}. ${past.length > 20 && html`<a href="#now">To the present</a>`}</p>
${days(past.map(pastLine), timeZone, titles)}
<h3 class="now" id="now"><span>Now: ${moment(now, timeZone)}</span></h3>
<div class="future">${next.length > 0 ? html`<p class="quiet">What comes next, if nothing else happens:</p>${days(next.filter(isNews).map(futureLine), timeZone, titles)}` : html`<p class="quiet">Nothing is planned.</p>`}</div>`;
}

function pastLine({ at, what, because, sequence, kind, machine }: TimelineEntry): Line {
  return {
    at,
    what: kind === 'enrolled' ? 'entered' : what,
    because,
    ...(sequence ? { sequence } : {}),
    isMail: kind === 'mail',
    isMachine: machine ?? false,
  };
}

function futureLine({ at, what, because, sequence, kind }: Moment): Line {
  const named: Readonly<Partial<Record<Moment['kind'], string>>> = {
    mail: `mail "${what}"`,
    notice: `mail about the lead "${what}"`,
    call: `calls ${what}`,
    enter: 'enters',
    leave: 'leaves',
  };
  return {
    at,
    what: named[kind] ?? what,
    because,
    ...(sequence ? { sequence } : {}),
    isMail: kind === 'mail',
    isMachine: false,
  };
}

/** What comes tells of each mail twice: that it goes, and, as nobody can know otherwise, that the server takes it. */
function isNews({ kind, what }: Moment): boolean {
  return kind !== 'step' || what !== 'accepted';
}

function days(lines: readonly Line[], timeZone: string, titles: Titles): readonly Html[] {
  const byDay = new Map<string, Line[]>();
  for (const line of lines) {
    const name = day(line.at, timeZone);
    const own = byDay.get(name);
    if (own) own.push(line);
    else byDay.set(name, [line]);
  }
  return [...byDay].map(
    ([name, own]) =>
      html`<div class="day"><h3>${name}</h3><ol>${own.map((line) => lineView(line, timeZone, titles))}</ol></div>`,
  );
}

function lineView({ at, what, because, sequence, isMail, isMachine }: Line, timeZone: string, titles: Titles): Html {
  const marks = html`${sequence && html` <span class="of">${sequenceLink(sequence, titles)}</span>`}${isMachine && html` <span class="chip">a machine, not the person</span>`}`;
  return html`<li${isMail && html` class="mail"`}>${clock(at, timeZone)} <div><span class="what">${what}</span>${marks}</div>${because && html` <div class="because">${because}</div>`}</li>`;
}
