import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import type { Facts } from '../src/journey/facts.js';
import type { Running, World } from '../src/journey/world.js';
import { type Moment, simulate, type Simulation } from '../src/simulation/simulate.js';
import type { Condition } from '../src/sequence/condition-file.js';
import { type Delivery, noDelivery } from '../src/sequence/delivery-file.js';
import type { Funnel } from '../src/sequence/funnel-file.js';
import type { Scoring } from '../src/sequence/scoring-file.js';
import {
  aCondition,
  aFunnel,
  aLead,
  anEnrollment,
  anEvent,
  aProgram,
  aProject,
  aScoring,
  at,
  aWorld,
  facts,
} from './builders.js';

type Written = Readonly<Record<string, unknown>>;

type Scene = Partial<Simulation> & {
  readonly files: Readonly<Record<string, Written>>;
  readonly world?: World;
  readonly segments?: Readonly<Record<string, Written>>;
  readonly funnel?: Funnel;
  readonly scoring?: Scoring;
  readonly delivery?: Delivery;
};

const monday = at('2026-03-02T09:00Z');
const hello = { send: 'hello', subject: 'Hello' };
const more = { send: 'more', subject: 'More' };

function conditions(written: Readonly<Record<string, Written>> = {}): ReadonlyMap<string, Condition> {
  return new Map(Object.entries(written).map(([name, condition]) => [name, aCondition(condition)]));
}

/** What happens to a lead from Monday on, for 30 days unless said. */
function played({
  files,
  world = aWorld(),
  segments,
  funnel,
  scoring,
  delivery = noDelivery,
  ...rest
}: Scene): readonly Moment[] {
  const programs = Object.entries(files).map(([name, file]) => aProgram(file, name));
  const named = conditions(segments);
  const project = aProject({
    programs,
    segments: named,
    delivery,
    ...(funnel ? { funnel } : {}),
    ...(scoring ? { scoring } : {}),
  });
  const common = { ...world.facts.common, segments: named, delivery };
  const known = { ...world, facts: { ...world.facts, common } };
  return simulate(known, project, { from: monday, until: at('2026-04-01T09:00Z'), ...rest });
}

/** "02 09:00 mail Hello": day of the month, time, kind and what; nothing of what is left out. */
function inShort(moments: readonly Moment[], ...kinds: readonly Moment['kind'][]): readonly string[] {
  return moments
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map((moment) => `${moment.at.toISOString().slice(8, 16).replace('T', ' ')} ${moment.kind} ${moment.what}`);
}

/** A run of a sequence that began on Monday at 09:00. */
function running(file: Written, name = 'welcome', id = 'run'): Running {
  const program = aProgram(file, name);
  return { program, enrollment: anEnrollment(program, { id }) };
}

function told(type: string, when: string, rest: Partial<LeadEvent> = {}): LeadEvent {
  return anEvent(type, { id: `${type} ${when}`, at: at(when), ...rest });
}

const called = told('sequence.called', '2026-03-02T09:00Z', { about: 'welcome' });

