import { describe, expect, test } from '@jest/globals';
import { judge } from '../src/journey/condition.js';
import type { Facts, MailFacts } from '../src/journey/facts.js';
import { aCondition, aMail, anEvent, at, facts } from './builders.js';

const now = at('2026-03-02T09:00Z');

function holds(written: Readonly<Record<string, unknown>>, known: Facts): boolean {
  return judge(aCondition(written), known, now).holds;
}

function because(written: Readonly<Record<string, unknown>>, known: Facts): string {
  return judge(aCondition(written), known, now).because;
}

describe('a field of the lead', () => {
  const known = facts({
    lead: {
      firstName: 'Ada',
      attributes: { jobTitle: 'Head of Émballage', companySize: 500, partner: false, note: '' },
    },
  });

  test.each([
    ['is equal to a text, whatever its case', 'lead.firstName', 'ADA', true],
    ['is not equal to another text', 'lead.firstName', 'Grace', false],
    ['is equal to a number', 'lead.companySize', 500, true],
    ['of number is not equal to the same digits as text', 'lead.companySize', '500', false],
    ['is equal to no', 'lead.partner', false, true],
    ['that is not known is equal to nothing', 'lead.country', 'FR', false],
    ['that is not known is not any value', 'lead.country', { not: 'FR' }, true],
    ['is not itself', 'lead.firstName', { not: 'ada' }, false],
    ['is one of several', 'lead.firstName', { in: ['Grace', 'ada'] }, true],
    ['is none of several', 'lead.firstName', { in: ['Grace', 'Mary'] }, false],
    ['is at least its own value', 'lead.companySize', { gte: 500 }, true],
    ['is not more than its own value', 'lead.companySize', { gt: 500 }, false],
    ['is at most its own value', 'lead.companySize', { lte: 500 }, true],
    ['is not less than its own value', 'lead.companySize', { lt: 500 }, false],
    ['of text is neither more nor less than a number', 'lead.firstName', { lt: 500 }, false],
    ['that is not known is not less than a number', 'lead.revenue', { lt: 500 }, false],
    ['contains a text, whatever its case', 'lead.jobTitle', { contains: 'OF É' }, true],
    ['contains a text written in the other Unicode form', 'lead.jobTitle', { contains: 'É'.normalize('NFD') }, true],
    ['starts with a text', 'lead.jobTitle', { startsWith: 'head' }, true],
    ['does not start with what comes later', 'lead.jobTitle', { startsWith: 'of' }, false],
    ['that is not known starts with nothing', 'lead.country', { startsWith: 'F' }, false],
    ['matches a pattern anywhere, whatever its case', 'lead.jobTitle', { matches: 'lead|HEAD' }, true],
    ['does not match a pattern it has nothing of', 'lead.jobTitle', { matches: '^cto$' }, false],
    ['exists', 'lead.firstName', { exists: true }, true],
    ['that is no still exists', 'lead.partner', { exists: true }, true],
    ['that is empty does not exist', 'lead.note', { exists: true }, false],
    ['that is not known does not exist', 'lead.country', { exists: false }, true],
    ['must pass every test given', 'lead.companySize', { gte: 100, lt: 500 }, false],
    ['passes every test given', 'lead.companySize', { gte: 100, lte: 500 }, true],
    ['by the name of something every object has is not known', 'lead.constructor', { exists: false }, true],
    ['that is built in is the address', 'lead.email', 'ada@example.com', true],
  ])('%s', (_, field, asked, expected) => {
    expect(holds({ [field]: asked }, known)).toBe(expected);
  });

  test('matches within its first 500 characters only', () => {
    const long = facts({ lead: { attributes: { about: `${'-'.repeat(500)}needle` } } });
    expect(holds({ 'lead.about': { matches: 'needle' } }, long)).toBe(false);
  });

  test('is shown with its value', () => {
    expect(because({ 'lead.firstName': 'Grace' }, known)).toBe('lead.firstName is "Ada"');
  });

  test('that is not known is shown as such', () => {
    expect(because({ 'lead.country': 'FR' }, known)).toBe('lead.country is not known');
  });
});

