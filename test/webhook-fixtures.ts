import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { ProviderEvent } from '../src/event/canonical.js';
import { headerPairs } from '../src/event/inbound-mail.js';
import type { ProviderAnswer, ProviderRequest } from '../src/event/provider.js';
import { providers } from '../src/event/providers.js';
import { readSendgridInbound } from '../src/event/sendgrid.js';
import { plainFields } from '../src/event/wire-fields.js';

/** Where the fixtures lie, seen from the root of the repository. */
export const fixtureFolder = '../shared/fixtures/webhooks';

/** What a fixture says of one event; only the keys that it states are compared. */
const Expectation = z.record(z.string(), z.unknown());
type Expectation = z.infer<typeof Expectation>;

const Fixture = z.object({
  file: z.string(),
  title: z.string(),
  request: z.object({
    content_type: z.string(),
    body: z.enum(['json-bytes', 'form-fields']),
    body_sha256: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  auth: z.looseObject({
    key: z.union([z.string(), z.array(z.string())]).optional(),
    topics: z.string().optional(),
    now: z.number().optional(),
    tolerance_s: z.number().optional(),
  }),
  outcome: z.enum(['processed', 'rejected-auth', 'malformed']),
  also_acceptable: z.union([z.string(), z.array(z.string())]).optional(),
  effective_events: z.number().optional(),
  /** Fixtures of one group may hold the same event again. */
  group: z.string().optional(),
  action: z.string().optional(),
  action_url: z.string().optional(),
  expect: z.array(Expectation).default([]),
});
export type Fixture = z.infer<typeof Fixture>;

const Key = z.looseObject({ type: z.string() });

const Index = z.object({
  schema_version: z.literal(1),
  keys: z.record(z.string(), Key),
  fixtures: z.array(Fixture),
});
export type Keys = z.infer<typeof Index>['keys'];

/** The providers of a folder of fixtures: whatever has an index. */
export function fixtureProviders(folder = fixtureFolder): readonly string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'index.json')))
    .toSorted();
}

/** One provider's published and authored payloads, and the public keys and throw-away secrets for them. */
export function webhookFixtures(provider: string, folder = fixtureFolder) {
  return Index.parse(JSON.parse(readFileSync(join(folder, provider, 'index.json'), 'utf8')));
}

/** The clock to use for a fixture: its own, or one long after every payload. */
export function clockOf({ auth }: Fixture): Date {
  return auth.now === undefined ? new Date('2026-10-01T00:00:00Z') : new Date(auth.now * 1000);
}

/** The HTTP request of a fixture, byte for byte. */
export async function requestOf(
  provider: string,
  { file, request }: Fixture,
  folder = fixtureFolder,
): Promise<ProviderRequest> {
  const bytes = readFileSync(join(folder, provider, file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== request.body_sha256) throw new Error(`${provider}/${file} was changed: its SHA-256 is ${sha256}`);

  const stated = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const sent =
    request.body === 'json-bytes'
      ? { body: bytes, headers: { 'content-type': request.content_type } }
      : await formOf(request.content_type, PostedForm.parse(JSON.parse(bytes.toString())));
  return { body: sent.body, headers: { ...sent.headers, ...Object.fromEntries(stated) } };
}

const PostedFile = z.looseObject({
  name: z.string().optional(),
  field: z.string().optional(),
  filename: z.string().optional(),
  content: z.string().optional(),
});
const PostedForm = z.object({ fields: z.record(z.string(), z.string()), files: z.array(PostedFile).default([]) });

/** Fields, and files, as an HTTP client posts them. */
export async function formOf(
  contentType: string,
  { fields, files = [] }: { fields: Record<string, string>; files?: readonly z.infer<typeof PostedFile>[] },
): Promise<ProviderRequest> {
  const form = contentType.startsWith('multipart/') ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const { name = 'attachment-1', field = name, filename = 'file', content = '' } of files) {
    if (form instanceof FormData) form.append(field, new Blob([content]), filename);
  }
  const response = new Response(form);
  return {
    body: Buffer.from(await response.arrayBuffer()),
    headers: { 'content-type': response.headers.get('content-type') ?? contentType },
  };
}

