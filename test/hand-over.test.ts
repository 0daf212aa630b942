import { rm } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoNetworkError } from 'mongodb';
import { type Engine, recordEvent, runDueSteps } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import { signToken } from '../src/message/token.js';
import { anEvent } from './builders.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

// A lead on its way to sales and back: from the step that hands it over to the answer on the page, on the whole of Rivulet.

const day = 86_400_000;
const notice = (name: string) => ({
  id: name,
  notify: {
    email: { field: 'lead.owner', else: 'team@tallybay.com' },
    template: 'told',
    subject: `${name}: {{dossier.name}}`,
  },
});
const told = `<mj-section><mj-column><mj-text>{{dossier.name}}, {{dossier.score}} points. {{dossier.nextStep}}
<pre>{{dossier.activity "nothing"}}</pre> {{dossier.mail}} <a href="{{dossier.answersUrl}}?answer=won">{{dossier.won}}</a>
<a href="{{dossier.answersUrl}}?answer=lost">{{dossier.lost}}</a></mj-text></mj-column></mj-section>`;

const sales = {
  timezone: 'Europe/Paris',
  currency: 'EUR',
  owners: [
    { email: 'dana@tallybay.com', name: 'Dana Okafor' },
    { email: 'joe@tallybay.com', name: 'Joe Brandt' },
    { email: 'claire@tallybay.com', name: 'Claire Moreau' },
  ],
  rules: [{ if: { 'lead.country': 'FR' }, owners: 'claire@tallybay.com' }],
  otherwise: ['dana@tallybay.com', 'joe@tallybay.com'],
  answers: { won: 'Signed' },
};

