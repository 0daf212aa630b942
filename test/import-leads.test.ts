import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { LeadBody } from '../src/api/lead-body.js';
import { openBrokenFile } from '../src/transfer/broken-file.js';
import { importCsv, type ImportSetting } from '../src/transfer/import-csv.js';
import { aProjectFolder, aSequenceFile, jobsOf, startTestRivulet, type TestRivulet } from './support.js';

let rivulet: TestRivulet;
let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rivulet-import-'));
  project = await aProjectFolder({
    'sequences/lead.json': JSON.stringify({
      fields: {
        company: { type: 'text' },
        companySize: { type: 'number' },
        newsletter: { type: 'yes/no' },
        renewalDate: { type: 'date' },
        interests: { type: 'list' },
      },
    }),
    'sequences/tagged.json': aSequenceFile([{ wait: '1 day' }, { send: 'hello', subject: 'Hello' }], {
      name: 'Tagged',
      enroll: { on: 'tag.added:fair' },
    }),
  });
  rivulet = await startTestRivulet({ PROJECT_DIR: project });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});
beforeEach(async () => {
  const { db } = rivulet.store;
  for (const name of ['leads', 'events', 'enrollments', 'imports', 'suppressions', 'messages'])
    await db.collection(name).deleteMany({});
});

let files = 0;
async function fileOf(content: string | Buffer, name = `leads-${(files += 1)}.csv`): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}
/** A CSV file of rows; what stands in a cell has no comma. */
const linesOf = (...rows: readonly string[]): string => `${rows.join('\n')}\n`;
const imported = async (content: string | Buffer, setting: ImportSetting = {}) =>
  importCsv(await fileOf(content), rivulet, setting);
const leadOf = (email: string) => rivulet.store.leads.byEmail(email);
const count = (name: string, filter = {}) => rivulet.store.db.collection(name).countDocuments(filter);

test('leads come in with their fields by type, tags and consent, enter their stage and get what is for it', async () => {
  const { created, changed, unchanged, broken } = await imported(
    linesOf(
      'Email,First name,Company size,Newsletter,Renewal date,Interests,Tags',
      'Ada@Example.org,Ada,"1,250",yes,31/12/2026,docks; doors,fair',
      'grace@example.org,Grace,,,,,',
    ),
    { source: 'fair 2026', tags: ['list'] },
  );
  expect({ created, changed, unchanged, broken }).toEqual({ created: 2, changed: 0, unchanged: 0, broken: 0 });
  const ada = await leadOf('ada@example.org');
  expect(ada).toMatchObject({
    email: 'Ada@example.org',
    firstName: 'Ada',
    attributes: { companySize: 1250, newsletter: true, renewalDate: '2026-12-31', interests: ['docks', 'doors'] },
    tags: ['fair', 'list'],
    stage: 'lead',
    consent: { status: 'granted', source: 'fair 2026' },
  });
  const runs = await rivulet.store.enrollments.ofLead(ada?.id ?? '');
  expect(runs.map(({ sequence, status }) => [sequence, status])).toEqual([
    ['hello', 'active'],
    ['tagged', 'active'],
  ]);
  const events = await rivulet.store.events.ofLead(ada?.id ?? '');
  expect(events.map(({ type, about, source }) => [type, about, source].join(' ')).toSorted()).toEqual([
    'lead.created  fair 2026',
    'stage.entered lead funnel',
    'tag.added fair fair 2026',
    'tag.added list fair 2026',
  ]);
  expect(await count('events', { applied: { $ne: true } })).toBe(0);
});

test('whoever is suppressed is imported, and gets no mail', async () => {
  const { store, clock, playUntil } = rivulet;
  await store.suppressions.add({ of: 'ada@example.org', reason: 'unsubscribed', at: clock.now, by: 'a test' });
  await imported(linesOf('email', 'ada@example.org', 'grace@example.org'));
  await playUntil(clock.now);
  expect(await count('leads')).toBe(2);
  expect(await count('messages', { state: 'accepted' })).toBe(1);
});