/** The text of the provider's setting that holds what a fixture is authenticated by. */
export function settingOf({ auth }: Fixture, keys: Keys): string {
  const named = [auth.topics ?? auth.key ?? []].flat();
  return named.map((name) => credentialOf(keys[name] ?? { type: 'none' })).join(',');
}

const text = z.string();

function credentialOf(key: z.infer<typeof Key>): string {
  switch (key.type) {
    case 'basic-auth':
      return `${text.parse(key['username'])}:${text.parse(key['password'])}`;
    case 'bearer-token':
      return `Bearer ${text.parse(key['value'])}`;
    case 'header-token':
      return `${text.parse(key['header'])}: ${text.parse(key['value'])}`;
    case 'svix-base64':
      return `${text.parse(key['prefix'])}${text.parse(key['value'])}`;
    case 'allowed-topic-arns':
      return z.array(text).parse(key['value']).join(',');
    default:
      return text.catch('').parse(key['value']);
  }
}

/** Serves the certificates of a provider's keys under their own addresses; to fetch anything else is a failure. */
export function certificatesOf(keys: Keys): (url: string) => Promise<string> {
  const served = Object.values(keys).filter(({ type }) => type === 'x509-pem');
  const pems = new Map(served.map((key) => [text.parse(key['url']), text.parse(key['value'])]));
  return async (url) => {
    const pem = pems.get(url);
    if (pem === undefined) throw new Error(`${url} was fetched, which no fixture allows`);
    return pem;
  };
}

/** What the real code answers to a fixture, with the keys and the time that it gives. */
export async function answerTo(
  provider: string,
  fixture: Fixture,
  { keys, folder = fixtureFolder }: { readonly keys: Keys; readonly folder?: string },
): Promise<ProviderAnswer> {
  const adapter = providers.get(provider);
  if (!adapter) throw new Error(`no adapter for ${provider}`);
  const request = await requestOf(provider, fixture, folder);
  const now = clockOf(fixture);
  const isForm = fixture.request.body === 'form-fields';
  // SendGrid signs its inbound webhook only for who asks it to.
  if (provider === 'sendgrid' && isForm && fixture.auth.key === undefined) return readSendgridInbound(request, { now });

  const read = isForm && adapter.readInbound ? adapter.readInbound : adapter.read;
  return read(request, {
    keys: settingOf(fixture, keys),
    now,
    toleranceSeconds: fixture.auth.tolerance_s,
    certificateOf: certificatesOf(keys),
  });
}

/** The events of a group that came before, by their dedupe keys. */
export type Seen = Set<string>;

/** An answer in the fixtures' words, cut to what `fixture` states, so that the two can be compared as a whole. */
export function inFixtureWords(answer: ProviderAnswer, fixture: Fixture, seen: Seen = new Set()) {
  if (answer.kind === 'refused') {
    const outcome = answer.because === 'bad-signature' ? 'rejected-auth' : 'malformed';
    return isTolerated(outcome, fixture) ? statedBy(fixture) : { outcome, expect: [] };
  }
  if (answer.kind === 'confirm') {
    const nothing = { canonical: 'ignored', recipient: null, message_ref: null, occurred_at: null, event_id: null };
    return { outcome: 'processed', action: 'confirm-subscription', action_url: answer.url, expect: [nothing] };
  }
  const before = new Set(seen);
  const expect = answer.events.map((event, index) => {
    const isDuplicate = seen.has(event.dedupeKey);
    seen.add(event.dedupeKey);
    return describe(event, fixture.expect[index] ?? {}, isDuplicate);
  });
  const acted = answer.events.filter((event) => canonicalOf(event) !== 'ignored').map(({ dedupeKey }) => dedupeKey);
  const effective = [...new Set(acted)].filter((key) => !before.has(key)).length;
  if (isTolerated('processed', fixture)) return statedBy(fixture);
  return {
    outcome: 'processed',
    ...(fixture.effective_events === undefined ? {} : { effective_events: effective }),
    expect,
  };
}

