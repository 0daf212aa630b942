import * as z from 'zod';
import { rights } from '../access/rights.js';
import { plain } from './lead-body.js';
import { AccountAddress, PersonName, RightName, RoleName } from './account-fields.js';
import { Instant, listOf, pageOf, pageQuery, type Routes } from './route.js';

const UserView = z.strictObject({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: RoleName,
  state: z.enum(['active', 'invited', 'disabled']).describe('invited: no password was chosen yet'),
  isYou: z.boolean(),
  createdAt: Instant,
  createdBy: z.string(),
  signedInAt: Instant.nullable().describe('when this person last signed in'),
});
const LinkView = z.strictObject({
  url: z.string().describe('opens the account once; give it to nobody else'),
  expiresAt: Instant,
});
const Invited = z.strictObject({ user: UserView, link: LinkView });

const KeyView = z.strictObject({
  id: z.string(),
  name: z.string(),
  shown: z.string().describe('the first characters of the key'),
  rights: z.array(RightName),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: Instant,
  createdBy: z.string(),
  expiresAt: Instant.nullable(),
  usedAt: Instant.nullable().describe('to the minute'),
  revokedAt: Instant.nullable(),
});

const AuditView = z.strictObject({
  id: z.string(),
  at: Instant,
  who: z.strictObject({ kind: z.enum(['user', 'key', 'operator']), id: z.string(), name: z.string() }),
  route: z.string().describe('the route or the command'),
  does: z.string().nullable().describe('the same in words'),
  things: z.array(z.strictObject({ name: z.string(), value: z.string() })).describe('what it was done to'),
  fields: z.array(z.string()).describe('names of what was sent; never what it was'),
  status: z.number(),
});

/** Who may use Rivulet, and what they did. */
export const accessRoutes = {
  'GET /api/roles': {
    does: 'Lists the roles that people have and the rights that keys are given, in words',
    right: 'signed-in',
    answer: z.strictObject({
      roles: z.array(z.strictObject({ name: RoleName, tells: z.string(), rights: z.array(RightName) })),
      rights: z.array(z.strictObject({ name: RightName, tells: z.string() })),
    }),
  },
  'GET /api/users': {
    does: 'Lists the people who have an account',
    right: 'access:write',
    answer: listOf(UserView),
  },
  'POST /api/users': {
    does: 'Invites somebody: makes an account and the one-time link that opens it',
    more: 'The link is shown in this answer alone. Send it to the person in a way you trust.',
    right: 'access:write',
    body: z.strictObject({ email: AccountAddress, name: PersonName, role: RoleName }),
    answer: Invited,
    status: [201],
    problems: { 409: 'the address has an account' },
  },
  'PATCH /api/users/:id': {
    does: 'Changes the role of somebody, or disables and enables the account',
    more: 'It counts from the next request on. Who is disabled is signed out everywhere; the last admin stays one.',
    right: 'access:write',
    body: z
      .strictObject({ role: RoleName.optional(), isDisabled: z.boolean().optional() })
      .refine(({ role, isDisabled }) => (role === undefined) !== (isDisabled === undefined), {
        error: 'send "role" or "isDisabled", one of them',
      }),
    answer: UserView,
    problems: { 409: 'it is the last admin, or somebody else changed it this instant' },
  },
  'POST /api/users/:id/link': {
    does: 'Makes a new one-time link for somebody who forgot a password or lost the invitation',
    more: 'Links that were made before open nothing any more.',
    right: 'access:write',
    answer: LinkView,
    status: [201],
    problems: { 409: 'the account is disabled' },
  },
  'GET /api/keys': {
    does: 'Lists the API keys, newest first',
    right: 'access:write',
    answer: listOf(KeyView),
  },
  'POST /api/keys': {
    does: 'Makes an API key',
    more: 'The key is shown in this answer alone. It may do what its rights say, and nobody gives rights that they do not have.',
    right: 'access:write',
    body: z.strictObject({
      name: PersonName.describe('what the key is for'),
      rights: z.array(RightName).min(1, { error: 'name at least one right' }).max(rights.length),
      expiresAt: z.iso
        .datetime({ offset: true, error: 'an instant looks like "2026-03-02T09:00:00Z"' })
        .optional()
        .describe('until when it is good; left out: until it is revoked'),
    }),
    answer: z.strictObject({ key: KeyView, secret: z.string().describe('the key itself; nobody can show it again') }),
    status: [201],
  },
  'DELETE /api/keys/:id': {
    does: 'Revokes an API key, from the next request on',
    right: 'access:write',
    answer: undefined,
  },
  'GET /api/audit-log': {
    does: 'Lists who changed what, newest first',
    right: 'access:write',
    query: z.strictObject({
      ...pageQuery,
      who: plain(100).min(1).optional().describe('the id of a person or key'),
      thing: plain(1000).min(1).optional().describe('the id, name or address of what was changed'),
    }),
    answer: pageOf(AuditView),
  },
} as const satisfies Routes;
