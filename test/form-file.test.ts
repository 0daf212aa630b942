import { describe, expect, test } from '@jest/globals';
import { diagnosticLine } from '../src/diagnostic.js';
import { readProjectFolder } from '../src/project-folder.js';
import { type Project, readProject } from '../src/sequence/project.js';

const files = await readProjectFolder('.');
/** The shipped rules and forms without their sequences, as mails take their time. */
const isRule = (path: string): boolean => /^(?:(?:funnel|scoring|lead|segments)\.json$|forms\/)/.test(path);
/** The smallest mail that asks to confirm an address. */
const asking = JSON.stringify({
  name: 'Was that you?',
  enroll: { on: 'consent.asked', again: 'always' },
  send: { from: 'Mara <mara@mail.example.com>' },
  steps: [{ notify: { email: 'lead', template: 'ask', subject: 'Was that you?' } }],
});
const mail = '<mj-section><mj-column><mj-text><a href="{{preferencesUrl}}">Yes</a></mj-text></mj-column></mj-section>';
const rules = {
  ...files,
  templates: new Map([
    ['layout', { file: 'layout.mjml', text: '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>' }],
    ['ask', { file: 'ask.mjml', text: mail }],
  ]),
  sequences: new Map([
    ...[...files.sequences].filter(([path]) => isRule(path)),
    ['ask.json', { file: 'sequences/ask.json', text: asking }] as const,
  ]),
};

/** The shipped rules with this form among them, or what is wrong with the form. */
async function readWith(form: object): Promise<{ project: Project | undefined; problems: readonly string[] }> {
  const file = { file: 'sequences/forms/demo.json', text: JSON.stringify(form) };
  const { project, diagnostics } = await readProject({
    ...rules,
    sequences: new Map([...rules.sequences, ['forms/demo.json', file]]),
  });
  const own = diagnostics.filter((diagnostic) => diagnostic.file === file.file);
  // On one line, lines say nothing, and columns little.
  return { project, problems: own.map((d) => diagnosticLine(d).replace(/^[^ ]* error /, '')) };
}

const email = { name: 'email', label: 'Work email', type: 'email', required: true };
const formOf = (...fields: readonly object[]) => ({ title: 'A demo', fields: [email, ...fields] });

