import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import { type Change, withChange } from '../src/journey/change.js';
import { mayMatter } from '../src/journey/react.js';
import type { Running, World } from '../src/journey/world.js';
import type { Condition } from '../src/sequence/condition-file.js';
import type { Program } from '../src/sequence/program.js';
import type { Project } from '../src/sequence/project.js';
import {
  aCondition,
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
      case 'wake':
        return `wake ${change.enrollments.length}`;
      case 'join':
      case 'part':
        return `${change.kind} ${change.segment}`;
      case 'reach':
      case 'fall':
        return `${change.kind} ${change.threshold} ${change.turn}`;
      case 'consent':
        return `consent ${Object.entries(change.purposes)
          .map(([purpose, { status }]) => `${purpose} ${status}`)
          .join()}`;
      case 'guess':
        return `guess ${Object.keys(change)
          .filter((key) => key !== 'kind')
          .join()}`;
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
      case 'lift-soft-bounce':
        return change.kind;
      case 'prefer':
        return `prefer ${Object.keys(change.choice).join(' ')}`;
      case 'rejoin':
        return `rejoin ${change.enrollment}`;
      case 'address':
        return `address ${change.to}`;
      case 'away':
        return `away until ${change.until.toISOString()}`;
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

  test('of new fields sets the fields, and what a country lets us guess', () => {
    const told = (data: Readonly<Record<string, string>>) => reaction(anEvent('lead.updated', { data }));
    expect(told({ company: 'Acme' })).toEqual(['fields {"company":"Acme"}']);
    expect(told({ country: 'FR' })).toEqual(['fields {"country":"FR"}', 'guess zone,locale']);
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
    const kept = aProgram({ exit: { on: ['plan.ended'] } }, 'kept');
    expect(reaction(anEvent('replied'), inStage('welcome', aRun(kept)))).toEqual([]);
  });

  test('by a reply is what a sequence has that says nothing of it', () => {
    expect(reaction(anEvent('replied'), inStage('welcome', aRun(welcome)))).toEqual(['leave welcome: replied']);
    expect(reaction(anEvent('auto-replied'), inStage('welcome', aRun(welcome)))).not.toContain(
      'leave welcome: auto-replied',
    );
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

  test('does not end a run that began after it, when it came of an earlier mail', () => {
    const before = at('2026-02-28T09:00Z');
    const running = inStage('consideration', aRun(paper));
    expect(reaction(anEvent('replied', { at: before }), running)).toEqual([]);
    // What it says was so before is so still: whoever has bought needs no offer, whenever we are told.
    const sold = aProgram({ exit: { on: 'converted' } }, 'sold');
    expect(reaction(anEvent('converted', { at: before }), inStage('welcome', aRun(sold)))).toContain(
      'leave sold: converted',
    );
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

describe('a trigger', () => {
  test.each<[string, string, Partial<LeadEvent>]>([
    ['lead.created', 'lead.created', {}],
    ['form.submitted', 'form.submitted', { about: 'paper' }],
    ['form.submitted:paper', 'form.submitted', { about: 'paper' }],
    ['tag.added', 'tag.added', { about: 'warm' }],
    ['tag.added:warm', 'tag.added', { about: 'warm' }],
    ['tag.removed:warm', 'tag.removed', { about: 'warm' }],
    ['field.changed', 'lead.updated', { data: { plan: 'gold' } }],
    ['field.changed:plan', 'lead.updated', { data: { size: 5, plan: 'gold' } }],
    ['segment.entered:hot', 'segment.entered', { about: 'hot' }],
    ['segment.left:hot', 'segment.left', { about: 'hot' }],
    ['clicked:https://example.com/docks*', 'clicked', { about: 'https://example.com/docks/3?from=mail' }],
    ['clicked:https://example.com/docks', 'clicked', { about: 'https://example.com/docks/?from=mail' }],
    ['page.viewed:/pricing', 'page.viewed', { about: '/pricing' }],
    ['replied', 'replied', {}],
    ['webinar.attended', 'webinar.attended', {}],
    ['stage.entered:customer', 'stage.entered', { about: 'customer' }],
    ['stage.entered', 'stage.entered', { about: 'customer' }],
  ])('%s brings leads in by %s %j', (trigger, type, rest) => {
    const program = aProgram({ enroll: { on: trigger } });
    expect(reaction(anEvent(type, rest), aWorld(), aProject({ programs: [program] }))).toContain('enroll welcome');
  });

  test.each<[string, string, Partial<LeadEvent>]>([
    ['form.submitted:paper', 'form.submitted', { about: 'demo' }],
    ['form.submitted:paper', 'form.submitted', {}],
    ['tag.added:warm', 'tag.removed', { about: 'warm' }],
    ['field.changed', 'lead.updated', {}],
    ['field.changed', 'lead.updated', { data: {} }],
    ['field.changed:plan', 'lead.updated', { data: { size: 5 } }],
    ['segment.entered:hot', 'segment.entered', { about: 'hotter' }],
    ['clicked:https://example.com/docks', 'clicked', { about: 'https://example.com/docks/3' }],
    ['clicked', 'clicked', { machine: true }],
    ['replied', 'opened', {}],
  ])('%s does not by %s %j', (trigger, type, rest) => {
    const program = aProgram({ enroll: { on: trigger } });
    expect(reaction(anEvent(type, rest), aWorld(), aProject({ programs: [program] }))).not.toContain('enroll welcome');
  });

  test('that is a date calls its sequence by name', () => {
    const program = aProgram({ enroll: { on: { date: 'lead.birthday', yearly: true } } });
    const called = anEvent('sequence.called', { about: 'welcome', source: 'date' });
    expect(reaction(called, aWorld(), aProject({ programs: [program] }))).toEqual(['enroll welcome']);
  });
});

describe('a sequence with a run for each value of a field', () => {
  const orders = aProgram({ enroll: { on: 'order.placed', again: { perKey: 'orderId' } } }, 'orders');
  const toOrders = aProject({ programs: [orders] });
  const placed = (data?: LeadEvent['data'], id = 'event-1') =>
    anEvent('order.placed', { id, ...(data ? { data } : {}) });
  const runOf = (key?: string): Running => ({
    program: orders,
    enrollment: anEnrollment(orders, key === undefined ? {} : { key }),
  });
  const startedAt = at('2025-01-01T09:00Z');

  test.each<[string, LeadEvent['data'], World, readonly string[]]>([
    ['starts one for a new value', { orderId: 'A' }, aWorld(), ['enroll orders']],
    ['starts one beside that of another value', { orderId: 'B' }, aWorld({ running: [runOf('A')] }), ['enroll orders']],
    ['starts no second one for the same value', { orderId: 'A' }, aWorld({ running: [runOf('A')] }), []],
    [
      'never starts one again for a value it had',
      { orderId: 'A' },
      aWorld({ runs: [{ sequence: 'orders', startedAt, key: 'A' }] }),
      [],
    ],
    [
      'starts one for a value that another sequence had',
      { orderId: 'A' },
      aWorld({ runs: [{ sequence: 'returns', startedAt, key: 'A' }] }),
      ['enroll orders'],
    ],
    ['starts one where the event has no such field', { amount: 5 }, aWorld(), ['enroll orders']],
    ['starts one where the event has no data at all', undefined, aWorld(), ['enroll orders']],
    [
      'starts one without a value beside those with one',
      undefined,
      aWorld({ running: [runOf('A')] }),
      ['enroll orders'],
    ],
    ['starts no second one without a value', undefined, aWorld({ runs: [{ sequence: 'orders', startedAt }] }), []],
  ])('%s', (_, data, world, changes) => {
    expect(reaction(placed(data), world, toOrders)).toEqual(changes);
  });

  const started = (event: LeadEvent) =>
    changesOf(event, aWorld(), toOrders).flatMap((change) => (change.kind === 'enroll' ? change.enrollment : []));

  test('notes the value on its run, numbers as text', () => {
    expect(started(placed({ orderId: 17 }))).toMatchObject([{ key: '17' }]);
    expect(started(placed())[0]).not.toHaveProperty('key');
  });

  test('begins the very same run for a value told twice, and another for another value', () => {
    const [first, second, third] = [
      placed({ orderId: 'A' }, 'event-1'),
      placed({ orderId: 'A' }, 'event-2'),
      placed({ orderId: 'B' }, 'event-3'),
    ].map((event) => started(event)[0]?.id);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

test('a sequence that is being drained takes nobody in, and lets its runs be', () => {
  const program = aProgram({ enroll: { on: 'replied', again: 'always' }, exit: { on: [] }, inFlight: 'drain' });
  const drained = aProject({ programs: [program] });
  expect(reaction(anEvent('replied'), aWorld(), drained)).toEqual([]);
  expect(reaction(anEvent('sequence.called', { about: 'welcome' }), aWorld(), drained)).toEqual([]);
  expect(reaction(anEvent('replied'), aWorld({ running: [aRun(program)] }), drained)).toEqual([]);
});

describe('being taken out of a sequence', () => {
  const ended = anEvent('sequence.ended', { about: 'welcome', sequence: 'paper', source: 'sequence' });

  test('ends its runs and no other, whatever it exits by', () => {
    const world = aWorld({ running: [aRun(welcome), aRun(paper)] });
    expect(reaction(ended, world)).toEqual(['leave welcome: taken out by paper']);
  });

  test('ends every run of it', () => {
    const orders = aProgram({ enroll: { on: 'order.placed', again: { perKey: 'orderId' } } }, 'orders');
    const runs = ['A', 'B'].map((key) => ({ program: orders, enrollment: anEnrollment(orders, { id: key, key }) }));
    const out = anEvent('sequence.ended', { about: 'orders', source: 'api' });
    expect(reaction(out, aWorld({ running: runs }), aProject({ programs: [orders] }))).toEqual([
      'leave orders: taken out by api',
      'leave orders: taken out by api',
    ]);
  });
});

describe('a stage set by a step', () => {
  const set = (about: string) => anEvent('stage.entered', { about, source: 'sequence', sequence: 'paper' });

  test('may lead backwards', () => {
    expect(reaction(set('welcome'), inStage('customer'))).toContain('stage welcome');
  });

  test('ends the run that set it, when that ends with its stage', () => {
    expect(reaction(set('customer'), inStage('consideration', aRun(paper)))).toContain(
      'leave paper: stage changed to customer',
    );
  });
});

describe('a segment that a trigger waits for', () => {
  const hot: Readonly<Record<string, Condition>> = {
    hot: aCondition({ tag: 'warm' }),
    big: aCondition({ 'lead.size': 5 }),
  };
  const segments = new Map(Object.entries(hot));
  const call = aProgram({ enroll: { on: 'segment.entered:hot' } }, 'call');
  const miss = aProgram({ enroll: { on: 'segment.left:hot' } }, 'miss');
  const watching = aProject({ programs: [call, miss], segments });
  const lead = (rest: Partial<World['facts']['lead']>) => {
    const known = facts({ lead: rest });
    return aWorld({ facts: { ...known, common: { ...known.common, segments } } });
  };

  test.each<[string, LeadEvent, World, readonly string[]]>([
    [
      'is entered when its condition comes to hold',
      anEvent('tag.added', { about: 'warm' }),
      lead({}),
      ['tag warm', 'raise segment.entered hot'],
    ],
    [
      'is left when it holds no more',
      anEvent('tag.removed', { about: 'warm' }),
      lead({ tags: ['warm'], segments: ['hot'] }),
      ['untag warm', 'raise segment.left hot'],
    ],
    [
      'is not entered again while the lead is in it',
      anEvent('tag.added', { about: 'x' }),
      lead({ tags: ['warm'], segments: ['hot'] }),
      ['tag x'],
    ],
    ['is not left again while the lead is not in it', anEvent('tag.added', { about: 'x' }), lead({}), ['tag x']],
    [
      'is looked at when somebody asks for a look',
      anEvent('segments.looked-at'),
      lead({ tags: ['warm'] }),
      ['raise segment.entered hot'],
    ],
    [
      'is written down, and calls, when it is entered',
      anEvent('segment.entered', { about: 'hot' }),
      lead({ tags: ['warm'] }),
      ['join hot', 'enroll call'],
    ],
    [
      'is written down, and calls, when it is left',
      anEvent('segment.left', { about: 'hot' }),
      lead({ segments: ['hot'] }),
      ['part hot', 'enroll miss'],
    ],
    [
      'is left again at once when it held for a moment only',
      anEvent('segment.entered', { about: 'hot' }),
      lead({}),
      ['join hot', 'enroll call', 'raise segment.left hot'],
    ],
  ])('%s', (_, event, world, changes) => {
    expect(reaction(event, world, watching)).toEqual(changes);
  });

  test('is the only kind that is looked at', () => {
    expect(reaction(anEvent('lead.updated', { data: { size: 5 } }), lead({}), watching)).toEqual(['fields {"size":5}']);
  });

  test('raises the same event when the reaction is repeated, and another for another cause', () => {
    const idsFor = (id: string) =>
      changesOf(anEvent('tag.added', { about: 'warm', id }), lead({}), watching).flatMap((change) =>
        change.kind === 'raise' ? change.event.id : [],
      );
    expect(idsFor('event-1')).toEqual(idsFor('event-1'));
    expect(idsFor('event-2')).not.toEqual(idsFor('event-1'));
  });
});

describe('a run that what happens may move', () => {
  const waiting = aProgram({ steps: [{ waitFor: 'replied', upTo: '9 days' }] });
  const pausing = aProgram({ steps: [{ wait: '9 days' }] }, 'pausing');
  const both = aProject({ programs: [waiting, pausing] });

  test('is looked at, and no other', () => {
    const world = aWorld({ running: [aRun(waiting), aRun(pausing)] });
    expect(changesOf(anEvent('replied'), world, both)).toEqual([
      { kind: 'wake', enrollments: [world.running[0]?.enrollment.id] },
    ]);
  });

  test('is not looked at when it ends', () => {
    const world = aWorld({ running: [aRun(waiting)] });
    expect(reaction(anEvent('sequence.ended', { about: 'welcome' }), world, both)).toEqual([
      'leave welcome: taken out by test',
    ]);
  });
});

describe('an event may matter', () => {
  const orders = aProject({ programs: [aProgram({ enroll: { on: 'order.placed' } })] });

  test.each<[string, LeadEvent, boolean]>([
    ['that a file names', anEvent('order.placed'), true],
    ['that changes the lead itself', anEvent('tag.added', { about: 'a' }), true],
    ['that asks for a look at segments', anEvent('segments.looked-at'), true],
    ['that ends a run', anEvent('sequence.ended', { about: 'welcome' }), true],
    ['but not one that nobody asks for', anEvent('delivered'), false],
    ['but not one of a machine', anEvent('order.placed', { machine: true }), false],
  ])('%s', (_, event, matters) => {
    expect(mayMatter(event, orders)).toBe(matters);
  });
});

test('a lead whose zone changes lives by the new one from then on', () => {
  const moved = withChange(facts(), { kind: 'fields', fields: { timezone: 'Asia/Tokyo' } });
  expect(moved).toMatchObject({ timeZone: 'Asia/Tokyo', lead: { timezone: 'Asia/Tokyo' } });
  expect(withChange(moved, { kind: 'fields', fields: { firstName: 'Ada' } }).timeZone).toBe('Asia/Tokyo');
});