describe('a lead', () => {
  const known = facts({ lead: { tags: ['engaged'], stage: 'consideration' }, score: 40 });

  test.each([
    ['has a tag', { tag: 'engaged' }, true],
    ['has not another tag', { tag: 'quiet' }, false],
    ['is in its stage', { stage: 'consideration' }, true],
    ['is in no other stage', { stage: 'decision' }, false],
    ['has given consent', { consent: 'granted' }, true],
    ['that has given consent has not denied it', { consent: 'denied' }, false],
    ['has a score of at least its score', { score: { gte: 40 } }, true],
    ['has a score that is a plain number', { score: 40 }, true],
    ['has engagement', { engagement: { gte: 40 } }, true],
    ['has no fit', { fit: { gt: 0 } }, false],
  ])('%s', (_, written, expected) => {
    expect(holds(written, known)).toBe(expected);
  });

  test.each([
    ['a tag', { tag: 'quiet' }, 'has not the tag "quiet"'],
    ['its stage', { stage: 'decision' }, 'stage is "consideration"'],
    ['its consent', { consent: 'denied' }, 'consent is granted'],
    ['its score', { score: { gte: 60 } }, 'score is 40'],
  ])('says why by %s', (_, written, said) => {
    expect(because(written, known)).toBe(said);
  });
});

describe('a mail', () => {
  const monday = at('2026-03-02T08:00Z');
  const rows: readonly [string, Readonly<Record<string, string>>, MailFacts, boolean][] = [
    ['accepted is sent', { sent: 'paper' }, aMail({ state: 'accepted' }), true],
    ['uncertain counts as sent', { sent: 'paper' }, aMail({ state: 'uncertain' }), true],
    ['rejected is not sent', { sent: 'paper' }, aMail({ state: 'rejected' }), false],
    ['deferred is not sent yet', { sent: 'paper' }, { state: 'deferred' }, false],
    ['queued is not sent yet', { sent: 'paper' }, { state: 'queued' }, false],
    ['skipped is not sent', { sent: 'paper' }, aMail({ state: 'skipped' }), false],
    ['accepted is not opened by that', { opened: 'paper' }, aMail(), false],
    ['opened is opened', { opened: 'paper' }, aMail({ openedAt: monday }), true],
    ['clicked is opened, though no pixel was seen', { opened: 'paper' }, aMail({ clickedAt: monday }), true],
    ['replied to is opened, though no pixel was seen', { opened: 'paper' }, aMail({ repliedAt: monday }), true],
    ['opened is not clicked', { clicked: 'paper' }, aMail({ openedAt: monday }), false],
    ['clicked is clicked', { clicked: 'paper' }, aMail({ clickedAt: monday }), true],
    ['replied to is replied to', { replied: 'paper' }, aMail({ repliedAt: monday }), true],
    ['bounced is bounced', { bounced: 'paper' }, aMail({ bouncedAt: monday }), true],
    ['opened says nothing of another mail', { opened: 'nudge' }, aMail({ openedAt: monday }), false],
  ];
  test.each(rows)('%s', (_, written, mail, expected) => {
    expect(holds(written, facts({ mails: { paper: mail } }))).toBe(expected);
  });

  test.each([
    ['https://example.com/demo', 'https://example.com/demo', true],
    ['https://example.com/demo', 'https://example.com/demo/?utm_source=mail#top', true],
    ['https://example.com/goals/*', 'https://example.com/goals/time', true],
    ['https://example.com/demo', 'https://example.com/demo-day', false],
    ['https://example.com/demo', 'https://example.org/demo', false],
  ])('asked for a click on %s, a click on %s counts: %s', (asked, link, expected) => {
    expect(holds({ clicked: asked }, facts({ mails: { paper: aMail({ clickedLinks: [link] }) } }))).toBe(expected);
  });

  test.each([
    [{ clicked: 'paper' }, '"paper" was not clicked'],
    [{ sent: 'paper' }, '"paper" was sent'],
    [{ replied: 'paper' }, '"paper" was not replied to'],
    [{ clicked: 'https://example.com/demo' }, 'https://example.com/demo was not clicked'],
  ])('says why: %j', (written, said) => {
    expect(because(written, facts({ mails: { paper: aMail() } }))).toBe(said);
  });
});

