import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import type { LeadEvent } from '../src/event/lead-event.js';
import { checkReports } from '../src/lead/check-reports.js';
import { hourlyLookBackMs, rollUp, type RollUpSetting } from '../src/lead/roll-up.js';
import { askSetting, tellReport } from '../src/lead/tell-report.js';
import { askOf } from '../src/report/ask.js';
import { decoded, seriesCode } from '../src/report/tally.js';
import { openDatabase } from '../src/store/database.js';
import { openStore } from '../src/store/open-store.js';
import { isPersonal } from '../src/store/personal.js';
import { deriveSecrets, keptSecret } from '../src/store/secrets.js';
import { openDatabaseProxy, type WriteFault } from './database-proxy.js';
import { isLong } from './proof/length.js';
import { aProjectFolder, aSequenceFile, jobsOf, startTestRivulet, testDatabase } from './support.js';

jest.setTimeout(240_000);

/** A quarter of an hour off, so that its days are nobody else's. */
const zone = 'Asia/Kathmandu';
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rvr-'));
  const ways = {
    short: { send: 'hello', subject: 'Short' },
    long: { send: 'hello', subject: 'Long' },
    none: { weight: 1 },
  };
  project = await aProjectFolder({
    'sequences/welcome.json': aSequenceFile([{ id: 'length', split: { a: ways.short, b: ways.long } }]),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A database of its own, with a way to it on which any one write can be made to fail. */
async function openWorld(name: string) {
  const uri = testDatabase();
  const rivulet = await startTestRivulet({ MONGODB_URI: uri, PROJECT_DIR: project, DEFAULT_TIMEZONE: zone });
  const proxy = await openDatabaseProxy(uri, join(folder, `${name}.sock`));
  const frail = await openDatabase({ dataDir: rivulet.dataDir, uri: proxy.uri, mayShare: true, say: () => {} });
  const { secret } = await keptSecret(rivulet.dataDir, 'signing-secret', undefined);
  const frailStore = await openStore(frail.db, deriveSecrets(secret));
  const faults: unknown[] = [];
  const setting = (store: RollUpSetting['store']): RollUpSetting => ({
    store,
    now: () => rivulet.clock.now,
    onFault: (error) => void faults.push(error),
  });
  const close = async (): Promise<void> => {
    await frail.stop();
    await proxy.stop();
    await rivulet.close();
  };
  return { ...rivulet, proxy, faults, setting: setting(rivulet.store), frail: setting(frailStore), close };
}
type World = Awaited<ReturnType<typeof openWorld>>;

/** Numbers below 1 that are always the same for a seed (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Row = { readonly _id: string; readonly [column: string]: unknown };

/** Lets random things happen, told in random order. */
function openLife({ store, clock }: World, seed: number) {
  const chance = chanceOf(seed);
  const pick = <T>(of: readonly T[]): T => {
    const one = of[Math.floor(chance() * of.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
  const leads: string[] = [];
  const mails: { id: string; lead: string }[] = [];
  let count = 0;
  const next = (what: string): string => `${what}-${seed}-${(count += 1)}`;
  const before = (mostMs: number): Date => new Date(clock.now.getTime() - Math.floor(chance() * mostMs));
  const keep = async (event: Partial<LeadEvent> & { type: string; lead: string }, receivedAt = clock.now) => {
    const whole = { id: next('event'), at: before(40 * dayMs), source: 'test', machine: false, ...event };
    await store.events.keep([{ event: whole, isSettled: true }], receivedAt);
  };
  const rows = (name: string) => store.db.collection<Row>(name);

  const deeds: Readonly<Record<string, () => Promise<void>>> = {
    capture: async () => {
      const id = next('lead');
      const at = before(40 * dayMs);
      const source = pick(['fair', 'form', '']);
      const consent = { status: pick(['granted', 'granted', 'pending'] as const), source: 'form', at };
      const email = `${id}@example.org`;
      await store.leads.upsert(
        { email, emailKey: email, consent, ...(source ? { attributes: { source } } : {}) },
        id,
        'form',
        at,
      );
      leads.push(id);
      await keep({ type: 'lead.created', lead: id, at, source: pick(['api', 'csv']) });
    },
    mail: async () => {
      const id = next('mail');
      const lead = pick(leads);
      const at = before(30 * dayMs);
      const state = pick(['accepted', 'accepted', 'accepted', 'uncertain', 'rejected', 'failed', 'skipped']);
      const sequence = pick(['welcome', 'news.letter', 'a|b/c d']);
      const step = pick(['hello', '4.then.1', '$more+']);
      const row = {
        lead,
        sequence,
        step,
        revision: 'r',
        enrollment: next('run'),
        state,
        plannedAt: at,
        settledAt: clock.now,
        attempts: [],
        claims: 0,
        expiresAt: at,
        nextAttemptAt: at,
      };
      await rows('messages').insertOne({ _id: id, ...row });
      mails.push({ id, lead });
    },
    run: async () => {
      const id = next('run');
      const lead = pick(leads);
      const at = before(20 * dayMs);
      const splits = chance() < 0.7 ? { splits: [{ key: 'a split', way: pick(['a', 'b']), at: clock.now }] } : {};
      const end =
        chance() < 0.7
          ? { endedAt: clock.now, endedBecause: pick(['converted', 'goal reached: because', 'finished']) }
          : {};
      const row = {
        lead,
        sequence: 'welcome',
        revision: 'r',
        startedAt: at,
        because: '',
        status: 'ended',
        step: null,
        since: at,
        dueAt: null,
        waitsFor: '',
        generation: 0,
        history: [],
        raised: [],
      };
      await rows('enrollments').insertOne({ _id: id, ...row, ...splits, ...end });
      await rows('messages').updateMany(
        { lead, sequence: 'welcome' },
        { $set: { enrollment: id, settledAt: clock.now } },
      );
    },
    mailEvent: async () => {
      const mail = pick(mails);
      const type = pick(['delivered', 'opened', 'clicked', 'replied', 'bounced', 'complained', 'unsubscribed']);
      const hard = type === 'bounced' ? { hard: chance() < 0.5 } : {};
      await keep({ type, lead: mail.lead, message: mail.id, machine: chance() < 0.3, ...hard });
    },
    leadEvent: async () => {
      const type = pick([
        'form.submitted',
        'converted',
        'threshold.reached',
        'consent.granted',
        'consent.withdrawn',
        'suppressed',
        'resubscribed',
        'handed-over',
        'asset.downloaded',
        'page.viewed',
      ]);
      const about = type === 'suppressed' ? { about: 'unsubscribed' } : {};
      const data =
        chance() < 0.5 ? { data: { value: Math.round(chance() * 1e6) / 100, currency: pick(['EUR', 'usd', 7]) } } : {};
      await keep({ type, lead: pick(leads), machine: chance() < 0.1, ...about, ...data });
    },
    stage: () => keep({ type: 'stage.entered', lead: pick(leads), about: pick(['welcome', 'decision', 'customer']) }),
    sales: async () => {
      const about = pick(['contacted', 'not-reachable', 'still-interested', 'not-interested', 'won', 'lost']);
      await keep({
        type: 'sales.answered',
        lead: pick(leads),
        about,
        ...(about === 'won' ? { data: { value: 12.345 } } : {}),
      });
    },
    // Kept by a process that was slow to write, after the others were counted.
    lateCommit: () => keep({ type: 'form.submitted', lead: pick(leads) }, new Date(clock.now.getTime() - minuteMs)),
    muchLater: () => keep({ type: 'replied', lead: pick(leads) }, new Date(clock.now.getTime() - hourMs)),
    erase: async () => {
      const lead = pick(leads);
      for (const name of ['events', 'messages', 'enrollments']) await rows(name).deleteMany({ lead });
      await rows('leads').deleteOne({ _id: lead });
      await store.reports.rounds.forget([lead]);
      leads.splice(leads.indexOf(lead), 1);
      mails.splice(0, mails.length, ...mails.filter((one) => one.lead !== lead));
    },
    merge: async () => {
      const [from, to] = [pick(leads), pick(leads)];
      if (from === to) return;
      for (const name of ['events', 'messages', 'enrollments'])
        await rows(name).updateMany({ lead: from }, { $set: { lead: to } });
      await rows('leads').deleteOne({ _id: from });
      for (const one of store.reports.personal) if (isPersonal(one)) await one.move?.(from, to);
      leads.splice(leads.indexOf(from), 1);
      for (const mail of mails) if (mail.lead === from) mail.lead = to;
    },
  };
  const usual = [
    'capture',
    'capture',
    'capture',
    'mail',
    'mail',
    'mail',
    'mailEvent',
    'mailEvent',
    'mailEvent',
    'leadEvent',
    'leadEvent',
    'stage',
    'sales',
    'run',
    'lateCommit',
    'muchLater',
    'erase',
    'merge',
  ];
  return {
    chance,
    pick,
    happen: async (): Promise<void> => {
      const deed = leads.length < 4 ? 'capture' : mails.length < 2 ? 'mail' : pick(usual);
      await deeds[deed]?.();
      clock.now = new Date(clock.now.getTime() + Math.floor(chance() * 3 * minuteMs));
    },
  };
}

/** Counts as the job does, while others do the same, or on a connection that breaks at some write. */
async function countSomehow(world: World, life: ReturnType<typeof openLife>): Promise<void> {
  const ask = { zone, mayChangeZone: true };
  if (life.chance() < 0.3) {
    await Promise.all([rollUp(world.setting, ask), rollUp(world.setting, ask), life.happen()]);
    return;
  }
  if (life.chance() < 0.6) {
    const fault: WriteFault = life.pick([{ kind: 'unheard' }, { kind: 'unsent' }] as const);
    world.proxy.arm(1 + Math.floor(life.chance() * 8), fault);
    await rollUp(world.frail, ask).catch(() => {});
    return;
  }
  await rollUp(world.setting, { ...ask, atMost: life.pick([1, 3, 1000]) });
}

test.each(isLong ? [1, 2, 3, 4, 5, 6] : [1, 2])(
  'reports say what counting everything anew says: late events, machines, merges, erasures, counted by several at once and by some that die (seed %i)',
  async (seed) => {
    const world = await openWorld(`life${seed}`);
    const life = openLife(world, seed);
    for (let i = 0; i < 120; i += 1) {
      await life.happen();
      if (life.chance() < 0.25) await countSomehow(world, life);
    }
    await rollUp(world.setting, { zone, lookBackMs: hourlyLookBackMs });
    const { leads, differences } = await checkReports(world.setting, { zone, mend: false });
    expect(differences).toEqual([]);
    expect(leads).toBeGreaterThan(3);
    const counted = await keptCounts(world);
    expect(counted).toEqual(await naiveCounts(world));
    expect(Object.keys(counted).length).toBeGreaterThan(20);
    expect(world.faults).toEqual([]);
    await world.close();
  },
);

describe('what is counted', () => {
  let world: World;
  let life: ReturnType<typeof openLife>;
  beforeAll(async () => {
    world = await openWorld('counted');
    life = openLife(world, 77);
    for (let i = 0; i < 80; i += 1) await life.happen();
    await rollUp(world.setting, { zone });
  });
  afterAll(() => world.close());
  const differences = async () => (await checkReports(world.setting, { zone, mend: false })).differences;

  test.each<WriteFault['kind']>(['unheard', 'unsent'])(
    'is the same whichever write of a round was the last of a process (%s)',
    async (kind) => {
      let isDone = false;
      for (let nth = 1; !isDone; nth += 1) {
        for (let i = 0; i < 4; i += 1) await life.happen();
        world.proxy.arm(nth, kind === 'unheard' ? { kind } : { kind: 'unsent' });
        await rollUp(world.frail, { zone }).catch(() => {});
        isDone = world.proxy.writes.length < nth;
        await rollUp(world.setting, { zone, lookBackMs: hourlyLookBackMs });
        expect(await differences()).toEqual([]);
      }
    },
  );

  test('comes round with the jobs, and not only when somebody asks', async () => {
    await life.happen();
    const job = jobsOf(world).find(({ name }) => name === 'reports');
    await job?.run();
    expect(await world.store.reports.rounds.standing()).toMatchObject({ seen: world.clock.now, zone: 'UTC' });
    await rollUp(world.setting, { zone, mayChangeZone: true });
  });

  test('that somebody has changed by hand is found, and can be put right', async () => {
    const buckets = world.store.db.collection<Row>('reportBuckets');
    const leads = world.store.db.collection<Row>('reportLeads');
    const [bucket, lead] = [await buckets.findOne({ kind: 'source', group: 'k' }), await leads.findOne()];
    await buckets.updateOne({ _id: bucket?._id ?? '' }, [
      { $set: { t: { won: { $add: [{ $ifNull: ['$t.won', 0] }, 5] } } } },
    ]);
    const found = await differences();
    expect(found).toEqual([expect.objectContaining({ group: 'k', path: 't.won' })]);
    expect(found.map(({ kept, counted }) => kept - counted)).toEqual([5]);

    await leads.updateOne({ _id: lead?._id ?? '' }, { $set: { counted: { 'source:nowhere|1935074': 'k.won' } } });
    const check = (mend: boolean) => checkReports(world.setting, { zone, mend });
    expect(await check(true)).toMatchObject({ differences: found, wrongLeads: 1 });
    expect(await check(false)).toMatchObject({ differences: [], wrongLeads: 0 });
  });

  test('of an erased lead is gone at once, and nothing tells of it any more', async () => {
    const lead = (await world.store.db.collection<Row>('reportLeads').findOne())?._id ?? '';
    expect(lead).not.toBe('');
    for (const name of ['events', 'messages', 'enrollments'])
      await world.store.db.collection(name).deleteMany({ lead });
    await world.store.db.collection<Row>('leads').deleteOne({ _id: lead });
    await world.store.reports.rounds.forget([lead]);
    const names = ['reportLeads', 'reportRounds', 'reportBuckets'];
    const rows = await Promise.all(names.map((name) => world.store.db.collection(name).find().toArray()));
    expect(JSON.stringify(rows)).not.toContain(`"${lead}"`);
    expect(await differences()).toEqual([]);
  });

  test('is told in the days of any zone: of the one that is kept from buckets, of others by counting anew', async () => {
    const setting = { ...world.setting, project: world.project, defaultTimeZone: zone };
    const tell = async (name: 'kpi' | 'funnel' | 'sequence' | 'cohort', by: string, of: string) => {
      const query = { from: '60 days ago', zone: of, by };
      const { tables, notes } = await tellReport(askOf(name, await askSetting(setting)).parse(query), setting);
      return { rows: tables.map(({ rows }) => rows), isSlow: notes.some((note) => note.includes('counted anew')) };
    };
    const asked = [
      ['kpi', 'day'],
      ['kpi', 'source'],
      ['funnel', 'week'],
      ['funnel', 'stage'],
      ['sequence', 'month'],
      ['cohort', 'week'],
    ] as const;
    // The same clock by another name.
    for (const [name, by] of asked) {
      const [fast, slow] = [await tell(name, by, zone), await tell(name, by, 'Asia/Katmandu')];
      expect([fast.isSlow, slow.isSlow]).toEqual([false, true]);
      expect(slow.rows).toEqual(fast.rows);
      expect(fast.rows.flat(2).some((cell) => typeof cell === 'number' && cell > 0)).toBe(true);
    }
  });

  test('goes over to another zone when all processes are set to it', async () => {
    await rollUp(world.setting, { zone: 'America/Los_Angeles', mayChangeZone: true });
    expect((await world.store.reports.rounds.standing()).zone).toBe('America/Los_Angeles');
    expect(await differences()).toEqual([]);
    await rollUp(world.setting, { zone });
    expect((await world.store.reports.rounds.standing()).zone).toBe('America/Los_Angeles');
  });
});

/** What reports read, of the groups that the naive count knows: by day, series and key. */
async function keptCounts({ store }: World): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for await (const { month, series, group, d = {} } of store.reports.buckets.all()) {
    if (!['k', 'm', 'v'].includes(group) || (group !== 'm' && series.kind !== 'source')) continue;
    for (const [dayOfMonth, numbers] of Object.entries(d)) {
      const day = new Date((month + Number(dayOfMonth) - 1) * dayMs).toISOString().slice(0, 10);
      const own = Object.entries(numbers).filter(([, count]) => count !== 0);
      for (const [key, count] of own) counts[`${day} ${seriesCode(series)} ${group}.${decoded(key)}`] = count;
    }
  }
  return counts;
}

const text = z.string();
const EventRow = z.object({
  _id: text,
  lead: text,
  type: text,
  at: z.date(),
  machine: z.boolean(),
  source: text,
  about: text.optional(),
  message: text.optional(),
  hard: z.boolean().optional(),
  data: z.object({ value: z.number(), currency: z.union([text, z.number()]).optional() }).optional(),
});
type EventRow = z.output<typeof EventRow>;
const MailRow = z.object({
  _id: text,
  lead: text,
  sequence: text,
  step: text,
  enrollment: text,
  state: text,
  settledAt: z.date(),
});
const RunRow = z.object({ _id: text, endedAt: z.date().optional(), endedBecause: text.optional() });
const LeadRow = z.object({
  _id: text,
  createdAt: z.date(),
  attributes: z.object({ source: text.optional() }),
  consent: z.object({ status: text }),
});

/** The same, counted without any of what counts for reports: straight from the rows. */
async function naiveCounts({ store }: World): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const dayIn = new Intl.DateTimeFormat('sv-SE', { timeZone: zone });
  const add = (at: Date, series: string, key: string, n = 1): void => {
    const path = `${dayIn.format(at)} ${series} ${key}`;
    counts[path] = (counts[path] ?? 0) + n;
  };
  const rows = async <T>(name: string, row: z.ZodType<T>): Promise<readonly T[]> =>
    z.array(row).parse(await store.db.collection(name).find().sort({ at: 1, _id: 1 }).toArray());
  const events = await rows('events', EventRow);
  const mails = await rows('messages', MailRow);
  const runs = await rows('enrollments', RunRow);
  for (const lead of await rows('leads', LeadRow)) {
    const own = events.filter((one) => one.lead === lead._id);
    const people = own.filter(({ machine }) => !machine);
    const sent = mails.filter((one) => one.lead === lead._id && one.state !== 'skipped');
    const first = (...types: string[]) => people.find(({ type }) => types.includes(type))?.at;
    const said = (...words: string[]) =>
      people.find(({ type, about = '' }) => type === 'sales.answered' && words.includes(about))?.at;
    const created = own.find(({ type }) => type === 'lead.created');
    const source = `source:${lead.attributes.source ?? created?.source ?? 'unknown'}`;
    const note = (at: Date | undefined, key: string): void => {
      if (at) add(at, source, `k.${key}`);
    };
    const bouncesOf = (id: string) => own.filter(({ type, message }) => type === 'bounced' && message === id);
    const taken = sent.filter(
      ({ _id, state }) => ['accepted', 'uncertain'].includes(state) && bouncesOf(_id).length === 0,
    );
    const deed = first('clicked', 'replied', 'form.submitted', 'asset.downloaded', 'converted');
    const interested = earliest(deed, first('threshold.reached'));
    note(earliest(lead.createdAt, first('lead.created')), 'created');
    note(earliest(deed, ...taken.map(({ settledAt }) => settledAt)), 'reached');
    note(interested, 'interested');
    note(first('threshold.reached'), 'qualified');
    note(interested && contactable(interested, people, lead.consent.status), 'contactable');
    note(first('handed-over'), 'handed-over');
    note(said('contacted', 'still-interested', 'not-interested', 'won', 'lost'), 'contacted');
    note(said('still-interested', 'won'), 'still-interested');
    note(earliest(said('won'), first('converted')), 'won');
    note(said('lost', 'not-interested'), 'lost');
    for (const { type, about, at, data } of people) {
      const isSale = type === 'converted' || (type === 'sales.answered' && about === 'won');
      const currency = typeof data?.currency === 'string' ? data.currency.toUpperCase() : '-';
      if (isSale && data) add(at, source, `v.${currency}`, Math.round(data.value * 1000));
    }
    for (const mail of sent) {
      const about = own.filter(({ message }) => message === mail._id);
      const bounces = bouncesOf(mail._id);
      if (mail.state === 'failed' && bounces.length === 0) continue;
      const series = seriesCode({ kind: 'sequence', of: mail.sequence });
      const fact = (isSo: boolean, key: string): void => {
        if (isSo) add(mail.settledAt, series, `m.${mail.step}/${key}`);
      };
      const by = (isMachine: boolean, ...types: string[]) =>
        about.some(({ type, machine }) => types.includes(type) && machine === isMachine);
      const any = (sought: string) => about.some(({ type }) => type === sought);
      fact(true, 'sent');
      fact(any('delivered'), 'delivered');
      fact(by(false, 'opened', 'clicked', 'replied'), 'opened');
      fact(by(false, 'clicked'), 'clicked');
      fact(by(false, 'replied'), 'replied');
      fact(by(false, 'unsubscribed'), 'unsubscribed');
      fact(any('complained'), 'complained');
      fact(
        bounces.some(({ hard }) => hard),
        'hard-bounced',
      );
      fact(bounces.length > 0 && bounces.every(({ hard }) => !hard), 'soft-bounced');
      fact(by(true, 'opened'), 'machine-opened');
      fact(by(true, 'clicked'), 'machine-clicked');
      const run = runs.find(({ _id }) => _id === mail.enrollment);
      const goalAt = /^converted$|^goal reached/.test(run?.endedBecause ?? '') ? run?.endedAt : undefined;
      const before = sent.filter(
        ({ enrollment, settledAt }) => enrollment === mail.enrollment && goalAt && settledAt <= goalAt,
      );
      const last = before
        .toSorted((a, b) => Number(a.settledAt) - Number(b.settledAt) || (a._id < b._id ? -1 : 1))
        .at(-1);
      fact(last?._id === mail._id, 'goal');
    }
  }
  return counts;
}

function earliest(...all: (Date | undefined)[]): Date | undefined {
  return all.flatMap((at) => at ?? []).toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/** Looks at every instant at which something happened, from the one of interest on. */
function contactable(from: Date, people: readonly EventRow[], consent: string): Date | undefined {
  const isChange = ({ type }: EventRow): boolean => type === 'consent.granted' || type === 'consent.withdrawn';
  const cameWith =
    people.find(isChange)?.type === 'consent.withdrawn' || (!people.some(isChange) && consent === 'granted');
  const instants = [from, ...people.map(({ at }) => at).filter((at) => at > from)];
  return instants.find((instant) => {
    const so = people.filter(({ at }) => at <= instant);
    const change = so.findLast(isChange);
    const isGranted = change ? change.type === 'consent.granted' : cameWith;
    const reasons = new Set<string>();
    for (const { type, hard } of so) {
      if (type === 'unsubscribed' || type === 'suppressed') reasons.add('unsubscribed');
      if (type === 'complained') reasons.add('complained');
      if (type === 'bounced' && hard) reasons.add('hard');
      if (type === 'resubscribed') reasons.delete('unsubscribed');
    }
    return isGranted && (reasons.size === 0 || so.some(({ type }) => type === 'handed-over'));
  });
}
