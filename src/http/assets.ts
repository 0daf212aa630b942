import { basename } from 'node:path';
import { type Request, type Response, Router } from 'express';
import { judge } from '../event/machine.js';
import { seen } from '../event/machine-signs.js';
import { readAsset } from '../message/asset-token.js';
import { recordDownload } from '../lead/download.js';
import { fileOfAsset } from '../sequence/asset-file.js';
import { assetBy } from './asset-links.js';
import { hitOf } from './hit-of.js';
import { answerLeads, asLeadPage } from './lead-link.js';
import { messagePage } from './lead-pages.js';
import type { Services } from './services.js';

/**
 * What forms and mails hand out, each to one lead by a signed link that expires. Nothing of it is to be had without one.
 */
export function assets(services: Services): Router {
  const { store, engine, keys, project, downloadsDir, wake, onFault } = services;
  const router = Router();

  router.get('/d/:token', async (request, response) => {
    const ticket = readAsset(request.params.token, keys);
    const asset = ticket && assetBy(ticket.asset, project());
    const lead = ticket && (await store.leads.byId(ticket.lead));
    if (!ticket || !asset || !lead) return nothingHere(response, services);
    if (ticket.until <= engine.now()) return tooLate(response, services);
    if (isDownload(request)) {
      // Whoever wants the file gets it, also when that cannot be noted.
      const told = { ticket: request.params.token, lead: lead.id, asset, evidence: evidenceOf(request, services) };
      await recordDownload(told, engine).then((isNew) => isNew && wake(), onFault);
    }
    handOut(asset, response);
  });

  const handOut = (asset: string, response: Response): void => {
    const file = fileOfAsset(asset);
    response.set({
      'Cache-Control': 'private, no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Robots-Tag': 'noindex, nofollow',
    });
    if (file === undefined) return response.redirect(302, asset);
    const options = { root: downloadsDir, dotfiles: 'deny', cacheControl: false } as const;
    response.download(file, basename(file), options, (error) => {
      // A reader who hangs up half way is no fault.
      if (!error || response.headersSent) return;
      response.removeHeader('Content-Disposition');
      onFault(new Error(`the asset ${asset} cannot be handed out`, { cause: error }));
      nothingHere(response, services);
    });
  };

  router.use('/d', answerLeads(services));
  return router;
}

/** Programs that read a file page by page ask for its beginning first. HEAD asks for nothing that anybody could read. */
function isDownload({ method, headers: { range } }: Request): boolean {
  return method === 'GET' && (range === undefined || range.startsWith('bytes=0-'));
}

/** By what it is told that a machine asks; undefined for a person. */
function evidenceOf(request: Request, services: Services): readonly string[] | undefined {
  const hit = seen(hitOf(request, { kind: 'click' }, services), services.project().machines);
  return judge([hit], { acceptedAt: undefined, deliveredAt: undefined, links: 1 }).get(hit);
}

function nothingHere(response: Response, { project }: Pick<Services, 'project'>): void {
  const text =
    'The link may have been cut off on its way, or what it led to is not there any more. Please open it from the mail again, or write to us.';
  asLeadPage(response, 404).send(messagePage(project().brand, 'This link does not lead anywhere', text));
}

function tooLate(response: Response, { project }: Pick<Services, 'project'>): void {
  const text =
    'It was made for you alone, and worked for two weeks. Please fill in the form once more, or answer our mail: then you get a new one.';
  asLeadPage(response, 410).send(messagePage(project().brand, 'This link is too old', text));
}
