import { tellReport } from '../../src/lead/tell-report.js';
import { askSetting } from '../../src/lead/tell-report.js';
import { askOf, type ReportName } from '../../src/report/ask.js';
import type { Happening, History, SentMail } from '../../src/report/history.js';
import { countLead, definitions } from '../../src/report/lead-tallies.js';
import { addTo, deltasIn, type Sums } from '../../src/report/tally.js';
import type { Costs } from '../../src/sequence/costs-file.js';
import { openDatabase } from '../../src/store/database.js';
import { openStore, type Store } from '../../src/store/open-store.js';
import { deriveSecrets } from '../../src/store/secrets.js';
import { startEngine } from './engine.js';
import { median } from './figures.js';
import { type Lab, progress } from './lab.js';

export type ReportsFound = {
  /** The funnel of a year by source, by week and by sequence, whichever takes longest. */
  readonly reportMs: number;
  readonly kpiReportMs: number;
  readonly sequenceReportMs: number;
  readonly cohortReportMs: number;
  /** Events that the leads had, and the buckets that were left of them. */
  readonly events: number;
  readonly buckets: number;
};

const usualLeads = 500_000;
const [sources, sequences, steps] = [10, 30, 5];
const stages = ['welcome', 'consideration', 'decision', 'customer'];
const zone = 'Europe/Berlin';
const dayMs = 86_400_000;
const year = { from: Date.parse('2025-01-01T00:00:00Z'), days: 365 };
const now = new Date('2026-01-01T09:00:00Z');
const runs = 7;

/**
 * How long reports take over the buckets that a year of 10 million events leaves: 500,000 leads of 10 sources, mailed by 30
 * sequences of 5 mails. What each lead counts for is told by the very functions that the roll-up calls; only that the events
 * themselves were never stored.
 */
export async function measureReports(
  lab: Pick<Lab, 'scratch' | 'compiled'>,
  leads = usualLeads,
): Promise<ReportsFound> {
  const engine = await startEngine(lab);
  const database = await openDatabase({ dataDir: '', uri: engine.uri, mayShare: false, say: () => {} });
  try {
    const store = await openStore(database.db, deriveSecrets('the secret of a bench that nobody else has'));
    const { events, buckets } = await plant(store, leads);
    const ask = (report: ReportName, by?: string) => timed(report, by, store);
    const funnels = [await ask('funnel', 'source'), await ask('funnel', 'week'), await ask('funnel', 'sequence')];
    return {
      reportMs: Math.max(...funnels),
      kpiReportMs: await ask('kpi', 'day'),
      sequenceReportMs: await ask('sequence'),
      cohortReportMs: await ask('cohort', 'week'),
      events,
      buckets,
    };
  } finally {
    await database.stop();
    await engine.stop();
  }
}

async function timed(report: ReportName, by: string | undefined, store: Store): Promise<number> {
  const setting = {
    store,
    now: () => now,
    onFault: (error: unknown) => {
      throw error;
    },
    project: () => ({ programs: new Map(), funnel: stages.map((name) => ({ name, title: name, on: [] })), costs }),
    defaultTimeZone: zone,
  };
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run += 1) {
    const startedAt = performance.now();
    const query = { from: '2025-01-01', to: '2025-12-31', ...(by ? { by } : {}) };
    const { tables } = await tellReport(askOf(report, await askSetting(setting)).parse(query), setting);
    times.push(performance.now() - startedAt);
    if (!tables.some(({ rows }) => rows.length > 0)) throw new Error(`the report ${report} is empty`);
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000 / runs;
  progress(`reports: ${report}${by ? ` by ${by}` : ''}: ${median(times).toFixed(0)} ms, CPU ${cpuMs.toFixed(0)} ms`);
  return median(times);
}

const costs: Costs = {
  currency: 'EUR',
  costs: Array.from({ length: sources }, (_, i) => {
    const from = year.from / dayMs;
    return { what: 'ads', source: `source ${i}`, from, until: from + 364, thousandths: 12_000_000, currency: 'EUR' };
  }),
};

