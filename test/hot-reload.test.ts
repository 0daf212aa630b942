import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Db, MongoNetworkError } from 'mongodb';
import { recordEvent } from '../src/engine.js';
import { startRecurring } from '../src/jobs/recurring.js';
import { captureLead } from '../src/lead/capture.js';
import { LeadBody } from '../src/api/lead-body.js';
import { readProjectFolder } from '../src/project-folder.js';
import { openReloader } from '../src/reload/reloader.js';
import { type CheckedProject, lostTemplates, whatChanged } from '../src/reload/what-changed.js';
import { type Project, readProject } from '../src/sequence/project.js';
import { aProjectFolder, aSequenceFile, eventually, jobsOf, startTestRivulet, testDatabase } from './support.js';

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

describe('a saved project without mistakes', () => {
  test('comes into force: the next lead gets it, a lead on its way finishes what it began', async () => {
    const { rivulet, folder, add, subjectsTo } = await aWatchedRivulet({ 'sequences/hello.json': twoMails('Old') });
    await add('early@example.com');

    await save(folder, 'sequences/hello.json', twoMails('New'));
    await eventually(() => rivulet.said.includes('Reloaded: hello has a new revision.'));
    await add('late@example.com');
    await rivulet.playUntil(new Date('2026-03-05T09:00:00Z'));

    expect(await subjectsTo('early@example.com')).toEqual(['Old 1', 'Old 2']);
    expect(await subjectsTo('late@example.com')).toEqual(['New 1', 'New 2']);
    expect(rivulet.faults).toEqual([]);
  });

  test('is the one of the last save, however quickly they follow each other', async () => {
    const { rivulet, folder } = await aWatchedRivulet();
    for (let nth = 1; nth <= 10; nth += 1) await save(folder, 'sequences/hello.json', twoMails(`Save ${nth},`));

    const titleOfLast = (): string | undefined => subjectsIn(rivulet.project())[0];
    await eventually(() => titleOfLast() === 'Save 10, 1');
    await rivulet.watch.stop();
    expect(titleOfLast()).toBe('Save 10, 1');
  });

  test('is taken when an editor puts a new file in the place of the old one', async () => {
    const { rivulet, folder } = await aWatchedRivulet();
    for (const title of ['First', 'Second']) {
      await writeFile(join(folder, 'sequences/.hello.json.swp'), twoMails(title));
      await rename(join(folder, 'sequences/.hello.json.swp'), join(folder, 'sequences/hello.json'));
      await eventually(() => subjectsIn(rivulet.project())[0] === `${title} 1`);
      expect(rivulet.projectTrouble()).toEqual([]);
    }
  });

  test('may differ in a template alone: the next mail shows it', async () => {
    const { rivulet, folder, add, firstMailTo } = await aWatchedRivulet();
    await save(folder, 'templates/hello.mjml', aMail('Good evening'));
    await eventually(() => rivulet.said.includes('Reloaded: hello is a changed template.'));
    await add('ada@example.com');
    expect(await firstMailTo('ada@example.com')).toContain('Good evening');
  });

  test('is noticed in folders that are made later', async () => {
    const { rivulet, folder } = await aWatchedRivulet();
    await save(folder, 'templates/spring/sale/offer.mjml', aMail('An offer'));
    await eventually(() => rivulet.project().templates.has('spring/sale/offer'));
    await save(folder, 'templates/spring/sale/offer.mjml', aMail('A better offer'));
    await eventually(() => rivulet.said.length === 2);
    expect(rivulet.said).toEqual([
      'Reloaded: spring/sale/offer is a new template.',
      'Reloaded: spring/sale/offer is a changed template.',
    ]);
  });

  test('is told of a template that leads on an older revision may still be due', async () => {
    const { rivulet, folder, add } = await aWatchedRivulet({ 'templates/second.mjml': aMail('Second') });
    await save(
      folder,
      'sequences/hello.json',
      hello([{ send: 'hello', subject: 'A' }, { wait: '1 day' }, { send: 'second', subject: 'B' }]),
    );
    await eventually(() => rivulet.said.length === 1);
    await add('ada@example.com');

    await rm(join(folder, 'templates/second.mjml'));
    await save(folder, 'sequences/hello.json', hello([{ send: 'hello', subject: 'A' }]));
    await eventually(() => rivulet.said.length === 3);
    expect(rivulet.said.slice(1)).toEqual([
      'Reloaded: hello has a new revision; second is a template that is gone.',
      '  The template "second" is gone, but leads on an older revision of hello may still be due it. Such a mail fails: put the file back until they have finished.',
    ]);
  });
});

