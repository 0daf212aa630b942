import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createApp } from '../src/http/app.js';
import { type DatabaseProxy, openDatabaseProxy, type WriteFault } from './database-proxy.js';
import { bodyOf, visitorOf } from './form-pages.js';
import { aFormProject } from './form-projects.js';
import { startTestRivulet, testDatabase, type TestRivulet } from './support.js';

const faults: readonly WriteFault[] = [
  { kind: 'unheard' },
  { kind: 'refused', code: 10_107, codeName: 'NotWritablePrimary' },
];

type Away = {
  readonly proxy: DatabaseProxy;
  readonly rivulet: TestRivulet;
  readonly url: string;
  readonly fault: WriteFault;
};

/** Somebody sends a form while the database fails at its `nth` write, and presses the button again. */
async function sendTwice(nth: number, { proxy, rivulet, url, fault }: Away) {
  const visitor = visitorOf({ url, clock: rivulet.clock });
  const email = `away-${nth}@acme.example`;
  const fields = { email, firstName: 'Ada', goal: 'to be kept', consent: 'terms' };
  const { unseen } = await visitor.open('every');
  visitor.pass(3_600_000);
  proxy.arm(nth, fault);
  const first = await visitor.send('every', bodyOf({ ...unseen, ...fields }));
  const failing = proxy.writes[nth - 1];
  proxy.arm(0, fault);
  const again = await visitor.send('every', bodyOf({ ...unseen, ...fields }));
  const lead = await rivulet.store.leads.byEmail(email);
  const events = await rivulet.store.events.ofLead(lead?.id ?? '');
  const countOf = (type: string): number => events.filter((event) => event.type === type).length;
  const typed = [`value="${email}"`, '>\nto be kept</textarea>', 'value="terms" checked', 'Nothing you wrote is lost'];
  return {
    first: first.status,
    retryAfter: first.headers.get('retry-after'),
    isKept: typed.every((text) => first.text.includes(text)),
    failing,
    again: [again.status, again.to, lead?.firstName, lead?.consent.status],
    events: [countOf('form.submitted'), countOf('lead.created')],
  };
}

// Each write that a form comes to fails once, one after the other.
test.each(faults)(
  '($kind) whatever write the database was away for, the person keeps what was typed, and pressing again makes one form of it',
  async (fault) => {
    const proxy = await openDatabaseProxy(testDatabase(), join(await mkdtemp(join(tmpdir(), 'rvf-')), 'p.sock'));
    const rivulet = await startTestRivulet({ MONGODB_URI: proxy.uri, PROJECT_DIR: await aFormProject() });
    // What comes of a form is sent by others; here only the form's own writes are to fail.
    const server = createServer(createApp({ ...rivulet, wake: () => {} }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    try {
      const tries = [];
      do tries.push(await sendTwice(tries.length + 1, { proxy, rivulet, url, fault }));
      while (tries.at(-1)?.failing !== undefined && tries.length < 60);

      expect(tries.at(-1)?.failing).toBeUndefined();
      for (const { again, events } of tries)
        expect([again, events]).toEqual([
          [303, '/f/every/thanks', 'Ada', 'granted'],
          [1, 1],
        ]);
      // The driver tries some writes again by itself, and nobody notices; the rest are told.
      const told = tries.filter(({ first }) => first !== 303);
      expect(told.length).toBeGreaterThan(5);
      for (const { first, retryAfter, isKept } of told) expect([first, retryAfter, isKept]).toEqual([503, '5', true]);
      expect(rivulet.faults).toEqual([]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
      await rivulet.close();
      await proxy.stop();
    }
  },
  120_000,
);
