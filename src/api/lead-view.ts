import * as z from 'zod';
import { consentStatuses, suppressions } from '../journey/facts.js';
import { frequencies } from '../journey/preferences.js';
import { cells } from '../sequence/grid-file.js';
import { Instant } from './route.js';

/** What a field of a lead, or of an event, may hold. */
export const FieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
export const FieldValues = z.record(z.string(), FieldValue);

const Purpose = z.strictObject({ status: z.enum(consentStatuses), at: Instant });

export const ConsentView = z.strictObject({
  status: z.enum(consentStatuses),
  source: z.string().describe('who told it: a form, a file, "api"'),
  at: Instant,
  purposes: z.record(z.string(), Purpose).optional(),
});

export const PreferencesView = z
  .strictObject({
    topicsOff: z.array(z.string()).describe('topics of which the lead wants no mail'),
    frequency: z.enum(frequencies),
    snoozedUntil: Instant.nullable().describe('no mail before this'),
  })
  .meta({ id: 'Preferences' });

export const LeadView = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    firstName: z.string().optional(),
    lastName: z.string().optional(),
    timezone: z.string().optional().describe('IANA name, if somebody told it'),
    locale: z.string().optional(),
    timezoneGuess: z.strictObject({ zone: z.string(), by: z.string() }).optional(),
    localeGuess: z.strictObject({ locale: z.string(), by: z.string() }).optional(),
    attributes: FieldValues,
    tags: z.array(z.string()),
    stage: z.string().optional().describe('stage of the funnel'),
    consent: ConsentView,
    preferences: PreferencesView,
    createdAt: Instant,
    score: z.number(),
    grid: z.enum(cells).describe('fit by engagement, "A1" being the best of both'),
    thresholds: z.array(z.string()).describe('thresholds of the score that are reached'),
    suppressed: z.enum(suppressions).optional().describe('why it gets no mail any more'),
  })
  .meta({ id: 'Lead' });
export type LeadView = z.output<typeof LeadView>;

export const ScoreLineView = z
  .strictObject({
    part: z.enum(['engagement', 'fit']),
    why: z.string(),
    points: z.number().describe('what it counts now'),
    of: z.number().describe('what it counted at first, before it faded'),
    at: Instant.optional(),
    group: z.string().optional(),
  })
  .meta({ id: 'ScoreLine' });

const scoreShape = {
  total: z.number(),
  engagement: z.number(),
  fit: z.number(),
  grid: z.enum(cells),
  lines: z.array(ScoreLineView).describe('the lines it is the sum of'),
};
export const ScoreView = z.strictObject(scoreShape).meta({ id: 'Score' });

export const ScoreExplainedView = z
  .strictObject({
    lead: z.string(),
    at: Instant,
    timeZone: z.string(),
    ...scoreShape,
    groups: z.array(
      z.strictObject({ name: z.string(), title: z.string(), points: z.number(), cap: z.number().optional() }),
    ),
    thresholds: z.array(
      z.strictObject({
        name: z.string(),
        title: z.string().optional(),
        reachedWith: z.number(),
        leftBelow: z.number(),
        isReached: z.boolean(),
        leftAt: Instant.optional().describe('when it is left, if nothing else happens'),
        missing: z.number().optional().describe('points still missing'),
        because: z.string().optional(),
      }),
    ),
    notes: z.array(z.string()),
  })
  .meta({ id: 'ScoreExplained' });

/** Something that comes, if nothing else happens. */
export const MomentView = z
  .strictObject({
    at: Instant,
    sequence: z.string().optional(),
    step: z.string().nullable().optional(),
    kind: z.enum(['event', 'mail', 'notice', 'call', 'step', 'wait', 'enter', 'leave', 'stage']),
    what: z.string(),
    because: z.string(),
    template: z.string().optional(),
    until: Instant.optional(),
    score: z.number().describe('when this has happened'),
    stage: z.string().optional(),
  })
  .meta({ id: 'Moment' });

export const TimelineEntryView = z
  .strictObject({
    at: Instant,
    kind: z.enum(['event', 'mail', 'step', 'enrolled', 'left']),
    what: z.string(),
    because: z.string(),
    event: z
      .strictObject({
        type: z.string(),
        about: z.string().optional(),
        points: z.number().optional(),
        hard: z.boolean().optional(),
      })
      .optional()
      .describe('the event itself, where it is one'),
    sequence: z.string().optional(),
    step: z.string().optional(),
    isInner: z.boolean().optional().describe('Rivulet did it by itself, as a consequence'),
    machine: z.boolean().optional().describe('a machine did it, not the person'),
  })
  .meta({ id: 'TimelineEntry' });

export const EnrollmentView = z
  .strictObject({
    id: z.string(),
    sequence: z.string(),
    revision: z.string(),
    status: z.enum(['active', 'ended']),
    step: z.string().nullable().describe('where it stands'),
    dueAt: Instant.nullable().describe('when it is looked at next'),
    waitsFor: z.string(),
    startedAt: Instant,
    because: z.string().describe('what enrolled the lead'),
    endedAt: Instant.optional(),
    endedBecause: z.string().optional(),
  })
  .meta({ id: 'Enrollment' });

const ReasonView = z.strictObject({
  rule: z.string(),
  says: z.enum(['yes', 'wait', 'no']),
  why: z.string(),
  at: Instant.optional(),
  until: Instant.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});
const WhyMailView = z
  .strictObject({
    sequence: z.string(),
    step: z.string(),
    verdict: z.enum(['sent', 'uncertain', 'not-sent', 'on-its-way', 'will-come', 'will-not-come']),
    answer: z.string().describe('in one sentence, with times on the lead’s clock'),
    at: Instant.optional(),
    reasons: z.array(ReasonView).describe('every rule that was asked, in its order'),
  })
  .meta({ id: 'WhyMail' });
const WhySequenceView = z
  .strictObject({
    sequence: z.string(),
    verdict: z.enum(['running', 'over', 'will-enter', 'not-entered']),
    answer: z.string(),
    reasons: z.array(ReasonView),
    mails: z.array(WhyMailView),
  })
  .meta({ id: 'WhySequence' });
export const WhyView = z.union([WhyMailView, WhySequenceView]);
