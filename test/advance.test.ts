import { describe, expect, test } from '@jest/globals';
import { advance, mindsEvents } from '../src/journey/advance.js';
import type { Facts, MailState, Suppression } from '../src/journey/facts.js';
import { aMail, anEnrollment, aProgram, at, facts } from './builders.js';

const monday = at('2026-03-02T09:00Z');
const hello = { send: 'hello', subject: 'Hello' };
const more = { send: 'more', subject: 'More' };
const officeHours = { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'UTC' };

const oneMail = aProgram({ steps: [hello] });
const windowed = aProgram({ send: { window: officeHours }, steps: [hello] });
const twoMails = aProgram({ steps: [hello, { wait: '2 days' }, more] });

describe('a mail', () => {
  test('that is due is sent', () => {
    expect(advance(oneMail, anEnrollment(oneMail), facts(), monday).send?.step.template).toBe('hello');
  });

  test('that is sent keeps its enrollment at the step, to look again in a quarter of an hour', () => {
    const { enrollment } = advance(oneMail, anEnrollment(oneMail), facts(), monday);
    expect(enrollment).toMatchObject({ step: 'hello', dueAt: at('2026-03-02T09:15Z'), waitsFor: 'the mail server' });
  });

  test.each<MailState>(['queued', 'claimed', 'sending', 'deferred'])(
    'that is %s is waited for, not sent again',
    (state) => {
      const known = facts({ mails: { hello: { state } } });
      const { enrollment, send } = advance(twoMails, anEnrollment(twoMails), known, monday);
      expect(send).toBeUndefined();
      expect(enrollment).toMatchObject({ step: 'hello', dueAt: at('2026-03-02T09:15Z'), waitsFor: 'the mail server' });
    },
  );

  test('that is deferred is waited for outside its window too', () => {
    const known = facts({ mails: { hello: { state: 'deferred' } } });
    const { enrollment } = advance(windowed, anEnrollment(windowed), known, at('2026-03-02T18:00Z'));
    expect(enrollment.dueAt).toEqual(at('2026-03-02T18:15Z'));
  });

  test.each<MailState>(['accepted', 'rejected', 'failed', 'skipped', 'uncertain'])(
    'that is %s lets the enrollment go on',
    (state) => {
      const known = facts({ mails: { hello: aMail({ state }) } });
      const { enrollment, send } = advance(twoMails, anEnrollment(twoMails), known, monday);
      expect(send).toBeUndefined();
      expect(enrollment.waitsFor).toBe('2 days to pass');
    },
  );

  test('that has settled stands in the history, with its time and reason', () => {
    const mail = aMail({ state: 'rejected', because: '550 no such user', settledAt: at('2026-03-02T09:00:07Z') });
    const { enrollment } = advance(
      twoMails,
      anEnrollment(twoMails),
      facts({ mails: { hello: mail } }),
      at('2026-03-02T09:15Z'),
    );
    expect(enrollment.history).toEqual([
      { at: at('2026-03-02T09:00:07Z'), step: 'hello', did: 'rejected', because: '550 no such user' },
    ]);
  });

  test('that is accepted makes way for the next one at once when nothing stands between', () => {
    const program = aProgram({ steps: [hello, more] });
    const known = facts({ mails: { hello: aMail() } });
    expect(advance(program, anEnrollment(program), known, monday).send?.step.template).toBe('more');
  });
});

