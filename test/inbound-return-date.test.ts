import { describe, expect, test } from '@jest/globals';
import { returnDate } from '../src/inbound/return-date.js';

const monday = new Date('2026-03-02T09:30:00Z');

describe('a day back is that day', () => {
  test.each([
    ['I will be back on 9 March 2026.', '2026-03-09'],
    ['I will be back in the office on Monday, March 9th.', '2026-03-09'],
    ['Returning on March 9, 2026', '2026-03-09'],
    ['I return to the office on 9th of March', '2026-03-09'],
    ['Back on 2026-03-09', '2026-03-09'],
    ['I will be back on 09.03.2026', '2026-03-09'],
    ['I am available again from 9-Mar-26', '2026-03-09'],
    ['Ich bin wieder ab dem 9. März 2026 für Sie da.', '2026-03-09'],
    ['Ich bin am Montag, dem 9. März zurück; wieder erreichbar ab 9.3.2026', '2026-03-09'],
    ['Ab 09.03.26 bin ich wieder im Büro.', '2026-03-09'],
    ['Je serai de retour le lundi 9 mars 2026.', '2026-03-09'],
    ['À partir du 9 mars', '2026-03-09'],
    ['Vuelvo el 9 de marzo de 2026.', '2026-03-09'],
    ['Estaré de vuelta a partir del 9 de marzo', '2026-03-09'],
    ['Rientro il 9 marzo 2026.', '2026-03-09'],
    ['Regresso no dia 9 de março de 2026.', '2026-03-09'],
    ['Ik ben weer bereikbaar vanaf 9 maart 2026.', '2026-03-09'],
    ['Jag är tillbaka den 9 mars 2026.', '2026-03-09'],
    ['Jeg er tilbage den 9. marts 2026.', '2026-03-09'],
    ['Вернусь 9 марта 2026.', '2026-03-09'],
  ])('"%s"', (text, day) => {
    expect(returnDate(text, monday)).toEqual(new Date(day));
  });
});

describe('a last day away is the day before', () => {
  test.each([
    ['I am out of the office until 8 March.', '2026-03-09'],
    ['On leave through Sunday, March 8', '2026-03-09'],
    ['Ich bin bis zum 8. März nicht im Büro.', '2026-03-09'],
    ['Ich bin vom 2.3. bis einschließlich 8.3.2026 im Urlaub.', '2026-03-09'],
    ["Je suis absent jusqu'au 8 mars.", '2026-03-09'],
    ['Estoy de vacaciones hasta el 8 de marzo.', '2026-03-09'],
    ['Sono in ferie fino all’8 marzo.', '2026-03-09'],
    ['Sono in ferie fino al 8 marzo.', '2026-03-09'],
    ['Estou de férias até 8 de março.', '2026-03-09'],
    ['Ik ben afwezig t/m 8 maart.', '2026-03-09'],
    ['Jag är borta t.o.m. 8 mars.', '2026-03-09'],
    ['Jeg har ferie til og med 8. mars.', '2026-03-09'],
    ['Jestem na urlopie do 8 marca.', '2026-03-09'],
    ['Я в отпуске до 8 марта.', '2026-03-09'],
    ['3月8日まで休暇をいただきます。', '2026-03-09'],
    ['我休假至2026年3月8日。', '2026-03-09'],
  ])('"%s"', (text, day) => {
    expect(returnDate(text, monday)).toEqual(new Date(day));
  });
});

describe('what is written is set against the day of the mail', () => {
  test('a day without a year is the next such day', () => {
    expect(returnDate('back on 5 January', new Date('2026-12-28T10:00:00Z'))).toEqual(new Date('2027-01-05'));
  });

  test('the day back is taken before the last day away', () => {
    expect(returnDate('Away until 6 March, back on 9 March', monday)).toEqual(new Date('2026-03-09'));
  });

  test('of two readings with strokes the nearer day to come counts', () => {
    expect(returnDate('back on 3/9/2026', monday)).toEqual(new Date('2026-03-09'));
    expect(returnDate('back on 9/3/2026', monday)).toEqual(new Date('2026-03-09'));
    expect(returnDate('back on 25/3/2026', monday)).toEqual(new Date('2026-03-25'));
  });

  test.each([
    ['I was back on 1 March 2026.'],
    ['I am back on 9 March 2031.'],
    ['back on 31 February 2026'],
    ['back on Monday'],
    ['Call me on 9 March 2026.'],
    ['back on 99.99.2026'],
    ['The meeting runs until 10:30.'],
    [''],
  ])('"%s" names none', (text) => {
    expect(returnDate(text, monday)).toBeUndefined();
  });

  test('without the day of the mail there is none', () => {
    expect(returnDate('back on 9 March 2026', undefined)).toBeUndefined();
  });
});
