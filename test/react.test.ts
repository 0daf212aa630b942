import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import { type Change, type Running, type World } from '../src/journey/react.js';
import type { Program } from '../src/sequence/program.js';
import type { Project } from '../src/sequence/project.js';
import {
  aFunnel,
  anEnrollment,
  anEvent,
  aProgram,
  aProject,
  aScoring,
  at,
  aWorld,
  facts,
  changesOf,
} from './builders.js';

const scoring = aScoring([
  { id: 'read', on: 'opened', points: 4, why: 'opened a mail' },
  { id: 'paper', on: 'form.submitted:white-paper', points: 20, why: 'asked for the white paper' },
]);
const funnel = aFunnel({
  welcome: { on: 'lead.created' },
  consideration: { if: { score: { gte: 20 } } },
  customer: { on: 'converted' },
});
const welcome = aProgram(
  { stage: 'welcome', enroll: { on: 'stage.entered' }, exit: { onStageChange: true } },
  'welcome',
);
const paper = aProgram(
  { stage: 'consideration', enroll: { on: 'stage.entered' }, exit: { on: 'replied', onStageChange: true } },
  'paper',
);
const project = aProject({ programs: [welcome, paper], funnel, scoring });

/** A run that began on Sunday, a day before the events. */
function aRun(program: Program): Running {
  return {
    program,
    enrollment: anEnrollment(program, { startedAt: at('2026-03-01T09:00Z'), since: at('2026-03-01T09:00Z') }),
  };
}

function inStage(stage: string, ...running: readonly Running[]): World {
  return aWorld({ facts: facts({ lead: { stage } }), running });
}

/** What changes, in short. */
function inShort(changes: readonly Change[]): readonly string[] {
  return changes.map((change) => {
    switch (change.kind) {
      case 'score':
        return `score ${change.entries.map((entry) => entry.points).join(' ')}`;
      case 'stage':
        return `stage ${change.stage}`;
      case 'leave':
        return `leave ${change.enrollment.sequence}: ${change.because}`;
      case 'enroll':
        return `enroll ${change.enrollment.sequence}`;
      case 'raise':
        return `raise ${change.event.type} ${change.event.about}`;
      case 'suppress':
        return `suppress ${change.reason}`;
      case 'mail':
        return `mail ${change.message} ${change.happened}`;
      case 'lift-unsubscribe':
        return change.kind;
      case 'tag':
      case 'untag':
        return `${change.kind} ${change.tag}`;
      case 'fields':
        return `fields ${JSON.stringify(change.fields)}`;
    }
  });
}

function reaction(event: LeadEvent, world: World = aWorld(), to: Project = project): readonly string[] {
  return inShort(changesOf(event, world, to));
}

describe('an event', () => {
  test('that nobody asks for changes nothing', () => {
    expect(reaction(anEvent('delivered'))).toEqual([]);
  });

  test('that a scoring rule names gives its points', () => {
    expect(reaction(anEvent('opened'))).toEqual(['score 4']);
  });

  test('that lifts the score over a threshold raises the entry into the stage', () => {
    expect(reaction(anEvent('form.submitted', { about: 'white-paper' }), inStage('welcome'))).toEqual([
      'score 20',
      'raise stage.entered consideration',
    ]);
  });

  test('of a tag sets the tag', () => {
    expect(reaction(anEvent('tag.added', { about: 'engaged' }))).toEqual(['tag engaged']);
  });

  test('of a tag taken away takes it away', () => {
    expect(reaction(anEvent('tag.removed', { about: 'engaged' }))).toEqual(['untag engaged']);
  });

  test('of new fields sets the fields', () => {
    expect(reaction(anEvent('lead.updated', { data: { country: 'FR' } }))).toEqual(['fields {"country":"FR"}']);
  });

  test('of points given gives them', () => {
    expect(reaction(anEvent('score.adjusted', { points: 12, why: 'met at the fair' }))).toEqual(['score 12']);
  });

  test('with no points to give by any rule writes no empty score', () => {
    expect(changesOf(anEvent('clicked'), aWorld(), project)).toEqual([]);
  });
});

describe('what people do with a mail', () => {
  test.each([
    ['opened', {}, 'openedAt'],
    ['clicked', {}, 'clickedAt'],
    ['replied', {}, 'repliedAt'],
    ['bounced', { hard: false }, 'bouncedAt'],
    ['unsubscribed', {}, 'unsubscribedAt'],
  ])('("%s") is noted on the mail', (type, rest, happened) => {
    expect(reaction(anEvent(type, { message: 'mail-7', ...rest }))).toContain(`mail mail-7 ${happened}`);
  });

  test('is noted with its time and the link', () => {
    expect(
      changesOf(anEvent('clicked', { message: 'mail-7', about: 'https://example.com/demo' }), aWorld(), project),
    ).toEqual([
      {
        kind: 'mail',
        message: 'mail-7',
        happened: 'clickedAt',
        at: at('2026-03-02T09:00Z'),
        link: 'https://example.com/demo',
      },
    ]);
  });

  test('is not noted when a machine did it', () => {
    expect(reaction(anEvent('opened', { message: 'mail-7', machine: true }))).toEqual([]);
  });
});

