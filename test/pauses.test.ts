import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { MongoClient } from 'mongodb';
import { operator } from '../src/account/who.js';
import { routerOf } from '../src/http/answering.js';
import { pausesApi } from '../src/http/pauses-api.js';
import { answerProblems } from '../src/http/problem.js';
import { rememberWho } from '../src/http/who.js';
import { isPaused, isPauseOf, openPauses, type Pause, pauseOf, type PauseStore } from '../src/store/pauses.js';
import { at } from './builders.js';
import { aProjectFolder, readAnswer, startTestRivulet, testDatabase, type TestRivulet, giveBack } from './support.js';

const since = at('2026-03-02T09:00Z');
const byPerson = { since, because: 'the offer is wrong', by: 'person' } as const;
const byRivulet = { since, because: '535 wrong password', by: 'rivulet' } as const;

describe('what is paused', () => {
  const pauses = (...of: readonly Pause['of'][]) => new Map(of.map((one) => [one, { of: one, ...byPerson }]));

  test.each<[Pause['of'], { sequence?: string; transport?: string }, boolean]>([
    ['everything', { sequence: 'welcome' }, true],
    ['everything', { transport: 'smtp' }, true],
    ['everything', {}, true],
    ['sequence:welcome', { sequence: 'welcome' }, true],
    ['sequence:welcome', { sequence: 'welcome', transport: 'smtp' }, true],
    ['sequence:welcome', { sequence: 'welcome-2' }, false],
    ['sequence:smtp', { transport: 'smtp' }, false],
    ['transport:smtp', { transport: 'smtp' }, true],
    ['transport:smtp', { sequence: 'smtp' }, false],
    ['transport:smtp', {}, false],
  ])('%s: %p: %p', (of, what, expected) => {
    expect(isPaused(pauses(of), what)).toBe(expected);
  });

  test('is told by the widest of several pauses', () => {
    const all = pauses('transport:smtp', 'sequence:welcome', 'everything');
    expect(pauseOf(all, { sequence: 'welcome', transport: 'smtp' })?.of).toBe('everything');
  });

  test.each(['everything', 'sequence:welcome', 'sequence:spring.sale_2-b', 'transport:ses'])('may be %s', (text) => {
    expect(isPauseOf(text)).toBe(true);
  });
  test.each([
    '',
    'all',
    'sequence:',
    'sequence',
    'step:welcome',
    'sequence:a b',
    'sequence:a\n',
    'transport:$where',
    'EVERYTHING',
    'Sequence:welcome',
  ])('cannot be %p', (text) => {
    expect(isPauseOf(text)).toBe(false);
  });
});

