import { FixableError } from '../errors.js';
import { senderDomain } from '../message/address.js';
import type { Program } from '../sequence/program.js';
import type { DkimKeys } from './dkim-keys.js';

/** Refuses to start where mails must be signed and could not be: they would wait, one after the other, for a key. */
export function assertSigned(programs: Iterable<Program>, dkim: Pick<DkimKeys, 'keyFor'>): void {
  const domains = [...new Set([...programs].flatMap(senderDomains))];
  const unsigned = domains.filter((domain) => 'missing' in dkim.keyFor(domain));
  if (unsigned.length === 0) return;
  throw new FixableError({
    code: 'unsigned',
    where: 'DKIM_REQUIRED',
    what: `there is no DKIM key for ${unsigned.join(', ')}, from which sequences send`,
    fix: `Make one: ${unsigned.map((domain) => `rivulet dkim generate ${domain}`).join('; ')}`,
  });
}

function senderDomains({ steps }: Program): readonly string[] {
  return [...steps.values()].flatMap((step) => {
    return (step.kind === 'send' || step.kind === 'notify' ? senderDomain(step.from) : undefined) ?? [];
  });
}
