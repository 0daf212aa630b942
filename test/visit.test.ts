import { describe, expect, test } from '@jest/globals';
import type { EventValue, LeadEvent } from '../src/event/lead-event.js';
import type { Enrollment } from '../src/journey/enrollment.js';
import type { CallFacts, Facts } from '../src/journey/facts.js';
import { advance } from '../src/journey/advance.js';
import { visit } from '../src/journey/visit.js';
import { noDelivery } from '../src/sequence/delivery-file.js';
import type { ProgramStep } from '../src/sequence/program.js';
import { aMail, anEnrollment, anEvent, aProgram, at, facts } from './builders.js';

type Written = Readonly<Record<string, unknown>>;

const monday = at('2026-03-02T09:00Z');
const soonOn = (now: Date) => new Date(now.getTime() + 15 * 60_000);

/** What becomes of a lead that came to the first of these steps on Monday at 09:00. `end` follows them. */
function visited(written: Written, known: Facts, now = monday, isHeld = false) {
  const program = aProgram({ steps: [written, { id: 'end', exit: 'end' }] });
  const [step] = program.steps.values();
  if (!step) throw new Error('no step');
  return visit(step, anEnrollment(program), known, now, isHeld);
}

function came(type: string, when: string, rest: Partial<LeadEvent> = {}): LeadEvent {
  return anEvent(type, { at: at(when), ...rest });
}

const hello = { send: 'hello', subject: 'Hello' };

describe('a wait for an event', () => {
  const forPricing = {
    waitFor: 'page.viewed:/pricing',
    upTo: '3 days',
    then: [{ id: 'yes', ...hello }],
    else: [{ id: 'no', ...hello }],
  };
  const viewed = (when: string, rest: Partial<LeadEvent> = {}) =>
    came('page.viewed', when, { about: '/pricing', ...rest });
  const move = (events: readonly LeadEvent[], now: string, isHeld = true) =>
    visited(forPricing, facts({ events }), at(now), isHeld);
  const waiting = { until: at('2026-03-05T09:00Z'), waitsFor: '"page.viewed:/pricing", at most 3 days' };

  test('goes on when it comes, at its time', () => {
    expect(move([viewed('2026-03-03T10:00Z')], '2026-03-03T10:00:02Z')).toEqual({
      to: 'yes',
      at: at('2026-03-03T10:00Z'),
      entry: {
        at: at('2026-03-03T10:00Z'),
        step: '1',
        did: 'took "then"',
        because: '"page.viewed:/pricing" came',
      },
    });
  });

  test('goes the other way when its time is over, at its end', () => {
    expect(move([], '2026-03-05T09:00:02Z')).toEqual({
      to: 'no',
      at: at('2026-03-05T09:00Z'),
      entry: {
        at: at('2026-03-05T09:00Z'),
        step: '1',
        did: 'took "else"',
        because: 'no "page.viewed:/pricing" came within 3 days',
      },
    });
  });

  test.each<[string, readonly LeadEvent[], string]>([
    ['nothing has come', [], '2026-03-04T09:00Z'],
    ['it came before', [viewed('2026-03-02T08:59Z')], '2026-03-04T09:00Z'],
    ['it came at the very instant at which the wait began', [viewed('2026-03-02T09:00Z')], '2026-03-04T09:00Z'],
    ['something else came', [came('page.viewed', '2026-03-03T09:00Z', { about: '/jobs' })], '2026-03-04T09:00Z'],
    ['a machine did it', [viewed('2026-03-03T09:00Z', { machine: true })], '2026-03-04T09:00Z'],
    ['it is told to come later', [viewed('2026-03-04T10:00Z')], '2026-03-04T09:00Z'],
  ])('waits while %s', (_, events, now) => {
    expect(move(events, now)).toEqual(waiting);
  });

  test('counts what came in time, though nobody looked before its end', () => {
    expect(move([viewed('2026-03-05T09:00Z')], '2026-03-20T09:00Z')).toMatchObject({
      to: 'yes',
      at: at('2026-03-05T09:00Z'),
    });
  });

  test('does not count what came after its end', () => {
    expect(move([viewed('2026-03-05T09:01Z')], '2026-03-20T09:00Z')).toMatchObject({
      to: 'no',
      at: at('2026-03-05T09:00Z'),
    });
  });

  test.each(['sequence', 'segments', 'funnel'])(
    'does not count what follows from its own steps on the way to it (told by %s)',
    (source) => {
      const program = aProgram({ steps: [{ tag: 'warm' }, { waitFor: 'tag.added:warm', upTo: '3 days' }] });
      const tagging = advance(program, anEnrollment(program), facts(), at('2026-03-02T09:00:02Z')).enrollment;
      const tagged = came('tag.added', '2026-03-02T09:00:02Z', { about: 'warm', source });
      const step = program.steps.get('2');
      const later = (event: LeadEvent) =>
        step && visit(step, tagging, facts({ events: [event] }), at('2026-03-02T09:00:03Z'), false);
      expect(later(tagged)).toMatchObject({ until: at('2026-03-05T09:00Z') });
      expect(later({ ...tagged, at: at('2026-03-02T09:00:03Z') })).toMatchObject({ to: null });
    },
  );

  test('goes on with the first that came', () => {
    const twice = [viewed('2026-03-03T10:00Z'), viewed('2026-03-03T11:00Z')];
    expect(move(twice, '2026-03-04T09:00Z')).toMatchObject({ at: at('2026-03-03T10:00Z') });
  });

  test.each([
    ['field.changed:plan', came('lead.updated', '2026-03-03T10:00Z', { data: { plan: 'gold' } }), 'end'],
    ['field.changed:plan', came('lead.updated', '2026-03-03T10:00Z', { data: { size: 5 } }), undefined],
    [
      'clicked:https://example.com/docks*',
      came('clicked', '2026-03-03T10:00Z', { about: 'https://example.com/docks/1' }),
      'end',
    ],
    ['replied', came('replied', '2026-03-03T10:00Z'), 'end'],
  ])('(%s) knows events as triggers do', (waitFor, event, to) => {
    const found = visited({ waitFor, upTo: '3 days' }, facts({ events: [event] }), at('2026-03-04T09:00Z'), true);
    expect('to' in found ? found.to : undefined).toBe(to);
  });
});

