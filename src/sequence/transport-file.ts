import * as z from 'zod';
import { type ProviderName, providerNames } from '../event/provider-names.js';
import { oneOrMore, slug, strict, text } from '../schema.js';
import { Domain, domainOf } from './domain-file.js';
import { type Rate, RateText } from './rate-file.js';

/** What is to be known of a way out: how fast it may be used, the header by which it knows a repeated mail, and whose it is. */
export type Transport = {
  readonly rates: readonly Rate[];
  readonly idempotencyHeader?: string;
  /** Whose it is, where its host does not tell. */
  readonly provider?: ProviderName;
};

/** Which transports take a mail, the first of them that works. A route without `sequences` or `domains` is for all of them. */
export type Route = {
  /** Names of sequences; `*` stands for any letters. */
  readonly sequences?: readonly string[];
  readonly domains?: readonly string[];
  readonly through: readonly string[];
};

/** Header fields that a mail has anyway (RFC 5322 §3.6, RFC 2045, RFC 6376, RFC 8058): a second one would break it. */
const takenHeaders =
  /^(?:from|sender|reply-to|to|cc|bcc|message-id|in-reply-to|references|subject|date|mime-version|content-.*|dkim-signature|received|return-path|list-.*|feedback-id|auto-submitted|precedence|x-rivulet.*)$/i;

const HeaderName = text('the header', 60)
  .regex(/^[a-z][a-z0-9-]*$/i, {
    error: 'the name of a header has letters, digits and "-" only\nWrite for example "Resend-Idempotency-Key".',
    abort: true,
  })
  .refine((name) => !takenHeaders.test(name), {
    error: 'every mail has a header of this name already\nWrite the name that your provider documents.',
  });

export const TransportFile = strict({
  atMost: oneOrMore(RateText)
    .optional()
    .meta({
      description: 'What the provider allows; the outbox goes no faster, over all processes.',
      examples: [['14 per second', '50000 per day'], '60 per minute'],
    }),
  idempotencyHeader: HeaderName.optional().meta({
    description:
      "A header by which the provider knows a repeated mail. It gets the message's id, and a mail of unknown fate is tried again.",
    examples: ['Resend-Idempotency-Key'],
  }),
  provider: z
    .enum(providerNames)
    .optional()
    .meta({
      description:
        "Whose it is, where the host of its address does not tell. Mails then carry the header by which this provider's webhooks name them.",
      examples: ['ses'],
    }),
});

const SequencePattern = text('a sequence', 60).regex(/^[a-z0-9*][a-z0-9.*_-]*$/i, {
  error: 'the name of a sequence may have letters, digits, ".", "-" and "_", and "*" for any of them',
});

export const RouteFile = strict({
  sequences: oneOrMore(SequencePattern)
    .optional()
    .meta({
      description: 'For mails of these sequences; "*" stands for any letters. Of all sequences unless said.',
      examples: ['retention-*', ['welcome', 'newsletter']],
    }),
  domains: oneOrMore(Domain)
    .optional()
    .meta({ description: 'For leads with a mailbox there; everywhere unless said.', examples: ['gmail.com'] }),
  through: oneOrMore(slug('a transport')).meta({
    description: 'The transport that takes them; of several, the first that works.',
    examples: ['smtp', ['ses', 'smtp']],
  }),
});

/** Whether the name of a sequence is what a route says, in which `*` stands for any letters. */
export function isMatch(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === first;
  const last = rest.at(-1) ?? '';
  let at = name.startsWith(first) ? first.length : -1;
  for (const part of rest.slice(0, -1)) {
    const found = at < 0 ? -1 : name.indexOf(part, at);
    at = found < 0 ? -1 : found + part.length;
  }
  return at >= 0 && at + last.length <= name.length && name.endsWith(last);
}

/** A route behind one that is for everything would never be asked. */
export function noneBehindAll(routes: readonly z.output<typeof RouteFile>[], context: z.core.$RefinementCtx): void {
  const all = routes.findIndex(
    ({ sequences, domains }) => !domains && (!sequences || sequences.some((name) => /^\*+$/.test(name))),
  );
  if (all < 0 || all === routes.length - 1) return;
  const message = 'no mail comes to this route: the one before it is for all mails\nPut that one last.';
  context.addIssue({ code: 'custom', path: [all + 1], params: { code: 'unreachable-route' }, message });
}

export function toTransport({ atMost = [], idempotencyHeader, provider }: z.output<typeof TransportFile>): Transport {
  return {
    rates: atMost,
    ...(idempotencyHeader ? { idempotencyHeader } : {}),
    ...(provider ? { provider } : {}),
  };
}

export function toRoute({ sequences, domains, through }: z.output<typeof RouteFile>): Route {
  return {
    through,
    ...(sequences ? { sequences } : {}),
    ...(domains ? { domains: domains.map((domain) => domainOf(domain) ?? domain) } : {}),
  };
}
