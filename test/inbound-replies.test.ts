import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../src/inbound/classify.js';
import { newText } from '../src/inbound/new-text.js';
import { aMail, anAnswer, seen } from './inbound-mails.js';

test('a reply tells who wrote it, what, when, and which mails it answers, the likeliest first', async () => {
  const headers = ['Delivered-To: reply+token@rivulet.example', 'Cc: Bob <bob@example.com>'];
  expect(await classifyMail(anAnswer({ text: 'Yes, please!\n\n> Our offer', headers }))).toEqual({
    class: 'reply',
    recipient: 'ada@example.com',
    recipients: ['ada@example.com'],
    from: 'ada@example.com',
    messageId: 'ours@rivulet.example',
    messageIds: ['ours@rivulet.example', 'before@rivulet.example'],
    ownId: 'theirs@example.com',
    to: ['reply+token@rivulet.example', 'news@rivulet.example', 'bob@example.com'],
    subject: 'Re: Our offer',
    text: 'Yes, please!',
    at: new Date('2026-03-02T09:30:00Z'),
    hard: false,
    confidence: 0.9,
    evidence: ['it answers a mail', 'nothing tells of a program'],
  });
});

describe('a person is whoever shows no sign of a machine', () => {
  test.each([
    ['without any mark of an answer', aMail({ text: 'When do you open?' })],
    [
      'on a list',
      anAnswer({
        headers: ['List-Id: <friends.example.com>', 'Precedence: list', 'List-Unsubscribe: <mailto:x@example.com>'],
      }),
    ],
    [
      'behind a gateway that marks everything',
      anAnswer({ headers: ['X-Auto-Response-Suppress: All', 'Precedence: bulk'] }),
    ],
    ['with an empty subject', aMail({ subject: '', text: 'Call me' })],
    ['who answers an automatic reply', anAnswer({ subject: 'AW: Automatische Antwort: Angebot' })],
    ['in HTML alone', anAnswer({ text: '<p>Yes</p>', headers: ['Content-Type: text/html'] })],
  ])('%s', async (_, mail) => {
    expect(await seen(mail)).toMatchObject({ class: 'reply' });
  });

  test('an answer is surer than a first mail', async () => {
    const answer = await classifyMail(anAnswer());
    const first = await classifyMail(aMail({}));
    expect(answer.confidence).toBeGreaterThan(first.confidence);
  });
});

describe('mail that nobody wrote to us', () => {
  test.each([
    ['a newsletter', aMail({ headers: ['List-Unsubscribe: <https://example.com/u>'] })],
    ['a first mail on a list', aMail({ headers: ['List-Id: <news.example.com>'] })],
    ['a notification', aMail({ subject: 'Your invoice', headers: ['Auto-Submitted: auto-generated'] })],
    ['a tracker that answers itself', anAnswer({ subject: '[jira] Created', headers: ['X-JIRA-FingerPrint: abc'] })],
    ['a DMARC report', aMail({ subject: 'Report Domain: rivulet.example Submitter: example.com Report-ID: <1>' })],
    ['a report on TLS', aMail({ subject: 'Report', headers: ['TLS-Report-Domain: rivulet.example'] })],
    ['a cron job', aMail({ from: 'root@host.example.com', headers: ['Return-Path: <root@host.example.com>'] })],
    ['an old receipt', aMail({ subject: 'Read: Our offer', text: 'Your message was read on Monday.' })],
  ])('%s is other', async (_, mail) => {
    expect(await seen(mail)).toMatchObject({ class: 'other' });
  });

  test('a DMARC report that is an attachment alone is told by its name', async () => {
    const headers = [
      'Content-Type: application/zip; name="google.com!rivulet.example!1772409600!1772495999.zip"',
      'Content-Disposition: attachment; filename="google.com!rivulet.example!1772409600!1772495999.zip"',
    ];
    expect(await seen(aMail({ subject: 'Daily', text: 'UEsDBA==', headers }))).toMatchObject({ class: 'other' });
  });
});

