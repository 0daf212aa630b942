import { describe, expect, test } from '@jest/globals';
import { facetsOf, stepSummary } from '../src/sequence/step-words.js';
import { stepInWords } from '../src/sequence/words.js';
import { readProject } from '../src/sequence/project.js';
import { salesThings } from '../src/diff/sales-things.js';
import { SalesFile, toSales } from '../src/sequence/sales-file.js';
import { aProgram } from './builders.js';
import { aProject, aSequence, problemsIn, type Texts } from './project-texts.js';

const lead = '{ "fields": { "country": { "type": "text" }, "owner": { "type": "text" } } }';
const owners =
  '"owners": [{ "email": "dana@tallybay.com", "name": "Dana" },\n{ "email": "joe@tallybay.com", "name": "Joe" }]';

const project = (sales: string | undefined, more: Texts = {}) =>
  aProject({ 'lead.json': lead, 'sales.json': sales, ...more });
const problems = (sales: string | undefined, more: Texts = {}) => problemsIn(project(sales, more));

describe('sales.json', () => {
  test('may be left out', async () => {
    const { project: read } = await readProject(project(undefined));
    expect(read).toBeDefined();
    expect(read).not.toHaveProperty('sales');
  });
  test('says who takes turns; all, unless it says otherwise', async () => {
    const { project: read } = await readProject(project(`{ ${owners} }`));
    expect(read?.sales).toMatchObject({
      timeZone: 'UTC',
      owners: [{ email: 'dana@tallybay.com', name: 'Dana', weight: 1, away: [] }, { name: 'Joe' }],
      otherwise: ['dana@tallybay.com', 'joe@tallybay.com'],
      titles: { won: 'Won', 'not-reachable': 'Not reachable' },
    });
  });
  test('has what its rules ask for counted in the history of leads', async () => {
    const rules = '"rules": [{ "if": { "event": "demo.watched" }, "owners": "dana@tallybay.com" }]';
    const next = '"nextSteps": [{ "if": { "event": "page.viewed", "path": "/pricing" }, "do": "Call." }]';
    const { project: read } = await readProject(project(`{ ${owners}, ${rules}, ${next} }`));
    expect([...(read?.attention.counted ?? [])]).toEqual(expect.arrayContaining(['demo.watched', 'page.viewed']));
  });

  test.each([
    ['an empty list of owners', '{ "owners": [] }', '1:13', 'owners is an empty list. Name at least one.'],
    [
      'what is no address',
      '{ "owners": [{ "email": "dana", "name": "Dana" }] }',
      '1:25',
      'this is not an address. Write one, as in "dana@example.com".',
    ],
    [
      'an owner twice',
      '{ "owners": [{ "email": "a@b.com", "name": "A" },\n{ "email": "A@b.com", "name": "B" }] }',
      '2:1',
      'two owners are called "a@b.com". Give one of them another name.',
    ],
    [
      'an absence that ends before it begins',
      '{ "owners": [{ "email": "a@b.com", "name": "A",\n"away": { "from": "2026-03-05", "until": "2026-03-01" } }] }',
      '2:42',
      'this absence ends before it begins. Write the first day as "from" and the last as "until".',
    ],
    [
      'a day that is none',
      '{ "owners": [{ "email": "a@b.com", "name": "A", "away": { "from": "2026-02-30", "until": "2026-03-01" } }] }',
      '1:67',
      'this is not a day. Write year, month and day, "2026-12-01".',
    ],
    [
      'a weight of nothing',
      '{ "owners": [{ "email": "a@b.com", "name": "A", "weight": 0 }] }',
      '1:59',
      'weight must be from 1 to 20',
    ],
    ['an unknown zone', `{ "timezone": "Europe/Pariss", ${owners} }`, '1:15', 'there is no such time zone'],
    [
      'an unknown currency',
      `{ "currency": "EURO", ${owners} }`,
      '1:15',
      'there is no currency "EURO". Did you mean "EUR"?',
    ],
    [
      'a currency in small letters',
      `{ "currency": "usd", ${owners} }`,
      '1:15',
      'there is no currency "usd". Did you mean "USD"?',
    ],
    [
      'a rule for an owner whom nobody has',
      `{ ${owners},\n"rules": [{ "if": { "lead.country": "FR" }, "owners": ["dana@tallybay.com", "jo@tallybay.com"] }] }`,
      '3:77',
      'there is no owner "jo@tallybay.com". Did you mean "joe@tallybay.com"?',
    ],
    [
      'a rule for one such owner',
      `{ ${owners},\n"rules": [{ "if": { "lead.country": "FR" }, "owners": "jo@tallybay.com" }] }`,
      '3:55',
      'there is no owner "jo@tallybay.com". Did you mean "joe@tallybay.com"?',
    ],
    [
      'turns of somebody whom nobody has',
      `{ ${owners},\n"otherwise": "x@y.com" }`,
      '3:14',
      'there is no owner "x@y.com"',
    ],
    [
      'a field that leads do not have',
      `{ ${owners},\n"rules": [{ "if": { "lead.contry": "FR" }, "owners": "joe@tallybay.com" }] }`,
      '3:19',
      'leads have no field "contry". Did you mean "country"?',
    ],
    [
      'a next step by an event that is a slip',
      `{ ${owners},\n"nextSteps": [{ "if": { "event": "page.viewd" }, "do": "Call." }] }`,
      '3:23',
      'no event is called "page.viewd". Did you mean "page.viewed"?',
    ],
    [
      'a title for an answer that there is not',
      `{ ${owners},\n"answers": { "wonn": "Signed" } }`,
      '3:14',
      'unknown key "wonn". Did you mean "won"?',
    ],
  ])('is refused for %s', async (_, text, place, message) => {
    const found = await problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`sales.json:${place} `);
    expect(found[0]).toContain(message);
  });

  test('needs a field in which the owner of a lead can stand', async () => {
    const without = '{ "fields": { "country": { "type": "text" } } }';
    expect((await problems(`{ ${owners} }`, { 'lead.json': without })).join()).toContain(
      'leads have no field "owner" in which their owner could stand. Declare it in lead.json: "owner": { "type": "text" }.',
    );
    const asNumber = '{ "fields": { "country": { "type": "text" }, "owner": { "type": "number" } } }';
    expect((await problems(`{ ${owners} }`, { 'lead.json': asNumber })).join()).toContain(
      '"owner" is declared as number, and an owner is an address',
    );
    expect(await problems(`{ ${owners} }`, { 'lead.json': undefined })).toEqual([]);
  });
  test('is told once when it is wrong, and not again at every step that needs it', async () => {
    const sequence = { 'over.json': aSequence('{ "handOver": {} }') };
    expect(await problems('{ "owners": 5 }', sequence)).toHaveLength(1);
  });
});

