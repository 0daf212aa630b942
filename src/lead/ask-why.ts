import type { Engine } from '../engine.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';
import { whyMail } from '../why/mail.js';
import type { Known, WhyMail, WhySequence } from '../why/reason.js';
import { whySequence } from '../why/sequence.js';
import { readPast } from './story.js';

/** `welcome`, or `welcome/hello` for one mail; undefined when it is neither. */
export function readPlace(place: string): { readonly sequence: string; readonly step?: string } | undefined {
  const [sequence = '', step] = place.split(/\/(.*)/s);
  if (sequence === '' || step === '') return undefined;
  return { sequence, ...(step === undefined ? {} : { step }) };
}

/** Whom and what is asked about, and what was not found of it. */
export type NotFound = { readonly missing: 'lead' | 'sequence' | 'step'; readonly known: readonly string[] };

/** Why a lead did, did not, or will not yet get a mail; without a step, the same for each mail of the sequence. */
export async function askWhy(
  { lead, sequence, step }: { readonly lead: string; readonly sequence: string; readonly step?: string },
  store: Store,
  engine: Engine,
  project: Project,
): Promise<WhyMail | WhySequence | NotFound> {
  const known = await readKnown(lead, store, engine, project);
  if (!known) return { missing: 'lead', known: [] };
  const all = whySequence(known, sequence);
  if (!all) return { missing: 'sequence', known: [...project.programs.keys()] };
  if (step === undefined) return all;
  const isThere = all.mails.some((mail) => mail.step === step);
  return isThere ? whyMail(known, { sequence, step }) : { missing: 'step', known: all.mails.map((mail) => mail.step) };
}

async function readKnown(lead: string, store: Store, engine: Engine, project: Project): Promise<Known | undefined> {
  const past = await readPast(lead, store, engine, project);
  if (!past) return undefined;
  const { world, events, messages, enrollments, moments } = past;
  const runs = await Promise.all(
    enrollments
      .toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
      .map(async (enrollment) => ({ enrollment, program: await store.revisions.program(enrollment.revision) })),
  );
  const pauses = [...(await store.pauses.all()).values()];
  return { now: engine.now(), project, world, runs, mails: messages, events, pauses, next: moments };
}