describe('a wait for a condition', () => {
  const forTag = {
    waitFor: { tag: 'warm' },
    upTo: '3 days',
    then: [{ id: 'yes', ...hello }],
    else: [{ id: 'no', ...hello }],
  };
  const warm = facts({ lead: { tags: ['warm'] } });

  test('takes no time when it holds already', () => {
    const move = visited(forTag, warm, at('2026-03-02T09:00:05Z'));
    expect(move).toMatchObject({ to: 'yes', entry: { did: 'took "then"', because: 'has the tag "warm"' } });
    expect(move).not.toHaveProperty('at');
  });

  test('goes on when it comes to hold, at that moment', () => {
    expect(visited(forTag, warm, at('2026-03-03T12:00Z'), true)).toMatchObject({
      to: 'yes',
      at: at('2026-03-03T12:00Z'),
    });
  });

  test('goes on as of its end when it holds by the time that somebody looks', () => {
    expect(visited(forTag, warm, at('2026-03-20T12:00Z'), true)).toMatchObject({
      to: 'yes',
      at: at('2026-03-05T09:00Z'),
    });
  });

  test('looks again some hours later, as time alone may change it', () => {
    expect(visited(forTag, facts(), monday)).toEqual({
      until: at('2026-03-02T15:00Z'),
      waitsFor: 'its condition to hold, at most 3 days',
    });
  });

  test('does not look beyond its end', () => {
    expect(visited(forTag, facts(), at('2026-03-05T08:00Z'), true)).toMatchObject({ until: at('2026-03-05T09:00Z') });
  });

  test('goes the other way at its end, with the reason', () => {
    expect(visited(forTag, facts(), at('2026-03-05T09:00Z'), true)).toMatchObject({
      to: 'no',
      at: at('2026-03-05T09:00Z'),
      entry: { did: 'took "else"', because: 'has not the tag "warm"' },
    });
  });

  test('counts its days on the calendar of the lead', () => {
    const newYork = facts({ timeZone: 'America/New_York' });
    const program = aProgram({ steps: [{ ...forTag, upTo: '1 week' }] });
    const [step] = program.steps.values();
    const enrollment = anEnrollment(program, { since: at('2026-03-06T14:00Z') });
    // The clocks go forward on 8 March there.
    const move = step && visit(step, enrollment, newYork, at('2026-03-13T12:00Z'), true);
    expect(move).toMatchObject({ until: at('2026-03-13T13:00Z') });
  });
});

