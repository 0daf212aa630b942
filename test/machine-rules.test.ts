import { describe, expect, test } from '@jest/globals';
import { knownMachines, knownPeople, knownReaders } from '../src/event/known-machines.js';
import { companyMs, judge, machineBehind, settleMs } from '../src/event/machine.js';
import { builtIn, machinesWith } from '../src/event/machine-rule.js';
import { type Hit, seen } from '../src/event/machine-signs.js';
import { readNetwork } from '../src/event/network.js';

const takenAt = new Date('2026-03-02T09:00:00Z');
const after = (seconds: number): Date => new Date(takenAt.getTime() + seconds * 1000);

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';
const page = { accept: 'text/html,*/*;q=0.8', 'accept-language': 'en', 'sec-fetch-mode': 'navigate' };

/** A person's click on the first link, half a minute after the mail was taken. */
const aHit = (changes: Partial<Hit> = {}): Hit => ({
  kind: 'click',
  method: 'GET',
  link: 0,
  userAgent: chrome,
  ip: '203.0.113.7',
  at: after(30),
  headers: page,
  isSecure: true,
  ...changes,
});
const anOpen = (changes: Partial<Hit> = {}): Hit => {
  const { link: _, ...rest } = aHit({ kind: 'open', headers: { accept: 'image/*' }, ...changes });
  return rest;
};

/** What is told of each hit; nothing of a person's. */
function judged(
  hits: readonly Hit[],
  mail: object = {},
  machines = builtIn,
): readonly (readonly string[] | undefined)[] {
  const all = hits.map((hit) => seen(hit, machines));
  const found = judge(all, { acceptedAt: takenAt, links: 5, ...mail });
  return all.map((hit) => found.get(hit));
}
const one = (hit: Hit, mail: object = {}, machines = builtIn) => judged([hit], mail, machines)[0];

describe('the rules that everybody has', () => {
  test.each([...knownMachines, ...knownReaders, ...knownPeople].map((rule) => [rule.name, rule] as const))(
    '%s says by what it is known and where that is told',
    (_, { agents = [], networks = [], source }) => {
      expect(agents.length + networks.length).toBeGreaterThan(0);
      expect(networks.filter((text) => readNetwork(text) === undefined)).toEqual([]);
      expect(agents.filter((text) => text.replace(/^[=^]/, '').length < 3)).toEqual([]);
      expect(source).toMatch(/https?:\/\/|ARIN|SPF record/);
    },
  );

  test.each([
    chrome,
    `${chrome} Edg/138.0.0.0`,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0',
    'Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)',
    'Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)',
    'Lynx/2.9.0rel.1 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/3.0.8',
    'Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.31',
  ])('leave people alone who browse with %s', (userAgent) => {
    expect(one(aHit({ userAgent }))).toBeUndefined();
  });

  test('tell by which name or network a machine was known', () => {
    expect(one(aHit({ userAgent: 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }))).toEqual([
      'Slack: it calls itself "Slackbot"',
    ]);
    expect(one(aHit({ ip: '::ffff:40.107.22.60' }))).toEqual(['Microsoft Defender: from 40.107.0.0/16']);
  });

  test('know Outlook asking after a link from Outlook showing a mail to a person', () => {
    const userAgent =
      'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0; ms-office; MSOffice 16)';
    expect(one(anOpen({ userAgent }))).toBeUndefined();
    expect(one(aHit({ userAgent }))).toHaveLength(1);
  });
});

describe('one request gives a machine away', () => {
  test.each([
    ['it asked with HEAD', { method: 'HEAD' }],
    ['it was fetched ahead (sec-purpose: prefetch)', { headers: { ...page, 'sec-purpose': 'prefetch;prerender' } }],
    ['it was fetched ahead (x-moz: prefetch)', { headers: { ...page, 'x-moz': 'prefetch' } }],
    ['it does not say what it is', { userAgent: ' ' }],
    ['it asks for anything in no language, as no browser does', { headers: { accept: '*/*' } }],
    ['before the mail was taken', { at: after(-0.5) }],
    ['0 s after the mail was taken', { at: after(0) }],
    ['1.9 s after the mail was taken', { at: after(1.94) }],
  ])('%s', (evidence, changes) => {
    expect(one(aHit(changes))).toEqual([evidence]);
  });

  test('and two seconds after the mail was taken it may be a person’s', () => {
    expect(one(aHit({ at: after(2) }))).toBeUndefined();
  });

  test('after delivery, where a provider told of it; what came before it was told stays a person’s', () => {
    const mail = { deliveredAt: after(60) };
    expect(one(aHit({ at: after(61) }), mail)).toEqual(['1 s after delivery']);
    expect(one(aHit({ at: after(59) }), mail)).toBeUndefined();
    expect(one(aHit({ at: after(62) }), mail)).toBeUndefined();
    // Told some seconds late, it says nothing of who came a second later.
    expect(one(aHit({ at: after(29) }), { deliveredAt: after(28) })).toBeUndefined();
  });

  test('by time only where it is known when the mail was taken', () => {
    expect(one(aHit({ at: after(1) }), { acceptedAt: undefined })).toBeUndefined();
  });

  test('one odd thing is none, two are', () => {
    const noLanguage = { accept: page.accept, 'sec-fetch-mode': 'navigate' };
    expect(one(aHit({ headers: noLanguage }))).toBeUndefined();
    expect(one(aHit({ headers: { accept: page.accept } }))).toEqual([
      'it asks for no language',
      'it calls itself a browser of today and lacks its headers',
    ]);
    expect(one(aHit({ headers: { accept: page.accept }, isSecure: false }))).toBeUndefined();
    expect(one(aHit({ headers: noLanguage, at: after(3) }))).toHaveLength(2);
  });
});

