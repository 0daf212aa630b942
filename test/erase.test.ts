import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { recordEvent } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import { ProviderEvent } from '../src/event/canonical.js';
import { recordProviderEvents } from '../src/lead/attribute.js';
import { captureLead } from '../src/lead/capture.js';
import { eraseLead, finishErasures } from '../src/lead/erase.js';
import { searchFor } from '../src/lead/erase-search.js';
import { exportPerson } from '../src/lead/person.js';
import { readableIn, spellingsOf } from '../src/message/spellings.js';
import { auditLedger } from '../src/store/audit.js';
import { isPersonal, undeclared } from '../src/store/personal.js';
import { isLong } from './proof/length.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, jobsOf, startHttpRivulet } from './support.js';

let project: string;
let rivulet: HttpRivulet;

beforeAll(async () => {
  project = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'hi', send: 'hello', subject: 'Hello {{lead.firstName "you"}}' },
        { wait: '2 days' },
        { id: 'again', send: 'hello', subject: 'Again' },
      ],
      { enroll: { on: 'lead.created' }, exit: { on: ['converted'] } },
    ),
    'sequences/told.json': aSequenceFile([{ notify: { email: 'sales@example.com', template: 'told' } }], {
      enroll: { on: 'form.submitted' },
    }),
    'sequences/crm.json': aSequenceFile([{ id: 'crm', webhook: { url: 'https://crm.invalid/hook' } }], {
      enroll: { on: 'lead.created' },
    }),
    'templates/told.mjml':
      '<mj-section><mj-column><mj-text>Look at {{lead.email}}, {{lead.firstName "somebody"}}.</mj-text></mj-column></mj-section>',
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project, REPLY_ADDRESS: 'replies@in.example.com' });
});
afterAll(async () => {
  await rivulet.close();
  await rm(project, { recursive: true });
});

const tools = () => ({ store: rivulet.store, now: rivulet.engine.now });
const order = { by: 'a test' };

/** A lead that has lived through everything that leaves a trace: mails, opens, clicks, replies, bounces, calls, other addresses. */
async function aLifeOf(email: string, lastName = 'Lovelace') {
  const { store, engine, dispatcher, reader, api } = rivulet;
  const { id, mail } = await rivulet.welcome(email, { firstName: 'Ada', lastName, attributes: { company: 'Pell' } });
  await reader.opens(mail);
  await reader.clicks(mail.links[0]);
  await api('/api/events', { type: 'form.submitted', about: 'white-paper', email });
  await dispatcher.wake();
  const wrote = `From: Ada <${email}>\r\nTo: replies@in.example.com\r\nSubject: Re: Hello\r\nMessage-ID: <1.${email}>\r\nIn-Reply-To: ${mail.messageId}\r\n\r\nHow much is it? Ada\r\n`;
  await rivulet.reception.takeOnly({
    raw: Buffer.from(wrote),
    recipients: ['replies@in.example.com'],
    at: engine.now(),
  });
  await recordEvent(
    {
      id: `bounce-${id}`,
      type: 'bounced',
      lead: id,
      at: engine.now(),
      source: 'smtp',
      machine: false,
      hard: true,
      why: `550 no ${email}`,
    },
    engine,
  );
  await recordEvent(
    {
      id: `asked-${id}`,
      type: 'address.asked',
      lead: id,
      at: engine.now(),
      source: 'mail',
      machine: false,
      about: `new-${email}`,
    },
    engine,
  );
  await rivulet.api('/api/leads', { email, lastName, firstName: 'Ada' });
  await fetch(`${rivulet.url}/api/leads`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${rivulet.apiKey}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': `once-for-${id}`,
    },
    body: JSON.stringify({ email, tags: ['told-once'] }),
  }).then((response) => response.arrayBuffer());
  const now = engine.now();
  const browser = idFrom('browser', email);
  await store.submissions.keep({ ...aSubmission, id: `sub-${id}`, email, emailKey: email, lead: id, at: now });
  await store.visitors.take(browser, id, now);
  const seen = {
    id: `seen-${id}`,
    type: 'page.viewed',
    at: now,
    source: 'site',
    about: `/me?mail=${encodeURIComponent(email)}`,
  };
  const visitor = await store.visitors.byId(browser);
  if (visitor) await store.visitors.keep(visitor, [seen], now);
  await store.imports.keepBroken(
    `import-${id}`,
    [{ line: 7, reason: 'it has more columns', text: `${email};Ada;Lovelace;x;y` }],
    now,
  );
  await dispatcher.wake();
  for (const job of jobsOf(rivulet)) if (/report/.test(job.name)) await job.run();
  return { id, mail, lead: await leadOf(id), store };
}

