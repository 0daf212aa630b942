import { parseArgs } from 'node:util';
import * as z from 'zod';

/** Parts by what is asked to be measured; those of sending are its parts, alone or with commas between. */
const partsOf = {
  send: ['vs', 'backlog', 'dkim', 'lateness', 'workers', 'overhead'],
  events: ['events'],
  leads: ['imports', 'scores', 'reports'],
} as const;
export const parts = [...partsOf.send, ...partsOf.events, ...partsOf.leads] as const;
export type Part = (typeof parts)[number];
const Subject = z.enum(['send', 'events', 'leads'], { error: 'write "send", "events" or "leads"' });

const count = z.coerce.number().int().min(1);
const Setting = z.string().regex(/^[A-Z_]+=/, { error: 'a setting is written NAME=value' });

const Flags = z
  .object({
    /** Parts to run, with commas between; all of them after "send" or "leads", the comparison alone without. */
    only: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(parts)))
      .optional(),
    /** Mails of one round. */
    mails: count.optional(),
    rounds: count.optional(),
    /** Of every sender to the sink. */
    connections: count.max(100).default(50),
    /** Where mails go: smtp-sink of Postfix where it is installed, else the sink of this project. */
    sink: z.enum(['postfix', 'own']).optional(),
    /** Enrollments that wait in the large database. */
    waiting: count.optional(),
    /** Events of a provider in one round. */
    /** More than these would outrun what is drawn in the background, for which only a running Rivulet comes round. */
    events: count.max(40_000).optional(),
    /** Mails that fall due at one instant. */
    burst: count.optional(),
    /** Where the CPU profile of the worker goes; its hottest functions are printed. */
    profile: z.string().optional(),
    /** Further settings of the workers, as environment variables. */
    set: z.array(Setting).default([]),
    /** For CI: finds out within a minute that all parts work; the figures say little. */
    quick: z.boolean().default(false),
    /** Ends with one line of JSON. */
    json: z.boolean().default(false),
  })
  .strict();

/** What the command line asks for. */
export function readFlags(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const subject = positionals.length > 0 ? Subject.parse(positionals.join(' ')) : undefined;
  const read = Flags.safeParse(values);
  if (!read.success) throw new Error(`these flags are wrong:\n${z.prettifyError(read.error)}`);
  const { only, set, quick, mails, rounds, waiting, events, burst, profile, ...flags } = read.data;
  const alone: readonly Part[] = profile ? ['overhead'] : ['vs'];
  const wanted = only ?? (subject ? partsOf[subject] : alone);
  return {
    ...flags,
    quick,
    profile,
    parts: new Set<Part>(profile && subject !== 'events' ? [...wanted, 'overhead'] : wanted),
    settings: Object.fromEntries(
      set.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
    ),
    mails: mails ?? (quick ? 200 : 5000),
    /** Unmeasured mails before the rounds, in which the code gets warm. */
    warmUp: quick ? 50 : 1000,
    rounds: rounds ?? (quick ? 1 : 3),
    waiting: waiting ?? (quick ? 20_000 : 1_000_000),
    events: events ?? (quick ? 2000 : 20_000),
    burst: burst ?? (quick ? 500 : 50_000),
    /** Leads of the part that asks: imported, scored, or reported on. */
    leads: quick
      ? { imports: 2000, scores: 200, reports: 5000 }
      : { imports: 100_000, scores: 20_000, reports: 500_000 },
  };
}
export type Flags = ReturnType<typeof readFlags>;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  only: text,
  mails: text,
  rounds: text,
  connections: text,
  sink: text,
  waiting: text,
  events: text,
  burst: text,
  profile: text,
  set: { type: 'string', multiple: true },
  quick: flag,
  json: flag,
} as const;
