import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { generateDkim, showDkim } from '../src/cli/dkim.js';
import { makeDkimKey, openDkimKeys } from '../src/delivery/dkim-keys.js';
import { dnsRecordOf, quotedTxt } from '../src/message/dkim-key.js';

const pem = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rivulet-dkim-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

async function withFiles(...names: readonly string[]) {
  await mkdir(join(dataDir, 'dkim'), { recursive: true });
  for (const name of names) await writeFile(join(dataDir, 'dkim', name), pem, { mode: 0o600 });
  return openDkimKeys(dataDir);
}

function signs(keys: Awaited<ReturnType<typeof openDkimKeys>>, from: string): string | undefined {
  const signing = keys.keyFor(from);
  return 'key' in signing ? `${signing.key.selector} of ${signing.key.domain}` : undefined;
}

describe('a data directory', () => {
  test('without keys is one in which nothing signs, and says how to change that', async () => {
    const keys = await openDkimKeys(dataDir);
    expect(keys.files).toEqual([]);
    expect(keys.keyFor('mail.example.com')).toEqual({
      missing: `there is no DKIM key for mail.example.com in ${join(dataDir, 'dkim')}; "rivulet dkim generate mail.example.com" makes one`,
    });
  });

  test.each([
    ['mail.example.com', 'own of mail.example.com'],
    ['MAIL.Example.com', 'own of mail.example.com'],
    ['a.b.mail.example.com', 'own of mail.example.com'],
    ['news.example.com', 'org of example.com'],
    ['example.com', 'org of example.com'],
    ['notexample.com', undefined],
    ['example.com.evil.org', undefined],
    ['com', undefined],
    ['', undefined],
  ])('signs mails from "%s" with %s', async (from, expected) => {
    const keys = await withFiles('mail.example.com.own.pem', 'example.com.org.pem', 'notes.txt', '.DS_Store');
    expect(signs(keys, from)).toBe(expected);
  });

  test.each([
    [['a', 'b'], 'b'],
    [['rivulet-20251231', 'rivulet-20260102'], 'rivulet-20260102'],
    [['s9', 's10'], 's10'],
    [['s10', 's9', 's1'], 's10'],
  ])('with the selectors %j signs with the last by name', async (selectors, expected) => {
    const keys = await withFiles(...selectors.map((selector) => `example.com.${selector}.pem`));
    expect(signs(keys, 'example.com')).toBe(`${expected} of example.com`);
    expect(keys.files).toHaveLength(selectors.length);
  });

  test('with broken keys is refused, each named with what is wrong with it, and no secret told', async () => {
    await withFiles('good.example.com.one.pem');
    const folder = join(dataDir, 'dkim');
    await writeFile(join(folder, 'example.com.one.pem'), pem.slice(0, 300));
    await writeFile(join(folder, 'mail.pem'), pem);
    await mkdir(join(folder, 'example.com.two.pem'));
    const refusal = await openDkimKeys(dataDir).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'FixableError', code: 'bad-dkim-key' });
    const text = String(refusal);
    expect(text).toContain('3 keys cannot sign mail');
    expect(text).toContain(`${join(folder, 'example.com.one.pem')}: it is not a private key in PEM`);
    expect(text).toContain(`${join(folder, 'mail.pem')}: its name is not <domain>.<selector>.pem`);
    expect(text).toContain(`${join(folder, 'example.com.two.pem')}: it cannot be read (EISDIR)`);
    expect(text).toContain('rivulet dkim generate');
    expect(text).not.toContain('good.example.com');
    expect(text).not.toContain(pem.slice(40, 80));
  });

  test('where the folder is a file is refused', async () => {
    await writeFile(join(dataDir, 'dkim'), '');
    await expect(openDkimKeys(dataDir)).rejects.toThrow('this folder cannot be read (ENOTDIR)');
  });

  test('notes what is allowed and should be better', async () => {
    const { files } = await withFiles('example.com.one.pem');
    expect(files[0]?.notes).toEqual([expect.stringContaining('it has 1024 bits')]);
    await chmod(join(dataDir, 'dkim', 'example.com.one.pem'), 0o644);
    const open = await openDkimKeys(dataDir);
    expect(open.files[0]?.notes).toContainEqual(
      expect.stringContaining('others on this machine may read it; chmod 600'),
    );
  });
});

