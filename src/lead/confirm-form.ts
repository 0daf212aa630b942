import { idFrom } from '../event/id.js';
import { withdrawnWith } from '../form/consent-rule.js';
import type { Origin } from '../form/submission.js';
import type { Lead } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import { dayMs } from '../sequence/wall-clock.js';
import { isUnreachable } from '../store/database.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import type { KeptSubmission } from '../store/submissions.js';
import { finishSubmission, type FormTools } from './take-form.js';

/** So long the button in the mail works. */
const confirmMs = 7 * dayMs;
/** So long somebody who comes later may have another mail; then what was filled in is forgotten. */
export const unconfirmedMs = 30 * dayMs;

/** What a mail asks to be confirmed, and how that stands. `changed`: the lead has another address now than the mail went to. */
export type Question = {
  readonly kept: KeptSubmission;
  readonly state: 'open' | 'confirmed' | 'expired' | 'changed';
};

/** What a mail to a lead asks it; undefined for a mail that asks nothing, and where it is forgotten already. */
export async function questionOf(
  { to, revision, step, enrollment }: Message,
  lead: Lead,
  now: Date,
  store: Pick<Store, 'revisions' | 'enrollments' | 'submissions'>,
): Promise<Question | 'forgotten' | undefined> {
  const sent = (await store.revisions.program(revision))?.steps.get(step);
  if (to === undefined || sent?.kind !== 'notify' || !sent.asksConsent) return undefined;
  // Each question has a run of its own, under the id of the event that began it, which is the submission's.
  const key = (await store.enrollments.byId(enrollment))?.key;
  const kept = key === undefined ? undefined : await store.submissions.byId(key);
  return kept?.lead === lead.id ? { kept, state: stateOf(kept, lead, now) } : 'forgotten';
}

function stateOf({ confirmation, emailKey, at }: KeptSubmission, { email }: Lead, now: Date): Question['state'] {
  if (confirmation) return 'confirmed';
  // A mail to an address proves nothing of another.
  if (addressKey(email) !== emailKey) return 'changed';
  return now.getTime() - at.getTime() < confirmMs ? 'open' : 'expired';
}

/** Where a button was pressed. */
export type PressedFrom = Pick<Origin, 'network' | 'userAgent'>;

/** Does what was asked, as the address's own person says so. Pressed twice, it is done once. */
export async function confirmSubmission(
  kept: KeptSubmission,
  lead: Lead,
  from: PressedFrom,
  tools: FormTools,
): Promise<void> {
  const suppression = await tools.store.suppressions.of(kept.emailKey);
  const agreed = kept.agreed.map(({ purpose }) => purpose);
  const confirmed = await tools.store.submissions.confirm(kept.id, {
    at: tools.engine.now(),
    ...from,
    lifts: suppression === 'unsubscribed',
    withdraws: withdrawnWith(agreed, { consent: lead.consent, suppression }),
  });
  if (confirmed) await finishSubmission(confirmed, tools);
}

/** Asks once more, by a mail of its own, what was not confirmed in time. Pressed twice, it is one mail. */
export async function askAgain(unheard: KeptSubmission, from: PressedFrom, tools: FormTools): Promise<void> {
  const now = tools.engine.now();
  const { slot: _, ...kept } = unheard;
  const id = idFrom('asked again', kept.id);
  // What took effect at once has done so.
  const again = { ...kept, ...from, id, at: now, now: [], isNewLead: false, openSince: now };
  await finishSubmission(await tools.store.submissions.keep(again), tools);
}

const mostFinished = 500;

/** Finishes what dead processes left half done before `before`, and forgets what nobody has confirmed. */
export async function finishSubmissions(before: Date, tools: FormTools): Promise<void> {
  for (const kept of await tools.store.submissions.open(before, mostFinished)) {
    try {
      await finishSubmission(kept, tools);
    } catch (cause) {
      if (isUnreachable(cause)) throw cause;
      // What cannot be done of one must not keep the others from it.
      tools.engine.onFault(new Error(`the submission ${kept.id} could not be taken to its end`, { cause }));
    }
  }
  await tools.store.submissions.forgetUnconfirmed(new Date(tools.engine.now().getTime() - unconfirmedMs));
}
