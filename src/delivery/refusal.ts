import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { addressKey, domainOf } from '../message/address.js';
import type { Settlement } from '../store/ledger.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import type { Job } from './job.js';
import type { Answer } from './settlement.js';

/** A mail that a server gave back. `hard`: nobody lives at its address; else this one mail could not be delivered. */
export type Bounce = { readonly message: Message; readonly reply: string; readonly hard: boolean };

/** A bounce as it is recorded of the lead. However often a mail is refused, it bounced once. */
export function bouncedEvent({ message, reply, hard }: Bounce, at: Date): LeadEvent {
  const { id, lead, enrollment, sequence, step } = message;
  return {
    id: idFrom('smtp', id),
    type: 'bounced',
    lead,
    at,
    source: 'smtp',
    machine: false,
    hard,
    why: reply,
    message: id,
    enrollment,
    sequence,
    step,
  };
}

export type RefusalSetting = {
  readonly store: { readonly pauses: Pick<Store['pauses'], 'pause'> };
  readonly throttles: { readonly slowDown: (domain: string, now: Date) => Promise<unknown> };
  readonly now: () => Date;
  /** Told of every mail to a lead that bounced; how many bounces an address may have is no matter of ours. */
  readonly onBounce: (bounce: Bounce) => Promise<void>;
  /** The transport may take nothing more. */
  readonly close: (transport: string) => void;
  readonly say: (line: string) => void;
};

/** What refusals mean beyond their mail: for the address, for the recipient's domain, for the transport. */
export function openRefusals({ store, throttles, now, onBounce, close, say }: RefusalSetting) {
  /** What is refused for what we are no retry mends, and trying on makes it worse: a person has to see to it. */
  const pauseTransport = async (name: string, because: string): Promise<void> => {
    say(
      `ALARM: "${name}" refuses us, and not a lead: ${because}. It is paused. When you have seen to it: rivulet resume --transport ${name}`,
    );
    await store.pauses.pause(`transport:${name}`, { since: now(), because, by: 'rivulet' });
    close(name);
  };
  const bounced = async ({ message, lead }: Job, reply: string, hard: boolean): Promise<void> => {
    // What one of ours cannot be told says nothing of the lead that it is about; what the lead itself was asked does.
    const isToLead = message.to === undefined || addressKey(message.to) === addressKey(lead?.email ?? '');
    if (isToLead) return onBounce({ message, reply, hard });
    say(`The notice of ${message.sequence}/${message.step} did not reach the one it is for: ${reply}`);
  };

  return {
    pauseTransport,
    heed: async (job: Job, answer: Answer, { state }: Settlement, transport: string): Promise<void> => {
      if (answer.kind === 'accepted' || answer.kind === 'uncertain') return;
      const { message, lead } = job;
      switch (answer.because) {
        case 'no-mailbox':
          return bounced(job, answer.reply, true);
        case 'mailbox-full':
        case 'greylisted':
        case 'later':
          // As long as it is tried again, it has not bounced.
          if (state !== 'deferred') await bounced(job, answer.reply, false);
          return;
        case 'too-fast':
          if (lead) await throttles.slowDown(domainOf(message.to ?? lead.email), now());
          return;
        case 'policy':
          return pauseTransport(transport, answer.reply);
        case 'content':
        case 'protocol':
          return say(`The mail of ${message.sequence}/${message.step} was refused for what it is: ${answer.reply}`);
        // Any other no may be about us as well as about the address: in doubt it counts against nobody.
        case 'refused':
        case 'smtputf8':
          return;
      }
    },
  };
}
