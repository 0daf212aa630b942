import * as fc from 'fast-check';

/** JSON as a marketer would write it. */
export type Written = Readonly<Record<string, unknown>>;

/** What generated projects speak of. */
export const vocabulary = {
  templates: ['mail/alpha', 'mail/beta', 'mail/gamma', 'mail/delta', 'mail/epsilon'],
  links: ['https://example.com/pricing', 'https://example.com/docs', 'https://example.com/docs/start'],
  tags: ['red', 'blue', 'hot'],
  stages: ['new', 'warm', 'won'],
  segments: ['big', 'keen', 'recent'],
  plans: ['free', 'team', 'Gold'],
  days: [
    '2026-02-28',
    '2026-03-29',
    '2026-03-31',
    '2026-04-30',
    '2026-05-31',
    '2026-10-25',
    '2024-02-29',
    '2025-12-31',
    '2026-07-04T14:30:00Z',
    '2026-09-15 08:15',
  ],
  zones: ['UTC', 'Europe/Paris', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu'],
  /** Ends of `http://hooks.example.com/answers/<number>`; what is answered there. */
  answers: [
    { status: 200, body: { plan: 'gold', seats: 5, ok: true } },
    { status: 200, body: { plan: 'free', seats: 0, inner: { deep: 1 }, list: ['a'] } },
    { status: 201, body: {} },
    { status: 204, body: undefined },
    { status: 404, body: { error: 'nobody', status: 'odd' } },
    { status: 422, body: { ok: false } },
  ],
} as const;

const { templates, links, tags, stages, segments, plans, days, zones, answers } = vocabulary;

type Choice<T> = fc.WeightedArbitrary<T>;
const often = <T>(arbitrary: fc.Arbitrary<T>, weight = 4): Choice<T> => ({ weight, arbitrary });
const seldom = <T>(arbitrary: fc.Arbitrary<T>): Choice<T> => ({ weight: 1, arbitrary });
const one = fc.constantFrom;
const written = (
  shape: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  needed?: readonly string[],
): fc.Arbitrary<Written> => fc.record(shape, needed ? { requiredKeys: [...needed] } : {});
const oneOrMore = (choices: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(one(...choices), fc.uniqueArray(one(...choices), { minLength: 1, maxLength: 2 }));

export const aShortTime = fc
  .tuple(fc.integer({ min: 1, max: 5 }), one('minutes', 'hours', 'days', 'days'))
  .map(([amount, unit]) => `${amount} ${unit}`);
const aLongTime = one('1 week', '10 days', '2 weeks', '1 month', '30 days');
const aLength = fc.oneof(often(aShortTime), seldom(aLongTime));
const anHour = fc.integer({ min: 4, max: 22 });
const aTimeOfDay = fc.tuple(anHour, one('00', '30', '15')).map(([hour, minutes]) => `${pad(hour)}:${minutes}`);

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

/** Not over the hours that the nights of a changing clock repeat: send-window.test.ts says what happens then. */
export const aWindow: fc.Arbitrary<Written> = fc
  .record(
    {
      days: one('mon-fri', 'mon-sun', 'tue', 'sat, sun', 'mon, wed, fri', 'fri-mon'),
      from: fc.integer({ min: 4, max: 20 }),
      hours: fc.integer({ min: 1, max: 12 }),
      timezone: one('lead', ...zones),
      holidays: one('fr', ['fr', 'company']),
    },
    { requiredKeys: ['from', 'hours'] },
  )
  .map(({ from, hours, ...rest }) => ({
    ...rest,
    between: [`${pad(from)}:00`, `${pad(Math.min(23, from + hours))}:00`],
  }));

const aPointsTest = fc.oneof(
  fc
    .tuple(one('gte', 'gt', 'lt', 'lte'), fc.integer({ min: -5, max: 40 }))
    .map(([how, than]): Written => ({ [how]: than })),
  fc.integer({ min: 0, max: 20 }),
);
const aDate = one(
  'today',
  'now',
  'tomorrow',
  'in 7 days',
  '30 days ago',
  'in 3 hours',
  '2026-04-01',
  '2026-06-01 12:00',
);

/** A question about who the lead is. */
const aboutFields: fc.Arbitrary<Written> = fc.oneof(
  written({
    'lead.plan': fc.oneof(
      one(...plans),
      one(
        { in: ['free', 'gold'] },
        { not: 'team' },
        { contains: 'o' },
        { startsWith: 'G' },
        { matches: 'e+' },
        { exists: false },
      ),
    ),
  }),
  written({ 'lead.size': fc.oneof(aPointsTest, one({ in: [5, 10] }, { exists: true })) }),
  written({ 'lead.vip': fc.boolean() }),
  written({ 'lead.seen': one({ contains: 'a' }, { exists: false }) }),
  one<Written>(
    { 'lead.timezone': { startsWith: 'Europe' } },
    { 'lead.firstName': 'Ada' },
    { 'lead.email': { contains: '@' } },
  ),
  written({ tag: one(...tags) }),
  written({ stage: one(...stages) }),
);

const aboutDates: fc.Arbitrary<Written> = fc
  .tuple(one('renewal', 'renewal', 'createdAt'), one('before', 'after', 'on'), aDate)
  .map(([field, how, date]) => ({ [`lead.${field}`]: { [how]: date } }));

const aboutEvents: fc.Arbitrary<Written> = fc.oneof(
  written(
    {
      event: one('demo.booked', 'converted', 'clicked', 'opened', 'tag.added', 'lead.updated', 'stage.entered'),
      within: aLength,
      atLeast: fc.integer({ min: 1, max: 3 }),
    },
    ['event'],
  ),
  written({ event: one('page.viewed'), path: one('/pricing', '/docs*'), within: aLength }, ['event', 'path']),
  written(
    {
      event: one('order.placed'),
      where: one({ amount: { gte: 50 } }, { orderId: 'o1' }, { amount: { exists: true }, gift: false }),
    },
    ['event'],
  ),
);

const aboutPoints: fc.Arbitrary<Written> = fc
  .tuple(one('score', 'score', 'engagement', 'fit'), aPointsTest)
  .map(([of, test]) => ({ [of]: test }));

/** A question that may be asked outside of sequences, too. */
const anyQuestion = fc.oneof(
  often(aboutFields, 5),
  often(aboutPoints, 3),
  often(aboutEvents, 3),
  seldom(aboutDates),
  seldom(written({ segment: one(...segments) })),
  seldom(written({ consent: one('granted', 'denied') })),
);

/** Stands for a mail or webhook of the sequence, until these have their names. */
const aboutSteps: fc.Arbitrary<Written> = fc.oneof(
  often(fc.record({ $mail: fc.nat(20), happened: one('sent', 'opened', 'clicked', 'replied', 'bounced') })),
  seldom(written({ clicked: one(...links, 'https://example.com/docs*') })),
  seldom(
    fc.record({
      $webhook: fc.nat(20),
      key: one('status', 'plan', 'seats', 'ok', 'inner'),
      test: one<unknown>('gold', true, { gte: 200 }, { exists: false }, 404),
    }),
  ),
);

function combined(leaf: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  const several = (inner: fc.Arbitrary<Written>) => fc.array(inner, { minLength: 1, maxLength: 2 });
  const inner = fc.oneof(often(leaf), seldom(leaf.map((of) => ({ not: of }))));
  return fc.oneof(
    often(leaf, 6),
    seldom(inner.map((of) => ({ not: of }))),
    seldom(several(inner).map((all) => ({ all }))),
    seldom(several(inner).map((any) => ({ any }))),
    seldom(
      fc.tuple(leaf, leaf).map(([a, b]) => ({
        ...a,
        ...('$mail' in a || '$webhook' in a ? {} : '$mail' in b || '$webhook' in b ? {} : b),
      })),
    ),
  );
}

export const aQuestionOutside = combined(fc.oneof(often(anyQuestion, 6), seldom(written({ clicked: one(...links) }))));
export const aQuestion = combined(fc.oneof(often(anyQuestion, 3), often(aboutSteps, 3)));

const aSubject = one('News', '{{lead.firstName "Hello"}}, some news', 'For {{lead.plan "you"}}');
const stepWindow = fc.oneof(often(one<unknown>(undefined)), seldom(one<unknown>('any time')), seldom(aWindow));
const aMail = written({ send: one(...templates), subject: aSubject, window: stepWindow });

const aTrigger = one(
  'stage.entered:warm',
  'form.submitted:paper',
  'tag.added',
  'tag.added:red',
  'tag.removed:blue',
  'field.changed',
  'field.changed:plan',
  'segment.entered:big',
  'segment.entered:keen',
  'segment.left:recent',
  'clicked',
  `clicked:${links[0]}`,
  'opened',
  'replied',
  'bounced',
  'converted',
  'page.viewed',
  'page.viewed:/pricing',
  'page.viewed:/docs*',
  'demo.booked',
  'order.placed',
);

const aWait: fc.Arbitrary<Written> = fc.oneof(
  often(written({ wait: aLength }), 5),
  written({ wait: one('1 business day', '2 business days', '5 working days') }),
  written({
    wait: written(
      {
        until: one(
          'tuesday 10:00',
          'friday',
          '10:00',
          'sun 08:30',
          '2026-04-01',
          '2026-07-01 09:30',
          'lead.renewal',
          '3 days before lead.renewal',
          '2 hours after lead.renewal',
          '1 month before lead.renewal 10:00',
          '1 day after lead.createdAt',
        ),
        timezone: one('lead', ...zones),
        missed: one('go on', 'exit'),
      },
      ['until'],
    ),
  }),
);

const aChange: fc.Arbitrary<Written> = fc.oneof(
  written({ tag: oneOrMore(tags) }),
  written({ untag: oneOrMore(tags) }),
  written({ score: fc.integer({ min: -15, max: 25 }), why: one('by chance', 'read it') }),
  written({
    set: fc.oneof(
      written({ 'lead.plan': one(...plans) }),
      written({ 'lead.size': fc.integer({ min: 0, max: 20 }) }),
      written({ 'lead.vip': fc.boolean() }),
      written({ 'lead.renewal': one(...days) }),
      written({ 'lead.seen': one(['a'], ['a', 'b']), 'lead.firstName': one('Ada', 'Grace') }),
      written({ 'lead.timezone': one(...zones) }),
    ),
  }),
  written({ stage: one(...stages) }),
  fc.record({ $enroll: fc.nat(5) }),
  fc.record({ $unenroll: fc.nat(5) }),
);

const aPoolItem = written(
  {
    send: one(...templates),
    subject: aSubject,
    window: stepWindow,
    stages: oneOrMore(stages),
    interests: one(links[0], ['https://example.com/docs*', links[0]]),
    if: aQuestion,
  },
  ['send', 'subject'],
);
const aPool = fc.uniqueArray(aPoolItem, { minLength: 1, maxLength: 4, selector: ({ send }) => send });

const anErrand: fc.Arbitrary<Written> = fc.oneof(
  written({
    notify: written(
      {
        email: one('sales@example.com', 'support@example.com'),
        template: one('internal/note'),
        subject: one('A lead'),
      },
      ['email', 'template'],
    ),
  }),
  written({
    webhook: written(
      {
        url: fc.nat(answers.length - 1).map((n) => `http://hooks.example.com/answers/${n}`),
        body: one({ plan: '{{lead.plan "none"}}', n: 1 }),
        upTo: aShortTime,
      },
      ['url'],
    ),
  }),
);

function onlyIf(step: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  return fc
    .tuple(step, fc.option(aQuestion, { freq: 4, nil: undefined }))
    .map(([own, when]) => (when ? { ...own, if: when } : own));
}

function aSplit(depth: number): fc.Arbitrary<Written> {
  const weight = fc.integer({ min: 0, max: 3 });
  const way = fc.oneof(
    often(
      fc.tuple(aMail, weight).map(([own, w]) => ({ ...own, weight: w })),
      2,
    ),
    written({ weight, steps: someSteps(depth + 1) }, ['steps']),
  );
  return written(
    {
      split: fc.record({ a: way.map((own) => ({ ...own, weight: 1 })), b: way, c: way }, { requiredKeys: ['a', 'b'] }),
      winner: written(
        {
          by: one('converted', 'demo.booked'),
          after: fc.integer({ min: 2, max: 50 }),
          deadline: aLength,
          tie: one('a', 'keep splitting'),
        },
        ['by', 'after'],
      ),
    },
    ['split'],
  );
}

function aNestedStep(depth: number): fc.Arbitrary<Written> {
  const inner = someSteps(depth + 1);
  const event = fc.oneof(aTrigger, one('demo.booked', 'order.placed', 'page.viewed:/pricing'));
  return fc.oneof(
    written({ if: aQuestion, then: inner, else: inner }, ['if', 'then']),
    onlyIf(
      written(
        {
          waitFor: fc.oneof(event, aQuestion),
          upTo: fc.oneof(often(aShortTime), seldom(one('1 week'))),
          then: inner,
          else: inner,
        },
        ['waitFor', 'upTo'],
      ),
    ),
    onlyIf(
      written(
        { choose: fc.array(written({ if: aQuestion, then: inner }), { minLength: 1, maxLength: 2 }), otherwise: inner },
        ['choose'],
      ),
    ),
    onlyIf(aSplit(depth)),
  );
}

function aStep(depth: number): fc.Arbitrary<Written> {
  return fc.oneof(
    often(onlyIf(aMail), 7),
    often(onlyIf(aWait), 5),
    often(onlyIf(aChange), 5),
    often(onlyIf(anErrand), 2),
    often(onlyIf(written({ pick: fc.oneof(aPool, one('main')), quiet: aShortTime }, ['pick'])), 2),
    seldom(onlyIf(written({ exit: one('by chance', 'handed over') }))),
    ...(depth < 2 ? [often(aNestedStep(depth), 4)] : []),
    ...(depth === 0
      ? [often(onlyIf(written({ goal: aQuestion, else: one('go on', 'wait', 'exit') }, ['goal'])), 1)]
      : []),
  );
}

function someSteps(depth: number): fc.Arbitrary<readonly Written[]> {
  return fc.array(aStep(depth), { minLength: depth === 0 ? 3 : 1, maxLength: depth === 0 ? 8 : 2, size: 'max' });
}

const aDateTrigger = fc
  .tuple(
    written({ date: one('lead.renewal', 'lead.renewal', 'lead.createdAt'), yearly: fc.boolean(), at: aTimeOfDay }, [
      'date',
    ]),
    fc.option(fc.tuple(one('before', 'after'), one('7 days', '1 day', '2 hours', '1 month', '1 week'))),
  )
  .map(([trigger, offset]) => (offset ? { ...trigger, [offset[0]]: offset[1] } : trigger));

const anAgain = fc.oneof(
  one('never', 'always', 'after 1 day', 'after 5 days'),
  one({ perKey: 'orderId' }, { perKey: 'gift' }),
);

const anEnroll = written(
  {
    on: fc
      .tuple(
        fc.array(fc.oneof(often(aTrigger), seldom(aDateTrigger)), { maxLength: 2 }),
        one('lead.created', 'lead.created', 'stage.entered', 'stage.entered:new'),
      )
      .map(([more, first]) => [first, ...more]),
    if: fc.oneof(often(one<Written>({ 'lead.email': { exists: true } })), seldom(aQuestionOutside)),
    again: anAgain,
  },
  ['on'],
);

const aStart: fc.Arbitrary<Written> = fc.oneof(
  often(
    anEnroll.map((enroll) => ({ enroll })),
    7,
  ),
  seldom(
    written({
      enroll: written(
        { on: fc.array(fc.oneof(aTrigger, aDateTrigger), { minLength: 1, maxLength: 3 }), again: anAgain },
        ['on'],
      ),
    }),
  ),
  seldom(
    written(
      {
        schedule: one('0 10 * * *', '30 7 * * 1', '0 18 1,15 * *'),
        timezone: one(...zones.filter((zone) => zone !== 'Australia/Lord_Howe')),
        audience: aQuestionOutside,
      },
      ['schedule'],
    ),
  ),
);

const anExit = fc.oneof(
  written({ on: fc.array(aTrigger, { minLength: 1, maxLength: 2 }), onStageChange: fc.boolean() }, []),
  written({ if: aQuestion }),
);
const aHeader = written(
  {
    stage: one(...stages),
    exit: fc.oneof(often(one<Written>({ on: ['converted'] })), seldom(anExit)),
    goal: fc.oneof(often(one<Written>({ event: 'demo.booked' })), seldom(aQuestion)),
    send: written({ window: aWindow, replyTo: one('sales@example.com') }, []),
    inFlight: one('pin', 'pin', 'pin', 'pin', 'pin', 'pin', 'drain'),
  },
  [],
);

/** A sequence file without its names: steps may speak of the mails and webhooks that stand anywhere in it. */
const aRoughSequence = fc.record({
  start: aStart,
  header: fc.oneof(one<Written>({}), aHeader),
  steps: someSteps(0),
  pool: aPool,
});
type RoughSequence = {
  readonly start: Written;
  readonly header: Written;
  readonly steps: readonly Written[];
  readonly pool: readonly Written[];
};

/** Sequence files by name, each as a marketer would write it. */
export const someSequences: fc.Arbitrary<ReadonlyMap<string, Written>> = fc
  .array(aRoughSequence, { minLength: 1, maxLength: 3, size: 'max' })
  .map((rough) => {
    const names = rough.map((_, i) => `s${i + 1}`);
    return new Map(rough.map((sequence, i) => [names[i] ?? '', named(sequence, names, i)]));
  });

/** Gives every step that can be asked about its name, and every question about one a name that there is. */
function named({ start, header, steps, pool }: RoughSequence, names: readonly string[], place: number): Written {
  const mails: string[] = [];
  const webhooks: string[] = [];
  const id = (kind: string, list: string[]): string => {
    list.push(`${names[place]}-${kind}${list.length + 1}`);
    return list.at(-1) ?? '';
  };
  const others: string[] = [];
  const nameSteps = (list: readonly Written[]): readonly Written[] => list.map(nameStep);
  const nameStep = (step: Written): Written => {
    if ('send' in step) return { id: id('m', mails), ...step };
    if ('pick' in step) return { id: id('m', mails), ...step };
    if ('webhook' in step) return { id: id('w', webhooks), ...step };
    if ('goal' in step) return { id: id('g', others), ...step };
    // A sequence may start those after it only: a circle without a wait would be refused.
    if ('$enroll' in step)
      return place + 1 < names.length ? called('enroll', step, names.slice(place + 1)) : { tag: 'hot' };
    if ('$unenroll' in step) return called('unenroll', step, names);
    if ('split' in step) {
      const ways = Object.entries(asWritten(step['split']));
      const own = ways.some(([, way]) => 'send' in asWritten(way)) ? id('m', mails) : id('x', others);
      return {
        id: own,
        ...step,
        split: Object.fromEntries(ways.map(([name, way]) => [name, inLists(asWritten(way))])),
      };
    }
    return inLists(step);
  };
  const inLists = (step: Written): Written => {
    const lists = ['then', 'else', 'otherwise', 'steps'].flatMap((key) => {
      const list = step[key];
      return Array.isArray(list) ? [[key, nameSteps(list.map(asWritten))]] : [];
    });
    const { choose } = step;
    const ways = Array.isArray(choose) ? { choose: choose.map((way) => inLists(asWritten(way))) } : {};
    return { ...step, ...Object.fromEntries(lists), ...ways };
  };
  const own = nameSteps(steps);
  const asked = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(asked);
    if (typeof value !== 'object' || value === null) return value;
    const object = asWritten(value);
    if ('$mail' in object)
      return question(mails, Number(object['$mail']), (mail) => ({ [String(object['happened'])]: mail }));
    if ('$webhook' in object)
      return question(webhooks, Number(object['$webhook']), (step) => ({
        [`response.${step}.${String(object['key'])}`]: object['test'],
      }));
    return Object.fromEntries(
      Object.entries(object).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, asked(inner)]])),
    );
  };
  const send = { from: 'Mara Quay <mara@mail.example.com>', ...asWritten(header['send'] ?? {}) };
  return asWritten(
    asked({ name: `Sequence ${place + 1}`, ...start, ...header, send, pools: { main: pool }, steps: own }),
  );
}

