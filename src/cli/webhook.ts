import { readConfig } from '../config.js';
import { webhookSecret } from '../delivery/call-request.js';
import { deriveSecrets, keptSecret } from '../store/secrets.js';
import { say } from './terminal.js';

/** Prints the secret that receivers of webhook steps check signatures with. It follows from the signing secret. */
export async function showWebhookSecret(): Promise<void> {
  const config = readConfig(process.env);
  const { secret } = await keptSecret(config.DATA_DIR, 'signing-secret', config.SIGNING_SECRET);
  say(webhookSecret(deriveSecrets(secret).webhookKey));
}
