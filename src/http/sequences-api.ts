import { sequenceRoutes } from '../api/sequences.js';
import { kindOf } from '../editor/file-kind.js';
import { changeJson } from '../diff/change.js';
import { diffProgram } from '../diff/diff.js';
import { fateInWords } from '../diff/fate.js';
import { comparedLines } from '../diff/text-lines.js';
import { enrollByHand } from '../lead/enroll-by-hand.js';
import { type MailFigures, noFigures, tellFigures } from '../lead/mail-figures.js';
import { tellSequence } from '../lead/tell-sequence.js';
import { mistakesIn, programOf, tellWhatIf } from '../lead/what-if.js';
import { addressKey } from '../message/address.js';
import type { Program } from '../sequence/program.js';
import { entryInWords, exitInWords } from '../sequence/words.js';
import { type AnsweredRoute, answering } from './answering.js';
import { unfit, unlooked } from './files-api.js';
import { findingsIn } from './findings.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';

/** Sequences: their flow with its people, their mails' numbers, their revisions, and what an edit would do. */
export function sequencesApi(services: Services): readonly AnsweredRoute[] {
  const { store, project } = services;

  return answering(sequenceRoutes, services, {
    'GET /api/sequences': async () => {
      const [active, figures, pauses] = await Promise.all([
        store.enrollments.countActive(),
        tellFigures(settingOf(services)),
        store.pauses.all(),
      ]);
      const counts = new Map(active.map(({ sequence, count }) => [sequence, count]));
      const programs = alongFunnel([...project().programs.values(), ...(await gone(active, services))], services);
      const items = programs.map((program) =>
        viewOf(program, services, {
          active: counts.get(program.name) ?? 0,
          mails: figures.mails.get(program.name),
          paused: pauses.get(`sequence:${program.name}`),
        }),
      );
      return { items, asOf: figures.asOf ?? null };
    },
    'GET /api/sequences/:name': ({ params }) => inFull(params.name, services),
    'POST /api/sequences/:name/enroll': async ({ params: { name }, body: { data, id, ...who } }) => {
      found(project().programs.get(name), 'sequence');
      const lead = found(await leadOf(who, services), 'lead');
      const run = await enrollByHand({ lead, sequence: name, id, data }, services);
      services.wake();
      return { enrolled: run !== undefined, enrollment: run?.id ?? null };
    },
    'GET /api/sequences/:name/revisions': async ({ params: { name } }) => {
      const [revisions, standing] = await Promise.all([
        store.revisions.ofSequence(name),
        store.enrollments.standing(name),
      ]);
      if (revisions.length === 0) found(undefined, 'sequence');
      const items = revisions.map(({ revision, deployedAt, inForceSince, inForceUntil, isReadable }) => ({
        revision,
        firstAt: deployedAt,
        since: inForceSince ?? null,
        until: inForceSince ? null : (inForceUntil ?? null),
        active: standing.reduce((sum, one) => sum + (one.revision === revision ? one.count : 0), 0),
        isReadable,
      }));
      return { items };
    },
    'GET /api/sequences/:name/diff': async ({ params: { name }, query }) => {
      const to = query.to ?? found(project().programs.get(name), 'sequence').revision;
      const [before, after] = await Promise.all([
        revisionOf(name, query.from, services),
        revisionOf(name, to, services),
      ]);
      return {
        from: query.from,
        to,
        changes: diffProgram(before.program, after.program).map(changeView),
        lines: [...comparedLines(before.text, after.text)],
      };
    },
    'POST /api/sequences/:name/what-if': ({ params: { name }, body: { text } }) => whatIf(name, text, services),
  });
}

function settingOf({ store, project, engine, defaultTimeZone, onFault }: Services) {
  return { store, project, now: engine.now, defaultTimeZone, onFault };
}

/** Sequences that leads are on although their files are gone. */
async function gone(
  active: readonly { readonly sequence: string }[],
  { store, project }: Services,
): Promise<readonly Program[]> {
  const names = active.map(({ sequence }) => sequence).filter((name) => !project().programs.has(name));
  const last = await Promise.all(names.map((name) => lastOf(name, store)));
  return last.flatMap((program) => program ?? []);
}

/** The last revision of a sequence that can be read. */
async function lastOf(name: string, { revisions }: Services['store']): Promise<Program | undefined> {
  const last = (await revisions.ofSequence(name)).find(({ isReadable }) => isReadable);
  return last && revisions.program(last.revision);
}

function alongFunnel(programs: readonly Program[], { project }: Services): readonly Program[] {
  const { funnel } = project();
  const placeOf = ({ stage }: Program): number => {
    const place = funnel.findIndex(({ name }) => name === stage);
    return place < 0 ? funnel.length : place;
  };
  return programs.toSorted((a, b) => placeOf(a) - placeOf(b) || a.name.localeCompare(b.name));
}

type Known = {
  readonly active: number;
  readonly mails: ReadonlyMap<string, MailFigures> | undefined;
  readonly paused: { readonly since: Date; readonly because: string; readonly by: string } | undefined;
};

