import { generateKeyPairSync, sign } from 'node:crypto';

/** A mail provider's side of its webhooks: signs like SendGrid does, with a key pair made for this run. */
export function openSendgridAccount() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const call = async (url: string, body: Buffer, contentType: string, at: Date): Promise<Response> => {
    const timestamp = String(Math.floor(at.getTime() / 1000));
    const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), privateKey).toString('base64');
    return fetch(url, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: {
        'Content-Type': contentType,
        'X-Twilio-Email-Event-Webhook-Signature': signature,
        'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
      },
    });
  };

  return {
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    /** Posts a batch of events, each with its own time. */
    postEvents: (url: string, events: readonly object[], at: Date): Promise<Response> =>
      call(url, Buffer.from(`${JSON.stringify(events)}\r\n`), 'application/json', at),
    /** Posts a mail that came in, as Inbound Parse does. */
    postReply: async (
      url: string,
      reply: { from: string; to: string; subject: string; text: string; inReplyTo: string },
      at: Date,
    ): Promise<Response> => {
      const { from, to, subject, text, inReplyTo } = reply;
      const form = new FormData();
      const headers = [
        `From: ${from}`,
        `To: ${to}`,
        `Subject: ${subject}`,
        `In-Reply-To: <${inReplyTo}>`,
        `Message-ID: <reply-to-${inReplyTo}>`,
      ];
      const fields = {
        headers: `${headers.join('\n')}\n`,
        from,
        to,
        subject,
        text,
        envelope: JSON.stringify({ to: [to], from }),
        charsets: JSON.stringify({ text: 'UTF-8' }),
      };
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      const encoded = new Response(form);
      return call(url, Buffer.from(await encoded.arrayBuffer()), encoded.headers.get('content-type') ?? '', at);
    },
  };
}
export type SendgridAccount = ReturnType<typeof openSendgridAccount>;
