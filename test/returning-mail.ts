/** Mails as they come back to us, in the form that servers and people write them. */

export type About = {
  /** Where it is sent. */
  readonly to?: string;
  /** Whose mailbox it was. */
  readonly lead?: string;
  /** Our Message-ID, with brackets. */
  readonly about?: string;
  /** Its own. */
  readonly id?: string;
  readonly envelopeId?: string;
};

/** A report of a mail server that a mail came to nothing (RFC 3464). */
export function aBounce({
  to = 'bounces@in.example.com',
  lead = 'ada@example.org',
  about,
  id,
  envelopeId,
}: About = {}) {
  return [
    'From: MAILER-DAEMON@mx.example.net (Mail Delivery System)',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Date: Mon, 2 Mar 2026 10:00:00 +0000',
    ...(id === '' ? [] : [`Message-ID: ${id ?? '<bounce-1@mx.example.net>'}`]),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'This is the mail system at host mx.example.net.',
    '',
    `<${lead}>: host mx.example.org said: 550 5.1.1 User unknown`,
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    ...(envelopeId ? [`Original-Envelope-Id: ${envelopeId}`] : []),
    '',
    `Final-Recipient: rfc822; ${lead}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 User unknown',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    'From: Mara Quay <mara@mail.example.com>',
    `To: ${lead}`,
    'Subject: Hello',
    ...(about ? [`Message-ID: ${about}`] : []),
    '',
    '--b--',
    '',
  ].join('\r\n');
}

/** What the mailbox provider of a person passes on who pressed "spam" (RFC 5965). */
export function aComplaint({ to = 'bounces@in.example.com', lead = 'ada@example.org', about, id }: About = {}) {
  return [
    'From: feedback@fbl.example.net',
    `To: ${to}`,
    'Subject: Abuse report',
    'Date: Mon, 2 Mar 2026 10:00:00 +0000',
    `Message-ID: ${id ?? '<complaint-1@fbl.example.net>'}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'This is an abuse report.',
    '',
    '--b',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: Reporter/1.0',
    'Version: 1',
    `Original-Rcpt-To: ${lead}`,
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    'From: Mara Quay <mara@mail.example.com>',
    `To: ${lead}`,
    'Subject: Hello',
    ...(about ? [`Message-ID: ${about}`] : []),
    '',
    'Hello Ada.',
    '--b--',
    '',
  ].join('\r\n');
}

export type Written = About & { readonly from?: string; readonly text?: string; readonly headers?: readonly string[] };

/** What a person writes. */
export function aReply({ to = 'replies@in.example.com', from, about, id, text, headers = [] }: Written = {}) {
  return [
    `From: ${from ?? 'Ada Byron <ada@example.org>'}`,
    `To: ${to}`,
    'Subject: Re: Hello',
    'Date: Mon, 2 Mar 2026 10:00:00 +0000',
    ...(id === '' ? [] : [`Message-ID: ${id ?? '<reply-1@example.org>'}`]),
    ...(about ? [`In-Reply-To: ${about}`, `References: ${about}`] : []),
    ...headers,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text ?? 'Thank you, could you call me on Thursday?',
    '',
  ].join('\r\n');
}