/** Leads that are counted together, one after the other in the order in which they came in. */
const chunk = 25_000;

/** Counts the leads in days of the zone and keeps the buckets. */
async function plant({ reports }: Store, leads: number): Promise<{ events: number; buckets: number }> {
  const { rounds, buckets } = reports;
  let events = 0;
  for (let first = 0, number = 1; first < leads; first += chunk, number += 1) {
    const sums: Sums = new Map();
    for (let i = first; i < Math.min(leads, first + chunk); i += 1) {
      const history = aHistory(i, leads);
      events += history.happenings.length + history.mails.length;
      addTo(sums, countLead(history), zone);
    }
    const all = [...deltasIn(sums)];
    for (let i = 0; i < all.length; i += 200) await buckets.change(new Map(all.slice(i, i + 200)), number);
    progress(`reports: ${Math.min(leads, first + chunk)} of ${leads} leads are counted`);
  }
  await rounds.propose(0, { leads: new Map(), next: { zone, definitions, seen: now } });
  let count = 0;
  for await (const _ of buckets.all()) count += 1;
  return { events, buckets: count };
}

/** A stream of numbers below 1 that is always the same for a lead (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What one lead lived through: about 13 events that were told of it, and 7 mails of two sequences. */
function aHistory(number: number, leads: number): History {
  const chance = chanceOf(number);
  const createdAt = new Date(year.from + (number / leads) * year.days * dayMs);
  const later = (days: number): Date => new Date(createdAt.getTime() + chance() * days * dayMs);
  const happenings: Happening[] = [];
  const tell = (type: string, at: Date, more: Partial<Happening> = {}): void => {
    happenings.push({ id: `${number}-${happenings.length}`, type, at, machine: false, source: 'bench', ...more });
  };
  tell('lead.created', createdAt);
  tell('stage.entered', createdAt, { about: 'welcome' });
  if (chance() < 0.4) tell('form.submitted', later(3), { about: 'white-paper' });

  const mails = [Math.floor(chance() * sequences), Math.floor(chance() * sequences)].flatMap((sequence, i) =>
    Array.from({ length: i === 0 ? 4 : 3 }, (_, step): SentMail => {
      const at = new Date(createdAt.getTime() + (i * 14 + step * 3 + chance()) * dayMs);
      const id = `${number}-${i}-${step}`;
      return {
        id,
        sequence: `sequence ${sequence}`,
        step: `mail ${(step + i) % steps}`,
        enrollment: `${number}-${i}`,
        state: 'accepted',
        at,
      };
    }),
  );
  for (const { id: message, at } of mails) {
    const soon = (hours: number): Date => new Date(at.getTime() + chance() * hours * 3_600_000);
    if (chance() < 0.02) {
      tell('bounced', soon(1), { message, hard: chance() < 0.5 });
      continue;
    }
    tell('delivered', soon(1), { message });
    if (chance() < 0.3) tell('opened', soon(1), { message, machine: true });
    if (chance() < 0.45) tell('opened', soon(48), { message });
    if (chance() < 0.12) tell('clicked', soon(60), { message });
    if (chance() < 0.02) tell('replied', soon(60), { message });
    if (chance() < 0.01) tell('unsubscribed', soon(60), { message });
  }
  if (chance() < 0.3) {
    tell('threshold.reached', later(40), { about: 'mql' });
    tell('stage.entered', later(45), { about: 'consideration' });
  }
  if (chance() < 0.15) {
    tell('handed-over', later(60));
    tell('sales.answered', later(70), { about: chance() < 0.5 ? 'contacted' : 'not-interested' });
    tell('stage.entered', later(80), { about: 'decision' });
    if (chance() < 0.3)
      tell('sales.answered', later(120), {
        about: 'won',
        data: { value: Math.round(chance() * 90_000) / 10, currency: 'EUR' },
      });
  }
  return { lead: { createdAt, source: `source ${number % sources}`, consent: 'granted' }, happenings, mails, runs: [] };
}
