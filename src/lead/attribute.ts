import { type Engine, recordEvent } from '../engine.js';
import type { ProviderEvent } from '../event/canonical.js';
import { idFrom, isId } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { parseAddress } from '../message/address.js';
import { isTestId } from '../message/test-id.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';

/** How many of a batch were new, known before, about nobody we know, or nothing to act on. */
export type Attribution = {
  readonly recorded: number;
  readonly known: number;
  readonly stray: number;
  readonly ignored: number;
};

/** Gives provider events to the mails and leads they are about, and records them. What belongs to nobody is kept and counted. */
export async function recordProviderEvents(
  provider: string,
  events: readonly ProviderEvent[],
  store: Store,
  engine: Engine,
): Promise<Attribution> {
  const counts = { recorded: 0, known: 0, stray: 0, ignored: 0 };
  for (const event of events) {
    if (event.type === 'ignored') {
      counts.ignored += 1;
      continue;
    }
    const owner = await ownerOf(event, store);
    if (!owner) {
      counts.stray += 1;
      await store.events.keepStray({
        id: idFrom(provider, event.dedupeKey),
        type: event.type,
        source: provider,
        receivedAt: engine.now(),
      });
      continue;
    }
    const isNew = await recordEvent(toLeadEvent(provider, event, owner, engine.now()), engine);
    counts[isNew ? 'recorded' : 'known'] += 1;
  }
  return counts;
}

type Owner = { readonly lead: string; readonly message?: Message };

/** Our own id comes first: as metadata, as Message-ID, as what a reply answers. Then the address, with its latest mail. */
async function ownerOf(event: ProviderEvent, store: Store): Promise<Owner | undefined> {
  const named = [event.metadata['rivulet'], event.smtpId, ...(event.reply?.inReplyTo ?? [])].map(
    (id) => id?.split('@')[0] ?? '',
  );
  // What is about a test mail (`rivulet send-test`) is about no lead, and be its reader one.
  if (named.some(isTestId)) return undefined;
  for (const id of named.filter(isId)) {
    const message = await store.messages.byId(id);
    if (message) return { lead: message.lead, message };
  }
  const address = parseAddress(event.recipient ?? '');
  const lead = address.ok ? await store.leads.byEmail(address.value.key) : undefined;
  if (!lead) return undefined;
  const message = await store.messages.latestOf(lead.id);
  return { lead: lead.id, ...(message ? { message } : {}) };
}

function toLeadEvent(provider: string, event: ProviderEvent, { lead, message }: Owner, now: Date): LeadEvent {
  // A clock ahead of ours must not give points that have not begun to count.
  const at = event.at && event.at < now ? event.at : now;
  const why = event.reply?.text.slice(0, 2000) ?? event.reason?.slice(0, 500);
  return {
    id: idFrom(provider, event.dedupeKey),
    type: event.type,
    lead,
    at,
    source: provider,
    machine: event.machine,
    ...(message
      ? { message: message.id, enrollment: message.enrollment, sequence: message.sequence, step: message.step }
      : {}),
    ...(event.url ? { about: event.url } : {}),
    ...(event.hard === undefined ? {} : { hard: event.hard }),
    ...(why ? { why } : {}),
  };
}