describe('nobody gets mail they should not', () => {
  test.each<Suppression>(['unsubscribed', 'complained', 'hard-bounced', 'manual'])(
    'a suppression (%s) stops a mail already due',
    (suppression) => {
      const { enrollment, send } = advance(oneMail, anEnrollment(oneMail), facts({ suppression }), monday);
      expect(send).toBeUndefined();
      expect(enrollment).toMatchObject({ status: 'ended', endedAt: monday, endedBecause: suppression, dueAt: null });
    },
  );

  test.each(['pending', 'denied'] as const)('consent that is %s stops a mail already due', (status) => {
    const known = facts({ lead: { consent: { status, source: 'form', at: monday } } });
    const { enrollment, send } = advance(oneMail, anEnrollment(oneMail), known, monday);
    expect(send).toBeUndefined();
    expect(enrollment.endedBecause).toBe(`consent is ${status}`);
  });

  test('a suppression ends a wait before its time', () => {
    const known = facts({ suppression: 'complained' });
    const waiting = anEnrollment(twoMails, { step: '2' });
    expect(advance(twoMails, waiting, known, at('2026-03-02T10:00Z')).enrollment.endedBecause).toBe('complained');
  });

  test.each([
    ['unsubscribed', facts({ suppression: 'unsubscribed' })],
    ['never consented', facts({ lead: { consent: { status: 'denied', source: 'form', at: monday } } })],
  ])('a sequence that mails nobody but us runs on for a lead that %s', (_, known) => {
    const program = aProgram({
      steps: [{ notify: { email: 'sales@example.com', template: 'told', from: 'us@example.com' } }],
    });
    expect(advance(program, anEnrollment(program), known, monday).send?.step.kind).toBe('notify');
  });

  test('a suppressed lead is not scored, tagged or enrolled either', () => {
    const program = aProgram({ steps: [{ tag: 'quiet' }, { send: 'hello', subject: 'Hello' }] });
    expect(advance(program, anEnrollment(program), facts({ suppression: 'manual' }), monday).enrollment.raised).toEqual(
      [],
    );
  });
});

describe('the send window', () => {
  test('a step due before the send window opens waits for the opening, not for a day', () => {
    const { enrollment, send } = advance(windowed, anEnrollment(windowed), facts(), at('2026-03-02T06:30Z'));
    expect(send).toBeUndefined();
    expect(enrollment).toMatchObject({ dueAt: at('2026-03-02T09:00Z'), waitsFor: 'the send window to open' });
  });

  test('a step due after the window closed on Friday waits for Monday', () => {
    const { enrollment } = advance(windowed, anEnrollment(windowed), facts(), at('2026-03-06T17:00Z'));
    expect(enrollment.dueAt).toEqual(at('2026-03-09T09:00Z'));
  });

  test('a step due at the opening goes', () => {
    expect(advance(windowed, anEnrollment(windowed), facts(), at('2026-03-02T09:00Z')).send).toBeDefined();
  });

  test('"any time" goes at once', () => {
    const program = aProgram({ send: { window: officeHours }, steps: [{ ...hello, window: 'any time' }] });
    expect(advance(program, anEnrollment(program), facts(), at('2026-03-01T03:00Z')).send).toBeDefined();
  });

  test('a window of the step goes before that of the sequence', () => {
    const program = aProgram({
      send: { window: officeHours },
      steps: [{ ...hello, window: { days: 'sat', timezone: 'UTC' } }],
    });
    expect(advance(program, anEnrollment(program), facts(), monday).enrollment.dueAt).toEqual(at('2026-03-07T00:00Z'));
  });

  test('a window in the zone of the lead opens by the clock of the lead', () => {
    const program = aProgram({ send: { window: { between: ['09:00', '17:00'] } }, steps: [hello] });
    const known = facts({ timeZone: 'Asia/Kathmandu' });
    expect(advance(program, anEnrollment(program), known, at('2026-03-02T01:00Z')).enrollment.dueAt).toEqual(
      at('2026-03-02T03:15Z'),
    );
  });
});

