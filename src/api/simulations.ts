import * as z from 'zod';
import { text } from '../schema.js';
import { SimulationAsk } from '../simulation/ask.js';
import { DiagnosticView } from './files.js';
import { FieldValue } from './lead-view.js';
import { Instant, type Routes } from './route.js';

const MomentView = z
  .strictObject({
    at: Instant,
    localTime: z.string().describe('on the clock of the lead: "2026-03-02 Mon 10:00"'),
    kind: z
      .enum(['event', 'mail', 'notice', 'call', 'step', 'wait', 'enter', 'leave', 'stage'])
      .describe('"notice": a mail about the lead; "call": another system; "wait": nothing goes on before `until`'),
    sequence: z.string().nullable(),
    step: z.string().nullable(),
    what: z.string().describe('of a mail, its subject as this lead would read it'),
    because: z.string(),
    template: z.string().nullable(),
    until: Instant.nullable(),
    score: z.number().describe('as it stands when this has happened'),
    stage: z.string().nullable().describe('as it stands when this has happened'),
    points: z
      .array(z.strictObject({ rule: z.string(), points: z.number(), why: z.string() }))
      .describe('what it gave to the score, by rule'),
  })
  .meta({ id: 'SimulatedMoment' });

const JourneyView = z
  .strictObject({
    lead: z.strictObject({
      id: z.string().nullable().describe('null: made up'),
      name: z.string(),
      email: z.string(),
      timeZone: z.string(),
      tags: z.array(z.string()),
      attributes: z.record(z.string(), FieldValue),
    }),
    from: Instant,
    until: Instant,
    begin: z.strictObject({ score: z.number(), stage: z.string().nullable() }),
    moments: z.array(MomentView),
    links: z.record(z.string(), z.array(z.string())).describe('links that a click may name, by template'),
    end: z.strictObject({
      score: z.number(),
      stage: z.string().nullable(),
      scoreLines: z.array(z.strictObject({ why: z.string(), points: z.number(), of: z.number() })),
      tags: z.array(z.string()),
      running: z
        .array(
          z.strictObject({
            sequence: z.string(),
            step: z.string().nullable(),
            waitsFor: z.string(),
            dueAt: Instant.nullable(),
          }),
        )
        .describe('what still goes on, and what it waits for'),
      left: z.array(z.strictObject({ sequence: z.string(), because: z.string(), at: Instant.nullable() })),
    }),
    keptOut: z.string().nullable().describe('why the lead is not in the sequence that it was to be enrolled in'),
    unplayed: z
      .array(z.strictObject({ place: z.number().int(), event: z.string(), because: z.string() }))
      .describe('events that were to happen and could not; `place` counts from 0'),
  })
  .meta({ id: 'SimulatedJourney' });

const Broken = z
  .strictObject({ kind: z.literal('broken'), diagnostics: z.array(DiagnosticView) })
  .describe('the files that were laid over the project have mistakes');

const problems = {
  404: 'there is no such lead',
  422: 'something is named that the project has not, or the journey takes too long to be played',
  503: 'too many simulations wait already',
} as const;

/** Journeys played on a moved clock, by the code that sends. */
export const simulationRoutes = {
  'POST /api/simulations': {
    does: 'Plays the journey of a lead on a moved clock, and sends nothing.',
    more: 'What a lead that there is has done so far counts. Every mail is taken to be accepted at once.',
    right: 'sequences:read',
    body: SimulationAsk,
    bodyBytes: 2_000_000,
    answer: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('played'), journey: JourneyView }), Broken]),
    problems,
    asks: true,
  },
  'POST /api/simulations/journey-file': {
    does: 'Writes the same journey as a test file, ready to be committed.',
    more: 'It holds as it stands: what it expects is what comes of it. Of a lead that there is it has what rules look at, and neither name nor address.',
    right: 'sequences:read',
    body: z.strictObject({
      name: text('the name', 200).describe('what the journey shows, as a rule: who does what and gets what'),
      simulation: SimulationAsk,
    }),
    bodyBytes: 2_000_000,
    answer: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('written'),
        file: z.string().describe('where it belongs in the project'),
        text: z.string(),
        leftOut: z.array(z.string()).describe('what it cannot say of the lead that was played'),
      }),
      Broken,
    ]),
    problems,
    asks: true,
  },
} as const satisfies Routes;
