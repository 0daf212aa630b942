import SwaggerUi from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './docs.css';

/** The API as its document tells of it, to be read and tried. Whoever is signed in tries it as who they are; others give a key. */
async function show(): Promise<void> {
  const session: unknown = await fetch('/api/session')
    .then((answer) => (answer.ok ? answer.json() : undefined))
    .catch(() => undefined);
  const csrf = tokenOf(session);
  SwaggerUi({
    url: '/openapi.json',
    dom_id: '#reference',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: false,
    // The document is our own: nobody else is asked whether it is well made.
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (csrf) request.headers['X-CSRF-Token'] = csrf;
      return request;
    },
  });
}

function tokenOf(session: unknown): string | undefined {
  const isTold = typeof session === 'object' && session !== null && 'csrf' in session;
  return isTold && typeof session.csrf === 'string' ? session.csrf : undefined;
}

void show();