describe('a wait', () => {
  test('counts from the moment the mail before it was accepted, not from planning', () => {
    const known = facts({ mails: { hello: aMail({ settledAt: at('2026-03-02T11:20Z') }) } });
    const { enrollment } = advance(twoMails, anEnrollment(twoMails, { since: monday }), known, at('2026-03-02T11:35Z'));
    expect(enrollment.dueAt).toEqual(at('2026-03-04T11:20Z'));
  });

  test('at the beginning counts from the enrollment', () => {
    const program = aProgram({ steps: [{ wait: '2 days' }, hello] });
    expect(advance(program, anEnrollment(program), facts(), at('2026-03-02T09:05Z')).enrollment.dueAt).toEqual(
      at('2026-03-04T09:00Z'),
    );
  });

  test('is not over a millisecond before its end', () => {
    const waiting = anEnrollment(twoMails, { step: '2' });
    expect(advance(twoMails, waiting, facts(), at('2026-03-04T08:59:59.999Z')).enrollment.step).toBe('2');
  });

  test('is over at its end', () => {
    const waiting = anEnrollment(twoMails, { step: '2' });
    expect(advance(twoMails, waiting, facts(), at('2026-03-04T09:00Z')).send?.step.id).toBe('more');
  });

  test('looked at too early keeps its end', () => {
    const waiting = anEnrollment(twoMails, { step: '2' });
    expect(advance(twoMails, waiting, facts(), at('2026-03-03T12:00Z')).enrollment.dueAt).toEqual(
      at('2026-03-04T09:00Z'),
    );
  });

  test('of a day is the same time of day for the lead, also over a DST night', () => {
    const program = aProgram({ steps: [{ wait: '1 day' }, hello] });
    const saturday = anEnrollment(program, { since: at('2026-03-28T08:00Z') });
    const { enrollment } = advance(program, saturday, facts({ timeZone: 'Europe/Paris' }), at('2026-03-28T08:00Z'));
    expect(enrollment.dueAt).toEqual(at('2026-03-29T07:00Z'));
  });

  test('until a weekday and time ends at the next one by the clock of the lead', () => {
    const program = aProgram({ steps: [{ wait: { until: 'tuesday 10:00' } }, hello] });
    const { enrollment } = advance(program, anEnrollment(program), facts({ timeZone: 'America/New_York' }), monday);
    expect(enrollment).toMatchObject({ dueAt: at('2026-03-03T15:00Z'), waitsFor: 'Tuesday 10:00' });
  });

  test('until a weekday and time in a zone of its own disregards the clock of the lead', () => {
    const program = aProgram({ steps: [{ wait: { until: 'tuesday 10:00', timezone: 'Europe/Paris' } }, hello] });
    const { enrollment } = advance(program, anEnrollment(program), facts({ timeZone: 'America/New_York' }), monday);
    expect(enrollment.dueAt).toEqual(at('2026-03-03T09:00Z'));
  });

  test('after a wait counts from the end of that one, however late it is looked at', () => {
    const program = aProgram({ steps: [{ wait: '1 hour' }, { wait: { until: '10:00' } }, hello] });
    const beforeTen = anEnrollment(program, { since: at('2026-03-02T08:59:58Z') });
    const { enrollment } = advance(program, beforeTen, facts(), at('2026-03-02T10:00:03Z'));
    expect(enrollment.step).toBe('hello');
  });

  test('after a tag counts from the end of what came before, not from when the tag was recorded', () => {
    const program = aProgram({ steps: [{ wait: '1 hour' }, { tag: 'patient' }, { wait: '1 hour' }, hello] });
    const tagged = advance(program, anEnrollment(program), facts(), at('2026-03-02T10:00:20Z')).enrollment;
    expect(advance(program, tagged, facts(), at('2026-03-02T10:00:40Z')).enrollment.dueAt).toEqual(
      at('2026-03-02T11:00Z'),
    );
  });
});

