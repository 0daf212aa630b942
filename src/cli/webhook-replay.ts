import { readFile } from 'node:fs/promises';
import pc from 'picocolors';
import * as z from 'zod';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import type { ProviderEvent } from '../event/canonical.js';
import type { ProviderAnswer, ProviderRequest } from '../event/provider.js';
import type { ProviderName } from '../event/provider-names.js';
import type { Provider } from '../event/providers.js';
import { countsOf, type Fate, foreseeProviderEvents, keepProviderEvents } from '../lead/attribute.js';
import { drawAll } from '../lead/draw-all.js';
import { openRivulet, type Rivulet } from '../main.js';
import { impostorOf, typeOf } from './provider-calls.js';
import { counted, reportFault, say } from './terminal.js';
import { providerNamed } from './webhook.js';

export type ReplayOptions = {
  provider: string;
  unsigned?: boolean;
  dryRun?: boolean;
  inbound?: boolean;
  header?: readonly string[];
};

/** Takes a stored call in again, by the very code that takes it in from the provider; exit code 1 when it is refused. */
export async function replayWebhook(file: string, options: ReplayOptions): Promise<void> {
  const config = readConfig(process.env);
  const provider = providerNamed(options.provider);
  const calls = await callsIn(file, provider.name, headersIn(options.header ?? []));
  const rivulet = await openRivulet(config, { say, onFault: reportFault }, true);
  try {
    const read = options.unsigned ? unsignedReader(provider, options) : signedReader(provider, rivulet, options);
    const events = await eventsOf(calls, (call) => read(call, rivulet.engine.now()), file);
    const fates = await record(events, provider.name, rivulet, options);
    for (const fate of fates) say(lineOf(fate));
    say(summaryOf(fates, options));
    // A command works beside a running Rivulet; only when none runs on the data directory it sends what it made due.
    if (rivulet.databaseKind === 'embedded') await rivulet.dispatcher.wake();
  } finally {
    await rivulet.stop();
  }
}

async function record(
  events: readonly ProviderEvent[],
  source: string,
  { store, engine, ownerRules }: Rivulet,
  { inbound, dryRun }: ReplayOptions,
): Promise<readonly Fate[]> {
  const rules = inbound ? { ...ownerRules, byAddress: 'answers' as const } : ownerRules;
  if (dryRun) return foreseeProviderEvents(source, events, { store, engine, rules });
  const { fates, open } = await keepProviderEvents(source, events, { store, engine, rules });
  await drawAll(open, engine);
  return fates;
}

type Reader = (call: ProviderRequest, now: Date) => Promise<ProviderAnswer>;

function readOf({ read, readInbound }: Provider, { inbound }: ReplayOptions): Provider['read'] {
  return inbound ? (readInbound ?? read) : read;
}

function signedReader(provider: Provider, { webhookKeys, sns }: Rivulet, options: ReplayOptions): Reader {
  const keys = webhookKeys.get(provider.name);
  if (keys === undefined)
    throw new FixableError({
      code: 'no-webhook-key',
      where: provider.setting,
      what: `it is not set, so that nobody can tell whether ${provider.title} wrote this`,
      fix: 'Set it as for the running Rivulet, or say --unsigned if you trust the file',
    });
  return (call, now) => readOf(provider, options)(call, { keys, now, certificateOf: sns.certificateOf });
}

/** Signed anew by a key that both sides have, and that is thrown away: the code that verifies is the one that there is. */
function unsignedReader(provider: Provider, options: ReplayOptions): Reader {
  const { sign, auth } = impostorOf(provider.name);
  return (call, now) => readOf(provider, options)(sign(call, now), { ...auth, now });
}

/** The events of all calls; of the first that is refused it is told why, and nothing is recorded of any. */
async function eventsOf(
  calls: readonly ProviderRequest[],
  read: (call: ProviderRequest) => Promise<ProviderAnswer>,
  file: string,
): Promise<readonly ProviderEvent[]> {
  const events: ProviderEvent[] = [];
  for (const [i, call] of calls.entries()) {
    const answer = await read(call);
    if (answer.kind === 'events') events.push(...answer.events);
    else throw refusal(answer, calls.length === 1 ? file : `${file}, call ${i + 1}`);
  }
  return events;
}