describe('company gives machines away', () => {
  const links = (count: number, everyMs: number, changes: Partial<Hit> = {}) =>
    Array.from({ length: count }, (_, link) => aHit({ link, at: after(30 + (link * everyMs) / 1000), ...changes }));
  const caught = (told: readonly (readonly string[] | undefined)[]) => told.filter(Boolean).length;

  test('three links within a second are a machine’s, and four within two, whoever fetches each', () => {
    expect(judged(links(3, 500))).toEqual(Array.from({ length: 3 }, () => ['3 of 5 links within 1 s']));
    expect(caught(judged(links(3, 600)))).toBe(0);
    expect(judged(links(4, 660))).toEqual(Array.from({ length: 4 }, () => ['4 of 5 links within 2 s']));
    expect(caught(judged(links(4, 700)))).toBe(0);
    const fleet = links(4, 600).map((hit, i) => ({ ...hit, ip: `198.51.${i}.7` }));
    expect(caught(judged(fleet))).toBe(4);
    expect(caught(judged(fleet.slice(1)))).toBe(0);
  });

  test('the same link again and again is an impatient person’s', () => {
    expect(caught(judged([0, 0.2, 0.4, 0.6].map((s) => aHit({ at: after(30 + s) }))))).toBe(0);
  });

  test('all of five links or more of a new mail at the pace of a scan are a machine’s, all but one a reader’s', () => {
    expect(caught(judged(links(5, 4000)))).toBe(5);
    expect(caught(judged(links(4, 4000)))).toBe(0);
    expect(caught(judged(links(5, 4100)))).toBe(0);
    expect(caught(judged(links(4, 3000), { links: 4 }))).toBe(0);
    const later = links(5, 4000).map((hit) => ({ ...hit, at: new Date(hit.at.getTime() + 95_000) }));
    expect(caught(judged(later))).toBe(0);
  });

  test('whoever had the mail open may be quick and thorough, on this network or behind a proxy of pictures', () => {
    const quick = links(5, 600);
    expect(caught(judged(quick))).toBe(5);
    expect(caught(judged([anOpen({ at: after(26) }), ...quick]))).toBe(0);
    const gmail = { ip: '66.249.84.1', userAgent: 'Mozilla/5.0 (via ggpht.com GoogleImageProxy)' };
    expect(caught(judged([anOpen({ at: after(26), ...gmail }), ...quick]))).toBe(0);
    // Not with the pictures loaded a moment before, nor faster than any hand.
    expect(caught(judged([anOpen({ at: after(28) }), ...quick]))).toBe(6);
    expect(caught(judged([anOpen({ at: after(26) }), ...links(5, 300)]))).toBe(6);
    // Apple's program opens every mail, and tells of nobody.
    expect(caught(judged([anOpen({ at: after(26), userAgent: 'Mozilla/5.0' }), ...quick]))).toBe(6);
  });

  test('what goes along with the hidden link goes for a machine, whatever each calls itself', () => {
    const trap = aHit({ kind: 'trap', at: after(34), ip: '198.51.100.1' });
    const told = judged([
      ...links(2, 2000),
      trap,
      aHit({ at: after(40), ip: '198.51.100.99', userAgent: `${chrome} Edg/138.0` }),
    ]);
    expect(told.map(Boolean)).toEqual([true, true, true, false]);
    expect(told[2]).toContain('it followed the link that nobody sees');
  });

  test('somebody who had the mail open before and clicks in the midst of a scan stays a person', () => {
    const reader = { ip: '198.51.100.77' };
    const scan = links(4, 300);
    const told = judged([anOpen({ ...reader, at: after(20) }), ...scan, aHit({ ...reader, link: 1, at: after(30.5) })]);
    expect(told.map(Boolean)).toEqual([false, true, true, true, true, false]);
  });

  test('whoever follows a link that a scan has just taken goes a way of its own', () => {
    const scan = [...links(3, 100), aHit({ kind: 'trap', at: after(30.4) })];
    const person = aHit({ link: 1, at: after(31.5), ip: '198.51.100.77' });
    expect(judged([...scan, person]).map(Boolean)).toEqual([true, true, true, true, false]);
  });

  test('so does whoever is there first, and be it in the midst of a slow scan', () => {
    const scan = [...links(3, 2000), aHit({ kind: 'trap', at: after(35.5) })];
    const person = aHit({ link: 2, at: after(32.5), ip: '198.51.100.77' });
    expect(judged([...scan, person]).map(Boolean)).toEqual([true, true, true, true, false]);
  });

  test('a program that did what only machines do did the rest too, within a minute', () => {
    const early = aHit({ at: after(1) });
    expect(judged([early, aHit({ at: after(50) })])[1]).toEqual(['the same program did what only machines do']);
    expect(judged([early, aHit({ at: after(62) })])[1]).toBeUndefined();
    expect(judged([early, aHit({ at: after(50), ip: '198.51.100.1' })])[1]).toBeUndefined();
  });

  test('but a mail program that loads the pictures of what has just come says nothing of the click that follows', () => {
    const program = { ip: '198.51.100.1' };
    const told = judged([anOpen({ ...program, at: after(1.8) }), aHit({ ...program, at: after(20) })]);
    expect(told).toEqual([['1.8 s after the mail was taken'], undefined]);
  });

  test('but what a browser fetched ahead, or what guards a computer looked at with HEAD, says nothing of the person', () => {
    const ahead = aHit({ headers: { ...page, 'sec-purpose': 'prefetch' } });
    expect(judged([ahead, aHit({ at: after(35) })]).map(Boolean)).toEqual([true, false]);
    const guarded = [0, 1].flatMap((link) => [
      aHit({ link, method: 'HEAD', at: after(30 + 9 * link) }),
      aHit({ link, at: after(30.6 + 9 * link) }),
    ]);
    expect(judged(guarded).map(Boolean)).toEqual([true, false, true, false]);
  });

  test('nobody is told apart behind a proxy of pictures: one of its looks says nothing of another', () => {
    const gmail = { userAgent: 'Mozilla/5.0 (via ggpht.com GoogleImageProxy)', ip: '66.249.84.1' };
    const told = judged([anOpen({ ...gmail, at: after(0.8) }), anOpen({ ...gmail, at: after(40) })]);
    expect(told).toEqual([['0.8 s after the mail was taken'], undefined]);
  });
});

