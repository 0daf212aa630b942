import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Diagnostic } from '../../src/diagnostic.js';
import { advance } from '../../src/journey/advance.js';
import { inventedWorld } from '../../src/simulation/invented.js';
import { beginningOf } from '../../src/simulation/play.js';
import { enroll } from '../../src/journey/entering.js';
import { react } from '../../src/journey/react.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readProjectFolder } from '../../src/project-folder.js';
import { readProject, type Project } from '../../src/sequence/project.js';
import { nameOf, type ProjectFiles, sequenceFiles } from '../../src/sequence/project-files.js';
import { aProjectWithDelivery } from '../arbitraries.js';
import { anEvent, at } from '../builders.js';
import { isLong, tries } from './length.js';
import { aMutation, mutated } from './mutations.js';
import { filesOf } from './project-of-files.js';

const shipped = await readProjectFolder('.');
const sequences = sequenceFiles(shipped).map(({ file }) => file.slice('sequences/'.length));
const ruleFiles = ['funnel.json', 'scoring.json', 'lead.json', 'segments.json', 'delivery.json'];
const others = [...shipped.sequences.keys()].filter((path) => /^(calendars|forms)\//.test(path));

/** A shipped file with what it needs around it, all its mails being one: the whole project would take a second each time. */
function around(path: string): ProjectFiles {
  const { file = '', text = '' } = shipped.sequences.get(path) ?? {};
  const mentioned = new Set([...text.matchAll(/"([\w/.-]+)"/g)].map(([, name]) => name));
  const stub = '{ "name": "Stub", "steps": [{ "tag": "stub" }] }';
  const known = [...shipped.sequences].flatMap(
    ([other, source]): readonly [string, { file: string; text: string }][] => {
      if (other === path) return [[path, { file, text: JSON.stringify(withOneMail(JSON.parse(text)), null, 2) }]];
      if (ruleFiles.includes(other) || (others.includes(other) && mentioned.has(nameOf(other))))
        return [[other, source]];
      return sequences.includes(other) && mentioned.has(nameOf(other))
        ? [[other, { file: source.file, text: stub }]]
        : [];
    },
  );
  const mail =
    '<mj-section><mj-column><mj-text>Hello. <a href="{{unsubscribeUrl}}">Leave</a></mj-text></mj-column></mj-section>';
  const layout = '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>';
  const templates = Object.entries({ layout, mail }).map(
    ([name, template]) => [name, { file: `templates/${name}.mjml`, text: template }] as const,
  );
  return { ...shipped, sequences: new Map(known), templates: new Map(templates) };
}

/** The value with one template for all mails; steps keep the names that they have from theirs. */
function withOneMail(value: unknown, under = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withOneMail(item, under));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): readonly [string, unknown] => {
    const isTemplate = typeof inner === 'string' && (key === 'send' || key === 'template');
    return [key, isTemplate ? 'mail' : withOneMail(inner, under === 'split' ? 'way' : key)];
  });
  const send: unknown = Object.getOwnPropertyDescriptor(value, 'send')?.value;
  const named = typeof send === 'string' && !('id' in value) && under !== 'way' ? { id: send.split('/').at(-1) } : {};
  return { ...named, ...Object.fromEntries(entries) };
}

const surroundings = new Map([...sequences, ...ruleFiles, ...others].map((path) => [path, around(path)]));

const aShippedCase = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...sequences) },
      { weight: 2, arbitrary: fc.constantFrom(...ruleFiles, ...others) },
    ),
    fc.array(aMutation, { minLength: 1, maxLength: 3 }),
  )
  .map(([path, mutations]) =>
    withText(surroundings.get(path) ?? shipped, path, (text) => mutations.reduce(mutated, text)),
  );
const aRandomText = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom('', '{}', '[]', 'null', '{"name":"x","steps":[{}]}'),
);
const aRandomCase = fc
  .tuple(fc.constantFrom(...sequences, ...ruleFiles, ...others), aRandomText)
  .map(([path, text]) => withText(surroundings.get(path) ?? shipped, path, () => text));
const aBrandCase = fc.array(aMutation, { minLength: 1, maxLength: 2 }).map((mutations) => ({
  ...(surroundings.get('funnel.json') ?? shipped),
  brand: { ...shipped.brand, text: mutations.reduce(mutated, shipped.brand.text) },
}));
const aMailCase = fc
  .tuple(fc.constantFrom(...shipped.templates.keys()), fc.array(aMutation, { minLength: 1, maxLength: 3 }))
  .map(([name, mutations]) => {
    const { file, text } = shipped.templates.get(name) ?? { file: '', text: '' };
    const wanted = [...shipped.templates].filter(([other]) => other === 'layout' || other.startsWith('partials/'));
    const templates = new Map([...wanted, [name, { file, text: mutations.reduce(mutated, text) }]]);
    return { ...(surroundings.get('funnel.json') ?? shipped), templates };
  });
