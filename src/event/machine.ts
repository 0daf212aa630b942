import { companyOf, sameProgram } from './machine-company.js';
import type { Machines } from './machine-rule.js';
import { knownMachine, type SeenHit } from './machine-signs.js';
import { type SentMail, soon, tooSoon } from './machine-timing.js';

/**
 * How long a hit waits for its company: a scan that goes through a mail link by link has come to the hidden one by then.
 * A journey learns of a click by so much later; the reader does not wait.
 */
export const settleMs = 30_000;

/** From how long before a hit others have to do with it. */
export const companyMs = 60_000;

/**
 * Decides which hits of one mail machines made, and by what that is told; those that are left out are people's. Losing a
 * person is worse than counting a machine: what is merely probable stays a person's.
 */
export function judge(hits: readonly SeenHit[], mail: SentMail): ReadonlyMap<SeenHit, readonly string[]> {
  const inOrder = hits.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const company = companyOf(inOrder, mail);
  return new Map(
    inOrder.flatMap((hit): readonly [SeenHit, readonly string[]][] => {
      const proofs = [...hit.certain, ...tooSoon(hit, mail), ...[company.get(hit) ?? []].flat()];
      const hints = [...hit.hints, ...soon(hit, sameProgram(hit, inOrder), mail)];
      const evidence = proofs.length > 0 ? proofs : hints.length > 1 ? hints : [];
      return evidence.length > 0 ? [[hit, [...new Set(evidence)]]] : [];
    }),
  );
}

/** By what a program that a provider tells of is known as a machine's, from its name and network alone. */
export function machineBehind(
  visit: { readonly kind: 'open' | 'click'; readonly userAgent?: string; readonly ip?: string },
  machines: Machines,
): readonly string[] | undefined {
  const { kind, userAgent = '', ip = '' } = visit;
  const known = knownMachine({ kind, userAgent, ip }, machines);
  return known && known.rule.weight !== 'hint' ? [known.evidence] : undefined;
}
