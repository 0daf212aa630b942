import { Router, urlencoded } from 'express';
import * as z from 'zod';
import { isId } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Lead } from '../journey/facts.js';
import { answerSales, canTakeBack, salesEventsOf, takeBackAnswer } from '../lead/answer-sales.js';
import { readToken } from '../message/token.js';
import { answerInWords } from '../sales/answer-words.js';
import { answersIn, standingAnswer } from '../sales/standing.js';
import { noSales, salesAnswers, type Sales } from '../sequence/sales-file.js';
import type { Message } from '../store/message-row.js';
import { answerLeads, asLeadPage, fromMail } from './lead-link.js';
import { messagePage } from './lead-pages.js';
import { Problem } from './problem.js';
import { chosenIn, Pressed, readSalesForm } from './sales-form.js';
import { salesPage, type SalesSaid } from './sales-page.js';
import type { Services } from './services.js';
import { displayName } from './views.js';

/** A notice, the lead that it is about, and the colleague to whom it went. */
type Opened = { readonly message: Message; readonly lead: Lead; readonly by: string };

/** So long a notice can be answered; after that it lies around in mailboxes for anybody to find. */
const validMs = 90 * 86_400_000;

/**
 * Where sales answers. The address is the right to answer for the one notice that it stands in, and says by whom: the
 * colleague to whom that went. GET, which link scanners use, changes nothing; a POST is answered by a redirect to what it
 * has done (RFC 9110 §15.4.4), so that pressing "reload" repeats nothing.
 */
export function answeringSales(services: Services): Router {
  const { store, engine, project, wake } = services;
  const router = Router();
  const brand = () => project().brand;
  const sales = (): Sales => project().sales ?? noSales;

  router.get('/s/:token', async (request, response) => {
    const found = await open(request.params.token, services);
    if (!found) {
      asLeadPage(response, 404).send(goneLinkPage(services));
      return;
    }
    const events = await salesEventsOf(found.lead.id, store);
    const said = saidAbout(request.query['done'], events, sales(), engine.now());
    asLeadPage(response).send(salesPage(brand(), shownOf(found, events, chosenIn(request.query), said, sales())));
  });

  router.post('/s/:token', urlencoded({ extended: false, limit: '64kb' }), async (request, response) => {
    const found = await open(request.params['token'], services);
    const pressed = Pressed.safeParse(request.query).data;
    if (!found || !pressed) {
      asLeadPage(response, 404).send(goneLinkPage(services));
      return;
    }
    if (request.body === undefined) throw new Problem(415, 'what was sent is no form');
    const outcome = await (pressed.choice === 'undo' ? undo : note)(found, request.body, services, sales());
    if ('wrong' in outcome) {
      const events = await salesEventsOf(found.lead.id, store);
      const page = salesPage(brand(), shownOf(found, events, chosenIn(request.body), outcome.wrong, sales()));
      asLeadPage(response, 400).send(page);
      return;
    }
    wake();
    const here = `/s/${request.params['token']}`;
    response.set('Cache-Control', 'no-store').redirect(303, `${here}?done=${outcome.did}`);
  });

  router.use('/s', answerLeads(services));
  return router;
}

type Outcome = { readonly did: string } | { readonly wrong: Extract<SalesSaid, { kind: 'problem' }> };

async function note(
  { message, lead, by }: Opened,
  body: unknown,
  { engine, store }: Services,
  { currency }: Sales,
): Promise<Outcome> {
  const read = readSalesForm(body);
  if ('problem' in read) return { wrong: read.problem };
  const telling = { ...read, by, ...(read.value === undefined ? {} : { currency }) };
  const { source: _, ...told } = fromMail(message);
  return { did: (await answerSales(lead.id, telling, { told, engine, store })).event.id };
}

const UndoForm = z.object({ of: z.string().refine(isId) });

/** What cannot be taken back any more is shown as it stands. */
async function undo({ message, lead, by }: Opened, body: unknown, { engine, store }: Services): Promise<Outcome> {
  const of = UndoForm.safeParse(body).data?.of;
  const events = await salesEventsOf(lead.id, store);
  if (of === undefined || !canTakeBack(events, of, engine.now())) return { did: 'nothing' };
  const { source: _, ...told } = fromMail(message);
  await takeBackAnswer({ id: of, lead: lead.id }, by, { told, engine, store });
  return { did: 'back' };
}

/** Undefined for a token that is not ours or too old, and for a mail that is no notice: nobody else may answer for sales. */
async function open(token: string | undefined, { store, keys, engine }: Services): Promise<Opened | undefined> {
  const ticket = token === undefined ? undefined : readToken('sales', token, keys);
  const message = ticket && (await store.messages.byId(ticket.message));
  if (message?.to === undefined || engine.now().getTime() - message.plannedAt.getTime() > validMs) return undefined;
  const lead = await store.leads.byId(message.lead);
  return lead && { message, lead, by: message.to };
}

function goneLinkPage({ project }: Services): string {
  return messagePage(
    project().brand,
    'This link does nothing any more',
    'It may have been cut off on its way, is older than 90 days, or the lead is gone. Nothing has changed. Open it from the mail again, or tell it where you look after the lead.',
  );
}

/** What is said of the press that an address names. */
function saidAbout(
  done: unknown,
  events: readonly LeadEvent[],
  sales: Sales,
  now: Date,
): Extract<SalesSaid, { kind: 'done' }> | undefined {
  if (done === 'back') return { kind: 'done', text: 'That answer is taken back: it counts no longer.' };
  if (done === 'nothing') return { kind: 'done', text: 'That could not be taken back any more; nothing has changed.' };
  const answered = answersIn(events).find(({ id }) => id === done);
  if (!answered) return undefined;
  const text = `Thank you. ${answerInWords(answered, sales)}.`.replaceAll(/([.”])\.$/g, '$1');
  return { kind: 'done', text, ...(canTakeBack(events, answered.id, now) ? { undo: answered.id } : {}) };
}

function shownOf(
  { lead }: Opened,
  events: readonly LeadEvent[],
  chosen: ReturnType<typeof chosenIn>,
  said: SalesSaid | undefined,
  sales: Sales,
) {
  const { company } = lead.attributes;
  return {
    who: displayName(lead),
    ...(typeof company === 'string' && company ? { company } : {}),
    answers: salesAnswers.map((answer) => ({ answer, title: sales.titles[answer] })),
    chosen: chosen ?? standingAnswer(events)?.answer,
    currency: sales.currency,
    heard: answersIn(events)
      .map((answer) => answerInWords(answer, sales))
      .toReversed(),
    said,
  };
}