describe('what an operator adds', () => {
  const guard = { name: 'Acme Guard', networks: ['203.0.113.0/24'], source: 'https://acme.example.com' };

  test('is known like the rest', () => {
    expect(one(aHit(), {}, machinesWith({ machines: [guard] }))).toEqual(['Acme Guard: from 203.0.113.0/24']);
  });

  test('fits by name and network where both are named', () => {
    const machines = machinesWith({ machines: [{ ...guard, agents: ['^acme/'] }] });
    expect(one(aHit(), {}, machines)).toBeUndefined();
    expect(one(aHit({ userAgent: 'ACME/1.0', ip: '198.51.100.1' }), {}, machines)).toBeUndefined();
    expect(one(aHit({ userAgent: 'ACME/1.0' }), {}, machines)).toEqual([
      'Acme Guard: it calls itself "acme/", from 203.0.113.0/24',
    ]);
  });

  test('of weight "hint" needs another sign', () => {
    const machines = machinesWith({ machines: [{ ...guard, weight: 'hint' }] });
    expect(one(aHit(), {}, machines)).toBeUndefined();
    expect(one(aHit({ at: after(3) }), {}, machines)).toEqual([
      'Acme Guard: from 203.0.113.0/24',
      '3 s after delivery, without the pictures',
    ]);
  });

  test('as people’s is no machine’s by name, network or headers; but the hidden link is no person’s', () => {
    const machines = machinesWith({ people: [{ ...guard, networks: ['40.94.0.0/16'] }] });
    const isolated = { ip: '40.94.3.3', headers: { accept: '*/*' } };
    expect(one(aHit(isolated))).toHaveLength(2);
    expect(one(aHit(isolated), {}, machines)).toBeUndefined();
    expect(one(aHit({ ...isolated, kind: 'trap' }), {}, machines)).toEqual(['it followed the link that nobody sees']);
  });
});

test('what a provider tells of a program is judged by its name and network', () => {
  expect(machineBehind({ kind: 'open', userAgent: 'Mozilla/5.0', ip: '17.58.0.1' }, builtIn)).toEqual([
    'Apple Mail Privacy: it calls itself "Mozilla/5.0"',
  ]);
  expect(machineBehind({ kind: 'click', ip: '150.70.1.1', userAgent: chrome }, builtIn)).toBeUndefined();
  expect(machineBehind({ kind: 'open' }, builtIn)).toBeUndefined();
});

test('a request of any length and any bytes is looked at in no time and kept short', () => {
  const long = 'Mozilla/5.0 (('.repeat(100_000);
  const kept = seen(aHit({ userAgent: long, ip: long, headers: { accept: long, purpose: long } }), builtIn);
  expect([kept.userAgent.length, kept.network]).toEqual([400, '']);
  expect(judge([kept], { links: 1 }).size).toBeLessThanOrEqual(1);
});

test('a hit waits as long as the slowest scan that is known takes to its end, and no longer than its company', () => {
  expect(settleMs).toBe(30_000);
  expect(companyMs).toBeGreaterThanOrEqual(settleMs);
});
