import type { Engine } from '../engine.js';
import { rollUp } from '../lead/roll-up.js';
import { domainOf } from '../message/address.js';
import { beginOf, type Period, todayIn } from '../report/period.js';
import type { Project } from '../sequence/project.js';
import { linksOf } from '../simulation/crowd.js';
import {
  type Foretold,
  foretell,
  type ForetoldMails,
  type PlayedLead,
  type QueuedMails,
} from '../simulation/foretell.js';
import type { Batch, BatchTally, ForetoldLead } from '../simulation/forecast-batch.js';
import { type HistoryRates, ratesIn } from '../simulation/history-rates.js';
import type { Limit } from '../simulation/through-limits.js';
import type { Store } from '../store/open-store.js';
import { isPaused, type Pauses } from '../store/pauses.js';
import { assumptionsOf } from './assumptions.js';
import { knownLeads } from './known-leads.js';
import { newcomers } from './newcomers.js';
import { openPlayer, type Player } from './player.js';
import { mixed, sampleOf, type SampledStratum } from './sample.js';
import { playable } from './simulator.js';

export type ForecastSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly defaultTimeZone: string;
  /** What will hold a mail up, by the files in force and what is paused. */
  readonly limits: (
    pauses: Pauses,
  ) => (mail: { readonly sequence: string; readonly domain: string }) => readonly Limit[];
  /** Leads whose futures are played: all, where there are no more. */
  readonly mostLeads?: number;
  /** How long playing them may take; who has not been played by then stays out of the sample. */
  readonly budgetMs?: number;
};

/** The mails of the coming days. */
export type Forecast = ForetoldMails & {
  readonly at: Date;
  readonly period: Period;
  /** Leads whose futures were played, of those under way. */
  readonly played: number;
  readonly underWay: number;
  /** Mails that a pause holds back. */
  readonly held: number;
  readonly assumes: readonly string[];
};

/** Leads that are read and played in one go: the loop that sends is held for some milliseconds by it. */
const together = 25;
/** What people do with mails is learned from so many days. */
const rateDays = 90;
/** A mail that has waited for so long is given up. */
const mailLifeMs = 48 * 3_600_000;
const hourMs = 3_600_000;
/** Chance is asked twice for each lead: from the difference is learned how much there is of it. */
const draws = 2;

/** Works out a forecast of so many days, today included. It takes seconds, most of them in the player's thread. */
async function workOut(days: number, zone: string, setting: ForecastSetting & Playing): Promise<Forecast> {
  const { store, engine, defaultTimeZone, mostLeads: most = 1500 } = setting;
  const now = engine.now();
  const today = todayIn(zone, now);
  const until = beginOf(today + days, zone);
  const history = await historyAt(now, setting);
  const sample = await sampleOf(until, engine.project(), { store, most });
  const coming = await newcomers({ store, now, until, defaultTimeZone });
  const play = playing({ history, until, setting });
  const strata = await playStrata(sample.strata, play, setting);
  const futures = await play(coming.expected.map(({ lead }) => lead));
  const expected = coming.expected.map(({ domain, weight }, i) => ({ domain, weight, draws: futures[i] ?? [] }));
  const all = { strata, expected, queued: await queuedMails(store) };
  const pauses = await store.pauses.all();
  const foretold = (paused: Pauses): ForetoldMails =>
    foretell(withoutPaused(all, paused), { zone, until, limitsOf: setting.limits(paused), lifeMs: mailLifeMs });
  const told = foretold(pauses);
  const played = strata.reduce((sum, stratum) => sum + stratum.played.length, 0);
  return {
    ...told,
    at: now,
    period: { from: today, to: today + days - 1, zone },
    played,
    underWay: sample.underWay,
    held: pauses.size > 0 ? foretold(new Map()).total.expected - told.total.expected : 0,
    assumes: assumptionsOf({ history, coming, sample, played, pauses, rateDays }),
  };
}

/** How people read lately, by the reports; what became known a moment ago is counted first, where that is not much. */
async function historyAt(now: Date, { store, engine, defaultTimeZone }: ForecastSetting): Promise<HistoryRates> {
  await rollUp({ store, now: engine.now, onFault: engine.onFault }, { zone: defaultTimeZone, atMost: 5000 });
  const { zone = defaultTimeZone } = await store.reports.rounds.standing();
  const today = todayIn(zone, now);
  const period = { from: today - rateDays, to: today, zone };
  const buckets = await store.reports.buckets.read({ kind: 'sequence', groups: ['m'], byMonth: true }, period);
  return ratesIn(buckets, period, engine.project());
}

/** Who plays, in a thread of its own. */
type Playing = Pick<Player, 'run'>;
type Play = (leads: readonly ForetoldLead[]) => Promise<BatchTally>;

/** Plays the futures of leads in the thread, some at a time. */
function playing({
  history,
  until,
  setting,
}: {
  readonly history: HistoryRates;
  readonly until: Date;
  readonly setting: ForecastSetting & Playing;
}): Play {
  const project = setting.engine.project();
  const links = [...project.templates].map(([name, template]) => [name, linksOf(template, project.brand)] as const);
  const batch: Omit<Batch, 'leads'> = {
    until,
    rates: history.rates,
    links: Object.fromEntries(links),
    winners: setting.store.winners.known(),
    draws,
    seed: 7,
  };
  return async (leads) => {
    const all: BatchTally[number][] = [];
    for (let from = 0; from < leads.length; from += together) {
      const some = { ...batch, leads: leads.slice(from, from + together) };
      const answer = await setting.run({ kind: 'forecast', project: playable(project), batch: some });
      if (answer.kind !== 'tallied')
        throw new Error(`a forecast could not be played: ${answer.kind === 'fault' ? answer.message : answer.kind}`);
      all.push(...answer.tally);
    }
    return all;
  };
}