describe('a wait for a moment', () => {
  const until = (written: string, rest: Written = {}) => ({ wait: { until: written, timezone: 'UTC', ...rest } });
  const webinar = (webinarAt: EventValue) => facts({ lead: { attributes: { webinarAt } } });

  test.each([
    ['2026-03-10 14:30', '2026-03-10T14:30Z', '10 March 2026, 14:30'],
    ['2026-03-10', '2026-03-10T09:00Z', '10 March 2026, 09:00'],
    ['lead.webinarAt', '2026-03-12T15:00Z', 'webinarAt'],
    ['2 hours before lead.webinarAt', '2026-03-12T13:00Z', '2 hours before webinarAt'],
    ['1 day after lead.webinarAt', '2026-03-13T15:00Z', '1 day after webinarAt'],
  ])('(%s) ends then', (written, end, waitsFor) => {
    expect(visited(until(written), webinar('2026-03-12T15:00Z'))).toEqual({ until: at(end), waitsFor });
  });

  test('ends at its moment, however late it is looked at', () => {
    expect(visited(until('2026-03-10 14:30'), facts(), at('2026-03-11T00:00Z'), true)).toEqual({
      to: 'end',
      at: at('2026-03-10T14:30Z'),
    });
  });

  test.each([
    ['a day that has passed', '2026-03-01', facts(), '1 March 2026, 09:00 has passed already'],
    ['the very instant at which it begins', '2026-03-02 09:00', facts(), '2 March 2026, 09:00 has passed already'],
    ['a date of the lead that has passed', 'lead.webinarAt', webinar('2026-02-01'), 'webinarAt has passed already'],
    ['a date that the lead has not', 'lead.webinarAt', facts(), 'nobody knows webinarAt'],
    ['a field that holds no date', 'lead.webinarAt', webinar('soon'), 'nobody knows webinarAt'],
  ])('does not wait for %s, or ends the run', (_, written, known, because) => {
    const goOn = visited(until(written), known);
    expect(goOn).toMatchObject({ to: 'end', entry: { did: 'did not wait', because } });
    expect(goOn).not.toHaveProperty('at');
    expect(visited(until(written, { missed: 'exit' }), known)).toEqual({ out: because });
  });

  test('follows the date of the lead when it changes meanwhile', () => {
    const later = webinar('2026-03-20T15:00Z');
    expect(visited(until('lead.webinarAt'), later, at('2026-03-05T09:00Z'), true)).toMatchObject({
      until: at('2026-03-20T15:00Z'),
    });
  });

  test('reads dates of the lead and times of day in the zone of the lead', () => {
    const paris = facts({ timeZone: 'Europe/Paris', lead: { attributes: { webinarAt: '2026-03-12' } } });
    expect(visited({ wait: { until: '3 days before lead.webinarAt 10:00' } }, paris)).toMatchObject({
      until: at('2026-03-09T09:00Z'),
    });
  });
});

describe('a wait in business days', () => {
  test.each([
    ['1 business day', '2026-03-03T09:00Z', '1 business day to pass'],
    ['5 business days', '2026-03-09T09:00Z', '5 business days to pass'],
  ])('(%s) leaves out the weekend', (wait, until, waitsFor) => {
    expect(visited({ wait }, facts())).toEqual({ until: at(until), waitsFor });
  });

  test('leaves out the holidays of the send window', () => {
    const program = aProgram({ send: { window: { holidays: 'fr' } }, steps: [{ wait: '1 business day' }] });
    const [step] = program.steps.values();
    const fr = { name: 'fr', title: 'France', days: new Set(['2026-03-03']) };
    const known = facts();
    const common = { ...known.common, calendars: new Map([['fr', fr]]) };
    const move = step && visit(step, anEnrollment(program), { ...known, common }, monday, false);
    expect(move).toMatchObject({ until: at('2026-03-04T09:00Z') });
  });
});

