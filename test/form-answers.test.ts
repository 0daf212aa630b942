import { describe, expect, test } from '@jest/globals';
import { languageIn } from '../src/form/accept-language.js';
import { nearAddress } from '../src/form/near-domain.js';
import { askedName, type DeclaredFields, readAnswers } from '../src/form/read-answers.js';
import { type FormField, readField } from '../src/form/read-field.js';
import { readHabits, readOrigin } from '../src/form/read-origin.js';
import { readJsonBody, readUrlencoded, type Sent } from '../src/form/sent.js';
import { toSubmission } from '../src/form/to-submission.js';
import { parseAddress } from '../src/message/address.js';
import { FormFile } from '../src/sequence/form-file.js';
import type { FieldType } from '../src/sequence/lead-file.js';
import { at } from './builders.js';

const sentOf = (fields: Readonly<Record<string, string | readonly string[]>>): Sent =>
  new Map(Object.entries(fields).map(([name, value]) => [name, [value].flat()]));

describe('a body', () => {
  test.each([
    ['a text with all that may be in it', 'a=%C3%A9+b%26c&d', { a: ['é b&c'], d: [''] }],
    ['the same name again and again', 'a=1&b=2&a=3', { a: ['1', '3'], b: ['2'] }],
    ['a byte of UTF-8 as it is', 'a=\u00c3\u00a9', { a: ['é'] }],
    ['a percent sign of a person in a hurry', 'a=100%&b=%zz', { a: ['100%'], b: ['%zz'] }],
    ['a name that objects have anyway', '__proto__=1&constructor=2', { ['__proto__']: ['1'], constructor: ['2'] }],
    ['nothing', '', {}],
  ])('is read: %s', (_, body, expected) => {
    expect([...(readUrlencoded(Buffer.from(body, 'latin1')) ?? [])]).toEqual(Object.entries(expected));
  });

  test.each([
    ['a byte that no UTF-8 has', 'a=%ff'],
    ['a letter that is cut off', 'a=%C3'],
    ['half of a pair of UTF-16 in UTF-8', 'a=%ED%A0%80'],
    ['an overlong slash', 'a=%C0%AF'],
    ['a name that is no UTF-8', '%ff=a'],
    ['ten thousand fields', Array.from({ length: 10_000 }, (_, i) => `f${i}=1`).join('&')],
  ])('is refused whole that has %s', (_, body) => {
    expect(readUrlencoded(Buffer.from(body, 'latin1'))).toBeUndefined();
  });

  test('of JSON may hold texts, numbers, yes and no, and lists of them', () => {
    const body = { a: 'é', n: 2.5, yes: true, no: false, list: ['x', 1], gone: null };
    expect(Object.fromEntries(readJsonBody(Buffer.from(JSON.stringify(body))) ?? [])).toEqual({
      a: ['é'],
      n: ['2.5'],
      yes: ['yes'],
      no: ['no'],
      list: ['x', '1'],
    });
  });

  test.each([
    ['no object', '[1]'],
    ['an object within', '{"a":{"$gt":""}}'],
    ['a list within a list', '{"a":[["x"]]}'],
    ['cut off', '{"a":'],
    ['ten thousand values', JSON.stringify({ a: Array.from({ length: 10_000 }, () => 'x') })],
    ['nothing', ''],
  ])('of JSON is refused that is %s', (_, body) => {
    expect(readJsonBody(Buffer.from(body))).toBeUndefined();
  });

  test('of JSON is refused that is no UTF-8', () => {
    expect(readJsonBody(Buffer.from('{"a":"\xff"}', 'latin1'))).toBeUndefined();
  });
});

