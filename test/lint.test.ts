import { describe, expect, test } from '@jest/globals';
import { compileTemplate } from '../src/message/template.js';
import { lintProject } from '../src/lint/lint.js';
import type { LeadCounts } from '../src/lint/leads.js';
import { readProject } from '../src/sequence/project.js';
import type { ProjectFiles } from '../src/sequence/project-files.js';

type Texts = Readonly<Record<string, string>>;
type Header = Readonly<Record<string, unknown>>;

/** What differs from a small project in which nothing is found. */
type Changes = {
  readonly sequences?: Texts;
  readonly templates?: Texts;
  readonly brand?: Header;
  readonly assets?: readonly string[];
  readonly leads?: LeadCounts;
};

const rightSequences: Texts = {
  'funnel.json': '{ "stages": [{ "name": "lead", "enter": { "on": "lead.created" } }] }',
  'scoring.json':
    '{ "engagement": { "cap": 100, "rules": [{ "on": "clicked", "points": 10 }] }, "fit": { "cap": 30, "rules": [{ "if": { "lead.size": 9 }, "points": 40, "why": "large" }] } }',
};
const layout = `<mjml><mj-head><mj-include path="preview" /></mj-head><mj-body><mj-include path="content" />
<mj-section><mj-column><mj-text><a href="{{unsubscribeUrl}}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
const rightTemplates: Texts = {
  layout,
  hello: aMail('<mj-text>Hello, <a href="https://tallybay.com/tour?who={{lead.email}}">take the tour</a>.</mj-text>'),
  news: aMail('<mj-text>News without any link.</mj-text>'),
  more: aMail('<mj-text><a href="https://tallybay.com/more">More</a></mj-text>'),
};
const rightBrand = {
  name: 'Tallybay',
  website: 'https://tallybay.com',
  postalAddress: '2100 Harbor Row, Toledo',
  logo: 'assets/logo.png',
  logoAlt: 'Tallybay',
};

/** A mail whose content begins on its second line. */
function aMail(content: string): string {
  return `<mj-preview>In short.</mj-preview>\n<mj-section><mj-column>${content}</mj-column></mj-section>`;
}

function aProject({ sequences = {}, templates = {}, brand = {} }: Changes): ProjectFiles {
  const filesOf = (folder: string, ending: string, texts: Texts) =>
    new Map(Object.entries(texts).map(([name, text]) => [name, { file: `${folder}/${name}${ending}`, text }]));
  return {
    sequences: filesOf('sequences', '', { ...rightSequences, ...sequences }),
    templates: filesOf('templates', '.mjml', { ...rightTemplates, ...templates }),
    brand: { file: 'templates/brand.json', text: JSON.stringify({ ...rightBrand, ...brand }) },
  };
}

/** Findings as "rule line: message" of the file they are in, which is told where it is not the one in question. */
async function lint(changes: Changes, file = 'sequences/welcome.json'): Promise<readonly string[]> {
  const files = aProject(changes);
  const { project, diagnostics } = await readProject(files);
  if (!project) throw new Error(JSON.stringify(diagnostics));
  const { leads, assets = ['assets/logo.png'] } = changes;
  return lintProject({ project, files, assets: new Set(assets), ...(leads ? { leads } : {}) }).map((found) => {
    const where = found.file === file ? found.line : `${found.file}:${found.line}`;
    return `${found.code} ${where}: ${found.message}`;
  });
}

/** A sequence file whose steps begin on its second line, one a line. */
function aSequence(steps: readonly unknown[], header: Header = {}): string {
  const rest = JSON.stringify({ name: 'Welcome', send: { from: 'mara@tallybay.com' }, ...header }).slice(0, -1);
  return `${rest}, "steps": [\n${steps.map((step) => JSON.stringify(step)).join(',\n')}\n] }`;
}

/** What is found in a sequence of these steps. */
async function inSequence(steps: readonly unknown[], header: Header = {}): Promise<readonly string[]> {
  return lint({ sequences: { 'welcome.json': aSequence(steps, header) } });
}

/** What is found in a mail of this content. */
async function inMail(content: string, changes: Changes = {}): Promise<readonly string[]> {
  return lint({ ...changes, templates: { draft: aMail(content) } }, 'templates/draft.mjml');
}

const hello = { send: 'hello', subject: 'Hello' };
const news = { send: 'news', subject: 'News' };
const more = { send: 'more', subject: 'More' };
const days = { wait: '3 days' };
const done = { exit: 'done' };

test('in a project in which all is right nothing is found', async () => {
  expect(await inSequence([hello, days, news, days, more])).toEqual([]);
});

describe('unreachable-step', () => {
  const warm = { tag: 'warm' };
  test.each<[string, readonly unknown[], readonly string[]]>([
    ['after an exit', [hello, done, days, news], ['4: nobody gets to this step: every way ends before it']],
    [
      'after ways that all end',
      [{ if: warm, then: [done], else: [done] }, hello],
      ['3: nobody gets to this step: every way ends before it'],
    ],
    [
      'behind a link that no mail has',
      [hello, days, { if: { clicked: 'https://tallybay.com/price' }, then: [news] }],
      [
        '4: nobody gets to this step, as the condition never holds: no mail of this sequence has the link https://tallybay.com/price',
      ],
    ],
    [
      'under a condition that cannot hold',
      [{ ...hello, if: { score: { gte: 200 } } }],
      ['2: this step is always passed over: the score cannot be more than 130'],
    ],
    [
      'behind a way that takes everybody',
      [
        {
          choose: [
            { if: { score: { lt: 500 } }, then: [hello] },
            { if: warm, then: [news] },
          ],
        },
      ],
      ['2: nobody gets to this step, as the condition always holds: the score cannot be more than 130'],
    ],
    [
      'of those who have not agreed to get mail',
      [{ ...hello, if: { consent: 'denied' } }],
      ['2: this step is always passed over: only leads that have agreed to get mail are in a sequence'],
    ],
  ])('is found %s', async (_, steps, found) => {
    expect(await inSequence(steps)).toEqual(found.map((line) => `unreachable-step ${line}`));
  });

  test.each<[string, readonly unknown[]]>([
    ['after an exit that not all take', [hello, { ...done, if: warm }, days, news]],
    ['after ways of which one goes on', [{ if: warm, then: [done] }, hello]],
    ['behind a link of some mail', [hello, days, { if: { clicked: 'https://tallybay.com/tour' }, then: [news] }]],
    ['that a goal pulls leads to', [hello, done, { goal: { event: 'booked' } }, news]],
    ['under a score that can be reached', [{ ...hello, if: { score: { gte: 130 } } }]],
  ])('is not found %s', async (_, steps) => {
    expect(await inSequence(steps)).toEqual([]);
  });

  test('is a pool, too, from which no step picks', async () => {
    const pools = { blog: [hello], old: [news] };
    expect(await inSequence([{ pick: 'blog' }], { pools })).toEqual([
      'unreachable-step 1: no step picks from the pool "old"',
    ]);
  });
});

describe('condition-before-step', () => {
  const tooEarly = (line: number, step: string, done_ = 'sent'): string =>
    `condition-before-step ${line}: no way leads from "${step}" to here, so it cannot have been ${done_} when this is asked`;
  const crm = { webhook: { url: 'https://crm.tallybay.com' }, id: 'crm' };
  const answered = { 'response.crm.status': 200 };
  test.each<[string, readonly unknown[], readonly string[]]>([
    ['a mail further down', [{ if: { not: { opened: 'hello' } }, then: [news] }, days, hello], [tooEarly(2, 'hello')]],
    ['the very mail it decides on', [{ ...hello, if: { sent: 'hello' } }], [tooEarly(2, 'hello')]],
    [
      'a mail of the other way',
      [{ if: { tag: 'a' }, then: [hello], else: [{ ...news, if: { clicked: 'hello' } }] }],
      [tooEarly(2, 'hello')],
    ],
    ['a webhook further down', [{ if: { any: [answered] }, then: [hello] }, crm], [tooEarly(2, 'crm', 'called')]],
    [
      'a pick further down',
      [
        { waitFor: { clicked: 'one' }, upTo: '2 days' },
        { pick: [hello, more], id: 'one' },
      ],
      [tooEarly(2, 'one')],
    ],
  ])('is found where a condition asks about %s', async (_, steps, found) => {
    expect(await inSequence(steps)).toEqual(found);
  });

  test.each<[string, readonly unknown[]]>([
    ['a mail above', [hello, days, { if: { not: { opened: 'hello' } }, then: [news] }]],
    [
      'a mail on one of the ways to it',
      [{ if: { tag: 'a' }, then: [hello] }, days, { ...news, if: { clicked: 'hello' } }],
    ],
    ['a webhook above', [crm, { if: answered, then: [hello] }]],
    [
      'a pick above',
      [
        { pick: [hello, more], id: 'one' },
        { waitFor: { clicked: 'one' }, upTo: '2 days' },
      ],
    ],
    ['mails before a goal, from where leads are pulled', [hello, { goal: { clicked: 'hello' } }]],
  ])('is not found where it asks about %s', async (_, steps) => {
    expect(await inSequence(steps)).toEqual([]);
  });
});

describe('goal-cannot-fire', () => {
  const price = 'https://tallybay.com/price';
  const noLink = 'there is no link in "news" that somebody could click';
  test.each<[string, readonly unknown[], Header, readonly string[]]>([
    [
      'a goal by clicks on a mail without links',
      [news],
      { goal: { clicked: 'news' } },
      [`1: nobody can reach this goal: ${noLink}`],
    ],
    [
      'a goal step by a link of another sequence',
      [news, { goal: { clicked: 'https://tallybay.com/more' } }],
      {},
      ['3: nobody can reach this goal: no mail of this sequence has the link https://tallybay.com/more'],
    ],
    [
      'an exit by points beyond the caps',
      [hello],
      { exit: { if: { fit: { gt: 30 } } } },
      ['1: nobody can leave by this: the fit cannot be more than 30'],
    ],
    [
      'an exit on a link that no mail has',
      [hello],
      { exit: { on: `clicked:${price}` } },
      [`1: this can never end a run: no mail has the link ${price}`],
    ],
    [
      'a wait for clicks on a mail without links',
      [news, { waitFor: { clicked: 'news' }, upTo: '2 days' }],
      {},
      [`3: this is waited for in vain: ${noLink}`],
    ],
    [
      'a wait for a tag that is a slip away from one',
      [{ waitFor: { tag: 'enagged' }, upTo: '2 days' }, { tag: 'engaged' }],
      {},
      ['2: this is waited for in vain: nobody sets the tag "enagged"'],
    ],
    [
      'a trigger by a link that no mail has',
      [hello],
      { enroll: { on: `clicked:${price}` } },
      [`1: this can never bring anybody in: no mail has the link ${price}`],
    ],
    [
      'a winner by clicks where one way has no link',
      [{ split: { a: hello, b: news }, winner: { by: 'clicked', after: 100 } }],
      {},
      ['2: not every way can win: the way "b" has not a mail with a link that counts'],
    ],
  ])('is found of %s', async (_, steps, header, found) => {
    expect(await inSequence(steps, header)).toEqual(found.map((line) => `goal-cannot-fire ${line}`));
  });

  test.each<[string, readonly unknown[], Header]>([
    ['a goal by clicks on a mail with links', [hello], { goal: { clicked: 'hello' } }],
    ['a goal by a link, whatever its query', [hello], { goal: { clicked: 'https://tallybay.com/tour?who=ada' } }],
    ['a goal by the beginning of a link', [hello], { goal: { clicked: 'https://tallybay.com/*' } }],
    [
      'an exit by one of two, of which one is possible',
      [news],
      { exit: { if: { any: [{ clicked: 'news' }, { replied: 'news' }] } } },
    ],
    ['an exit by points that the caps allow', [hello], { exit: { if: { fit: { gte: 30 } } } }],
    [
      'a wait for a tag that may come by import',
      [{ waitFor: { tag: 'fair-2027' }, upTo: '2 days' }, { tag: 'fair-2026' }],
      {},
    ],
    ['an event of the site', [hello], { exit: { on: 'booked' } }],
    ['a winner by replies', [{ split: { a: hello, b: news }, winner: { by: 'replied', after: 100 } }], {}],
  ])('is not found of %s', async (_, steps, header) => {
    expect(await inSequence(steps, header)).toEqual([]);
  });
});

describe('two-mails-within-a-day', () => {
  const until = (moment: string, rest = {}) => ({ wait: { until: moment, ...rest } });
  const right = '"news" may come right after "hello"';
  test.each<[string, readonly unknown[], readonly string[]]>([
    ['with nothing between', [hello, news], [`3: ${right}`]],
    ['with some hours between', [hello, { wait: '20 hours' }, news], ['4: "news" may come 20 hours after "hello"']],
    [
      'with a wait that some pass over',
      [hello, { ...days, if: { tag: 'slow' } }, news],
      [`4: ${right}, as the wait between them may be passed over`],
    ],
    [
      'with a weekday between, which may be today',
      [hello, until('tuesday 10:00'), news],
      [`4: ${right}, as the moment that is waited for may be near`],
    ],
    [
      'with something between that may come at once',
      [hello, { waitFor: 'booked', upTo: '9 days' }, news],
      [`4: ${right}, as soon as what is waited for comes`],
    ],
    [
      'where a mail between is for some only',
      [hello, days, { ...more, if: { tag: 'a' } }, news],
      ['5: "news" may come right after "more"'],
    ],
    [
      'with too little between two moments',
      [until('monday 10:00'), hello, until('monday 17:30'), news],
      ['5: "news" may come 7 hours and 30 minutes after "hello"'],
    ],
    [
      'with a pick that is sent at once',
      [hello, { pick: [more], id: 'one' }],
      ['3: what "one" picks may come right after "hello"'],
    ],
  ])('is found %s', async (_, steps, found) => {
    expect(await inSequence(steps)).toEqual(found.map((line) => `two-mails-within-a-day ${line}`));
  });

  test.each<[string, unknown, unknown, readonly string[]]>([
    ['lets none go within a day', { atMost: 1, per: '1 day' }, news, []],
    ['lets none go within a week', { atMost: 1, per: '7 days' }, news, []],
    ['lets two go', { atMost: 2, per: '1 day' }, news, [right]],
    ['lets one go after some hours', { atMost: 1, per: '20 hours' }, news, [right]],
    ['does not hold the mail, which is urgent', { atMost: 1, per: '1 day' }, { ...news, urgent: true }, [right]],
  ])('is asked of the frequency cap, too: where it %s', async (_, frequencyCap, second, found) => {
    const sequences = { 'welcome.json': aSequence([hello, second]), 'delivery.json': JSON.stringify({ frequencyCap }) };
    expect(await lint({ sequences })).toEqual(found.map((line) => `two-mails-within-a-day 3: ${line}`));
  });

  const size = (wanted: unknown) => ({ 'lead.size': wanted });
  test.each<[string, readonly unknown[]]>([
    ['with a day between', [hello, { wait: '1 day' }, news]],
    ['with a business day between', [hello, { wait: '1 business day' }, news]],
    ['with a mail on each of two ways', [{ if: { tag: 'a' }, then: [hello], else: [news] }]],
    [
      'where the one goes to whom the other does not',
      [
        { ...hello, if: { tag: 'a' } },
        { ...news, if: { not: { tag: 'a' } } },
      ],
    ],
    [
      'where each is for other values of a field',
      [
        { ...hello, if: size({ gte: 50 }) },
        { ...news, if: size({ lt: 50 }) },
      ],
    ],
    [
      'of different ways of a choice',
      [
        {
          choose: [
            { if: size(1), then: [hello] },
            { if: size({ in: [2, 3] }), then: [news] },
          ],
          otherwise: [more],
        },
      ],
    ],
    ['with a day between two moments', [until('monday 10:00'), hello, until('tuesday 10:00'), news]],
    [
      'with a day between, before the same date',
      [until('3 days before lead.webinarAt', { missed: 'exit' }), hello, until('2 hours before lead.webinarAt'), news],
    ],
    [
      'where a condition leaves days until the date',
      [
        hello,
        { if: { 'lead.webinarAt': { after: 'in 4 days' } }, then: [until('3 days before lead.webinarAt'), news] },
      ],
    ],
    ['with a pick that waits for quiet', [hello, { pick: [more], id: 'one', quiet: '2 days' }]],
    ['with a mail to somebody of ours', [hello, { notify: { email: 'sales@tallybay.com', template: 'news' } }]],
  ])('is not found %s', async (_, steps) => {
    expect(await inSequence(steps)).toEqual([]);
  });

  test('is found across a sequence that another one starts', async () => {
    const sequences = {
      'welcome.json': aSequence([hello, { wait: '5 hours' }, { enroll: 'later' }, more]),
      'later.json': aSequence([{ wait: '1 hour' }, news], { name: 'Later' }),
    };
    expect(await lint({ sequences })).toEqual([
      'two-mails-within-a-day 4: "news" of "Later" may come 6 hours after "hello"',
      'two-mails-within-a-day 5: "more" may come 1 hour after "news" of "Later"',
    ]);
  });

  test('is not found where the sequence that is started waits first', async () => {
    const sequences = {
      'welcome.json': aSequence([hello, { enroll: 'later' }]),
      'later.json': aSequence([{ wait: '1 day' }, news], { name: 'Later' }),
    };
    expect(await lint({ sequences })).toEqual([]);
  });
});

describe('subject-too-long', () => {
  const words = 'What your dock costs you in a month, ';
  test('is found beyond 60 characters, with what phones show of it', async () => {
    const subject = `${words}and how to halve it at once`;
    const files = aProject({ sequences: { 'welcome.json': aSequence([{ ...hello, subject }]) } });
    const { project } = await readProject(files);
    const [found] = project ? lintProject({ project, files, assets: new Set(['assets/logo.png']) }) : [];
    expect(found).toMatchObject({
      code: 'subject-too-long',
      message: 'this subject has 64 characters; more than 60 are cut by most mail programs',
      hint: 'Phones show about 40: "What your dock costs you in a month, and…"',
    });
  });

  test('is found of a subject that usual values make too long', async () => {
    expect(
      await inSequence([{ ...hello, subject: `${words}{{lead.firstName "friend"}} of {{lead.company "ours"}}` }]),
    ).toEqual([
      'subject-too-long 2: this subject has 69 characters with usual values; more than 60 are cut by most mail programs',
    ]);
  });

  test('is not found at 60 characters, however long the field is written', async () => {
    const subject = 'A month at your dock, in numbers, {{lead.firstName "whoever you are"}}';
    expect(await inSequence([{ ...hello, subject }])).toEqual([]);
    expect(await inSequence([{ ...hello, subject: 'x'.repeat(60) }])).toEqual([]);
  });
});

describe('no-preheader', () => {
  const bare = { templates: { draft: '<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>' } };

  test('is found of a mail without one', async () => {
    expect(await lint(bare, 'templates/draft.mjml')).toEqual([
      'no-preheader 1: this mail has no preheader: beside its subject, inboxes show whatever it begins with',
    ]);
  });

  test('is not found of a mail that only people of ours get', async () => {
    const told = { notify: { email: 'sales@tallybay.com', template: 'draft' } };
    expect(await lint({ ...bare, sequences: { 'welcome.json': aSequence([told]) } })).toEqual([]);
  });
});

describe('no-plain-text', () => {
  const picture = '<mj-image alt="Everything is half price" src="https://tallybay.com/sale.png" />';

  test('is found of a mail that is a picture', async () => {
    expect(await inMail(`${picture}<mj-text>Have a look</mj-text>`)).toEqual([
      'no-plain-text 2: this mail is a picture with 3 words: its text part is all but empty',
    ]);
  });

  test('is not found of a picture with a text, nor of a short text alone', async () => {
    const text =
      'Everything is half price until Sunday, and whoever orders today gets the second dock board for nothing at all, with a year of help.';
    expect(await inMail(`${picture}<mj-text>${text}</mj-text>`)).toEqual([]);
    expect(await inMail('<mj-text>Have a look</mj-text>')).toEqual([]);
  });
});

describe('no-alt-text', () => {
  const words = `<mj-text>${'word '.repeat(30)}</mj-text>`;
  const silent =
    'no-alt-text 2: this picture has no alt text: where pictures are off, and to screen readers, it says nothing';
  test.each<[string, string, readonly string[]]>([
    ['of a picture without one', '<mj-image src="https://tallybay.com/a.png" />', [silent]],
    ['of a picture in a text', '<mj-text><img src="https://tallybay.com/a.png"></mj-text>', [silent]],
    [
      'of a picture that is a link and says nothing',
      '<mj-image alt="" src="https://tallybay.com/a.png" href="https://tallybay.com" />',
      ['no-alt-text 2: this picture is a link, and without an alt text nobody can tell where to'],
    ],
  ])('is found %s', async (_, picture, found) => {
    expect(await inMail(picture + words)).toEqual(found);
  });

  test.each<[string, string]>([
    ['with one', '<mj-image alt="The dock" src="https://tallybay.com/a.png" />'],
    ['with one that a field fills', `<mj-image alt="{{lead.company 'The dock'}}" src="https://tallybay.com/a.png" />`],
    ['of mere decoration', '<mj-image alt="" src="https://tallybay.com/a.png" />'],
    ['in a comment', '<!-- <mj-image src="https://tallybay.com/a.png" /> -->'],
  ])('is not found of a picture %s', async (_, picture) => {
    expect(await inMail(picture + words)).toEqual([]);
  });

  test('is not found of the defaults that a layout gives all pictures', async () => {
    const head = '<mj-head><mj-attributes><mj-image padding="0" /></mj-attributes>';
    expect(await lint({ templates: { layout: layout.replace('<mj-head>', head) } })).toEqual([]);
  });
});

describe('dead-link', () => {
  test.each([
    ['#', 'this link leads nowhere'],
    ['', 'this link leads nowhere'],
    ['#prices', 'nothing in the mail "draft" has the id "prices" that this link leads to'],
    [
      'www.tallybay.com/tour',
      '"www.tallybay.com/tour" has no "https://" before it, and a mail has no folder in which it could be found',
    ],
    ['/tour', '"/tour" has no "https://" before it, and a mail has no folder in which it could be found'],
    ['http://localhost:3000/tour', '"localhost:3000" is a machine that no lead can reach'],
    ['localhost:3000', '"localhost:3000" is a machine that no lead can reach'],
    ['http://192.168.0.7/tour', '"192.168.0.7" is a machine that no lead can reach'],
    ['https://example.com/tour', '"example.com" stands for a site that is still to be named'],
    ['https://your-company.com', '"your-company.com" stands for a site that is still to be named'],
    ['https:// tallybay.com', '"https:// tallybay.com" cannot be read as an address'],
    ['javascript:void(0)', 'mail programs do not follow "javascript:void(0)"'],
    ['mailto:', 'this link names no address to write to'],
  ])('is found of %j', async (href, message) => {
    expect(await inMail(`<mj-text><a href="${href}">Look</a></mj-text>`)).toEqual([`dead-link 2: ${message}`]);
  });

  test.each([
    'https://tallybay.com/tour?who={{lead.email}}&amp;from=mail#top',
    'https://{{lead.region "eu"}}.tallybay.com',
    '{{brand.website}}',
    'mailto:mara@tallybay.com?subject=Hello',
    'mailto:{{lead.email}}',
    'tel:+31107987654',
    '#here',
  ])('is not found of %j', async (href) => {
    expect(await inMail(`<mj-text><a href="${href}">Look</a><p id="here">Here</p></mj-text>`)).toEqual([]);
  });

  test('is found of a button that leads nowhere', async () => {
    expect(await inMail('<mj-button>Go</mj-button>')).toEqual([
      'dead-link 2: this button has no "href" and leads nowhere',
    ]);
  });

  test('is found of a picture by a path', async () => {
    expect(await inMail(`<mj-image alt="A" src="assets/a.png" /><mj-text>${'word '.repeat(30)}</mj-text>`)).toEqual([
      'dead-link 2: "assets/a.png" has no "https://" before it, and a mail has no folder in which it could be found',
    ]);
  });

  test('is not found of example.com where the brand itself lives there', async () => {
    const brand = { website: 'https://tallybay.example.com' };
    expect(await inMail('<mj-text><a href="https://tallybay.example.com/tour">Look</a></mj-text>', { brand })).toEqual(
      [],
    );
  });

  test('is found of a logo that is not there', async () => {
    expect(await lint({ assets: [] })).toEqual([
      'dead-link templates/brand.json:1: there is no file templates/assets/logo.png',
    ]);
    expect(await lint({ assets: ['assets/logo.png'] })).toEqual([]);
  });
});

describe('clipped-by-gmail', () => {
  const long = (words: number): string => `<mj-text>${'wording '.repeat(words)}</mj-text>`;

  test('is found beyond 102 kB', async () => {
    expect(await inMail(long(13_000))).toEqual([
      expect.stringMatching(/^clipped-by-gmail 1: this mail has 1\d\d kB of HTML; Gmail cuts it at 102 kB/),
    ]);
  });

  test('is not found below', async () => {
    expect(await inMail(long(11_000))).toEqual([]);
  });
});

describe('no-unsubscribe', () => {
  const without = { layout: '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>' };
  const withLink = aMail('<mj-text>Hello. <a href="{{unsubscribeUrl}}">Unsubscribe</a></mj-text>');
  const message = 'this mail to leads has no visible unsubscribe link, which the law asks for';

  test('is found of a mail that has none', async () => {
    const sequences = { 'welcome.json': aSequence([hello, days, news]) };
    expect(await lint({ sequences, templates: { ...without, news: withLink } })).toEqual([
      `no-unsubscribe templates/hello.mjml:1: ${message}`,
    ]);
  });

  test('is found of a link that nobody sees', async () => {
    const templates = { ...without, hello: withLink.replace('>Unsubscribe', ' style="display:none">Unsubscribe') };
    expect(
      await lint({ sequences: { 'welcome.json': aSequence([hello]) }, templates }, 'templates/hello.mjml'),
    ).toEqual([`no-unsubscribe 1: ${message}`]);
  });

  test('is told once, at the layout, where no mail has one', async () => {
    const sequences = { 'welcome.json': aSequence([hello, days, news]) };
    expect(await lint({ sequences, templates: without })).toEqual([
      'no-unsubscribe templates/layout.mjml:1: none of the 2 mails to leads has a visible unsubscribe link, which the law asks for',
    ]);
  });

  test('is not found of a mail that only people of ours get, nor of one that nobody sends', async () => {
    const told = { notify: { email: 'sales@tallybay.com', template: 'hello' } };
    expect(await lint({ sequences: { 'welcome.json': aSequence([told]) }, templates: without })).toEqual([]);
  });
});

describe('missing-field', () => {
  const template = { hello: aMail('<mj-text>Hello {{lead.firstName "you"}} at {{lead.company "work"}}.</mj-text>') };
  const steps = [{ ...hello, subject: 'Hello {{lead.company "there"}}' }];
  const leads: LeadCounts = new Map([
    ['lead', { leads: 40, having: new Map([['company', 12]]) }],
    [
      '',
      {
        leads: 300,
        having: new Map([
          ['firstName', 290],
          ['company', 300],
        ]),
      },
    ],
  ]);
  const found = 'missing-field 2: 28 of 40 leads have no company: they read the default, or miss the passage';
  const ofStage = (rest: Header = {}): Changes => ({
    templates: template,
    sequences: { 'welcome.json': aSequence(steps, { stage: 'lead', ...rest }) },
  });

  test('is found of a field that most leads of the stage lack, in the subject and in the mail', async () => {
    expect(await lint({ ...ofStage(), leads })).toEqual([
      found,
      'missing-field templates/hello.mjml:2: 40 of 40 leads have no firstName: they read the default, or miss the passage',
      found.replace('2:', 'templates/hello.mjml:2:'),
    ]);
  });

  test('is not found of a field that most leads have, where the sequence is for all', async () => {
    expect(await lint({ templates: template, sequences: { 'welcome.json': aSequence(steps) }, leads })).toEqual([]);
  });

  test('is not found of a field that those who come in must have', async () => {
    const enroll = {
      on: 'lead.created',
      if: { 'lead.company': { exists: true }, 'lead.firstName': { not: 'x', exists: true } },
    };
    expect(await lint({ ...ofStage({ enroll }), leads })).toEqual([]);
  });

  test('is not looked for without leads', async () => {
    expect(await lint(ofStage())).toEqual([]);
  });
});

describe('a silence', () => {
  const reason = { 'two-mails-within-a-day': 'the second answers a click' };
  test.each<[string, readonly unknown[], Header]>([
    ['on the step', [hello, { ...news, lint: reason }], {}],
    ['on a step around it', [hello, { if: { tag: 'a' }, then: [news], lint: reason }], {}],
    ['on the file', [hello, news], { lint: reason }],
  ])('%s keeps its rule quiet there', async (_, steps, header) => {
    expect(await inSequence(steps, header)).toEqual([]);
  });

  test('on another step, or of another rule, keeps nothing quiet, and is told itself', async () => {
    expect(
      await inSequence([
        { ...hello, lint: reason },
        { ...news, lint: { 'subject-too-long': 'it is a joke' } },
      ]),
    ).toEqual([
      'useless-silence 2: this silences nothing: "two-mails-within-a-day" finds nothing here',
      'two-mails-within-a-day 3: "news" may come right after "hello"',
      'useless-silence 3: this silences nothing: "subject-too-long" finds nothing here',
    ]);
  });

  test('of missing-field is not called useless when nobody looked at leads', async () => {
    const steps = [{ ...hello, lint: { 'missing-field': 'it is asked for later' } }];
    expect(await inSequence(steps)).toEqual([]);
    const leads = new Map([['', { leads: 1, having: new Map([['email', 1]]) }]]);
    expect(await lint({ sequences: { 'welcome.json': aSequence(steps) }, leads })).toEqual([
      'useless-silence 2: this silences nothing: "missing-field" finds nothing here',
    ]);
  });

  const dead = '<a href="#">Look</a>';
  test.each<[string, string]>([
    ['before a tag', aMail(`<mj-text><!-- lint dead-link: the page comes in May -->${dead}</mj-text>`)],
    ['above a tag', aMail(`<!-- lint dead-link: the page comes in May -->\n<mj-button href="#">Go</mj-button>`)],
    [
      'before all else',
      `<!-- lint dead-link: the pages come in May -->\n${aMail(`<mj-text>${dead}${dead}</mj-text>`)}`,
    ],
  ])('in a template %s keeps its rule quiet', async (_, draft) => {
    expect(await lint({ templates: { draft } })).toEqual([]);
  });

  test.each<[string, string, readonly string[]]>([
    ['without a reason', `<!-- lint dead-link -->${dead}`, ['"dead-link" is silenced without a reason']],
    [
      'that comes too late',
      `${dead}<!-- lint dead-link: in May -->`,
      ['this link leads nowhere', 'this silences nothing: "dead-link" finds nothing here'],
    ],
    ['of a rule that is none', '<!-- lint dead-lnik: in May --> word', ['there is no lint rule "dead-lnik"']],
  ])('in a template %s is told', async (_, text, messages) => {
    const found = await inMail(`<mj-text>${text}</mj-text>`);
    expect(found.map((line) => line.replace(/^\S+ 2: /, ''))).toEqual(messages);
  });

  test('of a rule that looks elsewhere is told where it belongs', async () => {
    const steps = [{ ...hello, lint: { 'no-preheader': 'short enough' } }];
    const files = aProject({ sequences: { 'welcome.json': aSequence(steps) } });
    const { project } = await readProject(files);
    const [found] = project ? lintProject({ project, files, assets: new Set(['assets/logo.png']) }) : [];
    expect(found?.hint).toBe('It looks at templates: write <!-- lint no-preheader: … --> there, or take this away.');
  });

  test('in a template is not sent along with the mail', async () => {
    const { templates } = aProject({
      templates: { draft: aMail(`<mj-text><!-- lint dead-link: ask Bob -->${dead}</mj-text>`) },
    });
    const { template } = await compileTemplate('draft', templates);
    const data = {
      lead: {},
      brand: {},
      sequence: { name: '' },
      links: [],
      unsubscribeUrl: '',
      preferencesUrl: '',
      pixelUrl: '',
    };
    expect(template?.html(data)).toContain('href="#"');
    expect(template?.html(data)).not.toContain('ask Bob');
  });
});