const aGeneratedCase = fc
  .tuple(aProjectWithDelivery, fc.nat(), fc.array(aMutation, { maxLength: 2 }))
  .map(([files, which, mutations]) => {
    const paths = Object.keys(files);
    return withText(filesOf(files), paths[which % paths.length] ?? '', (text) => mutations.reduce(mutated, text));
  });

function withText(files: ProjectFiles, path: string, change: (text: string) => string): ProjectFiles {
  const sources = [...files.sequences].map(
    ([other, { file, text }]) => [other, { file, text: other === path ? change(text) : text }] as const,
  );
  return { ...files, sequences: new Map(sources) };
}

test(
  'whatever stands in the files, every problem has its place and plain words, and what is taken runs',
  async () => {
    let taken = 0;
    const aCase = fc.oneof(
      { weight: 30, arbitrary: aShippedCase },
      { weight: 6, arbitrary: aRandomCase },
      { weight: 1, arbitrary: aBrandCase },
      { weight: 1, arbitrary: aMailCase },
      { weight: 1, arbitrary: aGeneratedCase },
    );
    const runs = tries(1000, 10_000);
    await fc.assert(
      fc.asyncProperty(aCase, async (files) => {
        const { project, diagnostics } = await readProject(files);
        expect(diagnostics.flatMap((diagnostic) => whatIsWrong(diagnostic, files))).toEqual([]);
        expect(Boolean(project)).toBe(diagnostics.every(({ severity }) => severity !== 'error'));
        if (!project) return;
        taken += 1;
        run(project);
      }),
      runs,
    );
    // Otherwise half of it would mean nothing.
    expect(taken).toBeGreaterThan(runs.numRuns / 20);
  },
  isLong ? 3_600_000 : 120_000,
);

/** What a person could not use of a problem that is told. */
function whatIsWrong(diagnostic: Diagnostic, { sequences: texts, templates, brand }: ProjectFiles): readonly string[] {
  const { file, line, column, code, message, hint } = diagnostic;
  const source = [...texts.values(), ...templates.values(), brand].find((one) => one.file === file);
  const lines = (source?.text ?? '').split('\n');
  const isPlaced = line >= 1 && line <= lines.length && column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1;
  const isNamed = source !== undefined || code === 'missing-file';
  const isPlain = message !== '' && !rawWords.test(`${message} ${hint}`);
  const wrong = [
    isPlaced ? [] : ['place'],
    isNamed ? [] : ['file'],
    isPlain ? [] : ['words'],
    /^[a-z]+(-[a-z]+)*$/.test(code) ? [] : ['code'],
  ].flat();
  return wrong.map((what) => `${what}: ${JSON.stringify(diagnostic)}`);
}

/** What the schema library and JavaScript themselves would say. */
const rawWords =
  /invalid (input|option|type|string|key|value)|expected \w+, received|received (undefined|NaN)|unrecognized|too (small|big)|\bundefined\b|\[object|\bNaN\b|Error:/i;

/** Some turns of everything that a project is for. */
function run(project: Project): void {
  const from = at('2026-03-02T09:00Z');
  const until = at('2026-04-20T09:00Z');
  const lead = {
    firstName: 'Ada',
    timezone: 'Europe/Paris',
    tags: ['engaged'],
    attributes: { company: 'Quay', renewalDate: '2026-03-31' },
  };
  const world = inventedWorld(lead, { project, from, defaultTimeZone: 'UTC' });
  const happenings = [...project.attention.minded].map((type, i) =>
    anEvent(type, {
      id: `event-${i}`,
      lead: world.facts.lead.id,
      at: new Date(from.getTime() + (i + 1) * 7_200_000),
      about: '/pricing',
      data: { orderId: 'o1' },
    }),
  );
  for (const event of happenings) react(event, world, project, event.at);
  for (const program of project.programs.values()) {
    const first = happenings[0] ?? anEvent('lead.created');
    advance(program, enroll(program, first), world.facts, until);
    const called = { ...first, id: `called-${program.name}`, type: 'sequence.called', about: program.name };
    simulate(world, project, {
      from,
      until,
      script: [...beginningOf({ world, from, until, all: true }, project), ...happenings, called],
    });
  }
}
