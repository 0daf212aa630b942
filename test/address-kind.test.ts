import { describe, expect, test } from '@jest/globals';
import mailchecker from 'mailchecker';
import { fieldOf } from '../src/journey/facts.js';
import { addressKindOf } from '../src/message/address-kind.js';
import { parseAddress } from '../src/message/address.js';
import { bigProviders, freeProviders } from '../src/message/free-mail.js';
import { roleNames } from '../src/message/role-names.js';
import { shownAddress } from '../src/message/shown-address.js';
import { aLead } from './builders.js';

describe('the kind of an address', () => {
  test.each([
    ['ada@acme.example', 'company'],
    ['ada@mailinator.com', 'disposable'],
    ['ada@shop.mailinator.com', 'disposable'],
    ['ada@notmailinator.com.example', 'company'],
    ['ada@gmail.com', 'free'],
    ['Ada@GMail.com', 'free'],
    ['ada@mail.gmail.com', 'company'],
    ['info@gmail.com', 'free'],
    ['info@acme.example', 'role'],
    ['INFO@acme.example', 'role'],
    ['sales+fair@acme.example', 'role'],
    ['salesman@acme.example', 'company'],
    ['abuse@acme.example', 'role'],
    ['ada@bücher.example', 'company'],
    ['info@bücher.example', 'role'],
    ['no address at all', 'company'],
    ['', 'company'],
  ])('of "%s" is %s', (email, kind) => {
    expect(addressKindOf(email)).toBe(kind);
  });

  test('can be asked for like a field of the lead', () => {
    expect(fieldOf(aLead({ email: 'ada@gmail.com', attributes: { addressKind: 'company' } }), 'addressKind')).toBe(
      'free',
    );
  });
});

describe('the tables', () => {
  test('name free providers by domains that are written as domains are kept, none of them twice or thrown away', () => {
    const wrong = [...freeProviders].filter((domain) => {
      const read = parseAddress(`ada@${domain}`);
      return !read.ok || read.value.key !== `ada@${domain}` || mailchecker.blacklist().has(domain);
    });
    expect(wrong).toEqual([]);
    expect(freeProviders.size).toBeGreaterThan(100);
  });

  test('ask only about domains that people have mailboxes at', () => {
    expect(bigProviders.filter((domain) => !freeProviders.has(domain))).toEqual([]);
  });

  test('name every mailbox of RFC 2142', () => {
    const named =
      'info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp';
    expect(named.split(' ').filter((name) => !roleNames.has(name))).toEqual([]);
  });
});

describe('an address is shown', () => {
  test.each([
    ['in the letters of its domain', 'ada@bücher.example'],
    ['in Cyrillic below a Cyrillic ending', 'ada@почта.рф'],
    ['in Japanese, which mixes four scripts', 'ada@東京カフェmail.example'],
    ['in Arabic', 'ada@مثال.إختبار'],
    ['in Greek', 'ada@παράδειγμα.example'],
    ['as it is where it is all ASCII', 'Ada@example.com'],
  ])('%s', (_, written) => {
    const read = parseAddress(written);
    expect(read.ok && shownAddress(read.value.address)).toBe(written);
  });

  test.each([
    ['mixes Latin and Cyrillic', 'ada@pаypal.com'],
    ['mixes Latin and Greek', 'ada@gοogle.com'],
    ['is all Cyrillic that looks Latin', 'ada@аррӏе.com'],
    ['is no label at all', 'ada@xn--99999999999.com'],
  ])('by its A-label where it %s', (_, written) => {
    const read = parseAddress(written);
    const ascii = read.ok ? read.value.address : written;
    expect(ascii).toContain('@xn--');
    expect(shownAddress(ascii)).toBe(ascii);
  });
});