function called(kind: string, { [`$${kind}`]: which, ...rest }: Written, names: readonly string[]): Written {
  return { [kind]: names[Number(which) % names.length], ...rest };
}

function question(names: readonly string[], which: number, ask: (name: string) => Written): Written {
  const name = names[which % Math.max(1, names.length)];
  return name === undefined ? { tag: 'red' } : ask(name);
}

function asWritten(value: unknown): Written {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const aRule = written(
  {
    on: fc.oneof(
      one('opened', 'clicked', 'replied', 'converted', 'page.viewed', 'order.placed', 'unsubscribed'),
      one(
        `clicked:${links[0]}`,
        'page.viewed:/pricing',
        'tag.added:hot',
        'stage.entered:warm',
        'field.changed:plan',
        'segment.entered:keen',
      ),
    ),
    points: fc.integer({ min: -10, max: 25 }),
    // No less than what one time is worth.
    cap: fc.integer({ min: 25, max: 40 }),
    halfLife: aLength,
  },
  ['on', 'points'],
);
const numbered = (rules: readonly Written[]): readonly Written[] =>
  rules.map((rule, i) => ({ id: `r${i + 1}`, ...rule }));

const aScoringFile = written({
  engagement: written(
    {
      rules: fc.array(aRule, { minLength: 1, maxLength: 5 }).map(numbered),
      halfLife: aLength,
      cap: fc.integer({ min: 5, max: 80 }),
    },
    ['rules'],
  ),
  fit: written(
    {
      rules: fc.array(
        written({ if: aboutFields, points: fc.integer({ min: -5, max: 15 }), why: one('who they are') }),
        { maxLength: 3 },
      ),
      cap: fc.integer({ min: 1, max: 20 }),
    },
    ['rules'],
  ),
});

/** How points fade, and how often a rule counts. */
const aFineRule: fc.Arbitrary<Written> = fc
  .tuple(
    aRule,
    fc.oneof(
      fc.constant<Written>({}),
      fc.constant<Written>({ halfLife: undefined, fade: 'none' }),
      aLength.map((linear) => ({ halfLife: undefined, fade: { linear } })),
    ),
    fc.oneof(
      fc.constant<Written>({}),
      fc.constant<Written>({ once: true }),
      written({ perDay: fc.integer({ min: 1, max: 2 }), again: aLength.map((length) => `after ${length}`) }),
    ),
    one('first', 'second', undefined),
  )
  .map(([rule, fading, counting, group]) => ({ ...rule, ...fading, ...counting, group }));
const aThreshold = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 0, max: 5 }),
    fc.oneof(fc.constant(undefined), aboutFields, fc.constant<Written>({ grid: ['A1', 'A2', 'B1', 'D3', 'D4'] })),
  )
  .map(([gte, room, asked]) => ({ score: { gte }, falls: { lt: gte - room }, if: asked }));

