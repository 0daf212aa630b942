import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { Agent, IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Db, Document } from 'mongodb';
import * as z from 'zod';
import { lowestToHighest, median } from './figures.js';
import type { Flags } from './flags.js';
import { type Lab, progress } from './lab.js';
import { type Finding, row, span } from './report.js';
import { openField, startWorker } from './worker.js';

/** What SendGrid tells of mails, in hundredths. */
const mix = [
  ['delivered', 60],
  ['open', 25],
  ['click', 8],
  ['bounce', 3],
  ['deferred', 3],
  ['never-heard-of', 1],
] as const;

const batchSize = 500;
/** Calls at the same time; a provider makes a few. */
const callers = 4;

type Batch = { readonly body: Buffer; readonly headers: Record<string, string> };
type Round = {
  readonly perSecond: number;
  readonly barePerSecond: number;
  readonly settledPerSecond: number;
  readonly cpuUs: number;
};

/**
 * How fast what a provider tells is stored: signed calls of 500 events each through the real HTTP route, against a bare
 * insertMany of the documents that came of them, batch after batch. And how fast all that they bring about is done.
 */
export async function measureEvents(lab: Lab, { events, rounds, quick }: Flags): Promise<Finding> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const worker = await startWorker(lab, { settings: { SENDGRID_WEBHOOK_KEY: key, PORT: '0' } });
  try {
    const field = await openField(lab, worker);
    const leads = quick ? 2000 : 20_000;
    const planted = await field.plant(leads);
    await worker.drain();
    await field.check(planted, leads);
    const mails = await field.db
      .collection<Document & { _id: string }>('messages')
      .find()
      .project({ _id: 1 })
      .toArray();
    const url = `${await worker.listen()}/webhooks/sendgrid`;
    let made = 0;
    const batches = (): readonly Batch[] =>
      Array.from({ length: Math.ceil(events / batchSize) }, () => {
        made += batchSize;
        return signed(eventsFrom(mails, made), privateKey);
      });

    const measureRound = async (number: number): Promise<Round> => {
      const all = batches();
      const cpu = await worker.cpuMs();
      const startedAt = performance.now();
      const answers = await inTurns(all, (batch) => call(url, batch));
      const tookMs = performance.now() - startedAt;
      const cpuMs = (await worker.cpuMs()) - cpu;
      await settled(field.db);
      const settledMs = performance.now() - startedAt;
      const count = all.length * batchSize;
      const ignored = answers.reduce((sum, counts) => sum + counts.ignored, 0);
      const stored = await storedSince(field.db, number);
      if (stored.length + ignored !== count)
        throw new Error(`of ${count} events ${stored.length} are stored and ${ignored} were ignored`);
      const bareMs = await insertBare(field.db, stored, number);
      return {
        perSecond: (count / tookMs) * 1000,
        barePerSecond: (stored.length / bareMs) * 1000,
        settledPerSecond: (count / settledMs) * 1000,
        cpuUs: (cpuMs / count) * 1000,
      };
    };

    await measureRound(0);
    const measured: Round[] = [];
    for (let number = 1; number <= rounds; number += 1) {
      const round = await measureRound(number);
      progress(`events: round ${number} of ${rounds}: ${shown(round)}`);
      measured.push(round);
    }
    return findingOf(measured);
  } finally {
    await worker.stop();
  }
}

/** Events of mails picked one after the other, in the mix. Each has an id and a second of its own. */
function eventsFrom(mails: readonly Document[], from: number): readonly object[] {
  const kinds = mix.flatMap(([event, share]) => Array.from({ length: share }, () => event));
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: batchSize }, (_, i) => {
    const number = from + i;
    const rivulet = String(mails[(number * 7919) % mails.length]?.['_id']);
    const event = kinds[(number * 37) % kinds.length];
    return {
      email: `lead-${number}@example.com`,
      timestamp: now,
      'smtp-id': `<${rivulet}@mail.tallybay.example.com>`,
      event,
      category: ['welcome'],
      sg_event_id: `bench-event-${number}-${now}`,
      sg_message_id: `14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.${number}`,
      rivulet,
      ...(event === 'delivered' ? { response: '250 2.0.0 OK 1725999900 x-gsmtp', tls: 1 } : {}),
      ...(event === 'deferred' ? { response: '451 4.7.1 try again later', attempt: '3' } : {}),
      ...(event === 'bounce' ? { type: 'blocked', status: '4.2.2', reason: '452 4.2.2 mailbox full' } : {}),
      ...(event === 'open' || event === 'click'
        ? { useragent: 'Mozilla/5.0 (X11; Linux x86_64)', ip: '198.51.100.7' }
        : {}),
      ...(event === 'click' ? { url: 'https://tallybay.example.com/pricing' } : {}),
    };
  });
}