const aSubmission = {
  form: 'white-paper',
  title: 'White paper',
  agreed: [{ purpose: 'news', version: 'v1' }],
  network: '203.0.113.0/24',
  now: ['fields', 'form'] as const,
  confirmed: [],
  mail: true,
  isNewLead: false,
};

async function leadOf(id: string) {
  const lead = await rivulet.store.leads.byId(id);
  if (!lead) throw new Error(`no lead ${id}`);
  return lead;
}

/** Every row of every collection as text. */
async function everything(): Promise<string> {
  const { db } = rivulet.store;
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const rows = await Promise.all(names.map((name) => db.collection(name).find({}, { raw: true }).toArray()));
  return rows
    .flat()
    .map((row) => (Buffer.isBuffer(row) ? readableIn(row) : ''))
    .join('\n');
}

describe('what is declared', () => {
  test('every collection says what it holds of people', async () => {
    await aLifeOf('declared@example.org');
    expect(await undeclared(rivulet.store.db, rivulet.store.personal)).toEqual([]);
  });

  test('a collection that nobody spoke of is found', async () => {
    const { db, personal } = rivulet.store;
    await db.collection('forgotten').insertOne({ lead: 'ada' });
    try {
      expect(await undeclared(db, personal)).toEqual(['forgotten']);
    } finally {
      await db.dropCollection('forgotten');
    }
  });

  test('what holds nobody has no lead in it', async () => {
    const { id } = await aLifeOf('nowhere@example.org');
    const { db, personal } = rivulet.store;
    for (const holding of personal.filter((one) => !isPersonal(one))) {
      const text = JSON.stringify(await db.collection(holding.collection).find().toArray());
      expect(text.includes(id) ? holding.collection : undefined).toBeUndefined();
      expect(text.includes('nowhere@') ? holding.collection : undefined).toBeUndefined();
    }
  });
});

