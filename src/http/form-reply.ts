import type { Response } from 'express';
import type { Sent } from '../form/sent.js';
import type { Again, Answered } from './form-answer.js';
import { allowFrames } from './form-origins.js';
import { formPage, lookIntoMailbox, thanks } from './form-page.js';
import { embeddedMarkup, type NamedForm, viewOf } from './form-view.js';
import { asLeadPage } from './lead-link.js';
import type { Services } from './services.js';

export type Posted = NamedForm & { readonly sent: Sent };

/** Under this name the page after a form is told what it may hand out. */
export const assetName = 'asset';

/** What a person gets: the page after the form, or the form again. */
export function replyToPerson(response: Response, answered: Answered, one: Posted, services: Services): void {
  if (answered.kind === 'sent') {
    const page = answered.isAsked ? 'confirm' : 'thanks';
    const token = answered.asset?.split('/').at(-1);
    const query = token === undefined ? '' : `?${assetName}=${token}`;
    response.redirect(303, `/f/${encodeURIComponent(one.name)}/${page}${query}`);
    return;
  }
  const { status, press, mistakes, says } = answered;
  const view = viewOf(one, press, { sent: one.sent, mistakes, says }, services);
  asLeadPage(retryLater(response, status), status);
  allowFrames(response, services).send(formPage(services.project().brand, view));
}

/** Under this name our own script asks for the form as it is to be shown again. */
const htmlName = '_html';

/** What a script gets: what became of it and where to go next, or a problem of RFC 9457 that names every mistake. */
export function replyToScript(response: Response, answered: Answered, one: Posted, services: Services): void {
  if (answered.kind === 'sent') {
    const { isAsked, asset = null } = answered;
    const { title, text } = isAsked ? lookIntoMailbox : thanks;
    response.json({ kind: isAsked ? 'confirm' : 'taken', title, text, asset, next: one.form.next ?? null });
    return;
  }
  const { status, press, mistakes, says } = answered;
  const html = one.sent.has(htmlName)
    ? embeddedMarkup(one, press, { sent: one.sent, mistakes, says }, services)
    : undefined;
  retryLater(response, status).status(status).type('application/problem+json');
  response.send(JSON.stringify({ ...problemOf(answered), ...(html ? { html } : {}) }));
}

function problemOf({ status, mistakes, says }: Again) {
  const problems = mistakes.map(({ at, of, text, asks }) => ({
    ...(of === 'consent' ? { pointer: '/consent', purpose: at } : { pointer: `/${at}` }),
    detail: text,
    ...(asks ? { asks } : {}),
  }));
  return {
    type: 'about:blank',
    title: titles[status],
    status,
    detail: says ?? 'Some of what was sent is not as it must be.',
    ...(problems.length > 0 ? { problems } : {}),
  };
}

const titles = { 422: 'Unprocessable content', 429: 'Too many requests', 503: 'Not available now' } as const;
const retrySeconds = { 429: 3600, 503: 5 } as const;

function retryLater(response: Response, status: Again['status']): Response {
  return status === 422 ? response : response.set('Retry-After', String(retrySeconds[status]));
}
