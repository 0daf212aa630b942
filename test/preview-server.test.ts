import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { leadOfFile } from '../src/preview/lead-of-file.js';
import { madeUpLead } from '../src/shown/preview-lead.js';
import { servePreview } from '../src/preview/server.js';
import { type LeadReader, watchProject } from '../src/preview/watch.js';
import { at } from './builders.js';
import { aProjectFolder, aSequenceFile, eventually } from './support.js';

const madeUp: LeadReader = async (project, files) => madeUpLead(project, files);

let folder: string;
let preview: Awaited<ReturnType<typeof open>>;

beforeEach(async () => {
  folder = await aProjectFolder();
  preview = await open(madeUp);
});
afterEach(async () => {
  await preview.stop();
  await rm(folder, { recursive: true, force: true });
});

async function open(readLead: LeadReader, leadFile?: string) {
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  const watched = await watchProject(folder, readLead, { leadFile, say: onFault, onFault });
  const now = () => at('2026-03-02T09:00:00Z');
  const server = await servePreview({ dir: folder, watched, now, onFault }, 0);
  const page = async (path: string): Promise<string> => (await fetch(server.url + path)).text();
  const stop = async (): Promise<void> => {
    server.stop();
    await watched.stop();
    if (faults.length > 0) throw new AggregateError(faults, 'the preview had faults');
  };
  return { ...server, page, stop };
}

const save = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text);
const template = (text: string): string => `<mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>`;

/** What the page's script hears: the version of what is shown, first now and then with each change. */
async function listen(url: string) {
  const leave = new AbortController();
  const response = await fetch(`${url}/changes`, { signal: leave.signal });
  const heard: string[] = [];
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? [])
      for (const [, version = ''] of decoder.decode(chunk).matchAll(/^data: (.+)$/gm)) heard.push(version);
  };
  const reading = read().catch(() => {});
  const stop = async (): Promise<void> => {
    leave.abort();
    await reading;
  };
  return { heard, stop, type: response.headers.get('content-type') };
}

