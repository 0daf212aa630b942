import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from '../engine.js';
import type { ProviderEvent } from '../event/canonical.js';
import type { LeadEvent } from '../event/lead-event.js';
import { isUnreachable } from '../store/database.js';
import type { Store } from '../store/open-store.js';
import { type Attribution, countsOf, keepProviderEvents } from './attribute.js';
import { drawAll } from './draw-all.js';
import type { OwnerRules } from './owners.js';

/** As many consequences are drawn before the answer, so that whoever looks next sees them. */
const few = 100;
/** With so many still to be drawn no more are remembered here: they are open in the database, where "finish events" finds them. */
const most = 20_000;
/** Events of several calls that are seen to together. */
const together = 1000;
/** How long what events bring about gives way to calls that still have theirs to be kept: a provider waits for the answer to these. */
const patienceMs = 2000;
/** Without a call for so long, none is coming now. */
const quietMs = 30;

export type Intake = ReturnType<typeof openIntake>;

type Waiting = { readonly open: readonly LeadEvent[]; readonly done: () => void };

/**
 * Takes in what providers tell, in bulk. A call is answered when its events are kept; what they bring about is done then,
 * behind the answer when it is much, for a provider gives up after a few seconds. Whatever becomes of this process, the
 * events are in the database, marked as open, and "finish events" takes them up.
 */
export function openIntake(store: Store, engine: Engine) {
  const waiting: Waiting[] = [];
  let left = 0;
  let keeping = 0;
  let keptAt = -quietMs;
  let isStopped = false;
  let working: Promise<void> | undefined;

  /** Waits for a lull between calls where much is to be drawn, but not for ever. */
  const lull = async (): Promise<void> => {
    const since = performance.now();
    const isBusy = (): boolean => keeping > 0 || performance.now() - keptAt < quietMs;
    while (isBusy() && !isStopped && performance.now() - since < patienceMs) await pause(quietMs / 2);
  };
  const mayGoOn = async (): Promise<boolean> => {
    if (left > few) await lull();
    return !isStopped;
  };
  const draw = async (open: readonly LeadEvent[]): Promise<void> => {
    try {
      await drawAll(open, engine, mayGoOn);
    } catch (error) {
      // An outage is told by the dispatcher, once.
      if (!isUnreachable(error)) engine.onFault(error);
    }
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const taken = firstOf(waiting);
      await draw(taken.flatMap(({ open }) => open));
      for (const { open, done } of taken) {
        left -= open.length;
        done();
      }
    }
    working = undefined;
  };
  const keep = async (source: string, events: readonly ProviderEvent[], rules: OwnerRules) => {
    keeping += 1;
    try {
      return await keepProviderEvents(source, events, { store, engine, rules });
    } finally {
      keeping -= 1;
      keptAt = performance.now();
    }
  };

  return {
    take: async (source: string, events: readonly ProviderEvent[], rules: OwnerRules = {}): Promise<Attribution> => {
      const { fates, open } = await keep(source, events, rules);
      if (open.length > 0 && left + open.length <= most) {
        left += open.length;
        const drawn = new Promise<void>((done) => waiting.push({ open, done }));
        working ??= work();
        if (left <= few) await drawn;
      }
      return countsOf(fates);
    },
    /** Draws no more; what is left stays open. */
    stop: async (): Promise<void> => {
      isStopped = true;
      await working;
    },
  };
}

/** Takes the first calls out of the line, as many as are seen to together. */
function firstOf(waiting: Waiting[]): readonly Waiting[] {
  let events = 0;
  const count = waiting.findIndex(({ open }) => (events += open.length) > together);
  return waiting.splice(0, count < 0 ? waiting.length : Math.max(1, count));
}
