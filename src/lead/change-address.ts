import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Lead } from '../journey/facts.js';
import { type Address, addressKey } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import type { Told } from './prefer.js';

const dayMs = 86_400_000;
/** So long the link in the mail to a new address works. */
const confirmMs = 3 * dayMs;
/** So long the link in the mail to the former address works. */
const restoreMs = 14 * dayMs;
/** Whoever brought its address back is left in peace so long: somebody else may have its mails, and ask again. */
const peaceMs = 7 * dayMs;
const mostAsked = 3;

export type AddressSetting = { readonly store: Store; readonly engine: Engine };

/** Whether a project says how a new address is asked for its word; without that, none can be changed. */
export function canAskAddress({ programs }: Pick<Project, 'programs'>): boolean {
  return [...programs.values()].some(
    ({ enroll, steps }) =>
      enroll.on.includes('address.asked') &&
      [...steps.values()].some((step) => step.kind === 'notify' && step.owner === 'newAddress'),
  );
}

/**
 * Asks for another address: a mail to it follows. Nothing is told of why there may be none, or whoever has somebody's mail
 * could find out who else is here: an address that another lead has, or that is suppressed, gets none, nobody gets more than
 * one a day, and of one lead no more than three are asked for in a day.
 */
export async function askForAddress(
  lead: Lead,
  { address, key }: Address,
  { told, store, engine }: AddressSetting & { readonly told: Told },
): Promise<void> {
  const at = engine.now();
  const doings = (await store.events.ofLeads([lead.id], ['address.asked', 'address.restored'])).get(lead.id) ?? [];
  const within = (type: string, ms: number): number =>
    doings.filter((event) => event.type === type && at.getTime() - event.at.getTime() < ms).length;
  if (within('address.asked', dayMs) >= mostAsked || within('address.restored', peaceMs) > 0) return;
  if (!(await isFree(key, lead, store))) return;
  // The same for all leads: two who ask for one address on one day get it one mail.
  const id = idFrom('address.asked', key, at.toISOString().slice(0, 10));
  const event = { ...told, id, type: 'address.asked', lead: lead.id, at, machine: false, about: address };
  await recordEvent(event, engine);
}

/** Whether a lead may have an address: nobody else has it, and neither it nor the one it has is suppressed. */
async function isFree(key: string, lead: Lead, store: Store): Promise<boolean> {
  const own = addressKey(lead.email);
  const suppressions = await store.suppressions.ofMany([key, own]);
  const owner = await store.leads.byEmail(key);
  return suppressions.size === 0 && (owner === undefined || owner.id === lead.id);
}

/** What a mail to another address of a lead is for; undefined for any other mail. */
export async function addressMailOf(
  { to, revision, step }: Message,
  { revisions }: Pick<Store, 'revisions'>,
): Promise<{ readonly kind: 'confirm' | 'restore'; readonly address: string } | undefined> {
  const sent = (await revisions.program(revision))?.steps.get(step);
  if (to === undefined || sent?.kind !== 'notify') return undefined;
  if (sent.owner === 'newAddress') return { kind: 'confirm', address: to };
  return sent.owner === 'formerAddress' ? { kind: 'restore', address: to } : undefined;
}

/** Whether the button that such a mail leads to still does something: it is the last one, and not too old. */
export function isOpen(kind: 'confirm' | 'restore', message: Message, lead: Lead, now: Date): boolean {
  const [field, ms] = kind === 'confirm' ? ['newAddress', confirmMs] : ['formerAddress', restoreMs];
  const expected = lead.attributes[field];
  const isLast = typeof expected === 'string' && addressKey(expected) === addressKey(message.to ?? '');
  return isLast && now.getTime() - message.plannedAt.getTime() < ms;
}

/** Gives a lead the address that a mail went to, as its reader says so. Answers whether the lead has it now. */
export async function takeAddress(
  kind: 'confirm' | 'restore',
  message: Message,
  lead: Lead,
  { store, engine }: AddressSetting,
): Promise<boolean> {
  const { to = '' } = message;
  const key = addressKey(to);
  if (addressKey(lead.email) === key) return true;
  if (!isOpen(kind, message, lead, engine.now()) || !(await isFree(key, lead, store))) return false;
  await recordEvent(changeOf(kind, message, lead, engine.now()), engine);
  const after = await store.leads.byId(lead.id);
  return after !== undefined && addressKey(after.email) === key;
}

/** Each mail changes the address once: a link that was pressed before the change was taken back does not undo that. */
function changeOf(kind: 'confirm' | 'restore', { id, to = '' }: Message, lead: Lead, at: Date): LeadEvent {
  const type = kind === 'confirm' ? 'address.changed' : 'address.restored';
  const data = { from: lead.email };
  return { id: idFrom(type, id), type, lead: lead.id, at, source: 'mail', machine: false, about: to, data };
}