describe('a step that changes the lead', () => {
  test.each([
    ['score', { score: 10, why: 'read it' }, 'score.adjusted', { points: 10, why: 'read it' }],
    ['tag', { tag: 'engaged' }, 'tag.added', { about: 'engaged' }],
    ['untag', { untag: 'quiet' }, 'tag.removed', { about: 'quiet' }],
    ['set', { set: { 'lead.readPaper': true } }, 'lead.updated', { data: { readPaper: true } }],
    ['stage', { stage: 'customer' }, 'stage.entered', { about: 'customer' }],
    ['enroll', { enroll: 'case-study' }, 'sequence.called', { about: 'case-study' }],
    ['unenroll', { unenroll: 'case-study' }, 'sequence.ended', { about: 'case-study' }],
  ])('(%s) raises an event and stops until that is recorded', (_, step, type, rest) => {
    const program = aProgram({ steps: [step, hello] });
    const known = facts({ lead: { tags: ['quiet'] } });
    const { enrollment, send } = advance(program, anEnrollment(program), known, monday);
    expect(send).toBeUndefined();
    expect(enrollment).toMatchObject({ step: 'hello', dueAt: monday, waitsFor: 'its own changes' });
    expect(enrollment.raised).toMatchObject([
      { type, lead: 'ada', at: monday, machine: false, sequence: 'welcome', step: '1', ...rest },
    ]);
  });

  test.each([
    ['a tag that is there', { tag: 'engaged' }, 'tagged'],
    ['a tag to take off that is not there', { untag: 'quiet' }, 'untagged'],
    ['fields that hold this already', { set: { 'lead.plan': 'gold', 'lead.topics': ['docks', 'gates'] } }, 'set'],
    ['the stage it is in', { stage: 'customer' }, 'moved to the stage'],
  ])('changes nothing, and raises nothing, for %s', (_, step, did) => {
    const lead = { tags: ['engaged'], stage: 'customer', attributes: { plan: 'gold', topics: ['docks', 'gates'] } };
    const program = aProgram({ steps: [step, hello] });
    const { enrollment, send } = advance(program, anEnrollment(program), facts({ lead }), monday);
    expect(enrollment.raised).toEqual([]);
    expect(enrollment.history).toMatchObject([{ did }]);
    expect(send?.step.id).toBe('hello');
  });

  test('tells of the fields and tags that change, and of no other', () => {
    const lead = { tags: ['engaged'], attributes: { plan: 'gold', size: 5 } };
    const raisedBy = (step: object) => {
      const program = aProgram({ steps: [step] });
      return advance(program, anEnrollment(program), facts({ lead }), monday).enrollment.raised;
    };
    expect(raisedBy({ set: { 'lead.plan': 'gold', 'lead.size': 6 } })).toMatchObject([{ data: { size: 6 } }]);
    expect(raisedBy({ set: { 'lead.plan': 'gold', 'lead.size': 6 } })[0]?.data).toEqual({ size: 6 });
    expect(raisedBy({ tag: ['engaged', 'reader'] }).map(({ about }) => about)).toEqual(['reader']);
  });

  test('with several tags raises an event for each', () => {
    const program = aProgram({ steps: [{ tag: ['engaged', 'reader'] }] });
    const { raised } = advance(program, anEnrollment(program), facts(), monday).enrollment;
    expect(raised.map((event) => event.about)).toEqual(['engaged', 'reader']);
    expect(new Set(raised.map((event) => event.id)).size).toBe(2);
  });

  test('raises the same events when it is repeated later', () => {
    const program = aProgram({ steps: [{ tag: ['engaged', 'reader'] }] });
    const idsAt = (now: Date) =>
      advance(program, anEnrollment(program), facts(), now).enrollment.raised.map((event) => event.id);
    expect(idsAt(at('2026-03-02T10:00Z'))).toEqual(idsAt(monday));
  });

  test('raises events of its own in another run', () => {
    const program = aProgram({ steps: [{ tag: 'engaged' }] });
    const idsIn = (id: string) =>
      advance(program, anEnrollment(program, { id }), facts(), monday).enrollment.raised[0]?.id;
    expect(idsIn('first-run')).not.toBe(idsIn('second-run'));
  });

  test('lets the condition after it see the change', () => {
    const program = aProgram({ steps: [{ tag: 'engaged' }, { if: { tag: 'engaged' }, then: [hello], else: [more] }] });
    const tagged = advance(program, anEnrollment(program), facts(), monday).enrollment;
    const known = facts({ lead: { tags: ['engaged'] } });
    expect(advance(program, tagged, known, monday).send?.step.id).toBe('hello');
  });

  test('stands in the history', () => {
    const program = aProgram({ steps: [{ score: 10, why: 'read it' }] });
    expect(advance(program, anEnrollment(program), facts(), monday).enrollment.history).toEqual([
      { at: monday, step: '1', did: 'scored 10', because: 'read it' },
    ]);
  });
});

