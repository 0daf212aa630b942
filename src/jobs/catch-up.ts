import { type Engine, runDueSteps, type Settled } from '../engine.js';
import type { Enrollment } from '../journey/enrollment.js';
import type { LateSteps } from '../store/late.js';
import type { Store } from '../store/open-store.js';

export type CatchUpSetting = {
  readonly store: Pick<Store, 'messages' | 'enrollments'> & { readonly late: LateSteps };
  readonly engine: Engine;
  readonly newId: () => string;
};

/**
 * Goes past the mails that were due before an instant: those that wait to be sent end as skipped, and so do those that late
 * runs are about to send. The runs go on from there. Answers how many mails were skipped.
 */
export async function skipLate(before: Date, because: string, setting: CatchUpSetting): Promise<number> {
  const { store, engine } = setting;
  const waiting = await store.late.skipMails(before, because, engine.now());
  await engine.wake(waiting.enrollments);
  let skipped = waiting.count;
  for await (const ids of store.late.runs(before)) {
    const runs = [...(await store.enrollments.byIds(ids)).values()];
    skipped += await goPast(runs, because, setting);
  }
  return skipped;
}

/** Takes runs on as they are decided now, but for their next mails: these are planned under a claim of ours, and end there. */
async function goPast(runs: readonly Enrollment[], because: string, setting: CatchUpSetting): Promise<number> {
  const { store, engine, newId } = setting;
  let skipped = 0;
  const plan: Engine['plan'] = async (sends) => {
    const claim = newId();
    const planned = await engine.plan(sends, claim);
    const ends = planned.map(({ message: { id, attempts } }) => ({
      id,
      claim,
      attempts,
      state: 'skipped' as const,
      because,
    }));
    await store.messages.exchange(ends, [], engine.now());
    await engine.wake(planned.map(({ message }) => message.enrollment));
    skipped += planned.length;
    return [];
  };
  const atMail = (await engine.gather(runs)).flatMap((due) => {
    const { enrollment, program } = due;
    const step = enrollment.step === null ? undefined : program.steps.get(enrollment.step);
    const isMail = step?.kind === 'send' || step?.kind === 'notify';
    return isMail && !due.facts.mails.has(step.id) ? [{ step, due }] : [];
  });
  // Whatever the hour: decided now, a mail whose window has closed would only be put off.
  await plan(atMail, undefined);

  const isPast = new Set(atMail.map(({ due }) => due.enrollment.id));
  const past: Engine = { ...engine, due: async () => [], plan };
  let left: readonly Settled[] = runs.filter(({ id }) => !isPast.has(id)).map((enrollment) => ({ enrollment }));
  while (left.length > 0) {
    // Of each lead one run at a time; the others come next.
    const { later } = await runDueSteps(past, { limit: 0, goOn: left });
    left = later.length < left.length ? later : [];
  }
  return skipped;
}