describe('a form', () => {
  test.each([
    ['a text', { name: 'company', label: 'Company' }],
    ['a long text', { name: 'goal', label: 'What matters?', type: 'long text' }],
    ['a number', { name: 'companySize', label: 'Size', type: 'number' }],
    ['a number out of a few', { name: 'companySize', label: 'Size', type: 'choice', choices: ['10', '2.5', '-1'] }],
    ['yes or no', { name: 'newsletter', label: 'Dock Notes?', type: 'yes/no' }],
    ['a date', { name: 'appointmentAt', label: 'When?', type: 'date' }],
    [
      'one of two dates',
      { name: 'webinarAt', label: 'When?', type: 'choice', choices: ['2027-01-19', '2027-02-16T16:00Z'] },
    ],
    ['some of a list', { name: 'interests', label: 'What?', type: 'choice', choices: ['waiting', 'phone'] }],
    ['what every lead may have', { name: 'firstName', label: 'First name' }],
  ])('may ask for %s', async (_, field) => {
    const { project, problems } = await readWith(formOf(field));
    expect(problems).toEqual([]);
    expect(project?.forms.get('demo')?.fields.map(({ name }) => name)).toEqual(['email', field.name]);
  });

  test.each([
    [
      'for a field that leads do not have',
      formOf({ name: 'compnay', label: 'Company' }),
      'unknown-field: leads have no field "compnay". Did you mean "company"? New fields are declared in lead.json.',
    ],
    [
      'for when Rivulet met the lead',
      formOf({ name: 'createdAt', label: 'When?', type: 'date' }),
      'unknown-field: createdAt is when Rivulet first met the lead, and nobody fills it in. Take this field out.',
    ],
    [
      'for the kind of its address',
      formOf({ name: 'addressKind', label: 'Which?' }),
      'unknown-field: addressKind is told by the address itself, and nobody fills it in. Take this field out.',
    ],
    [
      'under a name that forms have a use for',
      formOf({ name: 'consent', label: 'Agreed?' }),
      'wrong-value: under this name a form sends something of its own. Give the field another name in lead.json.',
    ],
    [
      'for a number as text',
      formOf({ name: 'companySize', label: 'Size' }),
      'wrong-type: "companySize" is declared as number and cannot be filled in as text. Use one of: number, choice.',
    ],
    [
      'for an address as text',
      { title: 'A demo', fields: [{ ...email, type: 'text' }] },
      'wrong-type: "email" is declared as text and cannot be filled in as text. Use one of: email.',
    ],
    [
      'for a number out of words',
      formOf({ name: 'companySize', label: 'Size', type: 'choice', choices: ['10', '1 to 10'] }),
      'wrong-type: "companySize" is declared as number, and "1 to 10" is none. Write digits only.',
    ],
    [
      'for a day that no month has',
      formOf({ name: 'webinarAt', label: 'When?', type: 'choice', choices: ['2027-02-30'] }),
      'wrong-type: "webinarAt" is declared as date, and "2027-02-30" is none. Write "2026-11-30" or "2026-11-30T16:00:00Z".',
    ],
    [
      'for one of no choices',
      formOf({ name: 'company', label: 'Company', type: 'choice' }),
      'wrong-value: "choices" belong to the type "choice". Give both, or neither.',
    ],
    [
      'for the same twice',
      formOf({ name: 'company', label: 'Company' }, { name: 'company', label: 'Firm' }),
      'duplicate-name: two fields are called "company". Give one of them another name.',
    ],
  ])('is refused that asks %s', async (_, form, problem) => {
    expect((await readWith(form)).problems).toEqual([problem]);
  });

  test('may refuse kinds of address, and lead to another page', async () => {
    const { project, problems } = await readWith({
      ...formOf(),
      refuse: ['disposable', 'free'],
      next: 'https://example.com/thanks',
    });
    expect(problems).toEqual([]);
    expect(project?.forms.get('demo')).toMatchObject({ refuse: ['disposable', 'free'] });
  });

  test.each([
    [
      'refuses a kind that there is not',
      { refuse: ['disposible'] },
      'wrong-value: refuse cannot be "disposible". Did you mean "disposable"?',
    ],
    [
      'refuses what nobody could do without',
      { refuse: ['company'] },
      'wrong-value: refuse cannot be "company". Use one of: disposable, free, role.',
    ],
    [
      'leads to what is no page',
      { next: 'javascript:alert(1)' },
      'wrong-value: this is not the address of a page. Write for example "https://example.com/thanks".',
    ],
  ])('is refused that %s', async (_, more, problem) => {
    expect((await readWith({ ...formOf(), ...more })).problems).toEqual([problem]);
  });

  test.each([
    ['has none', [{ name: 'company', label: 'Company' }]],
    ['may leave it empty', [{ ...email, required: false }]],
  ])('is refused that %s of an address to write to', async (_, fields) => {
    expect((await readWith({ title: 'A demo', fields })).problems).toEqual([
      'wrong-value: nobody could be written to. Add { "name": "email", "label": "Email", "type": "email", "required": true }.',
    ]);
  });

  test('is refused that asks twice for the same consent', async () => {
    const consent = [1, 2].map((n) => ({ purpose: 'news', text: `Yes, ${n} mails a month.` }));
    expect((await readWith({ ...formOf(), consent })).problems).toEqual([
      'duplicate-name: two purposes are called "news". Give one of them another name.',
    ]);
  });
});

describe('a trigger that names a form', () => {
  test('names one that is there, as soon as there is any', async () => {
    const named = '{ "engagement": { "rules": [{ "on": "form.submitted:blogg", "points": 5 }] } }';
    const scoring = { file: 'sequences/scoring.json', text: named };
    const sequences = new Map([...rules.sequences, ['scoring.json', scoring]]);
    const { diagnostics } = await readProject({ ...rules, sequences });
    expect(diagnostics.map(diagnosticLine)).toEqual([
      'sequences/scoring.json:1:37 error unknown-form: there is no form "blogg". Did you mean "blog"?',
    ]);
    const withoutForms = new Map([...sequences].filter(([path]) => !path.startsWith('forms/')));
    expect((await readProject({ ...rules, sequences: withoutForms })).diagnostics).toEqual([]);
  });
});

describe('the shipped forms', () => {
  test('are those that the shipped sequences wait for', async () => {
    const { project } = await readProject(rules);
    const named = [...files.sequences.values()].flatMap(({ text }) =>
      [...text.matchAll(/form\.submitted:([\w-]+)/g)].flatMap(([, form]) => form ?? []),
    );
    expect([...(project?.forms.keys() ?? [])].toSorted()).toEqual([...new Set(named)].toSorted());
  });

  test('ask to confirm the address wherever consent to mails about the product is asked', async () => {
    const { project } = await readProject(rules);
    const doubled = [...(project?.forms ?? [])].flatMap(([name, { doubleOptIn }]) => (doubleOptIn ? name : []));
    expect(doubled).toEqual(['blog', 'comparison', 'white-paper']);
  });

  test('never make what somebody asks for depend on consent to something else', async () => {
    const { project } = await readProject(rules);
    const required = [...(project?.forms ?? [])].flatMap(([name, { consent = [] }]) =>
      consent.flatMap(({ purpose, required: isRequired }) => (isRequired ? `${name}: ${purpose}` : [])),
    );
    expect(required).toEqual(['blog: blog', 'booking: booking', 'webinar: webinar']);
  });
});