function refusal(answer: Exclude<ProviderAnswer, { kind: 'events' }>, where: string): FixableError {
  if (answer.kind === 'confirm')
    return new FixableError({
      code: 'no-events',
      where,
      what: 'this asks whether a topic of Amazon SNS is wanted, and tells of no mail',
      fix: 'Have it sent to the running Rivulet: in Amazon SNS, "Request confirmation"',
    });
  const isForged = answer.because === 'bad-signature';
  return new FixableError({
    code: answer.because,
    where,
    what: answer.what,
    fix: isForged
      ? 'Give the headers that came with it (--header "Name: value"), or say --unsigned if you trust the file'
      : 'It must be the whole body of a call, or a JSON list of such bodies',
  });
}

const StoredCall = z.strictObject({ headers: z.record(z.string(), z.string()), body: z.string() });

/** Providers that send a call for each event: a list of them is a list of calls. */
const oneByOne: readonly ProviderName[] = ['mailgun', 'postmark', 'ses', 'resend', 'mailersend'];

/** The calls in a file: a body as it came; `{"headers": …, "body": "…"}`; or a list of bodies. */
async function callsIn(
  file: string,
  provider: ProviderName,
  headers: Readonly<Record<string, string>>,
): Promise<readonly ProviderRequest[]> {
  const body = await readFile(file).catch((cause: unknown) => {
    throw new FixableError(
      { code: 'no-file', where: file, what: 'it cannot be read', fix: 'Name the file with the stored call' },
      { cause },
    );
  });
  const json = parsed(body);
  const stored = StoredCall.safeParse(json);
  if (stored.success) {
    const own = Object.entries(stored.data.headers).map(([name, value]) => [name.toLowerCase(), value]);
    return [callOf(Buffer.from(stored.data.body), { ...Object.fromEntries(own), ...headers })];
  }
  if (!Array.isArray(json) || !oneByOne.includes(provider)) return [callOf(body, headers)];
  return json.map((one) => callOf(Buffer.from(typeof one === 'string' ? one : JSON.stringify(one)), headers));
}

function callOf(body: Buffer, headers: Readonly<Record<string, string>>): ProviderRequest {
  return { body, headers: { 'content-type': typeOf(body), ...headers } };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function headersIn(lines: readonly string[]): Readonly<Record<string, string>> {
  const pairs = lines.map((line) => {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]{1,100}):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) return [name.toLowerCase(), value] as const;
    throw new FixableError({
      code: 'bad-header',
      where: '--header',
      what: 'this is no header',
      fix: 'Write --header "Name: value", once for each',
    });
  });
  return Object.fromEntries(pairs);
}

const marks: Readonly<Record<Fate['kind'], string>> = {
  recorded: pc.green('new'),
  known: pc.dim('known'),
  stray: pc.yellow('nobody’s'),
  ignored: pc.dim('nothing to do'),
};

/** What an event is, whom it belongs to, and what became of it. */
function lineOf({ kind, event, recorded }: Fate): string {
  const hardness = event.hard === undefined ? '' : ` (${event.hard ? 'hard' : 'soft'})`;
  const what = event.type === 'ignored' ? (event.word ?? 'ignored') : event.type + hardness;
  const when = event.at ? event.at.toISOString() : 'no time given';
  const mail = recorded?.step ? `${recorded.step} of ${recorded.sequence}` : recorded ? 'no mail of ours' : '';
  const whose = recorded ? `lead ${recorded.lead}, ${mail}` : '';
  const machine = event.machine ? pc.dim(' (a machine)') : '';
  return [`${what.padEnd(16)}  ${when}  ${marks[kind]}`, whose + machine].filter(Boolean).join('  ');
}

function summaryOf(fates: readonly Fate[], { dryRun }: ReplayOptions): string {
  const { recorded, known, stray, ignored } = countsOf(fates);
  const what = `${counted(fates.length, 'event')}: ${recorded} new, ${known} known, ${stray} of nobody here, ${ignored} with nothing to do.`;
  return dryRun ? `${what} ${pc.yellow('Nothing was recorded')} (--dry-run).` : what;
}
