import * as z from 'zod';
import { DiagnosticView } from './files.js';
import { DrawnEdge, DrawnNode } from './flow-view.js';
import { NamedValues, plain } from './lead-body.js';
import { Instant, listOf, type Routes } from './route.js';

const Step = z.string().describe('id of a step; steps without one are called by their place, as "4.then.1"');
const Count = z.number().int().nonnegative();

const figures = {
  sent: Count.describe('handed to a mail server: taken, refused, or its answer unheard'),
  delivered: Count.describe('a provider told that it is in the mailbox; servers that tell nothing leave it at 0'),
  opened: Count.describe('opened, clicked or answered by a person'),
  clicked: Count.describe('a link was clicked by a person'),
  replied: Count.describe('answered by a person'),
  unsubscribed: Count,
  complained: Count.describe('reported as spam'),
  bounced: Count.describe('came back, for good or for now'),
  hardBounced: Count.describe('came back: the address is no good'),
  machineOpens: Count.describe('opened by a machine, whatever a person did besides'),
  machineClicks: Count.describe('a machine followed its links'),
};
export const MailNumbersView = z
  .strictObject({
    step: Step,
    subject: z.string().optional().describe('missing where the file has no such step any more'),
    template: z.string().optional(),
    ...figures,
  })
  .meta({ id: 'MailNumbers' });

const PauseOfSequence = z
  .strictObject({ since: Instant, because: z.string(), by: z.string() })
  .describe('why nothing goes out');

export const SequenceView = z
  .strictObject({
    name: z.string().describe('what other files call it: the name of its file'),
    title: z.string(),
    stage: z.string().optional(),
    topic: z.string().optional(),
    revision: z.string(),
    isThere: z.boolean().describe('false when its file is gone, and only leads on their way are left'),
    isBroadcast: z.boolean().describe('it goes out by a schedule'),
    active: Count.describe('leads in it now'),
    paused: PauseOfSequence.nullable(),
    mails: z.array(MailNumbersView),
  })
  .meta({ id: 'Sequence' });

const PeopledNode = DrawnNode.extend({
  waiting: Count.describe('leads that stand at it now, in all revisions'),
  left: Count.describe('runs that ended at it'),
}).meta({ id: 'PeopledNode' });

const WayView = z.strictObject({
  name: z.string(),
  took: Count.describe('runs that took it'),
  did: Count.describe('those of them that did what the split is judged by'),
  low: z.number().describe('with 95 % confidence the true share is no lower'),
  high: z.number(),
});

const SplitView = z
  .strictObject({
    step: Step,
    by: z.string().describe('what it is judged by'),
    ways: z.array(WayView),
    verdict: z.string().describe('what can be said of the difference'),
    winner: z.string().nullable().describe('the way that everybody takes from now on'),
  })
  .meta({ id: 'SplitResult' });

const LeftView = z.strictObject({
  step: Step.nullable().describe(
    'where they stood; null at the end of the file, and for a step that the file has no more',
  ),
  where: z.string().describe('where they stood, in words'),
  because: z.string(),
  kind: z.enum(['finished', 'goal', 'exit-step', 'early']),
  count: Count,
});

const WaitingView = z.strictObject({
  revision: z.string(),
  isInForce: z.boolean(),
  isHere: z.boolean().describe('whether the file as it is has this step'),
  step: Step.nullable(),
  where: z.string().describe('the step in words, by the revision they are on'),
  count: Count,
});

export const SequenceInFull = SequenceView.extend({
  file: z.string(),
  since: Instant.nullable().describe('since when this revision is in force'),
  inFlight: z.enum(['pin', 'migrate', 'drain']).describe('what an edit does to leads on their way'),
  priority: z.number(),
  purpose: z.string().optional().describe('what it is agreed to as'),
  enters: z.string().describe('how leads come into it'),
  leaves: z.string().nullable().describe('what ends a run before its last step'),
  flow: z.strictObject({ nodes: z.array(PeopledNode), edges: z.array(DrawnEdge) }),
  waiting: z.array(WaitingView).describe('where leads stand, by revision'),
  left: z.array(LeftView).describe('where and why runs ended, the most frequent first'),
  splits: z.array(SplitView),
  findings: z.array(DiagnosticView).describe('what is valid in its file and its mails, but probably not meant'),
  asOf: Instant.nullable().describe('up to when what happened is counted; null until everything was counted once'),
}).meta({ id: 'SequenceInFull' });

