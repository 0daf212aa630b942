import { parentPort } from 'node:worker_threads';
import type { Diagnostic } from '../diagnostic.js';
import { builtIn } from '../event/machine-rule.js';
import type { Project } from '../sequence/project.js';
import { SimulationAsk, type Wrong, wrongIn } from '../simulation/ask.js';
import {
  type AskSetting,
  type KnownLead,
  planOf,
  playAsk,
  type ToldJourney,
  withLinks,
} from '../simulation/ask-play.js';
import { type WrittenAsk, type WrittenJourney, writeJourney } from '../simulation/write-journey.js';
import { type Batch, type BatchTally, playBatch } from '../simulation/forecast-batch.js';

/** As much of a project as journeys need and a thread can be given: neither templates, which are functions, nor what only mails are made with. */
export type PlayableProject = Omit<Project, 'templates' | 'sameAddress' | 'machines' | 'sources'>;

/** A journey to be played; `written` is what was asked, as it was written. */
export type JourneyJob = {
  readonly written: WrittenAsk;
  /** What it is played in, unless `folder` says. */
  readonly project: PlayableProject;
  /** The project's folder, when texts of files are laid over those in it. */
  readonly folder?: string;
  readonly known?: KnownLead | undefined;
  readonly now: Date;
  readonly defaultTimeZone: string;
  readonly winners: ReadonlyMap<string, string>;
};

export type PlayJob =
  | ({ readonly kind: 'play' } & JourneyJob)
  /** The same as a file under this name. */
  | ({ readonly kind: 'write'; readonly name: string } & JourneyJob)
  | { readonly kind: 'forecast'; readonly project: PlayableProject; readonly batch: Batch };

export type PlayAnswer =
  | { readonly kind: 'played'; readonly journey: ToldJourney }
  | { readonly kind: 'written'; readonly journey: WrittenJourney }
  /** The files that were laid over do not read. */
  | { readonly kind: 'broken'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'wrong'; readonly wrong: readonly Wrong[] }
  | { readonly kind: 'tallied'; readonly tally: BatchTally }
  /** A mistake of ours; errors lose their class between threads. */
  | { readonly kind: 'fault'; readonly message: string };

const neverMade = { templates: new Map(), sources: new Map(), machines: builtIn };

parentPort?.on('message', (job: PlayJob) => {
  void answer(job)
    .catch(
      (error: unknown): PlayAnswer => ({
        kind: 'fault',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    .then((told) => parentPort?.postMessage(told));
});

async function answer(job: PlayJob): Promise<PlayAnswer> {
  if (job.kind === 'forecast') return { kind: 'tallied', tally: playBatch(job.batch, whole(job.project)) };
  const { known, now, defaultTimeZone, winners } = job;
  const ask = SimulationAsk.parse(job.written);
  const project = job.folder === undefined ? whole(job.project) : await withTexts(job.folder, ask.files ?? {});
  if ('diagnostics' in project) return { kind: 'broken', diagnostics: project.diagnostics };
  const wrong = wrongIn(ask, project);
  if (wrong.length > 0) return { kind: 'wrong', wrong };
  const setting: AskSetting = { project, now, defaultTimeZone, winners, known };
  const plan = planOf(ask, setting);
  if ('pointer' in plan) return { kind: 'wrong', wrong: [plan] };
  return job.kind === 'write'
    ? { kind: 'written', journey: writeJourney(job.name, job.written, plan, setting) }
    : { kind: 'played', journey: withLinks(playAsk(plan, setting), project) };
}

function whole(project: PlayableProject): Project {
  return { ...project, ...neverMade };
}

/** The project of a folder with other texts in place of its files, or beside them. */
async function withTexts(
  folder: string,
  files: Readonly<Record<string, string | null>>,
): Promise<Project | { readonly diagnostics: readonly Diagnostic[] }> {
  // Loaded here: most journeys are played in the project that is in force, and what reads mails is large.
  const [{ readProjectFolder }, { openRenderedMails }, { readProject }, { laidOver }] = await Promise.all([
    import('../project-folder.js'),
    import('../rendered-mails.js'),
    import('../sequence/project.js'),
    import('../editor/laid-over.js'),
  ]);
  const all = laidOver(await readProjectFolder(folder), files);
  const { project, diagnostics } = await readProject(all, await openRenderedMails());
  return project ?? { diagnostics };
}