describe('a simulated journey', () => {
  test('tells each thing that happens, when, and why', () => {
    const welcome = {
      enroll: { on: 'lead.created' },
      steps: [hello, { tag: 'greeted' }, { wait: '2 days' }, { ...more, subject: '{{lead.firstName "You"}}, more' }],
    };
    const moments = played({
      files: { welcome },
      world: aWorld({ facts: facts({ lead: { firstName: 'Ada' } }) }),
      script: [told('lead.created', '2026-03-02T09:00Z')],
    });
    const score = 0;
    expect(moments).toEqual([
      { at: monday, kind: 'event', what: 'lead.created', because: 'told by test', score },
      { at: monday, sequence: 'welcome', kind: 'enter', what: 'entered', because: 'lead.created', score },
      {
        at: monday,
        sequence: 'welcome',
        step: 'hello',
        kind: 'mail',
        what: 'Hello',
        because: 'its turn has come',
        template: 'hello',
        score,
      },
      { at: monday, sequence: 'welcome', step: 'hello', kind: 'step', what: 'accepted', because: '', score },
      { at: monday, sequence: 'welcome', step: '2', kind: 'step', what: 'tagged', because: 'greeted', score },
      {
        at: monday,
        sequence: 'welcome',
        step: '3',
        kind: 'wait',
        what: 'waits',
        because: '2 days to pass',
        until: at('2026-03-04T09:00Z'),
        score,
      },
      {
        at: at('2026-03-04T09:00Z'),
        sequence: 'welcome',
        step: 'more',
        kind: 'mail',
        what: 'Ada, more',
        because: 'its turn has come',
        template: 'more',
        score,
      },
      {
        at: at('2026-03-04T09:00Z'),
        sequence: 'welcome',
        step: 'more',
        kind: 'step',
        what: 'accepted',
        because: '',
        score,
      },
      {
        at: at('2026-03-04T09:00Z'),
        sequence: 'welcome',
        step: null,
        kind: 'leave',
        what: 'left',
        because: 'finished',
        score,
      },
    ]);
  });

  test('ends at its end', () => {
    const files = { welcome: { steps: [{ wait: '5 days' }, hello] } };
    const until = (day: string) => inShort(played({ files, script: [called], until: at(day) }), 'mail');
    expect(until('2026-03-07T08:59Z')).toEqual([]);
    expect(until('2026-03-07T09:00Z')).toEqual(['07 09:00 mail Hello']);
  });

  test('changes nothing of what it is given', () => {
    const world = aWorld({ running: [running({ steps: [hello, { set: { 'lead.a': 1 } }] })] });
    const before = JSON.stringify(world);
    played({ files: { welcome: { steps: [hello] } }, world });
    expect(JSON.stringify(world)).toBe(before);
  });

  test('goes on where runs stand', () => {
    const welcome = { steps: [{ wait: '3 days' }, hello] };
    expect(inShort(played({ files: { welcome }, world: aWorld({ running: [running(welcome)] }) }), 'mail')).toEqual([
      '05 09:00 mail Hello',
    ]);
  });

  test('takes mails on their way to be accepted, and calls under way to be answered', () => {
    const welcome = {
      steps: [
        hello,
        { id: 'crm', webhook: { url: 'https://crm.example.com' } },
        { ...more, if: { 'response.crm.status': 200 } },
      ],
    };
    const moments = played({
      files: { welcome },
      world: aWorld({ running: [running(welcome)] }),
      mails: new Map([['run', new Map([['hello', { state: 'sending' }]])]]),
      calls: new Map([['run', new Map([['crm', { state: 'waiting', answer: {} }]])]]),
    });
    expect(inShort(moments)).toEqual([
      '02 09:00 step accepted',
      '02 09:00 step called crm.example.com',
      '02 09:00 mail More',
      '02 09:00 step accepted',
      '02 09:00 leave left',
    ]);
  });

  test('shows the score and the stage as they stand after each thing', () => {
    const moments = played({
      files: { welcome: { steps: [{ wait: '9 days' }] } },
      funnel: aFunnel({ lead: { on: 'lead.created' }, warm: { if: { score: { gte: 10 } } } }),
      scoring: aScoring([{ on: 'clicked', points: 10 }]),
      script: [told('lead.created', '2026-03-02T09:00Z'), told('clicked', '2026-03-03T09:00Z')],
    });
    expect(moments.map(({ what, score, stage }) => [what, score, stage])).toEqual([
      ['lead.created', 0, undefined],
      ['enters the stage lead', 0, 'lead'],
      ['clicked', 10, 'lead'],
      ['enters the stage warm', 10, 'warm'],
    ]);
  });

  test('lets an event pass that no rule minds, and looks at nobody for it', () => {
    const moments = played({
      files: { welcome: { steps: [{ waitFor: { 'lead.trialEnds': { before: 'now' } }, upTo: '9 days' }] } },
      world: aWorld({ facts: facts({ lead: { attributes: { trialEnds: '2026-03-02T10:00Z' } } }) }),
      script: [called, told('delivered', '2026-03-02T10:30Z')],
    });
    expect(inShort(moments)).toEqual([
      '02 09:00 event sequence.called welcome',
      '02 09:00 enter entered',
      '02 09:00 wait waits',
      '02 10:30 event delivered',
      '02 15:00 step took "then"',
      '02 15:00 leave left',
    ]);
  });
});

