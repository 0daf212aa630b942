import type { Request, RequestHandler } from 'express';
import { fileRoutes } from '../api/files.js';
import { type FileKind, fileKinds, schemaOf } from '../editor/json-schema.js';
import type { Refusal } from '../editor/file-kind.js';
import { type FileDesk, type SaveOutcome, type Saved, sequenceRevision } from '../files/desk.js';
import type { Look } from '../files/examiner.js';
import { type Match, mostBytes, type OnDisk } from '../files/on-disk.js';
import { type AnsweredRoute, answering } from './answering.js';
import { completionsOf } from './completions.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';

/** A path of the project may keep its slashes in an address: `/api/files/sequences/welcome.json`. */
export const slashesInFiles: RequestHandler = (request, _response, next) => {
  const [path = '', query] = request.url.split('?', 2);
  const inside = path.slice(1).replaceAll('/', '%2F');
  request.url = `/${inside}${query === undefined ? '' : `?${query}`}`;
  next();
};

/** The project's files: seen, checked, saved. */
export function filesApi(services: Services): readonly AnsweredRoute[] {
  const { files, project } = services;

  return answering(fileRoutes, services, {
    'GET /api/project': () => {
      const troubles = files.trouble();
      const programs = [...project().programs.values()];
      return {
        revision: files.revision(),
        isEditable: files.isEditable,
        isInForce: troubles.every(({ severity }) => severity !== 'error'),
        troubles: [...troubles],
        sequences: programs.map(({ name, title, stage = null, revision }) => ({ name, title, stage, revision })),
      };
    },
    'GET /api/files': async () => ({ items: [...(await files.list())] }),
    'GET /api/files/:path': async ({ params: { path }, response }) => {
      const file = found(await files.read(path), 'file in the project');
      if ('refused' in file) throw unfit(file);
      const { text, etag, size, kind, state } = file;
      // What is said beside the text changes while the text does not: no copy of this answer is to be kept.
      response.set({ ETag: `"${etag}"`, 'Cache-Control': 'no-store' });
      const diagnostics = files.trouble().filter((one) => one.file === path);
      return { path, kind, size, etag, state, text, isEditable: files.isEditable, diagnostics };
    },
    'PUT /api/files/:path': async ({ params: { path }, query, body: { text }, request, response }) => {
      const outcome = await saving(files, { path, text, match: matchOf(request), evenBroken: query.broken === '1' });
      if (outcome.isNew) response.status(201);
      if (outcome.etag !== undefined) response.set('ETag', `"${outcome.etag}"`);
      return savedView(path, outcome, services);
    },
    'DELETE /api/files/:path': async ({ params: { path }, query, request }) => {
      const match = matchOf(request);
      if (match === 'none') throw new Problem(422, 'A file that is not there cannot be taken away. Send If-Match.');
      const outcome = await saving(files, { path, text: null, match, evenBroken: query.broken === '1' });
      return savedView(path, outcome, services);
    },
    'POST /api/files/check': async ({ body }) => {
      const look = await files.examine(body.files);
      if ('refused' in look) throw unfit(look);
      if (look.kind !== 'examined') throw unlooked(look);
      const { isSound, diagnostics, lint, flows } = look.examined;
      return { isSound, diagnostics, lint, flows };
    },
    'GET /api/schemas': () => ({ items: [...fileKinds].map(([kind, { title }]) => ({ kind, title })) }),
    'GET /api/schemas/:kind': ({ params: { kind } }) => schemaFor(found(fileKinds.get(kind), 'kind of file')),
    'GET /api/completions': () => completionsOf(files.inForce()),
  });
}

const schemas = new Map<FileKind, Readonly<Record<string, unknown>>>();

/** Made once: they change with the program alone. */
function schemaFor(kind: FileKind): Readonly<Record<string, unknown>> {
  const made = schemas.get(kind) ?? { ...schemaOf(kind) };
  schemas.set(kind, made);
  return made;
}

/** Which version a write is for (RFC 9110 §13.1). A proxy that compresses may have marked the ETag as weak. */
function matchOf(request: Request): Match {
  const [same, none] = [request.get('if-match'), request.get('if-none-match')];
  if (same === undefined && none?.trim() === '*') return 'none';
  if (same?.trim() === '*') return 'any';
  const [, etag] = /^\s*(?:W\/)?"([0-9a-f]{64})"\s*$/.exec(same ?? '') ?? [];
  if (etag !== undefined) return { etag };
  throw same === undefined
    ? new Problem(428, 'Say which version this is for: "If-Match: <etag>", or "If-None-Match: *" for a new file.')
    : new Problem(400, 'If-Match is the "etag" of the file, in quotes.');
}

async function saving(files: FileDesk, asked: Parameters<FileDesk['save']>[0]): Promise<Saved> {
  if (!files.isEditable)
    throw new Problem(
      403,
      'Editing is off here: files are changed on disk alone. Whoever runs Rivulet turns it on with the setting EDIT=1.',
    );
  const outcome = await files.save(asked);
  if (outcome.kind === 'saved') return outcome;
  throw whyNotSaved(outcome, asked.text === null);
}

function whyNotSaved(outcome: Exclude<SaveOutcome, Saved>, isRemoval: boolean): Problem {
  switch (outcome.kind) {
    case 'changed-meanwhile':
      return changedMeanwhile(outcome.now, isRemoval);
    case 'broken':
      return new Problem(
        422,
        `The project would be broken by this, so nothing was ${isRemoval ? 'taken away' : 'saved'}. Mend it, or say ?broken=1: it then stays out of force until it is mended.`,
        [],
        { diagnostics: outcome.diagnostics },
      );
    case 'unlooked':
      return unlooked(outcome.look);
    case 'refused':
      return unfit(outcome);
  }
}

function changedMeanwhile(now: OnDisk | undefined, isRemoval: boolean): Problem {
  const what = now ? 'Somebody has changed this file meanwhile' : 'This file is no longer there';
  const mend = isRemoval
    ? 'Look at it again.'
    : 'Put your changes into what is there now, and save again with its ETag.';
  return new Problem(412, `${what}. ${mend}`, [], { current: now ? { text: now.text, etag: now.etag } : null });
}

export function unfit({ refused, mend }: Refusal): Problem {
  return new Problem(422, `This cannot be done: ${refused}. ${mend}`);
}

export function unlooked(look: Exclude<Look, { kind: 'examined' }>): Problem {
  switch (look.kind) {
    case 'busy':
      return new Problem(503, 'Too many people have files looked at just now. Try again in a moment.');
    case 'unreadable':
      return new Problem(503, look.why);
    case 'too-large':
      return new Problem(422, 'Looking at this takes more memory than any project needs. Make it simpler.');
    case 'too-long':
      return new Problem(
        422,
        `Looking at this took longer than ${look.afterMs / 1000} seconds and was given up. A file has at most ${mostBytes / 1024} kB; make it simpler.`,
      );
  }
}

function savedView(path: string, { etag, state, before, after, changes }: Saved, { files }: Services) {
  const [was, is] = [sequenceRevision(before, path) ?? null, sequenceRevision(after, path) ?? null];
  return {
    path,
    etag: etag ?? null,
    state,
    revision: { before: files.revision(before), after: files.revision(after) },
    sequence: was === null && is === null ? null : { before: was, after: is },
    changes: [...changes],
    diagnostics: [...files.trouble()],
  };
}
