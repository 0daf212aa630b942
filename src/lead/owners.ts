import type { ProviderEvent } from '../event/canonical.js';
import { isId } from '../event/id.js';
import { addressKey, parseAddress } from '../message/address.js';
import { isTestId } from '../message/test-id.js';
import type { Mailed } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';

/** Whom an event is about, and which mail. Without a lead it is nobody's of ours, though the mail may be. */
export type Owner = { readonly lead?: string; readonly message?: Mailed };

export type OwnerRules = {
  /** Which events may be known by the address alone; `answers` are those that the person wrote. Default: all. */
  readonly byAddress?: 'all' | 'answers';
  /** The message that an address of ours names, by the token in it. */
  readonly messageOf?: (address: string) => string | undefined;
  /** Whether an address of ours is the one to which only those write who want to be left alone. */
  readonly isWayOut?: (address: string) => boolean;
};

/** A mail to the way out is an unsubscribe, whatever it says: most say nothing at all. */
export function asMeant(event: ProviderEvent, { isWayOut }: OwnerRules = {}): ProviderEvent {
  const { type, reply } = event;
  const isWritten = type === 'replied' || type === 'auto-replied' || type === 'ignored';
  return isWayOut && isWritten && reply?.to.some(isWayOut) ? { ...event, type: 'unsubscribed' } : event;
}

/** Most providers cut off the part of the second. */
const roundingMs = 1000;
/** A clock that is this far behind ours is believed to be that, and nothing more. */
const mostBehindMs = 3_600_000;

/**
 * Whose events these are, in their order. Our own id comes first: as metadata, as Message-ID, as what a reply answers, in
 * the address that it went to. Then the address that they name, with the mail that it had got last by then.
 */
export async function ownersOf(
  events: readonly ProviderEvent[],
  store: Store,
  now: Date,
  rules: OwnerRules = {},
): Promise<readonly Owner[]> {
  // What is nothing to act on is nobody's.
  const named = events.map((event) => (event.type === 'ignored' ? [] : idsIn(event, rules)));
  const mailed = await store.messages.mailedByIds([...new Set(named.flat())]);
  const byId = named.map((ids) => ids.map((id) => mailed.get(id)).find((one) => one !== undefined));
  const isNameless = events.map(
    (event, i) => byId[i] === undefined && mayGoByAddress(event, rules) && !isAboutTest(event),
  );
  const keys = events.map((event, i) => (isNameless[i] ? keyOf(event) : undefined));
  const byAddress = keys.some(Boolean) ? await ownersByAddress(events, keys, store, now) : [];
  const isToLead = await toOwnLeads([...mailed.values()], store);
  return events.map((_, i) => {
    const message = byId[i];
    if (!message) return byAddress[i] ?? {};
    // A notice is a mail about the lead to one of ours: whoever opens it, or has a full mailbox, is not the lead.
    return isToLead(message) ? { lead: message.lead, message } : { message };
  });
}

/** Which mails went to their leads: also the notice that asks a lead itself what it agreed to. */
async function toOwnLeads(mailed: readonly Mailed[], store: Store): Promise<(message: Mailed) => boolean> {
  const keyOfNotice = ({ to }: Mailed): string => (to === undefined ? '' : addressKey(to));
  const leads = await store.leads.idsByEmails([...new Set(mailed.map(keyOfNotice))].filter(Boolean));
  return (message) => message.to === undefined || leads.get(keyOfNotice(message)) === message.lead;
}

/** The left sides of all ids that may name our mail; most events have one twice. */
function namesIn({ metadata, smtpId, reply }: ProviderEvent): readonly string[] {
  const names = new Set<string>();
  const add = (id: string | undefined): void => {
    if (id) names.add(id.includes('@') ? id.slice(0, id.indexOf('@')) : id);
  };
  add(metadata['rivulet']);
  add(smtpId);
  for (const id of reply?.inReplyTo ?? []) add(id);
  return [...names];
}

function idsIn(event: ProviderEvent, { messageOf }: OwnerRules): readonly string[] {
  const names = namesIn(event).filter(isId);
  if (!messageOf || !event.reply) return names;
  return [...event.reply.to.flatMap((address) => messageOf(address) ?? []), ...names];
}

/** What is about a test mail (`rivulet send-test`) is about no lead, and be its reader one. */
function isAboutTest(event: ProviderEvent): boolean {
  return namesIn(event).some(isTestId);
}

const answers: readonly string[] = ['replied', 'auto-replied', 'unsubscribed'];

function mayGoByAddress({ type }: ProviderEvent, { byAddress = 'all' }: OwnerRules): boolean {
  return byAddress === 'all' ? type !== 'ignored' : answers.includes(type);
}

function keyOf({ recipient = '' }: ProviderEvent): string | undefined {
  const address = parseAddress(recipient);
  return address.ok ? address.value.key : undefined;
}

async function ownersByAddress(
  events: readonly ProviderEvent[],
  keys: readonly (string | undefined)[],
  store: Store,
  now: Date,
): Promise<readonly (Owner | undefined)[]> {
  const leads = await store.leads.idsByEmails([...new Set(keys.flatMap((key) => key ?? []))]);
  const leadOf = (i: number): string | undefined => leads.get(keys[i] ?? '');
  const handedOver = await store.messages.handedOver([...new Set(leads.values())], now);
  return events.map(({ at = now }, i) => {
    const lead = leadOf(i);
    if (lead === undefined) return undefined;
    const message = mailAt(at.getTime() + roundingMs, handedOver.get(lead) ?? []);
    return { lead, ...(message ? { message } : {}) };
  });
}

/**
 * The mail that was handed over last by an instant. Nothing comes back from a mail before it went: where there is none by
 * then, the first soon after is meant, and a clock is behind ours.
 */
function mailAt(instant: number, latestFirst: readonly Mailed[]): Mailed | undefined {
  const by = latestFirst.find(({ handedOverAt }) => handedOverAt.getTime() <= instant);
  return by ?? latestFirst.findLast(({ handedOverAt }) => handedOverAt.getTime() <= instant + mostBehindMs);
}
