import * as z from 'zod';
import type { Found } from './found.js';
import type { InboundMail } from './mail.js';
import { verdictOn } from './reason.js';
import { bestStatus, statusCodesIn } from './status-code.js';

const Address = z.looseObject({ emailAddress: z.string() });
const Failed = Address.extend({ status: z.string().default(''), diagnosticCode: z.string().default('') });
/** What Amazon SES tells of a mail. It is mailed where the topic of SNS has a mailbox as its subscriber. */
const Notification = z.union([
  z.looseObject({
    notificationType: z.literal('Bounce'),
    bounce: z.looseObject({ bounceType: z.string(), bouncedRecipients: z.array(Failed) }),
  }),
  z.looseObject({
    notificationType: z.literal('Complaint'),
    complaint: z.looseObject({ complainedRecipients: z.array(Address) }),
  }),
  z.looseObject({
    notificationType: z.literal('Delivery'),
    delivery: z.looseObject({ recipients: z.array(z.string()) }),
  }),
]);
type Notification = z.infer<typeof Notification>;
type Bounce = Extract<Notification, { notificationType: 'Bounce' }>['bounce'];

const Mail = z.looseObject({ mail: z.looseObject({ messageId: z.string() }) });

/** What a notification of Amazon SES that came by mail says; undefined if the mail is none. */
export function sesNotification(mail: InboundMail): Found | undefined {
  const told = objectIn(mail.text);
  const notification = Notification.safeParse(told).data;
  if (!notification) return undefined;
  const named = [Mail.safeParse(told).data?.mail.messageId];
  const evidence = [`Amazon SES notifies of a ${notification.notificationType.toLowerCase()}`];
  const common = { named, evidence, confidence: 0.95 };
  switch (notification.notificationType) {
    case 'Bounce':
      return { ...common, ...bounced(notification.bounce) };
    case 'Complaint':
      return {
        ...common,
        class: 'complaint',
        recipients: notification.complaint.complainedRecipients.map((one) => one.emailAddress),
      };
    case 'Delivery':
      return { ...common, class: 'delivered-dsn', recipients: notification.delivery.recipients };
  }
}

function bounced({
  bounceType,
  bouncedRecipients,
}: Bounce): Pick<Found, 'class' | 'recipients' | 'status' | 'reason' | 'words' | 'hard'> {
  const words = bouncedRecipients.map(({ diagnosticCode }) => diagnosticCode).filter((said) => said !== '');
  const status = bestStatus(
    [...bouncedRecipients.map((one) => one.status), ...words.flatMap(statusCodesIn)].filter((code) => code !== ''),
  );
  const verdict = verdictOn({ words, status });
  // "Permanent" alone is Amazon's word for an address that it sends to no more.
  const hard = verdict.hard || (verdict.by === 'nothing' && bounceType === 'Permanent');
  const reason = verdict.by === 'nothing' && hard ? 'no-mailbox' : verdict.reason;
  const recipients = bouncedRecipients.map((one) => one.emailAddress);
  return { class: hard ? 'hard-bounce' : 'soft-bounce', recipients, status, reason, words: words[0], hard };
}

/** The object in a mail's text, out of the envelope of SNS that may be around it. */
function objectIn(text: string): unknown {
  const start = text.indexOf('{');
  if (start < 0 || !/notificationType|eventType/.test(text)) return undefined;
  const [json = ''] = text.slice(start).split(/\n--\s*\n/, 1);
  const whole = json.slice(0, json.lastIndexOf('}') + 1);
  // Its lines are longer than SMTP allows, so that some server has broken them in the middle of a string.
  const told = parsed(whole) ?? parsed(whole.replaceAll(/\n ?/g, ''));
  const envelope = z.looseObject({ Message: z.string() }).safeParse(told).data;
  return withType(envelope ? parsed(envelope.Message) : told);
}

/** Event publishing has the same things under another name. */
function withType(told: unknown): unknown {
  const event = z.looseObject({ eventType: z.string() }).safeParse(told).data;
  return event ? { ...event, notificationType: event.eventType } : told;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
