import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFile, startFolder } from '../src/cli/new.js';
import { diagnosticLine } from '../src/diagnostic.js';
import { readProjectFolder } from '../src/project-folder.js';
import {
  type Draft,
  emptyProject,
  kindsOf,
  newForm,
  newSequence,
  newTemplate,
  startProject,
  textAt,
} from '../src/editor/new-files.js';
import { readProject } from '../src/sequence/project.js';
import { aProjectFolder } from './support.js';

const shipped = await readProjectFolder('.');
const empty = startProject(shipped, emptyProject);

async function mistakesIn({ files }: Draft): Promise<readonly string[]> {
  return (await readProject(files)).diagnostics.map(diagnosticLine);
}

describe('a new sequence in an empty project has no mistakes', () => {
  test.each(kindsOf('sequence', shipped))('from %s', async (kind) => {
    const draft = newSequence({ name: 'spring', kind }, shipped, empty);
    const { project, diagnostics } = await readProject(draft.files);
    expect(diagnostics.map(diagnosticLine)).toEqual([]);
    expect(project?.programs.get('spring')?.title).toBe('Spring');
    const sent = [...(project?.programs.get('spring')?.steps.values() ?? [])].flatMap((step) =>
      step.kind === 'send' || step.kind === 'notify' ? step.template : [],
    );
    expect(new Set(sent)).toEqual(new Set(project?.templates.keys()));
    expect(sent.filter((mail) => !mail.startsWith('spring/'))).toEqual([]);
  });
});

test('new sequences, mails and forms of every kind, all in one project, have no mistakes', async () => {
  const sequences = kindsOf('sequence', shipped).reduce(
    (draft, kind) => newSequence({ name: `my-${kind}`, kind }, shipped, draft),
    empty,
  );
  const mails = kindsOf('template', shipped).reduce(
    (draft, kind) => newTemplate({ name: `mine/${kind}`, kind }, shipped, draft),
    sequences,
  );
  const forms = kindsOf('form', shipped).reduce(
    (draft, kind) => newForm({ name: `my-${kind}`, kind }, shipped, draft),
    mails,
  );
  expect(await mistakesIn(forms)).toEqual([]);
  expect([sequences.files.sequences.size, mails.files.templates.size] >= [13, 90]).toBe(true);
});

describe('a new form in an empty project has no mistakes', () => {
  test.each(kindsOf('form', shipped))('from %s', async (kind) => {
    const draft = newForm({ name: 'spring', kind }, shipped, empty);
    expect(await mistakesIn(draft)).toEqual([]);
    expect(JSON.parse(textAt(draft.files, 'sequences/forms/spring.json') ?? '').title).toBe('Spring');
  });
});

