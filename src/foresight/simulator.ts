import type { Engine } from '../engine.js';
import { addressKey } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import type { SimulationAsk } from '../simulation/ask.js';
import { type KnownLead, withLinks } from '../simulation/ask-play.js';
import type { WrittenAsk } from '../simulation/write-journey.js';
import type { Store } from '../store/open-store.js';
import type { Undone } from '../thread.js';
import { openPlayer } from './player.js';
import type { JourneyJob, PlayableProject, PlayAnswer } from './player-thread.js';
import { knownLeads } from './known-leads.js';

export type SimulatorSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly defaultTimeZone: string;
  /** The project's folder. */
  readonly folder: string;
  /** Longer than any journey takes, and the project with other texts in it; 30 seconds unless said. */
  readonly withinMs?: number;
};

export type Asked = { readonly ask: SimulationAsk; readonly written: WrittenAsk };
export type Simulated =
  | Exclude<PlayAnswer, { readonly kind: 'tallied' | 'fault' }>
  | Undone
  | { readonly kind: 'nobody' };

export type Simulator = ReturnType<typeof openSimulator>;

/** Plays journeys for people who ask, beside the loop that sends. */
export function openSimulator({ withinMs = 30_000, ...setting }: SimulatorSetting) {
  const player = openPlayer({ withinMs, memoryMb: 512, waiting: 20 });
  const job = async ({ ask, written }: Asked): Promise<JourneyJob | undefined> => {
    const { store, engine, defaultTimeZone, folder } = setting;
    const known = ask.leadId === undefined ? undefined : await knownLead(ask.leadId, setting);
    if (ask.leadId !== undefined && !known) return undefined;
    const project = playable(engine.project());
    const laidOver = ask.files && Object.keys(ask.files).length > 0 ? { folder } : {};
    return { written, project, known, now: engine.now(), defaultTimeZone, winners: store.winners.known(), ...laidOver };
  };
  const told = (answer: PlayAnswer | Undone): Simulated => {
    if (answer.kind === 'fault') throw new Error(`a journey could not be played: ${answer.message}`);
    if (answer.kind === 'tallied') throw new Error('a journey was answered with a forecast');
    return answer;
  };
  return {
    /** What would come of a journey. */
    simulate: async (asked: Asked): Promise<Simulated> => {
      const asks = await job(asked);
      if (!asks) return { kind: 'nobody' };
      const answer = told(await player.run({ kind: 'play', ...asks }));
      // The templates in force are known here, and those laid over files there.
      return answer.kind === 'played' && asks.folder === undefined
        ? { ...answer, journey: withLinks(answer.journey, setting.engine.project()) }
        : answer;
    },
    /** The same as a journey test file of this name. */
    write: async (asked: Asked, name: string): Promise<Simulated> => {
      const asks = await job(asked);
      return asks ? told(await player.run({ kind: 'write', name, ...asks })) : { kind: 'nobody' };
    },
    stop: player.stop,
  };
}

/** As much of a project as can be given to a thread. */
export function playable(project: Project): PlayableProject {
  const { templates: _, sameAddress: __, machines: ___, sources: ____, ...rest } = project;
  return rest;
}

async function knownLead(id: string, { store, engine }: SimulatorSetting): Promise<KnownLead | undefined> {
  const lead = await (id.includes('@') ? store.leads.byEmail(addressKey(id)) : store.leads.byId(id));
  if (!lead) return undefined;
  const known = (await knownLeads([lead.id], { store, engine })).get(lead.id);
  // The files that are laid over may ask for what those in force do not count.
  return known && { ...known, facts: { ...known.facts, events: await store.events.ofLead(lead.id) } };
}
