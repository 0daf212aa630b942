import { createHash, randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FixableError } from '../src/errors.js';
import { diskTrouble } from '../src/files/place.js';
import { fileKinds, schemaText } from '../src/editor/json-schema.js';
import { assertAsPromised } from './as-promised.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';

const path = 'sequences/hello.json';
const steps = (subject: string): string =>
  aSequenceFile([{ send: 'hello', subject }], { enroll: { on: 'lead.created' } });
const broken = steps('Hello').replace('"send":"hello"', '"send":"helo"');

let rivulet: HttpRivulet;
let folder: string;
beforeAll(async () => {
  folder = await aProjectFolder();
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder, EDIT: '1' });
});
afterAll(() => rivulet.close());

/** One request about a file; headers beside the key. */
async function ask(method: string, address: string, { body, ...headers }: Record<string, unknown> = {}) {
  const response = await fetch(`${rivulet.url}${address}`, {
    method,
    headers: { Authorization: `Bearer ${rivulet.apiKey}`, 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await readAnswer(response);
  assertAsPromised(method, address.replace(/(?<=\/api\/files\/.*)\//g, '%2F'), answer);
  return answer;
}
const read = async (file = path) => (await ask('GET', `/api/files/${file}`)).body;
const put = (text: unknown, etag: string, file = path, more = '') =>
  ask('PUT', `/api/files/${file}${more}`, { body: { text }, 'If-Match': `"${etag}"` });
const create = (text: unknown, file: string, more = '') =>
  ask('PUT', `/api/files/${file}${more}`, { body: { text }, 'If-None-Match': '*' });
const onDisk = (file = path) => readFile(join(folder, file), 'utf8');

/** Every test begins with the file as it was; those that only read leave it so. */
beforeEach(async () => {
  const file = await read();
  if (file.text !== steps('Hello')) await put(steps('Hello'), file.etag);
});

describe('a file that is saved', () => {
  test('comes into force as a new revision, and the answer says so', async () => {
    const before = await read();
    const { status, headers, body } = await put(steps('Good day'), before.etag);
    expect(status).toBe(200);
    expect(body).toMatchObject({ path, state: 'in-force', changes: ['hello has a new revision'], diagnostics: [] });
    expect(body.sequence.after).toBe(rivulet.project().programs.get('hello')?.revision);
    expect(body.sequence.after).not.toBe(body.sequence.before);
    expect(body.revision.after).not.toBe(body.revision.before);
    expect(headers.get('etag')).toBe(`"${body.etag}"`);
    expect(await onDisk()).toBe(steps('Good day'));
    expect(await read()).toMatchObject({ etag: body.etag, text: steps('Good day'), state: 'in-force' });
    const { body: project } = await ask('GET', '/api/project');
    expect(project).toMatchObject({ revision: body.revision.after, isEditable: true, isInForce: true, troubles: [] });
  });

  test('stands in the audit log with who saved it, and what was refused does not', async () => {
    const file = 'templates/noted.mjml';
    await create(aMail('Noted'), file);
    expect((await create(aMail('Too late'), file)).status).toBe(412);
    const { body } = await ask('GET', '/api/audit-log');
    const own = body.items.filter((entry: object) => JSON.stringify(entry).includes(file));
    expect(own).toMatchObject([
      {
        who: { kind: 'operator' },
        route: 'PUT /api/files/:path',
        things: [{ name: 'path', value: file }],
        fields: ['text'],
      },
    ]);
  });

  test('has the ETag of what is on disk: its SHA-256', async () => {
    const { etag, size } = await read();
    const bytes = await readFile(join(folder, path));
    expect([etag, size]).toEqual([createHash('sha256').update(bytes).digest('hex'), bytes.length]);
  });

  test('may have its slashes in the address or encoded', async () => {
    expect(await read('sequences/hello.json')).toEqual(await read('sequences%2Fhello.json'));
  });

  test('may be new, in a folder that is new too, and can be taken away again', async () => {
    const made = await create(aMail('An offer'), 'templates/spring/sale/offer.mjml');
    expect([made.status, made.body.state]).toEqual([201, 'in-force']);
    expect(made.body).toMatchObject({ sequence: null, changes: ['spring/sale/offer is a new template'] });
    expect(rivulet.project().templates.has('spring/sale/offer')).toBe(true);

    const gone = await ask('DELETE', '/api/files/templates%2Fspring%2Fsale%2Foffer.mjml', {
      'If-Match': `"${made.body.etag}"`,
    });
    expect([gone.status, gone.body.etag, gone.body.state]).toEqual([200, null, 'in-force']);
    expect(rivulet.project().templates.has('spring/sale/offer')).toBe(false);
    await expect(onDisk('templates/spring/sale/offer.mjml')).rejects.toThrow('ENOENT');
  });

  test('keeps the rights it has on disk, its byte order mark and its line ends', async () => {
    await chmod(join(folder, path), 0o640);
    const text = `\ufeff${steps('Hello').replaceAll(',', ',\r\n')}`;
    const { etag } = await read();
    const { body } = await put(text, etag, path, '?broken=1');
    expect(await onDisk()).toBe(text);
    expect((await stat(join(folder, path))).mode & 0o777).toBe(0o640);
    expect(await read()).toMatchObject({ text, etag: body.etag });
  });

  test('leaves nothing beside it', async () => {
    expect((await readdir(join(folder, 'sequences'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('a file that somebody else has changed meanwhile', () => {
  test.each([
    ['on disk', async () => writeFile(join(folder, path), steps('By git'))],
    ['in another browser', async () => void (await put(steps('By git'), (await read()).etag))],
  ])('%s stays as it is, and is answered', async (_where, change) => {
    const { etag } = await read();
    await change();
    const { status, body } = await put(steps('Mine'), etag);
    expect(status).toBe(412);
    expect(body.current).toEqual({
      text: steps('By git'),
      etag: createHash('sha256').update(steps('By git')).digest('hex'),
    });
    expect(await onDisk()).toBe(steps('By git'));
    expect((await put(steps('Mine'), body.current.etag)).status).toBe(200);
  });

  test('is saved once by those who save at one time', async () => {
    const { etag } = await read();
    const answers = await Promise.all(['A', 'B', 'C', 'D'].map((subject) => put(steps(subject), etag)));
    expect(statusesOf(answers)).toEqual([200, 412, 412, 412]);
    const saved = answers.find(({ status }) => status === 200);
    expect((await read()).etag).toBe(saved?.body.etag);
  });

  test('is made once by those who make it at one time', async () => {
    const answers = await Promise.all(['A', 'B', 'C'].map((text) => create(aMail(text), 'templates/once.mjml')));
    expect(statusesOf(answers)).toEqual([201, 412, 412]);
    expect((await create(aMail('D'), 'templates/once.mjml')).body.current.text).toMatch(/[ABC]/);
  });

  test('is gone: it is neither brought back nor taken away once more', async () => {
    const { body } = await create(aMail('Short'), 'templates/short.mjml');
    await rm(join(folder, 'templates/short.mjml'));
    for (const method of ['PUT', 'DELETE']) {
      const more = method === 'PUT' ? { body: { text: aMail('Again') } } : {};
      const answer = await ask(method, '/api/files/templates%2Fshort.mjml', { ...more, 'If-Match': `"${body.etag}"` });
      expect([answer.status, answer.body.current]).toEqual([412, null]);
    }
  });

  test.each([
    ['nothing', {}, 428],
    ['no ETag of ours', { 'If-Match': '"abc"' }, 400],
    ['an ETag without quotes', { 'If-Match': 'a'.repeat(64) }, 400],
    ['another "none" than all', { 'If-None-Match': `"${'a'.repeat(64)}"` }, 428],
  ])('is not asked for with %s', async (_what, headers, status) => {
    const answer = await ask('PUT', '/api/files/sequences%2Fhello.json', { body: { text: steps('Mine') }, ...headers });
    expect(answer.status).toBe(status);
    expect(await onDisk()).toBe(steps('Hello'));
  });

  test('is meant all the same where a proxy made its ETag a weak one, or where any is meant', async () => {
    const { etag } = await read();
    const weak = await ask('PUT', '/api/files/sequences%2Fhello.json', {
      body: { text: steps('Weak') },
      'If-Match': `W/"${etag}"`,
    });
    const any = await ask('PUT', '/api/files/sequences%2Fhello.json', {
      body: { text: steps('Any') },
      'If-Match': '*',
    });
    expect([weak.status, any.status]).toEqual([200, 200]);
  });
});

describe('a file that would break the project', () => {
  test('is refused with every mistake and its place, and nothing is written', async () => {
    const { etag } = await read();
    const { status, headers, body } = await put(broken, etag);
    expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json; charset=utf-8']);
    expect(body.diagnostics).toEqual([
      {
        file: path,
        line: 1,
        column: expect.any(Number),
        code: 'unknown-template',
        message: 'there is no template "helo"',
        hint: 'Did you mean "hello"?',
        severity: 'error',
      },
    ]);
    expect(await onDisk()).toBe(steps('Hello'));
  });

  test('is saved if that is meant: it stays out of force until it is mended', async () => {
    const { etag } = await read();
    const { status, body } = await put(broken, etag, path, '?broken=1');
    expect([status, body.state, body.changes]).toEqual([200, 'broken', []]);
    expect(body.diagnostics.map(({ code }: { code: string }) => code)).toEqual(['unknown-template']);
    expect(body.sequence.after).toBe(body.sequence.before);
    expect(await read()).toMatchObject({ state: 'broken', text: broken, diagnostics: [{ code: 'unknown-template' }] });
    expect((await ask('GET', '/api/project')).body).toMatchObject({ isInForce: false, troubles: [{ file: path }] });

    const { body: mended } = await put(steps('Mended'), body.etag);
    expect([mended.state, mended.diagnostics]).toEqual(['in-force', []]);
  });

  test('keeps others out of force too: they wait', async () => {
    const { body } = await put(broken, (await read()).etag, path, '?broken=1');
    const other = await create(aMail('Waiting'), 'templates/waiting.mjml', '?broken=1');
    expect(other.body.state).toBe('waiting');
    await put(steps('Hello'), body.etag);
    expect((await read('templates/waiting.mjml')).state).toBe('in-force');
  });

  test('is refused where it is taken away, too', async () => {
    const { etag } = await read('templates/hello.mjml');
    const { status, body } = await ask('DELETE', '/api/files/templates%2Fhello.mjml', { 'If-Match': `"${etag}"` });
    expect(status).toBe(422);
    expect(body.diagnostics).toMatchObject([{ file: path, code: 'unknown-template' }]);
    expect(await onDisk('templates/hello.mjml')).toContain('mj-section');
  });

  test('is a journey with mistakes as well, though it holds up nothing', async () => {
    const journey = JSON.stringify({ name: 'No such', sequence: 'helo', expect: [] });
    const refused = await create(journey, 'sequences/journeys/no.journey.json');
    expect([refused.status, refused.body.diagnostics[0].file]).toEqual([422, 'sequences/journeys/no.journey.json']);
  });
});

describe('a look at texts that are not saved', () => {
  const check = (files: unknown) => ask('POST', '/api/files/check', { body: { files } });

  test('tells each mistake with its place and its mend, and writes nothing', async () => {
    const { status, body } = await check({ [path]: broken, 'templates/new.mjml': aMail('{{led.firstName}}') });
    expect([status, body.isSound, body.lint]).toEqual([200, false, []]);
    expect(body.diagnostics).toMatchObject([
      { file: path, code: 'unknown-template', hint: 'Did you mean "hello"?' },
      { file: 'templates/new.mjml', line: 1, code: 'unknown-merge-field' },
    ]);
    expect(await onDisk()).toBe(steps('Hello'));
    await expect(onDisk('templates/new.mjml')).rejects.toThrow('ENOENT');
  });

  test('looks at files together: one may mend what another would break', async () => {
    expect((await check({ [path]: broken, 'templates/helo.mjml': aMail('Hello') })).body.isSound).toBe(true);
    expect((await check({ 'templates/hello.mjml': null })).body.isSound).toBe(false);
  });

  test('tells what is valid but probably not meant', async () => {
    const text = aMail('<img src="https://example.com/a.png" />Hello');
    const { body } = await check({ 'templates/hello.mjml': text });
    expect(body.isSound).toBe(true);
    expect(body.lint.length).toBeGreaterThan(0);
    for (const { severity } of body.lint) expect(severity).toBe('warning');
  });

  test('draws how a sequence would run, with where each step stands', async () => {
    const text = steps('Drawn').replace('"steps":[', '"steps":[\n{"wait":"1 day"},\n');
    const { body } = await check({ [path]: text });
    const { nodes, edges } = body.flows.hello;
    expect(nodes.map(({ kind, line }: { kind: string; line?: number }) => [kind, line])).toEqual([
      ['start', undefined],
      ['wait', 2],
      ['send', 3],
      ['end', undefined],
    ]);
    expect(edges).toHaveLength(3);
    expect((await check({ [path]: broken })).body.flows).toEqual({});
    expect((await check({ 'templates/hello.mjml': aMail('Hello') })).body.flows).toEqual({});
  });

  test('tells of the project as it is saved where nothing is laid over it', async () => {
    expect((await check({})).body).toMatchObject({ isSound: true, diagnostics: [] });
  });

  test('refuses more files than one edits, and texts that are too long', async () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`templates/a${i}.mjml`, '']));
    expect((await check(many)).status).toBe(422);
    expect((await check({ 'templates/hello.mjml': 'x'.repeat(256 * 1024 + 1) })).status).toBe(422);
  });
});

/** Threat 9: Handlebars compiles objects too, and one that is made to be a tree of a template runs what stands in it. */
describe('a template that is no text is refused, wherever it is sent', () => {
  const program = {
    type: 'Program',
    body: [
      {
        type: 'MustacheStatement',
        path: 0,
        params: [{ type: 'NumberLiteral', value: '{},{})) + globalThis.pwned()//' }],
      },
    ],
  };
  const others: readonly unknown[] = [
    program,
    [program],
    ['<mjml>'],
    { toString: '<mjml>' },
    42,
    true,
    { type: 'Buffer', data: [60] },
  ];

  test.each(others.map((text) => [JSON.stringify(text), text]))('saved or looked at: %s', async (_written, text) => {
    const file = 'templates/hello.mjml';
    const { etag, text: before } = await read(file);
    const saved = await put(text, etag, file, '?broken=1');
    expect([saved.status, saved.body.problems[0].pointer]).toEqual([422, '/text']);
    const looked = await ask('POST', '/api/files/check', { body: { files: { [file]: text } } });
    expect([looked.status, looked.body.problems[0].pointer]).toEqual([422, '/files/templates~1hello.mjml']);
    expect(await onDisk(file)).toBe(before);
    expect(rivulet.faults).toEqual([]);
  });

  test('saved as nothing at all', async () => {
    const { etag } = await read();
    expect((await put(null, etag)).status).toBe(422);
    expect((await put(undefined, etag)).status).toBe(422);
  });

  test('named by what every object has', async () => {
    const body = '{"files":{"__proto__":{"type":"Program"},"constructor":"x"}}';
    const answer = await rivulet.api('/api/files/check', body);
    expect(answer.status).toBe(422);
    expect(({} as Record<string, unknown>)['type']).toBeUndefined();
  });
});

describe('only files of the project are seen and written', () => {
  const elsewhere = join(tmpdir(), `rivulet-elsewhere-${randomUUID()}`);
  const outside = join(elsewhere, 'a.mjml');
  const marker = 'nobody may read this';

  beforeAll(async () => {
    await mkdir(elsewhere);
    await writeFile(outside, marker);
    await writeFile(join(folder, 'secret.json'), marker);
    await mkdir(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data/api-key'), marker);
    await writeFile(join(folder, 'sequences/.hidden.json'), marker);
    await mkdir(join(folder, 'sequences/schema'), { recursive: true });
    await writeFile(join(folder, 'sequences/schema/funnel.json'), marker);
    await mkdir(join(folder, 'templates/assets'), { recursive: true });
    await writeFile(join(folder, 'templates/assets/a.mjml'), marker);
    await writeFile(join(folder, 'templates/note.txt'), marker);
    await mkdir(join(folder, 'sequences/folder.json'));
    await symlink(outside, join(folder, 'sequences/link.json'));
    await symlink(elsewhere, join(folder, 'templates/linked'));
    await symlink(join(folder, 'templates/hello.mjml'), join(folder, 'templates/within.mjml'));
  });
  afterAll(async () => {
    for (const made of [
      'sequences/link.json',
      'templates/linked',
      'templates/assets',
      'templates/within.mjml',
      'sequences/folder.json',
      'sequences/.hidden.json',
    ])
      await rm(join(folder, made), { recursive: true, force: true });
    await rm(elsewhere, { recursive: true });
  });

  test.each([
    // Up and out.
    '../secret.json',
    '..%2Fsecret.json',
    'sequences/../secret.json',
    'sequences%2F..%2Fsecret.json',
    'sequences%2F..%2F..%2Fetc%2Fpasswd',
    'sequences%2F%2e%2e%2Fsecret.json',
    'sequences%2F%252e%252e%252Fsecret.json',
    '%2e%2e%2fsecret.json',
    'sequences%2F....%2F%2Fsecret.json',
    'sequences%2F..%5C..%5Csecret.json',
    'sequences%5C..%5Csecret.json',
    'sequences%2F..%c0%afsecret.json',
    'sequences%2F%ef%bc%8e%ef%bc%8e%2Fsecret.json',
    'sequences%2F..;%2Fsecret.json',
    'templates%2F..%2Fsequences%2Fhello.json',
    // From the root of the disk or another one.
    '%2Fetc%2Fpasswd',
    '%2Fsequences%2Fhello.json',
    'C:%5Csecret.json',
    'file:%2F%2F%2Fetc%2Fpasswd',
    '%5C%5Cserver%5Cshare%5Ca.json',
    '~%2F.ssh%2Fid_rsa.json',
    // Spelled otherwise.
    'Sequences%2Fhello.json',
    'sequences%2FHELLO.json',
    'sequences%2Fhello.JSON',
    'sequences%2Fhello.json%00',
    'sequences%2Fhello.json%00.mjml',
    'sequences%2Fhello.json.',
    'sequences%2Fhello.json%20',
    'sequences%2F%20hello.json',
    'sequences%2F%2Fhello.json',
    'sequences%2F.%2Fhello.json',
    'sequences%2Fhello.json%2F',
    'sequences%2Fhello.json::$DATA',
    'sequences%2Fh%C3%A9llo.json',
    'sequences%2Fhello%0A.json',
    'sequences%2F%E2%80%AEnosj.olleh.json',
    // Hidden, or nothing of a project.
    'sequences%2F.hidden.json',
    '.git%2Fconfig',
    '.env',
    'data%2Fapi-key',
    'secret.json',
    'package.json',
    'sequences',
    'sequences%2F',
    'sequences%2Fhello.mjml',
    'sequences%2Fhello.json.bak',
    'sequences%2Fschema%2Ffunnel.json',
    'sequences%2Fother%2Fhello.json',
    'templates%2Fhello.json',
    'templates%2Fnote.txt',
    'templates%2Fassets%2Fa.mjml',
    'templates%2Fdownloads%2Fa.mjml',
    'templates%2Fbrand.json%2Fx.mjml',
    'templates%2Fcon.mjml',
    'templates%2Faux.x.mjml',
    // Links, folders.
    'sequences%2Flink.json',
    'templates%2Fwithin.mjml',
    'templates%2Flinked%2Fa.mjml',
    'sequences%2Ffolder.json',
    // Too long, too deep.
    `templates%2F${'a'.repeat(300)}.mjml`,
    `templates%2F${'a%2F'.repeat(20)}a.mjml`,
    '__proto__',
    'constructor',
    '%',
    '%ff%fe.json',
  ])('refuses %s', async (address) => {
    const before = await treeOf(folder);
    const reading = await ask('GET', `/api/files/${address}`);
    const writing = await create('{}', address, '?broken=1');
    const removing = await ask('DELETE', `/api/files/${address}?broken=1`, { 'If-Match': '*' });
    for (const { status, body } of [reading, writing, removing]) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(JSON.stringify(body)).not.toContain(marker);
    }
    expect(await treeOf(folder)).toEqual(before);
    expect(await readFile(outside, 'utf8')).toBe(marker);
    expect(rivulet.faults).toEqual([]);
  });

  test('refuses a path that a client sends as it is, unresolved', async () => {
    expect(await raw('/api/files/sequences/../../secret.json')).not.toContain(marker);
    expect(await raw('/api/files//sequences/hello.json')).not.toContain('"steps"');
    expect(await raw('/api/files/sequences\\..\\secret.json')).not.toContain(marker);
  });

  test('lists files of the project alone, each with what it says', async () => {
    const { body } = await ask('GET', '/api/files');
    const paths = body.items.map(({ path: one }: { path: string }) => one);
    expect(paths).toEqual(
      expect.arrayContaining(['sequences/funnel.json', path, 'templates/brand.json', 'templates/layout.mjml']),
    );
    for (const odd of [
      'sequences/.hidden.json',
      'sequences/link.json',
      'sequences/schema/funnel.json',
      'templates/note.txt',
    ])
      expect(paths).not.toContain(odd);
    const kinds = new Map(body.items.map((one: { path: string; kind: string }) => [one.path, one.kind]));
    expect([kinds.get(path), kinds.get('sequences/funnel.json'), kinds.get('templates/hello.mjml')]).toEqual([
      'sequence',
      'funnel',
      'mail',
    ]);
    expect(body.items[0]).toEqual({
      path: expect.any(String),
      kind: expect.any(String),
      size: expect.any(Number),
      etag: expect.stringMatching(/^[0-9a-f]{64}$/),
      state: expect.any(String),
    });
  });

  test('refuses a name that another file has in other capital letters', async () => {
    const { status, body } = await create(aMail('Twice'), 'templates/Hello.mjml');
    expect(status).toBe(422);
    expect(body.detail).toContain('"hello.mjml"');
  });

  test.each([
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1])],
    ['half a character', Buffer.from([0x7b, 0xc3, 0x28, 0x7d])],
    ['a control character', Buffer.from('{ "a": "\u0007" }')],
    ['more than anybody writes', Buffer.alloc(256 * 1024 + 1, 0x20)],
  ])('neither shows nor replaces a file that holds %s', async (_what, bytes) => {
    const file = 'templates/odd.mjml';
    await writeFile(join(folder, file), bytes);
    expect((await ask('GET', `/api/files/${file}`)).status).toBe(422);
    expect(
      (await ask('PUT', `/api/files/${file}?broken=1`, { body: { text: aMail('x') }, 'If-Match': '*' })).status,
    ).toBe(422);
    expect(await readFile(join(folder, file))).toEqual(bytes);
    await rm(join(folder, file));
  });

  test.each([
    ['a NUL', 'a\u0000b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['more than 256 kB', 'x'.repeat(256 * 1024 + 1)],
  ])('saves no text with %s', async (_what, text) => {
    expect((await create(text, 'templates/odd.mjml', '?broken=1')).status).toBe(422);
    await expect(onDisk('templates/odd.mjml')).rejects.toThrow('ENOENT');
  });
});

describe('what an editor needs beside the files', () => {
  test('the schema of each kind is the one that "rivulet schema" writes', async () => {
    const { body: list } = await ask('GET', '/api/schemas');
    expect(list.items.map(({ kind }: { kind: string }) => kind)).toEqual([...fileKinds.keys()]);
    for (const [name, kind] of fileKinds) {
      const { body } = await ask('GET', `/api/schemas/${name}`);
      expect(body).toEqual(JSON.parse(schemaText(kind)));
    }
    expect((await ask('GET', '/api/schemas/constructor')).status).toBe(404);
  });

  test('merge fields are those a template of this project may name', async () => {
    const { body } = await ask('GET', '/api/completions');
    const names = body.fields.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['lead.email', 'lead.firstName', 'unsubscribeUrl', 'event.text', 'dossier.name']),
    );
    expect(body.names).toMatchObject({
      templates: expect.arrayContaining(['hello']),
      sequences: ['hello'],
      stages: ['lead'],
    });
    const covered = body.fields.map(({ name, isAlwaysThere }: { name: string; isAlwaysThere: boolean }) =>
      isAlwaysThere ? `{{${name}}}` : `{{${name} 'x'}}`,
    );
    const { body: looked } = await ask('POST', '/api/files/check', {
      body: { files: { 'templates/all.mjml': aMail(covered.join(' ')) } },
    });
    expect(looked.diagnostics).toEqual([]);
  });
});

test.each([
  ['EACCES', 'the user that Rivulet runs as has no right to it (EACCES)'],
  ['EROFS', 'the disk can only be read (EROFS)'],
  ['ENOSPC', 'the disk is full (ENOSPC)'],
])('what the disk refuses with %s is told to whoever can mend it', (code, what) => {
  const trouble = diskTrouble(path, Object.assign(new Error(code), { code }));
  expect(trouble).toBeInstanceOf(FixableError);
  expect(trouble.message).toBe(
    `${path}: ${what}. Nothing was changed. Whoever runs Rivulet can mend it on the server.`,
  );
});

test('where EDIT is off, files are seen and looked at, and a change says how to turn it on', async () => {
  const still = await startHttpRivulet({ PROJECT_DIR: await aProjectFolder() });
  try {
    const file = await still.api('/api/files/sequences%2Fhello.json');
    expect([file.status, file.body.isEditable]).toEqual([200, false]);
    expect((await still.api('/api/files/check', { files: { [path]: broken } })).body.isSound).toBe(false);
    const headers = {
      Authorization: `Bearer ${still.apiKey}`,
      'Content-Type': 'application/json',
      'If-Match': `"${file.body.etag}"`,
    };
    const url = `${still.url}/api/files/sequences/hello.json`;
    for (const request of [{ method: 'PUT', body: JSON.stringify({ text: steps('Mine') }) }, { method: 'DELETE' }]) {
      const response = await fetch(url, { headers, ...request });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('EDIT=1');
    }
    expect((await still.api('/api/files/sequences%2Fhello.json')).body.text).toBe(file.body.text);
  } finally {
    await still.close();
  }
});

function aMail(text: string): string {
  return `<mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>`;
}

function statusesOf(answers: readonly { readonly status: number }[]): readonly number[] {
  return answers.map(({ status }) => status).toSorted((a, b) => a - b);
}

/** Every file under a folder, with when it was last written. */
async function treeOf(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true });
  const files = names.filter((name) => !name.startsWith('templates/linked'));
  return Promise.all(files.toSorted().map(async (name) => `${name} ${(await lstat(join(root, name))).mtimeMs}`));
}

/** One GET whose path no client has touched. */
async function raw(address: string): Promise<string> {
  const socket = connect(Number(new URL(rivulet.url).port), '127.0.0.1');
  socket.end(
    `GET ${address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${rivulet.apiKey}\r\n\r\n`,
  );
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  return answer;
}
