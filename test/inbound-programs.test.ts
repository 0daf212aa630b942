import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../src/inbound/classify.js';
import { aMail, anAnswer, aReport, seen } from './inbound-mails.js';

/** Who sends it, its subject, its text, and headers that it has. */
type Case = readonly [what: string, from: string, subject: string, text: string, headers?: readonly string[]];

const answers = 'In-Reply-To: <ours@rivulet.example>';
const automatic: readonly Case[] = [
  [
    'Exchange',
    'Ada <ada@example.com>',
    'Automatic reply: News',
    'I am back on Monday.',
    ['Auto-Submitted: auto-generated', 'X-Auto-Response-Suppress: All', answers],
  ],
  [
    'Exchange, German',
    'ada@example.com',
    'Automatische Antwort: Neues',
    'Ich bin nicht im Büro.',
    ['X-MS-Exchange-Inbox-Rules-Loop: ada@example.com'],
  ],
  [
    'Gmail',
    'Ada <ada@gmail.example>',
    'Out of office Re: News',
    'I am away.',
    ['Precedence: bulk', 'X-Autoreply: yes', 'Auto-Submitted: auto-replied', answers],
  ],
  ['Dovecot', 'ada@example.com', 'Auto: News', 'Away.', ['Auto-Submitted: auto-replied (vacation)']],
  ['cPanel', 'ada@example.com', 'Autoreply: News', 'Thank you.', ['X-Autorespond: News']],
  [
    'Lotus Notes',
    'ada@example.com',
    'Ada Byron is out of the office (returning 03/09/2026)',
    'I will be out of the office.',
  ],
  [
    'GroupWise',
    'ada@example.com',
    'News (Out of Office)',
    'I am out of the office until Monday.',
    ['Auto-Submitted: auto-replied'],
  ],
  ['qmail', 'ada@example.com', 'Re: News', 'I am on vacation.', ['Return-Path: <>']],
  [
    'Zendesk',
    'Support <support@shop.zendesk.example>',
    '[Request received] News',
    'Your request (#1234) has been received and is being reviewed by our support staff.',
    ['Auto-Submitted: auto-generated', 'X-Auto-Response-Suppress: All', answers],
  ],
  [
    'Freshdesk',
    'Support <support@shop.example>',
    'Ticket Received - News',
    'We have received your request and a ticket has been created with the number 12.',
    ['Auto-Submitted: auto-replied'],
  ],
  [
    'Jira',
    'Help <jira@shop.example>',
    'HELP-12 News',
    "Just confirming that we got your request. We're on it.",
    ['Auto-Submitted: auto-generated', answers],
  ],
  [
    'OTRS',
    'Helpdesk <help@shop.example>',
    '[Ticket#2026030212] RE: News',
    'Your email has been received and ticket 2026030212 was created.',
    ['Precedence: bulk', 'Auto-Submitted: auto-replied'],
  ],
  [
    'RT',
    'Support <rt@shop.example>',
    '[shop #12] AutoReply: News',
    'This message has been automatically generated in response to the creation of a trouble ticket.',
    ['Auto-Submitted: auto-replied', 'RT-Ticket: shop #12'],
  ],
  [
    'Zammad',
    'Support <help@shop.example>',
    'RE: News [Ticket#12]',
    'Your request (Ticket#12) has been received.',
    ['Auto-Submitted: auto-replied', 'Precedence: bulk'],
  ],
  [
    'HubSpot',
    'Shop <hello@shop.example>',
    'We have received your message',
    'Thank you for contacting us. We will get back to you within two working days.',
    ['X-Auto-Response-Suppress: All'],
  ],
  ['a form', 'info@shop.example', 'Eingangsbestätigung', 'Ihre Nachricht ist bei uns eingegangen.'],
  [
    'Spam Arrest',
    'Ada <ada@example.com>',
    'Re: News (verification required)',
    'Your message is being held because you are an unknown sender. Please click the link below to verify that you are a person: https://arrest.example/v',
  ],
  [
    'Boxbe',
    'ada@example.com',
    'News (Action Required)',
    'Your message has not yet been delivered: it is not on the guest list of ada@example.com. Click here to be approved: https://boxbe.example',
  ],
];

const others: readonly Case[] = [
  [
    'a DMARC report',
    'noreply-dmarc-support@google.com',
    'Report domain: rivulet.example Submitter: google.com Report-ID: 12',
    '',
  ],
  [
    'a TLS report',
    'noreply-smtp-tls-reporting@google.com',
    'Report Domain: rivulet.example Submitter: google.com Report-ID: <12>',
    '',
    ['TLS-Report-Domain: rivulet.example'],
  ],
  [
    'a newsletter',
    'Shop <news@shop.example>',
    'Spring sale',
    'Everything must go.',
    ['List-Unsubscribe: <https://shop.example/u>'],
  ],
  [
    'GitHub',
    'Ada <notifications@github.com>',
    'Re: [rivulet] Delivery fails (#12)',
    'This could not be delivered.',
    ['X-GitHub-Reason: mention', 'List-Id: x <x.github.com>', 'Precedence: list', answers],
  ],
  [
    'Discourse',
    'Forum <forum@example.com>',
    '[Forum] Summary',
    'New topics.',
    ['List-Id: <forum.example.com>', 'Auto-Submitted: auto-generated'],
  ],
  ['a monitor', 'no-reply@monitor.example', 'Site is up', 'All is well.'],
  ['cron', 'Cron Daemon <root@mx.example.net>', 'Cron <root@mx> backup', 'done', ['Auto-Submitted: auto-generated']],
  [
    'Mailman',
    'list-bounces@lists.example.org',
    'Welcome to the list',
    'You are now a member.',
    ['List-Id: <list.lists.example.org>', 'Precedence: bulk'],
  ],
];

