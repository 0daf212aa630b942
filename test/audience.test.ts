import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { LeadBody } from '../src/api/lead-body.js';
import { audience, emailFor, type AudienceWish } from '../src/transfer/audience.js';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const field = { type: 'text' };

let rivulet: HttpRivulet;
let project: string;
beforeAll(async () => {
  project = await aProjectFolder({
    'sequences/lead.json': JSON.stringify({ fields: { phone: field, zip: field, country: field, city: field } }),
    'sequences/segments.json': '{ "segments": { "all": { "if": { "lead.email": { "exists": true } } } } }',
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
  const { store, engine, newId } = rivulet;
  const consent = { status: 'granted', source: 'form', at: '2026-01-01T00:00:00Z', purposes: { ads: 'granted' } };
  const leads = [
    {
      email: 'John_Smith@gmail.com',
      firstName: 'Valéry',
      lastName: "O'Neil  Jr.",
      attributes: { phone: '+1 (650) 555-1212', zip: '94016-1', country: 'us', city: 'San Francisco' },
      consent,
    },
    { email: 'mail.only+tag@example.org' },
    { email: 'denied@example.org', consent: { ...consent, status: 'denied', purposes: {} } },
    { email: 'pending@example.org', consent: { ...consent, status: 'pending' } },
    { email: 'left@example.org', consent },
  ];
  for (const lead of leads) await captureLead(LeadBody.parse(lead), 'api', store, engine, newId);
  await store.suppressions.add({ of: 'left@example.org', reason: 'unsubscribed', at: rivulet.clock.now, by: 'a test' });
});
afterAll(async () => {
  await rivulet.close();
  await rm(project, { recursive: true, force: true });
});

async function written(wish: Omit<AudienceWish, 'segment'>) {
  const { text, counts } = audience({ segment: 'all', ...wish }, { ...rivulet, now: rivulet.engine.now });
  const texts: string[] = [];
  for await (const one of text) texts.push(one);
  const [head, ...rows] = texts.join('').trimEnd().split('\r\n');
  return { head, rows: rows.toSorted(), counts };
}

describe('addresses are normalised as each platform hashes its own', () => {
  // The example of Google's own page.
  test.each([
    ['google', 'cloudy.sanfrancisco+shopping@gmail.com', 'cloudysanfrancisco@gmail.com'],
    ['google', 'Cloudy.SF@GoogleMail.com', 'cloudysf@googlemail.com'],
    ['google', 'user.name+NYC@Example.com', 'user.name+nyc@example.com'],
    ['meta', 'John.Smith+x@gmail.com', 'john.smith+x@gmail.com'],
    ['linkedin', ' Ada@Example.org ', 'ada@example.org'],
  ] as const)('%s: %s', (platform, address, normal) => {
    expect(emailFor(platform, address)).toBe(normal);
  });
});

test('Meta gets hashes of address, telephone, names and country, as its own examples have them', async () => {
  const { head, rows } = await written({ platform: 'meta' });
  expect(head).toBe('email,phone,fn,ln,ct,zip,country');
  // The first three are expected outputs of Meta's page on customer information parameters.
  expect(rows).toContain(
    [
      '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f',
      'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176',
      '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c',
      sha('oneil jr'),
      sha('sanfrancisco'),
      sha('940161'),
      sha('us'),
    ].join(','),
  );
  expect(rows).toContain(`${sha('mail.only+tag@example.org')},,,,,,`);
});

test('Google gets the columns of its template, countries and postal codes unhashed', async () => {
  const { head, rows } = await written({ platform: 'google' });
  expect(head).toBe('Email,Phone,First Name,Last Name,Country,Zip');
  expect(rows).toContain(
    [sha('john_smith@gmail.com'), sha('+16505551212'), sha('valéry'), sha("o'neil jr."), 'US', '94016-1'].join(','),
  );
});

test('LinkedIn gets its whole template, with nothing in it but hashed addresses', async () => {
  const { head, rows } = await written({ platform: 'linkedin' });
  expect(head).toBe('email,firstname,lastname,jobtitle,employeecompany,country,googleaid');
  expect(rows).toEqual(
    [`${sha('john_smith@gmail.com')},,,,,,`, `${sha('mail.only+tag@example.org')},,,,,,`].toSorted(),
  );
});

test('nobody is in it who has not agreed, to the purpose where one is named, or who is suppressed', async () => {
  expect((await written({ platform: 'linkedin' })).counts).toEqual({ included: 2, denied: 2, suppressed: 1 });
  const { rows, counts } = await written({ platform: 'linkedin', purpose: 'ads' });
  expect(rows).toEqual([`${sha('john_smith@gmail.com')},,,,,,`]);
  expect(counts).toEqual({ included: 1, denied: 3, suppressed: 1 });
});

test('no address, name or number stands in a file in the clear', async () => {
  for (const platform of ['google', 'meta', 'linkedin'] as const) {
    const { rows } = await written({ platform });
    expect(rows.join('\n')).not.toMatch(/@|smith|neil|val|555|francisco/i);
  }
});

test('a segment that there is not is refused with the one that was meant', () => {
  const tools = { ...rivulet, now: rivulet.engine.now };
  expect(() => audience({ segment: 'al', platform: 'meta' }, tools)).toThrow(
    '"al": there is no such segment. Did you mean "all"?',
  );
});

test('over HTTP it comes as a file', async () => {
  const { status, headers, text } = await rivulet.api('/api/segments/all/audience?for=linkedin&purpose=ads');
  expect([status, headers.get('content-disposition')]).toEqual([200, 'attachment; filename=all-linkedin.csv']);
  expect(text.split('\r\n')).toHaveLength(3);
  expect((await rivulet.api('/api/segments/all/audience?for=x')).status).toBe(422);
  expect((await fetch(`${rivulet.url}/api/segments/all/audience?for=meta`)).status).toBe(401);
});