function signed(events: readonly object[], key: Parameters<typeof sign>[2]): Batch {
  const body = Buffer.from(JSON.stringify(events));
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), key).toString('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': timestamp,
    },
  };
}

const Counts = z.object({ recorded: z.number(), known: z.number(), stray: z.number(), ignored: z.number() });

/** By Node's own client, which takes less of the machine than `fetch`: the caller is not what is measured. */
async function call(url: string, { body, headers }: Batch): Promise<z.output<typeof Counts>> {
  const outgoing = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } });
  outgoing.end(body);
  const answer = z.instanceof(IncomingMessage).parse((await once(outgoing, 'response'))[0]);
  const told = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`a call was answered with ${answer.statusCode}: ${told}`);
  return Counts.parse(JSON.parse(told));
}
const agent = new Agent({ keepAlive: true });

/** Works through a list by so many at the same time as there are callers. */
async function inTurns<T, U>(all: readonly T[], work: (one: T) => Promise<U>): Promise<readonly U[]> {
  const done: U[] = [];
  const left = all.values();
  const turn = async (): Promise<void> => {
    for (const one of left) done.push(await work(one));
  };
  await Promise.all(Array.from({ length: callers }, turn));
  return done;
}

/** Waits until nothing is left of what the events bring about. */
async function settled(db: Db): Promise<void> {
  while ((await db.collection('events').countDocuments({ applied: false }, { limit: 1 })) > 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The documents of this round; they are marked, so that the next round does not see them. */
async function storedSince(db: Db, number: number): Promise<readonly Document[]> {
  const rows = db.collection('events');
  const found = await rows.find({ source: 'sendgrid', round: { $exists: false } }).toArray();
  await rows.updateMany({ source: 'sendgrid', round: { $exists: false } }, { $set: { round: number } });
  return found;
}

async function insertBare(db: Db, documents: readonly Document[], number: number): Promise<number> {
  const rows = db.collection(`bare${number}`, { writeConcern: { journal: true } });
  await rows.insertOne({ first: true });
  const batches = Array.from({ length: Math.ceil(documents.length / batchSize) }, (_, i) =>
    documents.slice(i * batchSize, (i + 1) * batchSize),
  );
  const startedAt = performance.now();
  for (const batch of batches) await rows.insertMany([...batch], { ordered: false });
  const tookMs = performance.now() - startedAt;
  await rows.drop();
  return tookMs;
}

function shown({ perSecond, barePerSecond, settledPerSecond, cpuUs }: Round): string {
  return `${perSecond.toFixed(0)} events/s stored with ${cpuUs.toFixed(0)} µs of CPU each, ${barePerSecond.toFixed(0)} by bare insertMany; ${settledPerSecond.toFixed(0)} with all that they bring about`;
}

function findingOf(measured: readonly Round[]): Finding {
  const ratios = measured.map(({ perSecond, barePerSecond }) => perSecond / barePerSecond);
  const settledPerSecond = median(measured.map((one) => one.settledPerSecond));
  return {
    figures: [
      {
        key: 'eventsPerSecond',
        label: 'events stored a second, by signed calls of 500',
        value: median(measured.map(({ perSecond }) => perSecond)),
        bar: { atLeast: 5000 },
      },
      {
        key: 'ratio',
        label: 'of the speed of a bare insertMany of the same documents',
        value: median(ratios),
        bar: { atLeast: 0.5 },
        note: span(lowestToHighest(ratios)),
      },
    ],
    more: { settledPerSecond: Math.round(settledPerSecond) },
    lines: ['', row('events a second with all that they bring about', settledPerSecond.toFixed(0), '', '')],
  };
}