describe('a choice', () => {
  const choose = {
    choose: [
      { if: { tag: 'a' }, then: [{ id: 'way-a', ...hello }] },
      { if: { tag: 'b' }, then: [{ id: 'way-b', ...hello }] },
    ],
  };

  test.each([
    [['a'], 'way-a', 'took way 1', 'has the tag "a"'],
    [['b'], 'way-b', 'took way 2', 'has the tag "b"'],
    [['b', 'a'], 'way-a', 'took way 1', 'has the tag "a"'],
    [[], 'end', 'took "otherwise"', 'has not the tag "a" and has not the tag "b"'],
  ])('takes the first way that holds (%j)', (tags, to, did, because) => {
    expect(visited(choose, facts({ lead: { tags } }))).toEqual({ to, entry: { at: monday, step: '1', did, because } });
  });

  test('takes the otherwise when there is one', () => {
    const written = { ...choose, otherwise: [{ id: 'none', ...hello }] };
    expect(visited(written, facts())).toMatchObject({ to: 'none' });
  });
});

describe('a split', () => {
  const split = { id: 's', split: { a: hello, b: { steps: [{ id: 'long', ...hello }] } } };
  const program = aProgram({ steps: [split] });
  const step = [...program.steps.values()][0];
  const keyOf = (found: ProgramStep | undefined): string => (found?.kind === 'split' ? found.key : '');
  const wayOf = (lead: string, known = facts(), enrollment: Partial<Enrollment> = {}) => {
    const move = step && visit(step, anEnrollment(program, { lead, ...enrollment }), known, monday, false);
    return move && 'took' in move ? move : undefined;
  };

  test('notes which way was taken, and why', () => {
    const move = wayOf('ada');
    const name = move?.took?.way ?? '';
    expect(['a', 'b']).toContain(name);
    expect(move).toMatchObject({
      to: name === 'a' ? 's.a' : 'long',
      took: { key: keyOf(step), way: name },
      entry: { did: `took "${name}"`, because: 'by chance, 1 of 2' },
    });
  });

  test('sends a lead the same way whenever it comes', () => {
    const leads = ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn'];
    const again = { id: 'another-run', startedAt: at('2026-09-01T09:00Z') };
    expect(leads.map((lead) => wayOf(lead, facts(), again)?.to)).toEqual(leads.map((lead) => wayOf(lead)?.to));
  });

  test.each(['a', 'b'])('sends everybody the way that has won (%s)', (winner) => {
    const known = facts();
    const common = { ...known.common, winners: new Map([[keyOf(step), winner]]) };
    const ways = ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn'].map((lead) => wayOf(lead, { ...known, common }));
    expect(new Set(ways.map((way) => way?.took?.way))).toEqual(new Set([winner]));
    expect(ways[0]?.entry?.because).toBe('it has won');
  });

  test('goes on by chance when the way that won is no more', () => {
    const known = facts();
    const common = { ...known.common, winners: new Map([[keyOf(step), 'gone']]) };
    expect(wayOf('ada', { ...known, common })).toEqual(wayOf('ada'));
  });
});

