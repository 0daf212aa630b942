import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommands } from './cli-in-process.js';
import { aProjectFolder, testDatabase, giveBack } from './support.js';

const uri = testDatabase();
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  const folder = await aProjectFolder();
  const SIGNING_SECRET = 'a secret that is long enough to sign with';
  environment = { ...process.env, MONGODB_URI: uri, SIGNING_SECRET, DATA_DIR: folder, NO_COLOR: '1' };
});
afterAll(async () => {
  await giveBack(uri);
});

const run = (...commands: Parameters<typeof runCommands>[2]) =>
  runCommands(['endpoint', 'audit-log'], environment, commands);

test('another system is told of events, listed without its secret, and told a span again', async () => {
  const [made, inner, nameless, list, json, span, second, dead, both, unknown, log] = await run(
    ['createEndpoint', 'CRM', 'https://crm.example.com/hook', { type: ['clicked', 'replied'] }],
    ['createEndpoint', 'inner', 'http://127.0.0.1/hook', {}],
    ['createEndpoint', '', 'crm.example.com', {}],
    ['listEndpoints', {}],
    ['listEndpoints', { json: true }],
    ['replayEndpoint', '$', { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' }],
    ['replayEndpoint', '$', { from: '2026-03-03T00:00:00Z', to: '2026-03-04T00:00:00Z' }],
    ['replayEndpoint', '$', { dead: true }],
    ['replayEndpoint', '$', { dead: true, delivery: 'x' }],
    ['replayEndpoint', 'nobody', { dead: true }],
    ['showAuditLog', { limit: '50', json: true }],
  );
  expect(made?.output).toMatch(
    /CRM is told of clicked, replied from now on[\s\S]*shown this once: whsec_[\w+/]{43}=\n$/,
  );
  expect(inner).toMatchObject({ code: 1, errors: expect.stringContaining('no address of the public internet') });
  expect(nameless?.errors).toMatch(/name: .*url: this is no address of the web/);
  expect(list?.output).toMatch(
    /CRM {2}https:\/\/crm\.example\.com\/hook[\s\S]*clicked, replied; took no call yet; 0 waiting/,
  );
  expect(JSON.parse(json?.output ?? '')).toMatchObject([{ name: 'CRM', types: ['clicked', 'replied'] }]);
  expect(`${list?.output}${json?.output}`).not.toMatch(/salt|whsec_/);
  expect(span?.output).toContain('is told CRM again');
  expect(second).toMatchObject({ code: 1, errors: expect.stringContaining('told again already') });
  expect(dead?.output).toBe('✔ 0 deliveries told CRM again.\n');
  expect(both).toMatchObject({ code: 1, errors: expect.stringContaining('Use one of: --delivery') });
  expect(unknown?.errors).toContain('there is no such endpoint');
  const noted: readonly { readonly route: string }[] = JSON.parse(log?.output ?? '[]');
  expect(noted.map(({ route }) => route)).toEqual([
    'rivulet endpoint replay',
    'rivulet endpoint replay',
    'rivulet endpoint create',
  ]);
}, 60_000);