let folder: string;
let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  folder = await aProjectFolder({
    'sequences/funnel.json': JSON.stringify({
      stages: [
        { name: 'lead', enter: { on: 'lead.created' } },
        { name: 'customer', enter: { on: 'sales.answered:won' } },
      ],
    }),
    'sequences/sales.json': JSON.stringify(sales),
    'sequences/hello.json': aSequenceFile([{ wait: '30 days' }, { send: 'hello', subject: 'Hello' }], {
      enroll: { on: 'lead.created' },
      exit: { on: ['sales.answered:not-interested'] },
    }),
    'sequences/over.json': aSequenceFile(
      [{ id: 'give', handOver: { why: 'it is ready' } }, notice('tell'), { wait: '2 days' }, notice('remind')],
      { enroll: { on: 'sales.ready', again: 'after 12 hours' }, exit: { on: ['sales.answered'] } },
    ),
    'templates/told.mjml': told,
  });
});
beforeEach(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
});
afterEach(async () => {
  // What was woken in passing must not be broken off.
  await rivulet.dispatcher.wake();
  const faults = [...rivulet.faults];
  await rivulet.close();
  if (faults.length > 0) throw new Error(faults.map((fault) => inspect(fault)).join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

async function aLead(attributes: object = {}, more: object = {}): Promise<string> {
  const { body } = await rivulet.api('/api/leads', { email: `lead-${(number += 1)}@example.org`, attributes, ...more });
  return body.id;
}
async function handOver(lead: string): Promise<void> {
  await rivulet.api('/api/events', { type: 'sales.ready', lead });
  await rivulet.dispatcher.wake();
}
async function aLeadOfSales(attributes: object = {}, more: object = {}): Promise<string> {
  const lead = await aLead(attributes, more);
  await handOver(lead);
  return lead;
}
async function ownerOf(lead: string): Promise<unknown> {
  return (await rivulet.store.leads.byId(lead))?.attributes['owner'];
}
async function eventsOf(lead: string, type: string) {
  return (await rivulet.store.events.ofLead(lead)).filter((event) => event.type === type);
}
/** The mails about a lead that went to a colleague, newest first, as they stand in the local mailbox. */
async function noticesTo(owner: string) {
  const { items } = await rivulet.store.mailbox.page(50, undefined, owner);
  return Promise.all(items.map(async ({ id }) => (await rivulet.api(`/api/mailbox/${id}`)).body));
}
/** Where the answers of a notice lead, by the answer. */
async function answerLinks(owner: string): Promise<{ won: string; lost: string; page: string }> {
  const [{ html }] = await noticesTo(owner);
  const [won = '', lost = ''] = [...html.matchAll(/href="([^"]+\/s\/[^"]+)"/g)].map(([, url]) =>
    url.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&'),
  );
  return { won, lost, page: won.replace(/\?.*/, '') };
}
function press(page: string, fields: Record<string, string>, choice = 'answer'): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(`${page}?choice=${choice}`, { method: 'POST', body, redirect: 'manual' });
}
async function stageOf(lead: string): Promise<string | undefined> {
  return (await rivulet.store.leads.byId(lead))?.stage;
}
function pass(ms: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
}

describe('a step that hands over', () => {
  test('gives the lead an owner, tells it once, and goes on', async () => {
    const lead = await aLeadOfSales();
    expect(await ownerOf(lead)).toBe('dana@tallybay.com');
    expect(await eventsOf(lead, 'owner.assigned')).toMatchObject([
      { about: 'dana@tallybay.com', why: 'no rule names anybody', sequence: 'over', step: 'give', source: 'sales' },
    ]);
    expect(await eventsOf(lead, 'handed-over')).toMatchObject([
      { about: 'dana@tallybay.com', why: 'it is ready', data: { score: 0, engagement: 0, fit: 0 } },
    ]);
    expect(await noticesTo('dana@tallybay.com')).toHaveLength(1);
  });
  test('goes round, and by a rule where one holds', async () => {
    const leads = [
      await aLeadOfSales(),
      await aLeadOfSales({ country: 'FR' }),
      await aLeadOfSales(),
      await aLeadOfSales(),
    ];
    expect(await Promise.all(leads.map(ownerOf))).toEqual([
      'dana@tallybay.com',
      'claire@tallybay.com',
      'joe@tallybay.com',
      'dana@tallybay.com',
    ]);
    expect(await eventsOf(leads[1] ?? '', 'owner.assigned')).toMatchObject([{ why: 'by the rule: country is “FR”' }]);
  });
  test('is fair when many come at one instant, and gives each lead one owner', async () => {
    const leads = await Promise.all(Array.from({ length: 40 }, () => aLead()));
    await Promise.all(leads.map((lead) => rivulet.api('/api/events', { type: 'sales.ready', lead })));
    await rivulet.dispatcher.wake();
    const owners = await Promise.all(leads.map(ownerOf));
    const counts = ['dana@tallybay.com', 'joe@tallybay.com'].map(
      (one) => owners.filter((owner) => owner === one).length,
    );
    expect(counts).toEqual([20, 20]);
    expect(await rivulet.store.events.count({ type: 'owner.assigned' })).toBe(40);
  });
  test('leaves a lead with its owner, and asks nobody for a turn', async () => {
    const kept = await aLeadOfSales({ owner: 'kim@elsewhere.com' });
    expect(await ownerOf(kept)).toBe('kim@elsewhere.com');
    expect(await eventsOf(kept, 'owner.assigned')).toEqual([]);
    expect(await eventsOf(kept, 'handed-over')).toMatchObject([{ about: 'kim@elsewhere.com' }]);
    expect(await noticesTo('kim@elsewhere.com')).toHaveLength(1);
    expect(await ownerOf(await aLeadOfSales())).toBe('dana@tallybay.com');
  });
  test('tells sales also of whoever gets no mails', async () => {
    const consent = { status: 'denied', source: 'form', at: '2026-01-01T00:00:00Z' };
    await aLeadOfSales({}, { consent });
    const [{ text }] = await noticesTo('dana@tallybay.com');
    expect(text).toContain('No: they said no.');
  });
  test('hands over again only what comes again', async () => {
    const lead = await aLeadOfSales();
    pass(day);
    await handOver(lead);
    expect(await eventsOf(lead, 'handed-over')).toHaveLength(1);
    await rivulet.api(`/api/leads/${lead}/sales-answers`, { answer: 'lost' });
    pass(day);
    await handOver(lead);
    expect(await eventsOf(lead, 'handed-over')).toHaveLength(2);
    expect(await eventsOf(lead, 'owner.assigned')).toHaveLength(1);
  });
});

describe('a process that dies while it hands over', () => {
  /** What was saved of the run, and that nobody did. */
  async function decidedAndDied(lead: string): Promise<Engine> {
    await rivulet.dispatcher.wake();
    await recordEvent(anEvent('sales.ready', { id: `ready ${lead}`, lead, at: rivulet.clock.now }), rivulet.engine);
    const dead: Engine = {
      ...rivulet.engine,
      findOwners: async () => {
        throw new Error('killed');
      },
    };
    await expect(runDueSteps(dead, { limit: 100 })).rejects.toThrow('killed');
    return dead;
  }
  test('before it has taken a turn, leaves the lead to the next who looks', async () => {
    const lead = await aLead();
    await decidedAndDied(lead);
    expect(await ownerOf(lead)).toBeUndefined();
    pass(16 * 60_000);
    await rivulet.dispatcher.wake();
    expect(await ownerOf(lead)).toBe('dana@tallybay.com');
    expect(await eventsOf(lead, 'handed-over')).toHaveLength(1);
  });
  test('after it has taken a turn, skips nobody: the turn is the same when it is asked for again', async () => {
    const lead = await aLead();
    await decidedAndDied(lead);
    const [run] = (await rivulet.store.enrollments.ofLead(lead)).filter(({ sequence }) => sequence === 'over');
    const group = idFrom('turns', 'dana@tallybay.com', 'joe@tallybay.com');
    await rivulet.store.turns.take(group, idFrom('owner.assigned', lead, run?.id ?? '', 'give'));
    pass(16 * 60_000);
    await rivulet.dispatcher.wake();
    expect(await ownerOf(lead)).toBe('dana@tallybay.com');
    expect(await ownerOf(await aLeadOfSales())).toBe('joe@tallybay.com');
  });
  test('after it has told whose lead it is, leaves that as it was told, whatever the file says by then', async () => {
    const lead = await aLead();
    await decidedAndDied(lead);
    const [run] = (await rivulet.store.enrollments.ofLead(lead)).filter(({ sequence }) => sequence === 'over');
    const id = idFrom('owner.assigned', lead, run?.id ?? '', 'give');
    const event = anEvent('owner.assigned', { id, lead, about: 'gone@tallybay.com', at: rivulet.clock.now });
    await rivulet.store.events.keep([{ event, isSettled: false }], rivulet.clock.now);
    pass(16 * 60_000);
    await rivulet.dispatcher.wake();
    expect(await ownerOf(lead)).toBe('gone@tallybay.com');
    expect(await eventsOf(lead, 'owner.assigned')).toHaveLength(1);
  });
  test('does not undo a later turn when what it left is done at last', async () => {
    const lead = await aLead();
    const early = anEvent('owner.assigned', { id: 'early', lead, about: 'dana@tallybay.com', at: rivulet.clock.now });
    await rivulet.store.events.keep([{ event: early, isSettled: false }], rivulet.clock.now);
    pass(60_000);
    await rivulet.api(`/api/leads/${lead}/owner`, { owner: 'joe@tallybay.com' }, 'PUT');
    await recordEvent(early, rivulet.engine);
    expect(await ownerOf(lead)).toBe('joe@tallybay.com');
  });
});

describe('whoever is named by hand', () => {
  test('looks after the lead from then on, and hears of it', async () => {
    const lead = await aLeadOfSales();
    const { status, body } = await rivulet.api(`/api/leads/${lead}/owner`, { owner: 'JOE@tallybay.com' }, 'PUT');
    expect([status, body]).toEqual([200, { lead, owner: 'joe@tallybay.com', changed: true }]);
    expect(await ownerOf(lead)).toBe('joe@tallybay.com');
    pass(2 * day);
    await rivulet.dispatcher.wake();
    expect((await noticesTo('joe@tallybay.com')).map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^remind/),
    ]);
    const again = await rivulet.api(`/api/leads/${lead}/owner`, { owner: 'joe@tallybay.com' }, 'PUT');
    expect(again.body).toMatchObject({ changed: false });
  });
  test('is named once by many at the same instant, and again after somebody else', async () => {
    const lead = await aLead();
    const give = (owner: string) => rivulet.api(`/api/leads/${lead}/owner`, { owner }, 'PUT');
    await Promise.all(Array.from({ length: 5 }, () => give('joe@tallybay.com')));
    expect(await eventsOf(lead, 'owner.assigned')).toHaveLength(1);
    for (const owner of ['dana@tallybay.com', 'joe@tallybay.com', 'dana@tallybay.com']) {
      pass(1000);
      await give(owner);
    }
    expect(await eventsOf(lead, 'owner.assigned')).toHaveLength(4);
    expect(await ownerOf(lead)).toBe('dana@tallybay.com');
  });
  test('must be a colleague', async () => {
    const lead = await aLead();
    const { status, body } = await rivulet.api(`/api/leads/${lead}/owner`, { owner: 'jo@tallybay.com' }, 'PUT');
    expect(status).toBe(422);
    expect(body.problems).toEqual([{ pointer: '/owner', detail: 'Did you mean "joe@tallybay.com"?' }]);
    expect((await rivulet.api(`/api/leads/${lead}/owner`, { owner: 7 }, 'PUT')).status).toBe(422);
    expect((await rivulet.api('/api/leads/nobody/owner', { owner: 'joe@tallybay.com' }, 'PUT')).status).toBe(404);
  });
});