describe('a new sequence', () => {
  test('differs from the shipped one in its name and its mails alone', () => {
    const { files } = newSequence({ name: 'spring-offer', kind: 'decision-product-comparison' }, shipped, {
      ...empty,
      files: shipped,
    });
    const before = textAt(shipped, 'sequences/decision-product-comparison.json') ?? '';
    const after = textAt(files, 'sequences/spring-offer.json') ?? '';
    const lines = before.split('\n');
    const changed = after.split('\n').filter((line, i) => line !== lines[i]);
    expect(changed.map((line) => line.trim().slice(0, 56))).toEqual([
      '"name": "Spring offer",',
      '"losses": { "send": "spring-offer/line-by-line", "subjec',
      '"names": { "send": "spring-offer/line-by-line", "subject',
      '{ "id": "cost-of-a-year", "send": "spring-offer/cost-of-',
      '"template": "spring-offer/hot-lead",',
      '{ "id": "two-doors", "send": "spring-offer/two-doors", "',
    ]);
  });

  test('has copies of the mails, which change nothing in the other sequence', () => {
    const { files } = newSequence({ name: 'spring', kind: 'welcome' }, shipped, { ...empty, files: shipped });
    expect(textAt(files, 'templates/spring/hello.mjml')).toBe(textAt(shipped, 'templates/welcome/hello.mjml'));
    expect(textAt(files, 'templates/welcome/hello.mjml')).toBe(textAt(shipped, 'templates/welcome/hello.mjml'));
  });

  test('goes on without sequences that are not there', () => {
    const booking = newSequence({ name: 'call', kind: 'appointment-booking' }, shipped, empty);
    expect(textAt(booking.files, 'sequences/call.json')).not.toContain('unenroll');
    const welcome = newSequence({ name: 'hi', kind: 'welcome' }, shipped, empty);
    expect(textAt(welcome.files, 'sequences/hi.json')).toContain(
      '"then": [{ "tag": "ready-for-consideration-white-paper" }]',
    );
    expect([...booking.notes, ...welcome.notes]).toEqual([
      'Left out, as there are no such sequences here: the steps that end “welcome”, “consideration-white-paper”, “decision-case-study”, “decision-product-comparison”.',
      'There is no sequence “consideration-white-paper” here to start: the tag “ready-for-consideration-white-paper” is put on instead.',
    ]);
  });

  test('brings partials, calendars, segments and fields that are missing, and leaves those that are there', () => {
    const own = '{ "fields": { "webinarAt": { "type": "date", "description": "Ours." } } }';
    const partial = { file: 'templates/partials/signature.mjml', text: '<mj-section />' };
    const files = {
      ...emptyProject,
      sequences: new Map([['lead.json', { file: 'sequences/lead.json', text: own }]]),
      templates: new Map([['partials/signature', partial]]),
    };
    const draft = newSequence({ name: 'live', kind: 'webinar-invitation' }, shipped, startProject(shipped, files));
    const { fields } = JSON.parse(textAt(draft.files, 'sequences/lead.json') ?? '');
    expect(fields.webinarAt).toEqual({ type: 'date', description: 'Ours.' });
    expect(textAt(draft.files, 'templates/partials/signature.mjml')).toBe('<mj-section />');
    expect(draft.written.has('sequences/calendars/us.json')).toBe(true);
    expect(draft.written.has('templates/partials/webinar-time.mjml')).toBe(true);
    const { segments } = JSON.parse(textAt(draft.files, 'sequences/segments.json') ?? '');
    expect(Object.keys(segments)).toEqual(['welcomes-mail', 'quiet']);
  });

  test('adds what it needs to files that are there, in their own way of writing', () => {
    const own = '{\n  "fields": {\n    "shoeSize": { "type": "number" }\n  }\n}\n';
    const files = { ...emptyProject, sequences: new Map([['lead.json', { file: 'sequences/lead.json', text: own }]]) };
    const draft = newSequence({ name: 'renewal', kind: 'retention-renewal' }, shipped, startProject(shipped, files));
    expect(textAt(draft.files, 'sequences/lead.json')?.split('\n').slice(0, 4)).toEqual([
      '{',
      '  "fields": {',
      '    "shoeSize": { "type": "number" },',
      expect.stringContaining('    "jobTitle": { "type": "text"'),
    ]);
  });
});

