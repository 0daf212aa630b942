import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { Suppression } from '../journey/facts.js';
import { parseAddress } from '../message/address.js';
import type { Store } from '../store/open-store.js';
import type { Suppressed, SuppressionReason, ToSuppress } from '../store/suppressions.js';

/** `engine`: left out where the files have mistakes. Then the addresses get no mail either, and their runs end when they next come due. */
export type SuppressTools = { readonly store: Store; readonly engine?: Engine | undefined };

export type Target = { readonly ok: true; readonly of: string } | { readonly ok: false; readonly problem: string };

/** An address, or "@domain", as suppressions are looked up by. Subdomains are domains of their own. */
export function readTarget(written: string): Target {
  const text = written.trim();
  if (!text.startsWith('@')) {
    const address = parseAddress(text);
    return address.ok ? { ok: true, of: address.value.key } : address;
  }
  const somebody = parseAddress(`any${text}`);
  return somebody.ok ? { ok: true, of: somebody.value.key.slice('any'.length) } : somebody;
}

export function isDomain(of: string): boolean {
  return of.startsWith('@');
}

/**
 * Suppresses addresses and domains, and ends what goes on with leads who have them. The addresses first: whatever happens
 * to this process, they get no more mail. Done again, it changes nothing. Answers those that were not suppressed for that
 * reason before, and how many leads it concerned.
 */
export async function suppress(
  all: readonly ToSuppress[],
  { store, engine }: SuppressTools,
): Promise<{ readonly added: number; readonly leads: number }> {
  const before = await store.suppressions.lookMany(all.map(({ of }) => of));
  await store.suppressions.add(...all);
  const isNew = ({ of, reason }: ToSuppress): boolean => !standing(reason, before.get(of));
  const added = new Set(all.filter(isNew).map(({ of, reason }) => `${reason} ${of}`)).size;
  if (!engine) return { added, leads: 0 };

  const ids = await store.leads.idsByEmails(all.map(({ of }) => of).filter((of) => !isDomain(of)));
  const leads = new Set<string>();
  for (const one of all) {
    const known = before.get(one.of);
    // Since when it stands there: told a second time, it is the same event.
    const as = { ...one, at: standing(one.reason, known)?.at ?? one.at, turn: turnsOf(known) };
    for await (const lead of isDomain(one.of) ? store.leads.atDomain(one.of) : [ids.get(one.of)]) {
      if (lead === undefined) continue;
      leads.add(lead);
      await recordEvent(suppressedEvent(lead, as, engine.now()), engine);
    }
  }
  return { added, leads: leads.size };
}

type Known = Pick<Suppressed, 'reasons' | 'history'>;

function standing(reason: Suppression, known: Known | undefined): SuppressionReason | undefined {
  return known?.reasons.find((one) => one.reason === reason);
}

/** How often it was lifted: after that, the same reason is another event. */
function turnsOf(known: Known | undefined): number {
  return known?.history.filter(({ what }) => what === 'lifted').length ?? 0;
}

function suppressedEvent(
  lead: string,
  { of, reason, at, by, because, turn }: ToSuppress & { readonly turn: number },
  now: Date,
) {
  const why = [isDomain(of) ? `all of ${of}` : [], because ?? []].flat().join(': ');
  return {
    id: idFrom('suppressed', lead, of, reason, at.toISOString(), String(turn)),
    type: 'suppressed',
    about: reason,
    lead,
    at: now,
    source: by,
    machine: false,
    ...(why ? { why } : {}),
    ...(isDomain(of) ? { data: { domain: of } } : {}),
  };
}

export type Lift = {
  readonly of: string;
  readonly by: string;
  readonly because: string;
  readonly at: Date;
  /** Lifts this reason alone. */
  readonly only?: Suppression | undefined;
};

/**
 * Lifts what stands against an address or domain, and tells it in the timelines of its leads. Runs that ended stay ended.
 * Answers the reasons lifted; undefined where there were none.
 */
export async function lift(
  { of, by, because, at, only }: Lift,
  { store, engine }: SuppressTools,
): Promise<readonly Suppression[] | undefined> {
  const reasons = await store.suppressions.lift(of, { by, because, at }, only && [only]);
  if (!reasons || !engine) return reasons;
  const about = reasons.join(', ');
  const lead = isDomain(of) ? undefined : (await store.leads.byEmail(of))?.id;
  for await (const one of isDomain(of) ? store.leads.atDomain(of) : [lead]) {
    if (one === undefined) continue;
    const id = idFrom('suppression.lifted', one, of, at.toISOString());
    const event = { id, type: 'suppression.lifted', about, lead: one, at, source: by, machine: false, why: because };
    await recordEvent(event, engine);
  }
  return reasons;
}