describe('a file that was imported', () => {
  const text = linesOf('email,firstName', 'ada@example.org,Ada', 'nobody,X');

  test('is not imported again, and it is told when it was', async () => {
    const file = await fileOf(text);
    await importCsv(file, rivulet);
    const again = await importCsv(file, rivulet);
    expect(again).toMatchObject({ created: 0, changed: 0, broken: 1, alreadyAt: rivulet.clock.now });
    // By another name it is the same file, but not the same source of leads.
    expect((await importCsv(await fileOf(text, 'other.csv'), rivulet, { source: 'x' })).alreadyAt).toBeUndefined();
  });

  test('changes nothing when it is imported again all the same', async () => {
    const file = await fileOf(text);
    await importCsv(file, rivulet);
    const before = { events: await count('events'), lead: await leadOf('ada@example.org') };
    const again = await importCsv(file, rivulet, { again: true });
    expect(again).toMatchObject({ created: 0, changed: 0, unchanged: 1, broken: 1 });
    expect({ events: await count('events'), lead: await leadOf('ada@example.org') }).toEqual(before);
  });
});

test('who stands in a file twice is one lead, as the last row has it', async () => {
  const result = await imported(
    linesOf('email,firstName,tags', 'ada@example.org,Ada,a', 'ADA@example.org,Ada L.,b', 'ada@example.org,,b'),
  );
  expect(result).toMatchObject({ created: 1, changed: 1, unchanged: 1 });
  expect(await leadOf('ada@example.org')).toMatchObject({ firstName: 'Ada L.', tags: ['a', 'b'] });
  expect(await count('events', { type: 'lead.created' })).toBe(1);
});

test('a lead that is known is changed where the row says something new, as by the API', async () => {
  const { store, engine, newId } = rivulet;
  const body = LeadBody.parse({
    email: 'ada@example.org',
    firstName: 'Ada',
    attributes: { company: 'Byron' },
    tags: ['old'],
  });
  await captureLead(body, 'api', store, engine, newId);
  expect(await imported(linesOf('email,company,tags', 'ada@example.org,Lovelace Ltd,fair'))).toMatchObject({
    changed: 1,
  });
  const lead = await leadOf('ada@example.org');
  expect(lead).toMatchObject({ firstName: 'Ada', attributes: { company: 'Lovelace Ltd' }, tags: ['old', 'fair'] });
  const updates = (await store.events.ofLead(lead?.id ?? '')).filter(({ type }) => type === 'lead.updated');
  expect(updates.map(({ data }) => data)).toEqual([{ company: 'Lovelace Ltd' }]);
});

describe('consent', () => {
  const known = async (status: 'granted' | 'pending' | 'denied') => {
    const { store, engine, newId } = rivulet;
    const consent = { status, source: 'form', at: new Date('2026-01-01T00:00:00Z') };
    await captureLead(LeadBody.parse({ email: 'ada@example.org', consent }), 'form', store, engine, newId);
  };

  test.each<['granted' | 'pending' | 'denied', string, string]>([
    ['denied', 'yes', 'denied'],
    ['denied', 'pending', 'denied'],
    ['granted', 'no', 'denied'],
    ['granted', 'pending', 'granted'],
    ['pending', 'yes', 'granted'],
  ])('of a lead that has said %s, a list says %j: it is %s', async (status, word, then) => {
    await known(status);
    await imported(linesOf('email,consent', `ada@example.org,${word}`));
    expect((await leadOf('ada@example.org'))?.consent.status).toBe(then);
  });

  test('a yes that came after the no counts', async () => {
    await known('denied');
    await imported(linesOf('email,consent,consentAt,consentSource', 'ada@example.org,yes,2026-02-01 10:00,fair'));
    expect((await leadOf('ada@example.org'))?.consent).toEqual({
      status: 'granted',
      source: 'fair',
      at: new Date('2026-02-01T10:00:00Z'),
    });
  });

  test('what is said for the whole file is for new leads of whom the row does not say it', async () => {
    await known('granted');
    await imported(linesOf('email,consent', 'ada@example.org,', 'grace@example.org,', 'alan@example.org,granted'), {
      consent: 'pending',
      consentSource: 'stand 4',
    });
    const statuses = await Promise.all(
      ['ada', 'grace', 'alan'].map(async (name) => (await leadOf(`${name}@example.org`))?.consent),
    );
    expect(statuses.map((consent) => [consent?.status, consent?.source])).toEqual([
      ['granted', 'form'],
      ['pending', 'stand 4'],
      ['granted', 'stand 4'],
    ]);
    expect(await count('enrollments', { status: 'active' })).toBe(2);
  });

  test('words that are none are told with their row', async () => {
    const { firstBroken } = await imported(
      linesOf('email,consent,consentAt', 'ada@example.org,maybe,', 'b@example.org,yes,tomorrow'),
    );
    expect(firstBroken).toEqual([
      { line: 2, reason: 'consent: "maybe" is neither granted nor pending nor denied' },
      { line: 3, reason: 'consentAt: "tomorrow" is no time in the past like "2026-03-02T09:00:00Z"' },
    ]);
  });
});