describe('pages', () => {
  test('the first lists the mails of each sequence, with their subjects filled in', async () => {
    const page = await preview.page('/');
    expect(page).toContain('<h2>Hello</h2>');
    expect(page).toContain('<a href="/mail/hello:hello"><bdi>Hello Ada</bdi></a>');
  });

  test('a mail that a pool makes for several steps is listed once', async () => {
    const step = { send: 'hello', subject: 'The same' };
    await save(
      'sequences/twice.json',
      aSequenceFile(
        [
          { ...step, id: 'a' },
          { ...step, id: 'b' },
        ],
        { name: 'Twice' },
      ),
    );
    await eventually(async () => (await preview.page('/')).includes('<h2>Twice</h2>'));
    const page = await preview.page('/');
    expect(page).toContain('<code>twice:a</code> <small>and 1 more step</small>');
    expect(page).not.toContain('twice:b');
  });

  test('a mail’s tells sender, lead, sizes, and the line in the inbox', async () => {
    const page = await preview.page('/mail/hello:hello');
    expect(page).toContain('<h1><bdi>Hello Ada</bdi></h1>');
    expect(page).toContain('Mara Quay &lt;mara@mail.example.com&gt;');
    expect(page).toMatch(/HTML \d\.\d kB, \d+ % of the 102 kB/);
    expect(page).toContain('<bdi>Hello Ada, read on or unsubscribe.</bdi>');
    expect(page).toContain('No preheader');
  });

  test('a mail is shown in frames that run no script, for a desktop and a phone', async () => {
    const page = await preview.page('/mail/hello:hello?view=dark&phone=320');
    const frames = [...page.matchAll(/<iframe title="([^"]+)" sandbox="([^"]+)" src="([^"]+)">/g)];
    expect(frames.map(([, ...parts]) => parts)).toEqual([
      [
        'The mail in a wide window',
        'allow-popups allow-popups-to-escape-sandbox',
        '/frame/hello:hello?view=dark&#38;phone=320',
      ],
      [
        'The mail on a phone, 320 pixels wide',
        'allow-popups allow-popups-to-escape-sandbox',
        '/frame/hello:hello?view=dark&#38;phone=320&#38;on=phone',
      ],
    ]);
    const { headers } = await fetch(`${preview.url}/frame/hello:hello`);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*; sandbox allow-popups/);
  });

  test.each([
    ['text', 'read on (https://example.com/more?for=ada.quill%40example.com)'],
    ['links', '>https://example.com/more?for=ada.quill%40example.com</a>'],
    ['headers', '<th scope="row">List-Unsubscribe-Post</th>'],
    ['inverted', 'Roughly as programs show it'],
    ['dark', 'no dark style of its own'],
  ])('the view "%s" shows what it names', async (view, part) => {
    expect(await preview.page(`/mail/hello?view=${view}`)).toContain(part);
  });

  test('a switch shows the mail for a lead without any fields', async () => {
    expect(await preview.page('/mail/hello:hello')).toContain('href="/mail/hello:hello?lead=empty"');
    expect(await preview.page('/mail/hello:hello?lead=empty')).toContain('<h1><bdi>Hello you</bdi></h1>');
    expect(await preview.page('/frame/hello:hello?lead=empty')).toContain('Hello you,');
  });

  test('a choice that there is not falls back to the first', async () => {
    expect(await preview.page('/mail/hello?view=x&lead=y&phone=9')).toContain('Hello Ada');
  });

  test('an unknown mail is answered with what may be meant', async () => {
    const response = await fetch(`${preview.url}/mail/helo`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain(
      'There is no template and no step &#34;helo&#34;. Did you mean &#34;hello&#34;?',
    );
  });

  test('the .eml is the mail', async () => {
    const response = await fetch(`${preview.url}/eml/hello:hello`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=hello-hello.eml');
    expect(await response.text()).toMatch(/^Subject: Hello Ada\r$/m);
  });

  test('unsubscribing in a preview is told to be without effect', async () => {
    expect(await preview.page('/frame/hello')).toContain(`href="${preview.url}/test-mail"`);
    expect(await preview.page('/test-mail')).toContain('This was a test mail');
  });

  test('pictures come from the folder', async () => {
    await mkdir(join(folder, 'templates/assets'));
    await save('templates/assets/dot.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    expect((await fetch(`${preview.url}/assets/dot.svg`)).headers.get('content-type')).toContain('image/svg');
  });

  test('a name of somebody else’s that points here gets nothing', async () => {
    const [response] = await once(
      request(`${preview.url}/`, { headers: { host: 'evil.example.com' } }).end(),
      'response',
    );
    response.resume();
    expect(response.statusCode).toBe(403);
  });
});

describe('after a save', () => {
  test('the pages are told, and show what was saved', async () => {
    const { heard, stop, type } = await listen(preview.url);
    expect(type).toContain('text/event-stream');
    await eventually(() => heard.length === 1);
    expect(await preview.page('/mail/hello')).toContain(`data-version="${heard[0]}"`);

    await save('templates/hello.mjml', template('Changed for {{lead.firstName "you"}}'));
    await eventually(() => heard.length > 1);
    expect(heard[1]).not.toBe(heard[0]);
    expect(await preview.page('/frame/hello')).toContain('Changed for Ada');
    await stop();
  });

  test('mistakes are shown with their places instead, until they are mended', async () => {
    const good = await readFile(join(folder, 'sequences/hello.json'), 'utf8');
    await save('sequences/hello.json', good.replace('"send":"hello"', '"send":"helo"'));
    await eventually(async () => (await preview.page('/mail/hello:hello')).includes('One mistake'));
    const page = await preview.page('/mail/hello:hello');
    expect(page).toMatch(/<code>sequences\/hello\.json:1:\d+<\/code> there is no template &#34;helo&#34;/);
    expect(page).toContain('Did you mean &#34;hello&#34;?');
    expect(page).toContain('<mark>&#34;helo&#34;</mark>');

    await save('sequences/hello.json', good);
    await eventually(async () => (await preview.page('/mail/hello:hello')).includes('Hello Ada'));
  });

  test('a template that has gone is told, and comes back with it', async () => {
    const good = await readFile(join(folder, 'templates/hello.mjml'), 'utf8');
    await rm(join(folder, 'templates/hello.mjml'));
    await eventually(async () => (await preview.page('/')).includes('there is no template'));
    expect(await preview.page('/mail/hello')).toContain('Mend it and save');
    await save('templates/hello.mjml', good);
    await eventually(async () => (await preview.page('/')).includes('Hello Ada'));
  });

  test('so is a lead’s file, good and bad', async () => {
    await preview.stop();
    const file = join(folder, 'grace.json');
    await writeFile(file, '{ "email": "grace@example.com", "firstName": "Grace" }');
    preview = await open((project) => leadOfFile(file, project), file);
    expect(await preview.page('/mail/hello:hello')).toContain('Hello Grace');

    await writeFile(file, '{ "email": "grace@example.com", "firstName": "Kit" }');
    await eventually(async () => (await preview.page('/mail/hello:hello')).includes('Hello Kit'));
    await writeFile(file, '{ "email": "grace" }');
    await eventually(async () => (await preview.page('/mail/hello:hello')).includes('an e-mail address looks like'));
  });
});

test('a port in use is named, with the mend', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const watched = await watchProject(folder, madeUp, { say: () => {}, onFault: () => {} });
  const now = () => at('2026-03-02T09:00:00Z');
  await expect(servePreview({ dir: folder, watched, now, onFault: () => {} }, port)).rejects.toThrow(
    `127.0.0.1:${port}: this port is in use by another program. Take another: --port ${port + 1}`,
  );
  other.close();
  await watched.stop();
});