describe('a branch', () => {
  const forked = aProgram({
    steps: [
      {
        if: { score: { gte: 60 } },
        then: [{ send: 'hot', subject: 'Hot' }],
        else: [{ send: 'cold', subject: 'Cold' }],
      },
    ],
  });

  test.each([
    [60, 'hot', 'took "then"', 'score is 60'],
    [59, 'cold', 'took "else"', 'score is 59'],
  ])('at a score of %d goes to %s and explains itself in the history', (score, step, did, because) => {
    const { enrollment, send } = advance(forked, anEnrollment(forked), facts({ score }), monday);
    expect(send?.step.id).toBe(step);
    expect(enrollment.history).toEqual([{ at: monday, step: '1', did, because }]);
  });

  test('without "else" goes on after it', () => {
    const program = aProgram({ steps: [{ if: { tag: 'vip' }, then: [more] }, hello] });
    expect(advance(program, anEnrollment(program), facts(), monday).send?.step.id).toBe('hello');
  });

  test('comes together again after its end', () => {
    const program = aProgram({ steps: [{ if: { tag: 'vip' }, then: [{ if: { tag: 'vip' }, then: [more] }] }, hello] });
    const known = facts({ lead: { tags: ['vip'] }, mails: { more: aMail() } });
    expect(advance(program, anEnrollment(program), known, monday).send?.step.id).toBe('hello');
  });

  test('looks at what became of an earlier mail', () => {
    const program = aProgram({
      steps: [hello, { wait: '3 days' }, { if: { clicked: 'hello' }, then: [{ exit: 'read it' }] }, more],
    });
    const waiting = anEnrollment(program, { step: '2' });
    const known = facts({ mails: { hello: aMail({ clickedAt: at('2026-03-03T12:00Z') }) } });
    expect(advance(program, waiting, known, at('2026-03-05T09:00Z')).enrollment.endedBecause).toBe('read it');
  });
});

describe('a step with a condition', () => {
  const program = aProgram({ steps: [{ ...hello, if: { tag: 'vip' } }, { wait: '1 day' }] });

  test('is done when it holds', () => {
    expect(advance(program, anEnrollment(program), facts({ lead: { tags: ['vip'] } }), monday).send?.step.id).toBe(
      'hello',
    );
  });

  test('is passed over when it does not, and says why', () => {
    const { enrollment, send } = advance(program, anEnrollment(program), facts(), monday);
    expect(send).toBeUndefined();
    expect(enrollment.history).toEqual([
      { at: monday, step: 'hello', did: 'passed over', because: 'has not the tag "vip"' },
    ]);
  });

  test('is not passed over once its mail is under way, though the condition no longer holds', () => {
    const { enrollment } = advance(
      program,
      anEnrollment(program),
      facts({ mails: { hello: { state: 'sending' } } }),
      monday,
    );
    expect(enrollment.waitsFor).toBe('the mail server');
  });

  test('counts as sent when its mail was, though the condition no longer holds', () => {
    const { enrollment } = advance(program, anEnrollment(program), facts({ mails: { hello: aMail() } }), monday);
    expect(enrollment.history.map((entry) => entry.did)).toEqual(['accepted']);
  });
});

