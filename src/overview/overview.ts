import type { Diagnostic } from '../diagnostic.js';
import type { Engine } from '../engine.js';
import type { Forecast, Forecasts } from '../foresight/forecast.js';
import { salesCases } from '../lead/hand-over.js';
import { type Period, todayIn } from '../report/period.js';
import type { Store } from '../store/open-store.js';
import { type Attention, attentionTo, formSpans } from './attention.js';
import { type Figures, figuresOf } from './figures.js';

export type OverviewSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly forecasts: Forecasts;
  readonly counts: Counts;
  readonly defaultTimeZone: string;
  readonly projectTrouble: () => readonly Diagnostic[];
  readonly transportTroubles: () => readonly { readonly transport: string; readonly because: string }[];
};

export type Overview = {
  readonly at: Date;
  readonly period: Period;
  readonly asOf: Date | undefined;
  readonly leads: ReadonlyMap<string | null, number>;
  readonly figures: Figures;
  /** Undefined while it is being worked out. */
  readonly forecast: Forecast | undefined;
  readonly attention: readonly Attention[];
};

const dayMs = 86_400_000;
/** Whoever was handed over before that is no news any more. */
const salesDays = 60;
const uncertainDays = 14;

/** Going through all leads takes a moment, which not everybody who looks at the same time is to cost. */
const restMs = 5000;

export type Counts = ReturnType<typeof openCounts>;

/** What has to be gone through to be counted; what was counted a moment ago is answered again. */
export function openCounts({ attention }: Pick<Store, 'attention'>, now: () => Date) {
  return {
    leadsByStage: rested(attention.leadsByStage),
    formPace: rested(() => {
      const { lately, before } = formSpans(now());
      return attention.formPace(lately, before);
    }),
  };
}

function rested<Found>(look: () => Promise<Found>): () => Promise<Found> {
  let found: Promise<Found> | undefined;
  let lookedAtMs = 0;
  return () => {
    if (found && performance.now() - lookedAtMs < restMs) return found;
    lookedAtMs = performance.now();
    found = look();
    // What failed is asked again by the next.
    found.catch(() => {
      lookedAtMs = Number.NEGATIVE_INFINITY;
    });
    return found;
  };
}

/** All that one should know at a glance. It is asked for often, and rests on what is counted already. */
export async function overviewOf(days: number, setting: OverviewSetting): Promise<Overview> {
  const { store, engine, defaultTimeZone, forecasts, counts } = setting;
  const at = engine.now();
  const { zone = defaultTimeZone, ...standing } = await store.reports.rounds.standing();
  const today = todayIn(zone, at);
  const period = { from: today - days + 1, to: today, zone };
  const [leads, figures, forecast] = await Promise.all([
    counts.leadsByStage(),
    figuresOf(period, { buckets: store.reports.buckets, costs: engine.project().costs }),
    forecasts.atHand(7, zone),
  ]);
  const attention = await attentionNow(figures, setting);
  return { at, period, asOf: standing.seen, leads, figures, forecast, attention };
}

async function attentionNow(figures: Figures, setting: OverviewSetting): Promise<readonly Attention[]> {
  const { store, engine, counts, projectTrouble, transportTroubles } = setting;
  const now = engine.now();
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  const [pauses, uncertain, endpoints, cases, forms, lateSteps, lastBeatAt, lateJobs] = await Promise.all([
    store.pauses.refresh(),
    store.attention.uncertain(ago(uncertainDays * dayMs)),
    endpointsOf(store),
    salesCases(ago(salesDays * dayMs), store),
    counts.formPace(),
    store.late.count(ago(engine.project().delivery.catchUp.lateByMs), 1000),
    store.heartbeats.last(),
    store.attention.lateJobs(ago(5 * 60_000)),
  ]);
  return attentionTo({
    now,
    diagnostics: projectTrouble(),
    pauses,
    transports: transportTroubles(),
    returns: figures.returns,
    uncertain,
    endpoints,
    waiting: cases.filter(({ state }) => state === 'waiting').map(({ at, ownedBy: owner }) => ({ at, owner })),
    forms,
    // What everything waits for, once paused, is no second thing to look at.
    lateSteps: pauses.has('everything') ? { count: 0 } : lateSteps,
    lastBeatAt,
    lateJobs,
  });
}

async function endpointsOf({ endpoints, endpointDeliveries }: Store) {
  return Promise.all(
    (await endpoints.all()).map(async ({ id, name }) => ({
      id,
      name,
      dead: await endpointDeliveries.countOf(id, 'dead'),
    })),
  );
}