/** A second outcome that a fixture finds as good as its own. */
function isTolerated(outcome: string, { also_acceptable }: Fixture): boolean {
  return [also_acceptable ?? []].flat().includes(outcome);
}

/** What a fixture states, in the same shape as `inFixtureWords` gives it. */
export function statedBy({ outcome, effective_events, action, action_url, expect }: Fixture) {
  return {
    outcome,
    ...(effective_events === undefined ? {} : { effective_events }),
    ...(action === 'confirm-subscription' ? { action, action_url } : {}),
    expect: expect.map(comparable),
  };
}

type Reader = (event: ProviderEvent, expected: unknown) => unknown;

const readers: Readonly<Record<string, Reader>> = {
  canonical: canonicalOf,
  recipient: ({ recipient }) => recipient?.toLowerCase() ?? null,
  message_ref: ({ messageRef }) => messageRef ?? null,
  occurred_at: ({ at }) => at?.toISOString() ?? null,
  event_id: ({ eventId }) => eventId ?? null,
  machine: ({ machine }) => machine,
  url: ({ url }) => url ?? null,
  inbound_to: ({ reply }) => reply?.to[0]?.toLowerCase() ?? null,
  reply_text: ({ reply }) => reply?.text ?? null,
  // A report is nobody's reply either.
  auto: ({ reply, type }) => reply?.auto ?? type === 'ignored',
  ses_message_id: ({ reply, messageRef }) => reply?.ref ?? messageRef ?? null,
  // The id that we set at the provider; it comes back as any id of ours.
  custom_id: ({ metadata }) => metadata['rivulet'] ?? null,
  // Ours must be contained in what came back; there may be more.
  metadata: ({ metadata }, expected) =>
    Object.fromEntries(Object.keys(Expectation.parse(expected)).map((key) => [key, metadata[key]])),
  headers: ({ metadata }, expected) => {
    const back = new Map(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
    return headerPairs(expected).map(([name]) => [name.toLowerCase(), back.get(name.toLowerCase())]);
  },
};

/** The fixtures call an auto-reply ignored. */
function canonicalOf({ type, hard }: ProviderEvent): string {
  if (type === 'auto-replied') return 'ignored';
  return type === 'bounced' ? `bounced-${hard ? 'hard' : 'soft'}` : type;
}

/** Marks of the fixture's own. */
const marks = new Set(['group', 'note', 'notes']);

function describe(event: ProviderEvent, expected: Expectation, isDuplicate: boolean) {
  const stated = Object.entries(expected).filter(([key]) => !marks.has(key));
  // With nothing stated for it, the event shows up in the comparison as one too many.
  if (stated.length === 0) return event;
  return Object.fromEntries(
    stated.map(([key, value]) => {
      if (key === 'duplicate') return [key, isDuplicate];
      const read = readers[key];
      if (!read) throw new Error(`no comparison for what a fixture states as "${key}"`);
      return [key, read(event, value)];
    }),
  );
}

function comparable(expected: Expectation) {
  const stated = Object.entries(expected).filter(([key]) => !marks.has(key));
  return Object.fromEntries(
    stated.map(([key, value]) => {
      if (key === 'headers') return [key, headerPairs(value).map(([name, held]) => [name.toLowerCase(), held])];
      // Ours comes back as text.
      if (key === 'metadata') return [key, plainFields(value)];
      const isAddress = (key === 'recipient' || key === 'inbound_to') && typeof value === 'string';
      return [key, isAddress ? value.toLowerCase() : value];
    }),
  );
}
