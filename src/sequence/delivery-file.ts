import * as z from 'zod';
import { list, number, oneOrMore, schemaKey, slug, strict, text } from '../schema.js';
import { Domain, DomainOrAny, domainOf, onceEach } from './domain-file.js';
import { type Duration, DurationText, durationMs } from './duration.js';
import { type Cap, CapFile, noneNeedless } from './frequency-cap-file.js';
import { type QuietHours, QuietHoursFile } from './quiet-hours-file.js';
import { type Rate, RateText } from './rate-file.js';
import {
  noneBehindAll,
  type Route,
  RouteFile,
  toRoute,
  toTransport,
  type Transport,
  TransportFile,
} from './transport-file.js';
import { dayNumber } from './wall-clock.js';

export type { Cap, QuietHours, Rate, Route, Transport };

/** How mails go out: what a lead can take, what a transport and a mailbox provider can. */
export type Delivery = {
  readonly caps: readonly Cap[];
  readonly quietHours?: QuietHours;
  readonly transports: ReadonlyMap<string, Transport>;
  /** The first that matches a mail counts. */
  readonly routes: readonly Route[];
  /** By the recipient's domain, as an A-label in lower case; "*" for each domain that is not named. */
  readonly domains: ReadonlyMap<string, Rate>;
  /** By the sender's domain; after the last day there is no limit. */
  readonly warmUp: ReadonlyMap<string, { readonly starts: string; readonly days: readonly number[] }>;
  readonly catchUp: { readonly lateByMs: number; readonly moreThan: number };
  /** So many soft bounces within such a time, and nothing between them that tells of life, suppress an address. */
  readonly softBounces: { readonly most: number; readonly within: Duration };
  /** How long mails wait for a lead whose auto-reply names no day. */
  readonly outOfOffice: { readonly pause: Duration };
};

/** How mails go out where no file says. */
export const noDelivery: Delivery = {
  caps: [],
  transports: new Map(),
  routes: [],
  domains: new Map(),
  warmUp: new Map(),
  catchUp: { lateByMs: 3_600_000, moreThan: 100 },
  softBounces: { most: 5, within: { amount: 30, unit: 'days' } },
  outOfOffice: { pause: { amount: 4, unit: 'days' } },
};

/** However far away the day is that an auto-reply names, mails wait no longer than this. */
export const longestAbsence: Duration = { amount: 60, unit: 'days' };
const longestMemory: Duration = { amount: 366, unit: 'days' };

const SoftBouncesFile = strict({
  most: number('most', 1, 1000)
    .int({ error: 'most must be a whole number' })
    .optional()
    .meta({ description: 'The soft bounce at which the address is suppressed; the 5th unless said.', examples: [5] }),
  within: DurationText.refine((within) => durationMs(within) <= durationMs(longestMemory), {
    error: 'soft bounces are counted over a year at the most\nWrite a shorter time, for example "30 days".',
  })
    .optional()
    .meta({ description: 'Only those within such a time count; "30 days" unless said.', examples: ['30 days'] }),
});

const OutOfOfficeFile = strict({
  pause: DurationText.refine((pause) => durationMs(pause) <= durationMs(longestAbsence), {
    error: 'mails wait for nobody longer than 60 days\nWrite a shorter time, for example "4 days".',
  })
    .optional()
    .meta({ description: 'How long, where no day is named; "4 days" unless said.', examples: ['4 days'] }),
});

const WarmUpFile = strict({
  starts: text('starts', 20)
    .refine((day) => dayNumber(day) !== undefined, {
      error: 'this is not a day\nWrite year, month and day, "2026-12-01".',
      params: { code: 'bad-date' },
    })
    .meta({ description: 'The first day of it, in UTC.', examples: ['2026-12-01'] }),
  days: list(
    'days',
    number('a day of the warm-up', 1, 10_000_000).int({ error: 'a day of the warm-up must be a whole number' }),
  )
    .max(366, { error: 'a warm-up takes a year at the most' })
    .meta({
      description: 'The most mails on the first day, the second, and so on; no limit after the last.',
      examples: [[200, 400, 800]],
    }),
});

