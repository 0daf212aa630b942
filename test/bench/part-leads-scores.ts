import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.js';
import { keepEvents } from '../../src/engine.js';
import { idFrom } from '../../src/event/id.js';
import type { LeadEvent } from '../../src/event/lead-event.js';
import type { Lead } from '../../src/journey/facts.js';
import { drawAll } from '../../src/lead/draw-all.js';
import { isAny, recomputeScores } from '../../src/lead/recompute.js';
import { openRivulet, type Rivulet } from '../../src/main.js';
import { startEngine } from './engine.js';
import { type Lab, progress } from './lab.js';

export type ScoresFound = {
  /** Leads whose kept points are not those that their events come to. */
  readonly recomputeMismatches: number;
  /** What recomputing all of them took. */
  readonly seconds: number;
  readonly events: number;
  readonly recordedPerSecond: number;
};

const usualLeads = 20_000;
const eventsOfEach = 12;
const kept = 2000;
const dayMs = 86_400_000;

/** What leads do, and how often in hundredths. */
const mix: readonly (readonly [number, Partial<LeadEvent>])[] = [
  [30, { type: 'opened' }],
  [12, { type: 'opened', machine: true }],
  [16, { type: 'clicked', about: 'https://tallybay.example.com/pricing' }],
  [10, { type: 'page.viewed', about: '/pricing/teams' }],
  [14, { type: 'page.viewed', about: '/blog' }],
  [6, { type: 'form.submitted', about: 'white-paper' }],
  [4, { type: 'converted', data: { value: 1500 } }],
  [2, { type: 'converted', data: { value: 20 } }],
  [2, { type: 'unsubscribed' }],
  [4, { type: 'score.adjusted', points: 7, why: 'met at the fair' }],
];
const kinds = mix.flatMap(([share, kind]) => Array.from({ length: share }, () => kind));

/**
 * Whether points that were recorded event by event are those that all events together come to: histories of many leads, with
 * late events, events told twice and events of machines, are recorded by the functions that take in what providers tell, and
 * then computed once more.
 */
