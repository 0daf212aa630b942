import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import type { Db } from 'mongodb';
import { createTransport } from 'nodemailer';
import { type Mail, messageIdOf } from '../../src/message/mail.js';

/** A way of sending that is measured. `ready` is not timed; `send` is, and resolves when every mail was answered for. */
export type Sender = {
  readonly name: string;
  readonly ready: (mails: readonly Mail[]) => Promise<{ readonly send: () => Promise<void> }>;
  readonly stop: () => Promise<void>;
};

export type SinkAddress = { readonly port: number; readonly connections: number };

/** Mails given to Nodemailer at one time: enough that no connection ever waits for us. */
const inHand = 50;

/** Stock Nodemailer with its own pool and its defaults, fed from memory. It records nothing, so a crash loses its place. */
export function openNodemailer(sink: SinkAddress): Sender {
  const pool = openPool(sink);
  return {
    name: 'nodemailer',
    ready: async (mails) => {
      const queue = mails.map(toNodemailer).values();
      const work = async (): Promise<void> => {
        for (const mail of queue) await pool.sendMail(mail);
      };
      return {
        send: async () => {
          await Promise.all(Array.from({ length: inHand }, work));
        },
      };
    },
    stop: async () => pool.close(),
  };
}

/**
 * Agenda's best, as far as we found it on this engine: small lock limits and a short poll. Locking all that is due (its
 * default) starts the first job only when the last is locked; more concurrency only lengthens its queues.
 */
const agendaSetting = {
  processEvery: 10,
  maxConcurrency: 20,
  defaultConcurrency: 20,
  lockLimit: 40,
  defaultLockLimit: 40,
  defaultLockLifetime: 60_000,
  removeOnComplete: true,
};

/**
 * One Agenda job for each mail, handed by its handler to a stock Nodemailer pool. Its mails are rendered beforehand and its
 * jobs written before the clock runs, as leads are enrolled before it runs for Rivulet.
 */
export function openAgenda(db: Db, sink: SinkAddress): Sender {
  const pool = openPool(sink);
  return {
    name: 'agenda',
    ready: async (mails) => {
      const byId = new Map(mails.map((mail) => [mail.id, toNodemailer(mail)]));
      const agenda = new Agenda({
        ...agendaSetting,
        backend: new MongoBackend({ mongo: db, collection: 'benchJobs' }),
      });
      await agenda.ready;
      // oxlint-disable-next-line typescript/no-misused-promises -- the lint sees only Agenda's overload for callbacks
      agenda.define<{ mail: string }>('send mail', async ({ attrs }) => {
        const mail = byId.get(attrs.data.mail);
        if (!mail) throw new Error(`there is no mail ${attrs.data.mail}`);
        await pool.sendMail(mail);
      });
      await Promise.all([...byId.keys()].map((mail) => agenda.now('send mail', { mail })));
      return {
        send: async () => {
          const done = completed(agenda, mails.length);
          await agenda.start();
          await done;
          await agenda.stop(false);
        },
      };
    },
    stop: async () => pool.close(),
  };
}

function completed(agenda: Agenda, count: number): Promise<void> {
  let open = count;
  return new Promise((resolve, reject) => {
    agenda.on('error', reject);
    agenda.on('fail', (error) => reject(error instanceof Error ? error : new Error(error)));
    agenda.on('complete', () => {
      open -= 1;
      if (open === 0) resolve();
    });
  });
}

function openPool({ port, connections }: SinkAddress) {
  return createTransport({ pool: true, host: '127.0.0.1', port, maxConnections: connections });
}

/** The mail as Nodemailer's users write it; Nodemailer composes it while it is sent. */
function toNodemailer({ id, from, to, replyTo, subject, html, text, date, headers }: Mail) {
  return {
    from,
    to,
    ...(replyTo ? { replyTo } : {}),
    subject,
    html,
    text,
    date,
    headers: { ...headers },
    messageId: messageIdOf(id, from),
  };
}