describe('a pause', () => {
  const uri = testDatabase();
  let clients: readonly MongoClient[];
  let one: PauseStore;
  let other: PauseStore;
  beforeAll(async () => {
    clients = [await new MongoClient(uri).connect(), await new MongoClient(uri).connect()];
  });
  beforeEach(async () => {
    const [db, otherDb] = clients.map((client) => client.db());
    if (!db || !otherDb) throw new Error('there are no clients');
    await db.collection('pauses').deleteMany({});
    one = await openPauses(db);
    other = await openPauses(otherDb);
  });
  afterAll(async () => {
    await clients[0]?.db().dropDatabase();
    for (const client of clients) await client.close();
  });

  test('is known at once to the process that made it, and to others when they look', async () => {
    await one.pause('sequence:welcome', byPerson);
    expect(isPaused(one.known(), { sequence: 'welcome' })).toBe(true);
    expect(isPaused(await other.all(), { sequence: 'welcome' })).toBe(true);
    expect(isPaused(other.known(), { sequence: 'welcome' })).toBe(true);
  });

  test('is not looked for in the database by every mail', async () => {
    await one.pause('sequence:welcome', byPerson);
    expect(await other.refresh()).toEqual(new Map());
    expect(await Promise.all([other.refresh(), other.refresh()])).toEqual([new Map(), new Map()]);
  });

  test('is there for a process that starts later', async () => {
    await one.pause('everything', byPerson);
    const [client] = clients;
    const later = client && (await openPauses(client.db()));
    expect([...(later?.known().values() ?? [])]).toEqual([{ of: 'everything', ...byPerson }]);
  });

  test('that is made again stands since the first time, with the newest reason', async () => {
    await one.pause('everything', byPerson);
    await one.pause('everything', { ...byPerson, since: at('2026-03-05T09:00Z'), because: 'still wrong' });
    expect(one.known().get('everything')).toEqual({ of: 'everything', ...byPerson, because: 'still wrong' });
  });

  test('of a person is not taken over by Rivulet, but the other way round', async () => {
    await one.pause('transport:smtp', byPerson);
    await other.pause('transport:smtp', byRivulet);
    expect(other.known().get('transport:smtp')).toEqual({ of: 'transport:smtp', ...byPerson });
    await one.pause('transport:ses', byRivulet);
    await other.pause('transport:ses', byPerson);
    expect(other.known().get('transport:ses')).toMatchObject({ by: 'person', because: 'the offer is wrong' });
  });

  test('ends once', async () => {
    await one.pause('everything', byPerson);
    expect(await one.resume('everything', 'rivulet')).toBe(false);
    expect(await one.resume('everything')).toBe(true);
    expect(await other.resume('everything')).toBe(false);
    expect(other.known()).toEqual(new Map());
  });
});

