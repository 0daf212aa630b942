import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { ProviderEvent } from '../src/event/canonical.js';
import type { ProviderAnswer, ProviderRequest } from '../src/event/provider.js';

const folder = new URL('../../shared/fixtures/webhooks/', import.meta.url);

/** What a fixture says of one event; only the keys that it states are compared. */
const Expectation = z.record(z.string(), z.unknown());

const Fixture = z.object({
  file: z.string(),
  title: z.string(),
  request: z.object({
    content_type: z.string(),
    body: z.enum(['json-bytes', 'form-fields']),
    body_sha256: z.string(),
    headers: z.record(z.string(), z.string()),
  }),
  auth: z.looseObject({
    key: z.string().optional(),
    topics: z.string().optional(),
    now: z.number().optional(),
    tolerance_s: z.number().optional(),
  }),
  outcome: z.enum(['processed', 'rejected-auth', 'malformed']),
  also_acceptable: z.string().optional(),
  effective_events: z.number().optional(),
  expect: z.array(Expectation),
});
export type Fixture = z.infer<typeof Fixture>;

const Index = z.object({
  schema_version: z.literal(1),
  keys: z.record(z.string(), z.looseObject({ type: z.string() })),
  fixtures: z.array(Fixture),
});

/** One provider's published and authored payloads, and the public keys and throw-away secrets for them. */
export function webhookFixtures(provider: string) {
  return Index.parse(JSON.parse(readFileSync(new URL(`${provider}/index.json`, folder), 'utf8')));
}

/** The clock to use for a fixture: its own, or one long after every payload. */
export function clockOf({ auth }: Fixture): Date {
  return auth.now === undefined ? new Date('2026-10-01T00:00:00Z') : new Date(auth.now * 1000);
}

/** The HTTP request of a fixture, byte for byte. */
export async function requestOf(provider: string, { file, request }: Fixture): Promise<ProviderRequest> {
  const bytes = readFileSync(new URL(`${provider}/${file}`, folder));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== request.body_sha256) throw new Error(`${provider}/${file} was changed: its SHA-256 is ${sha256}`);

  const stated = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const sent =
    request.body === 'json-bytes'
      ? { body: bytes, headers: { 'content-type': request.content_type } }
      : await formOf(
          request.content_type,
          z.object({ fields: z.record(z.string(), z.string()) }).parse(JSON.parse(bytes.toString())).fields,
        );
  return { body: sent.body, headers: { ...sent.headers, ...Object.fromEntries(stated) } };
}

/** Fields as an HTTP client posts them. */
export async function formOf(contentType: string, fields: Record<string, string>): Promise<ProviderRequest> {
  const form = contentType.startsWith('multipart/') ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const response = new Response(form);
  return {
    body: Buffer.from(await response.arrayBuffer()),
    headers: { 'content-type': response.headers.get('content-type') ?? contentType },
  };
}

/** An answer in the fixtures' words, cut to what `fixture` states, so that the two can be compared as a whole. */
export function inFixtureWords(answer: ProviderAnswer, fixture: Fixture, more: Readers = {}) {
  if (answer.kind === 'refused') {
    const outcome = answer.because === 'bad-signature' ? 'rejected-auth' : 'malformed';
    return outcome === fixture.also_acceptable ? statedBy(fixture) : { outcome, expect: [] };
  }
  const expect = answer.events.map((event, index) => describe(event, fixture.expect[index] ?? {}, more));
  const effective = new Set(answer.events.filter(({ type }) => type !== 'ignored').map(({ dedupeKey }) => dedupeKey));
  const stated = fixture.effective_events === undefined ? {} : { effective_events: effective.size };
  return { outcome: 'processed', ...stated, expect };
}

/** What a fixture states, in the same shape as `inFixtureWords` gives it. */
export function statedBy({ outcome, effective_events, expect }: Fixture) {
  const stated = effective_events === undefined ? {} : { effective_events };
  return { outcome, ...stated, expect: expect.map(comparable) };
}

type Readers = Readonly<Record<string, (event: ProviderEvent, expected: unknown) => unknown>>;

const readers: Readers = {
  canonical: ({ type, hard }) => (type === 'bounced' ? `bounced-${hard ? 'hard' : 'soft'}` : type),
  recipient: ({ recipient }) => recipient?.toLowerCase() ?? null,
  message_ref: ({ messageRef }) => messageRef ?? null,
  occurred_at: ({ at }) => at?.toISOString() ?? null,
  event_id: ({ eventId }) => eventId ?? null,
  machine: ({ machine }) => machine,
  url: ({ url }) => url ?? null,
  inbound_to: ({ reply }) => reply?.to[0] ?? null,
  reply_text: ({ reply }) => reply?.text ?? null,
  auto: ({ reply }) => reply?.auto ?? null,
  // Ours must be contained in what came back; there may be more.
  metadata: ({ metadata }, expected) =>
    Object.fromEntries(Object.keys(Expectation.parse(expected)).map((key) => [key, metadata[key]])),
};

/** Marks of the fixture itself; they are checked over the whole batch. */
const marks = new Set(['duplicate', 'group']);

function describe(event: ProviderEvent, expected: z.infer<typeof Expectation>, more: Readers) {
  const stated = Object.entries(expected).filter(([key]) => !marks.has(key));
  // With nothing stated for it, the event shows up in the comparison as one too many.
  if (stated.length === 0) return event;
  return Object.fromEntries(
    stated.map(([key, value]) => {
      const read = more[key] ?? readers[key];
      if (!read) throw new Error(`no comparison for what a fixture states as "${key}"`);
      return [key, read(event, value)];
    }),
  );
}

function comparable(expected: z.infer<typeof Expectation>) {
  const stated = Object.entries(expected).filter(([key]) => !marks.has(key));
  return Object.fromEntries(
    stated.map(([key, value]) => [key, key === 'recipient' && typeof value === 'string' ? value.toLowerCase() : value]),
  );
}
