import { domainOf } from '../message/address.js';
import type { Settlement } from '../store/ledger.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import type { Job } from './job.js';
import type { Answer } from './settlement.js';
import type { Throttles } from './throttles.js';

export type RefusalSetting = {
  readonly store: Pick<Store, 'messages' | 'pauses'>;
  readonly throttles: Pick<Throttles, 'slowDown'>;
  readonly now: () => Date;
  /** Told of mailboxes that are none, or that nobody empties any more. */
  readonly onAddressBad: (message: Message, reply: string) => Promise<void>;
  /** The transport may take nothing more. */
  readonly close: (transport: string) => void;
  readonly say: (line: string) => void;
};

/** Full mailboxes in a month after which an address counts as abandoned. */
const mostFull = 5;
const monthMs = 30 * 24 * 3_600_000;

/** What refusals mean beyond their mail: for the address, for the recipient's domain, for the transport. */
export function openRefusals({ store, throttles, now, onAddressBad, close, say }: RefusalSetting) {
  /** What is refused for what we are no retry mends, and trying on makes it worse: a person has to see to it. */
  const pauseTransport = async (name: string, because: string): Promise<void> => {
    say(
      `ALARM: "${name}" refuses us, and not a lead: ${because}. It is paused. When you have seen to it: rivulet resume --transport ${name}`,
    );
    await store.pauses.pause(`transport:${name}`, { since: now(), because, by: 'rivulet' });
    close(name);
  };
  const isAbandoned = async ({ lead }: Message): Promise<boolean> => {
    const before = await store.messages.countRefused(lead, 'mailbox-full', new Date(now().getTime() - monthMs));
    return before + 1 >= mostFull;
  };

  return {
    pauseTransport,
    heed: async ({ message, lead }: Job, answer: Answer, { state }: Settlement, transport: string): Promise<void> => {
      if (answer.kind === 'accepted' || answer.kind === 'uncertain') return;
      switch (answer.because) {
        case 'no-mailbox':
          return onAddressBad(message, answer.reply);
        case 'mailbox-full':
          if (state !== 'deferred' && (await isAbandoned(message))) await onAddressBad(message, answer.reply);
          return;
        case 'too-fast':
          if (lead) await throttles.slowDown(domainOf(lead.email), now());
          return;
        case 'policy':
          return pauseTransport(transport, answer.reply);
        case 'content':
        case 'protocol':
          return say(`The mail of ${message.sequence}/${message.step} was refused for what it is: ${answer.reply}`);
        case 'greylisted':
        case 'later':
        case 'refused':
        case 'smtputf8':
          return;
      }
    },
  };
}