describe('a wait with a condition', () => {
  const program = aProgram({ steps: [{ wait: '3 days', if: { not: { tag: 'eager' } } }, { wait: '2 days' }, hello] });

  test('is waited while it holds', () => {
    expect(advance(program, anEnrollment(program), facts(), monday).enrollment.dueAt).toEqual(at('2026-03-05T09:00Z'));
  });

  test('is passed over when it does not', () => {
    const eager = facts({ lead: { tags: ['eager'] } });
    expect(advance(program, anEnrollment(program), eager, monday).enrollment.dueAt).toEqual(at('2026-03-04T09:00Z'));
  });

  test.each([
    ['is not passed over once it has begun', '2026-03-03T12:00Z', '2026-03-05T09:00Z'],
    ['is not said to be passed over once it has been waited', '2026-03-05T09:00Z', '2026-03-07T09:00Z'],
  ])('%s', (_, now, dueAt) => {
    const eager = facts({ lead: { tags: ['eager'] } });
    const waiting = advance(program, anEnrollment(program), facts(), monday).enrollment;
    expect(advance(program, waiting, eager, at(now)).enrollment).toMatchObject({ dueAt: at(dueAt), history: [] });
  });
});

describe('the end', () => {
  test('comes after the last step', () => {
    const { enrollment } = advance(
      oneMail,
      anEnrollment(oneMail),
      facts({ mails: { hello: aMail() } }),
      at('2026-03-02T09:01Z'),
    );
    expect(enrollment).toMatchObject({ status: 'ended', endedBecause: 'finished', dueAt: null, waitsFor: '' });
  });

  test('stands in the history', () => {
    const { enrollment } = advance(
      oneMail,
      anEnrollment(oneMail),
      facts({ mails: { hello: aMail() } }),
      at('2026-03-02T09:01Z'),
    );
    expect(enrollment.history.at(-1)).toEqual({
      at: at('2026-03-02T09:01Z'),
      step: null,
      did: 'left',
      because: 'finished',
    });
  });

  test('comes at an exit, with the reason it gives', () => {
    const program = aProgram({ steps: [{ exit: 'handed over to sales' }, hello] });
    const { enrollment, send } = advance(program, anEnrollment(program), facts(), monday);
    expect(send).toBeUndefined();
    expect(enrollment.endedBecause).toBe('handed over to sales');
  });

  test('comes when the step it stands at is not in the program', () => {
    expect(advance(oneMail, anEnrollment(oneMail, { step: 'gone' }), facts(), monday).enrollment.endedBecause).toBe(
      'finished',
    );
  });

  test('is final: an ended enrollment stays as it is', () => {
    const ended = advance(oneMail, anEnrollment(oneMail), facts({ suppression: 'manual' }), monday).enrollment;
    expect(advance(oneMail, ended, facts(), at('2026-03-03T09:00Z'))).toEqual({ enrollment: ended });
  });
});

test('deciding twice with the same input gives the same answer', () => {
  const program = aProgram({ steps: [{ if: { score: { gte: 60 } }, then: [hello] }, { tag: 'seen' }, more] });
  const decide = () => advance(program, anEnrollment(program), facts({ score: 40 }), monday);
  expect(decide()).toEqual(decide());
});

test('several steps that need no waiting are taken at once', () => {
  const program = aProgram({
    steps: [hello, { if: { tag: 'vip' }, then: [{ exit: 'vip' }] }, { wait: '1 day', if: { tag: 'vip' } }, more],
  });
  const { enrollment, send } = advance(program, anEnrollment(program), facts({ mails: { hello: aMail() } }), monday);
  expect(send?.step.id).toBe('more');
  expect(enrollment.history.map((entry) => entry.did)).toEqual(['accepted', 'took "else"', 'passed over']);
});

