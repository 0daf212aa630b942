import { afterAnswer, afterFailure, type Circuit, closedCircuit, remedyFor, tryNow } from './circuit.js';
import type { Job } from './job.js';
import { type Lanes, type LaneWork, openLanes, type Unavailable } from './lanes.js';
import type { Livery } from './mail-maker.js';
import type { NamedTransport } from './transports.js';

export type WaySetting = Omit<LaneWork, 'onUnavailable' | 'conclude' | 'prepare'> & {
  readonly prepare: (job: Job, livery: Livery) => ReturnType<LaneWork['prepare']>;
  readonly conclude: (...parts: [...Parameters<LaneWork['conclude']>, Livery]) => ReturnType<LaneWork['conclude']>;
  /** Takes back what waits before a way that is closed. */
  readonly giveBack: (jobs: readonly Job[]) => void;
  readonly isPaused: (transport: string) => boolean;
  /** Only a person can mend this: the transport is to be left alone until they have. */
  readonly onPause: (transport: string, reply: string) => void;
  readonly say: (line: string) => void;
};

/** One transport with its lanes, and whether it can be used: a circuit that opens when it fails, and pauses. */
export function openWay({ name, transport, headers, tagHeaders }: NamedTransport, setting: WaySetting) {
  const { idempotencyHeader } = transport;
  const livery: Livery = { name, headers, tagHeaders, ...(idempotencyHeader ? { idempotencyHeader } : {}) };
  let circuit: Circuit = closedCircuit;
  let isTold = false;
  let lastReply = '';

  const onUnavailable = ({ reply, because }: Unavailable): void => {
    circuit = afterFailure(circuit, performance.now());
    lastReply = reply;
    const mustPause = remedyFor(because) === 'pause';
    if (circuit.kind !== 'open' && !mustPause) return;
    close();
    if (mustPause) setting.onPause(name, reply);
    else if (!isTold)
      setting.say(
        `${transport.name} cannot be used now (${reply}). Mails wait for it, and nothing is lost; trying again.`,
      );
    isTold = true;
  };
  const close = (): void => setting.giveBack(lanes.close());

  const lanes: Lanes = openLanes(transport, {
    ...setting,
    prepare: (job) => setting.prepare(job, livery),
    conclude: (job, answer) => {
      circuit = afterAnswer();
      if (isTold) setting.say(`${transport.name} takes mails again.`);
      isTold = false;
      return setting.conclude(job, answer, livery);
    },
    onUnavailable,
  });

  return {
    name,
    lanes,
    close,
    /** Why it cannot be used now, in the words of the last answer; undefined while it can. */
    trouble: (): string | undefined => (circuit.kind === 'closed' ? undefined : lastReply),
    /** How many mails it would take: none, one to find out whether it can be used again, or as many as there are. */
    appetite: (): 'none' | 'one' | 'all' => {
      if (setting.isPaused(name) || !tryNow(circuit, performance.now()).mayGo) return 'none';
      return circuit.kind === 'closed' ? 'all' : 'one';
    },
    /** Takes a mail, if it can be used. */
    take: (): boolean => {
      if (setting.isPaused(name)) return false;
      const turn = tryNow(circuit, performance.now());
      circuit = turn.circuit;
      return turn.mayGo;
    },
    put: (jobs: readonly Job[]): void => {
      lanes.open();
      lanes.put(jobs);
    },
  };
}
export type Way = ReturnType<typeof openWay>;
