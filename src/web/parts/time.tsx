import { intlFormat } from 'date-fns/intlFormat';
import { intlFormatDistance } from 'date-fns/intlFormatDistance';
import { useNow } from '../data/now.js';

type Shape = 'relative' | 'exact' | 'day' | 'clock';

type TimeParts = {
  readonly at: string | Date;
  /** relative: "3 hours ago"; exact: "12 Oct 2026, 09:30"; day: "Mon 12 Oct 2026"; clock: "09:30". */
  readonly as?: Shape;
  /** The lead's zone: its clock stands beside, where it is another one. */
  readonly zone?: string | undefined;
};

/** The zone of whoever looks. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const day = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const shapes = {
  exact: { ...day, ...clock },
  day: { ...day, weekday: 'short' },
  clock,
} as const satisfies Record<Exclude<Shape, 'relative'>, Intl.DateTimeFormatOptions>;

/** A moment as text, on the clock of a zone. */
export function timeText(at: string | Date, as: Exclude<Shape, 'relative'> = 'exact', zone: string = ownZone): string {
  return intlFormat(new Date(at), { ...shapes[as], timeZone: knownZone(zone) }, { locale: 'en-GB' });
}

/** An old row may hold a zone that this browser has never heard of. */
function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

/** "New York" of "America/New_York". */
export function zoneName(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

/** "3 hours ago", "in 2 days". */
function relativeText(at: string | Date, now: Date): string {
  const then = new Date(at);
  const apart = Math.abs(then.getTime() - now.getTime());
  if (apart < 45_000) return 'just now';
  return intlFormatDistance(then, now, { locale: 'en', numeric: 'always' });
}

/** A moment, in the zone of whoever looks. What is relative tells the exact moment on its own. */
export function Time({ at, as = 'exact', zone }: TimeParts) {
  const now = useNow();
  const text = as === 'relative' ? relativeText(at, now) : timeText(at, as);
  const there = zone && !isSameClock(at, zone) ? timeText(at, as === 'relative' ? 'exact' : as, zone) : undefined;
  const whole = `${timeText(at)} (${zoneName(ownZone)})${zone ? `, ${timeText(at, 'exact', zone)} (${zoneName(zone)})` : ''}`;
  return (
    <time dateTime={new Date(at).toISOString()} title={whole}>
      {text}
      {there && as !== 'relative' && zone && (
        <span className="there">
          {sameDay(at, zone) ? timeText(at, 'clock', zone) : there} in {zoneName(zone)}
        </span>
      )}
    </time>
  );
}

function isSameClock(at: string | Date, zone: string): boolean {
  return timeText(at, 'exact', zone) === timeText(at);
}

function sameDay(at: string | Date, zone: string): boolean {
  return timeText(at, 'day', zone) === timeText(at, 'day');
}
