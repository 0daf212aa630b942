import { describe, expect, test } from '@jest/globals';
import { advance } from '../src/journey/advance.js';
import type { MailState, Suppression } from '../src/journey/facts.js';
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

  test('a suppressed lead is not scored, tagged or enrolled either', () => {
    const program = aProgram({ steps: [{ tag: 'quiet' }] });
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
    expect(enrollment).toMatchObject({ dueAt: at('2026-03-03T15:00Z'), waitsFor: 'the day and time named' });
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
    ['enroll', { enroll: 'case-study' }, 'sequence.called', { about: 'case-study' }],
  ])('(%s) raises an event and stops until that is recorded', (_, step, type, rest) => {
    const program = aProgram({ steps: [step, hello] });
    const { enrollment, send } = advance(program, anEnrollment(program), facts(), monday);
    expect(send).toBeUndefined();
    expect(enrollment).toMatchObject({ step: 'hello', dueAt: monday, waitsFor: 'its own changes' });
    expect(enrollment.raised).toMatchObject([
      { type, lead: 'ada', at: monday, machine: false, sequence: 'welcome', step: '1', ...rest },
    ]);
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

  test('is not said to be passed over once it has been waited', () => {
    const eager = facts({ lead: { tags: ['eager'] } });
    const { enrollment } = advance(program, anEnrollment(program), eager, at('2026-03-05T09:00Z'));
    expect(enrollment).toMatchObject({ dueAt: at('2026-03-07T09:00Z'), history: [] });
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
