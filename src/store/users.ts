import type { Db, Filter, UpdateFilter } from 'mongodb';
import * as z from 'zod';
import { type Role, roles } from '../access/rights.js';
import { idFrom } from '../event/id.js';
import type { Personal } from './personal.js';
import { insertNew, isDuplicate, journaled, maybe, present, type Present } from './rows.js';

/** What is kept of a password, with what it was made by: so that it can be made dearer for whoever signs in next. */
const PasswordRow = z.object({
  kind: z.literal('scrypt'),
  /** N, r and p of RFC 7914 §2. */
  cost: z.number().int(),
  blockSize: z.number().int(),
  parallel: z.number().int(),
  salt: z.string(),
  hash: z.string(),
});
export type PasswordHash = Readonly<z.output<typeof PasswordRow>>;

const UserRow = z.object({
  /** Made of the key of the address, which so has one account, and stands in no link or log. */
  _id: z.string(),
  address: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(roles),
  /** Missing until the one-time link was opened. */
  password: maybe(PasswordRow),
  createdAt: z.date(),
  createdBy: z.string(),
  signedInAt: maybe(z.date()),
  disabledAt: maybe(z.date()),
  /** The one who came by the link of the first start. */
  isFirst: maybe(z.literal(true)),
});
type UserDocument = Present<z.output<typeof UserRow>>;

/** Somebody who works with Rivulet. What is kept of the password is never among this. */
export type User = {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly hasPassword: boolean;
  readonly signedInAt?: Date;
  readonly disabledAt?: Date;
};
export type NewUser = Pick<User, 'email' | 'name' | 'role' | 'createdAt' | 'createdBy'> & { readonly address: string };

/** The id of the account that an address has or would have. */
export function userIdOf(addressKey: string): string {
  return idFrom('user', addressKey);
}

/** People who may sign in. None is ever deleted, as the audit log names them: who is to stay out is disabled. */
export async function openUsers(db: Db) {
  const rows = db.collection<UserDocument>('users', journaled);
  // Of two who open links of the first start at once, one becomes the first admin.
  await rows.createIndex({ isFirst: 1 }, { unique: true, partialFilterExpression: { isFirst: true } });
  const one = async (filter: Filter<UserDocument>): Promise<User | undefined> => {
    const row = await rows.findOne(filter);
    return row ? toUser(row) : undefined;
  };
  const change = async (filter: Filter<UserDocument>, update: UpdateFilter<UserDocument>): Promise<boolean> =>
    (await rows.updateOne(filter, update)).matchedCount === 1;
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'your own account here, if you work with Rivulet',
    // An account is no lead's: whoever runs Rivulet disables it, and it signs what its owner did.
    erase: async () => 0,
    show: async ({ addresses }) =>
      (await rows.find({ _id: { $in: addresses.map(userIdOf) } }).toArray()).map((row) => ({ ...toUser(row) })),
  };

  return {
    personal,
    isEmpty: async (): Promise<boolean> => (await rows.findOne({}, { projection: { _id: 1 } })) === null,
    byId: (id: string) => one({ _id: id }),
    byAddress: (addressKey: string) => one({ _id: userIdOf(addressKey) }),
    /** All, in the order of their names: they are a handful. */
    all: async (): Promise<readonly User[]> =>
      (await rows.find().collation({ locale: 'en' }).sort({ name: 1, _id: 1 }).toArray()).map(toUser),
    /** What is kept of a password; nothing of somebody who has none or is disabled. */
    passwordOf: async (id: string): Promise<PasswordHash | undefined> => {
      const row = await rows.findOne({ _id: id, disabledAt: { $exists: false } });
      return row ? UserRow.parse(row).password : undefined;
    },
    /** False when the address has an account already. */
    add: async (user: NewUser): Promise<boolean> =>
      (await insertNew({ db, name: rows.collectionName }, [documentOf(user)])) === 1,
    /** The first admin; false when there is one. */
    addFirst: async (user: NewUser, password: PasswordHash): Promise<boolean> => {
      try {
        await rows.insertOne({ ...documentOf(user), password, isFirst: true });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    /** Changes a password. With `from`, only if it is still that one. */
    setPassword: (id: string, to: PasswordHash, from?: PasswordHash): Promise<boolean> =>
      change({ _id: id, ...(from ? { 'password.hash': from.hash } : {}) }, { $set: { password: to } }),
    rename: (id: string, name: string): Promise<boolean> => change({ _id: id }, { $set: { name } }),
    setRole: (id: string, { from, to }: { readonly from: Role; readonly to: Role }): Promise<boolean> =>
      change({ _id: id, role: from }, { $set: { role: to } }),
    disable: (id: string, at: Date): Promise<boolean> =>
      change({ _id: id, disabledAt: { $exists: false } }, { $set: { disabledAt: at } }),
    enable: (id: string): Promise<boolean> =>
      change({ _id: id, disabledAt: { $exists: true } }, { $unset: { disabledAt: '' } }),
    noteSignIn: async (id: string, at: Date): Promise<void> => {
      await rows.updateOne({ _id: id }, { $max: { signedInAt: at } });
    },
    /** Those who can sign in and say who may do what. */
    countAdmins: (): Promise<number> =>
      rows.countDocuments({ role: 'admin', disabledAt: { $exists: false }, password: { $exists: true } }),
  };
}
export type Users = Awaited<ReturnType<typeof openUsers>>;

function documentOf({ address, ...user }: NewUser): UserDocument {
  return { _id: userIdOf(address), address, ...user };
}

function toUser(document: unknown): User {
  const { _id: id, address: _, password, isFirst: __, ...rest } = present(UserRow.parse(document));
  return { id, ...rest, hasPassword: password !== undefined };
}
