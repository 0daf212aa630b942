import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../src/inbound/classify.js';
import { aMail, anAnswer, seen } from './inbound-mails.js';

describe('subjects of automatic replies', () => {
  test.each([
    ['Automatic reply: Our offer'],
    ['Auto-Reply: Our offer'],
    ['AutoReply: Our offer'],
    ['Auto: Our offer'],
    ['Auto response'],
    ['Out of Office: Our offer'],
    ['Out of Office AutoReply: Our offer'],
    ['Out-of-office reply'],
    ['OOO: back on Monday'],
    ['[EXTERNAL] Automatic reply: Our offer'],
    ['[Automatic reply] Our offer'],
    ['Ada Byron is out of the office (returning 03/05/2026)'],
    ['Automatische Antwort: Unser Angebot'],
    ['Abwesenheitsnotiz: Unser Angebot'],
    ['Ada Byron ist außer Haus.'],
    ['Eingangsbestätigung'],
    ['Réponse automatique : Notre offre'],
    ["Message d'absence"],
    ['Accusé de réception'],
    ['Respuesta automática: Nuestra oferta'],
    ['Fuera de la oficina'],
    ['Risposta automatica: La nostra offerta'],
    ['Fuori sede'],
    ['Resposta automática: A nossa oferta'],
    ['Fora do escritório'],
    ['Automatisch antwoord: Ons aanbod'],
    ['Afwezigheidsassistent: Ons aanbod'],
    ['Autosvar: Vårt erbjudande'],
    ['Automatiskt svar: Vårt erbjudande'],
    ['Automatisk svar: Vores tilbud'],
    ['Automaattinen vastaus: Tarjouksemme'],
    ['Automatyczna odpowiedź: Nasza oferta'],
    ['Odpowiedź automatyczna: Nasza oferta'],
    ['Automatická odpověď: Naše nabídka'],
    ['Automatická odpoveď: Naša ponuka'],
    ['Automatikus válasz: Ajánlatunk'],
    ['Răspuns automat: Oferta noastră'],
    ['Автоматичен отговор: Нашата оферта'],
    ['Automatski odgovor: Naša ponuda'],
    ['Samodejni odgovor: Naša ponudba'],
    ['Automātiskā atbilde: Mūsu piedāvājums'],
    ['Automatinis atsakymas: Mūsų pasiūlymas'],
    ['Automaatvastus: Meie pakkumine'],
    ['Автоматический ответ: Наше предложение'],
    ['Автоответ: Наше предложение'],
    ['Автоматична відповідь: Наша пропозиція'],
    ['Αυτόματη απάντηση: Η προσφορά μας'],
    ['Otomatik yanıt: Teklifimiz'],
    ['תשובה אוטומטית: ההצעה שלנו'],
    ['رد تلقائي: عرضنا'],
    ['自動応答: 私たちの提案'],
    ['自動返信: 私たちの提案'],
    ['自动答复: 我们的报价'],
    ['自动回复：我们的报价'],
    ['自動回覆: 我們的報價'],
    ['자동 회신: 우리의 제안'],
    ['Trả lời tự động: Ưu đãi'],
    ['Balasan otomatis: Penawaran kami'],
    ['Resposta automàtica: La nostra oferta'],
    ['=?utf-8?B?QXV0b21hdGlza2EgYXRiaWxkZQ==?='],
  ])('"%s" is one', async (subject) => {
    expect(await seen(aMail({ subject, text: 'Lorem ipsum.' }))).toMatchObject({ class: 'auto-reply' });
  });

  test.each([
    ['Re: Automatic reply: Our offer'],
    ['AW: Abwesenheitsnotiz'],
    ['Absence makes the heart grow fonder'],
    ['Automatic replying machines'],
    ['Autonomy'],
    ['About your out of office reply'],
    ['Ferienhaus'],
    ['Urlaub: Anfrage für August'],
    ['I am away next week, can we talk today?'],
    ['Thank you for your message'],
  ])('"%s" alone is not', async (subject) => {
    expect(await seen(aMail({ subject, text: 'Could you call me tomorrow?' }))).toMatchObject({ class: 'reply' });
  });
});