/** `scoring.json` with all that it may say. */
export const aFineScoring: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(aFineRule, { minLength: 2, maxLength: 6 }).map(numbered),
    aLength,
    fc.integer({ min: 10, max: 60 }),
    aThreshold,
    aThreshold,
  )
  .map(([rules, halfLife, cap, mql, sql]) =>
    JSON.stringify({
      engagement: { halfLife, floor: -10, rules },
      fit: { rules: [{ if: { tag: 'hot' }, points: 4, why: 'hot' }] },
      groups: { first: { cap }, second: {} },
      thresholds: [
        { name: 'mql', ...mql },
        { name: 'sql', ...sql },
      ],
      grid: { fit: [9, 6, 3], engagement: [20, 12, 5] },
    }),
  );

const anEnter = fc.oneof(
  written({ if: written({ score: fc.integer({ min: 1, max: 30 }).map((gte) => ({ gte })) }) }),
  written(
    {
      on: oneOrMore(['demo.booked', 'order.placed', 'clicked', 'page.viewed:/pricing', 'tag.added:hot']),
      if: aQuestionOutside,
    },
    ['on'],
  ),
  written({ if: aQuestionOutside }),
);
const aFunnelFile = fc.tuple(anEnter, anEnter, fc.boolean()).map(([warm, won, isPlain]) => ({
  stages: [
    { name: 'new', enter: { on: 'lead.created' } },
    { name: 'warm', enter: isPlain ? { if: { score: { gte: 10 } } } : warm },
    { name: 'won', enter: won },
  ],
}));

