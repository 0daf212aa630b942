/** What an editor offers to write. `${1:…}` is where the cursor goes first, with what stands there until then. */
export type Snippet = { readonly label: string; readonly description: string; readonly body: unknown };

/** A first file of each kind. */
export const fileSnippets = {
  sequence: snippet('sequence', 'for leads that enter a stage', {
    $schema: './schema/sequence.schema.json',
    name: '${1:White paper follow-up}',
    enroll: { on: '${2:form.submitted:white-paper}', again: '${3:after 90 days}' },
    exit: { on: ['replied', 'converted'] },
    send: {
      from: '${4:Mara Quay <mara@example.com>}',
      window: { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'lead' },
    },
    steps: [{ send: '${5:folder/template}', subject: '${6:What the inbox shows}' }, { wait: '${7:3 days}' }],
  }),
  funnel: snippet('funnel', 'stages in order', {
    $schema: './schema/funnel.schema.json',
    stages: [
      { name: '${1:welcome}', enter: { on: 'lead.created' } },
      { name: '${2:consideration}', enter: { if: { score: { gte: '^${3:25}' } } } },
    ],
  }),
  scoring: snippet('scoring', 'points for what leads do and are', {
    $schema: './schema/scoring.schema.json',
    engagement: { halfLife: '${1:30 days}', rules: [{ on: 'clicked', points: '^${2:10}', cap: '^${3:40}' }] },
    fit: { rules: [{ if: { 'lead.${4:companySize}': { gte: '^${5:200}' } }, points: '^${6:6}', why: '${7:large}' }] },
    thresholds: [{ name: '${8:mql}', score: { gte: '^${9:60}' }, falls: { lt: '^${10:45}' } }],
  }),
  lead: snippet('lead', 'fields of a lead', {
    $schema: './schema/lead.schema.json',
    fields: { '${1:company}': { type: '${2:text}' } },
  }),
  segments: snippet('segments', 'conditions with a name', {
    $schema: './schema/segments.schema.json',
    segments: { '${1:hot}': { if: { score: { gte: '^${2:60}' } }, description: '${3:Worth a call today.}' } },
  }),
  topics: snippet('topics', 'what leads may turn off', {
    $schema: './schema/topics.schema.json',
    topics: [{ name: '${1:product}', title: '${2:Product news}', about: '${3:What is new, at most once a month.}' }],
  }),
  delivery: snippet('delivery', 'what leads and transports can take', {
    $schema: './schema/delivery.schema.json',
    frequencyCap: { atMost: '^${1:1}', per: '${2:1 day}' },
    quietHours: { between: ['${3:21:00}', '${4:07:00}'], timezone: 'lead' },
  }),
  machines: snippet('machines', 'what opens and clicks besides people', {
    $schema: './schema/machines.schema.json',
    machines: [
      { name: '${1:Acme Mail Guard}', networks: ['${2:192.0.2.0/24}'], source: '${3:https://acme.example.com}' },
    ],
  }),
  sales: snippet('sales', 'who looks after leads', {
    $schema: './schema/sales.schema.json',
    currency: '${1:EUR}',
    owners: [{ email: '${2:dana@example.com}', name: '${3:Dana Okafor}' }],
  }),
  costs: snippet('costs', 'what was spent', {
    $schema: './schema/costs.schema.json',
    currency: '${1:EUR}',
    costs: [
      {
        what: '${2:Search ads}',
        source: '${3:ads}',
        from: '${4:2026-03-01}',
        until: '${5:2026-03-31}',
        amount: '^${6:2400}',
      },
    ],
  }),
  calendar: snippet('calendar', 'days without mail', {
    $schema: '../schema/calendar.schema.json',
    name: '${1:Public holidays}',
    days: [{ date: '${2:12-25}', name: '${3:Christmas Day}' }],
  }),
  form: snippet('form', 'a public form', {
    $schema: '../schema/form.schema.json',
    title: '${1:Get the white paper}',
    fields: [{ name: 'email', label: '${2:Work email}', type: 'email', required: true }],
  }),
  journey: snippet('journey', 'what a lead is expected to get', {
    $schema: '../schema/journey.schema.json',
    name: '${1:who does what, and gets what}',
    sequence: '${2:welcome}',
    from: '${3:2026-03-02 09:00}',
    expect: [],
  }),
  rates: snippet('rates', 'what many leads are supposed to do', {
    $schema: './sequences/schema/rates.schema.json',
    opened: '^${1:0.35}',
    clicked: '^${2:0.06}',
  }),
  brand: snippet('brand', 'who sends', {
    $schema: '../sequences/schema/brand.schema.json',
    name: '${1:Tallybay}',
    website: '${2:https://example.com}',
    postalAddress: '${3:Street, town, country}',
    logo: '${4:assets/logo.png}',
    logoAlt: '${5:Tallybay}',
  }),
} as const;

