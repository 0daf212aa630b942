import { Link, Redirect } from 'wouter';
import { mayDo, type Right } from '../../access/rights.js';
import type { PageProps } from '../app/pages.js';
import { useSession } from '../data/session.js';
import { Page } from '../parts/page.js';
import { AuditLog } from './settings-log.js';
import { Keys } from './settings-keys.js';
import { Own } from './settings-own.js';
import { People } from './settings-people.js';
import './settings.css';

type Part = { readonly to: string; readonly label: string; readonly right?: Right };

const parts: readonly Part[] = [
  { to: '/settings', label: 'You' },
  { to: '/settings/people', label: 'People', right: 'access:write' },
  { to: '/settings/keys', label: 'API keys', right: 'access:write' },
  { to: '/endpoints', label: 'Webhooks', right: 'settings:read' },
  { to: '/settings/log', label: 'Audit log', right: 'access:write' },
];

/** Oneself, and for admins everybody else: people, keys, and what all of them did. */
export default function Settings({ params }: PageProps) {
  const { rights } = useSession();
  const here = params['part'] === undefined ? '/settings' : `/settings/${params['part']}`;
  const mine = parts.filter(({ right }) => !right || mayDo(rights, right));
  const part = mine.find(({ to }) => to === here);
  if (!part) return <Redirect to="/settings" />;
  return (
    <Page title={here === '/settings' ? 'Settings' : `${part.label}, settings`} heading="Settings">
      {mine.length > 1 && (
        <nav aria-label="Settings" className="tabs settings-parts">
          {mine.map(({ to, label }) => (
            <Link key={to} href={to} {...(to === here ? { 'aria-current': 'page' as const } : {})}>
              {label}
            </Link>
          ))}
        </nav>
      )}
      {here === '/settings' && <Own />}
      {here === '/settings/people' && <People />}
      {here === '/settings/keys' && <Keys />}
      {here === '/settings/log' && <AuditLog />}
    </Page>
  );
}
