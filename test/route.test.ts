import { describe, expect, test } from '@jest/globals';
import { transportsFor, unknownTransports } from '../src/delivery/route.js';

const all = ['smtp', 'ses', 'post'];
const mail = { sequence: 'retention-spring', domain: 'gmail.com' };

describe('a mail', () => {
  test('without a route for it takes any transport, in their order', () => {
    expect(transportsFor(mail, [], all)).toEqual(all);
    expect(transportsFor(mail, [{ sequences: ['welcome'], through: ['ses'] }], all)).toEqual(all);
  });

  test('takes the first route that fits, and no other', () => {
    const routes = [
      { sequences: ['welcome'], through: ['post'] },
      { sequences: ['retention-*'], domains: ['yahoo.com'], through: ['post'] },
      { sequences: ['retention-*'], through: ['ses', 'smtp'] },
      { through: ['smtp'] },
    ];
    expect(transportsFor(mail, routes, all)).toEqual(['ses', 'smtp']);
    expect(transportsFor({ ...mail, domain: 'yahoo.com' }, routes, all)).toEqual(['post']);
    expect(transportsFor({ ...mail, sequence: 'other' }, routes, all)).toEqual(['smtp']);
  });

  test('whose route leads to transports that are gone goes by no other', () => {
    expect(transportsFor(mail, [{ through: ['gone', 'ses'] }], all)).toEqual(['ses']);
    expect(transportsFor(mail, [{ through: ['gone'] }], all)).toEqual([]);
  });

  test.each([
    ['retention-spring', true],
    ['RETENTION-SPRING', true],
    ['retention-*', true],
    ['*-spring', true],
    ['*', true],
    ['r*-s*g', true],
    ['*tention*spr*', true],
    ['retention-spring*', true],
    ['*retention-spring*', true],
    ['retention', false],
    ['retention-spring-2', false],
    ['*-sprin', false],
    ['retention-spring*g', false],
    ['*spring*retention*', false],
    ['.etention-spring', false],
  ])('is matched by %p: %p', (pattern, expected) => {
    const found = transportsFor(mail, [{ sequences: [pattern], through: ['ses'] }], all);
    expect(found).toEqual(expected ? ['ses'] : all);
  });

  test('is matched in no time by a pattern that was made to take for ever', () => {
    const sequence = 'a'.repeat(60);
    expect(transportsFor({ ...mail, sequence }, [{ sequences: [`${'a*'.repeat(29)}b`], through: ['ses'] }], all)).toBe(
      all,
    );
  });
});

test('names that no transport has are found, in routes and among the limits', () => {
  const rules = {
    routes: [{ through: ['ses', 'sess'] }, { through: ['sess'] }],
    transports: new Map([
      ['smtp', {}],
      ['smpt', {}],
    ]),
  };
  expect(unknownTransports(rules, all)).toEqual(['sess', 'smpt']);
  expect(unknownTransports({ routes: [], transports: new Map() }, all)).toEqual([]);
});