describe('steps that reach out', () => {
  test('tell of a notice, and mail the lead nothing by it', () => {
    const notify = { email: 'sales@example.com', template: 'internal/hot', subject: 'Call {{lead.email}}' };
    const moments = played({
      files: { welcome: { steps: [{ id: 'n', notify }] } },
      script: [called],
      respond: () => [told('opened', '2026-03-02T10:00Z')],
    });
    expect(inShort(moments, 'notice', 'mail', 'step')).toEqual([
      '02 09:00 notice Call ada@example.com',
      '02 09:00 step notified',
    ]);
    expect(moments.find(({ kind }) => kind === 'notice')).toMatchObject({
      because: 'to sales@example.com',
      template: 'internal/hot',
    });
  });

  const crm = [
    { id: 'crm', webhook: { url: 'https://crm.example.com/hook?key=secret' } },
    {
      choose: [
        { if: { 'response.crm.status': { gte: 400 } }, then: [{ exit: 'refused' }] },
        { if: { 'response.crm.plan': 'gold' }, then: [hello] },
      ],
      otherwise: [more],
    },
  ];

  test.each<[string, Simulation['answers'], readonly string[]]>([
    ['200 unless said', undefined, ['02 09:00 mail More', '02 09:00 leave left']],
    ['what is said', { crm: { plan: 'gold' } }, ['02 09:00 mail Hello', '02 09:00 leave left']],
    ['another status when that is said', { crm: { status: 404, plan: 'gold' } }, ['02 09:00 leave left']],
    [
      '200 when another is said to answer otherwise',
      { other: { status: 500 } },
      ['02 09:00 mail More', '02 09:00 leave left'],
    ],
  ])('are answered %s', (_, answers, ends) => {
    const moments = played({ files: { welcome: { steps: crm } }, script: [called], ...(answers ? { answers } : {}) });
    expect(inShort(moments, 'mail', 'leave')).toEqual(ends);
    expect(moments.find(({ kind }) => kind === 'call')).toMatchObject({
      what: 'crm.example.com',
      because: answers?.['crm']?.['status'] === 404 ? 'taken to answer 404' : 'taken to answer 200',
    });
  });
});

describe('a wait', () => {
  test('for a condition is told once, though it is looked at again and again', () => {
    const waiting = { steps: [{ waitFor: { tag: 'a' }, upTo: '9 days' }] };
    expect(inShort(played({ files: { welcome: waiting }, script: [called] }))).toEqual([
      '02 09:00 event sequence.called welcome',
      '02 09:00 enter entered',
      '02 09:00 wait waits',
      '11 09:00 step took "else"',
      '11 09:00 leave left',
    ]);
  });

  test('is told again when another begins', () => {
    const waiting = { steps: [{ wait: '1 day' }, { wait: '1 day' }] };
    expect(inShort(played({ files: { welcome: waiting }, script: [called] }), 'wait')).toEqual([
      '02 09:00 wait waits',
      '03 09:00 wait waits',
    ]);
  });

  test('for an event ends when it comes', () => {
    const waiting = { steps: [{ waitFor: 'page.viewed:/pricing', upTo: '9 days', then: [hello], else: [more] }] };
    const viewed = told('page.viewed', '2026-03-04T12:30Z', { about: '/pricing' });
    expect(inShort(played({ files: { welcome: waiting }, script: [called, viewed] }), 'mail')).toEqual([
      '04 12:30 mail Hello',
    ]);
    expect(inShort(played({ files: { welcome: waiting }, script: [called] }), 'mail')).toEqual(['11 09:00 mail More']);
  });

  test('ends when the goal behind it is reached', () => {
    const waiting = { steps: [hello, { wait: '20 days' }, { goal: { event: 'booked' } }, more] };
    expect(
      inShort(played({ files: { welcome: waiting }, script: [called, told('booked', '2026-03-05T10:00Z')] }), 'mail'),
    ).toEqual(['02 09:00 mail Hello', '05 10:00 mail More']);
  });

  test('for a segment ends when the lead comes into it', () => {
    const waiting = { steps: [{ waitFor: 'segment.entered:hot', upTo: '20 days', then: [hello] }] };
    const moments = played({
      files: { welcome: waiting },
      segments: { hot: { tag: 'warm' } },
      script: [called, told('tag.added', '2026-03-05T10:00Z', { about: 'warm' })],
    });
    expect(inShort(moments, 'mail')).toEqual(['05 10:00 mail Hello']);
  });
});

