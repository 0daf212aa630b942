import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';
import { originOf, originsOf, pageOf } from '../src/event/site-origin.js';
import { isLate, isVisitor, mayBrowserTell, timeOf } from '../src/event/site-rules.js';
import { openLimiter } from '../src/http/site-limits.js';
import { readVisit, signVisit } from '../src/message/visit-ticket.js';

const at = (clock: string) => new Date(`2026-03-02T${clock}:00Z`);

describe('an origin', () => {
  test.each([
    ['https://Example.com/x?y#z', 'https://example.com'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://example.com:443/', 'https://example.com'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example'],
    ['ftp://example.com/', undefined],
    ['javascript:alert(1)', undefined],
    ['//example.com', undefined],
    ['https://', undefined],
    [`https://example.com/${'x'.repeat(3000)}`, undefined],
  ])('of %s is %s', (address, origin) => expect(originOf(address)).toBe(origin));

  test.each([
    ['https://example.com/en', ['https://example.com', 'https://www.example.com']],
    ['https://www.example.com', ['https://www.example.com', 'https://example.com']],
    ['http://localhost:3000', ['http://localhost:3000']],
    ['http://127.0.0.1:8080', ['http://127.0.0.1:8080']],
    ['http://[::1]/', ['http://[::1]']],
    ['nonsense', []],
  ])('of the website %s is told by %j', (website, origins) => expect(originsOf(website)).toEqual(origins));
});

describe('a page', () => {
  const site = 'https://example.com';
  test.each([
    ['/pricing', 'https://example.com/pricing?plan=team&email=ada@example.org#top', site],
    ['/', 'https://example.com', site],
    ['/a%20b', 'https://example.com/a b', site],
    ['/pricing', 'https://www.example.com/pricing', 'https://www.example.com'],
    ['https://shop.example.com/cart', 'https://shop.example.com/cart?x', 'https://shop.example.com'],
    [undefined, 'https://evil.example/pricing', site],
    [undefined, 'https://example.com.evil.example/', site],
    [undefined, 'nonsense', site],
  ])('is called %s', (name, address, origin) => expect(pageOf(address, origin, site)).toBe(name));
});

describe('a browser', () => {
  test.each(['page.viewed', 'converted', 'video.played', 'deal.won'])('may tell %s', (type) =>
    expect(mayBrowserTell(type)).toBe(true),
  );
  test.each([
    'lead.created',
    'score.adjusted',
    'clicked',
    'unsubscribed',
    'complained',
    'form.submitted',
    'sales.answered',
  ])('may not tell %s', (type) => expect(mayBrowserTell(type)).toBe(false));
  test.each([
    ['0123456789abcdef', true],
    ['0123456789abcdef0123456789abcdef', true],
    ['0123456789abcde', false],
    ['x'.repeat(65), false],
    ['0123456789abcde$', false],
    ['0123456789abcdef\n', false],
    ['', false],
  ])('calls itself %j: %s', (visitor, is) => expect(isVisitor(visitor)).toBe(is));
});

describe('time', () => {
  test.each([
    ['a minute ago', 60_000, '09:59'],
    ['before the first sight', 7_200_000, '09:00'],
    ['in a time to come', -60_000, '10:00'],
    ['without end ago', Number.MAX_VALUE, '09:00'],
  ])('%s', (_, ago, then) => expect(timeOf(ago, at('09:00'), at('10:00'))).toEqual(at(then)));

  test('is late an hour after', () => {
    expect([isLate(at('09:00'), at('10:00')), isLate(at('08:59'), at('10:00'))]).toEqual([false, true]);
  });
});

describe('a limit for each network', () => {
  const limit = () => openLimiter({ perMinute: 3 });
  const passes = (limiter: ReturnType<typeof limit>, network: string, now: Date, times: number) =>
    Array.from({ length: times }, () => limiter.mayPass(network, now)).filter(Boolean).length;

  test('lets so many through at once, then as many as time brings', () => {
    const limiter = limit();
    expect(passes(limiter, 'a', at('09:00'), 10)).toBe(3);
    expect(passes(limiter, 'a', new Date(at('09:00').getTime() + 20_000), 10)).toBe(1);
    expect(passes(limiter, 'a', at('10:00'), 10)).toBe(3);
  });
  test('is each network’s own', () => {
    const limiter = limit();
    passes(limiter, 'a', at('09:00'), 10);
    expect(passes(limiter, 'b', at('09:00'), 10)).toBe(3);
  });
  test('is not lifted by a clock that goes back', () => {
    const limiter = limit();
    passes(limiter, 'a', at('09:00'), 10);
    expect(passes(limiter, 'a', at('08:00'), 10)).toBe(0);
  });
  test('remembers 10,000 networks, and not more', () => {
    const limiter = limit();
    for (let i = 0; i < 11_000; i += 1) limiter.mayPass(`network ${i}`, at('09:00'));
    expect(limiter.size()).toBe(10_000);
  });
});

describe('a ticket of a visit', () => {
  const key = (id: number) => ({ id, secret: Buffer.alloc(32, id) });
  const click = { message: 'abcdefghijklmnopqrstuvwxyz234567', link: 7, at: at('09:00') };

  test('is 60 characters, and is read until an hour after the click', () => {
    const ticket = signVisit(click, [key(1)]);
    expect(ticket).toMatch(/^[\w-]{60}$/);
    expect(readVisit(ticket, [key(1)], at('10:00'))).toEqual(click);
    expect(readVisit(ticket, [key(1)], at('10:01'))).toBeUndefined();
  });
  test('that an older key signed is read', () => {
    expect(readVisit(signVisit(click, [key(1)]), [key(2), key(1)], at('09:00'))).toEqual(click);
  });
  test('changed in any bit, cut off or signed by another is none', () => {
    const ticket = signVisit(click, [key(1)]);
    const bytes = Buffer.from(ticket, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const forged = Buffer.from(bytes);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readVisit(forged.toString('base64url'), [key(1)], at('09:00'))).toBeUndefined();
    }
    for (const wrong of ['', ticket.slice(1), `${ticket}a`, ticket.replace(/.$/, '='), ` ${ticket.slice(1)}`])
      expect(readVisit(wrong, [key(1)], at('09:00'))).toBeUndefined();
    expect(readVisit(ticket, [{ id: 1, secret: Buffer.alloc(32, 9) }], at('09:00'))).toBeUndefined();
  });
});

describe('SITE_ORIGINS', () => {
  const originsIn = (SITE_ORIGINS: string) => readConfig({ SITE_ORIGINS }).SITE_ORIGINS;
  test.each([
    ['https://example.com', ['https://example.com']],
    ['https://example.com/, http://localhost:8080', ['https://example.com', 'http://localhost:8080']],
    ['none', []],
  ])('%s is %j', (text, origins) => expect(originsIn(text)).toEqual(origins));
  test.each(['example.com', '*', 'https://example.com/shop', 'https://example.com,', 'file:///x', 'null'])(
    '%s is refused by name',
    (text) => expect(() => originsIn(text)).toThrow(/SITE_ORIGINS \(it is origins such as https:\/\/example\.com/),
  );
});
