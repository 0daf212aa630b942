import { deliverabilityRoutes } from '../api/deliverability.js';
import { firstWarmUpDay, limitsNow, warmUpsNow } from '../lead/tell-limits.js';
import {
  type ByName,
  type DeliveryCounts,
  type DeliveryTally,
  handedOver,
  rateOf,
  sum,
  together,
  withFewNamed,
} from '../report/deliverability.js';
import { dayText } from '../sequence/wall-clock.js';
import { unknownDomain } from '../store/delivery-tallies.js';
import { utcDay } from '../store/throttle.js';
import { type AnsweredRoute, answering } from './answering.js';
import type { Services } from './services.js';

/** How mails are taken by those who receive them. */
export function deliverabilityApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, project, checkup } = services;

  return answering(deliverabilityRoutes, services, {
    'GET /api/deliverability': async ({ query: { days } }) => {
      const now = engine.now();
      const to = utcDay(now);
      const from = to - days + 1;
      const { delivery } = project();
      const [tallies, states] = await Promise.all([
        store.deliveryTallies.read('day', Math.min(from, firstWarmUpDay(delivery, now)), to),
        store.throttles.states(),
      ]);
      const asked = Array.from({ length: days }, (_, i) => from + i);
      const own = asked.flatMap((day) => tallies.get(day) ?? []);
      const { transports, domains, others } = withUnknownAmongOthers(withFewNamed(together(own), { fewest: 1 }));
      return {
        from: dayText(from),
        to: dayText(to),
        totals: view(totalOf(transports)),
        days: asked.map((day) => ({
          day: dayText(day),
          counts: view(totalOf(tallies.get(day)?.transports ?? new Map())),
        })),
        transports: named(transports),
        domains: named(domains),
        others: view(others),
        throttles: [...limitsNow(delivery, states, now)],
        warmUps: [...warmUpsNow(delivery, tallies, now)],
      };
    },
    'GET /api/deliverability/doctor': async ({ query: { anew } }) => checkup(anew),
  });
}

/** Mails of before their domain was written down have none to be named by. */
function withUnknownAmongOthers(tally: DeliveryTally): DeliveryTally {
  const domains = new Map([...tally.domains].filter(([name]) => name !== unknownDomain));
  return { ...tally, domains, others: sum(tally.others, tally.domains.get(unknownDomain) ?? {}) };
}

function totalOf(all: ByName): DeliveryCounts {
  return [...all.values()].reduce(sum, {});
}

function named(all: ByName) {
  return [...all]
    .toSorted(([a, one], [b, other]) => handedOver(other) - handedOver(one) || (a < b ? -1 : 1))
    .map(([name, counts]) => ({ name, counts: view(counts) }));
}

function view(counts: DeliveryCounts) {
  const { accepted = 0, uncertain = 0, rejected = 0, failed = 0, deferred = 0 } = counts;
  const { hardBounced = 0, softBounced = 0, complained = 0 } = counts;
  return {
    accepted,
    uncertain,
    rejected,
    failed,
    deferred,
    hardBounced,
    softBounced,
    complained,
    handedOver: handedOver(counts),
    rates: {
      deferred: rateOf('deferred', counts),
      rejected: rateOf('rejected', counts),
      hardBounced: rateOf('hardBounced', counts),
      softBounced: rateOf('softBounced', counts),
      complained: rateOf('complained', counts),
    },
  };
}
