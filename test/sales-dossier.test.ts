import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import type { Lead } from '../src/journey/facts.js';
import { deedsIn, type Titles } from '../src/sales/activity.js';
import { type Dossier, dossierOf, type Known } from '../src/sales/dossier.js';
import { dossierFields } from '../src/sales/dossier-fields.js';
import { nextStepFor, whenToCall } from '../src/sales/next-step.js';
import { answersUrlName, dossierNames } from '../src/sequence/dossier-names.js';
import { noSales, type Sales } from '../src/sequence/sales-file.js';
import { aCondition, anEvent, at, facts } from './builders.js';

/** A Monday; 10:00 in Paris. */
const monday = at('2026-03-02T09:00Z');
const titles: Titles = { mail: (_, step) => `The ${step}`, form: (form) => `Form ${form}` };
const sales: Sales = {
  ...noSales,
  timeZone: 'Europe/Paris',
  owners: [{ email: 'dana@tallybay.com', name: 'Dana Okafor', weight: 1, away: [] }],
};

function known(lead: Partial<Lead> = {}, changes: Partial<Known> = {}): Known {
  const events = changes.events ?? [];
  return { facts: facts({ lead, events }), events, series: [], stage: undefined, titles, ...changes };
}
function dossier(lead: Partial<Lead> = {}, changes: Partial<Known> = {}): Dossier {
  return dossierOf(known(lead, changes), sales, monday);
}
function seen(about: string, time: string, changes: Partial<LeadEvent> = {}): LeadEvent {
  return anEvent('page.viewed', { id: `${about} ${time}`, about, at: at(time), source: 'site', ...changes });
}

describe('a dossier', () => {
  test('says who it is, by what is known', () => {
    const attributes = { country: 'fr', phone: '+33 4', owner: 'DANA@tallybay.com' };
    expect(dossier({ firstName: 'Ada', lastName: 'Quill', timezone: 'Europe/Paris', attributes })).toMatchObject({
      name: 'Ada Quill',
      address: 'ada@example.com',
      country: 'France',
      owner: { email: 'DANA@tallybay.com', name: 'Dana Okafor' },
    });
    expect(dossier({ attributes: { country: 'Northern parts' } })).toMatchObject({
      name: 'ada@example.com',
      country: 'Northern parts',
    });
    expect(dossier()).not.toHaveProperty('country');
    expect(dossier()).not.toHaveProperty('owner');
  });
  test('names an owner whom nobody knows by the address', () => {
    expect(dossier({ attributes: { owner: 'x@crm.com' } }).owner).toEqual({ email: 'x@crm.com', name: 'x@crm.com' });
  });
  test('tells what time it is there, and whether that is known', () => {
    const there = known({ timezone: 'Asia/Tokyo' });
    const inTokyo = { ...there, facts: { ...there.facts, timeZone: 'Asia/Tokyo' } };
    expect(dossierOf(inTokyo, sales, monday).localTime).toBe('Monday 18:00 (Asia/Tokyo)');
    expect(dossier().localTime).toBe('Monday 09:00 (UTC; nobody knows where they are)');
  });
  test('sums the points by their reasons, the weightiest first, given or taken', () => {
    const line = (why: string, points: number) => ({ part: 'engagement', why, points, of: points }) as const;
    const score = {
      ...facts().score,
      total: 1,
      lines: [line('clicked', 9.6), line('unsubscribed', -40), line('clicked', 9.6), line('faded', 0.2)],
    };
    const { points } = dossier({}, { facts: { ...facts(), score } });
    expect(points).toEqual([
      { why: 'unsubscribed', points: -40 },
      { why: 'clicked', points: 19 },
    ]);
  });
  test('says whether we may write, and by what that is known', () => {
    expect(dossier().mail).toBe('Yes: they agreed on 1 January 2026 (form).');
    const consent = { status: 'pending', source: 'form', at: monday } as const;
    expect(dossier({ consent }).mail).toBe('No: they have not confirmed yet that they agree.');
    expect(dossier({ consent: { ...consent, status: 'denied' } }).mail).toBe('No: they said no.');
    expect(dossier({}, { facts: facts({ suppression: 'unsubscribed' }) }).mail).toBe('No: unsubscribed.');
  });
  test('never takes consent to mails for consent to calls', () => {
    expect(dossier().call).toBe('They left no number, and no form has asked whether we may call.');
    expect(dossier({ attributes: { phone: '1' } }).call).toBe(
      'They left a number; no form has asked whether we may call.',
    );
    const asked = (status: 'granted' | 'denied') => {
      const consent = {
        status: 'granted',
        source: 'form',
        at: monday,
        purposes: { phone: { status, at: monday } },
      } as const;
      return dossier({ consent, attributes: { phone: '1' } }).call;
    };
    expect(asked('granted')).toBe('Yes: they agreed to calls on 2 March 2026.');
    expect(asked('denied')).toBe('No: they said no to calls.');
    expect(dossier({}, { facts: facts({ suppression: 'complained' }) }).call).toMatch(/^Better not/);
  });
  test('tells what sales heard before, and why it was handed over', () => {
    const events = [
      anEvent('sales.answered', { id: 'a', about: 'contacted', at: at('2026-02-01T09:00Z') }),
      anEvent('handed-over', { id: 'b', about: 'dana@tallybay.com', why: 'over the threshold', at: monday }),
    ];
    expect(dossier({}, { events })).toMatchObject({
      why: 'over the threshold',
      answers: ['1 February 2026: Contacted'],
    });
  });
});