describe('a pick', () => {
  const mail = (name: string, rest: Written = {}) => ({ send: `blog/${name}`, subject: name, ...rest });
  const clicked = (about: string) => came('clicked', '2026-03-01T09:00Z', { about });
  const pick = (...pool: readonly Written[]) => ({ id: 'p', pick: pool });

  test('takes the first of the pool', () => {
    expect(visited(pick(mail('one'), mail('two')), facts())).toEqual({
      to: 'p.one',
      entry: { at: monday, step: 'p', did: 'picked "blog/one"', because: 'it is the next one in the pool' },
    });
  });

  test.each<[string, readonly Written[], Facts, string]>([
    [
      'what the lead has not had, from whichever sequence',
      [mail('one'), mail('two')],
      facts({ received: new Map([['blog/one', at('2025-01-01T00:00Z')]]) }),
      'p.two',
    ],
    [
      'what is for the stage of the lead',
      [mail('one', { stages: 'customer' }), mail('two', { stages: ['lead', 'trial'] })],
      facts({ lead: { stage: 'trial' } }),
      'p.two',
    ],
    [
      'nothing for other stages when the lead is in none',
      [mail('one', { stages: 'customer' }), mail('two')],
      facts(),
      'p.two',
    ],
    ['what its condition lets', [mail('one', { if: { tag: 'warm' } }), mail('two')], facts(), 'p.two'],
    [
      'what the lead has clicked on most',
      [
        mail('one', { interests: 'https://example.com/gates*' }),
        mail('two', { interests: ['https://example.com/docks*', 'https://example.com/cranes'] }),
      ],
      facts({
        events: [
          clicked('https://example.com/gates'),
          clicked('https://example.com/docks/3'),
          clicked('https://example.com/cranes?from=mail'),
        ],
      }),
      'p.two',
    ],
    [
      'the earlier of two that the lead has clicked on as often',
      [
        mail('none'),
        mail('one', { interests: 'https://example.com/a' }),
        mail('two', { interests: 'https://example.com/b' }),
      ],
      facts({ events: [clicked('https://example.com/b'), clicked('https://example.com/a')] }),
      'p.one',
    ],
    [
      'not what a machine clicked on',
      [mail('one'), mail('two', { interests: 'https://example.com/b' })],
      facts({ events: [{ ...clicked('https://example.com/b'), machine: true }] }),
      'p.one',
    ],
  ])('takes %s', (_, pool, known, to) => {
    expect(visited(pick(...pool), known)).toMatchObject({ to });
  });

  test('says how much interest a mail has', () => {
    const events = [clicked('https://example.com/b'), clicked('https://example.com/b')];
    const move = visited(pick(mail('one', { interests: 'https://example.com/b' })), facts({ events }));
    expect(move).toMatchObject({ entry: { because: '2 clicks show interest in it' } });
  });

  test('goes on when nothing is left', () => {
    const received = new Map([['blog/one', at('2026-01-01T00:00Z')]]);
    expect(visited(pick(mail('one')), facts({ received }))).toEqual({
      to: 'end',
      entry: { at: monday, step: 'p', did: 'picked nothing', because: 'no mail of the pool is left for this lead' },
    });
  });

  test('first waits until the lead has had so long without a mail', () => {
    const received = new Map([
      ['other/new', at('2026-03-01T10:00Z')],
      ['other/old', at('2026-02-01T10:00Z')],
    ]);
    const quiet = { ...pick(mail('one')), quiet: '4 days' };
    expect(visited(quiet, facts({ received }))).toEqual({
      until: at('2026-03-05T10:00Z'),
      waitsFor: '4 days without a mail',
    });
    expect(visited(quiet, facts({ received }), at('2026-03-05T10:00Z'))).toMatchObject({ to: 'p.one' });
    expect(visited(quiet, facts())).toMatchObject({ to: 'p.one' });
  });
});

describe('a goal', () => {
  const goal = (rest: Written = {}) => ({ id: 'booked', goal: { tag: 'booked' }, ...rest });

  test('that is reached leads on', () => {
    expect(visited(goal({ else: 'exit' }), facts({ lead: { tags: ['booked'] } }))).toEqual({
      to: 'end',
      entry: { at: monday, step: 'booked', did: 'reached the goal', because: 'has the tag "booked"' },
    });
  });

  test.each<[string, Written, object]>([
    [
      'lets others go on',
      goal(),
      {
        to: 'end',
        entry: { at: monday, step: 'booked', did: 'went on without the goal', because: 'has not the tag "booked"' },
      },
    ],
    ['keeps them waiting', goal({ else: 'wait' }), { until: at('2026-03-02T15:00Z'), waitsFor: 'the goal "booked"' }],
    [
      'sends them away',
      goal({ else: 'exit' }),
      { out: 'came to the goal "booked" without it: has not the tag "booked"' },
    ],
  ])('%s', (_, written, move) => {
    expect(visited(written, facts())).toEqual(move);
  });
});

