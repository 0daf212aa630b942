import type { Delivery } from '../sequence/delivery-file.js';
import type { Rate } from '../sequence/rate-file.js';
import { limitOn, type Quota, quotaOf, utcDay, warmUpQuota } from '../store/throttle.js';
import type { ThrottleRows } from '../store/throttles.js';
import { chance } from './retry.js';

/** A mail that asks when it may go. `slot` is the turn that it was given before, if any. */
export type Asking = {
  readonly id: string;
  readonly transport: string;
  /** Of the recipient and of the sender, as A-labels in lower case. */
  readonly domain: string;
  readonly sendingDomain: string;
  readonly slot?: Date | undefined;
};

export type Limits = Pick<Delivery, 'transports' | 'domains' | 'warmUp'>;

/** One throttle, with those mails that it concerns. */
type Group<Limit> = { readonly id: string; readonly limit: Limit; readonly mails: readonly Asking[] };
type Named<Limit> = { readonly id: string; readonly limit: Limit };

/** A transport's rate of an hour or more is a quota, which may be used at once; a shorter one is a speed. */
const quotaFromMs = 3_600_000;
/** Mails that a quota sent away come back over so long a time, or a part of the quota. */
const longestSpreadMs = 3_600_000;

/**
 * Answers when mails may go, by all limits that concern them, over all processes. `counts` says whose clock counts: the
 * database's, so that a process whose own is wrong neither hurries nor holds up the others; or the one that is given,
 * which tests and the demo move.
 */
export function openThrottles(rows: ThrottleRows, limits: () => Limits, counts: 'database' | 'given') {
  /** How far the clock that counts is ahead of ours. */
  let aheadMs = 0;
  const usedUpUntil = new Map<string, Date>();

  const clockAt = (now: Date): Date | 'database' => (counts === 'database' ? 'database' : now);
  const learn = (counted: Date, now: Date): void => {
    aheadMs = counts === 'database' ? counted.getTime() - now.getTime() : 0;
  };
  const ours = (counted: Date): Date => new Date(counted.getTime() - aheadMs);

  const pace = async ({ id, limit, mails }: Group<Rate>, now: Date): Promise<readonly Turn[]> => {
    const back = mails.filter(({ slot }) => slot).toSorted((a, b) => turnOf(a) - turnOf(b));
    const fresh = mails.filter(({ slot }) => !slot);
    const ask = {
      fresh: fresh.length,
      returning: back.length,
      ...(back[0] ? { since: turnOf(back[0]) + aheadMs } : {}),
    };
    const { slots, now: counted } = await rows.reserve(id, ask, limit, clockAt(now));
    learn(counted, now);
    return [...back, ...fresh].map((mail, i) => {
      const slot = slots[i] ?? counted;
      return { mail, at: slot <= counted ? now : ours(slot) };
    });
  };

  const count = async ({ id, limit, mails }: Group<Quota>, now: Date): Promise<readonly Turn[]> => {
    const known = `${id} ${limit.mails}`;
    const until = usedUpUntil.get(known);
    if (until && until > now) return mails.map((mail) => ({ mail, at: spread(mail, until, limit) }));
    const { taken, againAt, now: counted } = await rows.take(id, mails.length, limit, clockAt(now));
    learn(counted, now);
    if (taken < mails.length) usedUpUntil.set(known, ours(againAt));
    return mails.map((mail, i) => ({ mail, at: i < taken ? now : spread(mail, ours(againAt), limit) }));
  };
  const isUsedUp = ({ id, limit }: Named<Quota>, now: Date): boolean =>
    (usedUpUntil.get(`${id} ${limit.mails}`)?.getTime() ?? 0) > now.getTime();

  return {
    /**
     * When each mail may go: now, or when to ask again. Whoever is put off says so the next time by its `slot`; its turn
     * is kept. What a rate allows is counted in the moment in which a mail goes, so that neither a slowed rate nor an
     * edited file is overtaken by promises made before.
     */
    slotsFor: async (mails: readonly Asking[], now: Date): Promise<ReadonlyMap<string, Date>> => {
      const current = limits();
      const turns = new Map(mails.map(({ id }) => [id, now]));
      let going = mails;
      const pass = async <Limit>(
        limitsOf: (mail: Asking) => readonly Named<Limit>[],
        ask: (group: Group<Limit>, now: Date) => Promise<readonly Turn[]>,
      ): Promise<void> => {
        const answers = await Promise.all(grouped(going, limitsOf).map((group) => ask(group, now)));
        for (const { mail, at } of answers.flat()) if (at > (turns.get(mail.id) ?? now)) turns.set(mail.id, at);
        going = going.filter(({ id }) => (turns.get(id) ?? now) <= now);
      };
      const quotas = (mail: Asking) => [
        ...quotasOfTransport(mail, current),
        ...warmUpOf(mail, current, new Date(now.getTime() + aheadMs)),
      ];

      // A quota that is used up is asked first, and counted last: nobody takes a turn from others and then stays.
      await pass((mail) => quotas(mail).filter((quota) => isUsedUp(quota, now)), count);
      await pass((mail) => rateOfDomain(mail, current), pace);
      await pass((mail) => speedOfTransport(mail, current), pace);
      await pass(quotas, count);
      return turns;
    },

    /** A receiver says that mails come too fast: halves the rate to its domain for a while. False when it has none. */
    slowDown: async (domain: string, now: Date): Promise<boolean> => {
      const [limit] = rateOfDomain({ domain }, limits());
      if (limit) await rows.slowDown(limit.id, clockAt(now));
      return limit !== undefined;
    },
  };
}
export type Throttles = ReturnType<typeof openThrottles>;

