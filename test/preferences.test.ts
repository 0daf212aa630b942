import { describe, expect, test } from '@jest/globals';
import type { RecentMail } from '../src/journey/facts.js';
import { heldByCap } from '../src/journey/frequency-cap.js';
import { whenMayGo } from '../src/journey/may-go.js';
import { ownCaps } from '../src/journey/own-caps.js';
import {
  type Choice,
  choiceIn,
  choiceInWords,
  dataOf,
  formerChoiceIn,
  isStillChosen,
  news,
  type Preferences,
  snoozes,
  withChoice,
} from '../src/journey/preferences.js';
import { isTakenBack, rejoined, undoing } from '../src/journey/rejoin.js';
import { leave } from '../src/journey/enrollment.js';
import { endOfPause, endOfSnooze, whyUnwanted } from '../src/journey/unwanted.js';
import { preferencesPage, type Shown } from '../src/http/preferences-page.js';
import { noDelivery } from '../src/sequence/delivery-file.js';
import { simulate } from '../src/simulation/simulate.js';
import { anEnrollment, anEvent, aProgram, aProject, at, aWorld, changesOf, facts } from './builders.js';

const monday = at('2026-03-02T09:00Z');
const later = at('2026-03-02T10:00Z');
const paused = (until: string): Preferences => ({ snoozedUntil: at(until) });

describe('a choice', () => {
  test('changes what it names and leaves the rest', () => {
    const before: Preferences = { topicsOff: ['news'], frequency: 'weekly' };
    expect(withChoice(before, { frequency: 'monthly' }, monday)).toEqual({
      topicsOff: ['news'],
      frequency: 'monthly',
      chosenAt: { frequency: monday },
    });
  });

  test('that comes late does not undo a later one of the same kind, but counts beside one of another kind', () => {
    const after = withChoice(undefined, { snoozedUntil: at('2026-06-02T09:00Z'), frequency: 'weekly' }, later);
    expect(withChoice(after, { snoozedUntil: null, topicsOff: ['news'] }, monday)).toEqual({
      ...after,
      topicsOff: ['news'],
      chosenAt: { ...after.chosenAt, topicsOff: monday },
    });
  });

  test('made twice is made once', () => {
    const choice: Choice = { topicsOff: ['news'], snoozedUntil: null };
    const once = withChoice(paused('2026-06-02T09:00Z'), choice, monday);
    expect(withChoice(once, choice, monday)).toEqual(once);
  });

  test.each<[string, Choice, Preferences | undefined, Choice | undefined]>([
    ['nothing was chosen before', { frequency: 'weekly' }, undefined, { frequency: 'weekly' }],
    ['it is as it is for everybody', { frequency: 'as they come', topicsOff: [] }, undefined, undefined],
    ['it is so already', { frequency: 'weekly' }, { frequency: 'weekly' }, undefined],
    ['topics are the same in another order', { topicsOff: ['b', 'a'] }, { topicsOff: ['a', 'b'] }, undefined],
    [
      'a part of it is so already',
      { frequency: 'weekly', topicsOff: [] },
      { frequency: 'weekly', topicsOff: ['a'] },
      { topicsOff: [] },
    ],
    ['there is no pause to take back', { snoozedUntil: null }, {}, undefined],
    ['the pause ends on another day', { snoozedUntil: monday }, { snoozedUntil: later }, { snoozedUntil: monday }],
  ])('is news as far as it changes something: %s', (_, choice, before, expected) => {
    expect(news(choice, before)).toEqual(expected);
  });

  test.each<[Choice, Preferences]>([
    [{ topicsOff: ['a', 'b'] }, {}],
    [{ topicsOff: [] }, { topicsOff: ['a'] }],
    [{ frequency: 'monthly' }, { frequency: 'weekly' }],
    [{ snoozedUntil: at('2026-06-02T09:00Z') }, {}],
    [{ snoozedUntil: at('2026-06-02T09:00Z') }, paused('2026-04-02T09:00Z')],
    [
      { snoozedUntil: null, frequency: 'as they come' },
      { ...paused('2026-04-02T09:00Z'), frequency: 'weekly' },
    ],
  ])('%j is read from its event as it was written, and so is what it took the place of', (choice, before) => {
    const data = dataOf(choice, before);
    expect(choiceIn(data)).toEqual(choice);
    const back = withChoice(withChoice(before, choice, monday), formerChoiceIn(data), later);
    expect(news(formerChoiceIn(data), back)).toBeUndefined();
    expect(news(choice, back)).toEqual(choice);
  });

  test.each([
    [{ topicsOff: 'news' }],
    [{ frequency: 'hourly' }],
    [{ snoozedUntil: 'never' }],
    [{ snoozedUntil: '2026-02-30T09:00:00Z' }],
    [{ topicsOff: [1] }],
  ])('that nobody could have made, %j, chooses nothing', (data) => {
    // What a row of another version holds, not what our types allow.
    expect(choiceIn(JSON.parse(JSON.stringify(data)))).toEqual({});
  });

  test('can be taken back until something else of its kind is chosen', () => {
    const choice: Choice = { topicsOff: ['news'], frequency: 'weekly' };
    const chosen = withChoice(undefined, choice, monday);
    expect(isStillChosen(chosen, choice, monday)).toBe(true);
    expect(isStillChosen(withChoice(chosen, { snoozedUntil: later }, later), choice, monday)).toBe(true);
    expect(isStillChosen(withChoice(chosen, { frequency: 'monthly' }, later), choice, monday)).toBe(false);
  });

  test.each<[Choice, Preferences, string]>([
    [{ topicsOff: ['a', 'b'] }, { topicsOff: ['b', 'c'] }, 'topics turned off: a; topics turned on: c'],
    [{ frequency: 'weekly' }, {}, 'one mail a week at the most'],
    [{ snoozedUntil: at('2026-06-02T22:30Z') }, {}, 'no mails until 2026-06-03'],
    [{ snoozedUntil: monday }, paused('2026-06-02T09:00Z'), 'pause ended'],
    [{ snoozedUntil: null, frequency: 'as they come' }, {}, 'mails as they come; pause ended'],
  ])('%j is told in words, days on the clock of the lead', (choice, before, words) => {
    expect(choiceInWords(choice, before, { at: monday, timeZone: 'Europe/Paris' })).toBe(words);
  });
});

