import * as z from 'zod';
import { type DeliveryFact, deliveryMeanings } from '../report/deliverability.js';
import { Instant, type Routes } from './route.js';

const Rate = z.number().nullable();
const count = (fact: DeliveryFact) => z.number().describe(deliveryMeanings[fact]);
const counts = {
  accepted: count('accepted'),
  uncertain: count('uncertain'),
  rejected: count('rejected'),
  failed: count('failed'),
  deferred: count('deferred'),
  hardBounced: count('hardBounced'),
  softBounced: count('softBounced'),
  complained: count('complained'),
} as const satisfies Record<DeliveryFact, z.ZodNumber>;

const CountsView = z
  .strictObject({
    ...counts,
    handedOver: z.number().describe('mails that a server had to answer: accepted, uncertain and rejected'),
    rates: z
      .strictObject({ deferred: Rate, rejected: Rate, hardBounced: Rate, softBounced: Rate, complained: Rate })
      .describe('shares of what was handed over; null where nothing was'),
  })
  .meta({ id: 'DeliveryCounts' });
export type CountsView = z.output<typeof CountsView>;

const Named = z.strictObject({ name: z.string(), counts: CountsView });
const Day = z.string().describe('YYYY-MM-DD, in UTC as warm-ups count');

const ThrottleView = z
  .strictObject({
    kind: z.enum(['transport', 'domain', 'quota']),
    name: z.string().describe('a transport or a receiving domain; "*" for each domain that is not named'),
    limit: z.string().describe('as delivery.json says it: "60 per minute"'),
    share: z
      .number()
      .describe('the part of it that is used now: less than 1 after the receiver said that it is too fast'),
    slowedAt: Instant.nullable(),
    used: z.number().nullable().describe('of a quota: mails that count now'),
    queueEndsAt: Instant.nullable().describe('when the last of those goes that wait for their turn'),
  })
  .meta({ id: 'Throttle' });

const WarmUpView = z
  .strictObject({
    domain: z.string().describe('of the sender'),
    starts: Day,
    ends: Day.describe('the last day with a limit'),
    today: z.number().nullable().describe('the limit of today; null: none any more'),
    days: z.array(z.strictObject({ day: Day, plan: z.number(), done: z.number() })),
  })
  .meta({ id: 'WarmUp' });

const FindingView = z
  .strictObject({
    check: z.enum(['dns', 'spf', 'dkim', 'dmarc', 'mx', 'ptr', 'tls', 'url', 'mail']),
    about: z.string().describe('the domain, server or mail that it is about'),
    level: z.enum(['good', 'warn', 'bad']),
    what: z.string(),
    mend: z.string().optional().describe('what to do; records stand on lines of their own, to be pasted'),
  })
  .meta({ id: 'DoctorFinding' });

export const deliverabilityRoutes = {
  'GET /api/deliverability': {
    does: 'Tells how mails were taken, by day, transport and receiving domain, and how the limits stand',
    more: 'Counted once a minute; reading it costs the same with a million mails. Of each day the 200 largest domains are named, and none with fewer than 3 mails.',
    right: 'deliverability:read',
    query: z.strictObject({
      days: z.coerce.number().int().min(1).max(366).default(30).describe('how many days, today included'),
    }),
    answer: z.strictObject({
      from: Day,
      to: Day,
      totals: CountsView,
      days: z
        .array(z.strictObject({ day: Day, counts: CountsView }))
        .describe('each day of the time, the oldest first'),
      transports: z.array(Named).describe('the largest first'),
      domains: z.array(Named).describe('receiving domains, the largest first, 200 at the most'),
      others: CountsView.describe('of all domains that are not named'),
      throttles: z.array(ThrottleView),
      warmUps: z.array(WarmUpView),
    }),
  },
  'GET /api/deliverability/doctor': {
    does: 'Looks whether mails of this project will arrive: DNS, server, and a real mail of each sender',
    more: 'What was found is kept for five minutes.',
    right: 'deliverability:read',
    query: z.strictObject({ anew: z.stringbool().optional().describe('looks again at once') }),
    answer: z.strictObject({
      at: Instant.describe('when it was looked'),
      findings: z.array(FindingView).describe('in reading order'),
    }),
  },
} as const satisfies Routes;
