import { afterEach, describe, expect, test } from '@jest/globals';
import { openSmtp } from '../src/delivery/smtp.js';
import type { Handover, Parcel } from '../src/delivery/transport.js';
import { idFrom } from '../src/event/id.js';
import { type Answers, type MailServer, startMailServer } from './mail-server.js';

const opened: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.stop();
});

const patience = { connectMs: 2000, greetingMs: 150, answerMs: 150 };
const silence = new Promise<string>(() => {});

const small = 'Subject: hello\r\n\r\nhello\r\n';
/** More than the socket buffers of both sides hold: its dot cannot be written before the server has read much of it. */
const large = `Subject: large\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(200_000)}`;

type Cut = {
  readonly at: string;
  readonly answers: Answers;
  readonly mime?: string;
  readonly expected: Partial<Handover>;
  /** Mails that the server has whole, so that it may have taken them, whatever it answered. */
  readonly whole: number;
};

async function sendTo(server: MailServer, mime = small, asked = patience): Promise<Handover> {
  const transport = openSmtp(server.url.replace('//', '//ada:secret@'), 1, { patience: asked });
  opened.push(transport);
  return transport.deliver(parcel(mime));
}

function parcel(mime: string): Parcel {
  const at = new Date('2026-03-02T09:00:00Z');
  const [from, to, subject] = ['mara@mail.example.com', 'ada@example.org', 'hello'];
  return { id: idFrom('mail'), from, to, subject, at, mime: Buffer.from(mime, 'latin1') };
}

const nothingGone: Pick<Cut, 'expected' | 'whole'> = {
  expected: { kind: 'unavailable', because: 'connection' },
  whole: 0,
};
const busy: Pick<Cut, 'expected' | 'whole'> = { expected: { kind: 'unavailable', because: 'busy' }, whole: 0 };
const unknown: Pick<Cut, 'expected' | 'whole'> = { expected: { kind: 'uncertain' }, whole: 1 };
const withStarttls = '250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN';
const withPipelining = '250-hello\r\n250-PIPELINING\r\n250 AUTH PLAIN';

/** The ways a conversation can break that hold at every point before the dot. */
const ways = [
  ['FIN', 'cut'],
  ['RST', 'reset'],
  ['half a reply', 'half 25'],
  ['half a refusal', 'half 550 5.1.1 no su'],
  ['silence', silence],
] as const;

const before: readonly Cut[] = (['greeting', 'EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA'] as const).flatMap((point) =>
  ways.map(([way, answer]) => ({
    at: `${way} instead of an answer to ${point}`,
    answers: { [point]: answer },
    ...nothingGone,
  })),
);
const inStarttls: readonly Cut[] = [...ways, ['garbage', '220 go\r\nthis is no TLS'] as const].map(([way, answer]) => ({
  at: `${way} in STARTTLS`,
  answers: { EHLO: withStarttls, STARTTLS: answer },
  ...nothingGone,
}));
const pipelined: readonly Cut[] = (['MAIL', 'RCPT', 'DATA'] as const).flatMap((point) =>
  ways.map(([way, answer]) => ({
    at: `${way} instead of an answer to a pipelined ${point}`,
    answers: { EHLO: withPipelining, [point]: answer },
    ...nothingGone,
  })),
);