type Turn = { readonly mail: Asking; readonly at: Date };

function turnOf({ slot }: Asking): number {
  return slot?.getTime() ?? 0;
}

function grouped<Limit>(
  mails: readonly Asking[],
  limitsOf: (mail: Asking) => readonly Named<Limit>[],
): readonly Group<Limit>[] {
  const groups = new Map<string, { id: string; limit: Limit; mails: Asking[] }>();
  for (const mail of mails)
    for (const { id, limit } of limitsOf(mail)) {
      const group = groups.get(id) ?? { id, limit, mails: [] };
      group.mails.push(mail);
      groups.set(id, group);
    }
  return [...groups.values()];
}

function rateOfDomain({ domain }: Pick<Asking, 'domain'>, { domains }: Limits): readonly Named<Rate>[] {
  const limit = domains.get(domain) ?? domains.get('*');
  return limit ? [{ id: `domain:${domain}`, limit }] : [];
}

function speedOfTransport({ transport }: Asking, { transports }: Limits): readonly Named<Rate>[] {
  const speeds = (transports.get(transport)?.rates ?? []).filter(({ perMs }) => perMs < quotaFromMs);
  const [slowest] = speeds.toSorted((a, b) => b.perMs / b.mails - a.perMs / a.mails);
  return slowest ? [{ id: `transport:${transport}`, limit: slowest }] : [];
}

function quotasOfTransport({ transport }: Asking, { transports }: Limits): readonly Named<Quota>[] {
  return (transports.get(transport)?.rates ?? [])
    .filter(({ perMs }) => perMs >= quotaFromMs)
    .map((rate) => ({ id: `quota:${transport}:${rate.perMs}`, limit: quotaOf(rate) }));
}

function warmUpOf({ sendingDomain }: Asking, { warmUp }: Limits, now: Date): readonly Named<Quota>[] {
  const plan = warmUp.get(sendingDomain);
  const limit = plan && limitOn(utcDay(now), plan);
  return limit === undefined ? [] : [{ id: `warm-up:${sendingDomain}`, limit: warmUpQuota(limit) }];
}

/** Some time after `from`, by chance and for a mail always the same: nobody wants all of them back at one instant. */
function spread({ id }: Asking, from: Date, { partMs }: Quota): Date {
  return new Date(from.getTime() + Math.floor(chance(id, 'again') * Math.min(partMs, longestSpreadMs)));
}
