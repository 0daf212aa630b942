import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { readConsentHistory } from '../src/lead/consent-history.js';
import { confirmSubmission } from '../src/lead/confirm-form.js';
import { submitForm } from '../src/lead/submit-form.js';
import { turn } from '../src/lead/prefer.js';
import { consentInWords } from '../src/cli/consent.js';
import { addressKey } from '../src/message/address.js';
import { aConsentFolder, filledIn, formOf } from './consent-project.js';
import { startTestRivulet, type TestRivulet } from './support.js';

let folder: string;
let rivulet: TestRivulet;

beforeAll(async () => {
  folder = await aConsentFolder();
  rivulet = await startTestRivulet({ PROJECT_DIR: folder });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});

function pass(days: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + days * 86_400_000);
}

/** What the command prints of a lead, without colours. */
async function printed(address: string): Promise<string> {
  const lead = await rivulet.store.leads.byEmail(addressKey(address));
  if (!lead) throw new Error(`there is no lead ${address}`);
  const lines = consentInWords(await readConsentHistory(lead, rivulet.store), 'UTC');
  // oxlint-disable-next-line no-control-regex -- what a terminal reads as colours
  return lines.join('\n').replaceAll(/\u001b\[\d+m/g, '');
}

test('what a lead agreed to is told in order: asked, confirmed, left, and come back to something else', async () => {
  const address = 'ada@example.org';
  const submit = (id: string, agreed: readonly string[]) =>
    submitForm(filledIn(rivulet, { address, id, agreed }), formOf(rivulet, 'paper'), rivulet);
  const confirm = async (lead: string) => {
    const kept = (await rivulet.store.submissions.ofLead(lead)).at(-1);
    const found = await rivulet.store.leads.byId(lead);
    if (kept && found) await confirmSubmission(kept, found, { network: '198.51.100.0/24' }, rivulet);
  };
  const { lead } = await submit('press-1', ['news']);
  pass(1);
  await confirm(lead);
  pass(1);
  await turn('unsubscribed', lead, { told: { source: 'mail' }, engine: rivulet.engine, store: rivulet.store });
  pass(1);
  await submit('press-2', ['paper']);
  pass(1);
  await confirm(lead);

  const text = await printed(address);
  const turns = [...text.matchAll(/^ {2}(\d\d \w+) \d+, \d\d:\d\d {2}(.*)$/gm)].map(
    ([, day, what]) => `${day} ${what}`,
  );
  expect(turns).toEqual([
    '02 Mar was asked to confirm news  form paper',
    '03 Mar confirmed news  form paper',
    '04 Mar unsubscribed from all mails  mail',
    '05 Mar was asked to confirm paper  form paper',
    '06 Mar withdrew news  form paper',
    '06 Mar confirmed paper  form paper',
    '06 Mar came back to all mails  form',
  ]);
  expect(text).toMatch(/news\s+│ denied/);
  expect(text).toMatch(/paper\s+│ granted/);
  expect(text).toContain('from 203.0.113.0/24, Firefox');
  expect(text).toContain('had left before, and agreed to paper alone');
});

test('of a lead that somebody vouches for it says who, and that nothing else is known', async () => {
  const email = 'vouched@example.org';
  await captureLead({ email, emailKey: email }, 'fair', rivulet.store, rivulet.engine, rivulet.newId);
  const text = await printed(email);
  expect(text).toContain('mails granted, fair,');
  expect(text).toContain('Nothing that is known here.');
});

test('an address that is suppressed is said to be', async () => {
  const email = 'dead@example.org';
  await captureLead({ email, emailKey: email }, 'fair', rivulet.store, rivulet.engine, rivulet.newId);
  await rivulet.store.suppressions.add({ of: email, reason: 'hard-bounced', at: rivulet.clock.now, by: 'test' });
  expect(await printed(email)).toContain('The address is suppressed: hard-bounced.');
});