describe('a saved project with mistakes', () => {
  test('changes nothing, and every mistake is told with its place until it is mended', async () => {
    const { rivulet, folder, add, subjectsTo } = await aWatchedRivulet();
    const before = rivulet.project();
    await save(folder, 'sequences/hello.json', hello([{ send: 'helo', subject: 'New' }]));
    await eventually(() => rivulet.projectTrouble().length > 0);

    expect(rivulet.project()).toBe(before);
    expect(rivulet.said).toEqual([
      'Not reloaded: 1 mistake in the files as they are saved. What ran before stays in force.',
      expect.stringMatching(
        /^ {2}sequences\/hello\.json:1:\d+ error unknown-template: there is no template "helo"\. Did you mean "hello"\?$/,
      ),
    ]);
    await add('ada@example.com');
    expect(await subjectsTo('ada@example.com')).toEqual(['Hello you']);

    await save(folder, 'sequences/hello.json', hello([{ send: 'hello', subject: 'New' }]));
    await eventually(() => rivulet.projectTrouble().length === 0);
    expect(rivulet.said.slice(2)).toEqual(['Mended and reloaded: hello has a new revision.']);
    await add('bob@example.com');
    expect(await subjectsTo('bob@example.com')).toEqual(['New']);
  });

  test('is mended, too, by taking the mistake back', async () => {
    const { rivulet, folder } = await aWatchedRivulet({ 'sequences/hello.json': twoMails('Hello') });
    await save(folder, 'sequences/hello.json', '{');
    await eventually(() => rivulet.projectTrouble().length > 0);
    await save(folder, 'sequences/hello.json', twoMails('Hello'));
    await eventually(() => rivulet.said.at(-1) === 'Mended: everything is as it was before.');
    expect(rivulet.projectTrouble()).toEqual([]);
  });

  test('is one whose folder is gone; when it comes back, so does reloading', async () => {
    const { rivulet, folder } = await aWatchedRivulet();
    await rename(join(folder, 'sequences'), join(folder, 'elsewhere'));
    await eventually(() => rivulet.projectTrouble().some(({ code }) => code === 'no-project'));
    await rename(join(folder, 'elsewhere'), join(folder, 'sequences'));
    await eventually(() => rivulet.projectTrouble().length === 0);
    await save(folder, 'sequences/hello.json', twoMails('Back'));
    await eventually(() => subjectsIn(rivulet.project())[0] === 'Back 1');
    expect(rivulet.faults).toEqual([]);
  });
});

describe('one reading', () => {
  test('of the same content says and changes nothing', async () => {
    const { reloader, folder, said, taken } = await aReloader();
    await save(folder, 'sequences/hello.json', twoMails('Hello'));
    await reloader.reload();
    await save(folder, 'sequences/hello.json', `${twoMails('Hello')}\n\n`);
    await reloader.reload();
    expect(said).toEqual(['Reloaded: hello has a new revision.']);
    expect(taken.length).toBe(2);
  });

  test('never overlaps with another: asked for meanwhile, it comes after', async () => {
    const saves = ['Two', 'Three'];
    const steps: string[] = [];
    const { reloader, folder, taken } = await aReloader(async () => {
      steps.push('begins');
      const title = saves.shift();
      if (title) {
        await save(folder, 'sequences/hello.json', twoMails(title));
        void reloader.reload();
      }
      steps.push('ends');
    });
    await save(folder, 'sequences/hello.json', twoMails('One'));
    await reloader.reload();
    expect(taken.map((project) => subjectsIn(project)[0])).toEqual(['One 1', 'Two 1', 'Three 1']);
    expect(steps).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends']);
  });

  test('that meets a fault of ours reports it, and the next one tries again', async () => {
    const failures = [new Error('a slip')];
    const { reloader, folder, taken, faults } = await aReloader(async () => {
      const failure = failures.pop();
      if (failure) throw failure;
    });
    await save(folder, 'sequences/hello.json', twoMails('Hello'));
    await reloader.reload();
    expect(faults).toEqual([new Error('the saved files cannot be taken up; what ran before stays in force')]);
    await reloader.reload();
    expect(taken.map((project) => subjectsIn(project)[0])).toEqual(['Hello 1']);
  });

  test('that finds no database is repeated until it does, without a further save', async () => {
    const failures = [new MongoNetworkError('no answer')];
    const { reloader, folder, taken, faults } = await aReloader(async () => {
      const failure = failures.pop();
      if (failure) throw failure;
    });
    await save(folder, 'sequences/hello.json', twoMails('Hello'));
    await reloader.reload();
    expect(taken).toEqual([]);
    await eventually(() => taken.length === 1);
    expect(faults).toEqual([]);
  });

  test('names a file that cannot be read', async () => {
    const { reloader, folder } = await aReloader();
    await mkdir(join(folder, 'sequences/odd.json'));
    await reloader.reload();
    expect(reloader.trouble()).toMatchObject([
      {
        file: 'sequences/odd.json',
        code: 'unreadable-file',
        message: expect.stringMatching(/^this file cannot be read \(EISDIR\)\. Make it/),
      },
    ]);
  });
});