describe('an event', () => {
  const viewed = (instant: string) => anEvent('page.viewed', { at: at(instant), about: '/pricing' });

  test.each([
    ['that came is found', {}, ['2026-03-01T09:00Z'], true],
    ['that never came is not found', {}, [], false],
    ['that came twice is found twice', { atLeast: 2 }, ['2026-02-01T09:00Z', '2026-03-01T09:00Z'], true],
    ['that came once is not found twice', { atLeast: 2 }, ['2026-03-01T09:00Z'], false],
    ['at the very start of its time counts', { within: '7 days' }, ['2026-02-23T09:00Z'], true],
    ['from before its time does not count', { within: '7 days' }, ['2026-02-23T08:59:59.999Z'], false],
    ['of this very instant counts', {}, ['2026-03-02T09:00Z'], true],
    ['in the future does not count', {}, ['2026-03-02T09:00:00.001Z'], false],
    ['of the path asked for counts', { path: '/pricing' }, ['2026-03-01T09:00Z'], true],
    ['of another path does not count', { path: '/jobs' }, ['2026-03-01T09:00Z'], false],
  ])('%s', (_, rest, instants, expected) => {
    expect(holds({ event: 'page.viewed', ...rest }, facts({ events: instants.map(viewed) }))).toBe(expected);
  });

  test('of another type does not count', () => {
    expect(holds({ event: 'converted' }, facts({ events: [viewed('2026-03-01T09:00Z')] }))).toBe(false);
  });

  test('of a machine does not count', () => {
    const scanned = anEvent('page.viewed', { machine: true });
    expect(holds({ event: 'page.viewed' }, facts({ events: [scanned] }))).toBe(false);
  });

  test('says how often it came', () => {
    const known = facts({ events: [viewed('2026-03-01T09:00Z'), viewed('2026-03-01T10:00Z')] });
    const written = { event: 'page.viewed', path: '/pricing', within: '7 days', atLeast: 3 };
    expect(because(written, known)).toBe('page.viewed /pricing came 2 times within 7 days');
  });

  test('that came a single time is not said to have come "1 times"', () => {
    expect(because({ event: 'page.viewed' }, facts({ events: [viewed('2026-03-01T09:00Z')] }))).toBe(
      'page.viewed came once',
    );
  });

  test('that never came is said so', () => {
    expect(because({ event: 'page.viewed' }, facts())).toBe('page.viewed never came');
  });
});

describe('several conditions', () => {
  const known = facts({ lead: { tags: ['engaged'], stage: 'welcome' }, score: 30 });
  const yes = { tag: 'engaged' };
  const no = { stage: 'decision' };

  test.each([
    ['all hold', { all: [yes, { score: { gte: 30 } }] }, true],
    ['all do not hold when one does not', { all: [yes, no] }, false],
    ['any holds when one does', { any: [no, yes] }, true],
    ['any does not hold when none does', { any: [no, { tag: 'quiet' }] }, false],
    ['not turns an answer round', { not: no }, true],
    ['not not turns it back', { not: { not: no } }, false],
    ['keys beside each other must all hold', { ...yes, ...no }, false],
    ['they nest', { all: [{ any: [no, yes] }, { not: { all: [yes, no] } }] }, true],
  ])('%s', (_, written, expected) => {
    expect(holds(written, known)).toBe(expected);
  });

  test.each([
    ['all that hold say all of it', { all: [yes, { score: { gte: 30 } }] }, 'has the tag "engaged" and score is 30'],
    ['all that fail name only what failed', { all: [yes, no] }, 'stage is "welcome"'],
    ['any that holds names only what held', { any: [no, yes] }, 'has the tag "engaged"'],
    [
      'any that fails names all of it',
      { any: [no, { tag: 'quiet' }] },
      'stage is "welcome" and has not the tag "quiet"',
    ],
    ['not gives the reason of what it turns round', { not: no }, 'stage is "welcome"'],
  ])('%s', (_, written, said) => {
    expect(because(written, known)).toBe(said);
  });
});

describe('an event by more than its type', () => {
  const order = (data: Readonly<Record<string, string | number>>, when = '2026-03-01T09:00Z') =>
    anEvent('order.placed', { data, at: at(when) });
  const known = facts({ events: [order({ amount: 150, country: 'FR' }), order({ amount: 20, country: 'BE' })] });

  test.each([
    [{ event: 'order.placed', where: { amount: { gte: 100 } } }, true],
    [{ event: 'order.placed', where: { amount: { gte: 200 } } }, false],
    [{ event: 'order.placed', where: { country: 'fr' } }, true],
    [{ event: 'order.placed', where: { amount: { lt: 100 }, country: 'FR' } }, false],
    [{ event: 'order.placed', where: { amount: { gt: 0 } }, atLeast: 2 }, true],
    [{ event: 'order.placed', where: { amount: { gt: 0 } }, atLeast: 3 }, false],
    [{ event: 'order.placed', where: { coupon: { exists: false } } }, true],
    [{ event: 'order.placed', where: { amount: { gte: 100 } }, within: '12 hours' }, false],
  ])('%j: %s', (written, is) => {
    expect(holds(written, known)).toBe(is);
  });

  test.each([
    [{ event: 'form.submitted:paper' }, true],
    [{ event: 'form.submitted:demo' }, false],
    [{ event: 'field.changed' }, true],
    [{ event: 'field.changed', path: 'plan' }, true],
    [{ event: 'field.changed', path: 'size' }, false],
  ])('may be named as a trigger names it (%j: %s)', (written, is) => {
    const events = [anEvent('form.submitted', { about: 'paper' }), anEvent('lead.updated', { data: { plan: 'gold' } })];
    expect(holds(written, facts({ events }))).toBe(is);
  });
});

