import * as z from 'zod';
import type { ProviderEvent } from './canonical.js';
import { headerPairs, headerReader, ownHeaders } from './inbound-mail.js';
import { bareAddress, bareId, canonicalEvent, enhancedStatus, isoInstant, type Seen } from './provider.js';
import { fieldsOf, plainFields, wireAny, wireFlag, wireList, wireObject, wireText, wireTexts } from './wire-fields.js';

/** The mail that a message of SES is about; of a mail received, that one. */
export const WireSesMail = wireObject({
  messageId: wireText,
  timestamp: wireText,
  source: wireText,
  destination: wireList,
  headers: wireAny,
  commonHeaders: wireObject({ messageId: wireText, subject: wireText, from: wireAny }),
  tags: z.record(z.string(), z.unknown()).catch({}),
});
type WireSesMail = z.infer<typeof WireSesMail>;

const WireType = wireObject({ eventType: wireText, notificationType: wireText });

/** What an event and an older notification are called. */
export function sesTypeOf(message: unknown): string | undefined {
  const { eventType, notificationType } = WireType.parse(message);
  return eventType ?? notificationType;
}

/** A recipient that a bounce, a delay or a complaint names, with the server's words to it. */
const WireRecipient = wireObject({ emailAddress: wireText, status: wireText, diagnosticCode: wireText });
type Recipient = z.infer<typeof WireRecipient>;

/** What the objects `bounce`, `complaint`, `delivery` and so on hold among them. */
const WireDetail = wireObject({
  timestamp: wireText,
  bounceType: wireText,
  bounceSubType: wireText,
  bouncedRecipients: wireList,
  complainedRecipients: wireList,
  complaintFeedbackType: wireText,
  complaintSubType: wireText,
  delayedRecipients: wireList,
  recipients: wireList,
  smtpResponse: wireText,
  reason: wireText,
  errorMessage: wireText,
  link: wireText,
  ipAddress: wireText,
  userAgent: wireText,
  newTopicPreferences: wireAny,
  oldTopicPreferences: wireAny,
});
type WireDetail = z.infer<typeof WireDetail>;

type Outcome = Pick<Seen, 'type' | 'hard'>;
type Kind = {
  /** The object of the message that says more; none where the mail is all there is. */
  readonly detailIn?: string;
  readonly outcome: Outcome | ((detail: WireDetail) => Outcome);
  readonly recipients: (detail: WireDetail, addressed: readonly Recipient[]) => readonly Recipient[];
};

const everybody: Kind['recipients'] = (_, addressed) => addressed;
/** Of several it is not known which one it was. */
const theOnlyOne: Kind['recipients'] = (_, addressed) => (addressed.length === 1 ? addressed : []);
const named = (list: readonly unknown[]) => list.map((element) => WireRecipient.parse(element));

const unknownKind: Kind = { outcome: { type: 'ignored' }, recipients: theOnlyOne };
const kinds: ReadonlyMap<string | undefined, Kind> = new Map<string, Kind>([
  ['Send', { outcome: { type: 'ignored' }, recipients: everybody }],
  [
    'Delivery',
    {
      detailIn: 'delivery',
      outcome: { type: 'delivered' },
      recipients: (detail, addressed) => {
        const reached = wireTexts(detail.recipients);
        return reached.length > 0 ? reached.map(recipientAt) : theOnlyOne(detail, addressed);
      },
    },
  ],
  [
    'DeliveryDelay',
    {
      detailIn: 'deliveryDelay',
      outcome: { type: 'deferred' },
      recipients: ({ delayedRecipients }) => named(delayedRecipients),
    },
  ],
  [
    'Bounce',
    { detailIn: 'bounce', outcome: bounceOf, recipients: ({ bouncedRecipients }) => named(bouncedRecipients) },
  ],
  [
    'Complaint',
    {
      detailIn: 'complaint',
      outcome: complaintOf,
      recipients: ({ complainedRecipients }) => named(complainedRecipients),
    },
  ],
  ['Reject', { detailIn: 'reject', outcome: { type: 'rejected' }, recipients: everybody }],
  ['Rendering Failure', { detailIn: 'failure', outcome: { type: 'rejected' }, recipients: everybody }],
  ['Open', { detailIn: 'open', outcome: { type: 'opened' }, recipients: theOnlyOne }],
  ['Click', { detailIn: 'click', outcome: { type: 'clicked' }, recipients: theOnlyOne }],
  ['Subscription', { detailIn: 'subscription', outcome: subscriptionOf, recipients: everybody }],
]);

