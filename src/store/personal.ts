import type { Db, Document } from 'mongodb';
import { journaled, type Table } from './rows.js';

/** A person, by all that rows may know one by. */
export type Person = {
  /** Ids of the lead, and of those that became part of it. */
  readonly leads: readonly string[];
  /** Keys of its addresses: the one that it has, and those that it had or asked for. */
  readonly addresses: readonly string[];
  readonly messages: readonly string[];
  readonly enrollments: readonly string[];
  /** Lists of links in its mails; those that other people's mails have too are theirs as well. */
  readonly linkSets: readonly string[];
  /** Texts that its fields hold. */
  readonly words: readonly string[];
};

/** When rows go, as others are found by what stands in them: a mail tells whose a hit is, a lead what its address is. */
const order = ['first', 'mails', 'runs', 'lead'] as const;

/** What a collection holds of people, and how it is taken out of it, shown, and given to another lead. */
export type Personal = {
  readonly collection: string;
  /** What it is, for the person whom it is shown to. */
  readonly holds: string;
  readonly goes?: (typeof order)[number];
  /** Takes out all that names the person; done again, it changes nothing. Answers how many rows went or lost their names. */
  readonly erase: (who: Person, now: Date) => Promise<number>;
  readonly show: (who: Person) => Promise<readonly Document[]>;
  /** Gives what one lead has to another; done again, it changes nothing. Missing where rows know nobody by a lead's id. */
  readonly move?: (from: string, to: string) => Promise<void>;
  /** Stops what goes on with leads who are being erased. */
  readonly halt?: (leads: readonly string[], now: Date) => Promise<void>;
  /** Whether something of theirs is out of our hands just now, and will be written of in a moment. */
  readonly isBusy?: (leads: readonly string[]) => Promise<boolean>;
};
/** A collection in which nobody is named. */
export type Impersonal = { readonly collection: string; readonly impersonal: string };
export type Holding = Personal | Impersonal;

export function isPersonal(holding: Holding): holding is Personal {
  return 'holds' in holding;
}

/** Rows that know their person by the column `lead`, and are nobody else's. */
export function personalRows({ db, name }: Table, holds: string): Personal {
  const rows = db.collection<{ lead: string }>(name, journaled);
  const own = ({ leads }: Person) => ({ lead: { $in: [...leads] } });
  return {
    collection: name,
    holds,
    erase: async (who) => (await rows.deleteMany(own(who))).deletedCount,
    show: (who) => rows.find(own(who)).toArray(),
    move: async (from, to) => void (await rows.updateMany({ lead: from }, { $set: { lead: to } })),
  };
}

/** Collections that no part of the store has a file of its own for. */
const others: readonly Impersonal[] = [
  { collection: 'agendaJobs', impersonal: 'what comes round, and when' },
  { collection: 'settings', impersonal: 'fingerprints of secrets and rules' },
  { collection: 'files', impersonal: 'the files of the project, as they were deployed' },
];

/**
 * What every collection holds of people: each part of the store says so of its own, and one that says nothing of it is
 * found by `test/personal.test.ts`.
 */
export function holdingsOf(parts: object): readonly Holding[] {
  return [...Object.values(parts).flatMap((part: unknown) => (declares(part) ? part.personal : [])), ...others];
}

function declares(part: unknown): part is { readonly personal: Holding | readonly Holding[] } {
  return typeof part === 'object' && part !== null && 'personal' in part;
}

/** Those that hold something, in the order in which it goes. */
export function inOrder(holdings: readonly Holding[]): readonly Personal[] {
  const placeOf = ({ goes = 'first' }: Personal): number => order.indexOf(goes);
  return holdings.filter(isPersonal).toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Collections of the database that nobody has said anything of. */
export async function undeclared(db: Db, holdings: readonly Holding[]): Promise<readonly string[]> {
  const declared = new Set(holdings.map(({ collection }) => collection));
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  return names.filter((name) => !declared.has(name) && !name.startsWith('system.')).toSorted();
}
