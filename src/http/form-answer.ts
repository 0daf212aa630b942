import { type Defence, hiddenName } from '../form/defences.js';
import { paceOf, type Press, pressAgain, readPress } from '../form/press.js';
import { type Answers, consentName, type Mistake, readAnswers } from '../form/read-answers.js';
import { readHabits, readOrigin, type Surroundings } from '../form/read-origin.js';
import { firstOf, type Sent } from '../form/sent.js';
import type { Submission } from '../form/submission.js';
import { toSubmission } from '../form/to-submission.js';
import { submitForm } from '../lead/submit-form.js';
import type { FormFile } from '../sequence/form-file.js';
import { isUnreachable } from '../store/database.js';
import { offeredAsset } from './asset-links.js';
import type { Services } from './services.js';

/** A form as it came in. */
export type Posted = {
  readonly name: string;
  readonly form: FormFile;
  readonly sent: Sent;
  readonly around: Surroundings;
};

/** What is said back: that it was sent, or the form again, with all that stood in it. */
export type Answered = AsSent | Again;
/** `asset`: the link by which the person gets what the form gives, where it gives something before a confirmation. */
export type AsSent = { readonly kind: 'sent'; readonly isAsked: boolean; readonly asset?: string };
export type Again = {
  readonly kind: 'again';
  readonly status: 422 | 429 | 503;
  readonly press: Press;
  readonly mistakes: readonly Mistake[];
  readonly says?: string;
};

/** Under this name stands the token of the page that the form was sent from. */
export const pressName = '_press';

/**
 * Takes a form, or says why not. A program that fills in what no person sees is told that it went well, and nothing comes of it;
 * what some person might do as well, such as pressing Enter on a form that the browser has filled in, is never dropped in silence.
 */
export async function answerForm(posted: Posted, services: Services): Promise<Answered> {
  const { name, form, sent, around } = posted;
  const press = readPress(name, firstOf(sent, pressName) ?? '', services.keys);
  const again = (why: Pick<Again, 'status'> & Partial<Again>): Again => {
    const isFresh = press && paceOf(press, around.at) !== 'too-old';
    return { kind: 'again', mistakes: [], press: isFresh ? press : pressAgain(services.newId(), around.at), ...why };
  };

  if (sent.get(hiddenName)?.some((text) => text !== '')) {
    await tally('hidden-field', posted, services);
    return { kind: 'sent', isAsked: asksToConfirm(form, sent) };
  }
  if (press && paceOf(press, around.at) === 'too-fast') {
    await tally('too-fast', posted, services);
    return again({ status: 422, says: tooFastText });
  }
  const read = readAnswers(sent, form, services.project().fields);
  if (read.kind === 'mistakes') {
    if (read.mistakes.some(({ refuses }) => refuses)) await tally('address-kind', posted, services);
    return again({ status: 422, mistakes: read.mistakes });
  }
  if (press && paceOf(press, around.at) === 'too-old') return again({ status: 422, says: tooOldText });
  try {
    return (await take(posted, read.answers, press, services)) ?? again({ status: 429, says: tooOftenText });
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return again({ status: 503, says: notNowText });
  }
}

const tooFastText = 'That was quick. Please look whether everything is right, and press the button once more.';
const tooOldText = 'This page was open for more than a day. Please look through it and press the button again.';
const tooOftenText =
  'This form was sent too often from here, or for this address. Nothing you wrote is lost: please press the button again in an hour.';
const notNowText =
  'This could not be kept just now. Nothing you wrote is lost: please press the button again in a minute.';

/** Whether a form that really was sent would have to be confirmed: a caught program must not read from the answer that it was. */
function asksToConfirm({ doubleOptIn, consent = [] }: FormFile, sent: Sent): boolean {
  const ticked = sent.get(consentName) ?? [];
  return doubleOptIn === true && consent.some(({ purpose }) => ticked.includes(purpose));
}

/** Takes it; undefined where the address or the network has sent as many as it may. */
async function take(
  posted: Posted,
  answers: Answers,
  press: Press | undefined,
  services: Services,
): Promise<AsSent | undefined> {
  const { name, form, sent, around } = posted;
  const origin = readOrigin(sent, around);
  const submission = toSubmission({ form: name, answers, origin, press, habits: readHabits(sent, around) });
  const limited = await limitOf(submission, press !== undefined, services);
  if (limited) {
    await tally(limited, posted, services);
    return undefined;
  }
  const submitted = await submitForm(submission, form, services);
  services.wake();
  const setting = { publicUrl: services.publicUrl(), keys: services.keys };
  const asset = offeredAsset(submitted, form, around.at, setting);
  return { kind: 'sent', isAsked: submitted.kind === 'confirm', ...(asset ? { asset } : {}) };
}

async function limitOf(
  { id, address, origin }: Submission,
  hasPage: boolean,
  { store }: Services,
): Promise<Defence | undefined> {
  const one = { id, at: origin.at };
  const { ask } = store.formAttempts;
  if (!(await ask(hasPage ? 'network' : 'network without a page', origin.network, one))) return 'network';
  return (await ask('address', address.key, one)) ? undefined : 'address';
}

/** A refusal stands whether or not it could be counted. */
async function tally(defence: Defence, { name, around }: Posted, { store, onFault }: Services): Promise<void> {
  try {
    await store.formTallies.note({ form: name, defence, at: around.at });
  } catch (error) {
    if (!isUnreachable(error)) onFault(error);
  }
}
