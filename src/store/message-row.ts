import * as z from 'zod';
import { type MailFacts, type MailState, mailStates } from '../journey/facts.js';
import { errand, maybe, type Present, present } from './rows.js';

const Attempt = z.object({ at: z.date(), outcome: z.enum(mailStates), reply: z.string() });

const MessageRow = z.object({
  ...errand,
  template: maybe(z.string()),
  /** Whom a mail about the lead goes to; without it, it goes to the lead. */
  to: maybe(z.string()),
  state: z.enum(mailStates),
  because: maybe(z.string()),
  plannedAt: z.date(),
  nextAttemptAt: z.date(),
  expiresAt: z.date(),
  /** Its place in the queue of a throttle, once it has one. */
  slot: maybe(z.date()),
  attempts: z.array(Attempt),
  /** Times it was claimed since something last became of it. */
  claims: z.number(),
  /** Who has it now: the fence that every later write must show. */
  claim: maybe(z.string()),
  leaseUntil: maybe(z.date()),
  settledAt: maybe(z.date()),
  /** The transport that it was handed to last. */
  transport: maybe(z.string()),
  /** The domain of the address that it was handed over for. */
  domain: maybe(z.string()),
  /** The domain that it is from. */
  sender: maybe(z.string()),
  /** Times that a server put it off, once it has come to its end. */
  deferrals: maybe(z.number()),
  /** That transport takes the same mail once only, so that it may be said again to it, and to no other. */
  isRepeatable: maybe(z.boolean()),
  /** Why a server refused it, in a word. */
  refusal: maybe(z.string()),
  /** Held by a pause. */
  isParked: maybe(z.boolean()),
  links: maybe(z.string()),
  openedAt: maybe(z.date()),
  clickedAt: maybe(z.date()),
  clickedLinks: maybe(z.array(z.string())),
  repliedAt: maybe(z.date()),
  bouncedAt: maybe(z.date()),
  unsubscribedAt: maybe(z.date()),
  machineOpenedAt: maybe(z.date()),
  machineClickedAt: maybe(z.date()),
});

/** One mail to one lead for one step: outbox, claim and ledger in one. Its id comes from enrollment and step, so it exists once. */
export type Message = Omit<MessageDocument, '_id'> & { readonly id: string };
export type MessageDocument = Readonly<Present<z.output<typeof MessageRow>>>;

/** What a mail needs to be planned. */
export type MessagePlan = Pick<
  Message,
  'id' | 'enrollment' | 'lead' | 'sequence' | 'revision' | 'step' | 'template' | 'to' | 'plannedAt' | 'expiresAt'
>;

export function toMessage(document: unknown): Message {
  const { _id, ...row } = present(MessageRow.parse(document));
  return { id: _id, ...row };
}

/** Messages by their rows, and beside them the rows that are none, with what is wrong. */
export function readMessages(documents: readonly { readonly _id: string }[]) {
  const messages: Message[] = [];
  const unreadable: { readonly id: string; readonly why: string }[] = [];
  for (const document of documents) {
    const result = MessageRow.safeParse(document);
    if (!result.success) {
      const why = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      unreadable.push({ id: document._id, why });
      continue;
    }
    const { _id, ...row } = present(result.data);
    messages.push({ id: _id, ...row });
  }
  return { messages, unreadable };
}

const FactsRow = MessageRow.pick({
  enrollment: true,
  step: true,
  state: true,
  because: true,
  settledAt: true,
  openedAt: true,
  clickedAt: true,
  clickedLinks: true,
  repliedAt: true,
  bouncedAt: true,
});
/** The columns that decisions look at: all others need not be read for them. */
export const factColumns: Readonly<Record<string, 0 | 1>> = {
  _id: 0,
  ...Object.fromEntries(Object.keys(FactsRow.shape).map((column) => [column, 1 as const])),
};
/** What a mail says to those who decide, read from these columns alone. */
export function readFacts(document: unknown): { enrollment: string; step: string; facts: MailFacts } {
  const { enrollment, step, ...facts } = FactsRow.parse(document);
  return { enrollment, step, facts: present(facts) };
}

/** What a mail says to those who decide. */
export function toFacts(message: Message): MailFacts {
  const { state, because, settledAt, openedAt, clickedAt, clickedLinks, repliedAt, bouncedAt } = message;
  return present({ state, because, settledAt, openedAt, clickedAt, clickedLinks, repliedAt, bouncedAt });
}

const MailedRow = MessageRow.pick({
  _id: true,
  lead: true,
  enrollment: true,
  sequence: true,
  step: true,
  to: true,
  state: true,
  plannedAt: true,
  settledAt: true,
});
type MailedRow = Present<z.output<typeof MailedRow>>;
/** Whose mail it is, and when it was handed over: what an event that comes back needs of it. */
export type Mailed = Pick<Message, 'id' | 'lead' | 'enrollment' | 'sequence' | 'step' | 'to' | 'state'> & {
  readonly handedOverAt: Date;
};
export const mailedColumns = Object.fromEntries(Object.keys(MailedRow.shape).map((column) => [column, 1 as const]));
/** States in which a server may have a mail; of one that is being handed over the answer may come later than the first event. */
export const mayHaveGone: MailState[] = ['sending', 'accepted', 'uncertain'];

export function toMailed(document: unknown): Mailed {
  const { _id, plannedAt, settledAt, ...whose }: MailedRow = present(MailedRow.parse(document));
  return { id: _id, ...whose, handedOverAt: settledAt ?? plannedAt };
}

/** States in which nothing was handed to the lead, and nothing will be. */
const neverSent: readonly MailState[] = ['rejected', 'failed', 'skipped'];

/** Whether a mail went to the lead, or is on its way. */
export function isToLead({ to, state }: Message): boolean {
  return to === undefined && !neverSent.includes(state);
}

/** When a lead was last sent each template; mails on their way count as sent. */
export function receivedIn(messages: readonly Message[]): ReadonlyMap<string, Date> {
  return new Map(
    messages
      .filter(isToLead)
      .map(({ template, sequence, step, settledAt, plannedAt }) => [
        template ?? `${sequence}/${step}`,
        settledAt ?? plannedAt,
      ]),
  );
}