/** Plays the futures of the leads of all strata, each stratum's part of them in the time that there is. */
async function playStrata(
  strata: readonly SampledStratum[],
  play: Play,
  { store, engine, budgetMs = 10_000 }: ForecastSetting,
) {
  const played = strata.map((): PlayedLead[] => []);
  const order = mixed(strata);
  const from = engine.now();
  let lateAtMs = Number.POSITIVE_INFINITY;
  for (let at = 0; at < order.length && performance.now() < lateAtMs; at += together) {
    // The first ones wait for the thread to start, which says nothing of how long the others take.
    if (at === together) lateAtMs = performance.now() + budgetMs;
    const some = order.slice(at, at + together);
    const known = await knownLeads(
      some.map(({ id }) => id),
      { store, engine },
    );
    const leads = some.flatMap(({ id, stratum }) => {
      const lead = known.get(id);
      return lead ? [{ stratum, lead }] : [];
    });
    const futures = await play(leads.map(({ lead }) => ({ known: lead, from, script: [] })));
    for (const [i, { stratum, lead }] of leads.entries())
      played[stratum]?.push({ domain: domainOf(lead.facts.lead.email), draws: futures[i] ?? [] });
  }
  return strata.map(({ leads }, i) => ({ leads, played: played[i] ?? [] }));
}

/** Mails that wait to be handed over; those that a pause holds are known by it. */
async function queuedMails({ futures }: Pick<Store, 'futures'>): Promise<readonly QueuedMails[]> {
  return (await futures.queued()).map(({ sequence, step, hour, mails }) => ({
    at: hour * hourMs,
    sequence,
    step,
    mails,
  }));
}

/** What goes although some of it is paused. */
function withoutPaused({ strata, expected, queued }: Foretold, pauses: Pauses): Foretold {
  if (pauses.size === 0) return { strata, expected, queued };
  const goes = ({ sequence }: { readonly sequence: string }): boolean => !isPaused(pauses, { sequence });
  const going = <Lead extends PlayedLead>(lead: Lead): Lead => ({
    ...lead,
    draws: lead.draws.map((mails) => mails.filter(goes)),
  });
  return {
    strata: strata.map(({ leads, played }) => ({ leads, played: played.map(going) })),
    expected: expected.map(going),
    queued: queued.filter(goes),
  };
}

/** How long a forecast is given again. */
const freshMs = 10 * 60_000;
const mostKept = 8;
/** One that is worked out, and those that wait for it: a minute's work, and fewer than are kept. */
const mostUnderWay = 5;

export type Forecasts = ReturnType<typeof openForecasts>;

/**
 * Forecasts as they are asked for, worked out one after the other; one that was worked out a moment ago is given again, and
 * two who ask wait for the same one.
 */
export function openForecasts(setting: ForecastSetting) {
  const kept = new Map<string, Kept>();
  const { engine, store } = setting;
  const player = openPlayer({ withinMs: 60_000, memoryMb: 512, waiting: 1 });
  let turn: Promise<unknown> = Promise.resolve();
  let underWay = 0;
  let isStopping = false;
  const run: Player['run'] = async (job) => (isStopping ? { kind: 'undone', because: 'busy' } : player.run(job));

  const begin = (key: string, days: number, zone: string): Kept | undefined => {
    if (underWay >= mostUnderWay) return undefined;
    underWay += 1;
    let isDone = false;
    const forecast = turn
      .then(() => (isStopping ? undefined : workOut(days, zone, { ...setting, run })))
      .catch((error: unknown) => {
        // One that was cut short is no fault.
        if (isStopping) return undefined;
        throw error;
      })
      .finally(() => {
        underWay -= 1;
        isDone = true;
      });
    turn = forecast.catch(() => {
      // A forecast that failed is not given again.
      if (kept.get(key)?.forecast === forecast) kept.delete(key);
    });
    const begun = { at: engine.now(), project: engine.project(), forecast, isDone: () => isDone };
    for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - mostKept + 1))) kept.delete(old);
    kept.set(key, begun);
    return begun;
  };
  const known = (days: number, zone: string): Kept | undefined => {
    const key = [days, zone, ...store.pauses.known().keys()].join(' ');
    const one = kept.get(key);
    const ageMs = one ? engine.now().getTime() - one.at.getTime() : 0;
    const isFresh = one && one.project === engine.project() && ageMs >= 0 && ageMs < freshMs;
    return isFresh ? one : begin(key, days, zone);
  };
  return {
    /** Undefined when too many others wait already, or it has stopped. */
    forecast: async (days: number, zone: string): Promise<Forecast | undefined> => known(days, zone)?.forecast,
    /** The forecast if it is there already; it is begun where it is not. */
    atHand: async (days: number, zone: string): Promise<Forecast | undefined> => {
      const one = known(days, zone);
      return one?.isDone() ? one.forecast : undefined;
    },
    /** Ends the one in hand at its next step; those that wait are not begun. */
    stop: async (): Promise<void> => {
      isStopping = true;
      await player.stop();
      await turn;
    },
  };
}

/** A forecast by the files that were in force. */
type Kept = {
  readonly at: Date;
  readonly project: Project;
  readonly forecast: Promise<Forecast | undefined>;
  readonly isDone: () => boolean;
};