const cuts: readonly Cut[] = [
  ...before,
  ...inStarttls,
  ...pipelined,
  { at: 'FIN after the greeting', answers: { greeting: 'cut after 220 ready' }, ...nothingGone },
  { at: 'FIN after EHLO', answers: { EHLO: 'cut after 250 AUTH PLAIN' }, ...nothingGone },
  { at: 'FIN after AUTH', answers: { AUTH: 'cut after 235 welcome' }, ...nothingGone },
  { at: 'FIN after MAIL', answers: { MAIL: 'cut after 250 ok' }, ...nothingGone },
  { at: 'FIN after RCPT', answers: { RCPT: 'cut after 250 ok' }, ...nothingGone },
  { at: '421 as the greeting', answers: { greeting: '421 4.3.2 closing' }, ...busy },
  { at: '421 to EHLO', answers: { EHLO: '421 4.3.2 closing' }, ...busy },
  { at: '421 to AUTH', answers: { AUTH: '421 4.3.2 closing' }, ...busy },
  { at: '421 to MAIL', answers: { MAIL: '421 4.3.2 closing' }, ...busy },
  { at: '421 to a pipelined MAIL', answers: { EHLO: withPipelining, MAIL: '421 4.3.2 closing' }, ...busy },
  ...(['RCPT', 'DATA'] as const).flatMap((point) =>
    ['250 AUTH PLAIN', withPipelining].map((EHLO) => ({
      at: `421 to ${point}${EHLO === withPipelining ? ', pipelined' : ''}`,
      answers: { EHLO, [point]: '421 4.3.2 closing' },
      expected: { kind: 'deferred', because: 'later' } as const,
      whole: 0,
    })),
  ),
  { at: 'garbage to MAIL', answers: { MAIL: 'what?' }, ...nothingGone },
  { at: 'garbage to RCPT', answers: { RCPT: 'what?' }, ...nothingGone },
  { at: 'garbage to DATA', answers: { DATA: 'what?' }, ...nothingGone },
  { at: 'FIN in the middle of the body', answers: { body: 'cut' }, mime: large, ...nothingGone },
  { at: 'RST in the middle of the body', answers: { body: 'reset' }, mime: large, ...nothingGone },
  { at: 'silence in the middle of the body', answers: { body: silence }, mime: large, ...nothingGone },
  {
    at: '451 in the middle of the body',
    answers: { body: '451 4.3.0 not now' },
    mime: large,
    expected: { kind: 'deferred', because: 'later' },
    whole: 0,
  },
  {
    at: '250 in the middle of the body, which cannot be meant',
    answers: { body: '250 taken' },
    mime: large,
    expected: { kind: 'uncertain' },
    whole: 0,
  },
  {
    at: 'RST within a mail so small that its dot has gone with it',
    answers: { body: 'reset' },
    expected: { kind: 'uncertain' },
    whole: 0,
  },
  { at: 'FIN after the dot', answers: { dot: 'cut' }, ...unknown },
  { at: 'RST after the dot', answers: { dot: 'reset' }, ...unknown },
  { at: 'RST after the dot of a large mail', answers: { dot: 'reset' }, mime: large, ...unknown },
  { at: 'silence after the dot', answers: { dot: silence }, ...unknown },
  { at: 'silence after the dot of a large mail', answers: { dot: silence }, mime: large, ...unknown },
  { at: 'half a code after the dot', answers: { dot: 'half 25' }, ...unknown },
  { at: 'half of another code after the dot', answers: { dot: 'half 55' }, ...unknown },
  { at: 'half a yes after the dot', answers: { dot: 'half 250 2.0.0 taken' }, ...unknown },
  { at: 'the first of two lines after the dot', answers: { dot: 'cut after 250-2.0.0 taken' }, ...unknown },
  { at: 'garbage after the dot', answers: { dot: 'what?' }, ...unknown },
  { at: 'an empty line and FIN after the dot', answers: { dot: 'cut after ' }, ...unknown },
  { at: '354 after the dot', answers: { dot: '354 go on' }, ...unknown },
  // The code has come whole and says no; of the rest nothing is believed, so that nobody is suppressed by a torn word.
  {
    at: 'half a "later" after the dot',
    answers: { dot: 'half 451 4.3.' },
    expected: { kind: 'deferred', because: 'later' },
    whole: 1,
  },
  {
    at: 'half a no after the dot',
    answers: { dot: 'half 550 5.1.1 no su' },
    expected: { kind: 'rejected', because: 'refused' },
    whole: 1,
  },
  {
    at: '421 after the dot',
    answers: { dot: '421 4.3.0 closing' },
    expected: { kind: 'deferred', because: 'later' },
    whole: 1,
  },
  {
    at: '451 after the dot',
    answers: { dot: '451 4.3.0 not now' },
    expected: { kind: 'deferred', because: 'later' },
    whole: 1,
  },
  {
    at: '550 after the dot',
    answers: { dot: '550 5.7.1 blocked' },
    expected: { kind: 'rejected', because: 'policy' },
    whole: 1,
  },
  { at: 'FIN behind the yes', answers: { dot: 'cut after 250 2.0.0 taken' }, expected: { kind: 'accepted' }, whole: 1 },
];

test.each(cuts)('$at: $expected', async ({ answers, mime, expected, whole }) => {
  const server = await startMailServer(answers);
  opened.push(server);
  expect(await sendTo(server, mime)).toMatchObject(expected);
  expect(server.bodies).toHaveLength(whole);
});

test('whatever breaks before the dot may be said again, and then has arrived once', async () => {
  for (const { answers, mime, expected, whole } of cuts.filter((cut) => cut.expected.kind === 'unavailable')) {
    const server = await startMailServer(answers);
    opened.push(server);
    const first = await sendTo(server, mime);
    for (const point of ['greeting', 'EHLO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'body'] as const)
      delete server.answers[point];
    const second = await sendTo(server, mime, { ...patience, answerMs: 5000 });
    expect([first, second]).toMatchObject([expected, { kind: 'accepted' }]);
    expect([whole, server.bodies.length]).toEqual([0, 1]);
  }
}, 60_000);

test('what breaks after the dot without an answer may have arrived, so that saying it again would be twice', () => {
  const mayHaveArrived = cuts.filter(({ whole, answers }) => whole > 0 && !isRefused(answers.dot));
  expect(mayHaveArrived.length).toBeGreaterThanOrEqual(10);
  for (const { expected } of mayHaveArrived) expect(['uncertain', 'accepted']).toContain(expected.kind);
});

function isRefused(answer: Answers['dot']): boolean {
  return typeof answer === 'string' && /^(half )?[45]\d\d /.test(answer);
}

describe('just before the dot', () => {
  test.each(['cut', 'reset'])('a connection that ends (%s) never counts as taken, nor as refused', async (way) => {
    // Whether our side has written the dot by then is chance; whether it knows is not.
    const server = await startMailServer({ end: way });
    opened.push(server);
    const { kind } = await sendTo(server, `${large}END\r\n`);
    expect(['unavailable', 'uncertain']).toContain(kind);
    expect(server.bodies).toEqual([]);
  });
});
