import type { DeliveryTally } from '../report/deliverability.js';
import type { Delivery } from '../sequence/delivery-file.js';
import { type Rate, rateInWords } from '../sequence/rate-file.js';
import { dayNumber, dayText } from '../sequence/wall-clock.js';
import { limitOn, quotaOf, shareAt, utcDay } from '../store/throttle.js';
import type { ThrottleState } from '../store/throttles.js';

/** How one limit of delivery.json stands. */
export type LimitNow = {
  readonly kind: 'transport' | 'domain' | 'quota';
  readonly name: string;
  readonly limit: string;
  readonly share: number;
  readonly slowedAt: Date | null;
  readonly used: number | null;
  readonly queueEndsAt: Date | null;
};

/** A rate of an hour or more is a quota, as throttles count it. */
const quotaFromMs = 3_600_000;

/** Every limit of the files with how it stands now, and each domain besides that was slowed down. */
export function limitsNow(
  { transports, domains }: Pick<Delivery, 'transports' | 'domains'>,
  states: ReadonlyMap<string, ThrottleState>,
  now: Date,
): readonly LimitNow[] {
  const ofTransports = [...transports].flatMap(([name, { rates }]) =>
    rates.map((rate) =>
      rate.perMs >= quotaFromMs
        ? quotaNow(name, rate, states.get(`quota:${name}:${rate.perMs}`), now)
        : paceNow('transport', name, rate, states.get(`transport:${name}`), now),
    ),
  );
  const any = domains.get('*');
  const slowed = [...states].flatMap(([id, state]) => {
    const name = id.startsWith('domain:') ? id.slice('domain:'.length) : '';
    const isSlow = state.kind === 'pace' && shareAt(state, now.getTime()) < 1;
    return any && name !== '' && isSlow && !domains.has(name) ? [[name, any] as const] : [];
  });
  return [
    ...ofTransports,
    ...[...domains, ...slowed].map(([name, rate]) => paceNow('domain', name, rate, states.get(`domain:${name}`), now)),
  ];
}

function paceNow(
  kind: 'transport' | 'domain',
  name: string,
  rate: Rate,
  state: ThrottleState | undefined,
  now: Date,
): LimitNow {
  const pace = state?.kind === 'pace' ? state : undefined;
  const share = pace ? shareAt(pace, now.getTime()) : 1;
  const queueEnd = Math.max(pace?.tail ?? 0, pace?.backTail ?? 0);
  return {
    kind,
    name,
    limit: rateInWords(rate),
    share,
    slowedAt: pace && share < 1 ? new Date(pace.slowedAt) : null,
    used: null,
    queueEndsAt: queueEnd > now.getTime() ? new Date(queueEnd) : null,
  };
}

function quotaNow(name: string, rate: Rate, state: ThrottleState | undefined, now: Date): LimitNow {
  const { partMs, parts } = quotaOf(rate);
  const part = Math.floor(now.getTime() / partMs);
  const tally = state?.kind === 'quota' ? state.tally.filter((one) => one.part > part - parts) : [];
  const used = tally.reduce((all, { mails }) => all + mails, 0);
  return { kind: 'quota', name, limit: rateInWords(rate), share: 1, slowedAt: null, used, queueEndsAt: null };
}

/** A warm-up: what was planned for each of its days so far, and what went. */
export type WarmUpNow = {
  readonly domain: string;
  readonly starts: string;
  readonly ends: string;
  readonly today: number | null;
  readonly days: readonly { readonly day: string; readonly plan: number; readonly done: number }[];
};

export function warmUpsNow(
  { warmUp }: Pick<Delivery, 'warmUp'>,
  tallies: ReadonlyMap<number, DeliveryTally>,
  now: Date,
): readonly WarmUpNow[] {
  return [...warmUp].map(([domain, plan]) => {
    const first = dayNumber(plan.starts) ?? utcDay(now);
    return {
      domain,
      starts: plan.starts,
      ends: dayText(first + plan.days.length - 1),
      today: limitOn(utcDay(now), plan) ?? null,
      days: plan.days.map((mails, i) => ({
        day: dayText(first + i),
        plan: mails,
        done: tallies.get(first + i)?.senders.get(domain) ?? 0,
      })),
    };
  });
}

/** The days that a page must read for its warm-ups: from the first day of the earliest that is not long over. */
export function firstWarmUpDay({ warmUp }: Pick<Delivery, 'warmUp'>, now: Date): number {
  const days = [...warmUp.values()].flatMap(({ starts }) => dayNumber(starts) ?? []);
  return Math.min(utcDay(now), ...days);
}
