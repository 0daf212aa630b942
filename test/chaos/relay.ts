import { buffer } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';

/**
 * What a transport does that takes every network error for "not sent" and tries again: a relay before the real server.
 * Only the server's own no is passed on.
 */
export async function startRelay(url: string): Promise<string> {
  const transport = createTransport(url);
  const deliver = async (envelope: { from: string; to: string[] }, raw: Buffer): Promise<void> => {
    for (;;) {
      try {
        await transport.sendMail({ envelope, raw });
        return;
      } catch (error) {
        if (error instanceof Error && 'responseCode' in error) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
      const from = mailFrom ? mailFrom.address : '';
      const passOn = async (): Promise<void> => {
        try {
          await deliver({ from, to: rcptTo.map(({ address }) => address) }, await buffer(stream));
          done();
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
        }
      };
      void passOn();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  if (!address || typeof address === 'string') throw new Error('the relay has no port');
  return `smtp://127.0.0.1:${address.port}`;
}
