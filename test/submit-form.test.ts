import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Submission } from '../src/form/submission.js';
import { recordEvent } from '../src/engine.js';
import { captureLead } from '../src/lead/capture.js';
import { confirmSubmission, finishSubmissions } from '../src/lead/confirm-form.js';
import { submitForm } from '../src/lead/submit-form.js';
import { addressKey } from '../src/message/address.js';
import { aConsentFolder, filledIn, formOf, newsText } from './consent-project.js';
import { startTestRivulet, type TestRivulet } from './support.js';

let folder: string;
let rivulet: TestRivulet;
let count = 0;
let address: string;

beforeAll(async () => {
  folder = await aConsentFolder();
  rivulet = await startTestRivulet({ PROJECT_DIR: folder });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  count += 1;
  address = `ada${count}@example.org`;
});

type Filled = Parameters<typeof filledIn>[1];

function submit(more: Filled = {}, tools: Pick<TestRivulet, 'store' | 'engine' | 'newId'> = rivulet) {
  const submission: Submission = filledIn(rivulet, { address, ...more });
  return submitForm(submission, formOf(rivulet, submission.form), tools);
}

async function lead() {
  const found = await rivulet.store.leads.byEmail(addressKey(address));
  if (!found) throw new Error(`there is no lead ${address}`);
  return found;
}

/** What happened to the lead. */
async function happened(): Promise<readonly string[]> {
  const events = await rivulet.store.events.ofLead((await lead()).id);
  const told = events.filter(({ type }) => type !== 'stage.entered');
  return told.map(({ type, about }) => (about === undefined ? type : `${type} ${about}`)).toSorted();
}

async function mails(): Promise<readonly string[]> {
  await rivulet.dispatcher.wake();
  const { items } = await rivulet.store.mailbox.page(50, undefined, address);
  return items.map(({ subject }) => subject).toSorted();
}

/** Has the address's person press the button for what was filled in last. */
async function confirm(): Promise<void> {
  const found = await lead();
  const kept = (await rivulet.store.submissions.ofLead(found.id)).at(-1);
  if (!kept) throw new Error('nothing was filled in');
  await confirmSubmission(kept, found, { network: '198.51.100.0/24' }, rivulet);
}

/** A lead who got mails before. */
function capture(consent: 'granted' | 'pending' | 'denied' = 'granted') {
  const input = {
    email: address,
    emailKey: addressKey(address),
    firstName: 'Augusta',
    consent: { status: consent, source: 'api', at: rivulet.clock.now },
  };
  return captureLead(input, 'api', rivulet.store, rivulet.engine, rivulet.newId);
}

