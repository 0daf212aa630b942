import { aProjectFolder, aSequenceFile } from './support.js';

/** A project whose forms ask for everything that a form can ask for. */
export function aFormProject(files: Readonly<Record<string, string>> = {}): Promise<string> {
  return aProjectFolder({ ...formFiles, ...files });
}

const email = { name: 'email', label: 'Work email', type: 'email', required: true };

export const everyField = {
  title: 'Everything at once',
  intro: 'One field of each kind.',
  fields: [
    email,
    { name: 'firstName', label: 'First name', required: true },
    { name: 'goal', label: 'What matters most?', type: 'long text' },
    { name: 'companySize', label: 'How many people?', type: 'number' },
    { name: 'startsOn', label: 'From when?', type: 'date' },
    { name: 'newsletter', label: 'The monthly letter?', type: 'yes/no' },
    { name: 'interests', label: 'What about?', type: 'choice', choices: ['waiting', 'detention', 'phone'] },
    { name: 'country', label: 'Where?', type: 'choice', choices: ['FR', 'DE', 'US'] },
    { name: 'satisfaction', label: 'How likely?', type: 'choice', choices: ['0', '1', '2', '3', '4', '5', '6', '7'] },
    { name: 'webinarAt', label: 'Which day?', type: 'choice', choices: ['2027-01-19T16:00:00Z', '2027-02-16'] },
  ],
  consent: [
    { purpose: 'terms', text: 'Yes, keep what I wrote to answer it.', required: true },
    { purpose: 'news', text: 'Yes, send me news.' },
  ],
  submit: 'Send everything',
};

const formFiles = {
  'sequences/lead.json': JSON.stringify({
    fields: {
      company: { type: 'text' },
      goal: { type: 'text' },
      companySize: { type: 'number' },
      startsOn: { type: 'date' },
      newsletter: { type: 'yes/no' },
      interests: { type: 'list' },
      country: { type: 'text' },
      satisfaction: { type: 'number' },
      webinarAt: { type: 'date' },
    },
  }),
  'sequences/forms/every.json': JSON.stringify(everyField),
  'sequences/forms/paper.json': JSON.stringify({
    title: 'The paper',
    fields: [email, { name: 'firstName', label: 'First name' }],
    consent: [{ purpose: 'news', text: 'Yes, send me news.' }],
    doubleOptIn: true,
    asset: 'https://files.example.com/paper.pdf',
  }),
  'sequences/confirm.json': aSequenceFile(
    [{ id: 'ask', notify: { email: 'lead', template: 'confirm', subject: 'Was that you?' } }],
    { enroll: { on: 'consent.asked', again: 'always' }, exit: { on: [] } },
  ),
  'templates/confirm.mjml':
    '<mj-section><mj-column><mj-text>Was that you? <a href="{{preferencesUrl}}">Yes</a></mj-text></mj-column></mj-section>',
  'sequences/forms/short.json': JSON.stringify({ title: 'Just an address', fields: [email] }),
  'sequences/forms/work.json': JSON.stringify({
    title: 'For work',
    fields: [email],
    refuse: ['disposable', 'free'],
    next: 'https://www.example.com/thanks?to=all',
  }),
};
