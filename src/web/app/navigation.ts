import {
  Activity,
  ChartColumn,
  CircleGauge,
  FileCode,
  FlaskConical,
  Inbox,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Settings,
  TrendingUp,
  Users,
  Workflow,
} from 'lucide-react';
import type { Right } from '../../access/rights.js';
import type { Address } from './addresses.js';

export type Place = {
  readonly to: Address;
  readonly label: string;
  readonly icon: LucideIcon;
  /** Pressed after `g`, it leads there. */
  readonly key: string;
  readonly right?: Right;
  /** Stands in the bar at the foot of a phone. */
  readonly isFirst?: true;
};

/** The main navigation, in groups that belong together. */
export const places: readonly (readonly Place[])[] = [
  [
    { to: '/', label: 'Overview', icon: LayoutDashboard, key: 'o', right: 'reports:read', isFirst: true },
    { to: '/sequences', label: 'Sequences', icon: Workflow, key: 's', right: 'sequences:read', isFirst: true },
    { to: '/simulator', label: 'Simulator', icon: FlaskConical, key: 'm', right: 'sequences:read' },
    { to: '/forecast', label: 'Forecast', icon: TrendingUp, key: 'f', right: 'reports:read' },
  ],
  [
    { to: '/leads', label: 'Leads', icon: Users, key: 'l', right: 'leads:read', isFirst: true },
    { to: '/activity', label: 'Activity', icon: Activity, key: 'a', right: 'leads:read', isFirst: true },
    { to: '/reports', label: 'Reports', icon: ChartColumn, key: 'r', right: 'reports:read' },
    { to: '/deliverability', label: 'Deliverability', icon: CircleGauge, key: 'd', right: 'deliverability:read' },
    { to: '/mailbox', label: 'Mailbox', icon: Inbox, key: 'b', right: 'deliverability:read' },
  ],
  [
    { to: '/forms', label: 'Forms', icon: ScrollText, key: 'w', right: 'sequences:read' },
    { to: '/editor', label: 'Editor', icon: FileCode, key: 'e', right: 'sequences:read' },
    { to: '/settings', label: 'Settings', icon: Settings, key: ',' },
  ],
];

/** Whether an address lies within a place: "/leads/42" in "/leads". */
export function isWithin(address: string, to: string): boolean {
  return to === '/' ? address === '/' : address === to || address.startsWith(`${to}/`);
}
