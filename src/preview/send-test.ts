import type { TagHeaders } from '../delivery/provider-of.js';
import type { Handover, Transport } from '../delivery/transport.js';
import { FixableError } from '../errors.js';
import { parseAddress } from '../message/address.js';
import { type Mail, toMime } from '../message/mail.js';
import { renderShown, type Surroundings } from '../shown/render.js';
import type { ShownMail } from '../shown/shown-mail.js';

/** The one address a test goes to, or a refusal that says what is wrong with it. */
export function testAddress(text: string): string {
  const result = parseAddress(text);
  if (result.ok) return result.value.address;
  throw new FixableError({ code: 'bad-address', where: '--to', what: result.problem, fix: 'Name one address' });
}

/** A mail as it is really sent, marked as a test and addressed to whoever asked for it; nothing in it is a lead's. */
export function testMailFor(
  to: string,
  shown: ShownMail,
  surroundings: Surroundings,
  tagHeaders: TagHeaders = () => ({}),
): Mail {
  if (!shown.from)
    throw new FixableError({
      code: 'no-sender',
      where: shown.name,
      what: 'no sequence sends this template, and none names a sender that could stand in',
      fix: 'Name a step that sends it, or write "send": { "from": … } into a sequence',
    });
  const { mail } = renderShown(shown, surroundings);
  // What the provider reports of it comes back with this id, and is known for what it is; else it would go by the address.
  const tags = tagHeaders(mail.id, { sequence: 'test', step: 'test' });
  return {
    ...mail,
    to: { name: '', address: to },
    subject: `[Test] ${mail.subject}`,
    headers: { ...mail.headers, ...tags },
  };
}

/** Hands it to the transport once, and answers what came of it. Nothing is recorded. */
export async function handOver(mail: Mail, transport: Transport): Promise<Handover> {
  try {
    const [from, to] = [mail.from.address, mail.to.address];
    return await transport.deliver({
      id: mail.id,
      from,
      to,
      subject: mail.subject,
      at: mail.date,
      mime: await toMime(mail),
    });
  } finally {
    await transport.stop();
  }
}