const aSegmentsFile = fc
  .record({
    big: aboutFields,
    keen: fc.oneof(aboutPoints, aboutFields),
    recent: fc.oneof(aboutEvents, aboutDates, fc.constant<Written>({ not: { segment: 'big' } })),
  })
  .map((rules) => ({
    segments: Object.fromEntries(Object.entries(rules).map(([name, condition]) => [name, { if: condition }])),
  }));

const calendarFiles = {
  fr: { name: 'France', days: ['05-01', '12-25', '2026-04-06', { date: '2026-05-14', name: 'Ascension' }] },
  company: { name: 'Ours', days: ['2026-03-02', '2026-03-03', '07-04'] },
};
const leadFile = {
  fields: {
    plan: { type: 'text' },
    size: { type: 'number' },
    vip: { type: 'yes/no' },
    renewal: { type: 'date' },
    seen: { type: 'list' },
  },
};

/** All JSON files of a project under `sequences/`, as texts by path. */
const aProjectOfFiles: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record({ sequences: someSequences, scoring: aScoringFile, funnel: aFunnelFile, segments: aSegmentsFile })
  .map(({ sequences, scoring, funnel, segments: own }) => {
    const files = {
      ...Object.fromEntries([...sequences].map(([name, file]) => [`${name}.json`, file])),
      'scoring.json': scoring,
      'funnel.json': funnel,
      'segments.json': own,
      'lead.json': leadFile,
      'calendars/fr.json': calendarFiles.fr,
      'calendars/company.json': calendarFiles.company,
    };
    return Object.fromEntries(Object.entries(files).map(([path, file]) => [path, JSON.stringify(file, null, 2)]));
  });