/** The events in one message of SES: one for each recipient that it is about. `id` is that of the SNS message. */
export function sesEvents(message: unknown, id: string): readonly ProviderEvent[] {
  const kind = kinds.get(sesTypeOf(message)) ?? unknownKind;
  const fields = fieldsOf(message);
  const mail = WireSesMail.parse(fields['mail']);
  const detail = WireDetail.parse(kind.detailIn === undefined ? {} : fields[kind.detailIn]);
  const recipients = kind.recipients(detail, wireTexts(mail.destination).map(recipientAt));

  const shared = sharedBy(mail, detail, typeof kind.outcome === 'function' ? kind.outcome(detail) : kind.outcome);
  // Named or not, it happened to this mail.
  const about = recipients.length > 0 ? recipients : [WireRecipient.parse({})];
  return about.map(({ emailAddress, status, diagnosticCode }) => {
    const reason = diagnosticCode ?? detail.smtpResponse ?? detail.reason ?? detail.errorMessage;
    const word = sesTypeOf(message) || undefined;
    const own = { word, recipient: bareAddress(emailAddress), status: enhancedStatus(status), reason, eventId: id };
    return canonicalEvent('ses', { ...shared, ...own });
  });
}

function recipientAt(emailAddress: string): Recipient {
  return WireRecipient.parse({ emailAddress });
}

function sharedBy(mail: WireSesMail, detail: WireDetail, outcome: Outcome): Seen {
  const isVisit = outcome.type === 'opened' || outcome.type === 'clicked';
  return {
    ...outcome,
    messageRef: bareId(mail.messageId),
    at: isoInstant(detail.timestamp ?? mail.timestamp),
    url: detail.link,
    ip: detail.ipAddress,
    // On a complaint it is that of the one who passed it on.
    userAgent: isVisit ? detail.userAgent : undefined,
    smtpId: smtpIdOf(mail),
    metadata: metadataOf(mail),
  };
}

const suppressed = new Set(['Suppressed', 'OnAccountSuppressionList']);

function bounceOf({ bounceType, bounceSubType }: WireDetail): Outcome {
  if (bounceType !== 'Permanent') return { type: 'bounced', hard: false };
  return suppressed.has(bounceSubType ?? '') ? { type: 'rejected' } : { type: 'bounced', hard: true };
}

function complaintOf({ complaintFeedbackType, complaintSubType }: WireDetail): Outcome {
  // The reader took the mail out of the spam folder.
  if (complaintFeedbackType === 'not-spam') return { type: 'ignored' };
  return { type: complaintSubType === 'OnAccountSuppressionList' ? 'rejected' : 'complained' };
}

const WirePreferences = wireObject({ unsubscribeAll: wireFlag, topicSubscriptionStatus: wireList });
const WireTopic = wireObject({ topicName: wireText, subscriptionStatus: wireText });

/** A lead leaves everything, or a topic that they were in before. */
function subscriptionOf({ newTopicPreferences, oldTopicPreferences }: WireDetail): Outcome {
  const [now, before] = [newTopicPreferences, oldTopicPreferences].map((one) => WirePreferences.parse(one));
  const left = (preferences = WirePreferences.parse({})) =>
    preferences.topicSubscriptionStatus
      .map((topic) => WireTopic.parse(topic))
      .flatMap(({ topicName, subscriptionStatus }) => (subscriptionStatus === 'OptOut' ? [topicName] : []));
  const hasLeft = now?.unsubscribeAll === true || left(now).some((topic) => !left(before).includes(topic));
  return { type: hasLeft ? 'unsubscribed' : 'ignored' };
}

/** Our own Message-ID, which SES replaces on the way and reports as it was. */
function smtpIdOf(mail: WireSesMail): string | undefined {
  const id = bareId(mail.commonHeaders.messageId ?? headerReader(headerPairs(mail.headers))('message-id'));
  return id === mail.messageId ? undefined : id;
}

/** Tags come back with the events of a configuration set only; the headers, where they are included, hold them as well. */
function metadataOf(mail: WireSesMail): Record<string, string> {
  const sent = headerReader(headerPairs(mail.headers))('x-ses-message-tags');
  const written = sent.split(',').map((tag) => tag.trim().split('=', 2));
  const tags = Object.entries(mail.tags)
    .filter(([name]) => !name.startsWith('ses:'))
    .map(([name, values]) => [name, wireTexts(values)[0]]);
  return plainFields({
    ...ownHeaders(mail.headers),
    ...Object.fromEntries(written),
    ...Object.fromEntries(tags),
  });
}
