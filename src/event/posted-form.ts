import type { ProviderRequest } from './provider.js';

/** The fields of a posted form as bytes, since a mail's text is in the mail's own charset; undefined if it is no whole form. */
export function readForm({ body, headers }: ProviderRequest): ReadonlyMap<string, Buffer> | undefined {
  const type = headers['content-type'] ?? '';
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    return new Map([...new URLSearchParams(body.toString())].map(([name, value]) => [name, Buffer.from(value)]));
  }
  const [, quoted, plain] = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/is.exec(type) ?? [];
  const boundary = quoted ?? plain;
  return boundary === undefined ? undefined : readMultipart(body, boundary);
}

/**
 * RFC 7578 by hand, because the platform's `formData()` refuses the whole form for one odd file name (a quote in an
 * attachment's name would cost the reply) and decodes every field as UTF-8.
 */
function readMultipart(body: Buffer, boundary: string): ReadonlyMap<string, Buffer> | undefined {
  // One latin1 character is one byte.
  const [, ...parts] = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`);
  // Cut off on its way: the sender will try again.
  if (!parts.some((part) => part.startsWith('--'))) return undefined;

  const fields = new Map<string, Buffer>();
  for (const part of parts) {
    const start = part.indexOf('\r\n\r\n');
    const head = part.slice(0, Math.max(start, 0)).replaceAll(/\r\n[ \t]+/g, ' ');
    const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
    const name = /;\s*name="?([^";]+)/i.exec(disposition)?.[1]?.trim();
    if (name && !fields.has(name)) fields.set(name, Buffer.from(part.slice(start + 4), 'latin1'));
  }
  return fields;
}