describe('the notice', () => {
  test('tells what is known, and leads nowhere but to its own page', async () => {
    const lead = await aLead({ company: 'Quay 9' }, { firstName: 'Ada', lastName: 'Quill' });
    for (let i = 0; i < 2; i += 1) await rivulet.api('/api/events', { type: 'page.viewed', about: '/pricing', lead });
    await handOver(lead);
    const [{ subject, html, text, headers }] = await noticesTo('dana@tallybay.com');
    expect(subject).toBe('tell: Ada Quill');
    expect(text).toContain('looked at /pricing (2 times)');
    expect(html).not.toMatch(/\/[cou]\//);
    expect(headers).not.toHaveProperty('List-Unsubscribe');
    expect(headers).not.toHaveProperty('Reply-To');
  });
  test('waits for a database that is away while it is made, and loses nothing', async () => {
    const { events } = rivulet.store;
    const { lastOfLead } = events;
    events.lastOfLead = async () => {
      events.lastOfLead = lastOfLead;
      throw new MongoNetworkError('connection closed');
    };
    const lead = await aLeadOfSales();
    expect(await noticesTo('dana@tallybay.com')).toHaveLength(0);
    const [message] = await rivulet.store.messages.ofLead(lead);
    expect(message).toMatchObject({ step: 'tell', state: 'queued', because: 'the database is away' });
    pass(31_000);
    await rivulet.dispatcher.wake();
    expect(await noticesTo('dana@tallybay.com')).toHaveLength(1);
  });
  test('has what strangers wrote in it as text', async () => {
    await aLeadOfSales({}, { firstName: '<img src=x onerror=alert(1)>', lastName: '"><script>' });
    const [{ html }] = await noticesTo('dana@tallybay.com');
    expect(html).not.toContain('<img src=x');
    expect(html).not.toContain('<script>');
  });
});

function never(): never {
  throw new Error('it is there');
}

describe('the page of a notice', () => {
  test('has the answer chosen that was followed, and a look at it answers nothing', async () => {
    const lead = await aLeadOfSales({ company: 'Quay 9' }, { firstName: 'Ada' });
    const { won } = await answerLinks('dana@tallybay.com');
    for (const method of ['GET', 'HEAD', 'GET']) {
      const response = await fetch(won, { method });
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
      const page = await response.text();
      if (method === 'HEAD') continue;
      expect(page).toMatch(/value="won" checked/);
      expect(page).not.toMatch(/value="lost" checked/);
      expect(page).toContain('<bdi>Ada</bdi>');
      expect(page).toContain('<bdi>Quay 9</bdi>');
      expect(page).toContain('Signed');
    }
    expect(await eventsOf(lead, 'sales.answered')).toEqual([]);
  });
  test('notes the answer with its value, moves the stage, ends the run, and says so', async () => {
    const lead = await aLeadOfSales();
    const { page } = await answerLinks('dana@tallybay.com');
    const response = await press(page, { answer: 'won', value: '4.800,50', note: 'Starts in May.' });
    expect(response.status).toBe(303);
    const shown = await (await fetch(new URL(response.headers.get('location') ?? '', page))).text();
    expect(shown).toContain('Thank you. 2 March 2026: Signed, €4,800.50, by dana@tallybay.com: “Starts in May.”');
    expect(shown).toContain('Undo');
    expect(await stageOf(lead)).toBe('customer');
    expect(await eventsOf(lead, 'sales.answered')).toMatchObject([
      {
        about: 'won',
        source: 'sales',
        data: { value: 4800.5, currency: 'EUR', note: 'Starts in May.', by: 'dana@tallybay.com' },
        sequence: 'over',
        step: 'tell',
      },
    ]);
    pass(3 * day);
    await rivulet.dispatcher.wake();
    expect(await noticesTo('dana@tallybay.com')).toHaveLength(1);
  });
  test('notes it once, however often and fast it is pressed', async () => {
    const lead = await aLeadOfSales();
    const { page } = await answerLinks('dana@tallybay.com');
    const all = await Promise.all(Array.from({ length: 8 }, () => press(page, { answer: 'won', value: '100' })));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 303));
    pass(1000);
    await press(page, { answer: 'won', value: '100' });
    expect(await eventsOf(lead, 'sales.answered')).toHaveLength(1);
  });
  test('takes another answer later: the newest counts, the history stays, and nobody moves backwards', async () => {
    const lead = await aLeadOfSales();
    const { page } = await answerLinks('dana@tallybay.com');
    for (const answer of ['contacted', 'won', 'lost']) {
      pass(day);
      await press(page, { answer });
    }
    const { body } = await rivulet.api(`/api/leads/${lead}/sales-answers`);
    expect(body.items.map(({ answer, counts }: Record<string, unknown>) => [answer, counts])).toEqual([
      ['lost', true],
      ['won', false],
      ['contacted', false],
    ]);
    expect(await stageOf(lead)).toBe('customer');
  });
  test('takes an answer back: it stays in the history, and the one before counts again', async () => {
    const lead = await aLeadOfSales();
    const { page } = await answerLinks('dana@tallybay.com');
    await press(page, { answer: 'contacted' });
    pass(60_000);
    const done = await press(page, { answer: 'not-interested' });
    const of = new URL(done.headers.get('location') ?? '', page).searchParams.get('done') ?? '';
    pass(60_000);
    const back = await press(page, { of }, 'undo');
    expect(await (await fetch(new URL(back.headers.get('location') ?? '', page))).text()).toContain('counts no longer');
    await press(page, { of }, 'undo');
    const { body } = await rivulet.api(`/api/leads/${lead}/sales-answers`);
    expect(body.items).toMatchObject([
      { answer: 'not-interested', counts: false, isTakenBack: true },
      { answer: 'contacted', counts: true, isTakenBack: false },
    ]);
    expect(await eventsOf(lead, 'sales.answered')).toHaveLength(3);
    pass(60_000);
    await press(page, { answer: 'not-interested' });
    const after = await rivulet.api(`/api/leads/${lead}/sales-answers`);
    expect(after.body.items[0]).toMatchObject({ answer: 'not-interested', counts: true, isTakenBack: false });
  });
  test('takes nothing back that is old, of another lead, or no answer', async () => {
    const other = await aLeadOfSales();
    const { page: otherPage } = await answerLinks('dana@tallybay.com');
    const done = await press(otherPage, { answer: 'won' });
    const of = new URL(done.headers.get('location') ?? '', otherPage).searchParams.get('done') ?? '';
    await aLeadOfSales();
    const { page } = await answerLinks('joe@tallybay.com');
    for (const one of [of, 'nothing', ''])
      expect((await press(page, { of: one }, 'undo')).headers.get('location')).toContain('done=nothing');
    pass(8 * day);
    expect((await press(otherPage, { of }, 'undo')).headers.get('location')).toContain('done=nothing');
    expect(await eventsOf(other, 'sales.answered')).toHaveLength(1);
  });
  test('says what is wrong, keeps what was typed, and notes nothing', async () => {
    const lead = await aLeadOfSales();
    const { page } = await answerLinks('dana@tallybay.com');
    const response = await press(page, { answer: 'won', value: 'lots', note: 'Starts in <May>' });
    const shown = await response.text();
    expect(response.status).toBe(400);
    expect(shown).toContain('This is no amount.');
    expect(shown).toMatch(/value="lots"/);
    expect(shown).toContain('Starts in &#60;May&#62;</textarea>');
    expect(shown).toMatch(/value="won" checked/);
    expect((await press(page, {})).status).toBe(400);
    expect((await press(page, { answer: 'won' }, 'nothing')).status).toBe(404);
    const noForm = await fetch(`${page}?choice=answer`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(noForm.status).toBe(415);
    const tooLong = await press(page, { answer: 'won', note: 'x'.repeat(80_000) });
    expect(tooLong.status).toBe(413);
    expect(await eventsOf(lead, 'sales.answered')).toEqual([]);
  });
  test('is for its own mail and ninety days', async () => {
    await aLeadOfSales();
    const { page } = await answerLinks('dana@tallybay.com');
    const token = page.split('/').at(-1) ?? '';
    const changed = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BA' : 'AA'}`;
    const message = idFrom('message', 'nobody', 'tell');
    const strange = [changed, token.slice(0, 20), signToken('sales', { message, link: 0 }, rivulet.keys), '%00'];
    for (const one of strange) expect((await fetch(`${rivulet.url}/s/${one}`)).status).toBe(404);
    pass(90 * day);
    expect((await fetch(page)).status).toBe(200);
    pass(1000);
    expect((await fetch(page)).status).toBe(404);
    expect((await press(page, { answer: 'won' })).status).toBe(404);
  });
  test('opens with no other token of ours, and its own opens nothing else', async () => {
    const { mail, id } = await (async () => {
      await rivulet.api('/api/leads', { email: 'own@example.org' });
      pass(31 * day);
      await rivulet.dispatcher.wake();
      const [first] = await rivulet.mailsTo('own@example.org');
      return { mail: first ?? never(), id: first?.messageId.split('@')[0] ?? '' };
    })();
    for (const purpose of ['unsubscribe', 'preferences', 'open'] as const) {
      const token = signToken(purpose, { message: id, link: 0 }, rivulet.keys);
      expect((await fetch(`${rivulet.url}/s/${token}`)).status).toBe(404);
    }
    // Nor does a mail to the lead itself have such a page, even if somebody could sign for it.
    const own = signToken('sales', { message: id, link: 0 }, rivulet.keys);
    for (const path of ['s', 'u', 'p', 'c']) expect((await fetch(`${rivulet.url}/${path}/${own}`)).status).toBe(404);
    expect(mail.links).toHaveLength(1);
  });
  test('is gone with its lead', async () => {
    const lead = await aLeadOfSales();
    const { page } = await answerLinks('dana@tallybay.com');
    await rivulet.store.db.collection<{ _id: string }>('leads').deleteOne({ _id: lead });
    expect((await fetch(page)).status).toBe(404);
    expect((await press(page, { answer: 'won' })).status).toBe(404);
  });
});

test('an answer that ends a series ends it at once', async () => {
  const lead = await aLeadOfSales();
  const { page } = await answerLinks('dana@tallybay.com');
  await press(page, { answer: 'not-interested' });
  const runs = await rivulet.store.enrollments.ofLead(lead);
  expect(runs.map(({ sequence, status, endedBecause }) => [sequence, status, endedBecause])).toEqual([
    ['hello', 'ended', 'sales.answered'],
    ['over', 'ended', 'sales.answered'],
  ]);
});