describe('a pause', () => {
  test.each([
    ['two-weeks', '2026-03-16T09:00Z'],
    ['one-month', '2026-04-02T09:00Z'],
    ['three-months', '2026-06-02T09:00Z'],
    ['half-a-year', '2026-09-02T09:00Z'],
    ['one-year', '2027-03-02T09:00Z'],
  ])('of %s ends on the same day of its month, at the same time', (name, end) => {
    const length = snoozes.get(name);
    expect(length && endOfSnooze(length, monday, 'UTC')).toEqual(at(end));
  });

  test.each([
    ['to summer time', 'Europe/Paris', 'two-weeks', '2026-03-20T09:00Z', '2026-04-03T08:00Z'],
    ['to winter time', 'Europe/Paris', 'two-weeks', '2026-10-20T08:00Z', '2026-11-03T09:00Z'],
    ['into a night that skips its hour', 'Europe/Paris', 'two-weeks', '2026-03-15T01:30Z', '2026-03-29T01:30Z'],
    ['to a shorter month', 'UTC', 'one-month', '2026-01-31T09:00Z', '2026-02-28T09:00Z'],
    ['from a leap day', 'UTC', 'one-year', '2028-02-29T09:00Z', '2029-02-28T09:00Z'],
    ['in the south', 'Pacific/Auckland', 'one-month', '2026-03-20T09:00Z', '2026-04-20T10:00Z'],
  ])('over a change %s keeps the time of day of the lead', (_, zone, name, begins, ends) => {
    const length = snoozes.get(name);
    expect(length && endOfSnooze(length, at(begins), zone)).toEqual(at(ends));
  });

  test('begins with the minute, so that two presses ask for the same', () => {
    const [a, b] = ['2026-03-02T09:00:01.123Z', '2026-03-02T09:00:59.999Z'].map((now) =>
      endOfSnooze({ amount: 2, unit: 'weeks' }, at(now), 'UTC'),
    );
    expect(a).toEqual(b);
  });

  test('holds every mail until it ends by itself, and tells when that is', () => {
    const known = facts({ lead: { preferences: paused('2026-06-02T09:00Z') } });
    expect(whenMayGo({}, known, monday)).toEqual({
      until: at('2026-06-02T09:00Z'),
      waitsFor: 'the pause of the lead to end on 2026-06-02',
      by: [],
    });
    expect(whenMayGo({}, known, at('2026-06-02T08:59:59.999Z'))?.until).toEqual(at('2026-06-02T09:00Z'));
    expect(whenMayGo({}, known, at('2026-06-02T09:00Z'))).toBeUndefined();
  });

  test('does not hold a mail that the lead waits for', () => {
    const known = facts({ lead: { preferences: paused('2026-06-02T09:00Z') } });
    expect(whenMayGo({ urgent: true }, known, monday)).toBeUndefined();
  });

  test('that ends outside the send window is followed by its opening', () => {
    const window = aProgram({
      send: { window: { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'UTC' } },
    }).steps.get('hello');
    const known = facts({ lead: { preferences: paused('2026-06-06T20:00Z') } });
    expect(window?.kind === 'send' && whenMayGo(window, known, monday)).toMatchObject({
      until: at('2026-06-08T09:00Z'),
      waitsFor: 'the pause of the lead to end on 2026-06-06',
    });
  });

  test('lets an issue of a newsletter go that it would hold for more than a week', () => {
    const issue = aProgram({ schedule: '0 9 * * *' });
    const why = (until: string) =>
      whyUnwanted(issue, { lead: { preferences: paused(until) }, timeZone: 'UTC' }, monday);
    expect(why('2026-03-09T09:00:01Z')).toBe('paused by the lead until 2026-03-09');
    expect(why('2026-03-09T09:00Z')).toBeUndefined();
    expect(why('2026-03-01T09:00Z')).toBeUndefined();
    expect(
      whyUnwanted(aProgram(), { lead: { preferences: paused('2027-03-01T09:00Z') }, timeZone: 'UTC' }, monday),
    ).toBeUndefined();
  });

  test('is over at its end', () => {
    const lead = { preferences: paused('2026-03-02T09:00Z') };
    expect(endOfPause(lead, at('2026-03-02T08:59Z'))).toEqual(monday);
    expect(endOfPause(lead, monday)).toBeUndefined();
    expect(endOfPause({}, monday)).toBeUndefined();
  });
});

