import type { Engine } from '../engine.js';
import type { World } from '../journey/world.js';
import type { KnownLead } from '../simulation/ask-play.js';
import type { Store } from '../store/open-store.js';

/** Leads as they stand, with what became of the mails and calls of the runs that they are on. */
export async function knownLeads(
  ids: readonly string[],
  { store, engine }: { readonly store: Store; readonly engine: Engine },
): Promise<ReadonlyMap<string, KnownLead>> {
  const at = engine.now();
  const worlds = await engine.gatherWorlds(
    ids.map((lead) => ({ id: '', type: '', lead, at, source: '', machine: false })),
  );
  const runs = [...worlds.values()].flatMap(({ running }) => running.map(({ enrollment }) => enrollment.id));
  const [mails, calls] = await Promise.all([store.messages.factsOf(runs), store.calls.factsOf(runs)]);
  return new Map([...worlds].map(([id, world]) => [id, knownOf(world, mails, calls)]));
}

type ByRun<T> = ReadonlyMap<string, T>;

function knownOf(
  { facts: whole, running, runs }: World,
  mails: KnownLead['mails'],
  calls: KnownLead['calls'],
): KnownLead {
  const { common: _, score: __, ...facts } = whole;
  const own = new Set(running.map(({ enrollment }) => enrollment.id));
  const ofOwn = <T>(all: ByRun<T>): ByRun<T> => new Map([...all].filter(([run]) => own.has(run)));
  return { facts, running, runs, mails: ofOwn(mails), calls: ofOwn(calls) };
}
