import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { addDuration } from '../sequence/duration.js';
import type { Happening } from './journey-file.js';
import type { HappeningTime } from './journey-time-file.js';
import { findMail, isMailNamed, type MailName, nameOfMail } from './mail-name.js';
import type { Program } from '../sequence/program.js';
import { atMinute, dayMs, dayOf, instantOf, timeOfDay, wallAt } from '../sequence/wall-clock.js';
import { type Facts, fieldOf } from '../journey/facts.js';
import { journeyInstant } from './invented.js';
import { momentOf } from '../journey/moment.js';
import type { SentMail } from './simulate.js';

/** Something that was to happen in a journey and could not. */
export type Unplayed = { readonly place: number; readonly event: string; readonly because: string };

/** What a lead does on the way: at its times, and in answer to mails. */
export type Script = {
  readonly events: readonly LeadEvent[];
  readonly respond: (mail: SentMail) => readonly LeadEvent[];
  /** What has not been played; complete when the journey is over. */
  readonly unplayed: () => readonly Unplayed[];
};

type Scene = {
  readonly facts: Facts;
  readonly programs: ReadonlyMap<string, Program>;
  readonly from: Date;
  readonly until: Date;
  /** The sequence in which bare names of mails are looked for first. */
  readonly sequence?: string | undefined;
};

/** One happening with what is known of it before anything has gone. */
type Cue = {
  readonly place: number;
  readonly happening: Happening;
  readonly mail?: MailName;
  /** Undefined while it depends on a mail. */
  readonly at?: Date;
};

/** Makes events of happenings. One that is about a mail comes to be when the mail goes, for the first such mail only. */
export function scriptOf(happenings: readonly Happening[], scene: Scene): Script {
  const cues = happenings.map((happening, place): Cue => cueOf(happening, place, scene));
  const ready = cues.filter((cue) => !cue.mail && isWithin(cue.at, scene));
  const played = new Set<Cue>(ready);
  const late = new Map<Cue, string>();

  const respond = (went: SentMail): readonly LeadEvent[] =>
    cues.flatMap((cue) => {
      if (played.has(cue) || !cue.mail || !isMailNamed(cue.mail, went)) return [];
      const at = cue.at ?? addAfter(cue.happening.at, went.at, scene);
      if (!at || at < went.at || at > scene.until) {
        if (at) late.set(cue, at < went.at ? `the mail ${nameOfMail(cue.mail)} goes later` : beyondEnd);
        return [];
      }
      played.add(cue);
      return [eventOf(cue, at, scene, went)];
    });

  return {
    events: ready.flatMap((cue) => (cue.at ? [eventOf(cue, cue.at, scene)] : [])),
    respond,
    unplayed: () =>
      cues
        .filter((cue) => !played.has(cue))
        .map((cue) => ({
          place: cue.place,
          event: cue.happening.event,
          because: late.get(cue) ?? whyUnplayed(cue, scene),
        })),
  };
}

const beyondEnd = 'the journey ends before it';

function whyUnplayed({ mail, at }: Cue, { from }: Scene): string {
  if (mail && (!at || at >= from)) return `no mail ${nameOfMail(mail)} goes`;
  if (!at) return 'its time cannot be told: the field of the lead holds no date';
  return at < from ? 'the journey begins after it' : beyondEnd;
}

function isWithin(at: Date | undefined, { from, until }: Scene): boolean {
  return at !== undefined && at >= from && at <= until;
}

function cueOf(happening: Happening, place: number, scene: Scene): Cue {
  const { at: time, mail: written } = happening;
  const name = written ?? (time.kind === 'after' ? time.mail : undefined);
  const found = name === undefined ? undefined : findMail(name, scene.programs, scene.sequence);
  if (found && 'mistake' in found)
    throw new Error(`a journey with a mail that nobody has was not refused: ${found.mistake}`);
  const at = time.kind === 'after' && time.mail ? undefined : timeOf(time, scene);
  return { place, happening, ...(found ? { mail: found.mail } : {}), ...(at ? { at } : {}) };
}

function addAfter(time: HappeningTime, sentAt: Date, { facts }: Scene): Date | undefined {
  return time.kind === 'after' ? addDuration(sentAt, time.by, facts.timeZone) : undefined;
}

function timeOf(time: HappeningTime, { facts: { lead, timeZone }, from }: Scene): Date | undefined {
  switch (time.kind) {
    case 'instant':
    case 'local':
      return journeyInstant(time, timeZone);
    case 'after':
      return addDuration(from, time.by, timeZone);
    case 'next':
      return momentOf(time.until, timeZone, from, (field) => fieldOf(lead, field));
    case 'day': {
      const wall = wallAt(from, timeZone);
      const day = dayOf(wall) + time.day - 1;
      return time.minutes === undefined
        ? instantOf(day * dayMs + timeOfDay(wall), timeZone)
        : atMinute(day, time.minutes, timeZone);
    }
  }
}

function eventOf({ happening, place }: Cue, at: Date, { facts }: Scene, went?: SentMail): LeadEvent {
  const { event, link, data, hard, machine = false } = happening;
  const [type = event, named] = event.split(/:(.*)/s);
  const about = link ?? happening.about ?? named;
  const ofMail = went && {
    message: idFrom('message', went.enrollment, went.step),
    enrollment: went.enrollment,
    sequence: went.sequence,
    step: went.step,
  };
  return {
    id: idFrom('happening', facts.lead.id, String(place)),
    type,
    lead: facts.lead.id,
    at,
    source: 'journey',
    machine,
    ...(about === undefined ? {} : { about }),
    ...(type === 'bounced' ? { hard: hard ?? true } : {}),
    ...(data ? { data } : {}),
    ...ofMail,
  };
}