describe('a machine', () => {
  test.each(['opened', 'clicked', 'converted', 'unsubscribed', 'complained', 'replied'])(
    'that makes "%s" changes nothing',
    (type) => {
      const world = inStage('consideration', aRun(paper));
      expect(reaction(anEvent(type, { machine: true, hard: true }), world)).toEqual([]);
    },
  );
});

describe('entering a stage', () => {
  const entered = anEvent('stage.entered', { about: 'consideration', source: 'funnel' });

  test('ends sequences of another stage that ask for it and enrolls into those of the new one', () => {
    expect(reaction(entered, inStage('welcome', aRun(welcome)))).toEqual([
      'stage consideration',
      'leave welcome: stage changed to consideration',
      'enroll paper',
    ]);
  });

  test('leaves a sequence alone that does not ask to end with its stage', () => {
    const patient = aProgram({ stage: 'welcome' }, 'patient');
    expect(reaction(entered, inStage('welcome', aRun(patient)))).toEqual(['stage consideration', 'enroll paper']);
  });

  test('leaves a sequence of the new stage alone', () => {
    expect(reaction(entered, inStage('welcome', aRun(paper)))).toEqual(['stage consideration']);
  });

  test('enrolls into a sequence of no stage that names the stage in its trigger', () => {
    const news = aProgram({ enroll: { on: 'stage.entered:consideration' } }, 'news');
    expect(reaction(entered, inStage('welcome'), aProject({ programs: [news] }))).toEqual([
      'stage consideration',
      'enroll news',
    ]);
  });

  test('does not enroll into a sequence that names another stage', () => {
    const news = aProgram({ enroll: { on: 'stage.entered:customer' } }, 'news');
    expect(reaction(entered, inStage('welcome'), aProject({ programs: [news] }))).toEqual(['stage consideration']);
  });

  test('is seen by the condition of the sequence it calls', () => {
    const news = aProgram({ enroll: { on: 'stage.entered', if: { stage: 'consideration' } } }, 'news');
    expect(reaction(entered, inStage('welcome'), aProject({ programs: [news] }))).toContain('enroll news');
  });

  test('raises no further entry by itself', () => {
    const world = aWorld({ facts: facts({ lead: { stage: 'welcome', entries: [earlier(20)] } }) });
    expect(reaction(anEvent('stage.entered', { about: 'welcome' }), world, aProject({ funnel }))).toEqual([
      'stage welcome',
    ]);
  });

  test('comes to nothing when the funnel has moved the lead further meanwhile', () => {
    expect(reaction(entered, inStage('customer'))).toEqual([]);
  });

  test('by hand may lead backwards', () => {
    const byHand = anEvent('stage.entered', { about: 'consideration', source: 'api' });
    expect(reaction(byHand, inStage('customer'))).toContain('stage consideration');
  });
});

describe('an exit', () => {
  test('ends the runs that name its event', () => {
    expect(reaction(anEvent('replied'), inStage('consideration', aRun(paper)))).toEqual(['leave paper: replied']);
  });

  test('leaves alone the runs that do not name it', () => {
    expect(reaction(anEvent('replied'), inStage('welcome', aRun(welcome)))).toEqual([]);
  });

  test('may let the lead begin again at once when the sequence always takes it', () => {
    const again = aProgram({ enroll: { on: 'converted', again: 'always' }, exit: { on: 'converted' } }, 'again');
    expect(reaction(anEvent('converted'), aWorld({ running: [aRun(again)] }), aProject({ programs: [again] }))).toEqual(
      ['leave again: converted', 'enroll again'],
    );
  });
});

describe('an address that must not be mailed', () => {
  const both = inStage('welcome', aRun(welcome), aRun(paper));

  test.each([
    ['unsubscribed', {}, 'unsubscribed'],
    ['complained', {}, 'complained'],
    ['bounced', { hard: true }, 'hard-bounced'],
  ])('by "%s" is suppressed, and every run ends', (type, rest, reason) => {
    expect(reaction(anEvent(type, rest), both)).toEqual([
      `suppress ${reason}`,
      `leave welcome: ${reason}`,
      `leave paper: ${reason}`,
    ]);
  });

  test('a soft bounce suppresses nothing and ends no run', () => {
    expect(reaction(anEvent('bounced', { hard: false }), both)).toEqual([]);
  });

  test('keeps the reason it was first suppressed for', () => {
    const world = aWorld({ facts: facts({ suppression: 'manual' }), running: [aRun(welcome)] });
    expect(reaction(anEvent('unsubscribed'), world)).toContain('leave welcome: manual');
  });
});

