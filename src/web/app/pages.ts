import { type ComponentType, lazy } from 'react';
import type { Right } from '../../access/rights.js';
import type { SkeletonKind } from '../parts/skeleton.js';
import type { Address } from './addresses.js';

/** What a page is given: what varies in its address. */
export type PageProps = { readonly params: Readonly<Record<string, string>> };

/** A page: where it is, what it takes to see it, and what is shown in its place until it is there. */
export type PageEntry = {
  readonly path: Address;
  readonly title: string;
  /** What shows it. Once its code is there that is the page itself: a page that must first be waited for gives way late, even if the wait was none. */
  readonly page: () => ComponentType<PageProps>;
  /** Loads its code, before it is gone to. */
  readonly load: () => Promise<unknown>;
  readonly right?: Right;
  readonly skeleton: SkeletonKind;
  /** Stands alone, without navigation: nobody is signed in yet. */
  readonly isBare?: true;
};

type Loading = () => Promise<{ readonly default: ComponentType<PageProps> }>;

function page(
  path: Address,
  title: string,
  load: Loading,
  more: { right?: Right; skeleton: SkeletonKind; isBare?: true },
) {
  let loaded: ComponentType<PageProps> | undefined;
  const loadOnce: Loading = async () => {
    const code = await load();
    loaded = code.default;
    return code;
  };
  const waitedFor = lazy(loadOnce);
  return { path, title, load: loadOnce, page: () => loaded ?? waitedFor, ...more };
}

/** The first whose address fits is shown. */
export const pages: readonly PageEntry[] = [
  page('/', 'Overview', () => import('../pages/overview.js'), { right: 'reports:read', skeleton: 'cards' }),
  page('/sequences', 'Sequences', () => import('../pages/sequences.js'), { right: 'sequences:read', skeleton: 'list' }),
  page('/sequences/:name', 'Sequence', () => import('../pages/sequence.js'), {
    right: 'sequences:read',
    skeleton: 'detail',
  }),
  page('/sequences/:name/mails/:step', 'Mail', () => import('../pages/mail.js'), {
    right: 'sequences:read',
    skeleton: 'detail',
  }),
  page('/simulator', 'Simulator', () => import('../pages/simulator.js'), {
    right: 'sequences:read',
    skeleton: 'detail',
  }),
  page('/forecast', 'Forecast', () => import('../pages/forecast.js'), { right: 'reports:read', skeleton: 'cards' }),
  page('/leads', 'Leads', () => import('../pages/leads.js'), { right: 'leads:read', skeleton: 'list' }),
  page('/leads/import', 'Import leads', () => import('../pages/import.js'), {
    right: 'leads:write',
    skeleton: 'detail',
  }),
  page('/leads/:id', 'Lead', () => import('../pages/lead.js'), { right: 'leads:read', skeleton: 'detail' }),
  page('/deliverability', 'Deliverability', () => import('../pages/deliverability.js'), {
    right: 'deliverability:read',
    skeleton: 'cards',
  }),
  page('/mailbox', 'Mailbox', () => import('../pages/mailbox.js'), { right: 'deliverability:read', skeleton: 'list' }),
  page('/mailbox/:id', 'Mailbox', () => import('../pages/mailbox.js'), {
    right: 'deliverability:read',
    skeleton: 'detail',
  }),
  page('/forms', 'Forms', () => import('../pages/forms.js'), { right: 'sequences:read', skeleton: 'list' }),
  page('/forms/:name', 'Form', () => import('../pages/forms.js'), { right: 'sequences:read', skeleton: 'detail' }),
  page('/reports', 'Reports', () => import('../pages/reports.js'), { right: 'reports:read', skeleton: 'cards' }),
  page('/reports/:name', 'Report', () => import('../pages/reports.js'), { right: 'reports:read', skeleton: 'cards' }),
  page('/activity', 'Activity', () => import('../pages/activity.js'), { right: 'leads:read', skeleton: 'list' }),
  page('/editor', 'Editor', () => import('../pages/editor.js'), { right: 'sequences:read', skeleton: 'detail' }),
  page('/editor/*', 'Editor', () => import('../pages/editor.js'), { right: 'sequences:read', skeleton: 'detail' }),
  page('/endpoints', 'Webhooks', () => import('../pages/endpoints.js'), { right: 'settings:read', skeleton: 'list' }),
  page('/endpoints/:id', 'Webhook', () => import('../pages/endpoints.js'), {
    right: 'settings:read',
    skeleton: 'detail',
  }),
  page('/settings', 'Settings', () => import('../pages/settings.js'), { skeleton: 'detail' }),
  page('/settings/:part', 'Settings', () => import('../pages/settings.js'), { skeleton: 'detail' }),
  page('/sign-in', 'Sign in', () => import('../pages/sign-in.js'), { skeleton: 'bare', isBare: true }),
  page('/welcome', 'Welcome', () => import('../pages/welcome.js'), { skeleton: 'bare', isBare: true }),
];

/** The page at an address. */
export function pageAt(address: string): PageEntry | undefined {
  return pages.find(({ path }) => isAt(path, address));
}

/** Loads the code of a page, while something else is still waited for. */
export async function loadAhead(entry: PageEntry | undefined): Promise<void> {
  // What cannot be loaded now is told where it is shown.
  await entry?.load().catch(() => undefined);
}

function isAt(path: Address, address: string): boolean {
  const [parts, given] = [path.split('/'), address.split('/')];
  if (!path.endsWith('*') && parts.length !== given.length) return false;
  return parts.every((part, at) => part === '*' || part === given[at] || (part.startsWith(':') && given[at] !== ''));
}
