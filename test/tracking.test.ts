import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReadMail } from '../src/demo/mail-reader.js';
import { signToken } from '../src/message/token.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let mail: ReadMail;
let leadId: string;

beforeAll(async () => {
  rivulet = await startHttpRivulet();
  ({ mail, id: leadId } = await rivulet.welcome('ada@example.org'));
});
afterAll(() => rivulet.close());

const pixelBase64 = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** As a mail program asks, which is shown where a redirect leads and does not go there. */
const ask = (address: string, method = 'GET') => fetch(address, { method, redirect: 'manual' });
const tokenOf = (address: string) => /\/[oc]\/([\w-]+)/.exec(address)?.[1] ?? '';
const firstLink = () => mail.links[0] ?? '';
const later = (seconds: number) => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + seconds * 1000);
};
const eventsOf = async (type: string) =>
  (await rivulet.store.events.ofLead(leadId)).filter((event) => event.type === type);
const peoples = async (type: string) => (await eventsOf(type)).filter(({ machine }) => !machine);
const score = async () => (await rivulet.api(`/api/leads/${leadId}`)).body.score;
const stepCounts = async () => {
  const { items } = (await rivulet.api('/api/sequences')).body;
  const { mails } = items.find(({ name }: { name: string }) => name === 'welcome');
  const { opened, clicked, machineOpens, machineClicks } = mails.find(({ step }: { step: string }) => step === 'hello');
  return { opened, clicked, machineOpens, machineClicks };
};

describe('before anybody has read the mail', () => {
  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s keeps nothing and leads nowhere', async (method) => {
    for (const address of [mail.pixel, firstLink()]) {
      const answer = await ask(address, method);
      expect([answer.status < 300 || answer.status >= 400, answer.headers.get('location')]).toEqual([true, null]);
    }
    await rivulet.judged();
    expect((await eventsOf('opened')).length + (await eventsOf('clicked')).length).toBe(0);
  });

  test('HEAD, which scanners ask with, gets the answer of GET and is a machine’s', async () => {
    const before = await score();
    const [opened, clicked] = await Promise.all([ask(mail.pixel, 'HEAD'), ask(firstLink(), 'HEAD')]);
    expect([opened.status, opened.headers.get('content-type')]).toEqual([200, 'image/gif']);
    expect([clicked.status, clicked.headers.get('location')]).toEqual([302, expect.stringMatching(/^https:/)]);
    await rivulet.judgeHits();
    expect(await stepCounts()).toEqual({ opened: 0, clicked: 0, machineOpens: 1, machineClicks: 1 });
    const [click] = await eventsOf('clicked');
    expect(click).toMatchObject({ machine: true, evidence: expect.arrayContaining(['it asked with HEAD']) });
    expect(await score()).toBe(before);
  });
});

describe('the pixel', () => {
  test('is a picture of 42 bytes that nobody keeps', async () => {
    later(600);
    const answer = await rivulet.open(mail);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/gif',
      'cache-control': 'no-store, private',
      'x-content-type-options': 'nosniff',
    });
    expect(Buffer.from(await answer.arrayBuffer()).toString('base64')).toBe(pixelBase64);
    expect(await peoples('opened')).toEqual([]);
    await rivulet.judged();
  });

  test('counts once, however often and however many at a time it is fetched within a minute', async () => {
    const before = await score();
    later(-30);
    await Promise.all(Array.from({ length: 5 }, () => rivulet.open(mail)));
    await rivulet.judged();
    expect(await peoples('opened')).toHaveLength(1);
    expect(await stepCounts()).toMatchObject({ opened: 1, clicked: 0 });
    expect(await score()).toBe(before);
  });

  test('opened a minute later is another opening of the same mail', async () => {
    later(60);
    await rivulet.open(mail);
    await rivulet.judged();
    expect(await peoples('opened')).toHaveLength(2);
    expect(await stepCounts()).toMatchObject({ opened: 1, clicked: 0 });
  });

  test('says of an opening which mail it was, and when it was opened, not when that was judged', async () => {
    later(60);
    const openedAt = rivulet.clock.now;
    await rivulet.open(mail);
    await rivulet.judged();
    expect((await peoples('opened')).at(-1)).toMatchObject({
      lead: leadId,
      at: openedAt,
      sequence: 'welcome',
      step: 'hello',
      source: 'mail',
      machine: false,
    });
  });
});

