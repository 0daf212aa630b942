import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readerPrograms } from '../src/demo/reader-programs.js';
import { visitorKey } from '../src/event/site-rules.js';
import { joinVisitor } from '../src/lead/join-visitor.js';
import { signVisit } from '../src/message/visit-ticket.js';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

const site = 'https://example.com';
const minute = 60_000;
const { browser } = readerPrograms(0);

let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  const links = ['https://example.com/more?for=you#part', 'https://www.example.com/', 'https://elsewhere.example/x'];
  const project = await aProjectFolder({
    'templates/hello.mjml': `<mj-section><mj-column><mj-text>${links.map((link) => `<a href="${link}">read</a>`).join(' ')} <a href="{{unsubscribeUrl}}">unsubscribe</a></mj-text></mj-column></mj-section>`,
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
});
afterAll(() => rivulet.close());

const aVisitor = () => `visitor-${String((number += 1)).padStart(12, '0')}`;
const aReader = () => rivulet.welcome(`reader-${(number += 1)}@example.org`);
const pass = (ms: number) => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
};
const aView = (path: string) => ({
  id: `event-${(number += 1)}-of-it`,
  type: 'page.viewed',
  page: site + path,
  ago: 0,
});
const send = (body: object, more: Readonly<Record<string, string>> = {}) =>
  fetch(`${rivulet.url}/t`, {
    method: 'POST',
    headers: { Origin: site, 'User-Agent': browser['User-Agent'] ?? '', ...more },
    body: JSON.stringify(body),
  });
/** Where a click leads. */
const leadsTo = async (link = '', headers: Readonly<Record<string, string>> = browser, method = 'GET') =>
  (await fetch(link, { method, headers, redirect: 'manual' })).headers.get('location') ?? '';
const ticketIn = (address: string) => /[?&]rv=([\w-]+)/.exec(address)?.[1];
const visitsOf = async (lead: string) =>
  (await rivulet.store.events.ofLead(lead)).filter(({ source }) => source === 'site').map(({ about = '' }) => about);
const waitingOf = async (visitor: string) =>
  (await rivulet.store.visitors.waiting(visitorKey(visitor))).map(({ about }) => about);
const join = (visitor: string, lead: string) =>
  joinVisitor(visitor, lead, { store: rivulet.store, engine: rivulet.engine });

/** A person, a while after the mail came, goes to its page; the script there tells of it. */
const click = async (link: string | undefined, visitor: string, path = '/more') => {
  pass(2 * minute);
  const ticket = ticketIn(await leadsTo(link));
  pass(2000);
  await send({ visitor, ticket, events: [aView(path)] });
  return ticket;
};

test('a link is left as it is while its site has not the script', async () => {
  const { mail } = await aReader();
  expect(await leadsTo(mail.links[0])).toBe('https://example.com/more?for=you#part');
});

