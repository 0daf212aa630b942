import { describe, expect, test } from '@jest/globals';
import { type Asking, ruleOn, type Standing, withdrawnWith } from '../src/form/consent-rule.js';
import type { Consent, ConsentStatus, Suppression } from '../src/journey/facts.js';

const at = new Date('2026-03-02T09:00:00Z');

/** A lead that may be mailed or not, with what it says of single purposes. */
function lead(status: ConsentStatus, purposes: Readonly<Record<string, ConsentStatus>> = {}): Consent {
  const each = Object.entries(purposes).map(([purpose, said]) => [purpose, { status: said, at }] as const);
  return { status, source: 'api', at, purposes: Object.fromEntries(each) };
}

/** The ruling in one line: what takes effect now, what after a confirmation, and whether a mail asks for it. */
function told(asking: Partial<Asking>, standing: Standing): string {
  const { now, confirmed, mail } = ruleOn({ doubleOptIn: false, isGated: false, agreed: [], ...asking }, standing);
  const later = confirmed.length > 0 ? [`confirmed: ${confirmed.join(' ')}`, mail ? 'asked' : 'not asked'] : [];
  return [`now: ${now.join(' ') || 'nothing'}`, ...later].join(', ');
}

const all = 'now: fields form consent';
const whole = 'now: nothing, confirmed: fields form consent';
const later = 'now: fields form, confirmed: consent';

describe('a form with double opt-in', () => {
  describe('in which something was agreed to', () => {
    test.each<[string, Standing, string]>([
      ['a new address', {}, `${whole}, asked`],
      ['a new address that unsubscribed somewhere else', { suppression: 'unsubscribed' }, `${whole}, asked`],
      ['a new address that is dead', { suppression: 'hard-bounced' }, `${whole}, not asked`],
      ['a lead that is waiting for a confirmation', { consent: lead('pending') }, `${whole}, asked`],
      ['a lead that gets mails', { consent: lead('granted') }, `${whole}, asked`],
      ['a lead that agreed to something else', { consent: lead('granted', { blog: 'granted' }) }, `${whole}, asked`],
      ['a lead that agreed to it before', { consent: lead('granted', { news: 'granted' }) }, 'now: form'],
      ['a lead that withdrew it', { consent: lead('granted', { news: 'denied' }) }, `${whole}, asked`],
      ['a lead that was asked for it', { consent: lead('granted', { news: 'pending' }) }, `${whole}, asked`],
      ['a lead that said no to all', { consent: lead('denied', { news: 'granted' }) }, `${whole}, asked`],
    ])('rules on %s', (_, standing, ruling) => {
      expect(told({ doubleOptIn: true, agreed: ['news'] }, standing)).toBe(ruling);
    });

    test.each<[Suppression, string]>([
      ['unsubscribed', `${whole}, asked`],
      ['soft-bounced', `${whole}, not asked`],
      ['manual', `${whole}, not asked`],
      ['hard-bounced', `${whole}, not asked`],
      ['complained', `${whole}, not asked`],
    ])('rules on a lead that agreed to it before and is suppressed: %s', (suppression, ruling) => {
      const standing = { consent: lead('granted', { news: 'granted' }), suppression };
      expect(told({ doubleOptIn: true, agreed: ['news'] }, standing)).toBe(ruling);
    });

    test('asks a lead that agreed to it before, where its mail alone leads to what the form gives', () => {
      const standing = { consent: lead('granted', { news: 'granted' }) };
      expect(told({ doubleOptIn: true, isGated: true, agreed: ['news'] }, standing)).toBe(`${whole}, asked`);
    });

    test('asks a lead that agreed to one of two purposes before', () => {
      const standing = { consent: lead('granted', { news: 'granted' }) };
      expect(told({ doubleOptIn: true, agreed: ['news', 'blog'] }, standing)).toBe(`${whole}, asked`);
    });
  });

  test.each<[string, Standing, string]>([
    ['a new address, of whom nobody could be wronged', {}, 'now: fields form'],
    ['a lead that gets mails, and changes nothing of it', { consent: lead('granted') }, 'now: form'],
    [
      'a lead that left, and changes nothing of it',
      { consent: lead('denied'), suppression: 'unsubscribed' },
      'now: form',
    ],
  ])('in which nothing was agreed to is taken from %s', (_, standing, ruling) => {
    expect(told({ doubleOptIn: true }, standing)).toBe(ruling);
  });
});

describe('a form without double opt-in', () => {
  test.each<[string, Standing, string]>([
    ['a new address', {}, all],
    ['a new address that unsubscribed somewhere else', { suppression: 'unsubscribed' }, `${later}, asked`],
    ['a lead that gets mails', { consent: lead('granted') }, all],
    ['a lead that is waiting for a confirmation', { consent: lead('pending') }, all],
    ['a lead that said no to all', { consent: lead('denied') }, `${later}, asked`],
    ['a lead that withdrew it', { consent: lead('granted', { news: 'denied' }) }, `${later}, asked`],
    ['a lead that withdrew something else', { consent: lead('granted', { blog: 'denied' }) }, all],
    ['a lead that unsubscribed', { consent: lead('granted'), suppression: 'unsubscribed' }, `${later}, asked`],
    [
      'a lead that said no and is dead',
      { consent: lead('denied'), suppression: 'hard-bounced' },
      `${later}, not asked`,
    ],
    ['a lead that is dead', { consent: lead('granted'), suppression: 'hard-bounced' }, all],
  ])('rules on %s', (_, standing, ruling) => {
    expect(told({ agreed: ['news'] }, standing)).toBe(ruling);
  });

  test('in which nothing was agreed to is taken as it was filled in', () => {
    expect(told({}, { consent: lead('denied'), suppression: 'unsubscribed' })).toBe('now: fields form');
  });
});

describe('what was agreed to before a no', () => {
  const before = { news: 'granted', blog: 'granted', webinar: 'denied' } as const;

  test('stays withdrawn when somebody who unsubscribed agrees to something else', () => {
    const standing = { consent: lead('granted', before), suppression: 'unsubscribed' } as const;
    expect(withdrawnWith(['news'], standing)).toEqual(['blog']);
  });
  test('stays withdrawn when somebody who said no to all agrees to something else', () => {
    expect(withdrawnWith(['news'], { consent: lead('denied', before) })).toEqual(['blog']);
  });
  test('stands where nobody said no', () => {
    expect(withdrawnWith(['news'], { consent: lead('granted', before) })).toEqual([]);
  });
});

test('a purpose that is called as what every object has is like any other', () => {
  expect(told({ doubleOptIn: true, agreed: ['constructor'] }, { consent: lead('granted') })).toBe(`${whole}, asked`);
});
