import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { recordEvent } from '../src/engine.js';
import { anEvent } from './builders.js';
import { runCommands } from './cli-in-process.js';
import {
  aProjectFolder,
  aSequenceFile,
  type HttpRivulet,
  startHttpRivulet,
  testDatabase,
  giveBack,
} from './support.js';

// What other systems and the command line say and ask of leads that sales was given.

const files = {
  'sequences/funnel.json': JSON.stringify({
    stages: [
      { name: 'lead', enter: { on: 'lead.created' } },
      { name: 'customer', enter: { on: 'sales.answered:won' } },
    ],
  }),
  'sequences/hello.json': aSequenceFile([{ handOver: {} }], { enroll: { on: 'sales.ready', again: 'after 1 day' } }),
  'sequences/sales.json': JSON.stringify({
    currency: 'EUR',
    owners: [
      { email: 'dana@tallybay.com', name: 'Dana Okafor' },
      { email: 'joe@tallybay.com', name: 'Joe Brandt' },
    ],
  }),
};
const hour = 3_600_000;

let folder: string;
let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  folder = await aProjectFolder(files);
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});

async function aLead(more: object = {}): Promise<string> {
  return (await rivulet.api('/api/leads', { email: `of-sales-${(number += 1)}@example.org`, ...more })).body.id;
}
function pass(ms: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
}
async function aLeadOfSales(more: object = {}): Promise<string> {
  const lead = await aLead(more);
  await rivulet.api('/api/events', { type: 'sales.ready', lead });
  await rivulet.dispatcher.wake();
  return lead;
}
const answer = (lead: string, body: unknown) => rivulet.api(`/api/leads/${lead}/sales-answers`, body);