describe('its merge fields', () => {
  test('are those that files may name', () => {
    const events = [anEvent('handed-over', { about: 'dana@tallybay.com', why: 'x' })];
    const all = dossierFields(
      dossier({ attributes: { owner: 'a@b.com', country: 'FR' } }, { events, stage: 'Lead' }),
      sales,
    );
    const names = Object.keys(all).map((name) => `dossier.${name}`);
    expect([...names, answersUrlName].toSorted()).toEqual([...dossierNames.keys()].toSorted());
  });
  test('that each lead is said to have, each lead has', () => {
    const least = dossierFields(dossier(), sales);
    const always = [...dossierNames].flatMap(([name, isAlwaysThere]) => (isAlwaysThere ? name.slice(8) : []));
    for (const name of always.filter((one) => `dossier.${one}` !== answersUrlName))
      expect([name, least[name] === undefined || least[name] === '']).toEqual([name, false]);
  });
  test('have a line for each point and deed', () => {
    const line = { part: 'fit', why: 'works where the trucks are', points: 8, of: 8 } as const;
    const score = { ...facts().score, total: 8, fit: 8, lines: [line, { ...line, why: 'intern', points: -15 }] };
    const events = [seen('/pricing', '2026-03-01T09:00Z'), seen('/pricing', '2026-03-02T08:00Z')];
    const fields = dossierFields(dossier({}, { facts: { ...facts(), score }, events }), sales);
    expect(fields).toMatchObject({
      score: 8,
      scoreInWords: '0 points for what they did, 8 points for who they are',
      points: '−15  intern\n\u2007+8  works where the trucks are',
      activity: 'Mon 2 Mar, 09:00  looked at /pricing (2 times)',
    });
  });
});

describe('what a lead did last', () => {
  test('is told once for all its times, the latest first, without machines', () => {
    const events = [
      seen('/pricing', '2026-03-01T09:00Z'),
      anEvent('form.submitted', { id: 'f', about: 'white-paper', at: at('2026-03-01T10:00Z') }),
      seen('/pricing', '2026-03-02T09:00Z'),
      seen('/secret', '2026-03-02T09:30Z', { machine: true }),
    ];
    expect(deedsIn(events, titles)).toEqual([
      { at: at('2026-03-02T09:00Z'), what: 'looked at /pricing', times: 2 },
      { at: at('2026-03-01T10:00Z'), what: 'filled in “Form white-paper”', times: 1 },
    ]);
  });
  test.each<[string, Partial<LeadEvent>, string | undefined]>([
    ['opened', { sequence: 'welcome', step: 'hello' }, 'opened “The hello”'],
    ['opened', {}, undefined],
    ['clicked', { about: 'https://example.com/a' }, 'followed a link to https://example.com/a'],
    ['replied', { why: 'Yes,\n please' }, 'replied: “Yes, please”'],
    ['asset.downloaded', { about: 'paper' }, 'downloaded “paper”'],
    ['converted', {}, 'converted'],
    ['unsubscribed', {}, 'unsubscribed'],
    ['complained', {}, 'reported a mail as spam'],
    ['demo.watched', { about: 'dock', source: 'api' }, 'demo.watched dock'],
    ['tag.added', { about: 'x', source: 'api' }, undefined],
    ['stage.entered', { about: 'x', source: 'funnel' }, undefined],
    ['sales.answered', { about: 'won', source: 'sales' }, undefined],
    ['delivered', { source: 'sendgrid' }, undefined],
  ])('%s is told as a person would', (type, changes, what) => {
    expect(deedsIn([anEvent(type, changes)], titles)[0]?.what).toBe(what);
  });
  test('is not endless, whatever strangers write', () => {
    const events = Array.from({ length: 30 }, (_, i) => seen(`/${i}`, `2026-03-01T09:${String(i).padStart(2, '0')}Z`));
    expect(deedsIn(events, titles)).toHaveLength(8);
    expect(deedsIn([anEvent('replied', { why: '𝕏'.repeat(5000) })], titles)[0]?.what.length).toBeLessThan(300);
  });
});

