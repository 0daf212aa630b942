import { createHash } from 'node:crypto';
import type { Engine } from '../engine.js';
import type { Classified, InboundClass } from '../inbound/classified.js';
import { type Attribution, recordProviderEvents } from '../lead/attribute.js';
import { type Addressed, readAddressed, type WaysBack } from '../message/return-address.js';
import type { SigningKeys } from '../message/token.js';
import type { Store } from '../store/open-store.js';
import { returnedEvent } from './returned-event.js';
import { classAt, type Tie, tieOf } from './tie.js';

/** A mail as it came to us, by whichever way. */
export type Arrived = {
  readonly raw: Buffer;
  /** Whom the envelope named. */
  readonly recipients?: readonly string[];
  /** When it came, by a clock that its sender does not set; without it, its own date counts. */
  readonly at?: Date;
};

export type Taken = { readonly class: InboundClass; readonly attribution: Attribution };

export type ReceptionSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly keys: SigningKeys;
  readonly waysBack: WaysBack;
  readonly classify: (raw: Buffer) => Promise<Classified>;
};

/** What becomes of mail that comes to us: understood, tied to the mail of ours that it is about, and recorded once. */
export function openReception({ store, engine, keys, waysBack, classify }: ReceptionSetting) {
  const read = (address: string): Addressed | undefined => readAddressed(address, waysBack, keys);

  const understood = async ({ raw, recipients = [], at }: Arrived): Promise<Understood> => {
    const mail = await classify(raw);
    const tie = tieOf(mail, recipients, read);
    return { mail, tie, at: at ?? mail.at, digest: digestOf(raw, mail) };
  };
  const record = (all: readonly Understood[]): Promise<Attribution> =>
    recordProviderEvents(source, all.map(returnedEvent), store, engine, { byAddress: 'answers' });

  return {
    read,
    /** What a mail is, and nothing is done. */
    look: async (arrived: Arrived): Promise<InboundClass> => classOf(await understood(arrived)),
    /** Records what a mail says; resolves when that is on disk. */
    take: async (arrived: Arrived): Promise<Taken> => {
      const one = await understood(arrived);
      return { class: classOf(one), attribution: await record([one]) };
    },
    /** The same of many that there is no other copy of: what people wrote is kept whole, for people to read. */
    takeOnly: async (arrived: Arrived): Promise<Taken> => {
      const one = await understood(arrived);
      // First, so that a mail whose event is known was kept: its sender may not have heard our answer, and come again.
      if (isForPeople(classOf(one))) await store.keptMails.keep(keptFrom(arrived.raw, one, engine.now()));
      return { class: classOf(one), attribution: await record([one]) };
    },
    /** Records what several mails say, in fewer steps. */
    takeAll: async (arrived: readonly Arrived[]): Promise<readonly [readonly InboundClass[], Attribution]> => {
      const all: Understood[] = [];
      for (const one of arrived) all.push(await understood(one));
      return [all.map(classOf), await record(all)];
    },
  };
}
export type Reception = ReturnType<typeof openReception>;

type Understood = {
  readonly mail: Classified;
  readonly tie: Tie;
  readonly at: Date | undefined;
  readonly digest: string;
};

/** Who told it, in a lead's history. */
const source = 'inbound';

function classOf({ mail, tie }: Understood): InboundClass {
  return classAt(mail.class, tie.purpose);
}

/** What a person wrote, or may have written. */
function isForPeople(own: InboundClass): boolean {
  return own === 'reply' || own === 'other' || own === 'unsubscribe-request';
}

function keptFrom(raw: Buffer, { mail, tie, digest, ...rest }: Understood, now: Date) {
  const { from, subject } = mail;
  const own = { ...(from ? { from } : {}), ...(tie.message ? { message: tie.message } : {}) };
  return { digest, at: now, class: classOf({ mail, tie, digest, ...rest }), subject, raw, ...own };
}

/**
 * Tells apart mails that have no Message-ID. Of its body and what the sender wrote above it alone: each server that a copy
 * comes through adds lines at the top, and line ends differ by the way that it came.
 */
function digestOf(raw: Buffer, { from, subject, at, ownId }: Classified): string {
  const text = raw.toString('latin1');
  const [, body = text] = splitHead(text);
  const lines = body.replaceAll('\r\n', '\n').trimEnd();
  return createHash('sha256')
    .update(JSON.stringify([ownId ?? null, from ?? null, subject, at ?? null]))
    .update(lines, 'latin1')
    .digest('hex');
}

function splitHead(text: string): readonly [string, string?] {
  const at = text.search(/\r?\n\r?\n/);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at)];
}
