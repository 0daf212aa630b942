import { rm } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { diagnosticLine } from '../src/diagnostic.js';
import { readProjectFolder } from '../src/project-folder.js';
import { type Project, readProject } from '../src/sequence/project.js';
import { conditionInWords } from '../src/sequence/words.js';
import { aConsentFolder, aForm } from './consent-project.js';
import { aSequenceFile } from './support.js';

async function read(
  files: Readonly<Record<string, string | undefined>>,
): Promise<{ project?: Project; problems: readonly string[] }> {
  const dir = await aConsentFolder(files);
  const { project, diagnostics } = await readProject(await readProjectFolder(dir));
  await rm(dir, { recursive: true });
  const problems = diagnostics.map((one) => diagnosticLine(one).replace(/ error /, ' '));
  return { problems, ...(project ? { project } : {}) };
}

const sequence = (rest: object, steps: readonly object[] = [{ send: 'mail', subject: 'Hello' }]) => ({
  'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' }, ...rest }),
});

describe('a condition', () => {
  test('asks for consent to one purpose, to several, or to any mail at all', async () => {
    const consent = {
      any: [
        { consent: 'granted' },
        { consent: { news: 'denied' } },
        { consent: { news: 'granted', paper: 'pending' } },
      ],
    };
    const { project, problems } = await read(sequence({ enroll: { on: 'lead.created', if: consent } }));
    expect(problems).toEqual([]);
    const condition = project?.programs.get('hello')?.enroll.if;
    expect(condition && conditionInWords(condition)).toBe(
      'consent is granted or consent to news is denied or (consent to news is granted and consent to paper is pending)',
    );
  });

  test.each([
    [{ nwes: 'granted' }, 'unknown-purpose: there is no purpose "nwes". Did you mean "news"?'],
    [{ news: 'yes' }, 'wrong-value: consent cannot be "yes". Use one of: granted, pending, denied.'],
    ['yes', 'wrong-value: consent cannot be "yes". Use one of: granted, pending, denied.'],
    [{}, 'wrong-value: consent names no purpose. Write for example { "newsletter": "granted" }.'],
    [
      7,
      'wrong-value: consent must be text in quotes, or an object of purposes. Write "granted", or { "newsletter": "granted" }.',
    ],
    [{ 'a.b': 'granted' }, 'wrong-key: a purpose may have letters, digits, "-" and "_" only'],
  ])('that asks for %j is a mistake', async (consent, problem) => {
    const { problems } = await read(sequence({ enroll: { on: 'lead.created', if: { consent } } }));
    expect(problems.map((one) => one.replace(/^\S+ /, ''))).toEqual([problem]);
  });
});

describe('a sequence for a purpose', () => {
  test('names one that a form asks for', async () => {
    const { problems } = await read(sequence({ purpose: 'papr' }));
    expect(problems).toEqual([
      'sequences/hello.json:1:110 unknown-purpose: no form asks for consent to "papr". Did you mean "paper"?',
    ]);
  });

  test('may name any where there are no forms: another system asks for it then', async () => {
    const none = {
      'sequences/forms/paper.json': undefined,
      'sequences/forms/call.json': undefined,
      'sequences/forms/club.json': undefined,
    };
    expect((await read({ ...none, ...sequence({ purpose: 'anything' }) })).problems).toEqual([]);
  });
});

describe('a trigger', () => {
  test.each([
    ['consent.asked:papr', 'unknown-form: there is no form "papr". Did you mean "paper"?'],
    ['consent.granted:nwes', 'unknown-purpose: there is no purpose "nwes". Did you mean "news"?'],
    ['consent.withdrawn:nwes', 'unknown-purpose: there is no purpose "nwes". Did you mean "news"?'],
    [
      'asset.download',
      'unknown-event: no event is called "asset.download". Did you mean "asset.downloaded"? An event of your own needs a name less like it.',
    ],
  ])('%s is a mistake', async (on, problem) => {
    const { problems } = await read(sequence({ enroll: { on } }));
    expect(problems.map((one) => one.replace(/^\S+ /, ''))).toEqual([problem]);
  });

  test.each(['consent.asked:paper', 'consent.granted', 'consent.granted:news', 'asset.downloaded:downloads/paper.txt'])(
    '%s is none',
    async (on) => {
      expect((await read(sequence({ enroll: { on } }))).problems).toEqual([]);
    },
  );
});

describe('a form with double opt-in', () => {
  test('needs a sequence that asks', async () => {
    const { problems } = await read({ 'sequences/asking.json': undefined, 'sequences/forms/club.json': undefined });
    expect(problems).toEqual([
      'sequences/forms/paper.json:1:386 nobody-asks: nothing asks the address to confirm, so that nobody who agrees to something could ever get a mail. Add a sequence with "enroll": { "on": "consent.asked", "again": "always" } and a "notify" to "lead"; sequences/confirm-opt-in.json is one.',
    ]);
  });

  test('needs none where nothing is agreed to', async () => {
    const form = aForm({ doubleOptIn: true, consent: undefined });
    const other = {
      'sequences/hello.json': undefined,
      'sequences/paper.json': undefined,
      'sequences/call.json': undefined,
    };
    const forms = { 'sequences/forms/paper.json': form, 'sequences/forms/club.json': undefined };
    expect((await read({ ...other, ...forms, 'sequences/asking.json': undefined })).problems).toEqual([]);
  });

  test('may have a sequence of its own that asks', async () => {
    const ask = [{ id: 'ask', notify: { email: 'lead', template: 'ask', subject: 'Was that you?' } }];
    const own = aSequenceFile(ask, { enroll: { on: 'consent.asked:paper', again: 'always' } });
    const { problems } = await read({ 'sequences/asking.json': own });
    expect(problems).toEqual([expect.stringContaining('forms/club.json')]);
  });

  test('cannot have two purposes whose names only a path would tell apart', async () => {
    const { problems } = await read({
      'sequences/forms/call.json': aForm({ consent: [{ purpose: 'a.b', text: 'Yes.' }] }),
    });
    expect(problems.map((one) => one.replace(/^\S+ /, ''))).toContain(
      'wrong-value: the purpose may have letters, digits, "-" and "_" only',
    );
  });
});

describe('a notice to the lead itself', () => {
  const ask = { id: 'ask', notify: { email: 'lead', template: 'ask', subject: 'Was that you?' } };
  const mistake = [
    expect.stringContaining('notice-to-lead: a notice to the lead itself only asks it to confirm what it agreed to'),
  ];

  test.each<[string, object, readonly object[]]>([
    ['that anything else starts', { enroll: { on: ['consent.asked', 'lead.created'], again: 'always' } }, [ask]],
    ['that a call starts', { enroll: undefined }, [ask]],
    ['that comes once only', { enroll: { on: 'consent.asked' } }, [ask]],
    [
      'beside a mail to the lead',
      { enroll: { on: 'consent.asked', again: 'always' } },
      [ask, { send: 'mail', subject: 'Hello' }],
    ],
  ])('%s is a mistake', async (_, rest, steps) => {
    expect((await read(sequence(rest, steps))).problems).toEqual(mistake);
  });
});
