import type { LineKind } from './expected-line.js';
import { wallAt } from '../sequence/wall-clock.js';
import type { Moment } from './simulate.js';

/** A moment as a journey tells it: the line itself, and the reason that may be left out of it. */
export type Line = { readonly text: string; readonly kind: LineKind; readonly moment: Moment };

/** The moments in lines, on the clock of `zone`. What a mail's own moment tells already is left out. */
export function linesOf(moments: readonly Moment[], zone: string): readonly Line[] {
  const [first] = moments;
  const year = first ? yearOf(first.at, zone) : 0;
  return moments.flatMap((moment): readonly Line[] => {
    if (isEcho(moment)) return [];
    const what = whatOf(moment, (at) => shortTime(at, zone, year));
    return [{ kind: moment.kind, moment, text: `${shortTime(moment.at, zone, year)} ${moment.kind} ${what}` }];
  });
}

/** Whether a moment only says what another tells: that a mail went, that a journey began by its own call, that nothing was waited for. */
export function isEcho({ kind, what, because }: Moment): boolean {
  if (kind === 'wait') return what === 'goes on';
  if (kind === 'event') return what.startsWith('sequence.called ') && because === 'told by journey';
  return (
    kind === 'step' &&
    (what === 'accepted' || what === 'held back' || what === 'notified' || what.startsWith('called '))
  );
}

function whatOf(moment: Moment, time: (at: Date) => string): string {
  const { kind, what, because, until } = moment;
  switch (kind) {
    case 'mail':
    case 'notice':
    case 'call':
      return placeOf(moment);
    case 'enter':
    case 'leave':
      return [moment.sequence, because].filter(Boolean).join(': ');
    case 'stage':
      return moment.stage ?? '';
    case 'event':
      return what;
    case 'wait':
      return `${placeOf(moment)}: until ${until ? time(until) : 'something happens'}: ${because}`;
    case 'step':
      return `${placeOf(moment)}: ${what}: ${because}`;
  }
}

/** "welcome/hello", or the sequence alone. */
export function placeOf({ sequence, step }: Pick<Moment, 'sequence' | 'step'>): string {
  return [sequence, step].filter(Boolean).join('/');
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "Mon 2 Mar 10:00"; with the year where it is not the one in which the journey begins. */
function shortTime(at: Date, zone: string, year: number): string {
  const wall = new Date(wallAt(at, zone));
  const own = wall.getUTCFullYear() === year ? '' : ` ${wall.getUTCFullYear()}`;
  return `${weekdays[wall.getUTCDay()]} ${wall.getUTCDate()} ${months[wall.getUTCMonth()]}${own} ${wall.toISOString().slice(11, 16)}`;
}

function yearOf(at: Date, zone: string): number {
  return new Date(wallAt(at, zone)).getUTCFullYear();
}

/** "2026-03-02 Mon 10:00", which sorts. */
export function sortableTime(at: Date, zone: string): string {
  const wall = new Date(wallAt(at, zone));
  return `${wall.toISOString().slice(0, 10)} ${weekdays[wall.getUTCDay()]} ${wall.toISOString().slice(11, 16)}`;
}

/** What is read of a moment by a person who knows where and when it is. */
export function toldOf(moment: Moment, zone: string): { readonly what: string; readonly because: string } {
  const { kind, what, because, until } = moment;
  switch (kind) {
    case 'mail':
      return { what: `mail "${what}"`, because };
    case 'notice':
      return { what: `notice "${what}"`, because };
    case 'call':
      return { what: `calls ${what}`, because };
    case 'enter':
      return { what: 'enters', because };
    case 'leave':
      return { what: 'leaves', because };
    case 'wait':
      return { what: until ? `waits until ${sortableTime(until, zone)}` : 'waits', because };
    case 'stage':
    case 'event':
    case 'step':
      return { what, because };
  }
}
