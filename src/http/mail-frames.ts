import { type RequestHandler, Router, urlencoded } from 'express';
import * as z from 'zod';
import { inLook, looks } from '../shown/look.js';
import { sendMarkup } from './captured-mail.js';
import { parse, Problem } from './problem.js';

const Draft = z.strictObject({ html: z.string().max(2_000_000) });
const Query = z.strictObject({ look: z.enum(looks).default('light') });

/**
 * Shows a draft in a frame of our own pages. A frame that is made from text inherits the policy of its page, which forbids
 * the inline styles that mails are made of; so the page sends the draft, and gets it back under the policy of a mail:
 * without scripts, and without our origin.
 */
export function mailFrames(): Router {
  const router = Router();
  router.post('/frames/mail', framedAlone, urlencoded({ extended: false, limit: '4mb' }), (request, response) => {
    const { html } = parse(Draft, request.body);
    const { look } = parse(Query, request.query);
    response.set('Cache-Control', 'no-store');
    sendMarkup(response, inLook(html, look));
  });
  return router;
}

/**
 * A page of somebody else could have its markup come back from our address; a browser says who asks and for what. It is
 * looked at before the body, which a stranger may make large.
 */
const framedAlone: RequestHandler = ({ headers }, _response, next) => {
  if (headers['sec-fetch-site'] !== 'same-origin' || headers['sec-fetch-dest'] !== 'iframe')
    throw new Problem(403, 'Drafts are shown in frames of the pages of Rivulet alone.');
  next();
};
