import type { NextFunction, Request, Response } from 'express';
import type { Lead } from '../journey/facts.js';
import type { Told } from '../lead/prefer.js';
import { type Purpose, readToken, signToken } from '../message/token.js';
import type { Message } from '../store/message-row.js';
import { isUnreachable } from '../store/database.js';
import { messagePage } from './lead-pages.js';
import type { Services } from './services.js';

/** The mail that a link belongs to, with its lead as it stands now. */
export type Opened = { readonly message: Message; readonly lead: Lead; readonly preferencesUrl: string };

/** What a token opens; undefined for one that is not ours, or not for this, or whose lead is gone. */
export async function openLink(
  purpose: Extract<Purpose, 'unsubscribe' | 'preferences'>,
  token: string,
  { store, keys }: Pick<Services, 'store' | 'keys'>,
): Promise<Opened | undefined> {
  const ticket = readToken(purpose, token, keys);
  const message = ticket && (await store.messages.byId(ticket.message));
  const lead = message && (await store.leads.byId(message.lead));
  // A mail to somebody else is no way into the lead's own pages, save to confirm what it is about.
  if (message?.to !== undefined && purpose === 'unsubscribe') return undefined;
  return message && lead && { message, lead, preferencesUrl: `/p/${signToken('preferences', ticket, keys)}` };
}

/** Where an event comes from that a reader of a mail brings about. */
export function fromMail({ id: message, enrollment, sequence, step }: Message): Told {
  return { source: 'mail', message, enrollment, sequence, step };
}

/** Pages that say something of a person, and the forms that change it, are kept by nobody. */
export function asLeadPage(response: Response, status = 200): Response {
  return response.status(status).set({ 'Cache-Control': 'no-store', 'X-Robots-Tag': 'noindex' }).type('html');
}

/** Whatever goes wrong, a lead gets a page that says what it can do, and never JSON. */
export function answerLeads({ project, onFault }: Pick<Services, 'project' | 'onFault'>) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) return next(error);
    const { status, title, text } = meaningOf(error);
    if (status === 500) onFault(error);
    if (status === 503) response.set('Retry-After', '5');
    asLeadPage(response, status).send(messagePage(project().brand, title, text));
  };
}

function meaningOf(error: unknown): { readonly status: number; readonly title: string; readonly text: string } {
  if (isUnreachable(error)) return { status: 503, title: 'Not just now', text: 'Please try again in a minute.' };
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  // What body-parser refuses: too long, cut off, in letters that it does not know.
  if (status >= 400 && status < 500)
    return {
      status,
      title: 'This form cannot be read',
      text: 'Nothing has changed. Go back, and press the button again.',
    };
  return {
    status: 500,
    title: 'Something went wrong',
    text: 'It has been noted. Please try again, or answer the mail.',
  };
}
