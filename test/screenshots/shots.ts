import type { BrowserContext, Page } from 'playwright-core';
import type { LeadView } from '../../src/api/lead-view.js';
import { type Call, openClient } from '../../src/client/client.js';

/** A picture: of which page, and what is done on it first. */
export type Shot = { readonly name: string; readonly path: string; readonly before?: (page: Page) => Promise<void> };
type State = Awaited<ReturnType<BrowserContext['storageState']>>;

/** What is shown: the pages that people use most, on leads and mails of which there is something to see. */
export async function shotsOf(url: string, { cookies }: State): Promise<readonly Shot[]> {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const call = openClient({ url, headers: () => ({ Cookie: cookie }) });
  const lead = await interestingLead(call);
  const mail = await newestMail(call);
  return [
    { name: 'overview', path: '/' },
    { name: 'sequences', path: '/sequences' },
    { name: 'sequence', path: '/sequences/welcome' },
    { name: 'mail', path: '/sequences/welcome/mails/hello' },
    { name: 'simulator', path: '/simulator' },
    { name: 'forecast', path: '/forecast' },
    { name: 'leads', path: '/leads' },
    { name: 'lead', path: `/leads/${lead}` },
    { name: 'import', path: '/leads/import' },
    { name: 'deliverability', path: '/deliverability' },
    { name: 'mailbox', path: `/mailbox/${mail}` },
    { name: 'forms', path: '/forms' },
    { name: 'reports', path: '/reports' },
    { name: 'activity', path: '/activity' },
    { name: 'editor', path: '/editor/sequences/welcome.json' },
    { name: 'settings', path: '/settings' },
    { name: 'endpoints', path: '/endpoints' },
  ];
}

/** One who did much, and of whom something is still to come. */
async function interestingLead(call: Call): Promise<string> {
  const { items } = await call('GET /api/leads', { query: { limit: 200 } });
  // Not every machine has the letters of every language.
  const isLatin = ({ firstName = '', lastName = '' }: LeadView): boolean =>
    /^[\p{sc=Latin} '-]+$/u.test(firstName + lastName);
  const byScore = items.filter(isLatin).toSorted((a, b) => b.score - a.score);
  for (const { id } of byScore.slice(0, 60)) {
    const { next } = await call('GET /api/leads/:id', { params: { id } });
    if (next) return id;
  }
  return byScore[0]?.id ?? '';
}

async function newestMail(call: Call): Promise<string> {
  const { items } = await call('GET /api/mailbox', { query: { limit: 1 } });
  return items[0]?.id ?? '';
}