describe('what a lead can take by its own wish', () => {
  const went = (when: string): RecentMail => ({ at: at(when), sequence: 'welcome', step: 'hello' });
  const until = (preferences: Preferences, sent: readonly RecentMail[], now = monday, zone = 'UTC') =>
    heldByCap(ownCaps({ preferences }, now), sent, now, zone)?.until;

  test.each<[string, Preferences, string, string | undefined, string]>([
    ['as they come', { frequency: 'as they come' }, '2026-03-02T08:59Z', undefined, 'UTC'],
    ['nothing chosen', {}, '2026-03-02T08:59Z', undefined, 'UTC'],
    ['one a week', { frequency: 'weekly' }, '2026-02-26T15:00Z', '2026-03-05T15:00Z', 'UTC'],
    ['one a week, and it is a week ago', { frequency: 'weekly' }, '2026-02-23T09:00Z', undefined, 'UTC'],
    ['one a month', { frequency: 'monthly' }, '2026-02-15T15:00Z', '2026-03-15T15:00Z', 'UTC'],
    ['one a month, from the last of a long one', { frequency: 'monthly' }, '2026-01-31T15:00Z', undefined, 'UTC'],
    ['the second week of waking', paused('2026-02-20T09:00Z'), '2026-03-02T07:00Z', '2026-03-03T07:00Z', 'UTC'],
    ['two weeks after waking', paused('2026-02-16T09:00Z'), '2026-03-02T07:00Z', undefined, 'UTC'],
  ])('%s', (_, preferences, sent, expected, zone) => {
    expect(until(preferences, [went(sent)], monday, zone)).toEqual(expected && at(expected));
  });

  test('a week keeps the time of day over a change of the clocks', () => {
    const now = at('2026-03-25T09:00Z');
    expect(until({ frequency: 'weekly' }, [went('2026-03-24T09:00Z')], now, 'Europe/Paris')).toEqual(
      at('2026-03-31T08:00Z'),
    );
  });

  test('stands beside the caps of the project: the stricter one counts, and says whose it is', () => {
    const recent = [went('2026-03-02T08:00Z')];
    const delivery = { ...noDelivery, caps: [{ atMost: 1, per: { amount: 1, unit: 'days' } } as const] };
    const { common } = facts();
    const known = (preferences: Preferences) =>
      facts({ lead: { preferences }, recent, common: { ...common, delivery } });
    expect(whenMayGo({}, known({}), monday)?.waitsFor).toMatch(/^the frequency cap of 1 in 1 day: /);
    expect(whenMayGo({}, known({ frequency: 'monthly' }), monday)).toMatchObject({
      until: at('2026-04-02T08:00Z'),
      waitsFor: 'one mail a month, as the lead wishes: "welcome/hello" went at 2026-03-02 08:00',
    });
    expect(whenMayGo({ urgent: true }, known({ frequency: 'monthly' }), monday)).toBeUndefined();
  });
});