describe('a step that hands over', () => {
  test('needs sales.json', async () => {
    expect(await problems(undefined, { 'over.json': aSequence('{ "handOver": {} }') })).toEqual([
      'sequences/over.json:3:15 error no-owners: nobody says to whom leads are handed over. Write sequences/sales.json: { "owners": [{ "email": "dana@example.com", "name": "Dana Okafor" }] }.',
    ]);
  });
  test('names owners that there are', async () => {
    const sequence = {
      'over.json': aSequence('{ "handOver": { "owners": ["dana@tallybay.com", "jo@tallybay.com"] } }'),
    };
    expect((await problems(`{ ${owners} }`, sequence)).join()).toContain(
      'over.json:3:49 error unknown-owner: there is no owner "jo@tallybay.com". Did you mean "joe@tallybay.com"?',
    );
  });
  test('is one step, and says a wrong key', async () => {
    const both = { 'over.json': aSequence('{ "handOver": {}, "tag": "x" }') };
    expect((await problems(`{ ${owners} }`, both)).join()).toContain('this one has "tag" and "handOver"');
    const slip = { 'over.json': aSequence('{ "handOver": { "owner": "dana@tallybay.com" } }') };
    expect((await problems(`{ ${owners} }`, slip)).join()).toContain('Did you mean "owners"?');
    const misnamed = { 'over.json': aSequence('{ "handover": {} }') };
    expect((await problems(`{ ${owners} }`, misnamed)).join()).toContain('Did you mean "handOver"?');
  });
  test('is told in words', () => {
    const step = (written: object) => {
      const [only] = aProgram({ steps: [{ id: 'give', handOver: written }] }).steps.values();
      if (only?.kind !== 'hand-over') throw new Error('no hand-over');
      return only;
    };
    expect(stepInWords(step({}))).toBe('Hand over to its owner, or to whose turn it is');
    expect(stepInWords(step({ owners: 'dana@tallybay.com' }))).toBe(
      'Hand over to dana@tallybay.com, unless the lead has an owner',
    );
    expect(stepSummary(step({}))).toBe('hand over to its owner, or to whose turn it is (“give”)');
    expect([...facetsOf(step({ owners: ['a@b.com'], why: 'hot' }))]).toEqual([
      ['among', 'a@b.com'],
      ['reason', '“hot”'],
    ]);
  });
});

