/** What a mail program finds in a mail: where its pixel is, where its links lead, how to leave. */
export type ReadMail = {
  readonly id: string;
  readonly to: string;
  readonly sequence: string;
  readonly step: string;
  readonly messageId: string;
  readonly pixel: string;
  /** Content links, in order; not the ones for unsubscribing and preferences. */
  readonly links: readonly string[];
  /** The link that no person sees. */
  readonly trap: string;
  readonly unsubscribe: string;
};

/** Reads a mail as the API of the local mailbox gives it. */
export function readMail(mail: {
  id: string;
  to: string;
  html: string;
  headers: Readonly<Record<string, string>>;
}): ReadMail {
  const { id, to, html, headers } = mail;
  const [step = '', sequence = ''] = (headers['Feedback-ID'] ?? '').split(':');
  const addresses = (pattern: RegExp): readonly string[] =>
    [...html.matchAll(pattern)].map(([, address = '']) => address.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&'));
  return {
    id,
    to,
    sequence,
    step,
    messageId: (headers['Message-ID'] ?? '').replace(/[<>]/g, ''),
    pixel: addresses(/<img src="([^"]+\/o\/[^"]+)"/g)[0] ?? '',
    links: [...new Set(addresses(/<a\b[^>]*?\shref="([^"]+\/c\/[^"]+)"(?! style="display:none)/g))],
    trap: addresses(/<a href="([^"]+\/c\/[^"]+)" style="display:none/g)[0] ?? '',
    unsubscribe: /<([^>]*)>/.exec(headers['List-Unsubscribe'] ?? '')?.[1] ?? '',
  };
}
