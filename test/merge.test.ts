import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import Handlebars from 'handlebars';
import { compileMerge, type MergeData, noAddresses } from '../src/message/merge.js';

function dataOf(lead: MergeData['lead']): MergeData {
  return { lead, brand: { name: 'Tallybay' }, sequence: { name: 'Welcome' }, ...noAddresses };
}

/**
 * What Handlebars itself makes of a text in our language, in which a default is what it says and no argument. Values are
 * put into words first: without escaping, Handlebars would add up two numbers that follow each other.
 */
function byHandlebars(text: string, data: MergeData, noEscape: boolean): string {
  const engine = Handlebars.create();
  engine.registerHelper('said', (value: unknown, ...others: readonly unknown[]) => {
    const isMissing = value === undefined || value === null || value === '';
    return String(isMissing ? (others.length > 1 ? others[0] : '') : value);
  });
  const asCall = text.replace(/(?<!\\)\{\{(~?)(?!else)([a-z])/g, '{{$1said $2');
  const noPrototypes = { allowProtoMethodsByDefault: false, allowProtoPropertiesByDefault: false };
  return engine.compile(asCall, { noEscape })(data, noPrototypes);
}

describe('a text is filled as Handlebars fills it', () => {
  const name = fc.constantFrom('a', 'b', 'length', 'constructor', '__proto__', 'toString');
  const value = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\r', '')),
    fc.constantFrom('', '<b>"x"</b> & `y` = \'z\'', '{{lead.b}}', undefined, 0, -0, 1.5, Number.NaN, true, false),
    fc.constantFrom<readonly string[]>([], ['one'], ['one', 'two']),
  );
  const { text } = fc.letrec<{ text: string; block: string }>((tie) => ({
    block: fc
      .tuple(fc.constantFrom('if', 'unless'), name, tie('text'), fc.option(tie('text'), { nil: undefined }))
      .map(([kind, field, whole, other]) => {
        const otherwise = other === undefined ? '' : `{{else}}${other}`;
        return `{{#${kind} lead.${field}}}${whole}${otherwise}{{/${kind}}}`;
      }),
    text: fc
      .array(
        fc.oneof(
          { maxDepth: 3 },
          fc.constantFrom('Hello ', '\n', '  ', '<p>', '\n  \n', '{{! a comment }}', '{{~lead.a~}}', '\\{{lead.a}}'),
          name.map((field) => `{{lead.${field}}}`),
          name.map((field) => `{{lead.${field} "de<fault>"}}`),
          name.map((field) => `{{lead.${field} 12}}`),
          fc.constantFrom(
            '{{brand.name}}',
            '{{sequence.name}}',
            '{{pixelUrl}}',
            '{{links.[0]}}',
            '{{lead.a.b}}',
            '{{x}}',
          ),
          tie('block'),
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join('')),
  }));
  const lead = fc.record({ a: value, b: value }, { requiredKeys: [] });

  test.each(['none', 'html'] as const)('with values written for %s', (escape) => {
    fc.assert(
      fc.property(text, lead, (written, values) => {
        const data = dataOf(values);
        expect(compileMerge(written, escape)(data)).toBe(byHandlebars(written, data, escape === 'none'));
      }),
      { numRuns: 300 },
    );
  });
});

describe('in an address', () => {
  const link = compileMerge('https://example.com/{{lead.plan "free & easy"}}?{{brand.name}}', 'address');

  test.each([
    ['a/b?c=d', 'a%2Fb%3Fc%3Dd'],
    ['Zoë', 'Zo%C3%AB'],
    [12, '12'],
    [false, 'false'],
    [undefined, 'free & easy'],
    ['', 'free & easy'],
    ['\ud83d', '%EF%BF%BD'],
  ])('the value %j of a lead is written as %s', (plan, part) => {
    expect(link(dataOf({ plan }))).toBe(`https://example.com/${part}?Tallybay`);
  });

  test('a block asks for the value itself, not for how it is written', () => {
    const either = compileMerge('{{#if lead.isVip}}vip{{else}}all{{/if}}', 'address');
    expect([true, false, 0, undefined].map((isVip) => either(dataOf({ isVip })))).toEqual(['vip', 'all', 'all', 'all']);
  });
});

test('two numbers that follow each other are not added up', () => {
  expect(compileMerge('{{lead.a}}{{lead.b}}', 'none')(dataOf({ a: 1, b: 2 }))).toBe('12');
});

describe('in HTML', () => {
  test.each([
    ['a\rb', 'a\nb'],
    ['a\r\nb\r', 'a\nb\n'],
  ])('the line breaks of %j become one kind', (value, written) => {
    expect(compileMerge('{{lead.a}}', 'html')(dataOf({ a: value }))).toBe(written);
  });
});

test.each(['{{> partial}}', '{{#each lead.a}}x{{/each}}', '{{#if}}x{{/if}}', '{{* decorator}}'])(
  '%s is nothing that can be filled',
  (text) => {
    expect(() => compileMerge(text, 'none')).toThrow(/can be filled|asks for one field/);
  },
);