describe('the next step', () => {
  const pricing: Sales = {
    ...sales,
    nextSteps: [
      {
        if: aCondition({ event: 'page.viewed', path: '/pricing', within: '14 days', atLeast: 2 }),
        do: 'Call about prices.',
      },
      { if: aCondition({ 'lead.companySize': { gte: 200 } }), do: 'Ask who decides.' },
    ],
  };
  const looked = [seen('/pricing', '2026-03-01T09:00Z'), seen('/pricing', '2026-03-02T08:00Z')];
  const step = (lead: Partial<Lead>, events: readonly LeadEvent[] = [], more: Partial<Known['facts']> = {}) =>
    nextStepFor({ facts: { ...facts({ lead, events }), ...more }, events, now: monday }, pricing);

  test('is what the first rule of the file that holds says, with its reason', () => {
    expect(step({ attributes: { companySize: 500 } }, looked)).toEqual({
      what: 'Call about prices.',
      because: 'Because page.viewed /pricing came 2 times within 14 days.',
    });
    expect(step({ attributes: { companySize: 500 } }, looked.slice(1)).what).toBe('Ask who decides.');
  });
  test('is to wait while the lead is away, whatever it did before', () => {
    expect(step({ awayUntil: at('2026-03-09T08:00Z') }, looked).what).toBe('Wait until Monday 9 March.');
    expect(step({ awayUntil: monday }, looked).what).toBe('Call about prices.');
  });
  test('is to prepare a call that is booked', () => {
    expect(step({ attributes: { appointmentAt: '2026-03-04T14:30:00Z' } }, looked).what).toBe(
      'Prepare the call of Wednesday 4 March at 14:30 their time.',
    );
    expect(step({ attributes: { appointmentAt: '2026-03-04' } }).what).toBe('Prepare the call of Wednesday 4 March.');
    expect(step({ attributes: { appointmentAt: '2026-03-01T14:30:00Z' } }, looked).what).toBe('Call about prices.');
    expect(step({ attributes: { appointmentAt: 'soon' } }, looked).what).toBe('Call about prices.');
  });
  test('is to answer a reply of the last days, until somebody has spoken with them since', () => {
    const reply = anEvent('replied', { at: at('2026-03-01T12:00Z') });
    expect(step({}, [...looked, reply]).what).toBe('Answer their reply first.');
    const spoken = anEvent('sales.answered', { about: 'contacted', at: at('2026-03-01T13:00Z') });
    expect(step({}, [...looked, reply, spoken]).what).toBe('Call about prices.');
    expect(step({}, [anEvent('replied', { at: at('2026-02-20T12:00Z') }), ...looked]).what).toBe('Call about prices.');
  });
  test('is to leave alone whoever complained, before anything else', () => {
    expect(step({ awayUntil: at('2026-03-09T08:00Z') }, looked, { suppression: 'complained' }).what).toBe(
      'Leave them alone.',
    );
  });
  test('is a call for whoever left a number, and a mail for whoever may get one', () => {
    expect(step({ attributes: { phone: '+33 4' } })).toEqual({
      what: 'Call today, until 17:00 their time.',
      because: 'They left a number.',
    });
    expect(step({ attributes: { phone: ' ' } }).what).toBe('Write them two lines of your own today.');
    expect(step({ attributes: { phone: '+33 4' } }, [], { suppression: 'unsubscribed' }).because).toBe(
      'They get no mails from us (unsubscribed), and left a number.',
    );
    expect(step({}, [], { suppression: 'hard-bounced' }).what).toBe(
      'Look for another way, or wait until they come back.',
    );
  });
});

describe('a time to call', () => {
  test.each([
    ['2026-03-02T07:00Z', 'UTC', 'today from 09:00 their time'],
    ['2026-03-02T09:00Z', 'UTC', 'today, until 17:00 their time'],
    ['2026-03-02T16:59Z', 'UTC', 'today, until 17:00 their time'],
    ['2026-03-02T17:00Z', 'UTC', 'on Tuesday 3 March from 09:00 their time'],
    ['2026-03-06T18:00Z', 'UTC', 'on Monday 9 March from 09:00 their time'],
    ['2026-03-07T10:00Z', 'UTC', 'on Monday 9 March from 09:00 their time'],
    ['2026-03-08T23:30Z', 'Asia/Tokyo', 'today from 09:00 their time'],
    ['2026-03-06T23:30Z', 'America/New_York', 'on Monday 9 March from 09:00 their time'],
  ])('at %s in %s is %s', (now, zone, when) => {
    expect(whenToCall(at(now), zone)).toBe(when);
  });
});
