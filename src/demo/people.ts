import type { ApiClient } from './api-client.js';
import { reactionsTo } from './behaviour.js';
import { chanceFrom } from './chance.js';
import type { ReadMail } from './mail-reader.js';
import type { Reaction } from './reaction.js';
import { readerPrograms } from './reader-programs.js';
import type { SendgridAccount } from './sendgrid-account.js';

/** Something a person, or a provider, will do at a moment of the played time. */
export type Act = { readonly at: Date; readonly perform: () => Promise<Response> };

export type People = {
  readonly seed: number;
  readonly url: string;
  readonly api: ApiClient;
  readonly sendgrid: SendgridAccount;
  readonly stageOf: (sequence: string) => string;
  readonly zoneOf: (address: string) => string;
};

/** How long a provider takes to deliver. */
const deliveryMs = 2000;

/** Everything that will come of a mail which arrived at `at`, told over HTTP as a mailbox or a provider would. */
export function actsOn(mail: ReadMail, earlierMails: number, at: Date, people: People): readonly Act[] {
  const { to: person, sequence, step, links, pixel } = mail;
  // A mail about a lead to one of ours, whom nobody plays.
  if (pixel === '') return [];
  const arrived = {
    person,
    sequence,
    step,
    stage: people.stageOf(sequence),
    links: links.length,
    at,
    timeZone: people.zoneOf(person),
    earlierMails,
  };
  const reactions = reactionsTo(arrived, people.seed);
  const acts = reactions.map((reaction): Act => {
    const when = new Date(at.getTime() + Math.max(deliveryMs, reaction.afterMs));
    return { at: when, perform: () => perform(reaction, mail, when, people) };
  });
  if (reactions.some(({ kind }) => kind === 'bounce')) return acts;
  const delivered = new Date(at.getTime() + deliveryMs);
  return [{ at: delivered, perform: () => report('delivered', mail, delivered, people) }, ...acts];
}

function perform(reaction: Reaction, mail: ReadMail, when: Date, people: People): Promise<Response> {
  switch (reaction.kind) {
    case 'open':
      // Providers know the privacy proxies' addresses and say so; a person's own program just fetches the picture.
      return reaction.machine
        ? report('open', mail, when, people, { sg_machine_open: true })
        : fetch(mail.pixel, { headers: programsOf(mail, people).mail });
    case 'click':
      return fetch(mail.links[reaction.link] ?? mail.pixel, {
        redirect: 'manual',
        headers: programsOf(mail, people).browser,
      });
    case 'reply': {
      const reply = {
        from: mail.to,
        to: `reply@${mail.messageId.split('@')[1]}`,
        subject: 'Re: your mail',
        text: reaction.text,
        inReplyTo: mail.messageId,
      };
      return people.sendgrid.postReply(`${people.url}/webhooks/sendgrid/inbound`, reply, when);
    }
    case 'bounce':
      return report('bounce', mail, when, people, reaction.hard ? deadMailbox : fullMailbox);
    case 'complain':
      return report('spamreport', mail, when, people);
    case 'unsubscribe':
      return fetch(mail.unsubscribe, {
        method: 'POST',
        body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
      });
    case 'convert':
      return people.api.post('/api/events', { type: 'converted', email: mail.to, about: 'booked a call' });
  }
}

/** What this person reads with, from mail to mail. */
function programsOf({ to }: ReadMail, { seed }: People) {
  return readerPrograms(chanceFrom(seed, to)('reads with'));
}

const deadMailbox = { type: 'bounce', status: '5.1.1', reason: '550 5.1.1 no such mailbox' };
const fullMailbox = { type: 'blocked', status: '4.2.2', reason: '452 4.2.2 mailbox full' };

function report(
  event: string,
  mail: ReadMail,
  when: Date,
  { url, sendgrid }: People,
  rest: object = {},
): Promise<Response> {
  const told = {
    email: mail.to,
    timestamp: Math.floor(when.getTime() / 1000),
    event,
    sg_event_id: `${event}-${mail.id}`,
    'smtp-id': `<${mail.messageId}>`,
    rivulet: mail.id,
  };
  return sendgrid.postEvents(`${url}/webhooks/sendgrid`, [{ ...told, ...rest }], when);
}