const someCaps = one<unknown>(
  undefined,
  { atMost: 1, per: '1 day' },
  { atMost: 1, per: '6 hours' },
  [
    { atMost: 1, per: '20 hours' },
    { atMost: 2, per: '3 days' },
  ],
  [
    { atMost: 2, per: '1 day' },
    { atMost: 3, per: '1 week' },
  ],
);

/** Quiet hours are shorter than any window, or at night: a mail that could never go would be refused. */
const someQuietHours = written(
  {
    between: one(['23:00', '04:00'], ['22:45', '03:30'], ['12:10', '13:00'], ['06:30', '07:15'], ['23:30', '24:00']),
    timezone: one('lead', ...zones),
  },
  ['between'],
);

/** What `delivery.json` says of leads; of transports it says nothing, as there is one only. */
export const aDeliveryFile: fc.Arbitrary<Written> = fc
  .record({ frequencyCap: someCaps, quietHours: fc.option(someQuietHours, { nil: undefined }) })
  .map((file) => asWritten(JSON.parse(JSON.stringify(file))));

/** What a sequence says of its place among the others. */
const aRank = fc.record({ priority: fc.integer({ min: -2, max: 2 }), isUrgent: fc.nat(5).map((n) => n === 0) });

function ranked(
  text: string,
  { priority, isUrgent }: { readonly priority: number; readonly isUrgent: boolean },
): string {
  const file = asWritten(JSON.parse(text));
  const send = { ...asWritten(file['send']), ...(isUrgent ? { urgent: true } : {}) };
  return JSON.stringify({ ...file, priority, send }, null, 2);
}

