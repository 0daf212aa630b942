import { hand } from './smtp-line.js';
import { openLines } from './smtp-lines.js';
import { readTarget, type SmtpPatience, usualPatience } from './smtp-target.js';
import type { Handover, Parcel, Transport } from './transport.js';

export type SmtpSetting = {
  readonly patience?: Partial<SmtpPatience>;
  /** How long a connection is kept without a mail: 20 seconds unless said. Servers end idle ones, often just when a mail comes. */
  readonly idleMs?: number;
  readonly idempotencyHeader?: string;
};

/**
 * Sends by SMTP over a few kept connections. Nodemailer's own pool gives the same error for a connection lost before and
 * after the final dot, and repeats on its own; so each connection is held here, with the phase it is in, and nothing is
 * ever repeated that the server may have taken.
 */
export function openSmtp(url: string, connections: number, setting: SmtpSetting = {}): Transport {
  const target = readTarget(url, { ...usualPatience, ...setting.patience });
  const lines = openLines({ target, most: connections, idleMs: setting.idleMs ?? 20_000 });

  const deliver = async (parcel: Parcel): Promise<Handover> => {
    if (![parcel.from, parcel.returnPath ?? parcel.from, parcel.to].every(isPlain))
      throw new Error(`mail ${parcel.id} goes to or comes from something else than one plain address`);
    for (;;) {
      const taken = await lines.take();
      if (taken.kind === 'closed') return taken.why;
      const handover = await handed(taken.kept, parcel);
      if (!taken.wasIdle || !isEndOfLine(handover)) return handover;
    }
  };

  const handed = async (kept: Parameters<typeof lines.giveBack>[0], parcel: Parcel): Promise<Handover> => {
    try {
      const handover = await hand(kept.line, parcel);
      void lines.giveBack(kept, handover.kind);
      return handover;
    } catch (error) {
      void lines.giveBack(kept, 'uncertain');
      throw error;
    }
  };

  return {
    name: `SMTP server ${target.name}`,
    connections,
    ...(setting.idempotencyHeader ? { idempotencyHeader: setting.idempotencyHeader } : {}),
    deliver,
    check: async () => {
      const taken = await lines.take();
      if (taken.kind === 'closed') return taken.why.reply;
      await lines.giveBack(taken.kept, 'unused');
      return undefined;
    },
    stop: lines.stop,
  };
}

/**
 * The last look before the wire, after every parser: one address of printable ASCII, with nothing in it by which a server
 * could read a second one, a route (RFC 5321 §F.2) or a parameter.
 */
function isPlain(address: string): boolean {
  return /^[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[a-z\d.-]{1,253}$/i.test(address);
}

/** A kept connection that turns out to be over: the server ended it, or says that it is about to. */
function isEndOfLine(handover: Handover): boolean {
  if (handover.kind !== 'unavailable') return false;
  return handover.because === 'connection' || handover.reply.startsWith('421');
}