describe('a topic that the lead turns off', () => {
  const dispatch = aProgram({ topic: 'news', enroll: { on: 'signed.up' } }, 'news');
  const other = aProgram({ enroll: { on: 'signed.up' } }, 'other');
  const project = aProject({ programs: [dispatch, other] });
  const off = { preferences: { topicsOff: ['news'] } };
  const turnOff = anEvent('preferences.changed', { data: dataOf({ topicsOff: ['news'] }, undefined) });

  test('ends the runs of its sequences with the reason, and no other', () => {
    const running = [dispatch, other].map((program) => ({ program, enrollment: anEnrollment(program) }));
    const left = changesOf(turnOff, aWorld({ running }), project).filter(({ kind }) => kind === 'leave');
    expect(left).toMatchObject([{ enrollment: { sequence: 'news' }, because: 'topic news turned off by the lead' }]);
  });

  test('ends also a run of an older revision, which had no topic yet', () => {
    const old = aProgram({ enroll: { on: 'signed.up' } }, 'news');
    const running = [{ program: old, enrollment: anEnrollment(old) }];
    expect(changesOf(turnOff, aWorld({ running }), project)).toContainEqual(
      expect.objectContaining({ kind: 'leave', because: 'topic news turned off by the lead' }),
    );
  });

  test('keeps the lead out of its sequences, whatever calls for them', () => {
    const world = aWorld({ facts: facts({ lead: off }) });
    const entered = (event: ReturnType<typeof anEvent>) =>
      changesOf(event, world, project).flatMap((change) =>
        change.kind === 'enroll' ? change.enrollment.sequence : [],
      );
    expect(entered(anEvent('signed.up'))).toEqual(['other']);
    expect(entered(anEvent('sequence.called', { about: 'news' }))).toEqual([]);
  });

  test('lets them in again once it is on', () => {
    const world = aWorld({ facts: facts({ lead: { preferences: { topicsOff: [] } } }) });
    const entered = changesOf(anEvent('signed.up'), world, project).filter(({ kind }) => kind === 'enroll');
    expect(entered).toHaveLength(2);
  });

  test('that is no topic any more changes nothing', () => {
    const world = aWorld({ facts: facts({ lead: { preferences: { topicsOff: ['gone'] } } }) });
    expect(changesOf(anEvent('signed.up'), world, project).filter(({ kind }) => kind === 'enroll')).toHaveLength(2);
  });
});