function viewOf(program: Program, { project }: Services, { active, mails, paused }: Known) {
  const { name, title, stage, topic, revision, broadcast } = program;
  return {
    name,
    title,
    ...(stage === undefined ? {} : { stage }),
    ...(topic === undefined ? {} : { topic }),
    revision,
    isThere: project().programs.has(name),
    isBroadcast: broadcast !== undefined,
    active,
    paused: paused ? { since: paused.since, because: paused.because, by: paused.by } : null,
    mails: mailsOf(program, mails ?? new Map()),
  };
}

/** The mails of the file in its order, then those that it has no more. */
function mailsOf({ steps }: Program, figures: ReadonlyMap<string, MailFigures>) {
  const planned = [...steps.values()].flatMap((step) =>
    step.kind === 'send'
      ? [{ step: step.id, subject: step.subject, template: step.template, ...numbersIn(figures.get(step.id)) }]
      : [],
  );
  const left = [...figures].filter(([step]) => steps.get(step)?.kind !== 'send');
  return [...planned, ...left.map(([step, own]) => ({ step, ...numbersIn(own) }))];
}

/** Figures under the names that the API gives them. */
export function numbersIn(figures: MailFigures = noFigures) {
  const { sent, delivered, opened, clicked, replied, unsubscribed, complained } = figures;
  const [hardBounced, softBounced] = [figures['hard-bounced'], figures['soft-bounced']];
  const machines = { machineOpens: figures['machine-opened'], machineClicks: figures['machine-clicked'] };
  const people = { sent, delivered, opened, clicked, replied, unsubscribed, complained };
  return { ...people, bounced: hardBounced + softBounced, hardBounced, ...machines };
}

async function inFull(name: string, services: Services) {
  const { store, project, inForce } = services;
  const program = project().programs.get(name) ?? found(await lastOf(name, store), 'sequence');
  const text = project().programs.has(name) ? inForce().files.sequences.get(`${name}.json`)?.text : undefined;
  const [people, figures, pauses, revisions, findings] = await Promise.all([
    tellSequence(program, text, store),
    tellFigures(settingOf(services), name),
    store.pauses.all(),
    store.revisions.ofSequence(name),
    findingsIn(program, services),
  ]);
  await store.winners.refresh();
  const active = people.waiting.reduce((sum, { count }) => sum + count, 0);
  const paused = pauses.get(`sequence:${name}`);
  const { inFlight, priority, purpose } = program;
  return {
    ...viewOf(program, services, { active, mails: figures.mails.get(name), paused }),
    file: `sequences/${name}.json`,
    since: revisions.find(({ revision }) => revision === program.revision)?.inForceSince ?? null,
    inFlight,
    priority,
    ...(purpose === undefined ? {} : { purpose }),
    enters: entryInWords(program),
    leaves: exitInWords(program) ?? null,
    ...people,
    splits: figures.splits.map(({ step, by, key, ways, verdict }) => {
      return { step, by, ways: [...ways], verdict, winner: store.winners.known().get(key) ?? null };
    }),
    findings,
    asOf: figures.asOf ?? null,
  };
}

async function revisionOf(name: string, revision: string, { store: { revisions } }: Services) {
  const known = (await revisions.ofSequence(name)).some((one) => one.revision === revision);
  const [program, text] = known ? await Promise.all([revisions.program(revision), revisions.textOf(revision)]) : [];
  if (program && text !== undefined) return { program, text };
  throw new Problem(404, `There is no such revision of ${name} that can be read. GET …/revisions lists them.`);
}

async function whatIf(name: string, text: string | null, services: Services) {
  const { store, project, engine, defaultTimeZone } = services;
  const file = `sequences/${name}.json`;
  const diagnostics = await diagnosticsWith(file, text, services);
  const mistakes = mistakesIn(file, diagnostics);
  const before = project().programs.get(name);
  const nothing = { after: null, inFlight: null, changes: [], leads: [] };
  if (text !== null && mistakes.length > 0)
    return { diagnostics: [...diagnostics], before: before?.revision ?? null, ...nothing };
  const setting = { store, now: engine.now(), project: project(), defaultTimeZone };
  const { after, changes, leads } = await tellWhatIf(name, text === null ? undefined : programOf(name, text), setting);
  return {
    diagnostics: [...diagnostics],
    before: before?.revision ?? null,
    after: after?.revision ?? null,
    inFlight: after?.inFlight ?? null,
    changes: changes.map(changeView),
    leads: leads.map(({ fate, ...one }) => ({ ...one, fate: fate.kind, words: fateInWords({ fate, ...one }) })),
  };
}

/** What would be wrong with the project if this file said this. */
async function diagnosticsWith(file: string, text: string | null, { files }: Services) {
  const kind = kindOf(file);
  if ('refused' in kind) throw unfit(kind);
  if (kind.kind !== 'sequence')
    throw new Problem(404, 'This is the name of another file of the project, and no sequence.');
  const look = await files.examine({ [file]: text });
  if ('refused' in look) throw unfit(look);
  if (look.kind !== 'examined') throw unlooked(look);
  return look.examined.diagnostics;
}

function changeView(change: Parameters<typeof changeJson>[0]) {
  return { depth: change.depth, ...changeJson(change) };
}

function leadOf(
  { lead, email = '' }: { readonly lead?: string | undefined; readonly email?: string | undefined },
  { store }: Services,
) {
  return lead === undefined ? store.leads.byEmail(addressKey(email)) : store.leads.byId(lead);
}