export async function measureScores(lab: Pick<Lab, 'scratch' | 'compiled'>, leads = usualLeads): Promise<ScoresFound> {
  const folder = await mkdtemp(join(lab.scratch, 'scores-'));
  const database = await startEngine(lab);
  try {
    const config = readConfig({
      DATA_DIR: join(folder, 'data'),
      PROJECT_DIR: await projectIn(folder),
      MONGODB_URI: database.uri,
      PORT: '0',
    });
    const onFault = (error: unknown): never => {
      throw error;
    };
    const rivulet = await openRivulet(config, { say: () => {}, onFault }, false);
    try {
      await plant(leads, rivulet);
      const recorded = await recordHistories(leads, rivulet);
      const { mismatches, seconds } = await recompute(leads, rivulet);
      return { recomputeMismatches: mismatches, seconds, ...recorded };
    } finally {
      await rivulet.stop();
    }
  } finally {
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function plant(count: number, { store, engine }: Rivulet): Promise<void> {
  const now = engine.now();
  const consent = { status: 'granted', source: 'bench', at: now } as const;
  for (let from = 0; from < count; from += kept) {
    const leads = Array.from({ length: Math.min(kept, count - from) }, (_, i) => {
      const email = `lead-${from + i}@example.com`;
      const attributes = { companySize: (from + i) % 400 };
      const lead: Lead = { id: leadId(from + i), email, attributes, tags: [], consent, entries: [], createdAt: now };
      return { lead, emailKey: email };
    });
    await store.leads.insert(leads, now);
  }
}

async function recordHistories(leads: number, { engine }: Rivulet) {
  const all = leads * eventsOfEach;
  const startedAt = performance.now();
  const now = engine.now().getTime();
  for (let from = 0; from < all; from += kept) {
    const events = Array.from({ length: Math.min(kept, all - from) }, (_, i) => anEvent(from + i, leads, now));
    const { open } = await keepEvents(events, engine, []);
    await drawAll(open, engine);
    if (from % (kept * 20) === 0) progress(`scores: ${from} of ${all} events are recorded`);
  }
  return { events: all, recordedPerSecond: Math.round(all / ((performance.now() - startedAt) / 1000)) };
}

/** One in twenty is told a second time, and times go to and fro: what is told later may have happened before. */
function anEvent(number: number, leads: number, now: number): LeadEvent {
  const told = number % 20 === 19 ? number - 7 : number;
  const luck = (told * 2_654_435_761) % 4_294_967_296;
  const kind = kinds[luck % kinds.length] ?? {};
  const at = new Date(now - (Math.floor(luck / 128) % (90 * 1440)) * 60_000 - dayMs);
  const event = { type: '', lead: leadId((told * 7919) % leads), at, source: 'bench', machine: false };
  return { ...event, ...kind, id: idFrom('bench', String(told)) };
}

function leadId(number: number): string {
  return idFrom('bench lead', String(number));
}

async function recompute(leads: number, { store, engine, project, defaultTimeZone }: Rivulet) {
  const startedAt = performance.now();
  let [seen, mismatches] = [0, 0];
  const setting = { store, engine, defaultTimeZone, project: project() };
  for await (const { difference, before, after } of recomputeScores({ apply: false }, setting)) {
    seen += 1;
    if (isAny(difference) || before.total !== after.total) mismatches += 1;
  }
  if (seen !== leads) throw new Error(`of ${leads} leads ${seen} were computed`);
  return { mismatches, seconds: (performance.now() - startedAt) / 1000 };
}

/** A project without mails: points, groups, thresholds and all ways to count. */
async function projectIn(folder: string): Promise<string> {
  const rules = [
    { id: 'read', on: 'opened', points: 4, cap: 16, perDay: 1, group: 'mails' },
    { id: 'clicked', on: 'clicked', points: 10, cap: 40, group: 'mails' },
    {
      id: 'pricing',
      on: ['clicked:https://tallybay.example.com/pricing', 'page.viewed:/pricing*'],
      points: 8,
      again: 'after 7 days',
    },
    { id: 'pages', on: 'page.viewed', points: 1, perDay: 3, fade: { linear: '60 days' } },
    { id: 'paper', on: 'form.submitted:white-paper', points: 20, once: true },
    { id: 'big', on: 'converted', where: { value: { gte: 1000 } }, points: 40 },
    { id: 'left', on: 'unsubscribed', points: -40, fade: 'none' },
  ];
  const fit = { rules: [{ if: { 'lead.companySize': { gte: 200 } }, points: 12, why: 'a large company' }] };
  const thresholds = [
    { name: 'mql', score: { gte: 85 }, falls: { lt: 60 } },
    { name: 'sql', score: { gte: 100 }, falls: { lt: 70 }, if: { grid: ['A1', 'A2', 'B1', 'B2'] } },
  ];
  const scoring = {
    engagement: { halfLife: '30 days', cap: 100, rules },
    fit,
    groups: { mails: { cap: 45 } },
    thresholds,
  };
  const stages = [
    { name: 'lead', enter: { on: 'lead.created' } },
    { name: 'qualified', enter: { on: 'threshold.reached:mql' } },
  ];
  const brand = {
    name: 'Tallybay',
    website: 'https://tallybay.example.com',
    postalAddress: '2100 Harbor Row, Toledo',
    logo: 'logo.png',
    logoAlt: 'Tallybay',
  };
  const texts = {
    'sequences/scoring.json': scoring,
    'sequences/funnel.json': { stages },
    'templates/brand.json': brand,
  };
  await mkdir(join(folder, 'sequences'), { recursive: true });
  await mkdir(join(folder, 'templates'), { recursive: true });
  for (const [path, value] of Object.entries(texts)) await writeFile(join(folder, path), JSON.stringify(value));
  return folder;
}