/** The same with `delivery.json`, and with sequences of which some go before others. */
export const aProjectWithDelivery: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record({
    files: aProjectOfFiles,
    delivery: aDeliveryFile,
    ranks: fc.array(aRank, { minLength: 3, maxLength: 3 }),
  })
  .map(({ files, delivery, ranks }) => {
    const texts = Object.entries(files).map(([path, text]) => {
      const rank = ranks[Number(/^s(\d)\.json$/.exec(path)?.[1]) - 1];
      return [path, rank ? ranked(text, rank) : text] as const;
    });
    return { ...Object.fromEntries(texts), 'delivery.json': JSON.stringify(delivery, null, 2) };
  });

export type WrittenLead = {
  readonly number: number;
  readonly firstName?: string;
  readonly timezone?: string;
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly tags: readonly string[];
  readonly consent: 'granted' | 'pending' | 'denied';
};

export const someAttributes: fc.Arbitrary<WrittenLead['attributes']> = fc.record(
  {
    plan: one(...plans),
    size: fc.integer({ min: 0, max: 20 }),
    vip: fc.boolean(),
    renewal: one(...days),
    seen: one(['a'], ['b']),
  },
  { requiredKeys: [] },
);

export const aLeadOfAnyKind: fc.Arbitrary<WrittenLead> = fc.record(
  {
    number: fc.nat(1000),
    firstName: one('Ada', 'Grace'),
    timezone: one(...zones),
    attributes: someAttributes,
    tags: fc.uniqueArray(one(...tags), { maxLength: 2 }),
    consent: fc.oneof(often(one('granted' as const), 12), seldom(one('pending' as const, 'denied' as const))),
  },
  { requiredKeys: ['number', 'attributes', 'tags', 'consent'] },
);

