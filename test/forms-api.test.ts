import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

const paper = {
  title: 'Get the white paper',
  intro: '24 pages.',
  fields: [
    { name: 'email', label: 'Work email', type: 'email', required: true },
    { name: 'firstName', label: 'First name' },
  ],
  consent: [{ purpose: 'newsletter', text: 'Yes, send me one mail a month.' }],
  refuse: ['disposable'],
};

let rivulet: HttpRivulet;
beforeAll(async () => {
  rivulet = await startHttpRivulet({
    PROJECT_DIR: await aProjectFolder({ 'sequences/forms/paper.json': JSON.stringify(paper) }),
  });
});
afterAll(() => rivulet.close());

test('a form is told with all that it asks, and with what shows it on another site', async () => {
  const { status, body } = await rivulet.api('/api/forms/paper');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    name: 'paper',
    file: 'sequences/forms/paper.json',
    page: `${rivulet.publicUrl()}/f/paper`,
    taken: 0,
    refused: {},
    intro: '24 pages.',
    submit: null,
    fields: [
      { name: 'email', label: 'Work email', type: 'email', required: true },
      { name: 'firstName', label: 'First name', type: 'text', required: false },
    ],
    consent: [{ purpose: 'newsletter', text: 'Yes, send me one mail a month.', required: false }],
    doubleOptIn: false,
    refuse: ['disposable'],
    asset: null,
    next: null,
  });
  expect(body.snippets.script).toContain(`<script src="${rivulet.publicUrl()}/f/paper/embed.js" async></script>`);
  expect(body.snippets.plain).toContain(`action="${rivulet.publicUrl()}/forms/paper"`);
});

test('the list has the same numbers as each form', async () => {
  const { body } = await rivulet.api('/api/forms');
  const { body: one } = await rivulet.api('/api/forms/paper');
  expect(body.items).toHaveLength(1);
  expect(one).toMatchObject(body.items[0]);
});

test.each(['none', '__proto__', 'constructor', 'paper.json', '%24ne'])(
  'of no form, such as "%s", there is nothing',
  async (name) => {
    expect((await rivulet.api(`/api/forms/${name}`)).status).toBe(404);
  },
);