describe('a mail', () => {
  const sent = [{ at: at('2026-03-02T08:00Z'), sequence: 'news', step: 'hello' }];
  const capped = (changes: Parameters<typeof facts>[0] = {}) => facts({ ...underCap, recent: sent, ...changes });
  const underCap = {
    common: {
      ...facts().common,
      delivery: { ...noDelivery, caps: [{ atMost: 1, per: { amount: 1, unit: 'days' } }] },
    },
  } as const;
  const because = 'the frequency cap of 1 in 1 day: "news/hello" went at 2026-03-02 08:00';
  const until = at('2026-03-03T08:00Z');

  test('that is one too many for its lead waits, and tells for which one', () => {
    expect(visited(hello, capped())).toEqual({
      until,
      waitsFor: because,
      entry: { at: monday, step: 'hello', did: 'held back', because },
    });
  });

  test('tells it once, and again only when another one is in its way', () => {
    const program = aProgram({ steps: [hello] });
    const [step] = program.steps.values();
    if (!step) throw new Error('no step');
    const later = at('2026-03-02T12:00Z');
    const waiting = anEnrollment(program, { waitsFor: because });
    expect(visit(step, waiting, capped(), later, true)).toEqual({ until, waitsFor: because });
    const urgent = { at: at('2026-03-02T11:00Z'), sequence: 'shop', step: 'receipt' };
    expect(visit(step, waiting, capped({ recent: [...sent, urgent] }), later, true)).toMatchObject({
      until: at('2026-03-03T11:00Z'),
      entry: { did: 'held back', because: expect.stringContaining('"shop/receipt" went at 2026-03-02 11:00') },
    });
  });

  test('goes when there is a place for it, and is not asked again once it is planned', () => {
    expect(visited(hello, capped(), until)).toMatchObject({ send: { step: { id: 'hello' } } });
    expect(visited(hello, capped({ mails: { hello: { state: 'queued' } } }))).toEqual({
      until: soonOn(monday),
      waitsFor: 'the mail server',
    });
  });

  test('that is urgent waits for no other', () => {
    expect(visited({ ...hello, urgent: true }, capped())).toMatchObject({ send: { step: { urgent: true } } });
  });

  test('about the lead, to a person of ours, waits for none', () => {
    const notify = { notify: { email: 'sales@example.com', template: 'internal/hot' } };
    expect(visited(notify, capped())).toMatchObject({ waitsFor: 'the outbox' });
  });
});

describe('a notice', () => {
  const notify = { id: 'n', notify: { email: 'sales@example.com', template: 'internal/hot' } };

  test('is to be sent, and then waited for', () => {
    expect(visited(notify, facts())).toMatchObject({
      until: soonOn(monday),
      waitsFor: 'the outbox',
      send: { step: { id: 'n', kind: 'notify', email: 'sales@example.com' } },
    });
  });

  test('lets the lead go on once it stands in the outbox, and takes no time', () => {
    const move = visited(notify, facts({ mails: { n: { state: 'queued' } } }));
    expect(move).toEqual({
      to: 'end',
      entry: { at: monday, step: 'n', did: 'notified', because: 'sales@example.com' },
    });
  });
});

