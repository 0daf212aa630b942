import type { Request } from 'express';
import { type Hit, tellingHeaders } from '../event/machine-signs.js';
import type { Services } from './services.js';

/** What a call tells of who makes it, for the judgement whether that is a person or a machine. */
export function hitOf(
  request: Request,
  what: Pick<Hit, 'kind' | 'link'>,
  { engine, publicUrl }: Pick<Services, 'engine' | 'publicUrl'>,
): Hit {
  return {
    ...what,
    method: request.method,
    userAgent: request.get('user-agent') ?? '',
    ip: request.ip ?? '',
    at: engine.now(),
    headers: Object.fromEntries(tellingHeaders.map((name) => [name, request.get(name)])),
    isSecure: request.secure || publicUrl().startsWith('https:'),
  };
}