describe('a form with double opt-in', () => {
  test('asks a new address, and until it has answered nothing else comes of the form', async () => {
    const submitted = await submit({ agreed: ['paper'] });
    expect(submitted.kind).toBe('confirm');
    expect(await mails()).toEqual(['Was that you?']);
    expect(await happened()).toEqual(['consent.asked paper', 'lead.created']);
    expect(await lead()).toMatchObject({ id: submitted.lead, attributes: {}, consent: { status: 'pending' } });
    expect((await lead()).firstName).toBeUndefined();
  });

  test('takes effect when the address has confirmed it: fields, consent, series', async () => {
    await submit({ agreed: ['paper'], timezone: 'Europe/Paris', origin: { utm: { source: 'fair' } } });
    await confirm();
    expect(await happened()).toEqual([
      'consent.asked paper',
      'consent.granted',
      'consent.granted paper',
      'form.submitted paper',
      'lead.created',
      'lead.updated',
    ]);
    const { consent, ...rest } = await lead();
    expect(rest).toMatchObject({
      firstName: 'Ada',
      timezone: 'Europe/Paris',
      attributes: { company: 'Pell & Rowan', source: 'fair' },
    });
    expect(consent).toMatchObject({ status: 'granted', source: 'form paper' });
    expect(Object.keys(consent.purposes ?? {})).toEqual(['paper']);
    expect(await mails()).toEqual(['Hello', 'Was that you?', 'Your paper']);
  });

  test('changes nothing of a lead whom somebody else may have written into it', async () => {
    await capture();
    const before = await lead();
    expect(await mails()).toEqual(['Hello']);
    await submit({ agreed: ['paper'], fields: { firstName: 'Mallory', company: 'Elsewhere' } });
    expect(await lead()).toEqual(before);
    expect(await happened()).toEqual(['consent.asked paper', 'lead.created']);
  });

  test('keeps what was agreed to in which words, from where and when, before anything comes of it', async () => {
    await submit({ agreed: ['news'], origin: { page: 'https://example.com/paper' } });
    const [kept] = await rivulet.store.submissions.ofLead((await lead()).id);
    expect(kept).toMatchObject({
      form: 'paper',
      network: '203.0.113.0/24',
      userAgent: 'Firefox',
      page: 'https://example.com/paper',
      agreed: [{ purpose: 'news' }],
    });
    const versions = (kept?.agreed ?? []).map(({ version }) => version);
    expect([...(await rivulet.store.consentTexts.byVersions(versions)).values()]).toEqual([newsText]);
  });

  test('asks one address three times a day at the most, however many forms are filled in with it', async () => {
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => submit({ id, agreed: ['paper'] })));
    expect(await mails()).toEqual(['Was that you?', 'Was that you?', 'Was that you?']);
  });

  test('sends no mail to a dead address, and answers as it does to any other', async () => {
    const suppression = { of: addressKey(address), reason: 'hard-bounced', at: rivulet.clock.now, by: 'test' } as const;
    await rivulet.store.suppressions.add(suppression);
    expect(await submit({ agreed: ['paper'] })).toMatchObject({ kind: 'confirm' });
    expect(await mails()).toEqual([]);
  });

  test('asks nobody whose address was suppressed after the mail was planned', async () => {
    await submit({ agreed: ['paper'] });
    const suppression = { of: addressKey(address), reason: 'complained', at: rivulet.clock.now, by: 'test' } as const;
    await rivulet.store.suppressions.add(suppression);
    expect(await mails()).toEqual([]);
  });

  test('brings somebody back who had left, and to nothing else that they agreed to before', async () => {
    await submit({ agreed: ['news'] });
    await confirm();
    const { id } = await lead();
    const left = {
      id: `left-${id}`,
      type: 'unsubscribed',
      lead: id,
      at: rivulet.clock.now,
      source: 'mail',
      machine: false,
    };
    await recordEvent(left, rivulet.engine);
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 60_000);
    await submit({ id: 'press-2', agreed: ['paper'] });
    expect(await rivulet.store.suppressions.of(addressKey(address))).toBe('unsubscribed');
    await confirm();
    expect(await rivulet.store.suppressions.of(addressKey(address))).toBeUndefined();
    const { purposes = {} } = (await lead()).consent;
    expect([purposes['news']?.status, purposes['paper']?.status]).toEqual(['denied', 'granted']);
    expect(await mails()).toContain('Your paper');
  });

  test('is taken at once from whoever agreed to it before, and changes none of their fields', async () => {
    await submit({ agreed: ['paper'] });
    await confirm();
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 60_000);
    const again = await submit({ id: 'press-2', agreed: ['paper'], fields: { firstName: 'Mallory' } });
    expect(again.kind).toBe('confirm');
    expect((await happened()).filter((what) => what === 'form.submitted paper')).toHaveLength(2);
    expect((await lead()).firstName).toBe('Ada');
    expect((await mails()).filter((subject) => subject === 'Was that you?')).toHaveLength(1);
  });

  test('in which nothing was agreed to is taken without a mail, and nothing commercial follows', async () => {
    const submitted = await submit();
    expect(submitted).toMatchObject({ kind: 'taken', isNew: true });
    expect(await happened()).toEqual(['form.submitted paper', 'lead.created']);
    expect(await lead()).toMatchObject({ firstName: 'Ada', consent: { status: 'pending' } });
    expect(await mails()).toEqual([]);
  });
});

describe('a form without double opt-in', () => {
  test('takes effect at once, for what was agreed to', async () => {
    expect(await submit({ form: 'call', agreed: ['paper'] })).toMatchObject({ kind: 'taken', isNew: true });
    expect(await happened()).toEqual([
      'consent.granted',
      'consent.granted paper',
      'form.submitted call',
      'lead.created',
    ]);
    expect(await mails()).toContain('Your call');
  });

  test('changes the lead whose address it is, and keeps since when it agreed', async () => {
    await capture();
    const { at } = (await lead()).consent;
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 60_000);
    await submit({ form: 'call', agreed: ['news'], timezone: 'Europe/Paris' });
    expect(await lead()).toMatchObject({
      firstName: 'Ada',
      timezone: 'Europe/Paris',
      consent: { status: 'granted', source: 'api', at, purposes: { news: { status: 'granted', form: 'call' } } },
    });
    const before = await lead();
    await submit({ form: 'call', id: 'press-2', fields: {}, timezone: 'Asia/Tokyo' });
    expect((await lead()).timezone).toBe(before.timezone);
  });

  test('asks whoever has said no, and starts its series when they say yes', async () => {
    await capture('denied');
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 60_000);
    expect(await submit({ form: 'call', agreed: ['paper'] })).toMatchObject({ kind: 'taken' });
    expect(await mails()).toEqual(['Was that you?']);
    expect((await lead()).consent.status).toBe('denied');
    expect(await happened()).toContain('form.submitted call');
    await confirm();
    expect((await lead()).consent.status).toBe('granted');
    expect(await mails()).toContain('Your call');
    expect((await happened()).filter((what) => what === 'form.submitted call')).toHaveLength(1);
  });
});