describe('a link', () => {
  test('leads to its target, without a trace of where from and kept by nobody', async () => {
    later(60);
    const answer = await rivulet.click(firstLink());
    expect(answer.status).toBe(302);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      location: expect.stringMatching(/^https:\/\/tallybay\.example\.com\b/),
      'cache-control': 'no-store, private',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
    });
  });

  test('counts once within a minute, and each link for itself', async () => {
    await Promise.all([firstLink(), firstLink(), firstLink()].map((link) => rivulet.click(link)));
    await rivulet.judged();
    const clicks = await peoples('clicked');
    expect(clicks.map(({ about }) => about)).toEqual([expect.stringMatching(/^https:\/\/tallybay/)]);
    expect(await stepCounts()).toMatchObject({ opened: 1, clicked: 1 });

    const token = signToken('click', { message: clicks[0]?.message ?? '', link: 1 }, rivulet.keys);
    await rivulet.reader.clicks(`${rivulet.url}/c/${token}`);
    expect(await peoples('clicked')).toHaveLength(2);
    expect(await stepCounts()).toMatchObject({ opened: 1, clicked: 1 });
  });

  test('that is none of the mail’s own is a page that says so', async () => {
    const [click] = await eventsOf('clicked');
    const before = await rivulet.store.hits.count();
    for (const link of [1000, 65_535]) {
      const token = signToken('click', { message: click?.message ?? '', link }, rivulet.keys);
      const answer = await ask(`${rivulet.url}/c/${token}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([404, null]);
      expect(await answer.text()).toContain('This link does not lead anywhere');
    }
    await rivulet.judged();
    expect(await rivulet.store.hits.count()).toBe(before);
  });

  test('of a mail that nobody knows leads nowhere, even if it is signed', async () => {
    const token = signToken('click', { message: 'a'.repeat(32), link: 0 }, rivulet.keys);
    expect((await ask(`${rivulet.url}/c/${token}`)).status).toBe(404);
  });

  test('cannot be given a target from outside', async () => {
    const target = (await ask(firstLink())).headers.get('location');
    for (const tail of ['?url=https://evil.example', '?to=//evil.example', '#https://evil.example', '/?next=//evil'])
      expect((await ask(firstLink() + tail)).headers.get('location')).toBe(target);
    await rivulet.judged();
  });
});

describe('a token that we did not sign', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

  /** Asks with each token for the picture and the link. Answers what was not the plain picture or the plain 404. */
  const learntFrom = async (tokens: readonly string[]) => {
    const before = await rivulet.store.hits.count();
    const askBoth = async (token: string) => {
      const written = encodeURIComponent(token);
      const [picture, link] = await Promise.all([
        ask(`${rivulet.url}/o/${written}.gif`),
        ask(`${rivulet.url}/c/${written}`),
      ]);
      const seen = Buffer.from(await picture.arrayBuffer()).toString('base64');
      await link.arrayBuffer();
      const isNothing = seen === pixelBase64 && picture.status === 200 && link.status === 404;
      return isNothing && !link.headers.has('location') ? [] : [token];
    };
    const learnt: string[] = [];
    for (let i = 0; i < tokens.length; i += 20)
      learnt.push(...(await Promise.all(tokens.slice(i, i + 20).map(askBoth))).flat());
    await rivulet.store.hits.written();
    return { asked: tokens.length, learnt, kept: (await rivulet.store.hits.count()) - before };
  };

  test('because one character is another one', async () => {
    const tokens = [tokenOf(mail.pixel), tokenOf(firstLink())];
    const altered = tokens.flatMap((token) =>
      Array.from(token, (own, at) => {
        const other = alphabet[(alphabet.indexOf(own) + 1) % alphabet.length] ?? '';
        return token.slice(0, at) + other + token.slice(at + 1);
      }),
    );
    expect(await learntFrom(altered)).toEqual({ asked: 108, learnt: [], kept: 0 });
  });

  test('because something is cut off, added, or spelled otherwise', async () => {
    const token = tokenOf(firstLink());
    const altered = [
      token.slice(0, -1),
      token.slice(1),
      token.slice(0, 27),
      `${token}A`,
      `A${token}`,
      token + token,
      `${token}=`,
      `${token} `,
      `${token}\n`,
      `${token}%`,
      `${token}/../../api/leads`,
      token.toLowerCase(),
      Buffer.from(token, 'base64url').toString('base64'),
      Buffer.from(token, 'base64url').toString('hex'),
      'https://evil.example',
      '//evil.example',
      '__proto__',
      '{"$gt":""}',
    ];
    expect(await learntFrom(altered)).toEqual({ asked: altered.length, learnt: [], kept: 0 });
  });

  test('because of 500 changes by chance', async () => {
    const random = aDie(7);
    const mutate = (token: string): string => {
      const at = random(token.length);
      const some = () => alphabet[random(alphabet.length)] ?? '';
      switch (random(4)) {
        case 0:
          return token.slice(0, at) + token.slice(at + 1);
        case 1:
          return token.slice(0, at) + some() + token.slice(at);
        case 2:
          return token.slice(0, at) + Array.from({ length: 1 + random(8) }, some).join('') + token.slice(at + 8);
        default:
          return token.slice(at) + token.slice(0, at);
      }
    };
    const whole = [tokenOf(mail.pixel), tokenOf(firstLink())];
    const mutated = Array.from({ length: 500 }, (_, i) => mutate(whole[i % 2] ?? ''));
    const altered = mutated.filter((token) => !whole.includes(token));
    expect(await learntFrom(altered)).toEqual({ asked: altered.length, learnt: [], kept: 0 });
    expect(altered.length).toBeGreaterThan(450);
  });

  test('for this purpose: one of the same mail for another is no use', async () => {
    const before = await rivulet.store.hits.count();
    const [open, click] = [tokenOf(mail.pixel), tokenOf(firstLink())];
    const unsubscribe = mail.unsubscribe.split('/').at(-1) ?? '';
    for (const token of [open, unsubscribe]) expect((await ask(`${rivulet.url}/c/${token}`)).status).toBe(404);
    for (const token of [click, unsubscribe]) expect((await ask(`${rivulet.url}/o/${token}.gif`)).status).toBe(200);
    for (const token of [open, click]) expect((await ask(`${rivulet.url}/u/${token}`, 'POST')).status).toBe(404);
    await rivulet.store.hits.written();
    expect(await rivulet.store.hits.count()).toBe(before);
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});

/** Numbers below n that look random and are the same in every run (mulberry32). */
function aDie(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
