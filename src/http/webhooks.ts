import { type Request, type Response, Router, raw } from 'express';
import { SnsError } from '../delivery/sns-certificates.js';
import { type ProviderAnswer, type ProviderRequest, refuse } from '../event/provider.js';
import { providerNames } from '../event/provider-names.js';
import { type Provider, providers } from '../event/providers.js';
import { isUnreachable } from '../store/database.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';

type Kind = 'events' | 'inbound';

/** SendGrid sends 768 kB of events at most, and with Inbound Parse mails of 30 MB; nobody sends more. */
const limits: Readonly<Record<Kind, string>> = { events: '10mb', inbound: '30mb' };

/** What providers report. 2xx is answered only once everything is kept; 401 for a bad signature, 400 for what cannot be read. */
export function webhooks(services: Services): Router {
  const router = Router();
  const noteRefused = refusalsOf(services);
  const answer = (path: string, kind: Kind): void => {
    router.post(
      path,
      (request, _response, next) => {
        // What is not set up is not read either.
        setUp(request, services);
        next();
      },
      // Signatures cover the exact bytes, so nothing may parse them first.
      raw({ type: () => true, limit: limits[kind] }),
      async (request, response) => {
        const { provider, keys } = setUp(request, services);
        try {
          const read = await readCall(requestOf(request), { provider, keys, kind }, services);
          if (read.kind === 'refused') noteRefused(provider.name, read.what);
          await answerCall(read, { provider, kind, response }, services);
        } catch (error) {
          answerTrouble(error, provider, response, services);
        }
      },
    );
  };
  answer('/:provider', 'events');
  answer('/:provider/inbound', 'inbound');
  return router;
}

/** The provider that a path names, with its keys; 404 says what is missing. */
function setUp({ params }: Request, { webhookKeys }: Services): { provider: Provider; keys: string } {
  const provider = providers.get(String(params['provider']));
  if (!provider) throw new Problem(404, `There is no such webhook; there are those of ${providerNames.join(', ')}.`);
  const keys = webhookKeys.get(provider.name);
  if (keys === undefined) throw new Problem(404, `There is no such webhook; set ${provider.setting}.`);
  return { provider, keys };
}

type Call = { readonly provider: Provider; readonly keys: string; readonly kind: Kind };

async function readCall(
  request: ProviderRequest,
  { provider, keys, kind }: Call,
  { sns, engine }: Services,
): Promise<ProviderAnswer> {
  const read = kind === 'inbound' ? (provider.readInbound ?? provider.read) : provider.read;
  try {
    return await read(request, { keys, now: engine.now(), certificateOf: sns.certificateOf });
  } catch (error) {
    if (error instanceof SnsError && error.isFinal) return refuse('bad-signature', error.message);
    throw error;
  }
}

type Place = { readonly provider: Provider; readonly kind: Kind; readonly response: Response };

async function answerCall(
  read: ProviderAnswer,
  { provider, kind, response }: Place,
  services: Services,
): Promise<void> {
  const { intake, engine, store, sns, wake, ownerRules } = services;
  switch (read.kind) {
    case 'refused':
      return answerNo(response, read.because === 'bad-signature' ? 401 : 400, read.what);
    case 'confirm':
      await sns.confirm(read.url);
      await store.providerCalls.noteTaken(provider.name, { recorded: 0, known: 0, stray: 0, ignored: 0 }, engine.now());
      response.json({ confirmed: true });
      return;
    case 'events': {
      // Anybody can send a mail: by the address alone it may say what its writer says, and not what a provider would.
      const rules = kind === 'inbound' ? { ...ownerRules, byAddress: 'answers' as const } : ownerRules;
      const counts = await intake.take(provider.name, read.events, rules);
      await store.providerCalls.noteTaken(provider.name, counts, engine.now());
      wake();
      response.json(counts);
    }
  }
}

/** Seconds after which a provider may try again; most have their own times. */
const retryAfter = '30';

/**
 * Trouble that passes, and mistakes of ours. All providers repeat a call after a 5xx; Brevo promises it for 429 alone
 * (developers.brevo.com/docs/retry-mechanism), and Amazon SNS takes any 4xx for the end of it.
 */
function answerTrouble(error: unknown, provider: Provider, response: Response, { onFault }: Services): void {
  const isSns = error instanceof SnsError;
  if (isSns && error.isFinal) return answerNo(response, 400, error.message);
  const isPassing = isSns || isUnreachable(error);
  if (!isPassing) onFault(error);
  response.set('Retry-After', retryAfter);
  const detail = isSns ? error.message : 'This could not be kept now. Nothing was lost; send it again.';
  if (provider.name === 'brevo') return answerNo(response, 429, detail);
  answerNo(response, isPassing ? 503 : 500, detail);
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not signed in',
  429: 'Not available now',
  500: 'Internal error',
  503: 'Not available now',
};

/** An answer of RFC 9457, as elsewhere; these have headers of their own. */
function answerNo(response: Response, status: number, detail: string): void {
  // Some send a user and password only when they are asked for (RFC 7617); Amazon SNS is one of them.
  if (status === 401) response.set('WWW-Authenticate', 'Basic realm="Rivulet webhooks", charset="UTF-8"');
  const body = { type: 'about:blank', title: titles[status] ?? 'Error', status, detail };
  response.status(status).type('application/problem+json').send(JSON.stringify(body));
}

/** Between two notes of refused calls: strangers must not have us write to the database as often as they like. */
const noteEveryMs = 1000;

/** Counts refused calls, and notes them for whoever sets the webhook up. */
function refusalsOf({ store, engine }: Services): (provider: string, because: string) => void {
  const pending = new Map<string, { count: number; notedAt: number }>();
  return (provider, because) => {
    const one = pending.get(provider) ?? { count: 0, notedAt: -noteEveryMs };
    pending.set(provider, one);
    one.count += 1;
    if (performance.now() - one.notedAt < noteEveryMs) return;
    const { count } = one;
    Object.assign(one, { count: 0, notedAt: performance.now() });
    // The call is refused whether or not this can be written.
    store.providerCalls.noteRefused(provider, count, because, engine.now()).catch(() => {});
  };
}

function requestOf(request: Request): ProviderRequest {
  const headers = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const,
  );
  return { body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), headers: Object.fromEntries(headers) };
}