describe('a form that is told twice', () => {
  test('in parallel, is one lead, one submission and one mail', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => submit({ agreed: ['paper', 'news'] })));
    expect(new Set(all.map((one) => one.lead)).size).toBe(1);
    expect(await happened()).toEqual(['consent.asked paper', 'lead.created']);
    expect(await rivulet.store.submissions.ofLead((await lead()).id)).toHaveLength(1);
    expect(await mails()).toEqual(['Was that you?']);
  });

  test('changes nothing the second time, also of what was changed since', async () => {
    await submit({ form: 'call', agreed: ['paper'] });
    const { id } = await lead();
    await rivulet.store.leads.change(id, { kind: 'fields', fields: { firstName: 'Augusta' } }, rivulet.clock.now);
    const before = await happened();
    await submit({ form: 'call', agreed: ['paper'], fields: { firstName: 'Ada' } });
    expect((await lead()).firstName).toBe('Augusta');
    expect(await happened()).toEqual(before);
  });

  test('with the id of somebody else’s is a form of its own', async () => {
    const one = await submit({ form: 'call', agreed: ['paper'] });
    const other = await submit({ form: 'call', address: `other-${address}`, agreed: ['paper'] });
    expect(other.lead).not.toBe(one.lead);
  });
});

describe('a process that dies over a form', () => {
  /** What the store writes, counted; after so many writes the process is dead. */
  function dyingAfter(
    writes: number,
  ): Pick<TestRivulet, 'store' | 'engine' | 'newId'> & { readonly died: () => boolean } {
    let left = writes;
    let isDead = false;
    const mortal = <T extends object>(part: T, names: readonly string[]): T =>
      new Proxy(part, {
        get: (target, name, receiver) => {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function' || !names.includes(String(name))) return value;
          return async (...args: readonly unknown[]) => {
            if (isDead) throw new Error('dead');
            if (left === 0) {
              isDead = true;
              throw new Error('dead');
            }
            left -= 1;
            return Reflect.apply(value, target, args);
          };
        },
      });
    const { store, engine } = rivulet;
    return {
      store: {
        ...store,
        submissions: mortal(store.submissions, ['keep', 'giveLead', 'takeSlot', 'confirm', 'settle']),
        consentTexts: mortal(store.consentTexts, ['keep']),
        leads: mortal(store.leads, ['insert', 'change']),
      },
      engine: mortal(engine, ['keepEvents', 'makeChanges', 'markApplied']),
      newId: rivulet.newId,
      died: () => isDead,
    };
  }

  /** What is to be seen of a lead in the end, without what differs from one to the other. */
  async function outcome() {
    const { id: _, email: __, createdAt: ___, consent, entries: ____, ...rest } = await lead();
    const purposes = Object.keys(consent.purposes ?? {}).toSorted();
    return { ...rest, status: consent.status, purposes, happened: await happened(), mails: await mails() };
  }

  test.each([
    ['paper', ['paper', 'news']],
    ['call', ['paper']],
  ])(
    'between any two writes of the form %s, agreeing to %j, comes to the same when it is told again',
    async (form, agreed) => {
      await submit({ form, agreed });
      const whole = await outcome();
      for (let writes = 0; ; writes += 1) {
        address = `dying${count}-${form}-${agreed.length}-${writes}@example.org`;
        const dying = dyingAfter(writes);
        await submit({ form, agreed }, dying).catch(() => {});
        await submit({ form, agreed });
        expect(await outcome()).toEqual(whole);
        if (!dying.died()) break;
      }
    },
  );

  test('over a confirmation comes to the same, when somebody looks after what was left', async () => {
    await submit({ agreed: ['paper'] });
    await confirm();
    const whole = await outcome();
    for (let writes = 0; ; writes += 1) {
      address = `left${count}-${writes}@example.org`;
      await submit({ agreed: ['paper'] });
      const found = await lead();
      const [kept] = await rivulet.store.submissions.ofLead(found.id);
      const dying = dyingAfter(writes);
      if (!kept) throw new Error('nothing was kept');
      await confirmSubmission(kept, found, { network: '' }, dying).catch(() => {});
      if (writes === 0) await confirmSubmission(kept, found, { network: '' }, rivulet);
      await finishSubmissions(rivulet.clock.now, rivulet);
      expect(await outcome()).toEqual(whole);
      if (!dying.died()) break;
    }
  });
});

test('what was never confirmed is forgotten after a month, with all that was filled in', async () => {
  await submit({ agreed: ['paper'] });
  const { id } = await lead();
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 31 * 86_400_000);
  await finishSubmissions(rivulet.clock.now, rivulet);
  expect(await rivulet.store.submissions.ofLead(id)).toEqual([]);
});

test('nothing of ours went wrong on the way', () => {
  expect(rivulet.faults).toEqual([]);
});