describe('a lead that comes back', () => {
  const back = anEvent('resubscribed');
  const hello = aProject({ programs: [aProgram({ enroll: { on: 'resubscribed' } }, 'hello-again')] });

  test('may be mailed again at once after an unsubscribe', () => {
    expect(reaction(back, aWorld({ facts: facts({ suppression: 'unsubscribed' }) }), hello)).toEqual([
      'lift-unsubscribe',
      'enroll hello-again',
    ]);
  });

  test.each(['complained', 'hard-bounced', 'manual'] as const)(
    'is still suppressed for another reason (%s)',
    (suppression) => {
      expect(reaction(back, aWorld({ facts: facts({ suppression }) }), hello)).toEqual(['lift-unsubscribe']);
    },
  );
});

describe('leaving a series', () => {
  test('ends that run and no other, and suppresses nothing', () => {
    const [one, other] = [aRun(welcome), aRun(paper)];
    const left = anEvent('series.left', { enrollment: other.enrollment.id });
    expect(reaction(left, inStage('welcome', one, other))).toEqual(['leave paper: left by the lead']);
  });
});

describe('reacting again to the same event', () => {
  const submitted = anEvent('form.submitted', { about: 'white-paper' });

  test('gives the same answer when nothing was applied', () => {
    expect(changesOf(submitted, inStage('welcome'), project)).toEqual(
      changesOf(submitted, inStage('welcome'), project),
    );
  });

  test('adds no second score entry, and still draws what follows from the first', () => {
    const [score] = changesOf(submitted, inStage('welcome'), project);
    const entries = score?.kind === 'score' ? score.entries : [];
    const world = aWorld({ facts: facts({ lead: { stage: 'welcome', entries } }) });
    expect(reaction(submitted, world)).toEqual(['raise stage.entered consideration']);
  });

  test('raises the same entry into a stage, not another', () => {
    const idOf = () =>
      changesOf(submitted, inStage('welcome'), project).flatMap((change) =>
        change.kind === 'raise' ? [change.event.id] : [],
      );
    expect(idOf()).toEqual(idOf());
  });

  test('enrolls nobody a second time', () => {
    const entered = anEvent('stage.entered', { about: 'consideration', source: 'funnel' });
    const begun: Running = {
      program: paper,
      enrollment: anEnrollment(paper, { because: 'stage.entered: consideration' }),
    };
    const world = aWorld({ ...inStage('consideration', begun), runs: [begun.enrollment] });
    expect(reaction(entered, world)).toEqual(['stage consideration']);
  });

  test('does not end the run that it began, though the sequence also exits by it', () => {
    const loop = aProgram({ enroll: { on: 'converted', again: 'always' }, exit: { on: 'converted' } }, 'loop');
    const only = aProject({ programs: [loop] });
    const [enrolled] = changesOf(anEvent('converted'), aWorld(), only);
    const running = enrolled?.kind === 'enroll' ? [{ program: loop, enrollment: enrolled.enrollment }] : [];
    expect(running).toHaveLength(1);
    expect(reaction(anEvent('converted'), aWorld({ running }), only)).toEqual([]);
  });

  test('finishes a change of stage that was cut short', () => {
    const entered = anEvent('stage.entered', { about: 'consideration', source: 'funnel' });
    expect(reaction(entered, inStage('consideration', aRun(welcome)))).toEqual([
      'stage consideration',
      'leave welcome: stage changed to consideration',
      'enroll paper',
    ]);
  });
});

describe('an event that comes late', () => {
  const late = anEvent('form.submitted', { about: 'white-paper', at: at('2026-03-01T09:00Z') });
  const high = aProject({ scoring, funnel: aFunnel({ hot: { if: { score: { gte: 24 } } } }) });
  const world = aWorld({ facts: facts({ lead: { entries: [earlier(4)] } }) });

  test('is judged together with what happened after it', () => {
    expect(inShort(changesOf(late, world, high, at('2026-03-02T09:05Z')))).toEqual([
      'score 20',
      'raise stage.entered hot',
    ]);
  });

  test('keeps its own time in the score', () => {
    expect(changesOf(late, world, high, at('2026-03-02T09:05Z'))[0]).toMatchObject({
      entries: [{ at: at('2026-03-01T09:00Z') }],
    });
  });
});

function earlier(points: number) {
  return { event: 'earlier', rule: 'read', points, at: at('2026-03-02T09:00Z'), why: 'opened a mail' };
}
