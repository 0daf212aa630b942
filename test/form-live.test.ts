import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bodyOf, expectTaken, type Fields, unescaped, visitorOf } from './form-pages.js';
import { aFormProject } from './form-projects.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let visitor: ReturnType<typeof visitorOf>;
let number = 0;

beforeAll(async () => {
  // One proxy stands before it, so that a test says where its visitor comes from.
  rivulet = await startHttpRivulet({ PROJECT_DIR: await aFormProject(), TRUST_PROXY: '1' });
  visitor = visitorOf(rivulet);
});
afterAll(() => rivulet.close());

/** An address that nobody has used. */
const someone = (): string => `filler-${(number += 1)}@acme.example`;
/** A network that nobody has come from. */
const somewhere = () => ({ 'X-Forwarded-For': `10.${(number += 1) >> 8}.${number & 255}.7` });
const leadOf = (email: string) => rivulet.store.leads.byEmail(email);
const eventsOf = async (email: string, type: string) => {
  const lead = await leadOf(email);
  return lead ? (await rivulet.store.events.ofLead(lead.id)).filter((event) => event.type === type) : [];
};
const leadsCount = () => rivulet.store.db.collection('leads').countDocuments();
const required: Fields = { firstName: 'Ada', consent: 'terms' };

describe('the page of a form', () => {
  test('asks what its file asks, each kind in its own way, with nothing ticked', async () => {
    const { status, headers, text } = await visitor.open('every');
    expect([status, headers.get('cache-control'), headers.get('x-robots-tag')]).toEqual([200, 'no-store', 'noindex']);
    for (const part of [
      '<h1 dir="auto">Everything at once</h1>',
      '<input type="email" inputmode="email"',
      'name="email" dir="auto" autocomplete="email" required>',
      'autocomplete="given-name"',
      '<textarea id="every-goal" name="goal"',
      'type="text" inputmode="decimal" id="every-companySize"',
      'type="date" id="every-startsOn"',
      'type="radio" id="every-newsletter" name="newsletter" value="yes"',
      'type="checkbox" id="every-interests-2" name="interests" value="phone"',
      'type="radio" id="every-country"',
      '<select id="every-satisfaction"',
      'Tuesday, 19 January 2027',
      'type="checkbox" id="every-consent-terms" name="consent" value="terms" required>',
      '>Send everything</button>',
    ])
      expect(unescaped(text)).toContain(part);
    expect(text).not.toMatch(/ (checked|selected)/);
  });

  test('lets nothing in from elsewhere, and nobody frame it', async () => {
    const { headers } = await visitor.open('short');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('passes on what led to it', async () => {
    const { unseen } = await visitor.open('short', '?utm_source=fair&utm_else=x&email=a@b.example', {
      Referer: 'https://search.example/q?q=x',
    });
    expect(unseen).toMatchObject({ utm_source: 'fair', _referrer: 'https://search.example/q?q=x' });
    expect(Object.keys(unseen)).not.toContain('utm_else');
  });

  test('answers HEAD, and keeps nothing for having been looked at', async () => {
    const before = await rivulet.store.db.collection('formAttempts').countDocuments();
    const head = await fetch(`${rivulet.url}/f/short`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(await rivulet.store.db.collection('formAttempts').countDocuments()).toBe(before);
  });

  test.each(['shrt', '__proto__', 'constructor', '..%2f..%2fetc', '%F0%9F%91%8B', "'%22><script>"])(
    'that there is not says so, and nothing of what there is: %s',
    async (name) => {
      const { status, text } = await visitor.open(name);
      expect([status, text.includes('There is no such form'), text.includes('<script>')]).toEqual([404, true, false]);
      expect((await visitor.send(name, 'email=a@b.example')).status).toBe(404);
    },
  );

  test('comes again where the address of its answer is loaded', async () => {
    const answer = await fetch(`${rivulet.url}/forms/short`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/f/short']);
  });
});

describe('a form that is filled in', () => {
  test('makes a lead of it, each field in its own type', async () => {
    const email = someone();
    const fields = {
      ...required,
      email,
      goal: 'one\r\ntwo',
      companySize: '250',
      startsOn: '2026-12-24',
      newsletter: 'no',
      interests: ['phone', 'waiting'],
      country: 'DE',
      satisfaction: '7',
      webinarAt: '2027-02-16',
    };
    expectTaken(await visitor.fillIn('every', fields, { 'Accept-Language': 'fr-CH', ...somewhere() }), 'every');
    expect(await leadOf(email)).toMatchObject({
      firstName: 'Ada',
      locale: 'fr-CH',
      consent: { status: 'granted', purposes: { terms: { status: 'granted' } } },
      attributes: {
        goal: 'one / two',
        companySize: 250,
        startsOn: '2026-12-24',
        newsletter: false,
        interests: ['waiting', 'phone'],
        country: 'DE',
        satisfaction: 7,
        webinarAt: '2027-02-16',
      },
    });
    expect(await eventsOf(email, 'form.submitted')).toMatchObject([{ about: 'every' }]);
  });

  test('leads to a page that can be loaded again, and on to the one that its file names', async () => {
    const { status, to } = await visitor.fillIn('work', { email: someone() }, somewhere());
    expect([status, to]).toEqual([303, '/f/work/thanks']);
    const thanks = await fetch(`${rivulet.url}${to}`);
    expect([thanks.status, thanks.headers.get('refresh')]).toEqual([
      200,
      '0; url=https://www.example.com/thanks?to=all',
    ]);
    expect(await thanks.text()).toContain('href="https://www.example.com/thanks?to=all"');
    expect((await fetch(`${rivulet.url}/f/short/thanks`)).headers.get('refresh')).toBeNull();
  });

  test('says the same whether its address is known or not, where that must be confirmed', async () => {
    const email = someone();
    const first = await visitor.fillIn('paper', { email, consent: 'news' }, somewhere());
    await rivulet.store.leads.change(
      (await leadOf(email))?.id ?? '',
      { kind: 'consent', overall: { status: 'granted', source: 'test', at: rivulet.clock.now }, purposes: {} },
      rivulet.clock.now,
    );
    const second = await visitor.fillIn('paper', { email, consent: 'news' }, somewhere());
    const pathOf = (to: string | null): string => (to ?? '').split('?')[0] ?? '';
    expect([first.status, second.status]).toEqual([303, 303]);
    expect([pathOf(first.to), pathOf(second.to)]).toEqual(['/f/paper/confirm', '/f/paper/confirm']);
    const pages = await Promise.all([first, second].map(async ({ to }) => (await fetch(rivulet.url + to)).text()));
    const [one, two] = pages.map((page) => page.replaceAll(/\/d\/[\w-]+/g, '/d/TOKEN'));
    expect(one).toContain('Please look into your mailbox');
    expect(one).toBe(two);
    await rivulet.dispatcher.wake();
    const { items } = await rivulet.store.mailbox.page(9, undefined, email);
    expect(items.map(({ subject }) => subject)).toContain('Was that you?');
  });

  test('offers what it gives by a link of its own, and by no other', async () => {
    const { to } = await visitor.fillIn('paper', { email: someone() }, somewhere());
    expect(to).toMatch(/^\/f\/paper\/thanks\?asset=[\w-]{50,}$/);
    const page = await (await fetch(rivulet.url + to)).text();
    const [, link = ''] = /href="(\/d\/[\w-]+)"/.exec(page) ?? [];
    const file = await fetch(rivulet.url + link, { redirect: 'manual' });
    expect(file.headers.get('location')).toBe('https://files.example.com/paper.pdf');
    const forged = await (await fetch(`${rivulet.url}/f/paper/thanks?asset=https://evil.example/`)).text();
    expect(forged).not.toMatch(/evil|\/d\//);
  });
});

describe('the same press of the button', () => {
  test('told again, also at the same instant, is one form', async () => {
    const email = someone();
    const { unseen } = await visitor.open('short');
    visitor.pass(20_000);
    const body = bodyOf({ ...unseen, email });
    const from = somewhere();
    const answers = await Promise.all(Array.from({ length: 8 }, () => visitor.send('short', body, from)));
    answers.push(await visitor.send('short', body, from));
    for (const answer of answers) expectTaken(answer, 'short');
    expect(await eventsOf(email, 'form.submitted')).toHaveLength(1);
    expect(await eventsOf(email, 'lead.created')).toHaveLength(1);
  });

  test('without a page of ours is one too', async () => {
    const email = someone();
    const from = somewhere();
    const answers = await Promise.all([1, 2, 3].map(() => visitor.send('short', bodyOf({ email }), from)));
    for (const answer of answers) expectTaken(answer, 'short');
    expect(await eventsOf(email, 'form.submitted')).toHaveLength(1);
  });

  test('is not another form of the same person at the same instant: those are two, and one lead', async () => {
    const email = someone();
    const before = await leadsCount();
    const from = somewhere();
    const answers = await Promise.all([
      visitor.fillIn('short', { email }, from),
      visitor.fillIn('every', { ...required, email: email.toUpperCase() }, from),
      visitor.fillIn('work', { email }, from),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await leadsCount()).toBe(before + 1);
    const abouts = (await eventsOf(email, 'form.submitted')).map(({ about }) => about);
    expect(new Set(abouts)).toEqual(new Set(['every', 'short', 'work']));
    expect(abouts).toHaveLength(3);
    expect(await eventsOf(email, 'lead.created')).toHaveLength(1);
  });
});

describe('a form with mistakes', () => {
  test('comes again with all of them, each linked to its field, and with what was typed', async () => {
    const goal = 'Ada </textarea><script>alert(1)</script> & "more"';
    const { status, headers, text, unseen } = await visitor.fillIn(
      'every',
      {
        email: 'ada@',
        goal,
        companySize: 'lots',
        interests: ['phone'],
        country: 'DE',
        satisfaction: '3',
        newsletter: 'yes',
      },
      somewhere(),
    );
    expect([status, headers.get('cache-control')]).toEqual([422, 'no-store']);
    const page = unescaped(text);
    for (const part of [
      '<title>Not sent yet: Everything at once · Tallybay</title>',
      'role="alert" tabindex="-1" autofocus>',
      '<a href="#every-email"><bdi>Work email</bdi> – This cannot be used: an e-mail address looks like name@example.com.</a>',
      '<a href="#every-firstName"><bdi>First name</bdi> – Please fill this in.</a>',
      '<a href="#every-companySize"><bdi>How many people?</bdi> – Write a number, such as 250.</a>',
      '<a href="#every-consent-terms">Without this the form cannot be sent. Please tick it if you agree.</a>',
      'required aria-invalid="true" aria-describedby="every-email-wrong" value="ada@">',
      'aria-describedby="every-companySize-wrong" value="lots">',
      'value="phone" checked>',
      'value="DE" checked>',
      'value="3" selected>',
      'name="newsletter" value="yes" checked>',
    ])
      expect(page).toContain(part);
    expect(text).not.toContain('<script>alert');
    expect(page).toContain(`\n${goal}</textarea>`);
    expect(unseen['_press']).toMatch(/^[\w-]{58}$/);
  });

  test('can be put right and sent from there at once', async () => {
    const email = someone();
    const from = somewhere();
    const { unseen } = await visitor.fillIn('every', { email: 'ada@', firstName: 'Ada' }, from);
    const again = await visitor.send('every', bodyOf({ ...unseen, ...required, email }), from);
    expectTaken(again, 'every');
    expect(await leadOf(email)).toMatchObject({ firstName: 'Ada' });
  });

  test('keeps right-to-left text, emoji and 200 letters as they are, whether it comes again or not', async () => {
    const email = someone();
    const from = somewhere();
    const firstName = `${'שלום '.repeat(38)}עולם 👋🏽`;
    const { unseen, text } = await visitor.fillIn('every', { email, firstName }, from);
    expect(unescaped(text)).toContain(`value="${firstName}"`);
    await visitor.send('every', bodyOf({ ...unseen, ...required, email, firstName }), from);
    expect(await leadOf(email)).toMatchObject({ firstName });
  });

  test('asks once whether a misspelt domain was meant', async () => {
    const email = `typo-${(number += 1)}@gmial.com`;
    const from = somewhere();
    const { status, text, unseen } = await visitor.fillIn('short', { email }, from);
    expect([status, text.includes('Did you mean')]).toEqual([422, true]);
    expectTaken(await visitor.send('short', bodyOf({ ...unseen, email }), from), 'short');
    expect(await leadOf(email)).toBeDefined();
  });

  test.each([
    ['of bytes that are no UTF-8', 'email=a%40b.example&firstName=%ff%fe', {}, 400],
    ['of ten thousand fields', Array.from({ length: 10_000 }, (_, i) => `a${i}=`).join('&'), {}, 413],
    ['of ten thousand short fields', '&a='.repeat(10_000), {}, 400],
    ['of a megabyte', `email=${'a'.repeat(1_000_000)}`, {}, 413],
    ['of another kind', 'email: a@b.example', { 'Content-Type': 'text/plain' }, 415],
    ['in parts', '--x\r\n\r\n--x--', { 'Content-Type': 'multipart/form-data; boundary=x' }, 415],
    [
      'in letters that we do not read',
      'email=a',
      { 'Content-Type': 'application/x-www-form-urlencoded; charset=latin1' },
      415,
    ],
    ['that says it is compressed, and is not', 'email=a', { 'Content-Encoding': 'gzip' }, 400],
  ])('is refused %s, with a page for people', async (_, body, headers, expected) => {
    const before = await leadsCount();
    const { status, headers: answered, text } = await visitor.send('short', body, { ...somewhere(), ...headers });
    expect([status, answered.get('content-type')]).toEqual([expected, 'text/html; charset=utf-8']);
    expect(text).toMatch(/<h1 dir="auto">This form cannot be (read|sent)/);
    expect(await leadsCount()).toBe(before);
  });

  test('never brings a header or a second address into a mail', async () => {
    const before = await leadsCount();
    const firstName = 'Ada\r\nBcc: eve@evil.example';
    const named = await visitor.fillIn('every', { ...required, email: someone(), firstName }, somewhere());
    const addressed = await visitor.fillIn('short', { email: 'a@acme.example\r\nBcc: eve@evil.example' }, somewhere());
    expect([named.status, addressed.status, await leadsCount()]).toEqual([422, 422, before]);
  });
});

describe('a program that fills in forms', () => {
  const refusedAt = async (form: string) => {
    const { body } = await rivulet.api('/api/forms');
    return body.items.find(({ name }: { name: string }) => name === form).refused;
  };

  test('is told that all went well where it fills in what no person sees, and nothing comes of it', async () => {
    const before = await leadsCount();
    const asPerson = await visitor.fillIn('short', { email: someone() }, somewhere());
    const asProgram = await visitor.fillIn('short', { email: someone(), _reason: 'buy now' }, somewhere());
    expect([asProgram.status, asProgram.to, asProgram.text]).toEqual([asPerson.status, asPerson.to, asPerson.text]);
    expect(await leadsCount()).toBe(before + 1);
    expect(await refusedAt('short')).toMatchObject({ 'hidden-field': 1 });
  });

  test('that is faster than anybody reads gets the form again; a person presses once more', async () => {
    const before = await leadsCount();
    const email = someone();
    const { unseen } = await visitor.open('paper');
    visitor.pass(1500);
    const fast = await visitor.send('paper', bodyOf({ ...unseen, email, consent: 'news' }));
    expect([fast.status, fast.text.includes(email), await leadsCount()]).toEqual([422, true, before]);
    expect(fast.text).toContain('press the button once more');
    expect(await refusedAt('paper')).toEqual({ 'too-fast': 1 });
    visitor.pass(1500);
    const { status, to } = await visitor.send('paper', bodyOf({ ...fast.unseen, email, consent: 'news' }));
    expect([status, to?.split('?')[0], await leadsCount()]).toEqual([303, '/f/paper/confirm', before + 1]);
  });

  test('that keeps a page for days gets it anew, with what was typed', async () => {
    const email = someone();
    const from = somewhere();
    const { unseen } = await visitor.open('short');
    visitor.pass(86_400_001);
    const old = await visitor.send('short', bodyOf({ ...unseen, email }), from);
    expect([old.status, old.text.includes(email)]).toEqual([422, true]);
    expect(old.text).toContain('This page was open for more than a day.');
    expectTaken(await visitor.send('short', bodyOf({ ...old.unseen, email }), from), 'short');
  });

  test('without a page of ours may send twenty an hour from one network; a person behind it loses nothing', async () => {
    const from = somewhere();
    const answers = [];
    for (let i = 0; i < 21; i += 1) answers.push(await visitor.send('short', bodyOf({ email: someone() }), from));
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 20 }, () => 303), 429]);
    const email = someone();
    const turnedAway = await visitor.send('short', bodyOf({ email }), from);
    expect([turnedAway.status, turnedAway.headers.get('retry-after')]).toEqual([429, '3600']);
    expect(turnedAway.text).toContain(`value="${email}"`);
    expect(await leadOf(email)).toBeUndefined();
    // The page that it gets is one of ours, from which more may be sent.
    expectTaken(await visitor.send('short', bodyOf({ ...turnedAway.unseen, email }), from), 'short');
    expect(await refusedAt('short')).toMatchObject({ network: 2 });
  });

  test('may send one address six times an hour, over all forms and networks', async () => {
    const email = someone();
    const sendAll = async (form: string, times: number): Promise<number[]> => {
      const statuses = [];
      for (let i = 0; i < times; i += 1) {
        const fields = form === 'every' ? { ...required, companySize: String(i) } : {};
        statuses.push((await visitor.fillIn(form, { ...fields, email }, somewhere())).status);
      }
      return statuses;
    };
    expect(await sendAll('every', 3)).toEqual([303, 303, 303]);
    expect(await sendAll('short', 5)).toEqual([303, 303, 303, 429, 429]);
    visitor.pass(3_600_000);
    expect(await sendAll('short', 1)).toEqual([303]);
  });

  test('buries nobody’s mailbox: of 144 forms for nine people from as many networks, each gets three mails at the most', async () => {
    const victims = Array.from({ length: 9 }, () => someone());
    for (let round = 0; round < 4; round += 1) {
      const posts = victims.flatMap((email) =>
        [1, 2, 3, 4].map((i) =>
          visitor.fillIn('paper', { email, firstName: `${round}.${i}`, consent: 'news' }, somewhere()),
        ),
      );
      await Promise.all(posts);
      await rivulet.dispatcher.wake();
    }
    const counts = await Promise.all(victims.map(async (email) => (await rivulet.mailsTo(email)).length));
    expect(new Set(counts)).toEqual(new Set([3]));
  }, 60_000);
});

describe('what is kept', () => {
  test('holds nobody’s full address in the network', async () => {
    const email = someone();
    await visitor.fillIn('every', { ...required, email }, { 'X-Forwarded-For': '203.0.113.77' });
    await visitor.fillIn('every', { email: 'ada@' }, { 'X-Forwarded-For': '2001:db8:aaaa:bbbb:cccc::77' });
    await visitor.fillIn('short', { email: someone() }, { 'X-Forwarded-For': '2001:db8:aaaa:bbbb:cccc::77' });
    const collections = await rivulet.store.db.listCollections().toArray();
    const texts = await Promise.all(
      collections.map(async ({ name }) => JSON.stringify(await rivulet.store.db.collection(name).find().toArray())),
    );
    expect(texts.join()).toContain('203.0.113.0/24');
    expect(texts.join()).toContain('2001:db8:aaaa::/48');
    expect(texts.join()).not.toMatch(/203\.0\.113\.77|bbbb:cccc/);
  });
});

describe('what the operator sees', () => {
  test('is what came of each form: taken, asked, confirmed, and what each defence refused', async () => {
    const at = await rivulet.api('/api/forms');
    const paper = at.body.items.find(({ name }: { name: string }) => name === 'paper');
    expect(paper).toMatchObject({
      title: 'The paper',
      page: `${rivulet.url}/f/paper`,
      action: `${rivulet.url}/forms/paper`,
      script: `${rivulet.url}/f/paper/embed.js`,
      confirmed: 0,
    });
    const [taken, asked] = await Promise.all(
      ['form.submitted', 'consent.asked'].map((type) =>
        rivulet.store.db.collection('events').countDocuments({ type, about: 'paper' }),
      ),
    );
    expect([paper.taken, paper.asked]).toEqual([taken, asked]);
    expect(paper.asked).toBeGreaterThan(9);
    const short = at.body.items.find(({ name }: { name: string }) => name === 'short');
    expect(short).not.toHaveProperty('asked');
  });

  test('is shown to whoever has the key alone', async () => {
    expect((await fetch(`${rivulet.url}/api/forms`)).status).toBe(401);
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
