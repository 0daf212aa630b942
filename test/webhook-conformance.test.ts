import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { runFixtures } from './conformance/webhooks.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const sent = { event: 'sent', time: 1726000400, MessageID: 17, email: 'alice@example.com' };
const delivered = {
  canonical: 'delivered',
  recipient: 'Alice@example.com',
  message_ref: '17',
  occurred_at: '2024-09-10T20:33:20.000Z',
  event_id: null,
};
const basic = `Basic ${Buffer.from('hook:secret').toString('base64')}`;

/** A folder of fixtures of Mailjet: each says what was sent, and what is stated of it. */
function folderOf(fixtures: readonly (readonly [content: unknown, stated: object])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-fixtures-'));
  folders.push(folder);
  mkdirSync(join(folder, 'mailjet'));
  const listed = fixtures.map(([content, stated], index) => {
    const bytes = JSON.stringify(content);
    const file = `${index}.json`;
    writeFileSync(join(folder, 'mailjet', file), bytes);
    const body_sha256 = createHash('sha256').update(bytes).digest('hex');
    const request = {
      content_type: 'application/json',
      body: 'json-bytes',
      body_sha256,
      headers: { Authorization: basic },
    };
    return { file, title: file, request, auth: { key: 'basic' }, outcome: 'processed', expect: [], ...stated };
  });
  const keys = { basic: { type: 'basic-auth', username: 'hook', password: 'secret' } };
  writeFileSync(join(folder, 'mailjet', 'index.json'), JSON.stringify({ schema_version: 1, keys, fixtures: listed }));
  return folder;
}

const missed = async (fixtures: Parameters<typeof folderOf>[0]) => (await runFixtures(folderOf(fixtures))).misses;

test('a fixture that is read as it states is no miss, whatever the case of its address', async () => {
  expect(await runFixtures(folderOf([[sent, { expect: [delivered] }]]))).toEqual({ total: 1, misses: [] });
});

test.each([
  ['another event', { expect: [{ ...delivered, canonical: 'opened' }] }],
  ['another time', { expect: [{ ...delivered, occurred_at: null }] }],
  ['one event more', { expect: [delivered, delivered] }],
  ['one event less', { expect: [] }],
  ['metadata that did not come back', { expect: [{ ...delivered, metadata: { a: 'b' } }] }],
  ['a bad signature', { outcome: 'rejected-auth' }],
  ['a body that cannot be read', { outcome: 'malformed' }],
  ['another number of events that count', { expect: [delivered], effective_events: 0 }],
  ['a duplicate', { expect: [{ ...delivered, duplicate: true }] }],
  ['something that nobody compares', { expect: [{ ...delivered, colour: 'blue' }] }],
])('a fixture that states %s is a miss', async (_, stated) => {
  expect(await missed([[sent, stated]])).toEqual([
    { fixture: 'mailjet/0.json', expected: expect.any(Object), got: expect.any(Object) },
  ]);
});

test('a wrong credential is a miss, unless the fixture expects or tolerates it', async () => {
  const wrong = { request: { content_type: 'application/json', body: 'json-bytes', body_sha256: '', headers: {} } };
  const hash = createHash('sha256').update(JSON.stringify(sent)).digest('hex');
  const request = { ...wrong.request, body_sha256: hash };
  expect(await missed([[sent, { request, expect: [delivered] }]])).toHaveLength(1);
  expect(await missed([[sent, { request, outcome: 'rejected-auth' }]])).toEqual([]);
  expect(await missed([[sent, { request, outcome: 'malformed', also_acceptable: 'rejected-auth' }]])).toEqual([]);
});

test('a fixture whose file was changed is a miss', async () => {
  const folder = folderOf([[sent, { expect: [delivered] }]]);
  writeFileSync(join(folder, 'mailjet', '0.json'), '{}');
  expect((await runFixtures(folder)).misses).toMatchObject([
    { got: { thrown: expect.stringContaining('was changed') } },
  ]);
});

test('what comes again in a batch or a group is parsed and does not count', async () => {
  const again = { ...delivered, duplicate: true };
  const misses = await missed([
    [[sent, sent], { expect: [delivered, again], effective_events: 1 }],
    [sent, { group: 'g', expect: [{ ...delivered, duplicate: false }], effective_events: 1 }],
    [sent, { group: 'g', expect: [again], effective_events: 0 }],
    [sent, { group: 'h', expect: [{ ...delivered, duplicate: false }], effective_events: 1 }],
  ]);
  expect(misses).toEqual([]);
});