export const ChangeView = z
  .strictObject({
    mark: z.enum(['new', 'gone', 'changed', 'moved']),
    depth: z.number().int().describe('how deep it stands inside another new or gone step'),
    what: z.string(),
    was: z.string().nullable(),
    is: z.string().nullable(),
    words: z.string().describe('the change as a sentence has it'),
  })
  .meta({ id: 'Change' });

const LineView = z.strictObject({
  mark: z.enum(['same', 'added', 'removed', 'cut']).describe('"cut" stands for lines that are the same'),
  was: z.number().int().nullable().describe('its line before, from 1'),
  is: z.number().int().nullable().describe('its line now, from 1'),
  text: z.string(),
});

const RevisionView = z
  .strictObject({
    revision: z.string(),
    firstAt: Instant.describe('when it came into force for the first time'),
    since: Instant.nullable().describe('since when it is in force; null for those that are not'),
    until: Instant.nullable().describe('when another took its place last'),
    active: Count.describe('leads that run through it still'),
    isReadable: z.boolean().describe('false when this version of Rivulet cannot read it'),
  })
  .meta({ id: 'Revision' });

const Affected = z.strictObject({
  revision: z.string(),
  step: Step.nullable(),
  where: z.string(),
  count: Count,
  dueAtOnce: Count.describe('those who need not wait any longer because of it'),
  fate: z.enum(['finish', 'go-on', 'come-over', 'stand-still']),
  words: z.string(),
});

/** Starts a sequence for a lead, by the rules of the sequence: whoever is in it, or may not come again, stays out. */
const EnrollBody = z
  .strictObject({
    lead: plain(100).optional().describe('its id'),
    email: plain(320).optional(),
    data: NamedValues.optional().describe('what a sequence with one run per key looks into'),
    id: plain(200).min(1).optional().describe('asked twice with the same one, it counts once'),
  })
  .refine(({ lead, email }) => (lead === undefined) !== (email === undefined), {
    error: 'name the lead by "lead" (its id) or by "email"',
  });

const revision = plain(40).min(1);

export const sequenceRoutes = {
  'GET /api/sequences': {
    does: 'Lists sequences along the funnel, with the numbers of each mail',
    right: 'sequences:read',
    answer: listOf(SequenceView).extend({ asOf: Instant.nullable() }),
  },
  'GET /api/sequences/:name': {
    does: 'Tells a sequence: its flow, who waits where, what became of its mails, where and why leads leave',
    right: 'sequences:read',
    answer: SequenceInFull,
  },
  'POST /api/sequences/:name/enroll': {
    does: 'Starts a sequence for a lead, by the rules of the sequence',
    more: 'Whoever is in it, or may not come again, stays out.',
    right: 'sequences:write',
    body: EnrollBody,
    answer: z.strictObject({ enrolled: z.boolean(), enrollment: z.string().nullable().describe('the run it is in') }),
  },
  'GET /api/sequences/:name/revisions': {
    does: 'Lists the revisions of a sequence, the latest first',
    right: 'sequences:read',
    answer: listOf(RevisionView),
  },
  'GET /api/sequences/:name/diff': {
    does: 'Says how one revision differs from another, in words and in text',
    right: 'sequences:read',
    query: z.strictObject({ from: revision, to: revision.optional().describe('the one in force unless said') }),
    answer: z.strictObject({
      from: z.string(),
      to: z.string(),
      changes: z.array(ChangeView),
      lines: z.array(LineView).describe('the files, laid out alike'),
    }),
  },
  'POST /api/sequences/:name/what-if': {
    does: 'Says what an edit of its file would change, and what it would do to the leads in it',
    more: 'Nothing is saved. A file with mistakes is answered with them, and nothing else is told of it.',
    right: 'sequences:read',
    body: z.strictObject({
      text: z.string().max(200_000).nullable().describe('what the file would say; null: as if it were taken away'),
    }),
    answer: z.strictObject({
      diagnostics: z.array(DiagnosticView),
      before: z.string().nullable().describe('the revision in force'),
      after: z.string().nullable().describe('the revision it would become; null with mistakes, or when it is gone'),
      inFlight: z.enum(['pin', 'migrate', 'drain']).nullable(),
      changes: z.array(ChangeView),
      leads: z.array(Affected).describe('what becomes of those on their way, by where they stand'),
    }),
    asks: true,
  },
} as const satisfies Routes;