export type Happening = {
  readonly type: string;
  readonly about?: string;
  readonly data?: WrittenLead['attributes'];
  readonly hard?: boolean;
  readonly machine?: boolean;
};
/** Something that happens so many minutes after the beginning, or after a mail. */
export type Timed = Happening & { readonly minutes: number };

const aHappening: fc.Arbitrary<Happening> = fc.oneof(
  often(fc.record({ type: one('page.viewed'), about: one('/pricing', '/docs', '/docs/start') })),
  often(one<Happening>({ type: 'demo.booked' }, { type: 'converted' }, { type: 'form.submitted', about: 'paper' }), 3),
  often(
    fc.record({
      type: one('order.placed'),
      data: fc.record(
        { orderId: one('o1', 'o2', 'o3'), amount: fc.integer({ min: 1, max: 100 }), gift: fc.boolean() },
        { requiredKeys: [] },
      ),
    }),
    3,
  ),
  often(
    fc.record({
      type: one('lead.updated'),
      data: fc.oneof(someAttributes, fc.record({ timezone: one(...zones), firstName: one('Ada', 'Grace') })),
    }),
    3,
  ),
  often(fc.record({ type: one('tag.added', 'tag.removed'), about: one(...tags) }), 3),
  seldom(
    one<Happening>({ type: 'unsubscribed' }, { type: 'resubscribed' }, { type: 'complained' }, { type: 'replied' }),
  ),
);

