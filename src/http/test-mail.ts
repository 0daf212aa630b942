import { Router } from 'express';
import type { Brand } from '../message/brand.js';
import { messagePage } from './lead-pages.js';

/** Where the unsubscribe and preferences links of a mail lead that is nobody's message: a test, or a preview. */
export const testMailPath = '/test-mail';

/** Says what the link would have done. A mail program's one-click POST (RFC 8058) gets the same answer; nothing changes. */
export function testMail(brand: () => Brand): Router {
  const router = Router();
  router.all(testMailPath, (_request, response) => {
    response.set('Cache-Control', 'no-store').type('html').send(page(brand()));
  });
  return router;
}

function page(brand: Brand): string {
  return messagePage(
    brand,
    'This was a test mail',
    'In a real mail, this link lets its reader unsubscribe or change what they get. This one belongs to nobody, so nothing has changed.',
  );
}
