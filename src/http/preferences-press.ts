import * as z from 'zod';
import { type Engine, recordEvent } from '../engine.js';
import { idFrom, isId } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { endOfPause } from '../journey/unwanted.js';
import { askForAddress } from '../lead/change-address.js';
import { prefer, turn } from '../lead/prefer.js';
import { canTakeBack, type Standing, standingOf, takeBack } from '../lead/take-back.js';
import { withdraw } from '../lead/withdraw.js';
import { addressKey } from '../message/address.js';
import type { Topic } from '../sequence/topics-file.js';
import type { Store } from '../store/open-store.js';
import { fromMail, type Opened } from './lead-link.js';
import { type Button, type FormAnswer, readAddressForm, readPauseForm, readSaveForm } from './preferences-form.js';
import type { Said } from './preferences-page.js';

/** What a press of a button comes to: an event to be told of, nothing as it was so already, or what is wrong with the form. */
export type Outcome =
  | { readonly did: LeadEvent | 'nothing' | 'asked' }
  | { readonly wrong: Said; readonly status: number };

/** Who pressed, and what that may look at. */
export type Press = {
  readonly found: Opened;
  readonly body: unknown;
  readonly engine: Engine;
  readonly store: Store;
  readonly topics: readonly Topic[];
  readonly timeZone: string;
};

/** Does what a button says. */
export async function press(button: Button, by: Press): Promise<Outcome> {
  const { found, body, engine, topics, timeZone } = by;
  const { lead } = found;
  switch (button) {
    case 'save':
      return choose(readSaveForm(body, lead, topics), by);
    case 'pause':
      return choose(readPauseForm(body, engine.now(), timeZone), by);
    case 'wake':
      return choose({ choice: endOfPause(lead, engine.now()) ? { snoozedUntil: engine.now() } : {} }, by);
    case 'address':
      return newAddress(by);
    case 'withdraw':
      return { did: await takeBackConsent(by) };
    case 'series':
      return { did: await leaveSeries(by) };
    case 'all':
      return { did: await turn('unsubscribed', lead.id, doing(by)) };
    case 'back':
      return { did: await turn('resubscribed', lead.id, doing(by)) };
    case 'undo':
      return undo(by);
  }
}

function doing({ found, engine, store, timeZone }: Press) {
  return { told: fromMail(found.message), engine, store, timeZone };
}

async function choose(answer: FormAnswer, by: Press): Promise<Outcome> {
  if ('problem' in answer) return { wrong: { kind: 'problem', text: answer.problem }, status: 400 };
  return { did: (await prefer(by.found.lead, answer.choice, doing(by))) ?? 'nothing' };
}

/** Whatever becomes of it, the answer is the same: it would tell who else is here. */
async function newAddress(by: Press): Promise<Outcome> {
  const { found, body, engine, store } = by;
  const { typed, result } = readAddressForm(body);
  if (!result.ok) {
    const text = `This cannot be used: ${result.problem}.`;
    return { wrong: { kind: 'problem', text, at: 'address', typed }, status: 400 };
  }
  if (result.value.key === addressKey(found.lead.email)) return { did: 'nothing' };
  await askForAddress(found.lead, result.value, { told: fromMail(found.message), engine, store });
  return { did: 'asked' };
}

const WithdrawForm = z.object({ purpose: z.string().max(60) });

async function takeBackConsent(by: Press): Promise<LeadEvent | 'nothing'> {
  const { data } = WithdrawForm.safeParse(by.body);
  return (data && (await withdraw(by.found.lead, data.purpose, doing(by)))) ?? 'nothing';
}

/** Ends the run of the mail. Told twice it is one event; told again after it was taken back, it is another. */
async function leaveSeries({ found: { message, lead }, engine, store }: Press): Promise<LeadEvent> {
  const { doings } = await standingOf(lead, store);
  const returns = doings.filter(({ type, enrollment }) => {
    return type === 'series.rejoined' && enrollment === message.enrollment;
  });
  const id = idFrom('series.left', message.enrollment, String(returns.length));
  const event = { ...fromMail(message), id, type: 'series.left', lead: lead.id, at: engine.now(), machine: false };
  await recordEvent(event, engine);
  return event;
}

const UndoForm = z.object({ of: z.string().refine(isId) });
const tooLate = 'This cannot be taken back any more: it was some time ago, or something else was chosen since.';

async function undo(by: Press): Promise<Outcome> {
  const { found, body, engine, store } = by;
  const standing = await standingOf(found.lead, store);
  const of = UndoForm.safeParse(body).data?.of;
  const done = undoneBy(of, standing);
  if (done) return { did: done };
  const event = standing.doings.find(({ id }) => id === of);
  if (!event || !canTakeBack(event, standing, engine.now()))
    return { wrong: { kind: 'problem', text: tooLate }, status: 409 };
  return { did: await takeBack(event, found.lead, doing(by)) };
}

/** What took an event back before: a second press finds it done. */
function undoneBy(id: string | undefined, { doings }: Standing): LeadEvent | undefined {
  return id === undefined ? undefined : doings.find(({ data }) => data?.['undoes'] === id);
}
