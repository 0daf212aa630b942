import type { InboundMail } from './mail.js';

/** A mail as far as a provider's webhook tells it: its parts are seldom among it. */
export type ToldMail = {
  /** First value of a header, name in lower case; empty if there is none. */
  readonly header: (name: string) => string;
  readonly subject: string;
  readonly text: string;
  readonly from?: string | undefined;
  readonly to: readonly string[];
  /** Empty for the null sender, undefined if unknown. */
  readonly envelopeFrom?: string | undefined;
  readonly at?: Date | undefined;
};

/** The same for the rules, which then judge it by what there is. */
export function webhookMail({ header, subject, text, from, to, envelopeFrom, at }: ToldMail): InboundMail {
  const seen = text.slice(0, 100_000).replaceAll('\r\n', '\n');
  const returnPath = header('return-path').trim();
  return {
    headers: (name) => [header(name)].filter((value) => value !== ''),
    subject,
    from: from || undefined,
    fromName: header('from'),
    envelopeFrom: /^<\s{0,9}>$/.test(returnPath) ? '' : envelopeFrom,
    to,
    at,
    text: seen,
    parts: [],
    source: seen,
  };
}
