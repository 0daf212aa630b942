import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileTemplate, type RenderedMails } from '../src/message/template.js';
import { openRenderedMails, renderedMailsIn } from '../src/rendered-mails.js';

const roots: string[] = [];
let folder: string;

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'rivulet-rendered-'));
  roots.push(root);
  folder = join(root, 'cache', 'mails');
});
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

describe('what MJML made of a mail', () => {
  test('is found by its source, also by who opens the folder later', async () => {
    const source = '<mjml>Grüße, {{lead.firstName "you"}}</mjml>';
    await renderedMailsIn(folder).keep(source, '<p>Grüße,\n{{lead.firstName "you"}}</p>');
    const later = renderedMailsIn(folder);
    expect(await later.find(source)).toBe('<p>Grüße,\n{{lead.firstName "you"}}</p>');
    expect(await later.find(`${source} `)).toBeUndefined();
    expect(await renderedMailsIn(`${folder}-other`).find(source)).toBeUndefined();
  });

  test('is for the eyes of its user alone, and no draft stays behind', async () => {
    const rendered = renderedMailsIn(folder);
    await Promise.all([rendered.keep('a', 'A'), rendered.keep('a', 'A'), rendered.keep('b', 'B')]);
    const names = await readdir(folder);
    expect(names).toHaveLength(2);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['cut short', (text: string) => text.slice(0, -3)],
    ['changed', (text: string) => text.replace('whole', 'other')],
    ['emptied', () => ''],
  ])('is made anew where its file was %s', async (_, spoil) => {
    const rendered = renderedMailsIn(folder);
    await rendered.keep('source', '<p>the whole mail</p>');
    const [name = ''] = await readdir(folder);
    const path = join(folder, name);
    await writeFile(path, spoil(await readFile(path, 'utf8')));
    expect(await rendered.find('source')).toBeUndefined();
    await rendered.keep('source', '<p>the whole mail</p>');
    expect(await rendered.find('source')).toBe('<p>the whole mail</p>');
  });

  test('is neither kept nor believed where others may write', async () => {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    const rendered = renderedMailsIn(folder);
    await rendered.keep('source', 'html');
    expect(await readdir(folder)).toEqual([]);
    await chmod(folder, 0o700);
    await renderedMailsIn(folder).keep('source', 'html');
    await chmod(folder, 0o770);
    expect(await renderedMailsIn(folder).find('source')).toBeUndefined();
  });

  test('is not kept where there can be no folder, and nobody is troubled by it', async () => {
    await mkdir(join(folder, '..'), { recursive: true });
    await writeFile(folder, 'a file');
    const rendered = renderedMailsIn(folder);
    await rendered.keep('source', 'html');
    expect(await rendered.find('source')).toBeUndefined();
  });

  test('goes, the oldest first, when there is too much of it', async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const old = Array.from({ length: 2005 }, (_, i) => join(folder, String(i).padStart(64, '0')));
    for (const [i, path] of old.entries()) {
      await writeFile(path, '');
      await utimes(path, 1_000_000 + i, 1_000_000 + i);
    }
    await writeFile(join(folder, 'notes.txt'), '');
    const rendered = renderedMailsIn(folder);
    await rendered.keep('source', 'html');
    const left = await readdir(folder);
    expect(left).toHaveLength(1001);
    expect(left.toSorted()[0]).toBe('1006'.padStart(64, '0'));
    // What is not ours stays.
    expect(left).toContain('notes.txt');
    expect(await rendered.find('source')).toBe('html');
  });
});

describe('a mail that is compiled', () => {
  const layout = '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>';
  const filesWith = (text: string) =>
    new Map([
      ['layout', { file: 'templates/layout.mjml', text: layout }],
      ['hello', { file: 'templates/hello.mjml', text }],
    ]);
  const mail = (inner: string) => `<mj-section><mj-column><mj-text>${inner}</mj-text></mj-column></mj-section>`;

  /** Remembers what was asked of it and what it was given. */
  const watched = (kept?: string) => {
    const [asked, given]: [string[], string[]] = [[], []];
    const rendered: RenderedMails = {
      find: async (source) => {
        asked.push(source);
        return kept;
      },
      keep: async (_, html) => void given.push(html),
    };
    return { asked, given, rendered };
  };

  test('gives what MJML made of it to be kept', async () => {
    const { asked, given, rendered } = watched();
    const { problems, template } = await compileTemplate('hello', filesWith(mail('Made at first')), rendered);
    expect(problems).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('Made at first');
    expect(given).toEqual([expect.stringContaining('Made at first')]);
    expect(template?.htmlBytes).toBe(Buffer.byteLength(given[0] ?? ''));
  });

  test('is made of what was kept', async () => {
    const html = '<html><body><p>Kept</p></body></html>';
    const { given, rendered } = watched(html);
    const { template } = await compileTemplate('hello', filesWith(mail('Made before')), rendered);
    expect(template?.htmlBytes).toBe(html.length);
    expect(given).toEqual([]);
  });

  test.each([
    ['what MJML would drop', 'A name <mj-text>inside</mj-text>'],
    ['a tag that MJML does not know', '</mj-text><mj-txt>Hello</mj-txt><mj-text>Hello'],
    ['a field that is lost', '</mj-text><mj-text foo="{{lead.firstName}}">Hello'],
  ])('is not kept with %s in it', async (_, inner) => {
    const { given, rendered } = watched();
    const { problems } = await compileTemplate('hello', filesWith(mail(inner)), rendered);
    expect(problems.length).toBeGreaterThan(0);
    expect(given).toEqual([]);
  });
});

describe('the mails of the user who runs it', () => {
  test('are kept where the user’s programs keep such things', async () => {
    const source = `<mjml>${randomUUID()}</mjml>`;
    await (await openRenderedMails())?.keep(source, 'html');
    expect(await renderedMailsIn(join(process.env['XDG_CACHE_HOME'] ?? '', 'rivulet', 'mails')).find(source)).toBe(
      'html',
    );
  });

  test('are made anew for a user without a home', () => {
    const script = `
      const os = await import('node:os');
      os.default.homedir = () => { throw new Error('no home'); };
      (await import('node:module')).syncBuiltinESMExports();
      const { openRenderedMails } = await import('./src/rendered-mails.ts');
      console.log(await openRenderedMails());
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).toBe('undefined');
  });
});