describe('what changed', () => {
  const files = {
    'sequences/welcome.json': hello([{ send: 'hello', subject: 'Welcome' }]),
    'templates/other.mjml': aMail('Other'),
  };
  test.each([
    ['a revision', { 'sequences/hello.json': twoMails('New') }, 'hello has a new revision'],
    [
      'two revisions',
      { 'sequences/hello.json': twoMails('New'), 'sequences/welcome.json': twoMails('New') },
      'hello and welcome have new revisions',
    ],
    ['a new sequence', { 'sequences/news.json': twoMails('News') }, 'news is a new sequence'],
    ['a sequence that is gone', { 'sequences/welcome.json': undefined }, 'welcome is gone'],
    ['a template', { 'templates/hello.mjml': aMail('Good day') }, 'hello is a changed template'],
    ['a partial', { 'templates/partials/foot.mjml': aMail('Foot') }, 'partials/foot is a new template'],
    ['a template that is gone', { 'templates/other.mjml': undefined }, 'other is a template that is gone'],
    [
      'the brand',
      {
        'templates/brand.json':
          '{ "name": "Other", "website": "https://example.com", "postalAddress": "1 Quay, Toledo", "logo": "logo.png", "logoAlt": "Other" }',
      },
      'the brand has changed',
    ],
    [
      'points and fields',
      {
        'sequences/scoring.json': '{ "engagement": { "rules": [{ "on": "clicked", "points": 11 }] } }',
        'sequences/lead.json': '{ "fields": { "company": { "type": "text" } } }',
      },
      'other rules are in force (scoring and fields)',
    ],
  ])('names %s', async (_, changed, words) => {
    const [before, after] = [await aCheckedProject(files), await aCheckedProject({ ...files, ...changed })];
    expect(whatChanged(before, after)).toEqual([words]);
  });

  test('is nothing when only the layout of a JSON file is another', async () => {
    const spread = JSON.stringify(JSON.parse(files['sequences/welcome.json']), null, 4);
    const [before, after] = [
      await aCheckedProject(files),
      await aCheckedProject({ ...files, 'sequences/welcome.json': spread }),
    ];
    expect(whatChanged(before, after)).toEqual([]);
  });

  test('is told by its beginning when it is much', async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`sequences/s${i}.json`, twoMails('New')]));
    const [before, after] = [await aCheckedProject({}), await aCheckedProject(many)];
    expect(whatChanged(before, after)).toEqual(['s0, s1, s2, s3, s4, s5 and 3 more are new sequences']);
  });

  test('loses no template that is there', async () => {
    const { project } = await aCheckedProject(files);
    expect(lostTemplates(project, [...project.programs.values()])).toEqual([]);
  });
});