describe('what was written anew ends', () => {
  test.each([
    ['On Mon, Mar 2, 2026 at 9:30 AM Rivulet <news@rivulet.example> wrote:'],
    ['On Mon, Mar 2, 2026 at 9:30 AM Rivulet\n<news@rivulet.example> wrote:'],
    ['Am 02.03.2026 um 09:30 schrieb Rivulet:'],
    ['Le lun. 2 mars 2026 à 09:30, Rivulet a écrit :'],
    ['El lun, 2 mar 2026 a las 9:30, Rivulet escribió:'],
    ['Il giorno lun 2 mar 2026 alle ore 09:30 Rivulet ha scritto:'],
    ['Em seg., 2 de mar. de 2026 às 09:30, Rivulet escreveu:'],
    ['Op ma 2 mrt. 2026 om 09:30 schreef Rivulet:'],
    ['Den mån 2 mars 2026 kl 09:30 skrev Rivulet:'],
    ['ma 2. maalisk. 2026 klo 9.30 Rivulet kirjoitti:'],
    ['pon., 2 mar 2026 o 09:30 Rivulet napisał(a):'],
    ['Dne 2. 3. 2026 v 9:30 Rivulet napsal(a):'],
    ['2 марта 2026 г., 9:30 пользователь Rivulet написал:'],
    ['Rivulet, 2 Mar 2026 Pzt, 09:30 tarihinde şunu yazdı:'],
    ['Στις Δευ 2 Μαρ 2026, Rivulet έγραψε:'],
    ['Rivulet 于2026年3月2日周一 写道：'],
    ['2026년 3월 2일 (월), Rivulet님이 작성:'],
    ['-----Original Message-----'],
    ['-----Ursprüngliche Nachricht-----'],
    ["-----Message d'origine-----"],
    ['----- Mensaje original -----'],
    ['________________________________'],
    ['From: Rivulet <news@rivulet.example>\nSent: Monday\nTo: Ada\nSubject: Our offer'],
    ['Von: Rivulet\nGesendet: Montag\nAn: Ada\nBetreff: Angebot'],
    ['De : Rivulet\nEnvoyé : lundi\nÀ : Ada\nObjet : Offre'],
    ['De: Rivulet\nEnviado el: lunes\nPara: Ada\nAsunto: Oferta'],
    ['Da: Rivulet\nInviato: lunedì\nA: Ada\nOggetto: Offerta'],
    ['Van: Rivulet\nVerzonden: maandag\nAan: Ada\nOnderwerp: Aanbod'],
    ['发件人: Rivulet\n发送时间: 2026\n收件人: Ada\n主题: 报价'],
    ['差出人: Rivulet\n送信日時: 2026\n宛先: Ada\n件名: 提案'],
    ['-- \nAda Byron'],
    ['Sent from my iPhone'],
    ['Von meinem iPhone gesendet'],
    ['Envoyé de mon iPhone'],
  ])('at %j', (end) => {
    expect(newText(`Yes, please!\nSee you.\n\n${end}\nOur offer`).replace(/\nOur offer$/, '')).toBe(
      'Yes, please!\nSee you.',
    );
  });

  test.each([
    ['I wrote a letter to my aunt.'],
    ['From: here to there is a long way'],
    ['On Monday she wrote: nothing of it is true'],
    ['It costs --- 5 euros'],
  ])('not at %j', (line) => {
    expect(newText(`${line}\nBye`)).toBe(`${line}\nBye`);
  });

  test('who answers between quoted lines is heard', () => {
    expect(newText('> Do you come?\nYes.\n> When?\nTomorrow.')).toBe('Yes.\nTomorrow.');
  });

  test('who answers below the quotation is heard', () => {
    expect(newText('On Mon, Rivulet wrote:\n> Do you come?\n\nYes.')).toBe('Yes.');
  });
});