describe('headers of automatic replies', () => {
  test.each([
    ['Auto-Submitted: auto-replied'],
    ['Auto-Submitted: auto-replied (vacation)'],
    ['Auto-Submitted: Auto-Replied; owner-email="ada@example.com"'],
    ['X-Autoreply: yes'],
    ['X-Autorespond: Our offer'],
    ['X-Autoresponder: 1'],
    ['X-Mail-Autoreply: 1'],
    ['X-FC-MachineGenerated: true'],
    ['X-POST-MessageClass: 9; Autoresponder'],
    ['Precedence: auto_reply'],
    ['Preference: auto-reply'],
    ['X-MS-Exchange-Inbox-Rules-Loop: ada@example.com'],
    ['X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent'],
    ['Return-Path: <>'],
  ])('"%s" is enough', async (header) => {
    expect(await seen(aMail({ text: 'Lorem ipsum.', headers: [header] }))).toMatchObject({ class: 'auto-reply' });
  });

  test.each([
    ['Auto-Submitted: no'],
    ['X-Autoreply:'],
    ['X-Autoreply: no'],
    ['Precedence: bulk'],
    ['Precedence: list'],
    ['X-Auto-Response-Suppress: All'],
    ['Auto-Submitted:'],
  ])('"%s" is not', async (header) => {
    expect(await seen(anAnswer({ text: 'Yes, please.', headers: [header] }))).toMatchObject({ class: 'reply' });
  });

  test('auto-generated is an answer when it answers, and a notification when not', async () => {
    const headers = ['Auto-Submitted: auto-generated'];
    expect((await classifyMail(anAnswer({ headers }))).class).toBe('auto-reply');
    expect((await classifyMail(aMail({ subject: 'Your invoice', headers }))).class).toBe('other');
  });
});

describe('words of automatic replies count with a second sign', () => {
  const texts = [
    ['I am out of the office until Monday.'],
    ['I will be on annual leave until 9 March.'],
    ['This is an automated response.'],
    ['Thank you for your message. We will get back to you within 2 business days.'],
    ['Your email has been received and a ticket has been opened.'],
    ['Ich bin bis 9. März nicht im Büro.'],
    ['Vielen Dank für Ihre Nachricht. Wir werden sie schnellstmöglich bearbeiten.'],
    ["Je suis absent jusqu'au 9 mars."],
    ['Estaré fuera de la oficina hasta el 9 de marzo.'],
    ['Sono in ferie fino al 9 marzo.'],
    ['Estou de férias até 9 de março.'],
    ['Ik ben afwezig t/m 9 maart.'],
    ['Jag är på semester till 9 mars.'],
    ['Olen lomalla 9.3. saakka.'],
    ['Jestem na urlopie do 9 marca.'],
    ['Я в отпуске до 9 марта.'],
    ['休暇をいただいております。'],
    ['我正在休假中。'],
  ] as const;

  test.each(texts)('"%s" from nobody is one', async (text) => {
    expect(await seen(aMail({ from: 'noreply@example.com', text }))).toMatchObject({ class: 'auto-reply' });
  });

  test.each(texts)('"%s" from a person is none', async (text) => {
    expect(await seen(anAnswer({ text }))).toMatchObject({ class: 'reply' });
  });

  test('in a thread they never count, for unsure means reply', async () => {
    const headers = ['Precedence: bulk', 'X-Auto-Response-Suppress: All'];
    expect(await seen(anAnswer({ text: 'I am out of the office until Monday, but yes!', headers }))).toMatchObject({
      class: 'reply',
    });
  });

  test('a subject of absence is such a sign', async () => {
    expect(await seen(aMail({ subject: 'Abwesend', text: 'Ich bin im Urlaub.' }))).toMatchObject({
      class: 'auto-reply',
    });
  });
});

describe('filters that hold strangers’ mails', () => {
  test('ask for a proof, and are automatic replies', async () => {
    const text =
      'To control spam, I now allow mail only from senders I have approved beforehand.\n\nClick the link below to fill out the request form.';
    expect(await seen(aMail({ subject: 'Re: Our offer', text }))).toMatchObject({ class: 'auto-reply' });
  });

  test('a person may hold, ask and click as well', async () => {
    const text = 'Your message is waiting on my desk. Please confirm the date; the link below is broken.';
    expect(await seen(anAnswer({ text }))).toMatchObject({ class: 'reply' });
  });
});

test('an automatic reply on a list is one', async () => {
  const mail = aMail({ subject: 'Out of Office: Our offer', headers: ['List-Id: <sales.example.com>'] });
  expect((await classifyMail(mail)).class).toBe('auto-reply');
});

describe('the day of return', () => {
  test('is told with an automatic reply', async () => {
    const mail = aMail({ subject: 'Automatic reply: Our offer', text: 'I am back on 9 March 2026.' });
    expect((await classifyMail(mail)).returnsAt).toEqual(new Date('2026-03-09'));
  });

  test('is not told with a person’s answer', async () => {
    expect(await classifyMail(anAnswer({ text: 'I am back on 9 March 2026.' }))).not.toHaveProperty('returnsAt');
  });
});