describe('what leads on older revisions wait for', () => {
  const leavesBy = (event: string): string =>
    hello([{ wait: '30 days' }, { send: 'hello', subject: 'Late' }], { exit: { on: event } });

  test('still counts after a reload', async () => {
    const { rivulet, folder, add, happens, whyLeft } = await aWatchedRivulet({
      'sequences/hello.json': leavesBy('demo.booked'),
    });
    const lead = await add('ada@example.com');
    for (const event of ['call.held', 'order.paid']) {
      await save(folder, 'sequences/hello.json', leavesBy(event));
      await eventually(() => rivulet.project().programs.get('hello')?.exit.on[0] === event);
    }
    await happens('demo.booked', lead);
    expect(await whyLeft(lead)).toBe('demo.booked');
  });

  test('still counts after a restart with other files', async () => {
    const settings = { MONGODB_URI: testDatabase(), SIGNING_SECRET: 'the same secret for both of these runs' };
    const before = await aWatchedRivulet({ 'sequences/hello.json': leavesBy('demo.booked') }, settings);
    const lead = await before.add('ada@example.com');

    const after = await aWatchedRivulet({ 'sequences/hello.json': leavesBy('call.held') }, settings);
    await after.happens('demo.booked', lead);
    expect(await after.whyLeft(lead)).toBe('demo.booked');
  });

  test('is forgotten when nobody is on them any more', async () => {
    const { rivulet, folder, add, happens } = await aWatchedRivulet({
      'sequences/hello.json': leavesBy('demo.booked'),
    });
    await happens('demo.booked', await add('ada@example.com'));
    for (const event of ['call.held', 'order.paid']) {
      await save(folder, 'sequences/hello.json', leavesBy(event));
      await eventually(() => rivulet.project().programs.get('hello')?.exit.on[0] === event);
    }
    expect(rivulet.project().attention.minded.has('demo.booked')).toBe(false);
  });

  test('is reported once when a revision cannot be read, and stops nothing', async () => {
    const { rivulet, add } = await aWatchedRivulet({ 'sequences/hello.json': leavesBy('demo.booked') });
    await add('ada@example.com');
    const { db, revisions } = rivulet.store;
    await db.collection('enrollments').insertMany([
      { revision: 'lost', status: 'active', lead: 'b', sequence: 'b' },
      { revision: 'broken', status: 'active', lead: 'c', sequence: 'c' },
    ]);
    await db
      .collection<{ _id: string; name: string; source: string; deployedAt: Date }>('sequences')
      .insertOne({ _id: 'broken', name: 'b', source: '{', deployedAt: new Date(0) });
    const faults: unknown[] = [];
    const inUse = async () => (await revisions.inUse((fault) => faults.push(fault))).map(({ name }) => name);
    const [first, second] = [await inUse(), await inUse()];
    expect([first, second]).toEqual([['hello'], ['hello']]);
    expect(faults.map(String).toSorted()).toEqual([
      'Error: revision broken cannot be read, and the leads on it stand still',
      'Error: revision lost cannot be read, and the leads on it stand still',
    ]);
  });
});

describe('the schedule of a broadcast', () => {
  const newsletter = (cron: string): string =>
    aSequenceFile([{ send: 'hello', subject: 'News' }], { name: 'News', schedule: cron, timezone: 'Europe/Paris' });

  test('is in force as it is saved: new, changed and taken away', async () => {
    const { rivulet, folder } = await aWatchedRivulet();
    const clock = await rivulet.run();
    opened.push(clock.stop);
    await lettingNothingStrike(rivulet.store.db);
    const scheduled = async (): Promise<readonly string[]> => {
      const jobs = await rivulet.store.db
        .collection('agendaJobs')
        .find({ disabled: { $ne: true } })
        .toArray();
      return jobs.map((job) => String(job['name'])).filter((name) => name.startsWith('broadcast'));
    };
    const becomes = (...names: readonly string[]): Promise<void> =>
      eventually(async () => (await scheduled()).join() === names.join());

    await save(folder, 'sequences/news.json', newsletter('0 10 1 * *'));
    await becomes('broadcast news, 0 10 1 * *, Europe/Paris');
    await save(folder, 'sequences/news.json', newsletter('30 8 * * 1'));
    await becomes('broadcast news, 30 8 * * 1, Europe/Paris');
    await rm(join(folder, 'sequences/news.json'));
    await becomes();
    await save(folder, 'sequences/news.json', newsletter('30 8 * * 1'));
    await becomes('broadcast news, 30 8 * * 1, Europe/Paris');
    expect(rivulet.faults).toEqual([]);
  });

  test('leaves the next time of what stays as it is', async () => {
    const { rivulet } = await aWatchedRivulet();
    const job = (name: string) => ({ name, every: '1 hour', run: async (): Promise<void> => {} });
    const recurring = await startRecurring(rivulet.store.db, [job('kept')], (fault) => rivulet.faults.push(fault));
    opened.push(recurring.stop);
    const nextTime = async () =>
      (await rivulet.store.db.collection('agendaJobs').findOne({ name: 'kept, 1 hour' }))?.['nextRunAt'];
    const before = await nextTime();
    await recurring.update([job('kept'), job('new')]);
    expect(before).toBeInstanceOf(Date);
    expect(await nextTime()).toEqual(before);
  });

  test.each([
    ['enrolls the audience', newsletter('0 10 1 * *').replace('News', 'Other news'), ['hello', 'news']],
    ['once more, of another schedule saved a moment ago, enrolls nobody', newsletter('0 11 1 * *'), ['hello']],
    [
      'once more, of one taken away a moment ago, enrolls nobody',
      hello([{ exit: 'no news' }]).replace('lead.created', 'order.paid'),
      ['hello'],
    ],
  ])('that strikes %s', async (_, changed, sequences) => {
    const { rivulet, folder, add } = await aWatchedRivulet({ 'sequences/news.json': newsletter('0 10 1 * *') });
    const lead = await add('ada@example.com');
    const { store } = rivulet;
    const old = jobsOf(rivulet).find(({ name }) => name === 'broadcast news');
    await save(folder, 'sequences/news.json', changed);
    await eventually(() => rivulet.said.length > 0);
    await old?.run();
    expect((await store.enrollments.ofLead(lead)).map(({ sequence }) => sequence)).toEqual(sequences);
  });
});