describe('a lead that responds', () => {
  const click =
    (message: string): NonNullable<Simulation['respond']> =>
    ({ at: sentAt, enrollment, sequence, step }) => {
      const clickedAt = new Date(sentAt.getTime() + 60_000);
      const about = 'https://example.com/docks';
      return [anEvent('clicked', { id: `click ${step}`, at: clickedAt, message, about, enrollment, sequence, step })];
    };

  test('is seen by the conditions of its run', () => {
    const welcome = {
      steps: [
        hello,
        {
          waitFor: { clicked: 'hello' },
          upTo: '3 days',
          then: [{ ...more, if: { clicked: 'https://example.com/docks*' } }],
        },
      ],
    };
    expect(inShort(played({ files: { welcome }, script: [called], respond: click('m') }), 'mail', 'event')).toEqual([
      '02 09:00 event sequence.called welcome',
      '02 09:00 mail Hello',
      '02 09:01 event clicked https://example.com/docks',
      '02 09:01 mail More',
      '02 09:02 event clicked https://example.com/docks',
    ]);
  });

  test('is told to whoever asks with the mail that it had', () => {
    const seen: string[] = [];
    played({
      files: {
        welcome: {
          steps: [
            {
              id: 's',
              split: { a: { ...hello, weight: 0 }, b: { steps: [{ id: 'long', send: 'b/long', subject: 'B' }] } },
            },
          ],
        },
      },
      script: [called],
      respond: ({ lead, sequence, step, template }) => {
        seen.push(`${lead} ${sequence} ${step} ${template}`);
        return [];
      },
    });
    expect(seen).toEqual(['ada welcome long b/long']);
  });

  test('is picked for by what it clicked and by what it had', () => {
    const pool = [
      { send: 'gates', subject: 'Gates', interests: 'https://example.com/gates' },
      { send: 'docks', subject: 'Docks', interests: 'https://example.com/docks' },
    ];
    const welcome = {
      steps: [
        hello,
        { wait: '1 day' },
        { id: 'p', pick: pool },
        { wait: '1 day' },
        { id: 'q', pick: pool },
        { id: 'r', pick: pool },
      ],
    };
    const moments = played({
      files: { welcome },
      script: [called],
      respond: (mail) => (mail.step === 'hello' ? click('m')(mail) : []),
    });
    expect(inShort(moments, 'mail', 'step').filter((line) => !line.endsWith('accepted'))).toEqual([
      '02 09:00 mail Hello',
      '03 09:00 step picked "docks"',
      '03 09:00 mail Docks',
      '04 09:00 step picked "gates"',
      '04 09:00 mail Gates',
      '04 09:00 step picked nothing',
    ]);
  });
});

describe('what time brings about', () => {
  const renewal = { enroll: { on: { date: 'lead.renewalDate', before: '7 days' } }, steps: [hello] };
  const withDate = (renewalDate: string) => aWorld({ facts: facts({ lead: { attributes: { renewalDate } } }) });

  test.each<[string, string, readonly string[]]>([
    ['on their day', '2026-03-20', ['13 09:00 mail Hello']],
    ['not when it has passed', '2026-03-08', []],
    ['not at the very beginning, which is past', '2026-03-09', []],
    ['not beyond the end', '2026-05-01', []],
  ])('sequences begin by dates of the lead %s', (_, date, mails) => {
    expect(inShort(played({ files: { renewal }, world: withDate(date) }), 'mail')).toEqual(mails);
  });

  test('each of several sequences begins that a date starts at one instant', () => {
    const moments = played({ files: { renewal, other: { ...renewal, steps: [more] } }, world: withDate('2026-03-20') });
    expect(inShort(moments, 'mail')).toEqual(['13 09:00 mail Hello', '13 09:00 mail More']);
  });

  test('a date that changes on the way counts as it then stands', () => {
    const script = [told('lead.updated', '2026-03-05T09:00Z', { data: { renewalDate: '2026-03-30' } })];
    expect(inShort(played({ files: { renewal }, world: withDate('2026-03-20'), script }), 'mail')).toEqual([
      '23 09:00 mail Hello',
    ]);
  });

  test('a date counts though the lead changes at the very instant', () => {
    const script = [told('lead.updated', '2026-03-13T09:00Z', { data: { size: 5 } })];
    expect(inShort(played({ files: { renewal }, world: withDate('2026-03-20'), script }), 'mail')).toEqual([
      '13 09:00 mail Hello',
    ]);
  });

  test('a date counts once, though what it starts changes the lead at once', () => {
    const files = {
      renewal: { enroll: { ...renewal.enroll, again: 'always' }, steps: [{ set: { 'lead.reminded': true } }] },
    };
    expect(inShort(played({ files, world: withDate('2026-03-20') }), 'event', 'enter')).toEqual([
      '13 09:00 event sequence.called renewal',
      '13 09:00 enter entered',
    ]);
  });

  test('a date is read on the clock of the zone that the lead has then', () => {
    const script = [told('lead.updated', '2026-03-05T09:00Z', { data: { timezone: 'America/New_York' } })];
    expect(inShort(played({ files: { renewal }, world: withDate('2026-03-20'), script }), 'mail')).toEqual([
      '13 13:00 mail Hello',
    ]);
  });

  test('yearly dates come back', () => {
    const birthday = {
      enroll: { on: { date: 'lead.birthday', yearly: true, at: '10:00' }, again: 'always' },
      steps: [hello],
    };
    const world = aWorld({ facts: facts({ lead: { attributes: { birthday: '1985-03-10' } } }) });
    const moments = played({ files: { birthday }, world, until: at('2028-01-01T00:00Z') });
    expect(moments.filter(({ kind }) => kind === 'mail').map((moment) => moment.at)).toEqual([
      at('2026-03-10T10:00Z'),
      at('2027-03-10T10:00Z'),
    ]);
  });

  test('newsletters go to whom they are meant for, each time', () => {
    const news = {
      schedule: '0 10 * * MON',
      timezone: 'Europe/Paris',
      audience: { not: { tag: 'quiet' } },
      steps: [hello],
    };
    const script = [told('tag.added', '2026-03-10T09:00Z', { about: 'quiet' })];
    expect(inShort(played({ files: { news } }), 'mail')).toEqual([
      '09 09:00 mail Hello',
      '16 09:00 mail Hello',
      '23 09:00 mail Hello',
      '30 08:00 mail Hello',
    ]);
    expect(inShort(played({ files: { news }, script }), 'mail')).toEqual(['09 09:00 mail Hello']);
  });

  test('segments are entered by time alone', () => {
    const moments = played({
      files: { late: { enroll: { on: 'segment.entered:ending' }, steps: [hello] } },
      segments: { ending: { 'lead.trialEnds': { before: 'in 3 days' } } },
      world: aWorld({ facts: facts({ lead: { attributes: { trialEnds: '2026-03-10' } } }) }),
    });
    expect(inShort(moments, 'mail', 'event')).toEqual([
      '08 06:00 event segments.looked-at',
      '08 06:00 event segment.entered ending',
      '08 06:00 mail Hello',
    ]);
  });
});

