import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startHttpRivulet();
});
afterAll(() => rivulet.close());

/** An address of its own for each test. */
const anAddress = () => `lead-${(number += 1)}@example.org`;
const post = (body: unknown) => rivulet.api('/api/leads', body);
const pointers = ({ body }: { body: { problems?: readonly { pointer: string }[] } }) =>
  (body.problems ?? []).map(({ pointer }) => pointer);
/** How often each status was answered. */
const statusesOf = (answers: readonly { status: number }[]) =>
  Object.fromEntries([200, 201].map((code) => [code, answers.filter(({ status }) => status === code).length]));
const countLeads = () => rivulet.store.db.collection('leads').countDocuments();

describe('POST /api/leads', () => {
  test('makes a lead, says where it is, and sets its series going', async () => {
    const lead = {
      email: 'Ada.King@Example.ORG',
      firstName: 'Ada',
      lastName: 'King',
      timezone: 'Europe/London',
      locale: 'en-GB',
      attributes: { jobTitle: 'Head of Logistics', companySize: 250, vip: false },
      tags: ['fair', 'vip'],
    };
    const { status, headers, body } = await post(lead);
    expect([status, headers.get('location')]).toEqual([201, `/api/leads/${body.id}`]);
    expect(body).toEqual({
      ...lead,
      email: 'Ada.King@example.org',
      id: expect.any(String),
      stage: 'welcome',
      consent: { status: 'granted', source: 'api', at: rivulet.clock.now.toISOString() },
      createdAt: rivulet.clock.now.toISOString(),
      preferences: { topicsOff: [], frequency: 'as they come', snoozedUntil: null },
      score: 24,
      grid: 'A4',
      thresholds: [],
    });
    await rivulet.dispatcher.wake();
    expect(await rivulet.mailsTo('Ada.King@example.org')).toMatchObject([{ step: 'hello' }]);
  });

  test('changes the lead whose address it is, however that is spelled, and answers 200', async () => {
    const email = anAddress();
    const first = await post({ email });
    const again = await post({ email: ` ${email.toUpperCase()} `, firstName: 'Ada' });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual({ ...first.body, firstName: 'Ada' });
  });

  test('leaves alone what is left out', async () => {
    const email = anAddress();
    const whole = {
      email,
      firstName: 'Ada',
      timezone: 'Europe/Paris',
      attributes: { company: 'Byron', companySize: 4 },
      tags: ['a'],
    };
    const { body } = await post(whole);
    const changed = await post({ email, attributes: { companySize: 5 }, tags: ['b', 'a'] });
    expect(changed.body).toEqual({
      ...body,
      attributes: { company: 'Byron', companySize: 5 },
      tags: ['a', 'b'],
    });
  });

  test('told of one new address twenty times at once makes one lead, one run and one mail', async () => {
    const email = anAddress();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => post({ email, attributes: { i } })));
    await rivulet.dispatcher.wake();
    expect(statusesOf(answers)).toEqual({ 200: 19, 201: 1 });
    const ids = new Set(answers.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    expect(await rivulet.store.enrollments.ofLead(id)).toMatchObject([{ sequence: 'welcome', status: 'active' }]);
    expect(await rivulet.store.messages.ofLead(id)).toHaveLength(1);
    expect(await rivulet.mailsTo(email)).toHaveLength(1);
    expect(await rivulet.store.events.count({ lead: id, type: 'lead.created' })).toBe(1);
    expect(await rivulet.store.events.count({ lead: id, type: 'stage.entered' })).toBe(1);
  });

  test.each([
    ['granted', 1],
    ['pending', 0],
    ['denied', 0],
  ])('with consent %s sends %i mails', async (status, mails) => {
    const email = anAddress();
    const consent = { status, source: 'form 7', at: '2026-03-01T10:00:00+01:00' };
    const { body } = await post({ email, consent });
    await rivulet.dispatcher.wake();
    expect(body.consent).toEqual({ ...consent, at: '2026-03-01T09:00:00.000Z' });
    expect(await rivulet.mailsTo(email)).toHaveLength(mails);
  });

  test('with consent taken back ends the series before its next mail', async () => {
    const { id, mail } = await rivulet.welcome(anAddress());
    await post({ email: mail.to, consent: { status: 'denied', source: 'phone', at: rivulet.clock.now } });
    const { next } = (await rivulet.api(`/api/leads/${id}/timeline`)).body;
    expect(next.filter(({ kind }: { kind: string }) => kind === 'mail')).toEqual([]);
  });

  test('names everything that is wrong, each at its place', async () => {
    const { status, headers, body } = await post({
      email: 'not an address',
      firstName: 7,
      timezone: 'Europe/Atlantis',
      locale: 'English',
      attributes: { $where: 'x', 'a.b': 1, 'a/b~c': 1, list: [1] },
      tags: ['', 7],
      consent: { status: 'maybe', source: 'x', at: 'yesterday' },
      score: 100,
    });
    expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json; charset=utf-8']);
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Unprocessable content',
      status: 422,
      detail: 'Some of what was sent is not as it must be.',
      problems: expect.anything(),
    });
    const told = Object.fromEntries(
      body.problems.map(({ pointer, detail }: Record<string, string>) => [pointer, detail]),
    );
    const wrongName = 'a field name begins with a letter and has letters, digits, "_" and "-" only';
    expect(told).toEqual({
      '/email': 'an e-mail address looks like name@example.com',
      '/firstName': 'this must be text',
      '/timezone': 'there is no such time zone; IANA names look like "Europe/Paris"',
      '/locale': 'a locale looks like "en" or "pt-BR"',
      '/attributes/$where': wrongName,
      '/attributes/a.b': wrongName,
      '/attributes/a~1b~0c': wrongName,
      '/attributes/list':
        'this must be text on one line of up to 1000 characters, a number, true, false or a list of such texts',
      '/tags/0': 'this must not be empty',
      '/tags/1': 'this must be text',
      '/consent/status': 'this must be one of: granted, pending, denied',
      '/consent/at': 'an instant looks like "2026-03-02T09:00:00Z"',
      '/score': 'is not a field here',
    });
  });

  // Each of these was an attack on somebody's database or a way past somebody's checks.
  const hostile: readonly [string, string][] = [
    ['an operator', '{"$gt":""}'],
    ['another operator', '{"$ne":null}'],
    ['code', '{"$where":"sleep(1000)"}'],
    ['a prototype', '{"__proto__":{"polluted":true}}'],
    ['a constructor', '{"constructor":{"prototype":{"polluted":true}}}'],
    ['a list', '["x"]'],
    ['a list of operators', '[{"$gt":""}]'],
    ['null', 'null'],
  ];
  const fields = ['email', 'firstName', 'lastName', 'timezone', 'locale', 'attributes', 'attributes/company'];
  /** null takes these away. */
  const removable = ['firstName', 'lastName', 'timezone', 'locale', 'attributes/company'];
  const more = ['tags', 'tags/0', 'consent', 'consent/status', 'consent/source', 'consent/at'];

  test.each(hostile)('takes %s for a wrong value in whatever field it stands', async (_, json) => {
    const before = await countLeads();
    for (const field of [...fields, ...more]) {
      // A list of texts is what tags are, and what a field may hold.
      if ((field === 'tags' || field === 'attributes/company') && json === '["x"]') continue;
      if (removable.includes(field) && json === 'null') continue;
      const answer = await post(bodyWith(field, json));
      const isNamed = pointers(answer).some((pointer) => pointer.startsWith(`/${field}`));
      expect([field, answer.status, isNamed]).toEqual([field, 422, true]);
    }
    expect(await countLeads()).toBe(before);
    expect({}).not.toHaveProperty('polluted');
  });

  test.each(['__proto__', '$set', '$where', 'a.b', '_id', 'entries', 'stage', 'createdAt', 'emailKey', 'suppressed'])(
    'takes no field "%s" of which it does not know',
    async (name) => {
      const answer = await post(`{"email":"${anAddress()}","${name}":{"x":1}}`);
      expect([answer.status, pointers(answer)]).toEqual([422, [`/${name}`]]);
    },
  );

  test.each(['__proto__', '$set', 'a.b', '', '1st', 'x'.repeat(61)])('takes no attribute "%s"', async (name) => {
    const answer = await post(`{"email":"${anAddress()}","attributes":{"${name}":"x"}}`);
    expect([answer.status, pointers(answer)]).toEqual([422, [`/attributes/${name}`]]);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', 'email', 'stage'])(
    'takes an attribute "%s" for nothing but a name',
    async (name) => {
      const { body } = await post({ email: anAddress(), attributes: { [name]: 'x' } });
      expect(body).toMatchObject({ stage: 'welcome', attributes: { [name]: 'x' } });
      expect((await rivulet.api(`/api/leads/${body.id}/timeline`)).status).toBe(200);
    },
  );

  test.each(['\0', '\n', '\r\n', '\t', '\u0085', '\u2028', '\u202e', '\u2066'])(
    'takes no text with the control character %j',
    async (character) => {
      const text = `x${character}Bcc: eve@example.net`;
      const at = rivulet.clock.now;
      const answer = await post({
        email: `a${character}@example.org`,
        firstName: text,
        lastName: text,
        locale: `en${character}`,
        timezone: `UTC${character}`,
        attributes: { company: text },
        tags: [text],
        consent: { status: 'granted', source: text, at },
      });
      expect(answer.status).toBe(422);
      expect(pointers(answer).toSorted()).toEqual(
        '/attributes/company /consent/source /email /firstName /lastName /locale /tags/0 /timezone'.split(' '),
      );
    },
  );

  test('takes names as long as names are, and no longer', async () => {
    const tooLong = { firstName: 'x'.repeat(201), attributes: { a: 'x'.repeat(1001) }, tags: ['x'.repeat(61)] };
    expect(pointers(await post({ email: anAddress(), ...tooLong }))).toEqual([
      '/firstName',
      '/attributes/a',
      '/tags/0',
    ]);
    const tags = Array.from({ length: 101 }, (_, i) => `tag-${i}`);
    expect(pointers(await post({ email: anAddress(), tags }))).toEqual(['/tags']);
  });

  test('keeps names in any script as they are, and in mail they are text', async () => {
    const email = anAddress();
    const names = { firstName: '{{lead.email}}<b>نور</b>', lastName: "O'Brien \u{1f600} {{#if 1}}" };
    const { body } = await post({ email, ...names });
    expect(body).toMatchObject(names);
    await rivulet.dispatcher.wake();
    expect(await rivulet.mailsTo(email)).toHaveLength(1);
  });

  test.each([
    ['cut off', '{"email": "ada@', 400],
    ['no JSON', 'email=ada@example.org', 400],
    ['a bare text', '"ada@example.org"', 400],
    ['nothing but null', 'null', 400],
    ['deeply nested', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422],
    ['a list', '[]', 422],
    ['too large', JSON.stringify({ email: 'a@example.org', firstName: 'x'.repeat(300_000) }), 413],
  ])('answers a body that is %s with a problem, not with a stack', async (_, body, status) => {
    const answer = await post(body);
    expect([answer.status, answer.body.status]).toEqual([status, status]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.text).not.toMatch(/\bat \w|node_modules|\.ts\b|SyntaxError/);
  });

  test('asks for JSON when the body is not said to be', async () => {
    const answer = await readAnswer(
      await fetch(`${rivulet.url}/api/leads`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${rivulet.apiKey}` },
        body: new URLSearchParams({ email: anAddress() }),
      }),
    );
    expect(answer).toMatchObject({ status: 415, body: { detail: expect.stringContaining('application/json') } });
  });
});

describe('without the key', () => {
  const routes = ['GET /api/leads', 'POST /api/leads', 'GET /api/leads/x', 'GET /api/leads/x/timeline'];
  const others = ['POST /api/events', 'GET /api/sequences', 'GET /api/mailbox', 'GET /api/mailbox/x.eml', 'GET /api/x'];

  test.each([...routes, ...others])('%s answers 401 and nothing else', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const basic = Buffer.from(`any:${rivulet.apiKey}`).toString('base64');
    const wrong = ['', 'Bearer', 'Bearer x', `Bearer ${rivulet.apiKey}x`, `Basic ${basic}`, rivulet.apiKey];
    for (const authorization of wrong) {
      const answer = await readAnswer(
        await fetch(`${rivulet.url}${path}?key=${rivulet.apiKey}`, {
          method,
          headers: authorization ? { Authorization: authorization } : {},
          ...(method === 'POST' ? { body: '{"email": broken' } : {}),
        }),
      );
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      const { type, title, status, ...rest } = answer.body;
      expect({ type, title, status }).toEqual({ type: 'about:blank', title: 'Not signed in', status: 401 });
      expect(Object.keys(rest)).toEqual(['detail']);
      expect(rest.detail).toMatch(/"Authorization: Bearer <key>"/);
    }
  });
});

describe('GET /api/leads', () => {
  test('shows the score, and whether and why a lead gets no mail', async () => {
    const { mail } = await rivulet.welcome(anAddress());
    await fetch(mail.unsubscribe, { method: 'POST' });
    const { items } = (await rivulet.api('/api/leads?limit=200')).body;
    expect(items.find(({ email }: { email: string }) => email === mail.to)).toMatchObject({
      stage: 'welcome',
      score: -40,
      suppressed: 'unsubscribed',
    });
  });

  test.each([
    ['after=x', '/after'],
    ['after=', '/after'],
    ['after=1772442000000', '/after'],
    ['after=_x', '/after'],
    ['after=99999999999999999999_x', '/after'],
    ['after=1_%7B%22%24gt%22%3A%22%22%7D', '/after'],
    ['after=1_a&after=2_b', '/after'],
    ['limit=0', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=201', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=ten', '/limit'],
    ['limit=', '/limit'],
  ])('answers ?%s with what is wrong, on every list', async (query, pointer) => {
    for (const list of ['leads', 'mailbox']) {
      const answer = await rivulet.api(`/api/${list}?${query}`);
      expect([answer.status, pointers(answer)]).toEqual([422, [pointer]]);
    }
  });
});

describe('GET /api/leads/:id', () => {
  test('explains the score by lines that sum up to it, also when points have faded and a cap holds', async () => {
    const { id, mail } = await rivulet.welcome(anAddress(), { attributes: { jobTitle: 'Director', companySize: 900 } });
    for (let i = 0; i < 6; i += 1) {
      await rivulet.reader.opens(mail);
      rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 5 * 86_400_000);
    }
    const { score, scoreExplained } = (await rivulet.api(`/api/leads/${id}`)).body;
    const sum = scoreExplained.lines.reduce((total: number, { points }: { points: number }) => total + points, 0);
    expect(sum).toBeCloseTo(score, 6);
    expect(scoreExplained.total).toBe(score);
    expect(scoreExplained.engagement + scoreExplained.fit).toBeCloseTo(score, 6);
    const opened = scoreExplained.lines.filter(({ why }: { why: string }) => why === 'opened a mail');
    expect(opened).toHaveLength(6);
    expect(opened[0]).toMatchObject({ part: 'engagement', of: 4 });
    expect(opened[0].points).toBeLessThan(4);
    expect(scoreExplained.lines).toContainEqual({
      part: 'fit',
      points: 6,
      of: 6,
      group: 'company',
      why: 'a company with more than one dock',
    });
  });

  test('says where the lead stands in each series, and what comes next and why', async () => {
    const { id } = await rivulet.welcome(anAddress(), { timezone: 'Europe/Paris' });
    const { enrollments, next } = (await rivulet.api(`/api/leads/${id}`)).body;
    expect(enrollments).toEqual([
      {
        id: expect.stringMatching(/^[a-z2-7]{32}$/),
        sequence: 'welcome',
        revision: expect.any(String),
        status: 'active',
        step: expect.any(String),
        dueAt: expect.stringMatching(/Z$/),
        waitsFor: expect.stringMatching(/\w/),
        startedAt: rivulet.clock.now.toISOString(),
        because: 'stage.entered: welcome',
      },
    ]);
    expect(next).toMatchObject({ at: expect.any(String), kind: expect.any(String), because: expect.any(String) });
  });

  test.each([
    ['a name', 'x', 404],
    ['a prototype', '__proto__', 404],
    ['an operator', '%7B%22$gt%22:%22%22%7D', 404],
    ['a way up', '..%2F..%2Fetc', 404],
    ['a zero byte', '%00', 404],
    ['a broken escape', '%E0%A4%A', 400],
    ['very long', 'a'.repeat(5000), 404],
  ])('of an id that is %s is a problem, not a fault', async (_, id, status) => {
    for (const path of [`/api/leads/${id}`, `/api/leads/${id}/timeline`]) {
      const answer = await rivulet.api(path);
      expect([answer.status, answer.body.status]).toEqual([status, status]);
      expect(answer.text).not.toMatch(/\bat \w+ \(|node_modules/);
    }
  });
});

describe('GET /api/leads/:id/timeline', () => {
  test('tells what was, in its order, and what will be, each with its reason', async () => {
    const { id, mail } = await rivulet.welcome(anAddress());
    await rivulet.reader.opens(mail);
    const { past, next } = (await rivulet.api(`/api/leads/${id}/timeline`)).body;
    const times = past.map(({ at }: { at: string }) => at);
    expect(times).toEqual(times.toSorted());
    const told = past.map(({ what }: { what: string }) => what);
    for (const what of [
      'lead.created',
      'stage.entered welcome',
      'entered welcome',
      'mail "Your dock board is ready" accepted',
      'opened',
    ])
      expect(told).toContain(what);
    expect(past.filter(({ because }: { because?: string }) => typeof because !== 'string')).toEqual([]);
    expect(next.map(({ what }: { what: string }) => what)).toContain('Your first truck, booked in 20 minutes');
  });
});

describe('POST /api/events', () => {
  const tell = (body: unknown) => rivulet.api('/api/events', body);

  test('tells of a lead, by address or by id, and what the rules make of it happens', async () => {
    const { id, mail } = await rivulet.welcome(anAddress());
    const asked = await tell({ email: mail.to.toUpperCase(), type: 'form.submitted', about: 'white-paper' });
    expect(asked).toMatchObject({ status: 201, body: { id: expect.any(String), recorded: true } });
    await tell({ lead: id, type: 'page.viewed', about: '/pricing', at: rivulet.clock.now, data: { seconds: 40 } });
    const { score, enrollments } = (await rivulet.api(`/api/leads/${id}`)).body;
    expect(score).toBe(30);
    expect(enrollments.map(({ sequence }: { sequence: string }) => sequence)).toContain('consideration-white-paper');
    const viewed = (await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'page.viewed');
    expect(viewed).toMatchObject([{ about: '/pricing', data: { seconds: 40 }, source: 'api', machine: false }]);
  });

  test('told again with the same id, or five times at once, counts once', async () => {
    const { id, mail } = await rivulet.welcome(anAddress());
    const event = { email: mail.to, type: 'page.viewed', about: '/pricing', id: 'visit 7' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => tell(event)));
    answers.push(await tell({ ...event, lead: id, email: undefined }));
    expect(statusesOf(answers)).toEqual({ 200: 5, 201: 1 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await rivulet.store.events.count({ lead: id, type: 'page.viewed' })).toBe(1);
    expect((await rivulet.api(`/api/leads/${id}`)).body.score).toBe(10);
  });

  test('told without an id, or with another, or of another lead, counts each time', async () => {
    const [{ body: one }, { body: other }] = [await post({ email: anAddress() }), await post({ email: anAddress() })];
    const event = { lead: one.id, type: 'page.viewed', about: '/pricing' };
    for (const more of [{}, {}, { id: 'a' }, { id: 'b' }, { id: 'a', lead: other.id }])
      expect((await tell({ ...event, ...more })).status).toBe(201);
    expect(await rivulet.store.events.count({ lead: one.id, type: 'page.viewed' })).toBe(4);
    expect(await rivulet.store.events.count({ lead: other.id, type: 'page.viewed' })).toBe(1);
  });

  test('takes none that Rivulet alone can tell', async () => {
    const { id } = (await post({ email: anAddress() })).body;
    const before = await rivulet.store.events.count({ lead: id });
    const own = 'lead.created lead.updated stage.entered sequence.called score.adjusted tag.added tag.removed';
    for (const type of own.split(' ')) {
      const answer = await tell({ lead: id, type, about: 'decision', data: { consent: 'x' } });
      expect([type, answer.status, pointers(answer)]).toEqual([type, 422, ['/type']]);
    }
    expect(await rivulet.store.events.count({ lead: id })).toBe(before);
  });

  test.each([{ email: 'nobody@example.net' }, { email: 'no address' }, { lead: 'nobody' }, { lead: '' }])(
    'of nobody we know (%j) answers 404',
    async (who) => {
      expect(await tell({ ...who, type: 'page.viewed' })).toMatchObject({
        status: 404,
        body: { detail: 'There is no such lead.' },
      });
    },
  );

  test.each([
    [{}, ['/type']],
    [{ type: 'page.viewed' }, ['']],
    [{ type: 'page.viewed', lead: 'x', email: 'x@example.org' }, ['']],
    [{ type: '$where', lead: 'x' }, ['/type']],
    [{ type: 'page viewed', lead: 'x' }, ['/type']],
    [{ type: { $gt: '' }, lead: { $gt: '' }, id: { $gt: '' }, about: ['x'] }, ['/type', '/lead', '/about', '/id']],
    [{ type: 'x', lead: 'x', at: null }, ['/at']],
    [{ type: 'x', lead: 'x', at: ['2026-03-02'] }, ['/at']],
    [{ type: 'x', lead: 'x', at: 'last week' }, ['/at']],
    [{ type: 'x', lead: 'x', at: '2026-02-30T09:00:00Z' }, ['/at']],
    [{ type: 'x', lead: 'x\n', about: 'x\n', id: 'x\n' }, ['/lead', '/about', '/id']],
    [{ type: 'x', lead: 'x', id: '' }, ['/id']],
    [{ type: 'x', lead: 'x', data: { $set: 1, list: [1], 'a.b': 1 } }, ['/data/$set', '/data/list', '/data/a.b']],
    [{ type: 'x', lead: 'x', data: [1] }, ['/data']],
    [{ type: 'x', lead: 'x', machine: true, source: 'mail', points: 99 }, ['/machine', '/source', '/points']],
  ])('that is wrong (%j) is answered with each place', async (body, places) => {
    const answer = await tell(body);
    expect([answer.status, pointers(answer).toSorted()]).toEqual([422, places.toSorted()]);
  });

  test('takes no data named "__proto__"', async () => {
    const answer = await tell('{"type":"x","lead":"x","data":{"__proto__":{"polluted":true}}}');
    expect([answer.status, pointers(answer)]).toEqual([422, ['/data/__proto__']]);
    expect({}).not.toHaveProperty('polluted');
  });

  test('in a time that has not come happens now', async () => {
    const { id } = (await post({ email: anAddress() })).body;
    await tell({ lead: id, type: 'page.viewed', at: '2036-03-02T09:00:00Z' });
    const viewed = (await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'page.viewed');
    expect(viewed).toMatchObject([{ at: rivulet.clock.now }]);
  });
});

describe('a list', () => {
  let own: HttpRivulet;
  beforeAll(async () => {
    own = await startHttpRivulet();
  });
  afterAll(() => own.close());
  const tick = () => {
    own.clock.now = new Date(own.clock.now.getTime() + 1000);
  };

  test('of mails is newest first, a page at a time, without their bodies', async () => {
    for (const name of ['one', 'two', 'three']) {
      tick();
      await own.welcome(`${name}@example.org`);
    }
    const first = (await own.api('/api/mailbox?limit=2')).body;
    const second = (await own.api(`/api/mailbox?limit=2&after=${first.next}`)).body;
    expect([...first.items, ...second.items].map(({ to }: { to: string }) => to)).toEqual([
      'three@example.org',
      'two@example.org',
      'one@example.org',
    ]);
    expect(second.next).toBeNull();
    expect(first.items[0]).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{32}$/),
      at: own.clock.now.toISOString(),
      to: 'three@example.org',
      from: 'mara@mail.tallybay.example.com',
      subject: 'Your dock board is ready',
    });
  });

  test('of sequences has for each its stage, who is in it, and what became of its mails', async () => {
    const [mail] = await own.mailsTo('one@example.org');
    await own.reader.clicks(mail?.links[0]);
    const { items } = (await own.api('/api/sequences')).body;
    const names: readonly string[] = items.map(({ name }: { name: string }) => name);
    expect(names.toSorted()).toEqual([...own.project().programs.keys()].toSorted());
    // Along the funnel, and what belongs to no stage behind.
    expect(names.slice(0, 3)).toEqual(['welcome', 'consideration-white-paper', 'decision-case-study']);
    const people = { sent: 0, opened: 0, clicked: 0, replied: 0, bounced: 0, unsubscribed: 0, complained: 0 };
    const none = { ...people, machineOpens: 0, machineClicks: 0 };
    expect(items.find(({ name }: { name: string }) => name === 'welcome')).toMatchObject({
      name: 'welcome',
      title: 'Welcome to Tallybay',
      stage: 'welcome',
      revision: expect.any(String),
      active: 3,
      mails: [
        { step: 'hello', subject: 'Your dock board is ready', ...none, sent: 3, opened: 1, clicked: 1 },
        { step: 'first-steps', subject: 'Your first truck, booked in 20 minutes', ...none },
        { step: 'your-goals', subject: '{{lead.firstName "Hello"}}, one question about your dock', ...none },
      ],
    });
  });

  test('of leads is newest first and has each once, also while others come in', async () => {
    const come = async (name: string) => {
      const email = `${name}@example.org`;
      await own.store.leads.upsert({ email, emailKey: email }, own.newId(), 'test', own.clock.now);
    };
    tick();
    // Ten in one instant and ten in ten: the first need their ids for an order.
    for (let i = 0; i < 20; i += 1) {
      if (i >= 10) tick();
      await come(`page-${i}`);
    }
    const pages: string[][] = [];
    for (let path = '/api/leads?limit=4'; path; ) {
      const { items, next } = (await own.api(path)).body;
      pages.push(items.map(({ email }: { email: string }) => email.split('@')[0]));
      path = next === null ? '' : `/api/leads?limit=4&after=${next}`;
      tick();
      await come(`late-${pages.length}`);
    }
    expect(pages.map((page) => page.length)).toEqual([4, 4, 4, 4, 4, 3]);
    const seen = pages.flat();
    expect(seen.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `page-${19 - i}`));
    expect(seen.slice(10, 20).toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `page-${i}`));
    expect(seen.slice(20)).toEqual(['three', 'two', 'one']);
  });
});

describe('GET /api/mailbox', () => {
  const raw = async (path: string) =>
    fetch(rivulet.url + path, { headers: { Authorization: `Bearer ${rivulet.apiKey}` } });

  test('shows one mail as text, as markup and with its headers', async () => {
    const { mail } = await rivulet.welcome(anAddress(), { firstName: 'Ada' });
    const { body } = await rivulet.api(`/api/mailbox/${mail.id}`);
    expect(body).toMatchObject({
      id: mail.id,
      to: mail.to,
      headers: { To: `Ada <${mail.to}>`, Subject: 'Your dock board is ready', 'Auto-Submitted': 'auto-generated' },
    });
    expect(body.html).toContain(mail.pixel);
    expect(body.text).not.toMatch(/<\w+[ >]/);
    expect(body).not.toHaveProperty('raw');
  });

  test('gives the mail whole as .eml, to be kept and not shown', async () => {
    const { mail } = await rivulet.welcome(anAddress());
    const answer = await raw(`/api/mailbox/${mail.id}.eml`);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'message/rfc822',
      'content-disposition': `attachment; filename=${mail.id}.eml`,
      'x-content-type-options': 'nosniff',
    });
    const text = await answer.text();
    expect(text).toContain(`Message-ID: <${mail.messageId}>\r\n`);
    expect(text).not.toMatch(/(?<!\r)\n|\r(?!\n)/);
  });

  test('shows its markup in a box from which no script, form or frame gets out', async () => {
    const { mail } = await rivulet.welcome(anAddress());
    const answer = await raw(`/api/mailbox/${mail.id}.html`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "img-src 'self' data: https:",
      "style-src 'unsafe-inline'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'sandbox allow-popups allow-popups-to-escape-sandbox',
    ]);
    expect(await answer.text()).toContain('<base target="_blank">');
  });

  test.each(['x', 'a'.repeat(32), `${'a'.repeat(32)}.eml`, `${'a'.repeat(32)}.exe`, '..%2f..%2fetc', '$gt'])(
    'of no mail (%s) answers 404',
    async (id) => {
      expect(await rivulet.api(`/api/mailbox/${id}`)).toMatchObject({
        status: 404,
        body: { detail: 'There is no such mail.' },
      });
    },
  );
});

test('GET /healthz says that the database answers, and asks for no key', async () => {
  const answer = await readAnswer(await fetch(`${rivulet.url}/healthz`));
  expect(answer).toMatchObject({ status: 200, body: { status: 'ok', database: 'MongoDB server' } });
});

test.each([
  ['DELETE /api/leads', 'GET, HEAD, POST'],
  ['PUT /api/leads/x', 'DELETE, GET, HEAD'],
])('%s, which is not for that method, answers 405 and says which are', async (request, allowed) => {
  const [method = '', path = ''] = request.split(' ');
  const answer = await rivulet.api(path, undefined, method);
  expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow: allowed });
  expect(answer.body.detail).toBe(`${method} is not for this address. Use one of: ${allowed}.`);
});

test.each(['GET /api/nothing', 'GET /nothing', 'POST /', 'GET /webhooks/x'])(
  '%s, which is nothing, answers 404 and says so',
  async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await rivulet.api(path, undefined, method);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: `There is nothing at ${route}.`,
    });
  },
);

test('nothing says what server it is, and everything how it may be read', async () => {
  for (const path of ['/healthz', '/api/leads', '/nothing']) {
    const { headers } = await fetch(rivulet.url + path);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  }
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});

/** The text of a body that is right but for one field, which is this JSON. */
function bodyWith(field: string, json: string): string {
  const consent = { status: 'granted', source: 'x', at: '2026-03-02T09:00:00Z' };
  const right = { email: anAddress(), attributes: { company: 'x' }, tags: ['x'], consent };
  const [name = '', inner] = field.split('/');
  const own =
    inner === undefined
      ? '"here"'
      : JSON.stringify(name === 'tags' ? ['here'] : { ...(name === 'consent' ? consent : {}), [inner]: 'here' });
  return JSON.stringify({ ...right, [name]: JSON.parse(own) }).replace('"here"', json);
}

test('a draft that no page of ours sends is refused before it is read', async () => {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' };
  const body = `html=${'x'.repeat(5 * 1024 * 1024)}`;
  const answer = await fetch(`${rivulet.url}/frames/mail`, { method: 'POST', headers, body });
  expect(answer.status).toBe(403);
});
