import type { Request, Response } from 'express';
import { shortened } from '../event/network.js';
import { askAgain, confirmSubmission, type PressedFrom, type Question, questionOf } from '../lead/confirm-form.js';
import { answerAddressLink } from './address-link.js';
import { assetLinkOf } from './asset-links.js';
import { askedAgainPage, confirmedPage, confirmPage, expiredPage, notConfirmedPage } from './confirm-pages.js';
import { asLeadPage, type Opened } from './lead-link.js';
import { cutOffPage } from './lead-pages.js';
import type { Services } from './services.js';

/** Mails about a lead lead here: the one that asks it what it agreed to, and those to other addresses of it. */
export async function answerNoticeLink(
  found: Opened,
  request: Request,
  response: Response,
  services: Services,
): Promise<void> {
  const question = await questionOf(found.message, found.lead, services.engine.now(), services.store);
  if (question === undefined) return answerAddressLink(found, request, response, services);
  if (question === 'forgotten' || question.state === 'changed') {
    asLeadPage(response, 410).send(notConfirmedPage(services.project().brand));
    return;
  }
  if (request.method === 'POST') return press(question, found, request, response, services);
  return show(question, request, response, services);
}

/** A link scanner follows every link, and so nothing is changed by showing a page. */
async function show(
  { kept, state }: Question,
  request: Request,
  response: Response,
  services: Services,
): Promise<void> {
  const { store, project, engine, publicUrl, keys } = services;
  const { brand, forms } = project();
  const { title, email, agreed } = kept;
  const byVersion = await store.consentTexts.byVersions(agreed.map(({ version }) => version));
  const about = { title, email, texts: agreed.flatMap(({ version }) => byVersion.get(version) ?? []) };
  if (state === 'confirmed') {
    const form = forms.get(kept.form);
    const link = { publicUrl: publicUrl(), keys };
    const asset = form && kept.lead ? assetLinkOf(kept.lead, form, engine.now(), link) : undefined;
    asLeadPage(response).send(confirmedPage(brand, about, { asset, next: form?.next }));
  } else if (state === 'open') asLeadPage(response).send(confirmPage(brand, about));
  else if (request.query['done'] === 'asked') asLeadPage(response).send(askedAgainPage(brand));
  else asLeadPage(response, 410).send(expiredPage(brand, about));
}

async function press(
  { kept, state }: Question,
  { lead, preferencesUrl }: Opened,
  request: Request,
  response: Response,
  services: Services,
): Promise<void> {
  const { wake, project } = services;
  const from = originOf(request);
  const isAsked = request.query['choice'] === 'again' && state === 'expired';
  if (isAsked) await askAgain(kept, from, services);
  else if (request.query['choice'] !== 'confirm') {
    asLeadPage(response, 404).send(cutOffPage(project().brand));
    return;
  }
  // Also where it is confirmed already: what a dead process left of it is done now.
  else if (state !== 'expired') await confirmSubmission(kept, lead, from, services);
  wake();
  // What it has come to is shown by a page that can be loaded again (RFC 9110 §15.4.4).
  response.set('Cache-Control', 'no-store').redirect(303, isAsked ? `${preferencesUrl}?done=asked` : preferencesUrl);
}

/** Characters of a browser's name that are kept with the proof. */
const longestAgent = 400;

function originOf(request: Request): PressedFrom {
  const userAgent = request.get('user-agent')?.slice(0, longestAgent);
  return { network: shortened(request.ip ?? ''), ...(userAgent ? { userAgent } : {}) };
}
