import * as z from 'zod';
import { plain } from './lead-body.js';
import { AccountAddress, PersonName, RightName, RoleName } from './account-fields.js';
import { Instant, type Routes } from './route.js';

const ChosenPassword = z
  .string()
  .max(1000)
  .describe('at least 12 characters, neither an obvious one nor the own address');
const LinkToken = z.string().max(200).describe('what stands behind the # of the link');

export const Session = z.strictObject({
  who: z.strictObject({
    kind: z.enum(['user', 'key', 'operator']),
    id: z.string(),
    name: z.string(),
    rights: z.array(RightName),
  }),
  email: z.string().nullable().describe('of a person; keys have none'),
  role: RoleName.nullable(),
  csrf: z.string().describe('what every write of a page sends as X-CSRF-Token; empty for a key, which needs none'),
  endsAt: Instant.nullable().describe('when the session ends unless something is done'),
  now: Instant.describe('the clock of Rivulet: demos live in another time'),
});

const badLink = 'the link was opened before, or is older than a day; an admin makes a new one';

/** Signing in and out, and all that concerns oneself. */
export const sessionRoutes = {
  'POST /api/session': {
    does: 'Signs a person in',
    more: 'Sets a cookie. An unknown address, a wrong password and a disabled account are answered alike. After some wrong tries each further one has to wait, longer each time.',
    right: 'anyone',
    body: z.strictObject({ email: plain(320), password: z.string().max(1000) }),
    answer: Session,
    problems: {
      401: 'address and password do not belong together',
      429: 'too many wrong tries; Retry-After says how long to wait',
      503: 'too many people sign in this second',
    },
    // Written into the audit log with the person who came in by it.
    asks: true,
  },
  'GET /api/session': {
    does: 'Says who asks, and what they may do',
    right: 'signed-in',
    answer: Session,
  },
  'DELETE /api/session': {
    does: 'Signs the person out, in this browser',
    right: 'signed-in',
    answer: undefined,
    asks: true,
  },
  'GET /api/session/setup': {
    does: 'Says whether anybody has an account yet',
    right: 'anyone',
    answer: z.strictObject({ hasAccounts: z.boolean() }),
  },
  'POST /api/session/link/look': {
    does: 'Says what a one-time link opens, without opening it',
    right: 'anyone',
    body: z.strictObject({ token: LinkToken }),
    answer: z.strictObject({
      kind: z.enum(['first-admin', 'invitation', 'new-password']),
      email: z.string().nullable().describe('of whose account; null: the first admin says it'),
      name: z.string().nullable(),
      expiresAt: Instant,
    }),
    problems: { 410: badLink },
    asks: true,
  },
  'POST /api/session/link': {
    does: 'Opens a one-time link: chooses name and password, and signs in',
    right: 'anyone',
    body: z.strictObject({
      token: LinkToken,
      name: PersonName,
      password: ChosenPassword,
      email: AccountAddress.optional().describe('of the first admin alone: the address to sign in by'),
    }),
    answer: Session,
    problems: { 410: badLink },
    asks: true,
  },
  'POST /api/session/password': {
    does: 'Changes one’s own password',
    more: 'Every other browser that is signed in with this account is signed out.',
    right: 'signed-in',
    body: z.strictObject({ current: z.string().max(1000), password: ChosenPassword }),
    answer: undefined,
    problems: { 409: 'a key has no password', 429: 'too many wrong tries' },
  },
} as const satisfies Routes;
