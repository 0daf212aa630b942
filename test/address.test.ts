import { domainToASCII } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { addressKey, parseAddress, parseSender } from '../src/message/address.js';

const noName = 'an e-mail address looks like name@example.com';
const badLocal = 'the part before the @ has characters that no mailbox has, or is longer than 64';
const foreignLocal = 'the part before the @ may have ASCII characters only';
const badDomain = 'the part after the @ is not a domain';
const noEnding = 'the domain has no ending such as .com';
const lineBreak = 'an e-mail address has no line break or control character in it';

describe('an address that is one', () => {
  test.each([
    ['is taken as it is', 'ada@example.org', 'ada@example.org'],
    ['keeps the case of its mailbox, not of its domain', 'Ada.King@Example.ORG', 'Ada.King@example.org'],
    ['loses the blanks around it', '  ada@example.org ', 'ada@example.org'],
    ['keeps its plus tag', 'ada+news@example.org', 'ada+news@example.org'],
    ['may have every sign of a dot-atom', "!#$%&'*+/=?^_`{|}~-@example.org", "!#$%&'*+/=?^_`{|}~-@example.org"],
    ['may be short', 'a@b.co', 'a@b.co'],
    ['may have a mailbox of digits', '007@example.org', '007@example.org'],
    ['may have labels that begin with a digit', 'ada@3m.example.org', 'ada@3m.example.org'],
    ['may have two hyphens in a label', 'ada@up--town.example', 'ada@up--town.example'],
    ['has an umlaut domain as A-label', 'ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['has a sharp s as its own letter (IDNA2008)', 'ada@faß.example', 'ada@xn--fa-hia.example'],
    ['has a Cyrillic domain as A-label', 'ada@пример.рф', 'ada@xn--e1afmkfd.xn--p1ai'],
    ['has a Japanese domain as A-label, its full stop a dot', 'ada@例え。jp', 'ada@xn--r8jz45g.jp'],
    ['composes letters that were written in two parts', 'ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['may be an A-label already', 'ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['may have a mailbox of 64', `${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
    ['may have a label of 63', `ada@${'x'.repeat(63)}.org`, `ada@${'x'.repeat(63)}.org`],
    ['may be 254 long', `${'a'.repeat(62)}@${'x.'.repeat(95)}a`, `${'a'.repeat(62)}@${'x.'.repeat(95)}a`],
  ])('%s: %j', (_, text, address) => {
    expect(parseAddress(text)).toEqual({ ok: true, value: { address, key: address.toLowerCase() } });
  });
});

describe('what is not exactly one address', () => {
  test.each([
    ['', noName],
    ['ada', noName],
    ['@example.org', noName],
    ['ada@', noName],
    ['ada@example.org,eve@example.net', badLocal],
    ['ada@example.org;eve@example.net', badLocal],
    ['ada@example.org eve@example.net', badLocal],
    ['Ada <ada@example.org>', badLocal],
    ['<ada@example.org>', badLocal],
    ['mailto:ada@example.org', badLocal],
    ['ada(a comment)@example.org', badLocal],
    ['ada@example.org(a comment)', badDomain],
    ['"ada king"@example.org', badLocal],
    ['"ada"@example.org', badLocal],
    ['ada\\@x@example.org', badLocal],
    ['ada@eve@example.org', badLocal],
    ['.ada@example.org', badLocal],
    ['ada.@example.org', badLocal],
    ['ada..king@example.org', badLocal],
    ['ada king@example.org', badLocal],
    [`${'a'.repeat(65)}@example.org`, badLocal],
    ['äda@example.org', foreignLocal],
    ['\u{1f600}@example.org', foreignLocal],
    ['ada@localhost', noEnding],
    ['ada@127.0.0.1', noEnding],
    ['ada@0x7f.1', noEnding],
    ['ada@[127.0.0.1]', badDomain],
    ['ada@[IPv6:::1]', badDomain],
    ['ada@example.org.', badDomain],
    ['ada@.example.org', badDomain],
    ['ada@example..org', badDomain],
    ['ada@-example.org', badDomain],
    ['ada@example-.org', badDomain],
    ['ada@exa_mple.org', badDomain],
    ['ada@exa mple.org', badDomain],
    ['ada@xn--zzzzzz--.example', badDomain],
    [`ada@${'x'.repeat(64)}.org`, badDomain],
    [`${'a'.repeat(64)}@${'x.'.repeat(95)}a`, 'the address is longer than 254 characters'],
  ])('%j is refused, and told why', (text, problem) => {
    expect(parseAddress(text)).toEqual({ ok: false, problem });
  });

  // Whatever reads the address as a browser would, makes another domain of these.
  test.each(['/x', '?x', '#x', '\\x', ':25', '%2eevil.example', '%00', '@', '<', '|', '^', '\u2028', '\ud800'])(
    'a domain with %j in it is refused, not cut short',
    (tail) => {
      expect(parseAddress(`ada@example.org${tail}`).ok).toBe(false);
      expect(parseAddress(`ada@exam${tail}ple.org`).ok).toBe(false);
    },
  );

  test.each(['\r\n', '\n', '\r', '\t', '\0', '\u0085', '\u202e', '\u2066'])(
    'a control character (%j) is refused wherever it stands',
    (character) => {
      for (const text of ['?ada@example.org', 'ad?a@example.org', 'ada@exam?ple.org', 'ada@example.org?'])
        expect(parseAddress(text.replace('?', character))).toEqual({ ok: false, problem: lineBreak });
    },
  );

  test('a header smuggled in behind a line break is refused', () => {
    expect(parseAddress('ada@example.org\r\nBcc: eve@example.net')).toEqual({ ok: false, problem: lineBreak });
  });

  test('a megabyte is refused as fast as a word', () => {
    const startedAt = performance.now();
    for (const text of ['a.'.repeat(500_000), `${'a.'.repeat(500_000)}@x.org`, `a@${'x.'.repeat(500_000)}org`])
      expect(parseAddress(text).ok).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('the key of an address', () => {
  test('is what its spellings share', () => {
    const spellings = ['Ada@Bücher.example', 'ada@bu\u0308cher.EXAMPLE', ' ADA@xn--bcher-kva.example '];
    expect(new Set(spellings.map(addressKey))).toEqual(new Set(['ada@xn--bcher-kva.example']));
  });
  test('tells apart what may be two mailboxes', () => {
    const others = ['ada.king@example.org', 'adaking@example.org', 'ada.king+x@example.org'];
    expect(new Set(others.map(addressKey)).size).toBe(3);
  });
  test('of a text that is no address is that text, which no lead has', () => {
    expect(addressKey('Nobody')).toBe('nobody');
  });
});

describe('a sender', () => {
  test.each([
    ['Mara at Tallybay <mara@mail.example.com>', { name: 'Mara at Tallybay', address: 'mara@mail.example.com' }],
    ['"Quay, Mara" <mara@mail.example.com>', { name: 'Quay, Mara', address: 'mara@mail.example.com' }],
    ['<mara@mail.example.com>', { name: '', address: 'mara@mail.example.com' }],
    ['mara@mail.example.com', { name: '', address: 'mara@mail.example.com' }],
    ['Mara', undefined],
    ['Mara <mara>', undefined],
    ['Mara <mara@example.com>, Eve <eve@example.net>', undefined],
    ['Mara <mara@example.com\r\nBcc: eve@example.net>', undefined],
  ])('%j is read whole or not at all', (text, sender) => {
    expect(parseSender(text)).toEqual(sender);
  });
});

test('any domain in ASCII is read as browsers read it, whether it is quick to read or not', () => {
  const part = fc.oneof(
    fc.stringMatching(/^[a-z0-9-]{0,6}$/),
    fc.stringMatching(/^[a-zA-Z0-9-]{1,70}$/),
    fc.constantFrom('xn--', 'xn--bcher-kva', 'xn--a', '0x7f', '127', '1e3', 'com', 'org', '-', 'up--town'),
  );
  const anyDomain = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(anyDomain, (written) => {
      const result = parseAddress(`ada@${written}`);
      const domain = domainToASCII(written);
      const isDomain = domain.length <= 250 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.(?!$)|$)){2,}$/.test(domain);
      const address = isDomain && !/\.\d+$/.test(domain) ? `ada@${domain}` : undefined;
      expect(result.ok ? result.value.address : undefined).toBe(address);
    }),
    { numRuns: 2000 },
  );
});

test('an address reads the same however often, and however many others are read in between', () => {
  const texts = ['Ada@Example.org', 'ada@bücher.example', 'nobody', 'ada@example.org\n'];
  const before = texts.map((text) => parseAddress(text));
  for (let i = 0; i < 12_000; i += 1) parseAddress(`lead-${i}@example.org`);
  expect(texts.map((text) => parseAddress(text))).toEqual(before);
  expect(before.map(({ ok }) => ok)).toEqual([true, true, false, false]);
});