describe('the ways between sequences', () => {
  test('lead into others and out of them', () => {
    const moments = played({
      files: {
        welcome: { steps: [{ wait: '1 day' }, { unenroll: 'nurture' }, { enroll: 'demo' }] },
        nurture: { enroll: { on: 'lead.created' }, steps: [{ wait: '9 days' }, more] },
        demo: { steps: [hello] },
      },
      script: [told('lead.created', '2026-03-02T09:00Z'), called],
    });
    expect(inShort(moments, 'enter', 'leave', 'mail')).toEqual([
      '02 09:00 enter entered',
      '02 09:00 enter entered',
      '03 09:00 leave left',
      '03 09:00 enter entered',
      '03 09:00 leave left',
      '03 09:00 mail Hello',
      '03 09:00 leave left',
    ]);
    expect(moments.find(({ kind }) => kind === 'leave')).toMatchObject({
      sequence: 'nurture',
      because: 'taken out by welcome',
    });
  });

  test('lead through stages that steps set, also backwards', () => {
    const moments = played({
      files: {
        welcome: { steps: [{ stage: 'customer' }, { wait: '1 day' }, { stage: 'lead' }] },
        customers: {
          stage: 'customer',
          enroll: { on: 'stage.entered' },
          exit: { onStageChange: true },
          steps: [{ wait: '9 days' }],
        },
      },
      funnel: aFunnel({ lead: { on: 'lead.created' }, customer: { on: 'converted' } }),
      script: [called],
    });
    expect(inShort(moments, 'stage', 'enter', 'leave')).toEqual([
      '02 09:00 enter entered',
      '02 09:00 stage enters the stage customer',
      '02 09:00 enter entered',
      '03 09:00 stage enters the stage lead',
      '03 09:00 leave left',
      '03 09:00 leave left',
    ]);
  });

  test('have a run for each value of a field, side by side', () => {
    const orders = { enroll: { on: 'order.placed', again: { perKey: 'orderId' } }, steps: [{ wait: '2 days' }, hello] };
    const placed = (when: string, orderId: string) => told('order.placed', when, { data: { orderId } });
    const script = [
      placed('2026-03-02T10:00Z', 'A'),
      placed('2026-03-02T11:00Z', 'B'),
      placed('2026-03-02T12:00Z', 'A'),
    ];
    expect(inShort(played({ files: { orders }, script }), 'mail')).toEqual([
      '04 10:00 mail Hello',
      '04 11:00 mail Hello',
    ]);
  });

  test('are taken to their end when the lead may get no more mail', () => {
    const moments = played({
      files: { welcome: { steps: [{ wait: '9 days' }, hello] } },
      script: [called, told('unsubscribed', '2026-03-03T09:00Z')],
    });
    expect(inShort(moments, 'leave', 'mail')).toEqual(['03 09:00 leave left']);
  });

  test('that send each other round come to an end all the same', () => {
    const moments = played({
      files: {
        a: { enroll: { on: 'tag.added:x', again: 'always' }, steps: [{ untag: 'x' }, { wait: '1 day' }, { tag: 'y' }] },
        b: { enroll: { on: 'tag.added:y', again: 'always' }, steps: [{ untag: 'y' }, { wait: '1 day' }, { tag: 'x' }] },
      },
      world: aWorld({ facts: facts({ lead: aLead() }) }),
      script: [told('tag.added', '2026-03-02T09:00Z', { about: 'x' })],
    });
    expect(inShort(moments, 'enter')).toHaveLength(31);
  });
});

