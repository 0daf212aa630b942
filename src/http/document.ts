import { Router } from 'express';
import { apiDocument } from '../api/document.js';
import { version } from '../version.js';
import type { Services } from './services.js';

/** `GET /openapi.json`: the API as a document, for programs that read such. It tells nothing that README does not. */
export function openApi({ publicUrl }: Pick<Services, 'publicUrl'>): Router {
  const router = Router();
  const made = new Map<string, object>();
  router.get('/openapi.json', (_request, response) => {
    const url = publicUrl();
    const document = made.get(url) ?? apiDocument({ url, version });
    made.set(url, document);
    response.set('Cache-Control', 'no-cache').json(document);
  });
  return router;
}
