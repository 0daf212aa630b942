import { idFrom } from '../event/id.js';
import { ruleOn } from '../form/consent-rule.js';
import { type Agreement, agreementsOf, isGated } from '../form/consent-text.js';
import type { Submission, Submitted } from '../form/submission.js';
import type { FormFile } from '../sequence/form-file.js';
import { present } from '../store/rows.js';
import type { KeptSubmission } from '../store/submissions.js';
import { finishSubmission, type FormTools } from './take-form.js';

/**
 * Takes a form that somebody filled in: the proof first, then the lead, then what it brings about. Told again, at the same
 * instant or after a crash between any two writes, it comes to the same.
 */
export async function submitForm(submission: Submission, form: FormFile, tools: FormTools): Promise<Submitted> {
  const agreements = agreementsOf(form, submission.agreed);
  const kept = await keep(submission, form, agreements, tools);
  const lead = await finishSubmission(kept, tools);
  return asksToConfirm(form, agreements) ? { kind: 'confirm', lead } : { kind: 'taken', lead, isNew: kept.isNewLead };
}

/** By what anybody can see of the form alone: an answer that told whether an address is known would tell strangers. */
function asksToConfirm({ doubleOptIn }: FormFile, agreements: readonly Agreement[]): boolean {
  return doubleOptIn === true && agreements.length > 0;
}

/** The form as it is kept. Its first telling decides what becomes of it. */
async function keep(
  { form: name, id: told, address, fields, locale, timezone, origin }: Submission,
  form: FormFile,
  agreements: readonly Agreement[],
  { store, engine }: FormTools,
): Promise<KeptSubmission> {
  // Of another address or form it is another one, whatever id somebody makes up.
  const id = idFrom('submission', name, address.key, told);
  const known = await store.submissions.byId(id);
  if (known) return known;
  const [lead, suppression] = await Promise.all([store.leads.byEmail(address.key), store.suppressions.of(address.key)]);
  const agreed = agreements.map(({ purpose }) => purpose);
  const asking = { doubleOptIn: form.doubleOptIn === true, isGated: isGated(form), agreed };
  await store.consentTexts.keep(agreements, engine.now());
  return store.submissions.keep({
    id,
    form: name,
    title: form.title,
    email: address.address,
    emailKey: address.key,
    agreed: agreements.map(({ purpose, version }) => ({ purpose, version })),
    ...ruleOn(asking, { consent: lead?.consent, suppression }),
    isNewLead: lead === undefined,
    fields,
    ...present({ locale, timezone }),
    ...origin,
    openSince: engine.now(),
  });
}