describe('an answer of sales in a trigger', () => {
  test.each(['contacted', 'not-reachable', 'still-interested', 'not-interested', 'won', 'lost'])(
    'may be %s',
    async (answer) => {
      const text = `{ "name": "A", "enroll": { "on": "sales.answered:${answer}" }, "steps": [{ "wait": "1 day" }] }`;
      expect(await problems(undefined, { 'a.json': text })).toEqual([]);
    },
  );
  test('may be any', async () => {
    const text = '{ "name": "A", "exit": { "on": "sales.answered" }, "steps": [{ "wait": "1 day" }] }';
    expect(await problems(undefined, { 'a.json': text })).toEqual([]);
  });
  test('is refused when there is no such answer, also in a condition', async () => {
    const trigger = '{ "name": "A", "enroll": { "on": "sales.answered:wonn" }, "steps": [{ "wait": "1 day" }] }';
    expect(await problems(undefined, { 'a.json': trigger })).toEqual([
      'sequences/a.json:1:34 error unknown-answer: there is no answer "wonn". Did you mean "won"?',
    ]);
    const condition =
      '{ "name": "A", "steps": [{ "wait": "1 day", "if": { "event": "sales.answered", "path": "intrested" } }] }';
    expect((await problems(undefined, { 'a.json': condition })).join()).toContain('there is no answer "intrested"');
    const funnel = '{ "stages": [{ "name": "lead", "enter": { "on": "sales.answered:Won" } }] }';
    expect((await problems(undefined, { 'funnel.json': funnel })).join()).toContain('Did you mean "won"?');
  });
});

describe('merge fields of a dossier', () => {
  const told = (step: string, templates: Texts = {}, name = 'a.json') =>
    problemsIn(aProject({ 'lead.json': lead, 'sales.json': `{ ${owners} }`, [name]: aSequence(step) }, templates));
  const mail = (text: string) => `<mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>`;
  const notify = '{ "notify": { "email": "a@b.com", "template": "told", "subject": "{{dossier.name}}" } }';

  test('may stand in notices and calls', async () => {
    expect(
      await told(notify, { told: mail('{{dossier.score}} {{dossier.points "none"}} {{dossier.answersUrl}}') }),
    ).toEqual([]);
    const hook = '{ "webhook": { "url": "https://crm.example.com", "body": { "score": "{{dossier.score}}" } } }';
    expect(await told(hook)).toEqual([]);
  });
  test('may not stand in what a lead reads', async () => {
    const found = await told('{ "send": "told", "subject": "Hello" }', { told: mail('{{dossier.score}}') });
    expect(found.join()).toContain('{{dossier.score}} is known in notices only');
    const subject = await told('{ "send": "hello", "subject": "{{dossier.name}}" }');
    expect(subject.join()).toContain('{{dossier.name}} is known in notices only');
  });
  test('are checked by name, and need a default where a lead may lack them', async () => {
    const slip = await told(notify, { told: mail('{{dossier.scor}}') });
    expect(slip.join()).toContain('there is no merge field {{dossier.scor}}. Did you mean "dossier.score"?');
    const bare = await told(notify, { told: mail('{{dossier.points}}') });
    expect(bare.join()).toContain('some leads have no dossier.points');
  });
  test('have no address to answer at in a call, which is no mail', async () => {
    const hook = '{ "webhook": { "url": "https://crm.example.com", "body": { "url": "{{dossier.answersUrl}}" } } }';
    expect((await told(hook)).join()).toContain('{{dossier.answersUrl}} is known in mails only');
  });
});

test('what an edit of sales.json changes is told in words', () => {
  const things = salesThings(
    toSales(
      SalesFile.parse({
        currency: 'EUR',
        owners: [{ email: 'a@b.com', name: 'A', away: { from: '2026-03-01', until: '2026-03-02' } }],
        rules: [{ if: { 'lead.country': 'FR' }, owners: 'a@b.com' }],
        answers: { won: 'Signed' },
      }),
    ),
  );
  expect(Object.fromEntries([...things].map(([name, facets]) => [name, Object.fromEntries(facets)]))).toMatchObject({
    'the owner a@b.com': { '': 'A', weight: '1', away: '2026-03-01 to 2026-03-02' },
    'the rule 1': { '': 'a@b.com', if: 'country is “FR”' },
    'all other leads': { '': 'a@b.com' },
    'the title of won': { '': '“Signed”' },
    'the currency': { '': 'EUR' },
  });
});