/** `sequences/delivery.json`: what leads, transports and mailbox providers can take. */
export const DeliveryFile = strict({
  $schema: schemaKey('./schema/delivery.schema.json'),
  frequencyCap: oneOrMore(CapFile)
    .superRefine(noneNeedless)
    .optional()
    .meta({
      description: 'The most mails that one lead gets, over all sequences. A mail beyond it waits.',
      examples: [
        [
          { atMost: 1, per: '1 day' },
          { atMost: 3, per: '7 days' },
        ],
        { atMost: 1, per: '1 day' },
      ],
    }),
  quietHours: QuietHoursFile.optional().meta({
    description: 'When no lead gets a mail, whatever the send window of the sequence.',
    examples: [{ between: ['21:00', '07:00'], timezone: 'lead' }],
  }),
  transports: z
    .record(slug('a transport'), TransportFile, {
      error: 'transports must be an object\nWrite { "smtp": { "atMost": "14 per second" } }.',
    })
    .optional()
    .meta({
      description: 'What is to be known of each transport, by its name.',
      examples: [{ smtp: { atMost: ['14 per second', '50000 per day'] } }],
    }),
  routes: list('routes', RouteFile)
    .superRefine(noneBehindAll)
    .optional()
    .meta({
      description: 'Which transport takes which mails; the first route that fits counts.',
      examples: [[{ sequences: 'retention-*', through: ['ses', 'smtp'] }]],
    }),
  domains: z
    .record(DomainOrAny, RateText, { error: 'domains must be an object\nWrite { "gmail.com": "60 per minute" }.' })
    .superRefine(onceEach)
    .optional()
    .meta({
      description: 'The most mails to mailboxes at a domain; "*" is for each domain that is not named.',
      examples: [{ 'gmail.com': '60 per minute', '*': '600 per minute' }],
    }),
  warmUp: z
    .record(Domain, WarmUpFile, {
      error: 'warmUp must be an object\nWrite { "mail.example.com": { "starts": "2026-12-01", "days": [200, 400] } }.',
    })
    .superRefine(onceEach)
    .optional()
    .meta({
      description: 'For a sending domain that nobody knows yet: the most mails of each day.',
      examples: [{ 'mail.example.com': { starts: '2026-12-01', days: [200, 400, 800] } }],
    }),
  catchUp: strict({
    lateBy: DurationText.optional().meta({
      description: 'How late a mail must be to count as overdue; "1 hour" unless said.',
      examples: ['1 hour'],
    }),
    moreThan: number('moreThan', 1, 10_000_000)
      .int({ error: 'moreThan must be a whole number' })
      .optional()
      .meta({
        description: 'With more overdue mails than this all wait for a person; 100 unless said.',
        examples: [100],
      }),
  })
    .optional()
    .meta({
      description: 'When a backlog, as after an outage, is held instead of sent all at once.',
      examples: [{ lateBy: '1 hour', moreThan: 100 }],
    }),
  softBounces: SoftBouncesFile.optional().meta({
    description: 'When an address is given up that never says for good that it is dead.',
    examples: [{ most: 5, within: '30 days' }],
  }),
  outOfOffice: OutOfOfficeFile.optional().meta({
    description: 'How long mails wait for a lead that answers by itself to be away.',
    examples: [{ pause: '4 days' }],
  }),
});

export function toDelivery(file: z.output<typeof DeliveryFile>): Delivery {
  const { frequencyCap = [], quietHours, transports = {}, routes = [], domains = {}, warmUp = {}, catchUp = {} } = file;
  const { lateByMs, moreThan } = noDelivery.catchUp;
  const { softBounces = {}, outOfOffice = {} } = file;
  return {
    caps: frequencyCap,
    ...(quietHours ? { quietHours } : {}),
    transports: new Map(Object.entries(transports).map(([name, transport]) => [name, toTransport(transport)])),
    routes: routes.map(toRoute),
    domains: new Map(Object.entries(domains).map(([domain, rate]) => [domainOf(domain) ?? domain, rate])),
    warmUp: new Map(Object.entries(warmUp).map(([domain, plan]) => [domainOf(domain) ?? domain, plan])),
    catchUp: {
      lateByMs: catchUp.lateBy ? durationMs(catchUp.lateBy) : lateByMs,
      moreThan: catchUp.moreThan ?? moreThan,
    },
    softBounces: {
      most: softBounces.most ?? noDelivery.softBounces.most,
      within: softBounces.within ?? noDelivery.softBounces.within,
    },
    outOfOffice: { pause: outOfOffice.pause ?? noDelivery.outOfOffice.pause },
  };
}
