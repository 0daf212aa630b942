import { senderDomain } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import type { Rate } from '../sequence/rate-file.js';
import { dayMs } from '../sequence/wall-clock.js';
import type { Limit } from '../simulation/through-limits.js';
import { limitOn, utcDay } from '../store/throttle.js';
import { transportsFor } from './route.js';

const hourMs = 3_600_000;
const nothing: Limit = { id: 'no-transport', windowMs: hourMs, mailsFrom: () => 0 };

/**
 * What will hold mails up, by the hour: rates of the transport that would take them, of domains that are named, warm-up. The
 * rate for all other domains is left out: how many of them there will be is not foreseen. `transports`: those that are not
 * paused; a mail that none of them may take waits.
 */
export function foreseenLimits(
  { delivery, programs }: Pick<Project, 'delivery' | 'programs'>,
  transports: readonly string[],
): (mail: { readonly sequence: string; readonly domain: string }) => readonly Limit[] {
  const { routes, domains, warmUp } = delivery;
  const senders = new Map([...programs].map(([name, { steps }]) => [name, senderOf([...steps.values()])]));
  return ({ sequence, domain }) => {
    const [transport] = transportsFor({ sequence, domain }, routes, transports);
    if (transport === undefined) return [nothing];
    const rates = delivery.transports.get(transport)?.rates ?? [];
    const ofDomain = domains.get(domain);
    const sender = senders.get(sequence);
    const plan = sender === undefined ? undefined : warmUp.get(sender);
    return [
      ...rates.map((rate) => limitOf(`transport:${transport}:${rate.perMs}`, rate)),
      ...(ofDomain ? [limitOf(`domain:${domain}`, ofDomain)] : []),
      ...(plan
        ? [{ id: `warm-up:${sender}`, windowMs: dayMs, mailsFrom: (at: number) => limitOn(utcDay(new Date(at)), plan) }]
        : []),
    ];
  };
}

function senderOf(steps: readonly { readonly kind: string; readonly from?: string }[]): string | undefined {
  return steps.map(({ from }) => senderDomain(from)).find((domain) => domain !== undefined);
}

/** A rate of seconds as one of an hour: what goes in an hour is all that is asked. */
function limitOf(id: string, { mails, perMs }: Rate): Limit {
  const windowMs = Math.max(perMs, hourMs);
  const most = (mails * windowMs) / perMs;
  return { id, windowMs, mailsFrom: () => most };
}
