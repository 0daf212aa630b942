import { randomUUID } from 'node:crypto';
import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import type { Db } from 'mongodb';
import { createTransport } from 'nodemailer';
import * as z from 'zod';
import { openDatabase } from '../../src/store/database.js';
import { answerParent } from './answering.js';
import { Content } from './content.js';

// What Rivulet is compared with, in a process of its own: stock Nodemailer, and one Agenda job a mail.

const Opening = z.object({
  kind: z.enum(['nodemailer', 'agenda']),
  port: z.number(),
  connections: z.number(),
  dataDir: z.string(),
});

/** A way of sending. `ready` is not timed; what it returns is, and resolves when every mail was answered for. */
type Sender = (mails: readonly ReadyMail[]) => Promise<() => Promise<void>>;
type ReadyMail = Content & {
  readonly to: { readonly name: string; readonly address: string };
  readonly messageId: string;
};
type Pool = ReturnType<typeof openPool>;

function openPool(port: number, connections: number) {
  return createTransport({ pool: true, host: '127.0.0.1', port, maxConnections: connections });
}

/** Stock Nodemailer with its own pool and its defaults, fed from memory. It records nothing, so a crash loses its place. */
function nodemailer(pool: Pool, connections: number): Sender {
  // Enough in its hands that no connection ever waits for us.
  const inHand = connections * 3;
  return async (mails) => {
    const queue = mails.values();
    const work = async (): Promise<void> => {
      for (const mail of queue) await pool.sendMail(mail);
    };
    return async () => {
      await Promise.all(Array.from({ length: inHand }, work));
    };
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
function agendaJobs(pool: Pool, db: Db): Sender {
  return async (mails) => {
    const byId = new Map(mails.map((mail) => [mail.messageId, mail]));
    const agenda = new Agenda({ ...agendaSetting, backend: new MongoBackend({ mongo: db, collection: 'benchJobs' }) });
    await agenda.ready;
    // oxlint-disable-next-line typescript/no-misused-promises -- the lint sees only Agenda's overload for callbacks
    agenda.define<{ mail: string }>('send mail', async ({ attrs }) => {
      const mail = byId.get(attrs.data.mail);
      if (!mail) throw new Error(`there is no mail ${attrs.data.mail}`);
      await pool.sendMail(mail);
    });
    await Promise.all([...byId.keys()].map((mail) => agenda.now('send mail', { mail })));
    return async () => {
      const done = completed(agenda, mails.length);
      await agenda.start();
      await done;
      await agenda.stop(false);
    };
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

let sender: Sender | undefined;
let contents: readonly Content[] = [];
let send: (() => Promise<void>) | undefined;

answerParent({
  open: async (detail) => {
    const { kind, port, connections, dataDir } = Opening.parse(detail);
    const pool = openPool(port, connections);
    if (kind === 'nodemailer') sender = nodemailer(pool, connections);
    else {
      const { db } = await openDatabase({ dataDir, mayShare: false, say: (line) => console.error(line) });
      sender = agendaJobs(pool, db);
    }
  },
  load: (detail) => {
    contents = z.array(Content).parse(detail);
  },
  /** The loaded mails again and again, each time to somebody else, under a Message-ID of its own. */
  ready: async (detail) => {
    const count = z.number().parse(detail);
    const mails = Array.from({ length: count }, (_, i): ReadyMail => {
      const content = contents[i % contents.length];
      if (!content) throw new Error('no mails have been loaded');
      const to = { name: `Noor Aziz ${i}`, address: `lead-${i}@d${i % 20}.example.com` };
      return {
        ...content,
        headers: { ...content.headers },
        to,
        messageId: `<${randomUUID()}@mail.tallybay.example.com>`,
      };
    });
    send = await sender?.(mails);
  },
  send: async () => {
    globalThis.gc?.();
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    await send?.();
    const tookMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    return { tookMs, cpuMs: (user + system) / 1000 };
  },
});