/** A Rivulet on a project of its own that takes up what is saved in it, with what a test does to a lead. */
async function aWatchedRivulet(
  files: Readonly<Record<string, string>> = {},
  settings: Readonly<Record<string, string>> = {},
) {
  const folder = await aFolder(files);
  const rivulet = await startTestRivulet({ PROJECT_DIR: folder, ...settings });
  opened.push(rivulet.close);
  const watch = await rivulet.watch();
  opened.push(watch.stop);
  const { store, engine, dispatcher, newId } = rivulet;

  const add = async (email: string): Promise<string> => {
    const { lead } = await captureLead(LeadBody.parse({ email }), 'test', store, engine, newId);
    await dispatcher.wake();
    return lead.id;
  };
  const happens = async (type: string, lead: string): Promise<void> => {
    await recordEvent({ id: newId(), type, lead, at: rivulet.clock.now, source: 'test', machine: false }, engine);
  };
  const whyLeft = async (lead: string) => (await store.enrollments.ofLead(lead))[0]?.endedBecause;
  const mailsTo = async (address: string) => (await store.mailbox.page(200, undefined, address)).items.toReversed();
  const subjectsTo = async (address: string) => (await mailsTo(address)).map(({ subject }) => subject);
  const firstMailTo = async (address: string): Promise<string> => {
    const mail = await store.mailbox.byId((await mailsTo(address))[0]?.id ?? '');
    return mail?.raw.toString() ?? '';
  };
  return { rivulet: { ...rivulet, watch }, folder, add, happens, whyLeft, subjectsTo, firstMailTo };
}

/** What reads a project's folder, told what to do with a good one; nothing watches, the test asks. */
async function aReloader(meanwhile: () => Promise<void> = async () => {}) {
  const folder = await aFolder();
  const [said, faults, taken]: [string[], unknown[], Project[]] = [[], [], []];
  const take = async (project: Project): Promise<readonly string[]> => {
    await meanwhile();
    taken.push(project);
    return [];
  };
  const reloader = openReloader({
    root: folder,
    inForce: await checkedProjectIn(folder),
    take,
    say: (line) => void said.push(line),
    onFault: (fault) => void faults.push(fault),
  });
  return { reloader, folder, said, faults, taken };
}

/** Agenda keeps a timer of minutes for every call it made, which a test would end after. */
async function lettingNothingStrike(db: Db): Promise<void> {
  await db.collection('agendaJobs').updateMany({}, { $set: { nextRunAt: new Date('2100-01-01') } });
}

async function aFolder(files: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const folder = await aProjectFolder(files);
  opened.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function aCheckedProject(files: Readonly<Record<string, string | undefined>>): Promise<CheckedProject> {
  return checkedProjectIn(await aFolder(files));
}

async function checkedProjectIn(folder: string): Promise<CheckedProject> {
  const files = await readProjectFolder(folder);
  const { project, diagnostics } = await readProject(files);
  if (!project) throw new Error(`the project has mistakes: ${JSON.stringify(diagnostics)}`);
  return { project, files, warnings: diagnostics };
}

async function save(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

function hello(steps: readonly object[], rest: object = {}): string {
  return aSequenceFile(steps, { enroll: { on: 'lead.created' }, ...rest });
}

/** A sequence whose mails bear these subjects, a day apart. */
function twoMails(subject: string): string {
  return hello([
    { send: 'hello', subject: `${subject} 1` },
    { wait: '1 day' },
    { send: 'hello', id: 'again', subject: `${subject} 2` },
  ]);
}

function subjectsIn({ programs }: Project): readonly string[] {
  const steps = [...(programs.get('hello')?.steps.values() ?? [])];
  return steps.flatMap((step) => (step.kind === 'send' ? [step.subject] : []));
}

function aMail(words: string): string {
  return `<mj-section><mj-column><mj-text>${words}, <a href="{{unsubscribeUrl}}">unsubscribe</a></mj-text></mj-column></mj-section>`;
}
