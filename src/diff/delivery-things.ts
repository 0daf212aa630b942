import type { Delivery, Route, Transport } from '../sequence/delivery-file.js';
import { durationInWords } from '../sequence/duration.js';
import { rateInWords } from '../sequence/rate-file.js';
import type { Facets } from '../sequence/step-words.js';
import { quietHoursInWords } from '../sequence/words.js';

/** Each thing that delivery.json says, by name, in words. */
export function deliveryThings(delivery: Delivery): ReadonlyMap<string, Facets> {
  const { caps, quietHours, transports, routes, domains, warmUp, catchUp, softBounces, outOfOffice } = delivery;
  const lines: readonly (readonly [string, string])[] = [
    ...caps.map(({ atMost, per }) => [`the frequency cap in ${durationInWords(per)}`, mails(atMost)] as const),
    ...(quietHours ? [['the quiet hours', quietHoursInWords(quietHours)] as const] : []),
    ...[...transports].map(([name, transport]) => [`the transport “${name}”`, transportInWords(transport)] as const),
    ...(routes.length > 0 ? [['the routes', routes.map(routeInWords).join('; ')] as const] : []),
    ...[...domains].map(
      ([domain, rate]) => [`mail to ${domain === '*' ? 'any other domain' : domain}`, rateInWords(rate)] as const,
    ),
    ...[...warmUp].map(
      ([domain, { starts, days }]) => [`the warm-up of ${domain}`, `from ${starts}: ${days.join(', ')}`] as const,
    ),
    [
      'a backlog is held',
      `of more than ${mails(catchUp.moreThan)}, ${Math.round(catchUp.lateByMs / 60_000)} minutes late`,
    ],
    ['an address is given up', `at soft bounce ${softBounces.most} within ${durationInWords(softBounces.within)}`],
    ['an auto-reply without a day', `holds mails for ${durationInWords(outOfOffice.pause)}`],
  ];
  return new Map(lines.map(([name, words]) => [name, new Map([['', words]])]));
}

function mails(count: number): string {
  return `${count} ${count === 1 ? 'mail' : 'mails'}`;
}

function transportInWords({ rates, idempotencyHeader }: Transport): string {
  const limits = rates.length > 0 ? `at most ${rates.map(rateInWords).join(' and ')}` : 'without a limit';
  return idempotencyHeader ? `${limits}, knows repeats by ${idempotencyHeader}` : limits;
}

function routeInWords({ sequences, domains, through }: Route): string {
  const which = [
    ...(sequences ? [`of ${sequences.join(', ')}`] : []),
    ...(domains ? [`to ${domains.join(', ')}`] : []),
  ];
  return `${['mail', ...which].join(' ')} through ${through.join(', then ')}`;
}