describe('a new key', () => {
  test('is kept for its owner alone, and signs', async () => {
    const { file } = await makeDkimKey(dataDir, { domain: 'Mail.Example.com', selector: 'One', bits: 2048 });
    expect(file).toBe(join(dataDir, 'dkim', 'mail.example.com.one.pem'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(signs(await openDkimKeys(dataDir), 'mail.example.com')).toBe('one of mail.example.com');
  });

  test('never takes the place of another', async () => {
    const order = { domain: 'example.com', selector: 'one', bits: 2048 };
    const { file } = await makeDkimKey(dataDir, order);
    const before = await readFile(file, 'utf8');
    await expect(makeDkimKey(dataDir, order)).rejects.toThrow('this key is there already');
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  test.each([
    ['../../etc', 'one'],
    ['example.com/../..', 'one'],
    ['example', 'one'],
    ['example.com', '../one'],
    ['example.com', 'a.b'],
    ['example.com', ''],
  ])('is not made for %j with the selector %j', async (domain, selector) => {
    await expect(makeDkimKey(dataDir, { domain, selector, bits: 1024 })).rejects.toMatchObject({
      name: 'FixableError',
      code: 'bad-dkim-order',
    });
    expect(await readdir(dataDir)).toEqual([]);
  });
});

describe('rivulet dkim', () => {
  const settings = process.env;
  let lines: string[];

  beforeEach(() => {
    lines = [];
    process.env = { DATA_DIR: dataDir };
    jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  });
  afterEach(() => {
    process.env = settings;
    jest.restoreAllMocks();
  });

  const said = (): string => stripVTControlCharacters(lines.join('\n'));

  test('generate makes a key and prints what to publish', async () => {
    process.env['SMTP_URL'] = 'smtp://smtp.example.net:587';
    await generateDkim('mail.example.com', { selector: 'one', bits: '2048' });
    const [file] = (await openDkimKeys(dataDir)).files;
    if (!file) throw new Error('no key was made');
    const { name, value } = dnsRecordOf(file.key);
    expect(said()).toContain(file.file);
    expect(said()).toContain(`Name  ${name}\n  Value ${value}\n  Zone  ${name}. IN TXT ( ${quotedTxt(value)} )`);
    expect(said()).toContain('Name  mail.example.com\n  Value v=spf1 a:smtp.example.net ~all');
    expect(said()).toContain(
      'Name  _dmarc.mail.example.com\n  Value v=DMARC1; p=none; rua=mailto:dmarc@mail.example.com',
    );
    expect(said()).not.toContain('PRIVATE');
    expect(said()).not.toContain('Of several keys');
  });

  test('generate names the key after the day, writes other scripts as DNS does, and tells when another signs', async () => {
    await generateDkim('bücher.example', { selector: 'zz', bits: '2048' });
    lines.length = 0;
    await generateDkim(' Bücher.example ', { bits: '2048' });
    expect(said()).toMatch(/Name {2}rivulet-\d{8}\._domainkey\.xn--bcher-kva\.example/);
    expect(said()).toContain('signs, and that is still "zz"');
  });

  test.each(['', 'a b', 'example', 'mara@example.com', 'https://example.com', 'example.com/x', '-a.example.com'])(
    'generate refuses "%s" and makes nothing',
    async (domain) => {
      await expect(generateDkim(domain, { selector: 'one', bits: '2048' })).rejects.toMatchObject({
        name: 'FixableError',
        code: 'bad-domain',
      });
      expect(await readdir(dataDir)).toEqual([]);
    },
  );

  test('show prints the records of one domain, or of all', async () => {
    await withFiles('a.example.com.one.pem', 'b.example.com.one.pem');
    await showDkim('a.example.com');
    expect(said()).toContain('one._domainkey.a.example.com');
    expect(said()).not.toContain('b.example.com');
    expect(said()).toContain('it has 1024 bits');
    await showDkim();
    expect(said()).toContain('one._domainkey.b.example.com');
  });

  test('show says how to make a key where there is none', async () => {
    await expect(showDkim('example.com')).rejects.toThrow('Make one: rivulet dkim generate example.com');
    await expect(showDkim()).rejects.toThrow('Make one: rivulet dkim generate <domain>');
  });
});