describe('an import that is cut short', () => {
  const rows = Array.from({ length: 2500 }, (_, i) => `lead-${i}@example.org,Lead ${i},fair`);
  const text = linesOf('email,firstName,tags', ...rows);

  /** The store, whose writes break off where somebody says so. */
  function breakingAt(place: 'leads' | 'events' | 'enrollments', time: number): TestRivulet {
    let times = 0;
    const break_ = async (): Promise<void> => {
      times += 1;
      if (times === time) throw new Error('the process died');
    };
    const { store } = rivulet;
    const leads = {
      ...store.leads,
      insert: async (...given: Parameters<typeof store.leads.insert>) => (await break_(), store.leads.insert(...given)),
    };
    const events = {
      ...store.events,
      keepDone: async (...given: Parameters<typeof store.events.keepDone>) => (
        await break_(), store.events.keepDone(...given)
      ),
    };
    const enrollments = {
      ...store.enrollments,
      insert: async (...given: Parameters<typeof store.enrollments.insert>) => (
        await break_(), store.enrollments.insert(...given)
      ),
    };
    const broken = { leads: { leads }, events: { events }, enrollments: { enrollments } }[place];
    return { ...rivulet, store: { ...store, ...broken } };
  }
  const whole = async () => {
    expect(await count('leads')).toBe(2500);
    expect(await count('events', { type: 'lead.created' })).toBe(2500);
    expect(await count('events', { type: 'tag.added' })).toBe(2500);
    expect(await count('enrollments')).toBe(5000);
  };

  test.each(['leads', 'events', 'enrollments'] as const)(
    'before it wrote %s, goes on where it stopped',
    async (place) => {
      const file = await fileOf(text);
      await expect(importCsv(file, breakingAt(place, 2))).rejects.toThrow('the process died');
      const resumed = await importCsv(file, rivulet);
      expect(resumed).toMatchObject({ created: 2500, changed: 0, unchanged: 0, resumedAt: 2000 });
      await whole();
      expect((await importCsv(file, rivulet)).alreadyAt).toEqual(rivulet.clock.now);
    },
  );

  test('has what it was writing completed by the job that comes round, also when nobody imports it again', async () => {
    const { clock } = rivulet;
    await expect(importCsv(await fileOf(text), breakingAt('enrollments', 2))).rejects.toThrow('the process died');
    expect([await count('leads'), await count('enrollments')]).toEqual([2000, 2000]);
    clock.now = new Date(clock.now.getTime() + 61_000);
    const job = jobsOf(rivulet).find(({ name }) => name === 'finish imports');
    await job?.run();
    expect([await count('leads'), await count('enrollments')]).toEqual([2000, 4000]);
    expect(await count('imports', { plan: { $exists: true } })).toBe(0);
  });

  test('by somebody who imports it at the same time, is ended by the other one', async () => {
    const file = await fileOf(text);
    let other: Promise<unknown> | undefined;
    const first = importCsv(file, rivulet, { onProgress: () => void (other ??= importCsv(file, rivulet)) });
    await expect(first).rejects.toThrow('somebody else has begun to import the same file meanwhile');
    await other;
    await whole();
  });
});