describe('what is taken back', () => {
  const program = aProgram({ topic: 'news' }, 'news');
  const project = aProject({ programs: [program] });
  const turnOff = anEvent('preferences.changed', { data: dataOf({ topicsOff: ['news'] }, undefined) });
  const begun = anEnrollment(program, { startedAt: at('2026-02-02T09:00Z') });
  const endedBy = (because: string) => leave(begun, because, at('2026-03-02T09:00:01Z'));
  const back = anEvent('preferences.changed', {
    id: 'back',
    at: later,
    data: { ...dataOf({ topicsOff: [] }, { topicsOff: ['news'] }), ...undoing(turnOff) },
  });
  const rejoins = (event: typeof back, world: Parameters<typeof aWorld>[0]) =>
    changesOf(event, aWorld(world), project).filter(({ kind }) => kind === 'rejoin');
  const known = facts({ lead: { preferences: { topicsOff: ['news'], chosenAt: { topicsOff: monday } } } });

  test('has the runs go on that ended by it', () => {
    const runs = [endedBy('topic news turned off by the lead')];
    expect(rejoins(back, { facts: known, runs })).toEqual([{ kind: 'rejoin', enrollment: begun.id }]);
  });

  test('has no run go on that ended before it, or for another reason, or whose place another has taken', () => {
    const because = 'topic news turned off by the lead';
    expect(rejoins(back, { facts: known, runs: [leave(begun, because, at('2026-03-01T09:00Z'))] })).toEqual([]);
    expect(rejoins(back, { facts: known, runs: [endedBy('replied')] })).toEqual([]);
    const running = [{ program, enrollment: anEnrollment(program, { id: 'another' }) }];
    expect(rejoins(back, { facts: known, runs: [endedBy(because)], running })).toEqual([]);
  });

  test('has no run go on of a lead who may not be mailed any more', () => {
    const runs = [endedBy('topic news turned off by the lead')];
    expect(rejoins(back, { facts: { ...known, suppression: 'complained' }, runs })).toEqual([]);
  });

  test('of an ordinary choice is nothing: whoever turns a topic on again months later begins anew', () => {
    const on = { ...back, data: dataOf({ topicsOff: [] }, { topicsOff: ['news'] }) };
    expect(rejoins(on, { facts: known, runs: [endedBy('topic news turned off by the lead')] })).toEqual([]);
  });

  test.each([
    ['series.rejoined', 'left by the lead', true],
    ['series.rejoined', 'unsubscribed', false],
    ['resubscribed', 'unsubscribed', true],
    ['resubscribed', 'left by the lead', false],
    ['preferences.changed', 'paused by the lead until 2026-06-02', true],
    ['preferences.changed', 'unsubscribed', false],
    ['replied', 'replied', false],
  ])('%s has a run go on that ended as "%s": %s', (type, because, isIt) => {
    const event = anEvent(type, { at: later, enrollment: begun.id, data: undoing(turnOff) });
    expect(isTakenBack(event, endedBy(because))).toBe(isIt);
  });

  test('stands where it stood, waits from when it waited, and says that it came back', () => {
    const ended = endedBy('left by the lead');
    expect(rejoined(ended, later)).toMatchObject({
      status: 'active',
      step: begun.step,
      since: begun.since,
      dueAt: later,
    });
    expect(rejoined(ended, later).history.at(-1)).toMatchObject({ did: 'came back' });
    expect(rejoined(begun, later)).toBe(begun);
  });
});