describe('a field', () => {
  const field = (type: FormField['type'], more: Partial<FormField> = {}): FormField => ({
    name: 'x',
    label: 'X',
    ...(type ? { type } : {}),
    ...more,
  });
  const choices = ['one', 'two', 'three'];

  test.each<[string, FormField, FieldType, readonly string[], unknown]>([
    ['is trimmed', field('text'), 'text', ['  Ada \u00a0'], 'Ada'],
    ['is composed (NFC)', field('text'), 'text', ['Zoe\u0308'], 'Zoë'],
    ['may have 200 letters', field('text'), 'text', ['é'.repeat(200)], 'é'.repeat(200)],
    ['counts an emoji as one', field('text'), 'text', ['👋'.repeat(200)], '👋'.repeat(200)],
    ['may run from right to left', field('text'), 'text', ['שלום עולם'], 'שלום עולם'],
    [
      'keeps markup as the text that it is',
      field('text'),
      'text',
      ['<script>alert(1)</script>'],
      '<script>alert(1)</script>',
    ],
    ['that is empty is nothing', field('text'), 'text', ['  '], undefined],
    ['that was not sent is nothing', field('text'), 'text', [], undefined],
    [
      'of many lines becomes one',
      field('long text'),
      'text',
      ['one\r\n\r\n two\tthree \u2028four'],
      'one / two three / four',
    ],
    ['may be a number', field('number'), 'number', [' 250 '], 250],
    ['may be less than nothing', field('number'), 'number', ['-3'], -3],
    ['may be a number with a point', field('number'), 'number', ['2.5'], 2.5],
    ['may be a number with a comma', field('number'), 'number', ['2,5'], 2.5],
    ['may be a day', field('date'), 'date', ['2026-11-30'], '2026-11-30'],
    ['may be an instant', field('date'), 'date', ['2026-11-30T14:00Z'], '2026-11-30T14:00Z'],
    ['may be yes', field('yes/no'), 'yes/no', ['yes'], true],
    ['may be no, which is another thing than nothing', field('yes/no'), 'yes/no', ['no'], false],
    ['may be one of a few', field('choice', { choices }), 'text', ['two'], 'two'],
    ['may be a number out of a few', field('choice', { choices: ['0', '2.5'] }), 'number', ['0'], 0],
    [
      'may be several for a list, each once, as they are offered',
      field('choice', { choices }),
      'list',
      ['three', 'one', 'three'],
      ['one', 'three'],
    ],
  ])('%s', (_, one, declared, sent, value) => {
    expect(readField(one, declared, sent)).toEqual({ value });
  });

  const cannotBeShown = 'This has characters in it that cannot be shown. Please type it anew.';
  test.each<[string, FormField, FieldType, readonly string[], string]>([
    ['201 letters', field('text'), 'text', ['a'.repeat(201)], 'This is too long: it may have 200 characters.'],
    [
      '1001 letters in many lines',
      field('long text'),
      'text',
      ['a'.repeat(1001)],
      'This is too long: it may have 1000 characters.',
    ],
    ['a header line', field('text'), 'text', ['Ada\r\nBcc: eve@example.com'], cannotBeShown],
    ['a bell', field('text'), 'text', ['Ada\u0007'], cannotBeShown],
    ['an override of direction', field('text'), 'text', ['Ada \u202egnp.exe'], cannotBeShown],
    ['half a character', field('text'), 'text', ['Ada \ud83d'], cannotBeShown],
    ['a word for a number', field('number'), 'number', ['lots'], 'Write a number, such as 250.'],
    ['1,200, which is two things', field('number'), 'number', ['1,200'], 'Write a number, such as 250.'],
    ['a number as programmers write it', field('number'), 'number', ['1e9'], 'Write a number, such as 250.'],
    ['a number without end', field('number'), 'number', ['9'.repeat(400)], 'Write a number, such as 250.'],
    [
      'a day that there is not',
      field('date'),
      'date',
      ['2026-02-30'],
      'Write a day that there is, such as 2026-11-30.',
    ],
    [
      'a day the other way round',
      field('date'),
      'date',
      ['30.11.2026'],
      'Write a day that there is, such as 2026-11-30.',
    ],
    ['perhaps', field('yes/no'), 'yes/no', ['perhaps'], 'Choose yes or no.'],
    ['what is not offered', field('choice', { choices }), 'text', ['four'], 'Choose from what is offered here.'],
    [
      'what is not offered, among others',
      field('choice', { choices }),
      'list',
      ['one', 'four'],
      'Choose from what is offered here.',
    ],
  ])('is refused that holds %s', (_, one, declared, sent, wrong) => {
    expect(readField(one, declared, sent)).toEqual({ wrong });
  });
});