describe('an erased lead', () => {
  test('is in no row of any collection, whatever it lived through', async () => {
    const { id, lead, mail } = await aLifeOf('ada.whole@example.org', 'King-Noel');
    const before = await everything();
    for (const trace of ['ada.whole@example.org', 'ada.whole%40example.org', 'king-noel', id])
      expect(before).toContain(trace);
    const erased = await eraseLead(lead, order, tools());
    expect(erased).toMatchObject({ state: 'erased', remains: [], note: { state: 'watched', found: 0 } });
    const after = await everything();
    for (const trace of ['ada.whole', 'king-noel', messageIn(mail)]) expect(after).not.toContain(trace);
    await finishWatch();
    expect(await everything()).not.toContain(id);
    expect(rivulet.faults).toEqual([]);
  });

  test('went out of every collection that holds people and had something of it', async () => {
    const { lead } = await aLifeOf('ada.counted@example.org');
    const held = (await exportPerson(lead, rivulet.store, rivulet.engine.now())).parts.map(({ part }) => part);
    const erased = await eraseLead(lead, order, tools());
    const went = erased.state === 'erased' ? Object.keys(erased.note.erased) : [];
    expect(went).toEqual(expect.arrayContaining(held.filter((part) => part !== 'linkSets' && part !== 'erasures')));
    // Else the test above would prove little.
    expect(held).toEqual(
      expect.arrayContaining([
        'events',
        'messages',
        'enrollments',
        'calls',
        'mailbox',
        'keptMails',
        'submissions',
        'visitors',
        'requests',
        'importBroken',
        'suppressions',
        'leads',
      ]),
    );
  });

  test('stays suppressed by a hash that names nobody', async () => {
    const { lead } = await aLifeOf('ada.bounced@example.org');
    await eraseLead(lead, order, tools());
    expect(await rivulet.store.suppressions.of('ada.bounced@example.org')).toBe('hard-bounced');
    expect(await rivulet.store.suppressions.look('ada.bounced@example.org')).not.toHaveProperty('address');
  });

  test('may come back as another lead, unless its address is to be left in peace for ever', async () => {
    const { store, engine } = rivulet;
    const one = await rivulet.welcome('back@example.org');
    await eraseLead(await leadOf(one.id), order, tools());
    expect(await store.suppressions.of('back@example.org')).toBeUndefined();
    const again = await captureLead(
      { email: 'back@example.org', emailKey: 'back@example.org' },
      'form',
      store,
      engine,
      rivulet.newId,
    );
    expect(again.isNew).toBe(true);
    expect(again.lead.id).not.toBe(one.id);
    await eraseLead(again.lead, { ...order, suppress: true }, tools());
    expect(await store.suppressions.of('back@example.org')).toBe('manual');
    expect(await everything()).not.toContain('back@example.org');
  });

  test('takes nothing of another person along, not the links that both got', async () => {
    const plain = await rivulet.welcome('first@example.org', { firstName: 'Ada', lastName: 'Twin' });
    const other = await rivulet.welcome('second@example.org', { firstName: 'Ada', lastName: 'Twin' });
    const shared = await rivulet.store.linkSets.keep(['https://example.com/both']);
    const { db } = rivulet.store;
    await db.collection('linkSets').deleteMany({ links: /(?:first|second)%40/ });
    await db.collection('messages').updateMany({ lead: { $in: [plain.id, other.id] } }, { $set: { links: shared } });
    const before = await exportPerson(await leadOf(other.id), rivulet.store, rivulet.engine.now());
    const erased = await eraseLead(await leadOf(plain.id), order, tools());
    // Only the name is told of, which others may have.
    expect(erased).toMatchObject({ note: { found: 0 } });
    expect(erased.state === 'erased' && erased.remains.every(({ by }) => by === 'name')).toBe(true);
    expect((await exportPerson(await leadOf(other.id), rivulet.store, rivulet.engine.now())).parts).toEqual(
      before.parts,
    );
    expect(await rivulet.store.linkSets.byId(shared)).toEqual(['https://example.com/both']);
  });

  test('leaves the ledger whole', async () => {
    const { lead } = await aLifeOf('ada.ledger@example.org');
    await eraseLead(lead, order, tools());
    const { findings } = await auditLedger(rivulet.store.db, { now: rivulet.clock.now, lateMs: 600_000 });
    expect(findings).toEqual([]);
  });

  test('is nobody to what a provider tells later, and nothing is kept of it', async () => {
    const { lead, mail } = await aLifeOf('ada.late@example.org');
    await eraseLead(lead, order, tools());
    const event = ProviderEvent.parse({
      type: 'complained',
      recipient: 'ada.late@example.org',
      metadata: { rivulet: messageIn(mail) },
      dedupeKey: 'late',
      machine: false,
    });
    const told = await recordProviderEvents('postmark', [event], rivulet.store, rivulet.engine);
    expect(told).toMatchObject({ stray: 1, recorded: 0 });
    await rivulet.open(mail);
    await rivulet.judged();
    const after = await everything();
    expect(after).not.toContain('ada.late');
  });

  test('is swept up behind: what was on its way just then goes too', async () => {
    const { id, lead } = await aLifeOf('ada.swept@example.org');
    await eraseLead(lead, order, tools());
    const { store } = rivulet;
    const late = {
      id: `late-${id}`,
      type: 'page.viewed',
      lead: id,
      at: rivulet.engine.now(),
      source: 'site',
      machine: false,
    };
    await store.events.keep([{ event: late, isSettled: true }], rivulet.engine.now());
    await finishWatch();
    expect(await store.events.ofLead(id)).toEqual([]);
    expect(await store.erasures.of(id)).toMatchObject({ state: 'done' });
    expect(await store.erasures.of(id)).not.toHaveProperty('leads');
  });

  test('waits for a mail that is being handed over, and goes when that is done', async () => {
    const { id } = await rivulet.welcome('ada.sending@example.org');
    const { store } = rivulet;
    const [message] = await store.messages.ofLead(id);
    await store.db.collection('messages').updateOne({ lead: id }, { $set: { state: 'sending' } });
    expect(await eraseLead(await leadOf(id), order, tools())).toEqual({ state: 'waiting' });
    // Nothing more is begun meanwhile.
    expect((await store.enrollments.ofLead(id)).filter(({ status }) => status === 'active')).toEqual([]);
    expect(message).toBeDefined();
    await store.db.collection('messages').updateOne({ lead: id }, { $set: { state: 'accepted' } });
    await finishWatch();
    expect(await store.leads.byId(id)).toBeUndefined();
    expect(await everything()).not.toContain('ada.sending');
  });

  test('is gone after a crash at any write', async () => {
    const wrong: string[] = [];
    let survives = 0;
    for (let isWhole = false; !isWhole; survives += isLong ? 1 : 4) {
      const email = `mortal-${survives}@example.org`;
      const { id } = await rivulet.welcome(email, { firstName: 'Ada' });
      isWhole = await eraseDyingAfter(survives, id);
      const isNoted = (await rivulet.store.erasures.of(id)) !== undefined;
      await finishWatch();
      await finishWatch();
      const left = await everything();
      const isThere = left.includes(email) || left.includes(id);
      if (isThere === isNoted) wrong.push(`after ${survives} steps: noted ${isNoted}, there ${isThere}`);
    }
    expect(wrong).toEqual([]);
    // Else no crash was tried at all.
    expect(survives).toBeGreaterThan(10);
  }, 180_000);
});

