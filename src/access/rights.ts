/** What somebody may do, by the part of Rivulet it concerns. A right to write holds the right to read. */
export const rights = [
  'leads:read',
  'leads:write',
  'sequences:read',
  'sequences:write',
  'deliverability:read',
  'sending:write',
  'reports:read',
  'sales:read',
  'sales:write',
  'settings:read',
  'settings:write',
  'access:write',
] as const;
export type Right = (typeof rights)[number];

/** What each right lets somebody do, in the words of the page that gives it. */
export const rightsTell: Readonly<Record<Right, string>> = {
  'leads:read': 'see leads, their time lines and their data; export them',
  'leads:write': 'make, change, import, merge and erase leads; tell events',
  'sequences:read': 'see sequences, mails, files, forms; simulate and preview',
  'sequences:write': 'change files (where editing is on), enroll leads',
  'deliverability:read': 'see how mails are taken, suppressions, and the local mailbox with its mails in full',
  'sending:write': 'pause and resume, suppress addresses',
  'reports:read': 'see reports, the forecast and the overview',
  'sales:read': 'see the leads that sales was given, by name and address, whose they are and who waits for a call',
  'sales:write': 'answer for a lead, change its owner',
  'settings:read': 'see webhooks and what was delivered to them',
  'settings:write': 'change webhooks, replay deliveries',
  'access:write': 'invite people, make keys, read the audit log',
};

export const roles = ['admin', 'editor', 'viewer', 'sales'] as const;
export type Role = (typeof roles)[number];

const reading: readonly Right[] = ['leads:read', 'sequences:read', 'deliverability:read', 'reports:read'];

/** What each role may do. Sales see leads and answer for them; who writes mails sees no keys; who looks on changes nothing. */
export const rightsOf: Readonly<Record<Role, readonly Right[]>> = {
  admin: rights,
  editor: [...reading, 'leads:write', 'sequences:write', 'sending:write', 'sales:read', 'settings:read'],
  viewer: [...reading, 'sales:read'],
  sales: ['leads:read', 'reports:read', 'sales:read', 'sales:write'],
};

/** What each role is for, as the page that gives it says. */
export const rolesTell: Readonly<Record<Role, string>> = {
  admin: 'may do everything, and says who else may',
  editor: 'writes sequences, cares for leads, pauses and resumes',
  viewer: 'sees everything but settings, and changes nothing',
  sales: 'sees leads and reports, and says what became of them',
};

/** Whether these rights let somebody do what takes this one. */
export function mayDo(held: readonly Right[], needed: Right): boolean {
  return held.includes(needed) || (needed.endsWith(':read') && held.includes(writing[needed] ?? needed));
}

const writing: Partial<Record<Right, Right>> = {
  'leads:read': 'leads:write',
  'sequences:read': 'sequences:write',
  'sales:read': 'sales:write',
  'settings:read': 'settings:write',
};
