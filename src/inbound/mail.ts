/** A part of a mail that is not its text: a report for programs, or a mail inside the mail. */
export type MailPart = {
  /** MIME type in lower case, without parameters. */
  readonly type: string;
  /** File name, empty if it has none. */
  readonly name: string;
  readonly text: string;
};

/** A mail that came to us, as far as the rules look at it. A webhook that knows only some of it can fill one too. */
export type InboundMail = {
  /** All values of a header in their order, unfolded; the name in lower case. */
  readonly headers: (name: string) => readonly string[];
  readonly subject: string;
  /** Bare address in From. */
  readonly from?: string | undefined;
  /** The name beside it. */
  readonly fromName: string;
  /** Bare address of the envelope sender: empty for the null sender, undefined if unknown. */
  readonly envelopeFrom?: string | undefined;
  /** Every address that its headers say it went to. */
  readonly to: readonly string[];
  /** Further addresses of ours, which no report can be about. */
  readonly ours?: readonly string[];
  readonly at?: Date | undefined;
  /** What a reader sees, HTML made text. */
  readonly text: string;
  readonly parts: readonly MailPart[];
  /** The body as it came, for mails whose MIME is broken; empty if unknown. */
  readonly source: string;
};

/** First value of a header, trimmed; empty if there is none. */
export function headerOf(mail: InboundMail, name: string): string {
  return mail.headers(name)[0]?.trim() ?? '';
}

/** The MIME type that the mail says it has, in lower case, without parameters. */
export function typeOf(mail: InboundMail): string {
  return (headerOf(mail, 'content-type').split(';')[0] ?? '').trim().toLowerCase();
}

/** Content of the first part that has one of these types. */
export function partOf(mail: InboundMail, types: RegExp): string | undefined {
  return mail.parts.find(({ type }) => types.test(type))?.text;
}

/** Whether the envelope sender is empty, as it is on everything that must not be answered (RFC 5321 §4.5.5, RFC 3834 §3.3). */
export function hasNullSender(mail: InboundMail): boolean {
  return mail.envelopeFrom === '';
}