const aReaction: fc.Arbitrary<Happening> = fc.oneof(
  often(one<Happening>({ type: 'opened' }, { type: 'opened', machine: true })),
  often(
    fc.record({ type: one('clicked'), about: one(...links), machine: fc.oneof(often(one(false)), seldom(one(true))) }),
    5,
  ),
  seldom(one<Happening>({ type: 'replied' }, { type: 'unsubscribed' }, { type: 'complained' })),
  seldom(fc.record({ type: one('bounced'), hard: fc.boolean() })),
);

const minutesIn = (most: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 1, max: most * 24 * 60 }),
    fc.integer({ min: 1, max: most * 24 }).map((hours) => hours * 60),
  );

/** A journey: who, when, how long, what happens, and what the lead does with mails of each template. */
export const aJourney = fc.record({
  lead: aLeadOfAnyKind,
  // Seventeen seconds past a minute, when no schedule strikes.
  from: fc.integer({ min: 0, max: 330 * 24 * 60 }).map((minutes) => new Date(Date.UTC(2026, 0, 1, 0, minutes, 17))),
  days: fc.integer({ min: 2, max: 25 }),
  script: fc.array(
    fc.tuple(minutesIn(20), aHappening).map(([minutes, happening]): Timed => ({ minutes, ...happening })),
    { minLength: 1, maxLength: 12, size: 'max' },
  ),
  reactions: fc.dictionary(
    one(...templates),
    fc.array(
      fc.tuple(minutesIn(4), aReaction).map(([minutes, happening]): Timed => ({ minutes, ...happening })),
      { maxLength: 3 },
    ),
  ),
  /** Which way has won at a split, if any has: by the place of the way, for each split in turn. */
  winners: fc.array(fc.option(fc.nat(2), { freq: 2 }), { maxLength: 3 }),
});
export type Journey = typeof aJourney extends fc.Arbitrary<infer T> ? T : never;
