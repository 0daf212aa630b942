import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../src/inbound/classify.js';
import { aMail, ourMail, part } from './inbound-mails.js';

function aComplaint(fields: readonly string[], original = part('message/rfc822', ourMail)) {
  const told = part('text/plain', 'This is an email abuse report for an email message received from IP 192.0.2.1.');
  const report = part('message/feedback-report', ['User-Agent: ExampleFBL/1.0', 'Version: 1', ...fields].join('\n'));
  const type = 'Content-Type: multipart/report; report-type=feedback-report; boundary="b"';
  const text = [told, report, original, '--b--'].join('\n');
  return aMail({ from: 'feedback@example.com', subject: 'FW: Our offer', text, headers: ['MIME-Version: 1.0', type] });
}

describe('feedback reports (RFC 5965)', () => {
  test.each([['abuse'], ['fraud'], ['virus'], ['other'], ['opt-out'], ['opt-out-list'], ['ABUSE']])(
    'of type %s are complaints',
    async (type) => {
      expect(await classifyMail(aComplaint([`Feedback-Type: ${type}`]))).toMatchObject({
        class: 'complaint',
        messageId: 'ours@rivulet.example',
        recipient: 'ada@example.com',
      });
    },
  );

  test.each([['auth-failure'], ['not-spam']])('of type %s are not', async (type) => {
    expect((await classifyMail(aComplaint([`Feedback-Type: ${type}`]))).class).toBe('other');
  });

  test('who complained is taken from the report before the mail inside, and all are named', async () => {
    const fields = ['Feedback-Type: abuse', 'Original-Rcpt-To: <bob@example.com>', 'Original-Rcpt-To: eve@example.com'];
    expect((await classifyMail(aComplaint(fields))).recipients).toEqual(['bob@example.com', 'eve@example.com']);
  });

  test('the envelope id is given back, for what names nobody', async () => {
    const told = await classifyMail(aComplaint(['Feedback-Type: abuse', 'Original-Envelope-Id: token-1']));
    expect(told.envelopeId).toBe('token-1');
  });

  test('the headers of our mail alone are enough to find it', async () => {
    const original = part('text/rfc822-headers', ourMail);
    expect((await classifyMail(aComplaint(['Feedback-Type: abuse'], original))).messageId).toBe('ours@rivulet.example');
  });

  test('one inside a report is not asked: the outer one decides', async () => {
    const original = part('message/rfc822', aComplaint(['Feedback-Type: not-spam']).toString());
    expect((await classifyMail(aComplaint(['Feedback-Type: abuse'], original))).class).toBe('complaint');
  });

  test('a report whose boundary is missing is read from the source', async () => {
    const raw = aComplaint(['Feedback-Type: abuse']).toString().replace('; boundary="b"', '');
    expect((await classifyMail(Buffer.from(raw))).class).toBe('complaint');
  });
});

describe("Hotmail's forwarded mails", () => {
  const inside = `X-HmXmrOriginalRecipient: ada@example.com\n${ourMail}`;
  const text = ['--b', 'Content-Type: message/rfc822', 'Content-Disposition: inline', '', inside, '--b--'].join('\n');
  const headers = ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b"'];

  test('are complaints of the reader that they name', async () => {
    const mail = aMail({ from: 'staff@hotmail.com', subject: 'complaint about message from 192.0.2.1', text, headers });
    expect(await classifyMail(mail)).toMatchObject({
      class: 'complaint',
      recipient: 'ada@example.com',
      messageId: 'ours@rivulet.example',
    });
  });

  test('are none when a person forwards one', async () => {
    expect((await classifyMail(aMail({ subject: 'Fwd: what is this?', text, headers }))).class).not.toBe('complaint');
  });
});

test('an abuse report that lost its part for programs is a complaint, one about authentication is not', async () => {
  const of = (about: string) =>
    aMail({
      from: 'abuse@example.com',
      subject: 'Report',
      text: `This is an email abuse report for a message ${about}\n\n----- Original message -----\n${ourMail}`,
    });
  expect((await classifyMail(of('received from IP 192.0.2.1.'))).class).toBe('complaint');
  expect((await classifyMail(of('that did not meet the authentication policy (DMARC).'))).class).toBe('other');
});
