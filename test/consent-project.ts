import type { Submission } from '../src/form/submission.js';
import { parseAddress } from '../src/message/address.js';
import type { FormFile } from '../src/sequence/form-file.js';
import { aProjectFolder, aSequenceFile, type TestRivulet } from './support.js';

const email = { name: 'email', label: 'Email', type: 'email', required: true };
export const newsText = 'Yes, send me one mail a month. I can withdraw this at any time.';
export const paperText = 'Yes, send me the paper and two mails on its findings.';

/** The text of a form file. */
export function aForm(rest: object = {}): string {
  return JSON.stringify({
    title: 'Where the Hours Go',
    fields: [email, { name: 'firstName', label: 'First name' }, { name: 'company', label: 'Company' }],
    consent: [
      { purpose: 'paper', text: paperText },
      { purpose: 'news', text: newsText },
    ],
    ...rest,
  });
}

const mail = '<mj-section><mj-column><mj-text>Hello {{lead.firstName "you"}}</mj-text></mj-column></mj-section>';
const confirmMail = `<mj-section><mj-column><mj-text>“{{event.title "-"}}”: {{event.text "-"}} <a href="{{preferencesUrl}}">Yes</a></mj-text></mj-column></mj-section>`;

export const consentFiles: Readonly<Record<string, string>> = {
  'sequences/forms/paper.json': aForm({
    doubleOptIn: true,
    asset: 'downloads/paper.txt',
    next: 'https://example.com/on',
  }),
  'sequences/forms/call.json': aForm({ title: 'A call' }),
  'sequences/forms/club.json': aForm({
    doubleOptIn: true,
    asset: 'downloads/paper.txt',
    consent: [{ purpose: 'news', text: newsText, required: true }],
  }),
  'sequences/lead.json': '{ "fields": { "company": { "type": "text" }, "source": { "type": "text" } } }',
  'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'Hello' }], { enroll: { on: 'lead.created' } }),
  'sequences/paper.json': aSequenceFile([{ send: 'mail', subject: 'Your paper' }], {
    purpose: 'paper',
    enroll: { on: 'form.submitted:paper', again: 'always' },
  }),
  'sequences/call.json': aSequenceFile([{ send: 'mail', subject: 'Your call' }], {
    purpose: 'paper',
    enroll: { on: 'form.submitted:call', again: 'always' },
  }),
  'sequences/asking.json': aSequenceFile(
    [{ id: 'ask', notify: { email: 'lead', template: 'ask', subject: 'Was that you?' } }],
    {
      enroll: { on: 'consent.asked', again: 'always' },
    },
  ),
  'templates/mail.mjml': mail,
  'templates/ask.mjml': confirmMail,
  'templates/downloads/paper.txt': '124 minutes.\n',
};

/** A small project with forms of each kind, and the sequences that they start. */
export function aConsentFolder(files: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  return aProjectFolder({ ...consentFiles, ...files });
}

/** A form as Ada filled it in. */
export function filledIn(
  rivulet: Pick<TestRivulet, 'clock'>,
  {
    address = 'ada@example.org',
    origin,
    ...rest
  }: Partial<Omit<Submission, 'address' | 'origin'>> & {
    readonly address?: string;
    readonly origin?: Partial<Submission['origin']>;
  } = {},
): Submission {
  const read = parseAddress(address);
  if (!read.ok) throw new Error(read.problem);
  return {
    form: 'paper',
    id: 'press-1',
    address: read.value,
    fields: { firstName: 'Ada', company: 'Pell & Rowan' },
    agreed: [],
    origin: { at: rivulet.clock.now, network: '203.0.113.0/24', userAgent: 'Firefox', ...origin },
    ...rest,
  };
}

export function formOf({ project }: Pick<TestRivulet, 'project'>, name: string): FormFile {
  const form = project().forms.get(name);
  if (!form) throw new Error(`there is no form ${name}`);
  return form;
}