const wait = { wait: '${3:3 days}' };

/** One of each kind of step. */
export const stepSnippets: readonly Snippet[] = [
  snippet('send', 'a mail', { send: '${1:folder/template}', subject: '${2:What the inbox shows}' }),
  snippet('wait', 'a length of time', { wait: '${1:3 days}' }),
  snippet('wait until', 'a moment', { wait: { until: '${1:tuesday 10:00}' } }),
  snippet('waitFor', 'an event or a condition', {
    id: '${1:answer}',
    waitFor: '${2:page.viewed:/pricing}',
    upTo: '${3:3 days}',
    then: [{ tag: '${4:looked}' }],
  }),
  snippet('if', 'one of two ways', {
    if: { clicked: '${1:step}' },
    then: [{ tag: '${2:engaged}' }],
    else: [wait],
  }),
  snippet('choose', 'the first way that fits', {
    choose: [{ if: { 'lead.${1:country}': '${2:FR}' }, then: [{ tag: '${3:french}' }] }],
    otherwise: [{ tag: '${4:other}' }],
  }),
  snippet('split', 'ways by chance, for comparison', {
    id: '${1:nudge}',
    split: {
      a: { send: '${2:folder/template}', subject: '${3:One subject}' },
      b: { send: '${2:folder/template}', subject: '${4:Another subject}' },
    },
    winner: { by: '${5:clicked}', after: '^${6:200}', deadline: '${7:5 days}' },
  }),
  snippet('goal', 'where leads are pulled forward to', { id: '${1:booked}', goal: { event: '${2:booked}' } }),
  snippet('pick', 'the mail of a pool that fits best', { pick: '${1:blog}', quiet: '${2:4 days}' }),
  snippet('tag', 'puts it on', { tag: '${1:engaged}' }),
  snippet('untag', 'takes it off', { untag: '${1:quiet}' }),
  snippet('set', 'a field of the lead', { set: { 'lead.${1:readPaper}': '^${2:true}' } }),
  snippet('score', 'gives or takes points', { score: '^${1:10}', why: '${2:read the white paper}' }),
  snippet('stage', 'moves the lead in the funnel', { stage: '${1:customer}' }),
  snippet('enroll', 'starts another sequence', { enroll: '${1:sequence}' }),
  snippet('unenroll', 'ends another sequence', { unenroll: '${1:sequence}' }),
  snippet('notify', 'a person of yours', {
    notify: { email: '${1:sales@example.com}', template: '${2:internal/hot-lead}' },
  }),
  snippet('handOver', 'gives the lead to sales', { handOver: { why: '${1:over the threshold}' } }),
  snippet('webhook', 'another system', { id: '${1:crm}', webhook: { url: '${2:https://crm.example.com/hook}' } }),
  snippet('exit', 'ends the run', { exit: '${1:the reason}' }),
];

function snippet(label: string, description: string, body: unknown): Snippet {
  return { label, description, body };
}