test('a dry run writes nothing and says what would happen', async () => {
  const { store, engine, newId } = rivulet;
  await captureLead(LeadBody.parse({ email: 'ada@example.org', firstName: 'Ada' }), 'api', store, engine, newId);
  await captureLead(LeadBody.parse({ email: 'alan@example.org' }), 'api', store, engine, newId);
  const before = await count('events');
  const text = linesOf(
    'email,firstName',
    'ada@example.org,Ada',
    'alan@example.org,Alan',
    'b@example.org,B',
    'b@example.org,C',
    'x,',
  );
  expect(await imported(text, { dryRun: true })).toMatchObject({
    created: 1,
    changed: 2,
    unchanged: 1,
    broken: 1,
    rows: 5,
  });
  expect([await count('leads'), await count('events'), await count('imports')]).toEqual([2, before, 0]);
});

test('broken rows are written as they were, with line and reason; mended, they come in', async () => {
  const file = await fileOf(
    Buffer.from(
      'E-Mail;Vorname;Firma\r\nada@example.org;Ada;Byron\r\nnobody;"X; Y";Z\r\nb\xfcro@example.org;B;\r\n"open;c;d\r\n',
      'latin1',
    ),
  );
  const path = `${file}.broken.csv`;
  const brokenFile = openBrokenFile(path);
  const { created, broken } = await importCsv(file, rivulet, { onBroken: brokenFile.add });
  await brokenFile.end();
  expect([created, broken]).toEqual([1, 3]);
  const lines = (await readFile(path, 'latin1')).split('\r\n');
  expect(lines[0]).toBe('broken line;broken because;E-Mail;Vorname;Firma');
  expect(lines[1]).toBe('3;"email: an e-mail address looks like name@example.com";nobody;"X; Y";Z');
  expect(lines[2]).toMatch(/^4;"it has bytes that are no UTF-8: .*";b\xfcro@example\.org;B;$/);
  expect(lines[3]).toMatch(/^5;"its quotes are not closed: .*";"open;c;d$/);

  await writeFile(path, lines.slice(0, 2).join('\r\n').replace(';nobody;', ';nora@example.org;'));
  expect(await importCsv(path, rivulet)).toMatchObject({ created: 1, broken: 0 });
  expect(await leadOf('nora@example.org')).toMatchObject({ firstName: 'X; Y', attributes: { company: 'Z' } });
});

describe('letters are read however the file writes them', () => {
  const text = 'email,firstName\nzoe@example.org,Zoë Łąka 会社\n';
  const utf16 = (order: 'le' | 'be') => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    return order === 'le' ? bytes : bytes.swap16();
  };
  test.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE with a mark', utf16('le')],
    ['UTF-16 BE with a mark', utf16('be')],
    ['UTF-8 with old Macintosh line ends', Buffer.from(text.replaceAll('\n', '\r'))],
  ])('%s', async (_, content) => {
    await imported(content);
    expect((await leadOf('zoe@example.org'))?.firstName).toBe('Zoë Łąka 会社');
  });

  test('Windows-1252, when somebody says so', async () => {
    const content = Buffer.from('email,firstName\nzoe@example.org,Zo\xeb \x96 \x80\n', 'latin1');
    expect((await imported(content)).firstBroken).toEqual([
      {
        line: 2,
        reason: expect.stringContaining(
          'no UTF-8: save the file as "CSV UTF-8", or import it with --encoding windows-1252',
        ),
      },
    ]);
    await imported(content, { encoding: 'windows-1252' });
    expect((await leadOf('zoe@example.org'))?.firstName).toBe('Zoë – €');
  });

  test('right-to-left names, 200 letters and what looks like a formula are text', async () => {
    const long = 'ä'.repeat(200);
    await imported(`email,firstName,lastName,company\nnour@example.org,نور الدين,${long},=1+1\n`);
    expect(await leadOf('nour@example.org')).toMatchObject({
      firstName: 'نور الدين',
      lastName: long,
      attributes: { company: '=1+1' },
    });
  });
});

