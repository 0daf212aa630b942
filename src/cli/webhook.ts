import pc from 'picocolors';
import { type Config, readConfig } from '../config.js';
import { webhookSecret } from '../delivery/call-request.js';
import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { providerNames } from '../event/provider-names.js';
import { type Provider, providers } from '../event/providers.js';
import { reportWebhooks, type WebhookReport } from '../lead/webhook-report.js';
import { deriveSecrets, keptSecret } from '../store/secrets.js';
import { counted, say } from './terminal.js';
import { withStore } from './with-store.js';

/** Prints the secret that receivers of webhook steps check signatures with. It follows from the signing secret. */
export async function showWebhookSecret(): Promise<void> {
  const config = readConfig(process.env);
  const { secret } = await keptSecret(config.DATA_DIR, 'signing-secret', config.SIGNING_SECRET);
  say(webhookSecret(deriveSecrets(secret).webhookKey));
}

/** The provider of this name, or a refusal that says which there are. */
export function providerNamed(name: string): Provider {
  const provider = providers.get(name.toLowerCase());
  if (provider) return provider;
  throw new FixableError({
    code: 'no-provider',
    where: name,
    what: 'there is no mail provider of this name here',
    fix: didYouMean(name, providerNames),
  });
}

/** Where providers reach this Rivulet. */
export function publicUrlOf({ PUBLIC_URL, PORT }: Config): string {
  return PUBLIC_URL ?? `http://localhost:${PORT}`;
}

/** Lists the webhooks of providers: where they are, whether they are set up, and what came of them. */
export async function listWebhooks({ json }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const reports = await withStore(config, (store) => reportWebhooks(store, config.WEBHOOK_KEYS, publicUrlOf(config)));
  if (json) return say(JSON.stringify(reports, null, 2));
  for (const report of reports) for (const line of linesOf(report)) say(line);
}

function linesOf({ title, url, setting, isSetUp, calls, strays }: WebhookReport): readonly string[] {
  if (!isSetUp) return [`${pc.dim('○')} ${title}: not set up. Set ${setting}, then enter ${url}`];
  const { recorded, known, stray, ignored, lastAt, refused, lastRefusedAt, lastRefusal } = calls;
  const events = `${recorded} new, ${known} known, ${stray} of nobody here, ${ignored} with nothing to do`;
  const words = strays.flatMap(({ word, type, count }) => (type === 'ignored' && word ? `${word} (${count})` : []));
  return [
    `${pc.green('●')} ${pc.bold(title)}: ${url}`,
    `    ${lastAt ? `${counted(calls.calls, 'call')}, the last at ${lastAt.toISOString()}: ${events}` : 'nothing has come yet'}`,
    ...(words.length > 0 ? [`    nothing to do for ${words.slice(0, 10).join(', ')}`] : []),
    ...(refused > 0 && lastRefusedAt
      ? [
          `    ${pc.yellow(`${counted(refused, 'call')} refused`)}, the last at ${lastRefusedAt.toISOString()}: ${lastRefusal ?? ''}`,
        ]
      : []),
  ];
}