describe('a form that is read', () => {
  const form = FormFile.parse({
    title: 'Paper',
    fields: [
      { name: 'firstName', label: 'First name', required: true },
      { name: 'email', label: 'Email', type: 'email' },
      { name: 'size', label: 'Size', type: 'number' },
      { name: 'why', label: 'Why?', type: 'yes/no', required: true },
    ],
    consent: [
      { purpose: 'paper', text: 'Send it.', required: true },
      { purpose: 'news', text: 'Write to me.' },
    ],
  });
  const declared: DeclaredFields = new Map([
    ['size', 'number'],
    ['why', 'yes/no'],
  ]);
  const full = { email: ' Ada@Bücher.example', firstName: 'Ada', why: 'no', consent: ['news', 'paper'] };

  test('says who, what of the lead, and what was agreed to in the order of the form', () => {
    expect(readAnswers(sentOf(full), form, declared)).toEqual({
      kind: 'answers',
      answers: {
        address: { address: 'Ada@xn--bcher-kva.example', key: 'ada@xn--bcher-kva.example' },
        fields: { firstName: 'Ada', why: false },
        agreed: ['paper', 'news'],
      },
    });
  });

  test('passes over what it does not ask, whatever it is called', () => {
    const more = {
      ...full,
      stage: 'customer',
      score: '99',
      ['__proto__']: 'x',
      $where: 'x',
      consent: ['paper', 'all'],
    };
    const read = readAnswers(sentOf(more), form, declared);
    expect(read).toMatchObject({ answers: { fields: { firstName: 'Ada', why: false }, agreed: ['paper'] } });
  });

  test('tells all mistakes at once, in the order of the form', () => {
    const read = readAnswers(sentOf({ email: 'ada@', size: 'lots', consent: 'news' }), form, declared);
    expect(read).toEqual({
      kind: 'mistakes',
      mistakes: [
        { at: 'firstName', of: 'field', text: 'Please fill this in.' },
        { at: 'email', of: 'field', text: 'This cannot be used: an e-mail address looks like name@example.com.' },
        { at: 'size', of: 'field', text: 'Write a number, such as 250.' },
        { at: 'why', of: 'field', text: 'Please choose.' },
        { at: 'paper', of: 'consent', text: 'Without this the form cannot be sent. Please tick it if you agree.' },
      ],
    });
  });

  test.each([
    ['two addresses', 'ada@example.com, eve@example.com'],
    ['a header', 'ada@example.com\r\nBcc: eve@example.com'],
    ['a name with it', 'Ada <ada@example.com>'],
  ])('takes no %s for an address', (_, email) => {
    expect(readAnswers(sentOf({ ...full, email }), form, declared)).toMatchObject({
      kind: 'mistakes',
      mistakes: [{ at: 'email' }],
    });
  });

  test('asks once whether another address was meant, and takes the one that was typed the second time', () => {
    const typo = { ...full, email: 'Ada@gmial.com' };
    const text = 'Did you mean Ada@gmail.com? If not, press the button again; it goes as it is.';
    const asks = { at: 'email', of: 'field', text, asks: 'ada@gmial.com' };
    expect(readAnswers(sentOf({ ...typo, [askedName]: '' }), form, declared)).toEqual({
      kind: 'mistakes',
      mistakes: [asks],
    });
    const again = readAnswers(sentOf({ ...typo, [askedName]: 'ada@gmial.com' }), form, declared);
    expect(again).toMatchObject({ kind: 'answers', answers: { address: { address: 'Ada@gmial.com' } } });
    // Another slip is another question.
    const other = readAnswers(sentOf({ ...typo, email: 'ada@gmal.com', [askedName]: 'ada@gmial.com' }), form, declared);
    expect(other).toMatchObject({ kind: 'mistakes', mistakes: [{ asks: 'ada@gmal.com' }] });
  });

  test('asks nothing of a program that could not answer', () => {
    const read = readAnswers(sentOf({ ...full, email: 'ada@gmial.com' }), form, declared);
    expect(read.kind).toBe('answers');
  });

  test.each([
    ['ada@mailinator.com', 'This is an address of a service for throw-away mailboxes. Please use one that you keep.'],
    ['ada@gmail.com', 'This is an address of a free mail provider. Please use the one that you have at work.'],
    ['sales@acme.example', 'This address is read by several people. Please use one of your own.'],
  ])('refuses %s where its file refuses such', (email, text) => {
    const choosy = { ...form, refuse: ['disposable' as const, 'free' as const, 'role' as const] };
    expect(readAnswers(sentOf({ ...full, email }), choosy, declared)).toEqual({
      kind: 'mistakes',
      mistakes: [{ at: 'email', of: 'field', text, refuses: true }],
    });
    expect(readAnswers(sentOf({ ...full, email }), form, declared).kind).toBe('answers');
  });
});

describe('a slip of the finger', () => {
  test.each([
    ['gmial.com', 'gmail.com'],
    ['gmai.com', 'gmail.com'],
    ['gmaill.com', 'gmail.com'],
    ['gmail.co', 'gmail.com'],
    ['gnail.com', 'gmail.com'],
    ['hotmial.com', 'hotmail.com'],
    ['outlok.com', 'outlook.com'],
    ['yaho.com', 'yahoo.com'],
    ['iclould.com', 'icloud.com'],
  ])('%s is asked about: %s?', (typed, meant) => {
    expect(near(`ada@${typed}`)).toBe(`ada@${meant}`);
  });

  test.each([
    'gmail.com',
    'mail.com',
    'ymail.com',
    'email.com',
    'gmx.de',
    'web.de',
    'weg.de',
    'example.com',
    'gmail.de',
  ])('%s is none', (domain) => {
    expect(near(`ada@${domain}`)).toBeUndefined();
  });

  function near(text: string): string | undefined {
    const result = parseAddress(text);
    return result.ok ? nearAddress(result.value) : 'no address';
  }
});

