import { webcrypto } from 'node:crypto';
import type { ReceivedCall } from './receiver.js';

/** Checks a call as the libraries of Standard Webhooks do: any of its signatures is enough. */
export async function isVerified(
  { headers, body }: Pick<ReceivedCall, 'headers' | 'body'>,
  secret: string,
): Promise<boolean> {
  const hmac = await webcrypto.subtle.importKey(
    'raw',
    bytesOf(secret.slice('whsec_'.length)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const checks = String(headers['webhook-signature'])
    .split(' ')
    .map(async (one) => {
      const [version, signature = ''] = one.split(',');
      return (
        version === 'v1' && webcrypto.subtle.verify('HMAC', hmac, bytesOf(signature), new TextEncoder().encode(signed))
      );
    });
  return (await Promise.all(checks)).includes(true);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