describe('what cannot be imported is refused before anything is written', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['a file without anything', '', /leads-\d+\.csv:1: this file is empty\. Write the names of the columns/],
    ['a file with 10,000 columns', `email${',a'.repeat(9999)}\n`, /it has 10000 columns, and 500 is the most/],
    [
      'a line of names that cannot be read',
      '"email,name\n',
      /the line with the names of the columns cannot be read: its quotes are not closed/,
    ],
    [
      'UTF-16 without a mark',
      Buffer.from('email,name\na@example.org,b\n', 'utf16le'),
      /this looks like UTF-16 without a byte order mark/,
    ],
    ['a file that names nothing', 'ada@example.org,Ada\n', /the first line is a lead and names no columns/],
    ['columns that nobody declared', 'email,Firmma\na@example.org,b\n', /column "Firmma" is no field of lead\.json/],
    [
      'dates that can be read in two ways',
      'email,renewalDate\na@example.org,01/02/2026\n',
      /nothing in column "renewalDate" tells whether its dates begin with the day or the month\. Say which: --dates dmy/,
    ],
    [
      'dates in two orders',
      'email,renewalDate\na@example.org,31/01/2026\nb@example.org,01/31/2026\n',
      /dates with the day first and dates with the month first/,
    ],
  ])('%s', async (_, content, told) => {
    await expect(imported(content)).rejects.toThrow(told);
    expect([await count('leads'), await count('imports')]).toEqual([0, 0]);
  });

  test('a file that is not there', async () => {
    await expect(importCsv(join(folder, 'nothing.csv'), rivulet)).rejects.toThrow(
      'this file cannot be read. Check its name',
    );
  });
});

test('a header alone is an import of nobody', async () => {
  expect(await imported('email,firstName\n')).toMatchObject({ created: 0, broken: 0, rows: 0 });
});

test('rows that are broken each in their own way are all told, and the others come in', async () => {
  const { created, firstBroken } = await imported(
    Buffer.concat([
      Buffer.from(
        linesOf(
          'email,firstName,timezone,companySize',
          'ada@example.org,Ada,Europe/London,12',
          'two@example.org;three@example.org,X,,',
          'b@example.org,B,Mars/Base,many',
          'c@example.org,C',
          'd@example.org,D,,,,',
          'e@example.org,E,,,,x',
        ),
      ),
      Buffer.from('f@example.org,F\0,,\n'),
      Buffer.from([0x67, 0x40, 0xff, 0x2c, 0x2c, 0x2c, 0x0a]),
      Buffer.from(`${'z'.repeat(1_100_000)}\nh@example.org,${'y'.repeat(300)},,\ni@example.org,I,,\n`),
    ]),
  );
  expect(created).toBe(3);
  expect(firstBroken.map(({ line, reason }) => [line, reason.slice(0, 60)])).toEqual([
    [3, 'email: the part before the @ has characters that no mailbox '],
    [4, 'timezone: there is no such time zone; IANA names look like "'],
    [5, 'it has more or fewer columns than the first line'],
    [7, 'it has more or fewer columns than the first line'],
    [8, 'firstName: has a control character or a line break in it'],
    [9, 'it has bytes that are no UTF-8: save the file as "CSV UTF-8"'],
    [10, 'it is longer than a megabyte'],
    [11, 'firstName: this must have at most 200 characters'],
  ]);
  expect(firstBroken[1]?.reason).toContain('companySize: "many" is no number');
});