describe('where a form was filled in', () => {
  const around = {
    at: at('2026-03-02T09:00Z'),
    ip: '203.0.113.77',
    userAgent: 'Mozilla/5.0 (X11; Linux)',
    referrer: undefined,
    acceptLanguage: 'de-AT,de;q=0.9,en;q=0.8',
    ownPage: 'https://mail.example.com/f/paper',
  };

  test('is kept without what tells one person from another: no address of a machine, no query', () => {
    const sent = sentOf({
      _page: 'https://example.com/papers?email=ada@example.org#top',
      _referrer: 'https://search.example/q?q=ada',
      utm_source: 'fair',
      utm_campaign: ' spring ',
      utm_term: 'a\u0000b',
      utm_else: 'x',
      visitor: 'a1b2c3d4e5f60718',
    });
    expect(readOrigin(sent, around)).toEqual({
      at: around.at,
      network: '203.0.113.0/24',
      page: 'https://example.com/papers',
      referrer: 'https://search.example/q',
      userAgent: 'Mozilla/5.0 (X11; Linux)',
      utm: { source: 'fair', campaign: 'spring' },
      visitor: 'a1b2c3d4e5f60718',
    });
  });

  test.each([
    ['of the form itself, where nothing tells another', {}, undefined, around.ownPage],
    ['that the browser came from', {}, 'https://example.com/b?c', 'https://example.com/b'],
    ['that the script tells', { _page: 'https://example.com/a' }, 'https://example.com/', 'https://example.com/a'],
    [
      'of the form itself, where one is told that is none',
      { _page: 'javascript:alert(1)' },
      'about:blank',
      around.ownPage,
    ],
  ])('is the page %s', (_, sent, referrer, page) => {
    expect(readOrigin(sentOf(sent), { ...around, referrer }).page).toBe(page);
  });

  test('is bounded, whatever is sent', () => {
    const long = 'x'.repeat(100_000);
    const sent = sentOf({ utm_source: long, visitor: long, _page: `https://example.com/${long}`, _referrer: long });
    const origin = readOrigin(sent, { ...around, userAgent: long });
    expect([origin.userAgent?.length, origin.utm?.['source']?.length, origin.visitor, origin.page]).toEqual([
      300,
      200,
      undefined,
      around.ownPage,
    ]);
  });

  test('says a language and a zone, if those are any', () => {
    expect(readHabits(sentOf({ _timezone: 'Europe/Vienna' }), around)).toEqual({
      locale: 'de-AT',
      timezone: 'Europe/Vienna',
    });
    expect(readHabits(sentOf({ _timezone: '../../etc/passwd' }), { acceptLanguage: '*' })).toEqual({});
  });

  test.each([
    ['en', 'en'],
    ['*;q=0.5, fr-CH, en;q=0.9', 'fr-CH'],
    ['en;q=0.1, pt-BR;q=0.7', 'pt-BR'],
    ['en;q=0', undefined],
    ['', undefined],
    ['<script>', undefined],
    ['a-'.repeat(10_000), undefined],
  ])('of "%s" the language that is asked for first is %s', (header, language) => {
    expect(languageIn(header)).toBe(language);
  });
});

describe('a press of the button', () => {
  const address = { address: 'ada@example.org', key: 'ada@example.org' };
  const answers = { address, fields: { firstName: 'Ada' }, agreed: ['news'] };
  const origin = { at: at('2026-03-02T09:00Z'), network: '203.0.113.0/24' };
  const press = { id: 'a'.repeat(32), gotAt: at('2026-03-02T08:59Z') };
  const pressed = { form: 'paper', answers, origin, press, habits: {} };
  const { id } = toSubmission(pressed);

  test('told twice is one, whenever and from wherever', () => {
    const later = { at: at('2026-03-03T09:00Z'), network: '198.51.100.0/24' };
    expect(toSubmission({ ...pressed, origin: later }).id).toBe(id);
  });

  test.each([
    ['another page', { press: { ...press, id: 'b'.repeat(32) } }],
    ['another form', { form: 'blog' }],
    ['another address', { answers: { ...answers, address: { address: 'eve@example.org', key: 'eve@example.org' } } }],
    ['another answer', { answers: { ...answers, fields: { firstName: 'Eve' } } }],
    ['another consent', { answers: { ...answers, agreed: [] } }],
  ])('with %s is another', (_, other) => {
    expect(toSubmission({ ...pressed, ...other }).id).not.toBe(id);
  });

  test('from no page of ours is one for a network and a day', () => {
    const bare = { ...pressed, press: undefined };
    const first = toSubmission(bare).id;
    expect(toSubmission({ ...bare, origin: { ...origin, at: at('2026-03-02T23:00Z') } }).id).toBe(first);
    expect(toSubmission({ ...bare, origin: { ...origin, at: at('2026-03-03T00:00Z') } }).id).not.toBe(first);
    expect(toSubmission({ ...bare, origin: { ...origin, network: '198.51.100.0/24' } }).id).not.toBe(first);
  });
});
