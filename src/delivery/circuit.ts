/**
 * Whether a transport may be used. `now` is in milliseconds of a clock that nobody sets. Closed: yes. Open: not before
 * `until`. Half-open: one mail finds out; all others wait for what becomes of it.
 */
export type Circuit =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly until: number; readonly pauseMs: number }
  | { readonly kind: 'half-open'; readonly since: number; readonly pauseMs: number };

export const closedCircuit: Circuit = { kind: 'closed', failures: 0 };

/** One lost connection says nothing of the server: many are ended just when the next mail comes. */
const failuresToOpen = 3;
const shortestPauseMs = 1000;
const longestPauseMs = 60_000;
/** Longer than any server may take to answer (RFC 5321 §4.5.3.2): the mail that was to find out never came back. */
const lostProbeMs = 15 * 60_000;

/** Whether a mail may be handed over now, and the circuit as it is if it is. */
export function tryNow(circuit: Circuit, now: number): { mayGo: boolean; circuit: Circuit } {
  if (circuit.kind === 'closed') return { mayGo: true, circuit };
  const mayProbe = now >= (circuit.kind === 'open' ? circuit.until : circuit.since + lostProbeMs);
  return mayProbe
    ? { mayGo: true, circuit: { kind: 'half-open', since: now, pauseMs: circuit.pauseMs } }
    : { mayGo: false, circuit };
}

/** The transport could not be used. Mails that were under way when it opened change nothing more. */
export function afterFailure(circuit: Circuit, now: number): Circuit {
  switch (circuit.kind) {
    case 'closed': {
      const failures = circuit.failures + 1;
      return failures < failuresToOpen
        ? { kind: 'closed', failures }
        : { kind: 'open', until: now + shortestPauseMs, pauseMs: shortestPauseMs };
    }
    case 'half-open': {
      const pauseMs = Math.min(circuit.pauseMs * 2, longestPauseMs);
      return { kind: 'open', until: now + pauseMs, pauseMs };
    }
    case 'open':
      return circuit;
  }
}

/** The server answered, whatever it answered. */
export function afterAnswer(): Circuit {
  return closedCircuit;
}

/**
 * What is to be done about a transport that cannot be used. A refused login does not mend itself, and trying on may lock
 * the account: the transport is paused until a person has seen to it.
 */
export function remedyFor(because: 'login' | 'connection' | 'busy'): 'pause' | 'try-again' {
  return because === 'login' ? 'pause' : 'try-again';
}