describe('a goal', () => {
  const booked = { id: 'booked', goal: { tag: 'booked' } };
  const won = { id: 'won', goal: { tag: 'won' } };
  const yes = facts({ lead: { tags: ['booked'] } });
  const bye = { send: 'bye', subject: 'Bye' };

  /** The program of these steps, with the goal and a mail after them, and what becomes of a lead that stands at `step`. */
  const from = (step: string, known: Facts, steps: readonly object[]) => {
    const program = aProgram({ steps: [...steps, booked, bye] });
    return advance(program, anEnrollment(program, { step }), known, monday);
  };

  test.each<[string, string, readonly object[]]>([
    ['from a wait', '1', [{ wait: '30 days' }, hello]],
    ['from a wait for something', '1', [{ waitFor: 'replied', upTo: '30 days' }, hello]],
    ['from inside a branch', '1.then.1', [{ if: { tag: 'a' }, then: [{ wait: '30 days' }] }, hello]],
    ['from inside a choice', '1.choose.1.1', [{ choose: [{ if: { tag: 'a' }, then: [{ wait: '9 days' }] }] }]],
    ['from inside a split', '1.b.1', [{ split: { a: hello, b: { steps: [{ wait: '30 days' }] } } }]],
    ['from a mail of a split', 's.a', [{ id: 's', split: { a: hello, b: { ...hello } } }]],
    ['from a mail of a pool', 'p.hello', [{ id: 'p', pick: [hello] }]],
    ['from a mail that waits for its window', 'hello', [{ ...hello, window: { days: 'sun' } }]],
    ['from a step that nobody has looked at', 'hello', [hello, { wait: '1 day' }]],
  ])('that is reached pulls a lead forward %s', (_, step, steps) => {
    const { enrollment, send } = from(step, yes, steps);
    expect(send?.step.id).toBe('bye');
    expect(enrollment.history).toMatchObject([
      { at: monday, step, did: 'pulled forward', because: 'to the goal "booked"' },
      { at: monday, step: 'booked', did: 'reached the goal' },
    ]);
  });

  test('pulls a lead away from a mail on its way, which the outbox then does not send', () => {
    const queued = { ...yes, mails: new Map([['hello', aMail({ state: 'queued' })]]) };
    expect(from('hello', queued, [hello]).enrollment.step).toBe('bye');
  });

  test('counts what follows from the moment of pulling', () => {
    const program = aProgram({ steps: [{ wait: '30 days' }, booked, { wait: '1 day' }, hello] });
    const waiting = anEnrollment(program, { since: at('2026-02-20T09:00Z') });
    expect(advance(program, waiting, yes, monday).enrollment.dueAt).toEqual(at('2026-03-03T09:00Z'));
  });

  test('that is not reached leaves everybody where they are', () => {
    expect(from('1', facts(), [{ wait: '30 days' }]).enrollment).toMatchObject({ step: '1', history: [] });
  });

  test('that has been passed does not pull anybody back', () => {
    const program = aProgram({ steps: [booked, { wait: '30 days' }, hello] });
    expect(advance(program, anEnrollment(program, { step: '2' }), yes, monday).enrollment).toMatchObject({
      step: '2',
      history: [],
    });
  });

  test('further on pulls further than one before it', () => {
    const program = aProgram({ steps: [{ wait: '30 days' }, booked, hello, won, bye] });
    const both = facts({ lead: { tags: ['booked', 'won'] } });
    expect(advance(program, anEnrollment(program), both, monday).send?.step.id).toBe('bye');
    expect(advance(program, anEnrollment(program), yes, monday).send?.step.id).toBe('hello');
  });

  test('pulls nobody for whom its condition does not hold', () => {
    const program = aProgram({ steps: [{ wait: '30 days' }, { ...booked, if: { tag: 'vip' } }, hello] });
    expect(advance(program, anEnrollment(program), yes, monday).enrollment.step).toBe('1');
    const vip = facts({ lead: { tags: ['booked', 'vip'] } });
    expect(advance(program, anEnrollment(program), vip, monday).send?.step.id).toBe('hello');
  });

  test('that is waited for lets the lead go on once it is reached', () => {
    const program = aProgram({ steps: [{ ...booked, else: 'wait' }, hello] });
    const waiting = advance(program, anEnrollment(program), facts(), monday).enrollment;
    expect(waiting).toMatchObject({ step: 'booked', dueAt: at('2026-03-02T15:00Z'), waitsFor: 'the goal "booked"' });
    const { enrollment, send } = advance(program, waiting, yes, at('2026-03-02T10:00Z'));
    expect(send?.step.id).toBe('hello');
    expect(enrollment.history).toMatchObject([{ step: 'booked', did: 'reached the goal' }]);
    expect(enrollment.history).toHaveLength(1);
  });
});

