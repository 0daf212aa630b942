import { idFrom } from '../event/id.js';
import { dayMs } from '../sequence/wall-clock.js';
import type { Press } from './press.js';
import type { Answers } from './read-answers.js';
import type { Origin, Submission } from './submission.js';

/** What belongs to one press of the button. */
export type Pressed = {
  readonly form: string;
  readonly answers: Answers;
  readonly origin: Origin;
  readonly press: Press | undefined;
  readonly habits: Pick<Submission, 'locale' | 'timezone'>;
};

export function toSubmission({ form, answers, origin, press, habits }: Pressed): Submission {
  return { form, id: submissionId(form, answers, origin, press), ...answers, ...habits, origin };
}

/**
 * The same answers from the same page are the same press, however often they are told; other answers from it, as after the
 * way back of the browser, are another. Without a page of ours that is so for the same answers from one network on one day.
 */
function submissionId(
  form: string,
  { address, fields, agreed }: Answers,
  origin: Origin,
  press: Press | undefined,
): string {
  const from = press
    ? ['page', press.id]
    : ['network', origin.network, String(Math.floor(origin.at.getTime() / dayMs))];
  return idFrom('form', form, ...from, address.key, JSON.stringify(Object.entries(fields)), agreed.join(' '));
}