describe('mails of several sequences for one lead', () => {
  const delivery: Delivery = { ...noDelivery, caps: [{ atMost: 1, per: { amount: 1, unit: 'days' } }] };
  const onCreated = { enroll: { on: 'lead.created' } };
  const news = { ...onCreated, priority: -5, steps: [{ send: 'news', subject: 'News' }] };
  const shop = { ...onCreated, priority: 5, steps: [{ send: 'shop', subject: 'Shop' }] };
  const welcome = { ...onCreated, steps: [hello, { wait: '2 days' }, more] };
  const script = [told('lead.created', '2026-03-02T09:00Z')];

  test('go in the order of their priority, one as soon as the cap lets it after the other', () => {
    const moments = played({ files: { news, welcome, shop }, delivery, script });
    expect(inShort(moments, 'mail')).toEqual([
      '02 09:00 mail Shop',
      '03 09:00 mail Hello',
      '04 09:00 mail News',
      '05 09:00 mail More',
    ]);
  });

  test('go all at once where there is no cap, those of one priority in the order in which their runs began', () => {
    const moments = played({ files: { news, a: { ...welcome, priority: -5 }, shop }, script });
    expect(inShort(moments, 'mail').slice(0, 3)).toEqual([
      '02 09:00 mail Shop',
      '02 09:00 mail News',
      '02 09:00 mail Hello',
    ]);
  });

  test('tell whoever waits for whom', () => {
    const moments = played({ files: { welcome, shop }, delivery, script });
    const because = 'the frequency cap of 1 in 1 day: "shop/shop" went at 2026-03-02 09:00';
    expect(moments).toContainEqual({
      at: monday,
      sequence: 'welcome',
      step: 'hello',
      kind: 'wait',
      what: 'waits',
      because,
      until: at('2026-03-03T09:00Z'),
      score: 0,
    });
    expect(moments).toContainEqual(
      expect.objectContaining({ sequence: 'welcome', kind: 'step', what: 'held back', because }),
    );
  });

  test('that are urgent wait for none, and leave no place to the others', () => {
    const receipt = {
      ...onCreated,
      send: { urgent: true },
      steps: [{ wait: '3 hours' }, { send: 'receipt', subject: 'Receipt' }],
    };
    const moments = played({ files: { receipt, shop, later: { ...welcome, priority: 1 } }, delivery, script });
    expect(inShort(moments, 'mail')).toEqual([
      '02 09:00 mail Shop',
      '02 12:00 mail Receipt',
      '03 12:00 mail Hello',
      '05 12:00 mail More',
    ]);
  });

  test('count from before the simulation; one on its way is taken to go as it begins', () => {
    const world = (recent: Facts['recent']) => aWorld({ facts: facts({ recent }) });
    const before = { at: at('2026-03-01T15:00Z'), sequence: 'old', step: 'mail' };
    const first = (recent: Facts['recent']) =>
      inShort(played({ files: { shop }, delivery, script, world: world(recent) }), 'mail');
    expect(first([before])).toEqual(['02 15:00 mail Shop']);
    expect(first([{ ...before, isUnderWay: true }])).toEqual(['03 09:00 mail Shop']);
  });

  test('wait for the end of the quiet hours', () => {
    const quiet = { ...noDelivery, quietHours: { from: 540, to: 630, timeZone: 'lead' } };
    expect(inShort(played({ files: { shop }, delivery: quiet, script }), 'mail')).toEqual(['02 10:30 mail Shop']);
  });
});
