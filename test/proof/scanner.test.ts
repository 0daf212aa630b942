import { expect, test } from '@jest/globals';
import { readerPrograms } from '../../src/demo/reader-programs.js';
import { aProjectFolder, startHttpRivulet } from '../support.js';
import { isLong } from './length.js';

const { browser } = readerPrograms(0.9);
const mails = isLong ? 1000 : 50;
/** Mails that the robot is in at the same time. */
const atOnce = 20;

async function ask(address: string, method: string): Promise<void> {
  const response = await fetch(address, { method, headers: browser, redirect: 'manual' });
  await response.arrayBuffer();
}

/** Two links are enough for no burst, and not all that are. */
const threeLinks = () =>
  aProjectFolder({
    'templates/hello.mjml': `<mj-section><mj-column><mj-text>${[1, 2, 3].map((i) => `<a href="https://example.com/${i}">${i}</a>`).join(' ')} <a href="{{unsubscribeUrl}}">leave</a> <a href="{{preferencesUrl}}">choose</a></mj-text></mj-column></mj-section>`,
    'sequences/scoring.json':
      '{ "engagement": { "rules": [{ "on": "clicked", "points": 10 }, { "on": "opened", "points": 3 }] } }',
  });

test(`T18: a robot asks for everything in ${mails} mails, with HEAD and GET, as a browser would: nobody has left, and no score has moved`, async () => {
  const rivulet = await startHttpRivulet({ PROJECT_DIR: await threeLinks() });
  const { store, clock } = rivulet;
  for (let i = 0; i < mails; i += 1) await rivulet.api('/api/leads', { email: `lead-${i}@example.org` });
  await rivulet.dispatcher.wake();
  const { items } = await store.mailbox.page(mails + 1);
  expect(items).toHaveLength(mails);

  clock.now = new Date(clock.now.getTime() + 8000);
  for (let i = 0; i < items.length; i += atOnce)
    await Promise.all(
      items.slice(i, i + atOnce).map(async ({ id }) => {
        const { html } = (await rivulet.api(`/api/mailbox/${id}`)).body;
        const addresses = [...html.matchAll(/(?:href|src)="(http:[^"]+\/[ocup]\/[^"]+)"/g)].map(([, one = '']) => one);
        expect(addresses).toHaveLength(7);
        for (const address of addresses) {
          await ask(address, 'HEAD');
          await ask(address, 'GET');
        }
      }),
    );
  await rivulet.judged();

  expect(await store.suppressions.count()).toBe(0);
  expect(await store.events.count({ type: 'unsubscribed' })).toBe(0);
  for (const type of ['opened', 'clicked']) expect(await store.events.count({ type, machine: false })).toBe(0);
  expect(await store.events.count({ type: 'clicked', machine: true })).toBe(mails * 4);
  expect(await store.events.count({ type: 'opened', machine: true })).toBe(mails);
  for await (const { entries, consent } of store.leads.all())
    expect([entries, consent.status]).toEqual([[], 'granted']);
  const { items: sequences } = (await rivulet.api('/api/sequences')).body;
  const people = { sent: mails, opened: 0, clicked: 0 };
  expect(sequences[0].mails[0]).toMatchObject({ ...people, machineOpens: mails, machineClicks: mails });
  expect(rivulet.faults).toEqual([]);
  await rivulet.close();
}, 600_000);
