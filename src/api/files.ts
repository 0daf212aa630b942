import * as z from 'zod';
import { projectFileKinds } from '../editor/file-kind.js';
import { fileKinds } from '../editor/json-schema.js';
import { DrawnFlow } from './flow-view.js';
import { listOf, type Routes } from './route.js';

const Path = z.string().max(200).describe('in the project: "sequences/welcome.json"');
const ETag = z.string().describe('SHA-256 of what is on disk; what If-Match takes');
const Kind = z.enum(projectFileKinds).describe('what it says; a JSON file is called as its schema is');
const State = z
  .enum(['in-force', 'broken', 'waiting'])
  .describe(
    '"broken": it has mistakes, and what it said before is in force; "waiting": mistakes elsewhere keep it out',
  );
const Revision = z.string().describe('names what is in force; another with each change of any file');

export const DiagnosticView = z
  .strictObject({
    file: z.string(),
    line: z.number().int().describe('from 1'),
    column: z.number().int().describe('from 1'),
    code: z.string().describe('the rule that found it'),
    message: z.string(),
    hint: z.string().describe('how to mend it'),
    severity: z.enum(['error', 'warning']).describe('an error keeps the files out of force'),
  })
  .meta({ id: 'Diagnostic' });

const FileView = z
  .strictObject({ path: Path, kind: Kind, size: z.number().int().describe('bytes'), etag: ETag, state: State })
  .meta({ id: 'ProjectFile' });

/** Where an empty text is meant, as most bytes of a file are few. */
const Text = z.string({ error: 'this must be the text of a file' });

/** Texts of one look; the body they come in is bounded too. */
const mostTexts = 50;
const Texts = z
  .record(Path, Text.nullable())
  .refine((texts) => Object.keys(texts).length <= mostTexts, { error: `these are more than ${mostTexts} files` })
  .describe('texts by path, laid over what is on disk; null takes a file away');

const Broken = z.strictObject({
  broken: z
    .enum(['1'])
    .optional()
    .describe('"1" saves it even if the project is broken by it; it then stays out of force until it is mended'),
});

const change = {
  412: 'somebody has changed the file meanwhile; `current` is what is on disk now: `{ text, etag }`, or null',
  422: 'no file of a project, or the project would be broken by it: `diagnostics` say where',
  428: 'neither If-Match nor If-None-Match was sent',
  403: 'editing is off: the setting EDIT is not 1',
} as const;

const Saved = z
  .strictObject({
    path: Path,
    etag: ETag.nullable().describe('null: the file is gone'),
    state: State,
    revision: z.strictObject({ before: Revision, after: Revision }),
    sequence: z
      .strictObject({ before: z.string().nullable(), after: z.string().nullable() })
      .nullable()
      .describe('the revision of the sequence that this file is; null for other files'),
    changes: z.array(z.string()).describe('what else runs now, in words'),
    diagnostics: z.array(DiagnosticView).describe('what is wrong with the project as it is saved now'),
  })
  .meta({ id: 'SavedFile' });

const MergeFieldView = z.strictObject({
  name: z.string().describe('"lead.firstName"'),
  isAlwaysThere: z.boolean().describe("without it a default is needed: {{lead.firstName 'there'}}"),
  place: z.enum(['mail', 'notice']).describe('"notice": only what goes to one’s own people knows it'),
  tells: z.string().nullable().describe('what lead.json says of it'),
});

const names = z.array(z.string());

/** The project's files, and what an editor needs beside them. */
export const fileRoutes = {
  'GET /api/project': {
    does: 'Tells which project is in force, and what is wrong with its files as they were last saved',
    right: 'sequences:read',
    answer: z.strictObject({
      revision: Revision,
      isEditable: z.boolean().describe('whether files may be changed over the API: the setting EDIT'),
      isInForce: z.boolean().describe('whether the files as last saved are what runs'),
      troubles: z.array(DiagnosticView).describe('of the files as last saved'),
      sequences: z.array(
        z.strictObject({ name: z.string(), title: z.string(), stage: z.string().nullable(), revision: z.string() }),
      ),
    }),
  },
  'GET /api/files': {
    does: 'Lists the files of the project',
    more: 'Files that are too large, no text, links or hidden are left out, and what is called otherwise than with letters, digits, ".", "-" and "_".',
    right: 'sequences:read',
    answer: listOf(FileView),
  },
  'POST /api/files/check': {
    does: 'Tells what would be wrong with the project with other texts in it, and writes nothing',
    right: 'sequences:read',
    body: z.strictObject({ files: Texts }),
    bodyBytes: 1024 * 1024,
    answer: z.strictObject({
      isSound: z.boolean().describe('whether it would come into force'),
      diagnostics: z.array(DiagnosticView),
      lint: z
        .array(DiagnosticView)
        .describe('what is valid but probably not meant; empty as long as there are mistakes'),
      flows: z
        .record(z.string(), DrawnFlow)
        .describe('how the sequences among these files would run, by name; empty as long as there are mistakes'),
    }),
    problems: { 503: 'too many looks wait, or the folder cannot be read now' },
    asks: true,
  },
  'GET /api/files/:path': {
    does: 'Tells the text of a file',
    more: 'The slashes of its path may be written as they are or as %2F.',
    right: 'sequences:read',
    answer: FileView.extend({
      text: z.string(),
      isEditable: z.boolean(),
      diagnostics: z.array(DiagnosticView).describe('what is wrong with it as it was last saved'),
    }).meta({ id: 'ProjectFileInFull' }),
  },
  'PUT /api/files/:path': {
    does: 'Saves a file, and takes it into force',
    more: 'If-Match names the version that it replaces, "If-None-Match: *" makes a new file. What somebody else has saved meanwhile, here or on disk, is never lost: 412. 201 for a new file.',
    right: 'sequences:write',
    query: Broken,
    body: z.strictObject({ text: Text }),
    // A text may double in JSON, by its line ends and quotes.
    bodyBytes: 1024 * 1024,
    answer: Saved,
    status: [200, 201],
    problems: change,
  },
  'DELETE /api/files/:path': {
    does: 'Takes a file away',
    more: 'If-Match names the version that is meant.',
    right: 'sequences:write',
    query: Broken,
    answer: Saved,
    problems: change,
  },
  'GET /api/schemas': {
    does: 'Lists the kinds of JSON files',
    right: 'sequences:read',
    answer: listOf(z.strictObject({ kind: z.string(), title: z.string() })),
  },
  'GET /api/schemas/:kind': {
    does: 'Tells the JSON Schema (draft-07) of a kind of file, as "rivulet schema" writes it',
    right: 'sequences:read',
    answer: z.record(z.string(), z.unknown()),
    problems: { 404: `there are: ${[...fileKinds.keys()].join(', ')}` },
  },
  'GET /api/completions': {
    does: 'Tells what may stand in a template, and what the files call each other',
    right: 'sequences:read',
    answer: z.strictObject({
      fields: z.array(MergeFieldView),
      blocks: z.array(
        z.strictObject({
          name: z.string(),
          writes: z.string().describe('with # where the caret goes'),
          tells: z.string(),
        }),
      ),
      names: z.strictObject({
        templates: names,
        partials: names,
        sequences: names,
        stages: names,
        segments: names,
        thresholds: names,
        calendars: names,
        forms: names,
        topics: names,
        fields: names,
      }),
    }),
  },
} as const satisfies Routes;
