import type { Request, Response } from 'express';
import { addressMailOf, isOpen, takeAddress } from '../lead/change-address.js';
import { addressNotTakenPage, addressTakenPage, confirmAddressPage, restoreAddressPage } from './address-pages.js';
import { asLeadPage, type Opened } from './lead-link.js';
import { cutOffPage } from './lead-pages.js';
import type { Services } from './services.js';

/**
 * The link in a mail to another address of a lead. Whoever reads it may be nobody we know: it shows and changes nothing of
 * the lead but whether that address gets its mails, and that by a button alone, as link scanners follow every link.
 */
export async function answerAddressLink(
  found: Opened,
  request: Request,
  response: Response,
  services: Pick<Services, 'store' | 'engine' | 'project'>,
): Promise<void> {
  const { store, engine, project } = services;
  const { brand } = project();
  const mail = await addressMailOf(found.message, store);
  const isPressed = request.method === 'POST';
  if (!mail || (isPressed && request.query['choice'] !== mail.kind)) {
    asLeadPage(response, 404).send(cutOffPage(brand));
    return;
  }
  const { kind, address } = mail;
  if (isPressed && (await takeAddress(kind, found.message, found.lead, { store, engine }))) {
    asLeadPage(response).send(addressTakenPage(brand, address));
    return;
  }
  if (isPressed || !isOpen(kind, found.message, found.lead, engine.now())) {
    asLeadPage(response, 409).send(addressNotTakenPage(brand));
    return;
  }
  const page = kind === 'confirm' ? confirmAddressPage : restoreAddressPage;
  asLeadPage(response).send(page(brand, address));
}
