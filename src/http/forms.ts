import { type NextFunction, raw, type Request, type Response, Router } from 'express';
import { idFrom } from '../event/id.js';
import type { Press } from '../form/press.js';
import { readJsonBody, readUrlencoded, type Sent } from '../form/sent.js';
import { readAsset } from '../message/asset-token.js';
import { answerForm } from './form-answer.js';
import { embedScript, embedStyle } from './form-embed.js';
import { allowFrames, allowOrigin } from './form-origins.js';
import { formPage, lookIntoMailbox, noFormPage, thanks, thanksPage } from './form-page.js';
import { assetName, replyToPerson, replyToScript } from './form-reply.js';
import { formScript } from './form-script.js';
import { embeddedMarkup, ledHere, type NamedForm, viewOf } from './form-view.js';
import { answerLeads, asLeadPage } from './lead-link.js';
import { messagePage } from './lead-pages.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';

const urlencodedType = 'application/x-www-form-urlencoded';
const jsonType = 'application/json';
/** More than the longest form with the longest answers. */
const limit = '64kb';
const embedSeconds = 3600;

/**
 * Public forms: a page for each, the place where it is sent to, and the script that shows it on other sites. A POST that
 * went well is answered by a redirect (RFC 9110 §15.4.4), so that loading the page again sends nothing twice.
 */
export function forms(services: Services): Router {
  const { project, engine, newId, keys, publicUrl } = services;
  const router = Router();
  const brand = () => project().brand;
  const freshPress = (): Press => ({ id: idFrom(newId()), gotAt: engine.now() });
  const named = ({ params }: Request): NamedForm => {
    const name = String(params['form']);
    const form = project().forms.get(name);
    if (!form) throw new Problem(404, 'There is no such form.');
    return { name, form };
  };
  /** The way to what the form gives, by a token of ours alone: a stranger's link must not lead from our page. */
  const assetIn = ({ query }: Request): string | undefined => {
    const token = query[assetName];
    return typeof token === 'string' && readAsset(token, keys) ? `/d/${token}` : undefined;
  };

  router.get(formScript.path, (_request, response) => {
    response.set('Cache-Control', 'public, max-age=31536000, immutable').type('js').send(formScript.text);
  });

  router.get('/f/:form', (request, response) => {
    const view = viewOf(named(request), freshPress(), { sent: ledHere(request) }, services);
    allowFrames(asLeadPage(response), services).send(formPage(brand(), view));
  });
  router.get('/forms/:form', (request, response) => {
    // Where the address of a page with mistakes is loaded anew.
    response.redirect(302, `/f/${encodeURIComponent(named(request).name)}`);
  });

  router.get('/f/:form/thanks', (request, response) => {
    const { next } = named(request).form;
    const asset = assetIn(request);
    allowFrames(asLeadPage(response), services);
    // A redirect from here would be one of the form, which its page's policy keeps to ourselves.
    if (next !== undefined && !asset) response.set('Refresh', `0; url=${new URL(next).href}`);
    response.send(thanksPage(brand(), thanks, { asset, next }));
  });
  router.get('/f/:form/confirm', (request, response) => {
    const { next } = named(request).form;
    const page = thanksPage(brand(), lookIntoMailbox, { asset: assetIn(request), next });
    allowFrames(asLeadPage(response), services).send(page);
  });

  router.get('/f/:form/embed.js', (request, response) => {
    const { name } = named(request);
    response.set('Cache-Control', `public, max-age=${embedSeconds}`);
    // For pages that want to know what they load (COEP).
    response.set('Cross-Origin-Resource-Policy', 'cross-origin').type('js').send(embedScript(name, publicUrl()));
  });
  router.get('/f/:form/form.json', (request, response) => {
    allowOrigin(request, response, services);
    const html = embeddedMarkup(named(request), freshPress(), { sent: new Map() }, services);
    response.set('Cache-Control', 'no-store').json({ html, style: embedStyle });
  });

  router.options('/forms/:form', (request, response) => {
    allowOrigin(request, response, services);
    response.set({ 'Access-Control-Allow-Methods': 'POST', 'Access-Control-Allow-Headers': 'content-type' });
    response.set('Access-Control-Max-Age', '7200').status(204).end();
  });
  // Whoever may not send it is not read either, and a script hears of what cannot be read.
  router.post('/forms/:form', (request, response, next) => {
    allowOrigin(request, response, services);
    next();
  });
  router.post('/forms/:form', raw({ type: [urlencodedType, jsonType], limit }), async (request, response) => {
    const posted = { ...named(request), sent: sentIn(request) };
    const answered = await answerForm({ ...posted, around: aroundOf(request, posted.name, services) }, services);
    response.set('Cache-Control', 'no-store');
    (isJson(request) ? replyToScript : replyToPerson)(response, answered, posted, services);
  });

  router.use(['/f', '/forms'], answerTrouble(services));
  return router;
}

function isJson(request: Request): boolean {
  return typeof request.is(jsonType) === 'string';
}

function sentIn(request: Request): Sent {
  const { body } = request;
  const isOtherCharset = /;\s*charset=(?!"?utf-8)/i.test(request.get('content-type') ?? '');
  if (!Buffer.isBuffer(body) || isOtherCharset)
    throw new Problem(415, `Send ${urlencodedType} or ${jsonType}, in UTF-8.`);
  const sent = isJson(request) ? readJsonBody(body) : readUrlencoded(body);
  if (!sent) throw new Problem(400, 'The form cannot be read. Nothing of it was kept.');
  return sent;
}

function aroundOf(request: Request, name: string, { engine, publicUrl }: Services) {
  return {
    at: engine.now(),
    ip: request.ip ?? '',
    userAgent: request.get('user-agent'),
    referrer: request.get('referer'),
    acceptLanguage: request.get('accept-language'),
    ownPage: `${publicUrl()}/f/${encodeURIComponent(name)}`,
  };
}

/** Scripts get problems, people get pages. */
function answerTrouble(services: Services) {
  const answerPeople = answerLeads(services);
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    if (isJson(request) || request.path.endsWith('.json') || request.method === 'OPTIONS') return next(error);
    const { brand } = services.project();
    if (!(error instanceof Problem)) return answerPeople(error, request, response, next);
    if (error.status === 404) asLeadPage(response, 404).send(noFormPage(brand));
    else asLeadPage(response, error.status).send(messagePage(brand, 'This form cannot be sent', error.message));
  };
}
