import * as z from 'zod';
import { startChild } from './child.js';
import { type Content, readContent } from './content.js';
import { figuresOf, type Measurement, type Round, rounded, timesFaster } from './figures.js';
import type { Flags } from './flags.js';
import { type Lab, progress } from './lab.js';
import { type Finding, row, span } from './report.js';
import { areAllThere, type Arrivals, toldOf } from './sink.js';
import { captureMails, openField, startWorker } from './worker.js';

/** A way of sending that is measured in rounds. `ready` is not timed. */
type Contestant = {
  readonly name: 'nodemailer' | 'agenda' | 'rivulet';
  readonly ready: (mails: number) => Promise<void>;
  readonly send: () => Promise<{ readonly tookMs: number; readonly cpuMs: number }>;
  /** What arrived, if all is as it must be. */
  readonly check: (mails: number) => Promise<Arrivals>;
  readonly stop: () => Promise<void>;
};

/** Different mails that the others send again and again. */
const mostContents = 300;

/** The same mails to the same sink: by stock Nodemailer, by one Agenda job each, and by Rivulet from due to advanced. */
export async function measureVersus(lab: Lab, { mails, rounds, warmUp }: Flags): Promise<Finding> {
  const contents = await Promise.all((await captureMails(lab, Math.min(mails, mostContents))).map(readContent));
  const contestants: Contestant[] = [];
  try {
    for (const name of ['nodemailer', 'agenda'] as const) contestants.push(await openSender(lab, name, contents));
    contestants.push(await openRivulet(lab));
    progress(`vs: ${warmUp} mails each, to get warm`);
    for (const contestant of contestants) await clock(contestant, warmUp);
    const played: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`vs: round ${round} of ${rounds}, ${mails} mails each`);
      const measured: Measurement[] = [];
      // Every other round in reverse, so that none always has the same neighbour.
      for (const contestant of round % 2 === 0 ? contestants.toReversed() : contestants)
        measured.push(await clock(contestant, mails));
      played.push(measured);
    }
    return findingOf(played, sizeOf(contents), mails);
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}

const labels = {
  nodemailer: 'stock Nodemailer, nothing recorded',
  agenda: 'one Agenda job a mail',
  rivulet: 'Rivulet, from claim to advance',
};

function findingOf(played: readonly Round[], mail: ReturnType<typeof sizeOf>, mails: number): Finding {
  const senders = Object.entries(labels).map(([name, label]) => ({ name, label, ...figuresOf(name, played) }));
  const vsNodemailer = timesFaster('rivulet', 'nodemailer', played);
  const vsAgenda = timesFaster('rivulet', 'agenda', played);
  const bySender = (figure: 'mailsPerSecond' | 'cpuMsPerMail', digits: number) =>
    Object.fromEntries(senders.map((one) => [one.name, rounded(one[figure], digits)]));
  return {
    figures: [
      {
        key: 'vsStockNodemailer',
        label: 'Rivulet ÷ stock Nodemailer',
        value: vsNodemailer.median,
        bar: { atLeast: 3 },
        note: span(vsNodemailer),
      },
      {
        key: 'vsAgendaPerMail',
        label: 'Rivulet ÷ one Agenda job a mail',
        value: vsAgenda.median,
        bar: { atLeast: 8 },
        note: span(vsAgenda),
      },
    ],
    more: {
      mails,
      rounds: played.length,
      mailsPerSecond: bySender('mailsPerSecond', 0),
      cpuMsPerMail: bySender('cpuMsPerMail', 2),
    },
    lines: [
      `${mails} mails a round: ${kB(mail.htmlBytes)} of HTML, ${kB(mail.textBytes)} of text, ${mail.trackedLinks} tracked links`,
      row('', 'mails/s', 'slowest', 'fastest', 'CPU ms/mail'),
      ...senders.map(({ label, mailsPerSecond, slowest, fastest, cpuMsPerMail }) =>
        row(
          label,
          ...[mailsPerSecond, slowest, fastest].map((one) => one.toFixed(0)),
          cpuMsPerMail.toFixed(2).padStart(9),
        ),
      ),
    ],
  };
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

async function clock({ name, ready, send, check }: Contestant, mails: number): Promise<Measurement> {
  await ready(mails);
  const { tookMs, cpuMs } = await send();
  const { bytes, cpuMs: sinkCpuMs } = await check(mails);
  const mailsPerSecond = (mails / tookMs) * 1000;
  progress(
    `  ${name}: ${mailsPerSecond.toFixed(0)} mails/s, ${(cpuMs / mails).toFixed(2)} ms of CPU each (sink ${(sinkCpuMs / mails).toFixed(3)})${bytes ? `, ${Math.round(bytes / mails)} bytes` : ''}`,
  );
  return { sender: name, mailsPerSecond, cpuMsPerMail: cpuMs / mails };
}

async function openRivulet(lab: Lab): Promise<Contestant> {
  const worker = await startWorker(lab);
  const field = await openField(lab, worker);
  let batch = 0;
  return {
    name: 'rivulet',
    ready: async (mails) => {
      batch = await field.plant(mails);
    },
    send: () => worker.drain(),
    check: (mails) => field.check(batch, mails),
    stop: worker.stop,
  };
}

const Sent = z.object({ tookMs: z.number(), cpuMs: z.number() });

async function openSender(lab: Lab, name: 'nodemailer' | 'agenda', contents: readonly Content[]): Promise<Contestant> {
  const child = startChild(lab.compiled.script('sender-process'));
  const dataDir = `${lab.scratch}/${name}`;
  await child.ask('open', z.undefined(), { kind: name, port: lab.sink.port, connections: lab.connections, dataDir });
  await child.ask('load', z.undefined(), contents);
  return {
    name,
    ready: (mails) => child.ask('ready', z.undefined(), mails),
    send: () => child.ask('send', Sent),
    check: async (count) => {
      const arrivals = await lab.sink.arrivals();
      if (!areAllThere(arrivals, count)) throw new Error(`${name}: of ${count} mails ${toldOf(arrivals)}`);
      return arrivals;
    },
    stop: child.stop,
  };
}

/** What is sent, on average: bytes of HTML and text, tracked links. */
function sizeOf(contents: readonly Content[]) {
  const mean = (of: (content: Content) => number): number =>
    contents.reduce((sum, content) => sum + of(content), 0) / contents.length;
  return {
    htmlBytes: mean(({ html }) => Buffer.byteLength(html)),
    textBytes: mean(({ text }) => Buffer.byteLength(text)),
    trackedLinks: mean(({ html }) => html.split('/c/').length - 1),
  };
}