describe('POST /api/leads/:id/sales-answers', () => {
  test('notes what sales heard, in the currency of sales.json unless it says another, and moves the stage', async () => {
    const lead = await aLead();
    const { status, body } = await answer(lead, { answer: 'won', value: 4800, note: 'Starts in May.', by: 'crm' });
    expect([status, body]).toEqual([201, { id: expect.any(String), recorded: true, stage: 'customer' }]);
    const { body: history } = await rivulet.api(`/api/leads/${lead}/sales-answers`);
    expect(history.items).toEqual([
      {
        id: body.id,
        at: rivulet.clock.now.toISOString(),
        answer: 'won',
        value: 4800,
        currency: 'EUR',
        note: 'Starts in May.',
        by: 'crm',
        isTakenBack: false,
        counts: true,
      },
    ]);
    await answer(lead, { answer: 'won', value: 5000, currency: 'USD' });
    const after = await rivulet.api(`/api/leads/${lead}/sales-answers`);
    expect(after.body.items.map(({ value, currency }: Record<string, unknown>) => [value, currency])).toEqual(
      expect.arrayContaining([
        [5000, 'USD'],
        [4800, 'EUR'],
      ]),
    );
  });
  test('counts once what is told twice with one id, also at the same instant', async () => {
    const lead = await aLead();
    const body = { answer: 'contacted', id: 'call-1' };
    const told = await Promise.all([answer(lead, body), answer(lead, body), answer(lead, body)]);
    expect(told.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(told.filter(({ status }) => status === 200)).toHaveLength(2);
    pass(hour);
    expect((await answer(lead, body)).body).toMatchObject({ recorded: false });
    expect((await answer(lead, { ...body, id: 'call-2' })).body).toMatchObject({ recorded: true });
    expect(await rivulet.store.events.count({ lead, type: 'sales.answered' })).toBe(2);
  });
  test('without an id counts once what stands already', async () => {
    const lead = await aLead();
    expect((await answer(lead, { answer: 'contacted' })).body).toMatchObject({ recorded: true });
    pass(hour);
    expect((await answer(lead, { answer: 'contacted' })).body).toMatchObject({ recorded: false });
    expect((await answer(lead, { answer: 'contacted', note: 'A second call.' })).body).toMatchObject({
      recorded: true,
    });
    pass(hour);
    // After another hand-over it is another answer.
    await rivulet.api('/api/events', { type: 'sales.ready', lead });
    await rivulet.dispatcher.wake();
    const again = await answer(lead, { answer: 'contacted', note: 'A second call.' });
    expect(again.body).toMatchObject({ recorded: true });
  });
  test('takes what happened before, and lets it overtake nothing that happened since', async () => {
    const lead = await aLead();
    await answer(lead, { answer: 'lost' });
    const before = new Date(rivulet.clock.now.getTime() - hour);
    await answer(lead, { answer: 'contacted', at: before.toISOString() });
    await answer(lead, { answer: 'won', at: '2099-01-01T00:00:00Z', id: 'early' });
    const { items } = (await rivulet.api(`/api/leads/${lead}/sales-answers`)).body;
    expect(items.map(({ answer: one, at }: Record<string, unknown>) => [one, at])).toEqual(
      expect.arrayContaining([
        ['contacted', before.toISOString()],
        ['won', rivulet.clock.now.toISOString()],
      ]),
    );
  });
  test.each([
    [{ answer: 'wonn' }, '/answer', 'there is no answer "wonn". Did you mean "won"?'],
    [{}, '/answer', undefined],
    [{ answer: 'won', value: -1 }, '/value', undefined],
    [{ answer: 'won', value: '4800' }, '/value', undefined],
    [{ answer: 'won', value: 1e13 }, '/value', undefined],
    [{ answer: 'contacted', value: 5 }, '/value', 'only "won" and "lost" are worth something'],
    [{ answer: 'won', value: 5, currency: 'euro' }, '/currency', 'a currency has three letters, such as "EUR"'],
    [{ answer: 'won', currency: 'EUR' }, '/currency', 'a currency belongs to a "value"'],
    [{ answer: 'won', note: 'two\nlines' }, '/note', undefined],
    [{ answer: 'won', note: 'x'.repeat(1001) }, '/note', undefined],
    [{ answer: 'won', at: 'yesterday' }, '/at', undefined],
    [{ answer: 'won', worth: 5 }, '/worth', 'is not a field here'],
  ])('refuses %j, and notes nothing', async (body, pointer, detail) => {
    const lead = await aLead();
    const told = await answer(lead, body);
    expect(told.status).toBe(422);
    expect(told.body.problems).toMatchObject([{ pointer, ...(detail ? { detail } : {}) }]);
    expect(await rivulet.store.events.count({ lead, type: 'sales.answered' })).toBe(0);
  });
  test('asks for the key, for JSON, and for a lead that there is', async () => {
    const lead = await aLead();
    const path = `${rivulet.url}/api/leads/${lead}/sales-answers`;
    expect((await fetch(path, { method: 'POST', body: '{"answer":"won"}' })).status).toBe(401);
    expect((await fetch(path)).status).toBe(401);
    const headers = { Authorization: `Bearer ${rivulet.apiKey}` };
    expect((await fetch(path, { method: 'POST', headers, body: '{"answer":"won"}' })).status).toBe(415);
    expect((await answer(lead, '{')).status).toBe(400);
    expect((await answer('nobody', { answer: 'won' })).status).toBe(404);
  });
  test('cannot be told as an event of any kind', async () => {
    const lead = await aLead();
    for (const type of ['sales.answered', 'owner.assigned', 'handed-over'])
      expect((await rivulet.api('/api/events', { type, about: 'won', lead })).status).toBe(422);
  });
});

describe('GET /api/sales', () => {
  test('lists the leads that sales was given, the last first, with what sales says and how many wait with whom', async () => {
    const other = await startHttpRivulet({ PROJECT_DIR: folder });
    try {
      const lead = async (more: object = {}) => {
        const { body } = await other.api('/api/leads', { email: `list-${(number += 1)}@example.org`, ...more });
        await other.api('/api/events', { type: 'sales.ready', lead: body.id });
        await other.dispatcher.wake();
        other.clock.now = new Date(other.clock.now.getTime() + hour);
        return String(body.id);
      };
      const first = await lead({ firstName: 'Ada', attributes: { company: 'Quay 9' } });
      const second = await lead();
      const third = await lead();
      await other.api('/api/leads', { email: `never-${(number += 1)}@example.org` });
      await other.api(`/api/leads/${first}/sales-answers`, { answer: 'won', value: 100 });

      const { body } = await other.api('/api/sales');
      expect(body.items.map(({ lead: id }: { lead: string }) => id)).toEqual([third, second, first]);
      expect(body.items[2]).toMatchObject({
        name: 'Ada',
        company: 'Quay 9',
        stage: 'customer',
        owner: 'dana@tallybay.com',
        ageHours: 3,
        state: 'closed',
        answer: 'won',
        value: 100,
        currency: 'EUR',
      });
      expect(body.owners).toEqual([
        { owner: 'dana@tallybay.com', given: 2, waiting: 1, active: 0, closed: 1, won: 1 },
        { owner: 'joe@tallybay.com', given: 1, waiting: 1, active: 0, closed: 0, won: 0 },
      ]);

      const ids = async (query: string) =>
        (await other.api(`/api/sales?${query}`)).body.items.map(({ lead: id }: { lead: string }) => id);
      expect(await ids('open=true')).toEqual([third, second]);
      expect(await ids('owner=JOE@tallybay.com')).toEqual([second]);
      expect(await ids('open=true&owner=dana@tallybay.com')).toEqual([third]);
      expect(await ids('since=2026-03-02T10:30:00Z')).toEqual([third]);
      expect((await other.api('/api/sales?limit=1')).body).toMatchObject({ items: [{ lead: third }], more: 2 });
      expect((await other.api('/api/sales?ownr=x')).status).toBe(422);
      expect((await other.api('/api/sales?limit=0')).status).toBe(422);
      expect((await fetch(`${other.url}/api/sales`)).status).toBe(401);
    } finally {
      await other.close();
    }
  });
  test('has a lead once, by its last hand-over, and with the owner that it has now', async () => {
    const lead = await aLeadOfSales();
    await answer(lead, { answer: 'not-interested' });
    pass(25 * hour);
    await rivulet.api('/api/events', { type: 'sales.ready', lead });
    await rivulet.dispatcher.wake();
    await rivulet.api(`/api/leads/${lead}/owner`, { owner: 'joe@tallybay.com' }, 'PUT');
    const { items } = (await rivulet.api('/api/sales?limit=500')).body;
    const own = items.filter((one: { lead: string }) => one.lead === lead);
    expect(own).toMatchObject([{ owner: 'joe@tallybay.com', state: 'waiting', ageHours: 0 }]);
  });
  test('reads by its index, whatever else happened to anybody', async () => {
    const plan = await rivulet.store.db
      .collection('events')
      .find({ type: 'handed-over', at: { $gte: new Date(0) } })
      .sort({ at: -1 })
      .explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('"indexName":"handed-over"');
  });
});

describe('the command line', () => {
  const uri = testDatabase();
  afterAll(async () => {
    await giveBack(uri);
  });

  const run = (...commands: Parameters<typeof runCommands>[2]) => {
    const { SMTP_URL: _, ...own } = process.env;
    const SIGNING_SECRET = 'a secret that is long enough to sign with';
    const env = { ...own, MONGODB_URI: uri, PROJECT_DIR: folder, SIGNING_SECRET, DATA_DIR: folder, NO_COLOR: '1' };
    return runCommands(['sales', 'lead'], env, commands);
  };
  const since = '90 days';

  test('assigns, answers and lists', async () => {
    const told = await run(
      ['addLead', 'ada@example.org', { firstName: 'Ada', attribute: ['company=Quay 9'] }],
      ['listSales', { since }],
      ['assignSales', 'ada@example.org', 'JOE@tallybay.com'],
      ['assignSales', 'ada@example.org', 'joe@tallybay.com'],
      [
        'answerOnTerminal',
        'ada@example.org',
        'won',
        { value: '4,800', note: 'Starts in May.', by: 'joe@tallybay.com' },
      ],
      ['answerOnTerminal', 'ada@example.org', 'won', { value: '4,800', note: 'Starts in May.' }],
    );
    expect(told.map(({ code, output, errors }) => [code, output.trim(), errors])).toEqual([
      [0, expect.stringContaining('ada@example.org is a new lead'), ''],
      [0, 'No lead was handed over within 90 days.', ''],
      [0, '✔ ada@example.org belongs to Joe Brandt <joe@tallybay.com>.', ''],
      [0, '✔ ada@example.org belonged already to Joe Brandt <joe@tallybay.com>.', ''],
      [0, '✔ ada@example.org: Won. Its stage is customer.', ''],
      [0, '✔ ada@example.org: Won, as it stood already. Its stage is customer.', ''],
    ]);
  });
  test('shows who waits for whom, in a table and as JSON', async () => {
    const client = await new MongoClient(uri).connect();
    const lead = await client.db().collection('leads').findOne({ email: 'ada@example.org' });
    const at = new Date(Date.now() - 50 * hour);
    const { id: _, ...event } = anEvent('handed-over', { lead: String(lead?._id), about: 'joe@tallybay.com', at });
    const row = { ...event, _id: 'over', receivedAt: at, applied: true };
    await client.db().collection<{ _id: string }>('events').insertOne(row);
    await client.close();
    const [list, open, json] = await run(
      ['listSales', { since }],
      ['listSales', { since, open: true }],
      ['listSales', { since, json: true, owner: 'joe@tallybay.com' }],
    );
    expect(list?.output).toMatch(/Ada\s+│ joe@tallybay\.com │ 2 days │ customer │/);
    expect(list?.output).toContain('€4,800');
    expect(list?.output).toMatch(/joe@tallybay\.com │ 1\s+│ 0\s+│ 0\s+│ 1\s+│ 1/);
    expect(open?.output.trim()).toBe('Nobody waits for an answer.');
    expect(JSON.parse(json?.output ?? '')).toMatchObject({
      items: [{ email: 'ada@example.org', state: 'closed', answer: 'won' }],
      owners: [{ owner: 'joe@tallybay.com', won: 1 }],
    });
  });
  test('says what is wrong, and how to mend it', async () => {
    const told = await run(
      ['answerOnTerminal', 'ada@example.org', 'wonn', {}],
      ['answerOnTerminal', 'nobody@example.org', 'won', {}],
      ['answerOnTerminal', 'ada@example.org', 'won', { value: 'lots' }],
      ['answerOnTerminal', 'ada@example.org', 'contacted', { value: '5' }],
      ['assignSales', 'ada@example.org', 'jo@tallybay.com'],
      ['listSales', { since: 'ever' }],
    );
    expect(told.map(({ code, errors }) => [code, errors.trim()])).toEqual([
      [1, '✖ "wonn": there is no such answer. Did you mean "won"?'],
      [1, '✖ nobody@example.org: there is no such lead. Look the address up with: rivulet sales list'],
      [1, '✖ --value: "lots" is no amount. Write digits, such as 4800'],
      [1, '✖ --value: "contacted" is worth nothing yet. Leave it out, or answer won or lost'],
      [1, '✖ "jo@tallybay.com": there is no such owner. Did you mean "joe@tallybay.com"?'],
      [1, '✖ --since: "ever" is no length of time. Write for example "90 days"'],
    ]);
  });
});

test('an event of another kind about a lead of sales leaves its owner alone', async () => {
  const lead = await aLeadOfSales();
  const owner = (await rivulet.store.leads.byId(lead))?.attributes['owner'];
  await recordEvent(anEvent('handed-over', { id: `x ${lead}`, lead, about: 'x@y.com' }), rivulet.engine);
  expect((await rivulet.store.leads.byId(lead))?.attributes['owner']).toBe(owner);
});