describe('the rule of waking: where a series stood it goes on, one mail a day, and no old news', () => {
  const drip = (name: string) =>
    aProgram(
      {
        enroll: { on: 'signed.up' },
        steps: [{ id: 'one', send: 'a', subject: 'One' }, { wait: '3 days' }, { id: 'two', send: 'b', subject: 'Two' }],
      },
      name,
    );
  const issues = aProgram({ schedule: '0 9 1 * *', steps: [{ id: 'issue', send: 'n', subject: 'News' }] }, 'issues');
  const project = aProject({ programs: [drip('first'), drip('second'), drip('third'), issues] });
  const until = at('2026-06-10T09:00Z');
  const mails = (events: readonly ReturnType<typeof anEvent>[]) =>
    simulate(aWorld(), project, { from: monday, until: at('2026-07-15T00:00Z'), script: events })
      .filter(({ kind }) => kind === 'mail')
      .map(({ at: when, sequence, step }) => `${when.toISOString().slice(0, 10)} ${sequence}/${step}`);
  const pause = (choice: Choice, when: string) =>
    anEvent('preferences.changed', { id: when, at: at(when), data: dataOf(choice, undefined) });

  test('after three months', () => {
    expect(mails([anEvent('signed.up'), pause({ snoozedUntil: until }, '2026-03-03T09:00Z')])).toEqual([
      '2026-03-02 first/one',
      '2026-03-02 second/one',
      '2026-03-02 third/one',
      '2026-06-10 first/two',
      '2026-06-11 second/two',
      '2026-06-12 third/two',
      '2026-07-01 issues/issue',
    ]);
  });

  test('an issue of the last week is still news', () => {
    const short = pause({ snoozedUntil: at('2026-04-05T09:00Z') }, '2026-03-03T09:00Z');
    expect(mails([short])).toEqual([
      '2026-04-05 issues/issue',
      '2026-05-01 issues/issue',
      '2026-06-01 issues/issue',
      '2026-07-01 issues/issue',
    ]);
  });

  test('a lead who wakes early gets what waited, from then on', () => {
    const early = pause({ snoozedUntil: at('2026-03-20T09:00Z') }, '2026-03-20T09:00Z');
    expect(
      mails([anEvent('signed.up'), pause({ snoozedUntil: until }, '2026-03-03T09:00Z'), early]).slice(3, 7),
    ).toEqual(['2026-03-20 first/two', '2026-03-21 second/two', '2026-03-22 third/two', '2026-04-01 issues/issue']);
  });

  test('whoever wants one mail a week gets one a week of all series together', () => {
    const weekly = pause({ frequency: 'weekly' }, '2026-03-02T08:00Z');
    const days = mails([anEvent('signed.up'), { ...weekly, at: monday }]).map((line) => line.slice(0, 10));
    const weeks = ['03-02', '03-09', '03-16', '03-23', '03-30', '04-06', '04-13', '05-01', '06-01', '07-01'];
    expect(days).toEqual(weeks.map((day) => `2026-${day}`));
  });
});

describe('the page offers what can be chosen', () => {
  const { brand } = aProject();
  const shown: Shown = {
    email: 'a@example.com',
    suppression: undefined,
    topics: [],
    frequency: 'as they come',
    agreed: [],
    canChangeAddress: false,
  };
  test.each<[string, Partial<Shown>, readonly string[]]>([
    ['somebody in a series', { series: 'News' }, ['save', 'pause', 'series', 'all']],
    ['somebody whose series is over', {}, ['save', 'pause', 'all']],
    ['somebody who has paused', { pausedUntil: '2 June 2026' }, ['save', 'wake', 'all']],
    ['somebody who may have another address', { canChangeAddress: true }, ['save', 'pause', 'address', 'all']],
    ['somebody who unsubscribed', { suppression: 'unsubscribed' }, ['back']],
    ['somebody who complained', { suppression: 'complained' }, []],
    ['a dead mailbox', { suppression: 'hard-bounced' }, []],
  ])('to %s', (_, more, choices) => {
    const page = preferencesPage(brand, { ...shown, ...more });
    expect([...page.matchAll(/action="\?choice=(\w+)"/g)].map(([, choice]) => choice)).toEqual(choices);
  });

  test('and shows what the project and the lead wrote as text', () => {
    const payload = '"><script>alert(1)</script>';
    const topics = [{ name: 'a', title: payload, about: payload, isOn: true }];
    const said = { kind: 'problem', text: payload, at: 'address', typed: payload } as const;
    const page = preferencesPage(brand, {
      ...shown,
      email: payload,
      series: payload,
      topics,
      canChangeAddress: true,
      said,
    });
    expect(page).not.toContain('<script>');
  });
});
