import { recentSince } from '../journey/frequency-cap.js';
import { ownCaps } from '../journey/own-caps.js';
import { domainOf, senderDomain } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import type { Settlement } from '../store/ledger.js';
import type { Store } from '../store/open-store.js';
import { isPaused, parkedMs } from '../store/pauses.js';
import type { Job } from './job.js';
import { transportsFor } from './route.js';
import { later } from './settlement.js';
import type { Throttles } from './throttles.js';
import type { Way } from './way.js';

export type AdmissionSetting = {
  readonly store: Pick<Store, 'pauses' | 'messages'>;
  readonly throttles: Throttles;
  readonly project: () => Project;
  readonly now: () => Date;
  readonly ways: ReadonlyMap<string, Way>;
  readonly giveBack: (jobs: readonly Job[]) => void;
  readonly record: (job: Job, as: Omit<Settlement, 'id'>) => Promise<unknown>;
  readonly onChange: () => void;
  readonly onFault: (error: unknown) => void;
};

/** A mail that waits here for its turn. `rousedAt`: the turn that it waited for, once it has come. */
type Waiting = Job & { readonly rousedAt?: number };

/** A mail whose turn in a throttle is so near waits for it in the process. */
const nearMs = 10_000;
const rouseMs = 100;
const minuteMs = 60_000;

/** Lets mails that we hold on their way, each by its transport and in its turn; what cannot go now is put off, and told why. */
export function openAdmission({ store, throttles, project, now, ways, ...tell }: AdmissionSetting) {
  const { giveBack, record, onChange, onFault } = tell;
  const names = [...ways.keys()];
  let resting: { readonly job: Waiting; readonly untilMs: number }[] = [];
  let rousing: NodeJS.Timeout | undefined;
  let admitting = 0;

  const admit = (jobs: readonly Job[]): Promise<void> =>
    held(jobs, async () => {
      const pauses = await store.pauses.refresh();
      const known = await withOthers(jobs);
      const paused = known.filter(({ message: { sequence } }) => isPaused(pauses, { sequence }));
      await park(paused, parkedMs, 'its sequence is paused');
      await send(known.filter((job) => !paused.includes(job)));
    });
  /** Whatever goes wrong, nothing that we hold is forgotten. */
  const held = async (jobs: readonly Job[], work: () => Promise<void>): Promise<void> => {
    if (jobs.length === 0) return;
    admitting += 1;
    try {
      await work();
    } catch (error) {
      giveBack(jobs);
      throw error;
    } finally {
      admitting -= 1;
      onChange();
    }
  };

  const withOthers = async (jobs: readonly Job[]): Promise<readonly Job[]> => {
    const own = jobs.flatMap(({ lead }) => (lead ? ownCaps(lead, now()) : []));
    const since = recentSince([...project().delivery.caps, ...own], now());
    if (!since) return jobs;
    const mails = await store.messages.recent([...new Set(jobs.map(({ message }) => message.lead))], since);
    return jobs.map((job) => {
      const others = (mails.get(job.message.lead) ?? []).filter(({ id }) => id !== job.message.id);
      return { ...job, others };
    });
  };

  const send = async (jobs: readonly Waiting[]): Promise<void> => {
    const routed = jobs.map((job) => ({ job, way: wayFor(job) }));
    const going = routed.flatMap(({ job, way }) => (way ? [{ job, way }] : []));
    await strand(routed.flatMap(({ job, way }) => (way ? [] : [job])));
    // A turn that was waited for has come, also where the clock was moved meanwhile, or stood still.
    const asked = new Date(Math.max(now().getTime(), ...jobs.map(({ rousedAt = 0 }) => rousedAt)));
    const slots = await throttles.slotsFor(going.map(askingOf), asked);
    for (const { job, way } of going) {
      const slot = slots.get(job.message.id) ?? asked;
      const inMs = slot.getTime() - asked.getTime();
      if (inMs <= 0) await go(job, way);
      else if (inMs <= nearMs) rest({ ...job, message: { ...job.message, slot }, rousedAt: slot.getTime() }, inMs);
      else await record(job, { ...later(job.message, slot, 'mails go out at a limited rate'), slot });
    }
  };
  const go = async (job: Job, way: Way): Promise<void> => {
    if (way.take()) way.put([job]);
    else await strand([job]);
  };
  const strand = async (jobs: readonly Job[]): Promise<void> => {
    // With every way closed nothing is taken up again before one opens; else these would come back at once.
    if ([...ways.values()].some((way) => way.appetite() === 'all'))
      await park(jobs, minuteMs, 'the transports for it cannot be used now');
    else if (jobs.length > 0) giveBack(jobs);
  };
  const wayFor = ({ message, lead }: Job): Way | undefined => {
    const domain = domainOf(message.to ?? lead?.email ?? '');
    // Said before to a transport that takes it once: to no other.
    const bound = message.isRepeatable && message.transport ? [message.transport] : undefined;
    const through = bound ?? transportsFor({ sequence: message.sequence, domain }, project().delivery.routes, names);
    return through.flatMap((name) => ways.get(name) ?? []).find((way) => way.appetite() !== 'none');
  };

  const rest = (job: Waiting, ms: number): void => {
    resting.push({ job, untilMs: performance.now() + ms });
    rousing ??= setInterval(rouse, rouseMs);
  };
  const rouse = (): void => {
    const nowMs = performance.now();
    const due = resting.filter(({ untilMs }) => untilMs <= nowMs).map(({ job }) => job);
    resting = resting.filter(({ untilMs }) => untilMs > nowMs);
    if (resting.length === 0) {
      clearInterval(rousing);
      rousing = undefined;
    }
    held(due, () => send(due)).catch(onFault);
  };
  const park = async (jobs: readonly Job[], ms: number, because: string): Promise<void> => {
    const at = new Date(now().getTime() + ms);
    await Promise.all(jobs.map((job) => record(job, { ...later(job.message, at, because), isParked: true })));
  };

  return {
    admit,
    waiting: (): number => resting.length,
    isBusy: (): boolean => admitting > 0 || resting.length > 0,
    stop: (): void => {
      clearInterval(rousing);
      giveBack(resting.map(({ job }) => job));
      resting = [];
    },
  };
}

function askingOf({ job: { message, lead, step }, way }: { readonly job: Job; readonly way: Way }) {
  return {
    id: message.id,
    transport: way.name,
    domain: domainOf(message.to ?? lead?.email ?? ''),
    sendingDomain: senderDomain(step?.from) ?? '',
    slot: message.slot,
  };
}