describe('what a webhook was answered', () => {
  const answered = facts({
    calls: new Map([['crm', { state: 'answered', answer: { status: 200, plan: 'Gold', seats: 12 } }]]),
  });

  test.each([
    [{ 'response.crm.status': 200 }, true],
    [{ 'response.crm.status': { gte: 400 } }, false],
    [{ 'response.crm.plan': 'gold' }, true],
    [{ 'response.crm.seats': { gt: 10, lt: 20 } }, true],
    [{ 'response.crm.owner': { exists: false } }, true],
    [{ 'response.other.status': 200 }, false],
    [{ 'response.other.status': { exists: false } }, true],
  ])('%j: %s', (written, is) => {
    expect(holds(written, answered)).toBe(is);
  });

  test('stands in the reason', () => {
    expect(because({ 'response.crm.plan': 'silver' }, answered)).toBe('"crm" was answered plan "Gold"');
    expect(because({ 'response.other.plan': 'silver' }, answered)).toBe('"other" was answered plan not known');
  });
});

describe('a segment', () => {
  const common = {
    ...facts().common,
    segments: new Map([
      ['hot', aCondition({ tag: 'warm' })],
      ['hot-french', aCondition({ segment: 'hot', 'lead.country': 'FR' })],
    ]),
  };
  const warm = facts({ common, lead: { tags: ['warm'], attributes: { country: 'FR' } } });

  test.each([
    [{ segment: 'hot' }, warm, true],
    [{ segment: 'hot' }, facts({ common }), false],
    [{ segment: 'hot-french' }, warm, true],
    [{ segment: 'gone' }, warm, false],
    [{ not: { segment: 'hot' } }, facts({ common }), true],
  ])('%j', (written, known, is) => {
    expect(holds(written, known)).toBe(is);
  });

  test('gives its own reason', () => {
    expect(because({ segment: 'hot' }, warm)).toBe('is in the segment "hot": has the tag "warm"');
    expect(because({ segment: 'hot' }, facts({ common }))).toBe('is not in the segment "hot": has not the tag "warm"');
    expect(because({ segment: 'gone' }, warm)).toBe('is not in the segment "gone": it is not defined any more');
  });
});

describe('a date of the lead', () => {
  const known = facts({
    lead: { attributes: { trialEnds: '2026-03-05', signedAt: '2026-03-02T08:00Z', topic: 'docks' } },
  });

  test.each([
    [{ 'lead.trialEnds': { after: 'today' } }, true],
    [{ 'lead.trialEnds': { before: 'today' } }, false],
    [{ 'lead.trialEnds': { on: 'in 3 days' } }, true],
    [{ 'lead.trialEnds': { before: 'in 3 days' } }, false],
    [{ 'lead.trialEnds': { before: 'in 4 days', after: '2026-03-01' } }, true],
    [{ 'lead.signedAt': { before: 'now' } }, true],
    [{ 'lead.signedAt': { on: 'today' } }, true],
    [{ 'lead.createdAt': { before: '30 days ago' } }, true],
    [{ 'lead.topic': { before: 'today' } }, false],
    [{ 'lead.topic': { after: 'today' } }, false],
    [{ 'lead.nobody': { on: 'today' } }, false],
  ])('%j: %s', (written, is) => {
    expect(holds(written, known)).toBe(is);
  });
});

describe('a list in a field of the lead', () => {
  const known = facts({ lead: { attributes: { topics: ['Docks', 'gates'], none: [] } } });

  test.each([
    [{ 'lead.topics': { contains: 'docks' } }, true],
    [{ 'lead.topics': { contains: 'dock' } }, false],
    [{ 'lead.topics': { exists: true } }, true],
    [{ 'lead.none': { exists: false } }, true],
    [{ 'lead.none': { contains: 'docks' } }, false],
  ])('%j: %s', (written, is) => {
    expect(holds(written, known)).toBe(is);
  });
});