describe('once the script was heard', () => {
  beforeAll(async () => {
    await send({ visitor: aVisitor(), events: [aView('/')] });
  });

  test('a link to its site carries a ticket, before what stands behind "#"', async () => {
    const { mail } = await aReader();
    expect(await leadsTo(mail.links[0])).toMatch(/^https:\/\/example\.com\/more\?for=you&rv=[\w-]{60}#part$/);
  });

  test('a link to another site does not, nor to one of yours that has not the script', async () => {
    const { mail } = await aReader();
    expect(await leadsTo(mail.links[1])).toBe('https://www.example.com/');
    expect(await leadsTo(mail.links[2])).toBe('https://elsewhere.example/x');
  });

  test.each([
    ['that asks with HEAD', browser, 'HEAD'],
    ['that says what it is', { ...browser, 'User-Agent': 'curl/8.5.0' }, 'GET'],
    ['whose person wants not to be watched', { ...browser, 'Sec-GPC': '1' }, 'GET'],
    ['whose person says so in the older way', { ...browser, DNT: '1' }, 'GET'],
  ])('a browser %s gets none', async (_, headers, method) => {
    const { mail } = await aReader();
    expect(await leadsTo(mail.links[0], headers, method)).toBe('https://example.com/more?for=you#part');
  });

  test('a person’s click joins the browser with the lead, with all that it did, when it is judged', async () => {
    const { id, mail } = await aReader();
    const visitor = aVisitor();
    await send({ visitor, events: [aView('/long-ago')] });
    await click(mail.links[0], visitor);
    expect(await visitsOf(id)).toEqual([]);
    await rivulet.judged();
    expect(await visitsOf(id)).toEqual(['/long-ago', '/more']);
    await send({ visitor, events: [aView('/next')] });
    expect(await visitsOf(id)).toEqual(['/long-ago', '/more', '/next']);
  });

  test('a ticket that comes after the judging joins as well', async () => {
    const { id, mail } = await aReader();
    pass(2 * minute);
    const ticket = ticketIn(await leadsTo(mail.links[0]));
    await rivulet.judged();
    await send({ visitor: aVisitor(), ticket, events: [aView('/slow')] });
    await rivulet.judgeHits();
    expect(await visitsOf(id)).toEqual(['/slow']);
  });

  test('a click that is judged a machine’s joins nobody, although a browser ran the script', async () => {
    const { id, mail } = await aReader();
    const visitor = aVisitor();
    await click(mail.links[0], visitor);
    // It goes on to every other link of the mail, with the one that nobody sees: link scanners do.
    for (const link of [...mail.links, mail.trap]) await leadsTo(link);
    await rivulet.judged();
    expect((await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'clicked')).toContainEqual(
      expect.objectContaining({ machine: true }),
    );
    expect(await visitsOf(id)).toEqual([]);
    expect(await waitingOf(visitor)).toEqual(['/more']);
  });

  test('a machine that runs the script with a person’s ticket joins nobody, and leaves the ticket good', async () => {
    const { id, mail } = await aReader();
    pass(2 * minute);
    const ticket = ticketIn(await leadsTo(mail.links[0]));
    const scanner = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0 Safari/537.36' };
    await send({ visitor: aVisitor(), ticket, events: [aView('/scanned')] }, scanner);
    await send({ visitor: aVisitor(), ticket, events: [aView('/read')] });
    await rivulet.judged();
    expect(await visitsOf(id)).toEqual(['/read']);
  });

  test('a ticket serves one browser: whoever is sent the address is somebody else', async () => {
    const { id, mail } = await aReader();
    const [own, colleague] = [aVisitor(), aVisitor()];
    const ticket = await click(mail.links[0], own, '/own');
    await send({ visitor: colleague, ticket, events: [aView('/colleague')] });
    await rivulet.judged();
    await send({ visitor: colleague, ticket, events: [aView('/again')] });
    await rivulet.judged();
    expect(await visitsOf(id)).toEqual(['/own']);
    expect(await waitingOf(colleague)).toEqual(['/colleague', '/again']);
  });

  test('a ticket older than an hour joins nobody', async () => {
    const { id, mail } = await aReader();
    pass(2 * minute);
    const ticket = ticketIn(await leadsTo(mail.links[0]));
    await rivulet.judged();
    pass(60 * minute);
    await send({ visitor: aVisitor(), ticket, events: [aView('/late')] });
    await rivulet.judgeHits();
    expect(await visitsOf(id)).toEqual([]);
  });

  test('no ticket that is changed in any bit is taken', async () => {
    const { id, mail } = await aReader();
    pass(2 * minute);
    const ticket = Buffer.from(ticketIn(await leadsTo(mail.links[0])) ?? '', 'base64url');
    for (let bit = 0; bit < ticket.length * 8; bit += 7) {
      const forged = Buffer.from(ticket);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await send({ visitor: aVisitor(), ticket: forged.toString('base64url'), events: [] });
    }
    expect(
      await rivulet.store.db.collection('visitTickets').countDocuments({ message: mail.messageId.split('@')[0] ?? '' }),
    ).toBe(0);
    await rivulet.judged();
    expect(await visitsOf(id)).toEqual([]);
  });

  test('a ticket of a click that was never made joins nobody', async () => {
    const { id, mail } = await aReader();
    const message = mail.messageId.split('@')[0] ?? '';
    const visitor = aVisitor();
    const ticket = signVisit({ message, link: 0, at: rivulet.clock.now }, rivulet.keys);
    await send({ visitor, ticket, events: [aView('/')] });
    for (let i = 0; i < 12; i += 1) {
      pass(minute);
      await rivulet.judgeHits();
    }
    expect(await visitsOf(id)).toEqual([]);
    expect(await rivulet.store.visitTickets.due(rivulet.clock.now, 10)).toEqual([]);
  });

  describe('in a browser that is another lead’s', () => {
    test('what comes with the click is the one’s who clicked, and what was before stays', async () => {
      const [ada, bob] = [await aReader(), await aReader()];
      const visitor = aVisitor();
      await join(visitor, ada.id);
      await send({ visitor, events: [aView('/as-ada')] });
      await click(bob.mail.links[0], visitor, '/landing');
      pass(10_000);
      await send({ visitor, events: [aView('/next')] });
      expect(await visitsOf(ada.id)).toEqual(['/as-ada']);
      await rivulet.judged();
      expect([await visitsOf(ada.id), await visitsOf(bob.id)]).toEqual([['/as-ada'], ['/landing', '/next']]);
    });

    test('a machine’s click in another’s mail changes nothing: what was held is the first one’s', async () => {
      const [ada, bob] = [await aReader(), await aReader()];
      const visitor = aVisitor();
      await join(visitor, ada.id);
      await click(bob.mail.links[0], visitor, '/landing');
      for (const link of [...bob.mail.links, bob.mail.trap]) await leadsTo(link);
      await rivulet.judged();
      await send({ visitor, events: [aView('/next')] });
      expect([await visitsOf(ada.id), await visitsOf(bob.id)]).toEqual([['/landing', '/next'], []]);
    });

    test('one who clicks and objected to being watched is not, and the first lead is not given it', async () => {
      const [ada, bob] = [await aReader(), await aReader()];
      const visitor = aVisitor();
      await join(visitor, ada.id);
      await rivulet.api('/api/events', { lead: bob.id, type: 'complained' });
      await click(bob.mail.links[0], visitor, '/landing');
      await rivulet.judged();
      await send({ visitor, events: [aView('/next')] });
      expect([await visitsOf(ada.id), await visitsOf(bob.id), await waitingOf(visitor)]).toEqual([[], [], []]);
    });
  });

  test('the address of a link leads nowhere else, whatever is asked of it', async () => {
    const { mail } = await aReader();
    expect(await leadsTo(`${mail.links[0]}?rv=x&url=https://evil.example`)).toMatch(/^https:\/\/example\.com\/more/);
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