describe('in a folder', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'rivulet-new-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const started = async (...[what, name, options]: Parameters<typeof startFile>) =>
    (await startFile(what, name, { dir, ...options })).map(stripVTControlCharacters);

  test('a project is started, with pictures and schemas, and has no mistakes', async () => {
    const lines = (await startFolder(dir)).map(stripVTControlCharacters);
    expect(lines).toContain('✔ templates/assets/logo.png');
    expect(await readdir(join(dir, 'sequences', 'schema'))).toContain('sequence.schema.json');
    const { diagnostics } = await readProject(await readProjectFolder(dir));
    expect(diagnostics.map(diagnosticLine)).toEqual([]);
  });

  test('a sequence is written, and what it wrote and what comes next is said', async () => {
    const lines = await started('sequence', 'spring-offer', { from: 'welcome' });
    expect(lines.slice(0, 4)).toEqual([
      '✔ templates/spring-offer/hello.mjml        a copy of welcome/hello',
      '✔ templates/spring-offer/first-steps.mjml  a copy of welcome/first-steps',
      '✔ templates/spring-offer/your-goals.mjml   a copy of welcome/your-goals',
      '✔ sequences/spring-offer.json              from “welcome”',
    ]);
    expect(lines.slice(-3)).toEqual([
      'Next:',
      expect.stringMatching(/^ {2}rivulet preview spring-offer:hello --dir \S+ {2}look at it/),
      expect.stringMatching(/^ {2}rivulet validate \S+ {2}after each change/),
    ]);
    const { diagnostics } = await readProject(await readProjectFolder(dir));
    expect(diagnostics.map(diagnosticLine)).toEqual([]);
  });

  test('the first form brings those that triggers and conditions name', async () => {
    await started('sequence', 'paper', { from: 'consideration-white-paper' });
    const lines = await started('form', 'spring-fair', { from: 'webinar' });
    const written = lines.filter((line) => line.startsWith('✔')).map((line) => line.replaceAll(/ {2,}/g, '  '));
    expect(written.toSorted()).toEqual([
      '✔ sequences/confirm-opt-in.json  needed by it',
      '✔ sequences/forms/booking.json  named by your files, from “booking”',
      '✔ sequences/forms/comparison.json  named by your files, from “comparison”',
      '✔ sequences/forms/spring-fair.json  from “webinar”',
      '✔ sequences/forms/white-paper.json  named by your files, from “white-paper”',
      '✔ templates/system/confirm-opt-in.mjml  needed by it',
    ]);
  });

  test('nothing is overwritten', async () => {
    const file = join(dir, 'sequences', 'spring-offer.json');
    const before = await readFile(file, 'utf8');
    await expect(started('sequence', 'spring-offer', { from: 'newsletter' })).rejects.toThrow(
      'sequences/spring-offer.json: this file is there already. Choose another name, or remove it first.',
    );
    await expect(startFolder(dir)).rejects.toThrow('there is a project already');
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  test('a sequence whose mails cannot be written is not written either', async () => {
    await writeFile(join(dir, 'templates', 'autumn'), 'A file where a folder should be.');
    await expect(started('sequence', 'autumn', { from: 'welcome' })).rejects.toThrow(
      'templates/autumn/hello.mjml: this file cannot be written. See what stands in its place',
    );
    expect(await readdir(join(dir, 'sequences'))).not.toContain('autumn.json');
  });

  test('what does not fit the project is not written', async () => {
    const other = await aProjectFolder();
    const order = { from: 'consideration-white-paper', dir: other };
    await expect(startFile('sequence', 'paper', order)).rejects.toThrow(
      /nothing was written.*\n {2}sequences\/paper\.json:4:12 error unknown-stage: there is no stage "consideration"/,
    );
    expect((await readdir(join(other, 'sequences'))).toSorted()).toEqual(['funnel.json', 'hello.json', 'scoring.json']);
    await startFile('sequence', 'paper', { ...order, stage: 'lead' });
    expect(await readdir(join(other, 'sequences'))).toContain('paper.json');
    await rm(other, { recursive: true });
  });

  test.each([
    ['sequence', undefined, 'a sequence needs a name. Write: rivulet new sequence <name> --from welcome'],
    ['sequence', 'Spring offer', 'a sequence cannot be called "Spring offer". Use small letters, digits and hyphens'],
    ['sequence', '../spring', 'a sequence cannot be called "../spring". Use small letters'],
    ['sequence', 'funnel', 'a sequence cannot be called "funnel". Rivulet reads that as something else.'],
    ['template', 'layout', 'a template cannot be called "layout". Rivulet reads that as something else.'],
    ['template', 'partials/note', 'a template cannot be called "partials/note". Rivulet reads that as something else.'],
    ['form', 'spring/fair', 'a form cannot be called "spring/fair". Use small letters'],
  ] as const)('a %s called %s is refused', async (what, name, message) => {
    await expect(started(what, name, {})).rejects.toThrow(message);
  });

  test('a kind that is not shipped is refused with the likely one', async () => {
    await expect(started('template', 'spring/hello', { from: 'welcome/helo' })).rejects.toThrow(
      'there is no template "welcome/helo" to start from. Did you mean "welcome/hello"?',
    );
  });

  test('the shipped kinds are listed with a line each', async () => {
    const sequences = await started('sequence', undefined, { list: true });
    expect(sequences).toContain(
      'welcome                      Welcome to Tallybay: 3 mails, when the stage welcome is entered',
    );
    const mails = await started('template', undefined, { list: true });
    expect(mails).toContain('welcome/your-goals           What should get better first?');
    const forms = await started('form', undefined, { list: true });
    expect(forms).toContain('white-paper  Where the Dock Hours Go');
  });
});
