import { createHmac } from 'node:crypto';
import { fieldOf, type Lead } from '../journey/facts.js';
import type { Brand } from '../message/brand.js';
import { fillOf, type MergeData, type MergeValue, noAddresses } from '../message/merge.js';
import { builtInFields } from '../sequence/lead-file.js';
import type { StepOfKind } from '../sequence/program.js';
import type { WebhookCall } from '../store/calls.js';
import type { PostRequest } from './post.js';

/** What a call tells its receiver about. */
export type CallSubject = {
  readonly call: WebhookCall;
  readonly step: StepOfKind<'webhook'>;
  readonly lead: Lead;
  readonly score: number;
  /** The sequence's, as merge fields may ask for it. */
  readonly title: string;
  readonly brand: Brand;
  /** What sales should know of the lead, where the step asks for it. */
  readonly dossier?: Readonly<Record<string, MergeValue>>;
};

/** One attempt of a call, signed (Standard Webhooks 1.0): the id stays over all attempts, so that receivers can tell a second time. */
export function signedRequest(subject: CallSubject, key: Buffer, now: Date): PostRequest {
  return signedPost({ id: subject.call.id, body: JSON.stringify(bodyOf(subject)) }, [key], now);
}

/** A body as Standard Webhooks are signed: by every key that its receiver may check it with. */
export function signedPost(
  { id, body }: { readonly id: string; readonly body: string },
  keys: readonly Buffer[],
  now: Date,
): PostRequest {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = keys.map((key) => {
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'Rivulet',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
  return { headers, body };
}

/** The key as the libraries of receivers take it. */
export function webhookSecret(key: Buffer): string {
  return `whsec_${key.toString('base64')}`;
}

function bodyOf({ call, step, lead, score, title, brand, dossier }: CallSubject) {
  const { id, email, firstName, lastName, stage, tags, attributes } = lead;
  const merge = { ...mergeData(lead, title, brand), ...(dossier ? { dossier } : {}) };
  const data = Object.entries(step.body).map(
    ([key, value]) => [key, typeof value === 'string' ? fillOf(value)(merge) : value] as const,
  );
  return {
    id: call.id,
    type: 'sequence.webhook',
    at: call.plannedAt,
    sequence: call.sequence,
    step: call.step,
    lead: { id, email, firstName, lastName, stage, score, tags, attributes },
    data: Object.fromEntries(data),
  };
}

function mergeData(lead: Lead, title: string, { name, website, postalAddress, logoAlt }: Brand): MergeData {
  const names = [...Object.keys(lead.attributes), ...Object.keys(builtInFields)];
  const fields = names.map((field) => {
    const value = fieldOf(lead, field);
    return [field, typeof value === 'object' ? value.join(', ') : value] as const;
  });
  return {
    lead: Object.fromEntries(fields),
    brand: { name, website, postalAddress, logoAlt },
    sequence: { name: title },
    ...noAddresses,
  };
}
