import { headerOf, type InboundMail, typeOf } from './mail.js';
import { isAnswer } from './subject.js';

/** What tells that a mail is a newsletter, a list's or a notification; undefined if it may be a person's. */
export function machineMailEvidence(mail: InboundMail): string | undefined {
  return unreadReportEvidence(mail) ?? robotEvidence(mail) ?? listEvidence(mail);
}

/** Receipts that a mail was read (RFC 8098). */
export function isReadReceipt(mail: InboundMail): boolean {
  return (
    /report-type="?disposition-notification/i.test(headerOf(mail, 'content-type')) ||
    mail.parts.some(({ type }) => type === 'message/disposition-notification')
  );
}

/** What tells that a mail reports on our domain: DMARC, TLS, failed authentication. */
export function domainReportEvidence(mail: InboundMail): string | undefined {
  const { subject } = mail;
  // RFC 9990 §3.2.1.1: receiver, domain, begin and end between exclamation marks.
  const isAggregate = mail.parts.some(({ name }) => /^[^!\s]{1,255}![^!\s]{1,255}!\d{9,12}!\d{9,12}/.test(name));
  if (isAggregate) return 'its attachment is named as a DMARC aggregate report is';
  if (/^report domain:.{1,300}(?:submitter|report-id)/i.test(subject.trim()))
    return 'its subject is that of a DMARC aggregate report (RFC 9990)';
  if (/tlsrpt/i.test(headerOf(mail, 'content-type')) || headerOf(mail, 'tls-report-domain') !== '')
    return 'it is a report on TLS (RFC 8460)';
  if (
    /^(?:dmarc|spf|dkim)\b.{0,60}(?:report|failure)|(?:dmarc|authentication|spf|dkim) (?:failure|forensic|aggregate)? ?report/i.test(
      subject,
    )
  )
    return 'its subject is that of a report on authentication';
  if (
    /\b(?:dmarc failure report|this is (?:a|an) (?:spf|dkim|dmarc|authentication)[^.]{0,40}report|a message claiming to be from you has failed)/i.test(
      mail.text.slice(0, 2000),
    )
  )
    return 'it opens as a report on authentication';
  return undefined;
}

function answersUs(mail: InboundMail): boolean {
  return headerOf(mail, 'in-reply-to') !== '' || headerOf(mail, 'references') !== '' || isAnswer(mail.subject);
}

/** A report that says nothing that can be read, as webhooks tell it without its parts, is at least nobody's reply. */
function unreadReportEvidence(mail: InboundMail): string | undefined {
  if (/^(?:multipart\/report|message\/(?:global-)?delivery-status)$/.test(typeOf(mail)))
    return 'its type is that of a report (RFC 6522)';
  return /^mailer-daemon(?:@|$)/i.test(mail.from ?? '') ? 'a mail server wrote it' : undefined;
}

/** Trackers answer each their own mails, so that In-Reply-To tells nothing. */
function robotEvidence(mail: InboundMail): string | undefined {
  const tracker = [
    'x-github-reason',
    'x-github-sender',
    'x-gitlab-project',
    'x-jira-fingerprint',
    'x-bugzilla-reason',
    'x-trac-project',
    'x-redmine-project',
    'x-phabricator-mail-tags',
    'x-gerrit-messagetype',
    'x-launchpad-message-rationale',
    'x-debian-pr-message',
  ].find((name) => headerOf(mail, name) !== '');
  return tracker === undefined ? undefined : `it has the header ${tracker} of a tracker`;
}

function listEvidence(mail: InboundMail): string | undefined {
  // People's answers on lists have "Re:"; the robots of a list have not, and answer each other.
  const isFromList = ['list-unsubscribe', 'list-id', 'list-post', 'mailing-list'].some(
    (name) => headerOf(mail, name) !== '',
  );
  if (isFromList && !isAnswer(mail.subject)) return 'it came through a list and answers no mail';
  if (answersUs(mail)) return undefined;
  if (/^(?:root|www-data|apache|nobody|httpd|wwwrun|cron|daemon)@/i.test(mail.envelopeFrom ?? ''))
    return 'an account of a server sent it';
  if (isReadNote(mail)) return 'it tells that a mail was read or deleted';
  const submitted = headerOf(mail, 'auto-submitted');
  if (/^auto-(?:generated|notified)/i.test(submitted)) return 'a program sent it of its own accord (Auto-Submitted)';
  return undefined;
}

/** Outlook's receipts, where a gateway took their report for programs away. */
function isReadNote({ subject, text }: InboundMail): boolean {
  if (
    !/^(?:(?:not )?read|gelesen|ungelesen gelöscht|lu|leído|letto|lida|gelezen|läst|læst|lest|deleted)\s?:/i.test(
      subject.trim(),
    )
  )
    return false;
  return /was (?:read|deleted|opened|displayed)|wurde (?:am|gelesen)|a été lu|se leyó|è stato letto|foi lida|is gelezen|lästes|blev læst/i.test(
    text.slice(0, 1000),
  );
}

/** A mail that is one attachment and no text, such as a zipped report. */
export function isBareAttachment(mail: InboundMail): boolean {
  return typeOf(mail).startsWith('application/') && mail.text.trim() === '';
}