/** Erases with a process that dies after so many of its steps. Answers whether it lived to the end. */
async function eraseDyingAfter(steps: number, id: string): Promise<boolean> {
  let left = steps;
  const dying = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (left <= 0) throw new Error('killed');
          left -= 1;
          return Reflect.apply(value, target, args);
        };
      },
    });
  const { store } = rivulet;
  const lead = await leadOf(id);
  const mortal = { ...store, erasures: dying(store.erasures), personal: store.personal.map((part) => dying(part)) };
  try {
    await eraseLead(lead, order, { ...tools(), store: mortal });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message === 'killed') return false;
    throw error;
  }
}

describe('a person who asks what is held of it', () => {
  test('gets all of it, readable, and with what each part is', async () => {
    const { id } = await aLifeOf('ada.asks@example.org', 'Asks');
    const answer = await rivulet.api(`/api/leads/${id}/export`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename=person-${id}.json`);
    const parts = new Map<string, { what: string; count: number; rows: object[] }>(
      answer.body.parts.map((part: { part: string }) => [part.part, part]),
    );
    expect(parts.get('leads')?.rows).toMatchObject([{ id, email: 'ada.asks@example.org', lastName: 'Asks' }]);
    expect(JSON.stringify(parts.get('keptMails')?.rows)).toContain('How much is it?');
    expect(JSON.stringify(parts.get('mailbox')?.rows)).toContain('Subject: Hello Ada');
    for (const { what } of parts.values()) expect(what.length).toBeGreaterThan(10);
  });

  test('gets nothing of anybody else', async () => {
    const { id } = await rivulet.welcome('alone@example.org');
    await rivulet.welcome('neighbour@example.org');
    expect((await rivulet.api(`/api/leads/${id}/export`)).text).not.toContain('neighbour');
  });
});

describe('DELETE /api/leads/:id', () => {
  test('erases, tells by a hash what went, and may be asked again', async () => {
    const { id } = await aLifeOf('ada.api@example.org', 'Api');
    const first = await rivulet.api(`/api/leads/${id}?by=privacy%20desk`, undefined, 'DELETE');
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ state: 'erased', remains: [], erased: { leads: 1 } });
    expect(JSON.stringify(first.body)).not.toContain('ada.api');
    const again = await rivulet.api(`/api/leads/${id}`, undefined, 'DELETE');
    expect(again.body).toMatchObject({ erasure: first.body.erasure, state: 'erased' });
    expect((await rivulet.api(`/api/leads/${id}`)).status).toBe(404);
    expect((await rivulet.store.erasures.of(id))?.by).toBe('privacy desk');
  });

  test('is for those with the key, and of nobody is 404', async () => {
    expect((await fetch(`${rivulet.url}/api/leads/x`, { method: 'DELETE' })).status).toBe(401);
    expect((await fetch(`${rivulet.url}/api/leads/x/export`)).status).toBe(401);
    expect((await rivulet.api('/api/leads/nobody', undefined, 'DELETE')).status).toBe(404);
    expect((await rivulet.api('/api/leads/nobody/export')).status).toBe(404);
    expect((await rivulet.api('/api/leads/x?keepSuppressed=perhaps', undefined, 'DELETE')).status).toBe(422);
  });
});

describe('the search', () => {
  test.each([
    ['as it is written', 'Look.At@example.org'],
    ['in a link', 'https://example.com/?m=look.at%40example.org'],
    ['in quoted-printable', 'Content-Transfer-Encoding: quoted-printable\r\n\r\nlook.a=\r\nt=40example.org'],
    [
      'in base64',
      `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from('Dear look.at@example.org,').toString('base64')}`,
    ],
    ['in HTML', 'look.at@example.org</b>'],
  ])('finds an address %s', async (_how, text) => {
    const { db } = rivulet.store;
    await db
      .collection<{ _id: string; bytes: Buffer; text: string }>('cursors')
      .insertOne({ _id: 'found', bytes: Buffer.from(text), text: '' });
    try {
      const sought = {
        leads: [],
        addresses: ['look.at@example.org'],
        messages: [],
        enrollments: [],
        linkSets: [],
        words: [],
      };
      const found = await searchFor(sought, { db, isKnown: () => false });
      expect(found).toEqual([{ collection: 'cursors', id: 'found', by: 'address' }]);
    } finally {
      await db.collection<{ _id: string }>('cursors').deleteOne({ _id: 'found' });
    }
  });

  test('finds a domain in its own script and in A-labels', () => {
    expect(spellingsOf('ada@xn--mller-kva.example')).toEqual(
      expect.arrayContaining(['ada@xn--mller-kva.example', 'ada@m\u00fcller.example']),
    );
  });
});

function messageIn({ messageId }: { readonly messageId: string }): string {
  return messageId.replace(/^<|@.*$/g, '');
}

async function finishWatch(): Promise<void> {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 2 * 3_600_000);
  await finishErasures(tools());
}
