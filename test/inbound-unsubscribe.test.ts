import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../src/inbound/classify.js';
import { aMail, anAnswer, seen } from './inbound-mails.js';

const wishes = [
  'Unsubscribe',
  'unsubscribe me please',
  'Please remove me from your mailing list!',
  'STOP',
  'Bitte abmelden',
  'Newsletter abbestellen',
  'Désinscription',
  'Merci de me désabonner',
  'Baja',
  'Quiero darme de baja',
  'Disiscrivimi',
  'Cancellami dalla lista',
  'Descadastrar',
  'Quero sair da lista',
  'Afmelden',
  'Uitschrijven aub',
  'Avregistrera mig',
  'Frameld mig',
  'Meld meg av',
  'Peruuta tilaus',
  'Proszę mnie wypisać',
  'Odhlásit z odběru',
  'Leiratkozás',
  'Dezabonare',
  'Отписаться',
  'Відписатися',
  'Abonelikten çık',
  'Κατάργηση εγγραφής',
  '配信停止',
  '退订',
  '取消訂閱',
  '수신거부',
] as const;

describe('whose whole wish it is to leave', () => {
  test.each(wishes)('"%s" as the subject', async (subject) => {
    expect(await seen(aMail({ subject, text: '' }))).toMatchObject({ class: 'unsubscribe-request' });
  });

  test.each(wishes)('"%s" as the first line of an answer', async (line) => {
    const text = `${line}\n\nOn Mon, 2 Mar 2026, Rivulet wrote:\n> Our offer`;
    expect(await seen(anAnswer({ text }))).toMatchObject({ class: 'unsubscribe-request' });
  });

  test('a name and a thank you may follow', async () => {
    expect(await seen(anAnswer({ text: 'Please unsubscribe me.\n\nThank you,\nAda Byron' }))).toMatchObject({
      class: 'unsubscribe-request',
    });
  });

  test('Apple Mail writes it for its reader, in the form of an automatic reply', async () => {
    const headers = ['Auto-Submitted: auto-replied', 'X-Apple-Unsubscribe: true'];
    const told = await classifyMail(aMail({ subject: 'Unsubscribe', text: '', headers }));
    expect(told).toMatchObject({ class: 'unsubscribe-request', recipient: 'ada@example.com' });
  });

  test.each([
    ['unsubscribe@rivulet.example'],
    ['unsubscribe+token@rivulet.example'],
    ['news-unsubscribe@rivulet.example'],
    ['unsub+token@rivulet.example'],
  ])('it went to %s', async (address) => {
    const mail = aMail({ subject: '', text: '', headers: [`Delivered-To: ${address}`] });
    expect(await seen(mail)).toMatchObject({ class: 'unsubscribe-request' });
  });
});

describe('who only speaks of it writes a reply', () => {
  test.each([
    ['Yes, please send it.\n\n> To unsubscribe, click here.\n> unsubscribe'],
    ['Yes, please send it.\n\nOn Mon, Rivulet wrote:\nunsubscribe'],
    ['Yes, please send it.\n\n-----Original Message-----\nFrom: Rivulet\nSent: Monday\nTo: Ada\nUnsubscribe'],
    ['I do not want to unsubscribe, but please write less often.'],
    ['How do I unsubscribe my colleague? He left us in March and his mailbox is closed.'],
    [`Unsubscribe\n\n${'I am joking. Let us talk about the offer, which I like very much. '.repeat(6)}`],
    ['Stop by when you are in town.'],
    ['Yes\n-- \nAda\nUnsubscribe: https://example.com'],
  ])('%j', async (text) => {
    expect(await seen(anAnswer({ text }))).toMatchObject({ class: 'reply' });
  });

  test('an answer to a mail of ours with such a subject', async () => {
    expect(await seen(anAnswer({ subject: 'Re: Stop', text: 'What do you mean?' }))).toMatchObject({ class: 'reply' });
  });
});
