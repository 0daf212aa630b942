import pc from 'picocolors';
import { type Role, roles, rolesTell } from '../access/rights.js';
import { operator } from '../account/who.js';
import { linkFor, type ShownLink } from '../account/links.js';
import { changeRole, disable, invite, type Outcome } from '../account/people.js';
import { readConfig } from '../config.js';
import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { welcomeUrl } from '../http/access-api.js';
import { addressKey, parseAddress } from '../message/address.js';
import type { Store } from '../store/open-store.js';
import type { User } from '../store/users.js';
import { instant, say } from './terminal.js';
import { publicUrlOf } from './webhook.js';
import { withStore } from './with-store.js';

/** Lists who has an account. */
export async function listUsers({ json }: { json?: boolean }): Promise<void> {
  await withStore(readConfig(process.env), async ({ users }) => {
    const all = await users.all();
    if (json) return say(JSON.stringify(all, null, 2));
    if (all.length === 0) say('Nobody has an account yet. "rivulet start" prints the link for the first one.');
    for (const user of all) say(lineOf(user));
  });
}

/** Makes an account and prints the link that opens it. */
export async function inviteUser(email: string, { name, role }: { name?: string; role: string }): Promise<void> {
  const address = parseAddress(email);
  if (!address.ok) throw cannot(email, address.problem, 'Write one address, such as mara@example.com');
  await withAccounts(async (tools) => {
    const invitation = { ...address.value, name: name ?? address.value.address, role: roleNamed(role) };
    const invited = await invite(invitation, who, tools);
    if (!invited) throw cannot(email, 'this address has an account', `For a new password: rivulet user link ${email}`);
    await note('rivulet user invite', invited.user, tools);
    tellLink(invited.link, invited.user);
  });
}

/** Prints a new link for somebody who forgot a password or lost the invitation. */
export async function linkUser(email: string): Promise<void> {
  await withUser(email, async (user, tools) => {
    if (user.disabledAt) throw cannot(email, 'this account is disabled', `To enable it: rivulet user enable ${email}`);
    const link = await linkFor(user, who, tools);
    await note('rivulet user link', user, tools);
    tellLink(link, user);
  });
}

export async function changeUserRole(email: string, role: string): Promise<void> {
  await withUser(email, async (user, tools) => {
    assertDone(await changeRole(user, roleNamed(role), tools), email);
    await note('rivulet user role', user, tools);
    say(`${pc.green('✔')} ${email} is ${role} now: ${rolesTell[roleNamed(role)]}.`);
  });
}

/** Keeps somebody out, from the next request on. */
export async function disableUser(email: string): Promise<void> {
  await withUser(email, async (user, tools) => {
    if (!user.disabledAt) assertDone(await disable(user, tools), email);
    await note('rivulet user disable', user, tools);
    say(`${pc.green('✔')} ${email} is signed in nowhere any more. To undo it: rivulet user enable ${email}`);
  });
}

export async function enableUser(email: string): Promise<void> {
  await withUser(email, async (user, tools) => {
    await tools.store.users.enable(user.id);
    await note('rivulet user enable', user, tools);
    say(`${pc.green('✔')} ${email} may sign in again. Without the password: rivulet user link ${email}`);
  });
}

const who = 'the command line';
type Tools = { readonly store: Store; readonly now: () => Date };

function withAccounts(work: (tools: Tools) => Promise<void>): Promise<void> {
  return withStore(readConfig(process.env), (store) => work({ store, now: () => new Date() }));
}

function withUser(email: string, work: (user: User, tools: Tools) => Promise<void>): Promise<void> {
  return withAccounts(async (tools) => {
    const user = await tools.store.users.byAddress(addressKey(email));
    if (user) return work(user, tools);
    const known = (await tools.store.users.all()).map((one) => one.email);
    throw cannot(
      email,
      'nobody has an account by this address',
      known.length > 0 ? didYouMean(email, known) : 'Invite somebody: rivulet user invite <email>',
    );
  });
}

/** What the command line does stands in the log as what the pages do. */
export async function note(command: string, thing: { readonly id: string }, { store, now }: Tools): Promise<void> {
  const { kind, id } = operator;
  const things = [{ name: 'id', value: thing.id }];
  await store.auditLog.note({
    at: now(),
    who: { kind, id, name: who },
    route: command,
    things,
    fields: [],
    status: 200,
  });
}

function roleNamed(text: string): Role {
  const role = roles.find((one) => one === text);
  if (role) return role;
  throw cannot(text, 'there is no such role', didYouMean(text, roles));
}

function assertDone(outcome: Outcome, email: string): void {
  if (outcome === 'last-admin')
    throw cannot(
      email,
      'this is the last admin, and somebody must say who may do what',
      'Make another one first: rivulet user role <email> admin',
    );
  if (outcome === 'meanwhile') throw cannot(email, 'somebody else changed this account this instant', 'Try again');
}

function cannot(where: string, what: string, fix: string): FixableError {
  return new FixableError({ code: 'bad-user', where, what, fix });
}

function tellLink({ token, expiresAt }: ShownLink, { email, role }: User): void {
  say(`For ${pc.bold(email)} (${role}), once, until ${instant(expiresAt, 'UTC')} UTC:`);
  say(`  ${pc.underline(welcomeUrl(publicUrlOf(readConfig(process.env)), token))}`);
  say(pc.dim('Whoever opens it chooses the password: send it in a way you trust. It is not shown again.'));
}

function lineOf({ email, name, role, hasPassword, signedInAt, disabledAt }: User): string {
  const state = disabledAt
    ? pc.red(`disabled since ${instant(disabledAt, 'UTC')} UTC`)
    : signedInAt
      ? `signed in ${instant(signedInAt, 'UTC')} UTC`
      : hasPassword
        ? 'never signed in'
        : pc.yellow('invited, not opened yet');
  return `  ${pc.bold(email)}  ${name}  ${role}  ${pc.dim(state)}`;
}
