import { setTimeout as pause } from 'node:timers/promises';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import type { ProviderName } from '../event/provider-names.js';
import type { Provider } from '../event/providers.js';
import type { Store } from '../store/open-store.js';
import { sampleCall, signerFor } from './provider-calls.js';
import { counted, say } from './terminal.js';
import { providerNamed, publicUrlOf } from './webhook.js';
import { withStore } from './with-store.js';

/** What to click at the providers whose calls nobody else can sign. */
const clicks: Readonly<Record<'sendgrid' | 'ses', string>> = {
  sendgrid: 'Settings → Mail Settings → Event Webhooks → your webhook → "Test Integration"',
  ses: 'Amazon SNS → your topic → "Publish message", or send a mail to success@simulator.amazonses.com',
};

type TestOptions = { wait: string };

/** Tells what to enter at a provider and whether a call of it is understood; exit code 1 when something is missing. */
export async function testWebhook(name: string, { wait }: TestOptions): Promise<void> {
  const provider = providerNamed(name);
  const config = readConfig(process.env);
  const url = `${publicUrlOf(config)}/webhooks/${provider.name}`;
  say(`Enter at ${provider.title}:  ${pc.bold(url)}`);
  if (provider.readInbound) say(`For mails that it takes in:  ${url}/inbound`);
  if (!config.PUBLIC_URL)
    say(pc.yellow(`${provider.title} cannot reach this address: set PUBLIC_URL to the one that the internet knows.`));
  const keys = config.WEBHOOK_KEYS.get(provider.name);
  if (keys === undefined) return fail(`${provider.setting} is not set: ${provider.flawOf('') ?? 'it is missing'}.`);

  const call = ownCall(provider.name, keys);
  if (call) return tryCall(url, call, provider);
  const clicked = clicks[provider.name === 'ses' ? 'ses' : 'sendgrid'];
  say(`Nobody but ${provider.title} can sign its calls. Have it make one: ${clicked}.`);
  await withStore(config, (store) => awaitCall(provider, store, waitOf(wait)));
}

function fail(what: string): void {
  console.error(`${pc.red('✖')} ${what}`);
  process.exitCode = 1;
}

function waitOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= 3600) return seconds;
  throw new FixableError({
    code: 'bad-option',
    where: '--wait',
    what: `"${text}" is no number of seconds`,
    fix: 'Write for example --wait 60; an hour at most',
  });
}

type OwnCall = { readonly body: Uint8Array<ArrayBuffer>; readonly headers: Record<string, string> };

/** A call of our own making, where both sides have the key. */
function ownCall(provider: ProviderName, keys: string): OwnCall | undefined {
  const sign = signerFor(provider, keys);
  if (!sign || provider === 'sendgrid' || provider === 'ses') return undefined;
  const now = new Date();
  const sample = { body: sampleCall(provider, now), headers: { 'content-type': 'application/json' } };
  const { body, headers } = sign(sample, now);
  const known = Object.entries(headers).flatMap(([header, value]) => (value === undefined ? [] : [[header, value]]));
  return { body: new Uint8Array(body), headers: Object.fromEntries(known) };
}

async function tryCall(url: string, { body, headers }: OwnCall, { title, setting }: Provider): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(15_000),
  })
    .then(async (response) => ({ status: response.status, text: (await response.text()).slice(0, 2000) }))
    .catch((error: unknown) => ({ status: 0, text: String(error instanceof Error ? (error.cause ?? error) : error) }));
  if (answer.status === 200) {
    say(`${pc.green('✔')} A call signed with your ${setting} was understood: ${answer.text}`);
    say(`${title}'s own will be too, if the same key is entered there. "rivulet webhook list" shows what comes.`);
    return;
  }
  fail(`${whyNot(answer.status, url, setting)} ${pc.dim(answer.text)}`);
}

function whyNot(status: number, url: string, setting: string): string {
  if (status === 0) return `Nothing answers at ${url}. Is Rivulet running, and PUBLIC_URL right?`;
  if (status === 401)
    return `The running Rivulet does not know this key: does it have the same ${setting}? Start it again.`;
  if (status === 404) return `The running Rivulet has no such webhook: set ${setting} for it too, and start it again.`;
  if (status >= 300 && status < 400)
    return `This address leads elsewhere (${status}), and providers do not follow: enter the one at its end.`;
  return `It was answered with status ${status}.`;
}

const lookEveryMs = 1000;

/** Waits for the provider's own call, and tells what became of it. */
async function awaitCall({ name, title, setting }: Provider, store: Store, seconds: number): Promise<void> {
  const look = async () => (await store.providerCalls.all()).find(({ provider }) => provider === name);
  const before = await look();
  say(pc.dim(`Waiting ${counted(seconds, 'second')} for it …`));
  for (let waited = 0; waited <= seconds; waited += 1) {
    const now = await look();
    if (now && now.calls > (before?.calls ?? 0)) {
      say(`${pc.green('✔')} A call of ${title} was understood.`);
      return;
    }
    if (now && now.refused > (before?.refused ?? 0))
      return fail(`A call came and was refused: ${now.lastRefusal ?? 'it is not known why'}. Is ${setting} right?`);
    await pause(lookEveryMs);
  }
  fail(`No call of ${title} came. Is the address entered there, and reachable from the internet?`);
}