describe('over HTTP', () => {
  let rivulet: TestRivulet;
  let pauses: PauseStore;
  let url: string;
  let stop: () => Promise<void>;
  let woken = 0;
  beforeAll(async () => {
    rivulet = await startTestRivulet({ PROJECT_DIR: await aProjectFolder() });
    pauses = await openPauses(rivulet.store.db);
    const wake = (): void => void (woken += 1);
    const services = { ...rivulet, wake, store: { ...rivulet.store, pauses }, transportNames: ['smtp'] };
    const signedIn: express.RequestHandler = (request, _response, next) => {
      rememberWho(request, operator);
      next();
    };
    const app = express().use(signedIn, routerOf(pausesApi(services)), answerProblems(rivulet.onFault));
    const server = app.listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on a port has one
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/pauses`;
    stop = () => new Promise((closed) => server.close(() => closed()));
  });
  afterAll(async () => {
    await stop();
    await rivulet.close();
  });

  const call = async (method: string, path = '', body?: string) =>
    readAnswer(
      await fetch(url + path, {
        method,
        ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
      }),
    );

  test('a sequence is paused with a reason, listed, and goes on at once', async () => {
    const made = await call('PUT', '/sequence:hello', '{"because":"a wrong price"}');
    const paused = {
      of: 'sequence:hello',
      since: rivulet.clock.now.toISOString(),
      because: 'a wrong price',
      by: 'person',
    };
    expect(made).toMatchObject({ status: 200, body: paused });
    expect((await call('GET')).body).toEqual({ items: [paused] });
    expect(isPaused(pauses.known(), { sequence: 'hello' })).toBe(true);

    const before = woken;
    expect((await call('DELETE', '/sequence:hello')).status).toBe(204);
    expect(woken).toBe(before + 1);
    expect((await call('GET')).body).toEqual({ items: [] });
    expect((await call('DELETE', '/sequence:hello')).status).toBe(404);
  });

  test('everything, and a transport, are paused without a body', async () => {
    expect((await call('PUT', '/everything')).body).toMatchObject({ because: 'paused over the API' });
    expect((await call('PUT', '/transport:smtp')).status).toBe(200);
    for (const what of ['/everything', '/transport:smtp']) expect((await call('DELETE', what)).status).toBe(204);
  });

  test.each([
    ['/sequence:helo', undefined, 404],
    ['/transport:ses', undefined, 404],
    ['/all', undefined, 404],
    ['/sequence:%24where', undefined, 404],
    ['/everything', '{"because":5}', 422],
    ['/everything', '{"because":""}', 422],
    ['/everything', '{"because":"two\\nlines"}', 422],
    ['/everything', '{"by":"rivulet"}', 422],
    ['/everything', '[]', 422],
    ['/everything', '{', 400],
    ['/everything', `{"because":"${'a'.repeat(301)}"}`, 422],
    ['/everything', `{"because":"${'a'.repeat(20_000)}"}`, 413],
  ])('PUT %s %s is refused with a reason', async (path, body, status) => {
    const answer = await call('PUT', path, body);
    expect(answer).toMatchObject({ status, body: { status, detail: expect.any(String) } });
    expect((await pauses.all()).size).toBe(0);
  });
});

describe('on the command line', () => {
  const uri = testDatabase();
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    const PROJECT_DIR = await aProjectFolder();
    const SIGNING_SECRET = 'a secret that is long enough to sign with';
    const { SMTP_URL: _, ...own } = process.env;
    environment = { ...own, MONGODB_URI: uri, PROJECT_DIR, SIGNING_SECRET, DATA_DIR: PROJECT_DIR, NO_COLOR: '1' };
  });
  afterAll(async () => {
    await giveBack(uri);
  });

  type Told = { readonly code: number; readonly output: string };
  /** Runs commands one after the other, as the program does, in one process: starting one takes seconds. */
  const run = async (...commands: readonly (readonly ['pause' | 'resume' | 'listPauses', object])[]) => {
    const script = `
      import * as commands from './src/cli/pause.ts';
      import { failWith } from './src/cli/terminal.ts';
      const told = [];
      let output = '';
      console.log = console.error = (line) => { output += line + '\\n'; };
      for (const [command, options] of ${JSON.stringify(commands)}) {
        await commands[command]({ dir: process.env.PROJECT_DIR, ...options }).catch(failWith);
        told.push({ code: process.exitCode ?? 0, output });
        output = '';
        process.exitCode = 0;
      }
      process.stdout.write(JSON.stringify(told));`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
    const told: readonly Told[] = JSON.parse(stdout);
    return told;
  };

  test('a sequence is paused, listed and resumed', async () => {
    const [paused, list, json, other, resumed, none] = await run(
      ['pause', { sequence: 'hello', because: 'a wrong price' }],
      ['listPauses', {}],
      ['listPauses', { json: true }],
      ['resume', { transport: 'smtp' }],
      ['resume', { sequence: 'hello' }],
      ['listPauses', {}],
    );
    expect(paused).toEqual({
      code: 0,
      output: expect.stringMatching(/The sequence "hello" is paused.*rivulet resume --sequence hello/),
    });
    expect(list?.output).toMatch(/The sequence "hello" is paused since .* UTC: a wrong price/);
    expect(JSON.parse(json?.output ?? '')).toMatchObject([{ of: 'sequence:hello', because: 'a wrong price' }]);
    expect(other).toEqual({
      code: 1,
      output: expect.stringMatching(/The transport "smtp" is not paused. What is:\n.*The sequence "hello"/),
    });
    expect(resumed?.code).toBe(0);
    expect(none?.output).toBe('Nothing is paused.\n');
  });

  test('a pause of nothing, of several things or of what is not there is refused with its mend', async () => {
    const [misspelt, nothing, several, noName, none] = await run(
      ['pause', { sequence: 'helo' }],
      ['pause', {}],
      ['pause', { all: true, transport: 'smtp' }],
      ['pause', { transport: 'a b' }],
      ['listPauses', {}],
    );
    expect(misspelt?.output).toMatch(/helo: there is no such sequence.*Did you mean "hello"\?/);
    expect(nothing?.output).toMatch(/name one thing.*--sequence <name>, --transport <name>, --all/);
    expect(several?.output).toMatch(/name one thing/);
    expect(noName?.output).toMatch(/cannot be the name/);
    expect([misspelt, nothing, several, noName].map((told) => told?.code)).toEqual([1, 1, 1, 1]);
    expect(none?.output).toBe('Nothing is paused.\n');
  });
});