describe('a run is over', () => {
  const wait = [{ wait: '30 days' }];

  test('when the lead reaches what the sequence is for', () => {
    const program = aProgram({ goal: { tag: 'booked' }, steps: wait });
    const { enrollment } = advance(program, anEnrollment(program), facts({ lead: { tags: ['booked'] } }), monday);
    expect(enrollment).toMatchObject({ status: 'ended', endedBecause: 'goal reached: has the tag "booked"' });
  });

  test('when its condition for leaving holds', () => {
    const program = aProgram({ exit: { if: { tag: 'sales-has-it' } }, steps: wait });
    const { enrollment } = advance(program, anEnrollment(program), facts({ lead: { tags: ['sales-has-it'] } }), monday);
    expect(enrollment).toMatchObject({ status: 'ended', endedBecause: 'has the tag "sales-has-it"' });
  });

  test('for a suppression before anything else', () => {
    const program = aProgram({ goal: { tag: 'booked' } });
    const known = facts({ lead: { tags: ['booked'] }, suppression: 'complained' });
    expect(advance(program, anEnrollment(program), known, monday).enrollment.endedBecause).toBe('complained');
  });
});

describe('what happens to a lead is looked at by its run', () => {
  test.each<[string, object, string]>([
    ['that waits for an event', { steps: [{ waitFor: 'replied', upTo: '3 days' }] }, '1'],
    ['that waits for a condition', { steps: [{ waitFor: { tag: 'a' }, upTo: '3 days' }] }, '1'],
    ['that waits for a goal', { steps: [{ id: 'g', goal: { tag: 'a' }, else: 'wait' }] }, 'g'],
    ['that waits for a date of the lead', { steps: [{ wait: { until: 'lead.webinarAt' } }] }, '1'],
    ['before a goal', { steps: [{ wait: '3 days' }, { goal: { tag: 'a' } }] }, '1'],
    ['inside a step before a goal', { steps: [{ if: { tag: 'a' }, then: [hello] }, { goal: { tag: 'a' } }] }, 'hello'],
    ['of a sequence with a goal', { goal: { tag: 'a' }, steps: [{ wait: '3 days' }] }, '1'],
    ['of a sequence that a condition ends', { exit: { if: { tag: 'a' } }, steps: [{ wait: '3 days' }] }, '1'],
  ])('%s', (_, file, step) => {
    const program = aProgram({ ...file });
    expect(mindsEvents(program, anEnrollment(program, { step }))).toBe(true);
  });

  test.each<[string, object, string]>([
    ['that waits for time to pass', { steps: [{ wait: '3 days' }] }, '1'],
    ['that waits for a weekday', { steps: [{ wait: { until: 'tuesday' } }] }, '1'],
    ['that sends', { steps: [hello] }, 'hello'],
    ['after a goal', { steps: [{ goal: { tag: 'a' } }, { wait: '3 days' }] }, '2'],
    ['after a wait for something', { steps: [{ waitFor: 'replied', upTo: '1 day' }, { wait: '3 days' }] }, '2'],
  ])('but not by one %s', (_, file, step) => {
    const program = aProgram({ ...file });
    expect(mindsEvents(program, anEnrollment(program, { step }))).toBe(false);
  });
});