const people: readonly Case[] = [
  [
    'says that he is out of the office',
    'Ada <ada@example.com>',
    'Re: News',
    'I am out of the office tomorrow, can we talk on Friday?',
    [answers],
  ],
  [
    'asks about a bounce',
    'Ada <ada@example.com>',
    'Your mail',
    'Hi, I tried to answer, but got "550 5.1.1 User unknown" back. Which address is right?',
  ],
  [
    'tells his new address',
    'Ada <ada@example.com>',
    'New address',
    'Please note that I have changed my e-mail address to ada@example.org.',
  ],
  [
    'quotes a failure',
    'Ada <ada@example.com>',
    'RE: Delivery Status Notification (Failure)',
    'What does this mean?\n\n> The following message to <bob@example.com> was undeliverable.',
    [answers],
  ],
  [
    'pastes a failure without having been asked',
    'Ada <ada@example.com>',
    'Delivery has failed',
    'Hello, your form told me: error 550 5.7.1, could not be delivered. Can you help?',
  ],
  [
    'administers systems',
    'Sysadmin <sysadmin@example.com>',
    'Our order',
    'Hello, an error occurred while paying, and the page returned nothing. Ada',
  ],
  [
    'works for a post office',
    'Mail Service Ltd <ada@mailservice.example>',
    'Offer',
    'Thank you, your offer could not be better. The sample was returned to you.',
  ],
  [
    'rents bounce houses',
    'Bounce House Rentals <ada@bouncehouse.example>',
    'Price',
    'Hello, your mail says free, but the page has an error. What is the price?',
  ],
  [
    'is on a gateway that asks for no automatic answers',
    'Ada <ada@example.com>',
    'Question',
    'Thank you for your message. How long is it valid?',
    ['X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply', 'Precedence: bulk'],
  ],
  ['accepts an invitation', 'Ada <ada@example.com>', 'Accepted: Demo', 'See you then.', [answers]],
  [
    'declines in German',
    'Ada <ada@example.com>',
    'AW: Neues',
    'Leider konnte ich Ihre Nachricht nicht lesen, sie war unzustellbar. Bitte erneut.',
    [answers],
  ],
  [
    'tells of a late parcel in French',
    'Ada <ada@example.com>',
    'Retard de livraison',
    "Bonjour, mon colis est en retard et n'a pas pu être remis.",
  ],
  [
    'tells of a late parcel in Spanish',
    'Ada <ada@example.com>',
    'Error de entrega',
    'Hola, el pedido está retrasado y no se pudo entregar.',
  ],
  ['tells of a late parcel in Chinese', 'Ada <ada@example.com>', '无法投递', '你好，我的包裹无法送达，请退回。'],
  [
    'is the postmaster, and asks',
    'Postmaster <postmaster@example.com>',
    'Your bounces',
    'Hello, we cannot reach your abuse desk. Please call us.',
  ],
  [
    'forwards a bounce as text',
    'Ada <ada@example.com>',
    'FW: Undeliverable: News',
    'See below.\n\n-----Original Message-----\nFrom: Mail Delivery System\n\n<bob@example.com>: 550 5.1.1 User unknown',
    [],
  ],
];

const mailOf = ([, from, subject, text, headers = []]: Case) => aMail({ from, subject, text, headers });

describe('an automatic reply comes from', () => {
  test.each(automatic)('%s', async (...one) => {
    expect(await seen(mailOf(one))).toMatchObject({ class: 'auto-reply' });
  });
});

describe('nobody has to answer', () => {
  test.each(others)('%s', async (...one) => {
    expect(await seen(mailOf(one))).toMatchObject({ class: 'other' });
  });
});

describe('a person is heard who', () => {
  test.each(people)('%s', async (...one) => {
    expect(await seen(mailOf(one))).toMatchObject({ class: 'reply' });
  });

  test.each(people)('%s, behind a gateway that marks and warns', async (...one) => {
    const [what, from, subject, text, headers] = one;
    const warned = `[CAUTION] This message came from outside.\n\n${text}\n\n--\nThis e-mail is confidential.`;
    expect(await seen(mailOf([what, from, `[EXTERNAL] ${subject}`, warned, headers ?? []]))).toMatchObject({
      class: 'reply',
    });
  });
});

describe('a bounce address that names its reader (VERP)', () => {
  test('tells whom a report is about that names nobody', async () => {
    const raw = aReport('Your message could not be delivered: the mailbox is full.').toString();
    const mail = Buffer.from(raw.replace('To: news@', 'To: bounce+ada=example.com@'));
    expect(await classifyMail(mail)).toMatchObject({ class: 'soft-bounce', recipients: ['ada@example.com'] });
  });
});

test('an answer to a report is an answer', async () => {
  expect(await seen(anAnswer({ subject: 'Re: Undelivered mail', text: 'Please try again.' }))).toMatchObject({
    class: 'reply',
  });
});