describe('a webhook', () => {
  const webhook = { id: 'crm', webhook: { url: 'https://crm.example.com/hook?key=secret' } };
  const called = (call: Partial<CallFacts>) =>
    facts({ calls: new Map([['crm', { state: 'waiting', answer: {}, ...call } satisfies CallFacts]]) });
  const settledAt = at('2026-03-02T09:00:03Z');

  test('is to be called, and then waited for', () => {
    expect(visited(webhook, facts())).toMatchObject({
      until: soonOn(monday),
      waitsFor: 'an answer of crm.example.com',
      call: { step: { id: 'crm', kind: 'webhook' } },
    });
  });

  test('that is under way is not called again', () => {
    expect(visited(webhook, called({}))).toEqual({ until: soonOn(monday), waitsFor: 'an answer of crm.example.com' });
  });

  test.each<[Partial<CallFacts>, string]>([
    [{ state: 'answered', because: 'answered 200' }, 'called crm.example.com'],
    [{ state: 'failed', because: 'nobody answered for 6 hours' }, 'could not call crm.example.com'],
  ])('that has come to its end leads on from then (%j)', (call, did) => {
    expect(visited(webhook, called({ ...call, settledAt }))).toEqual({
      to: 'end',
      at: settledAt,
      entry: { at: settledAt, step: 'crm', did, because: call.because },
    });
  });
});

describe('the condition of a step', () => {
  const never = { if: { tag: 'never' } };
  const kinds: readonly [string, Written][] = [
    ['send', hello],
    ['wait', { wait: '1 day' }],
    ['wait until', { wait: { until: '2026-12-24' } }],
    ['waitFor', { waitFor: 'replied', upTo: '1 day', then: [{ tag: 'a' }] }],
    ['choose', { choose: [{ if: { tag: 'a' }, then: [{ tag: 'a' }] }], otherwise: [{ tag: 'b' }] }],
    ['split', { split: { a: hello, b: { ...hello } } }],
    ['goal', { goal: { tag: 'never' }, else: 'exit' }],
    ['score', { score: 5, why: 'x' }],
    ['tag', { tag: 'a' }],
    ['untag', { untag: 'a' }],
    ['set', { set: { 'lead.a': 1 } }],
    ['stage', { stage: 'customer' }],
    ['enroll', { enroll: 'other' }],
    ['unenroll', { unenroll: 'other' }],
    ['notify', { notify: { email: 'sales@example.com', template: 'hot' } }],
    ['webhook', { webhook: { url: 'https://crm.example.com' } }],
    ['pick', { pick: [hello] }],
    ['exit', { exit: 'done' }],
  ];

  test.each(kinds)('passes over a step when it does not hold (%s)', (_, written) => {
    expect(visited({ ...written, ...never, id: 'x' }, facts())).toEqual({
      to: 'end',
      entry: { at: monday, step: 'x', did: 'passed over', because: 'has not the tag "never"' },
    });
  });

  test.each<[string, Written, Facts]>([
    ['a mail on its way', { ...hello, id: 'x' }, facts({ mails: { x: aMail({ state: 'queued' }) } })],
    [
      'a notice',
      { notify: { email: 'sales@example.com', template: 'hot' }, id: 'x' },
      facts({ mails: { x: aMail() } }),
    ],
    [
      'a call under way',
      { webhook: { url: 'https://crm.example.com' }, id: 'x' },
      facts({ calls: new Map([['x', { state: 'waiting', answer: {} }]]) }),
    ],
    ['a wait that has begun', { wait: '1 day', id: 'x' }, facts()],
    ['a wait for a date that has begun', { wait: { until: '2026-12-24' }, id: 'x' }, facts()],
    ['a wait for an event that has begun', { waitFor: 'replied', upTo: '1 day', id: 'x' }, facts()],
    ['a goal that is waited for', { goal: { tag: 'booked' }, else: 'wait', id: 'x' }, facts()],
  ])('comes too late for %s', (_, written, known) => {
    const move = visited({ ...written, ...never }, known, monday, true);
    expect('entry' in move ? move.entry?.did : undefined).not.toBe('passed over');
  });

  test.each<[string, Written]>([
    ['a mail that waits for its window', { ...hello, id: 'x', window: { days: 'sun' } }],
    ['a pick that waits for quiet', { pick: [hello], quiet: '9 days', id: 'x' }],
  ])('is asked again for %s', (_, written) => {
    const received = new Map([['other', monday]]);
    expect(visited({ ...written, ...never }, facts({ received }), monday, true)).toMatchObject({
      entry: { did: 'passed over' },
    });
  });
});
