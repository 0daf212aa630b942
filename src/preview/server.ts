import { once } from 'node:events';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import express, { type Express, type Request, type Response } from 'express';
import * as z from 'zod';
import { FixableError } from '../errors.js';
import { openCaptured, sendMarkup } from '../http/captured-mail.js';
import { leadSheet } from '../http/style.js';
import { testMail, testMailPath } from '../http/test-mail.js';
import { toMime } from '../message/mail.js';
import { inLook, looks, onPhone } from '../shown/look.js';
import { indexPage } from './page-index.js';
import { operatorSheet } from './operator-style.js';
import { type Choice, firstChoice, mailPage } from './page-mail.js';
import { mistakesPage, scriptPath, stylePath, unreadablePage } from './page.js';
import { emptyLead, type PreviewLead } from '../shown/preview-lead.js';
import { type Rendered, renderShown } from '../shown/render.js';
import { reloadScript } from './script.js';
import { findMail, namesNear, type ShownMail, stepMails } from '../shown/shown-mail.js';
import { previewStyle } from './style.js';
import type { Reading, Watched } from './watch.js';

export type PreviewSetting = {
  readonly dir: string;
  readonly watched: Watched;
  readonly now: () => Date;
  readonly onFault: (error: unknown) => void;
};

/** Every choice has a fallback, so that an address typed by hand never fails. */
const Query = z.object({
  view: z.enum([...looks, 'text', 'links', 'headers']).catch(firstChoice.view),
  lead: z.enum(['given', 'empty']).catch(firstChoice.lead),
  phone: z
    .enum(['375', '320'])
    .catch('375')
    .transform((width) => (width === '375' ? 375 : 320)),
});

type Ready = Extract<Reading, { kind: 'ready' }>;

/** Shows the mails of a folder in a browser of this machine, and shows them anew with every save. */
export async function servePreview(
  setting: PreviewSetting,
  port: number,
): Promise<{ readonly url: string; readonly stop: () => void }> {
  const server = createPreview(setting).listen(port, '127.0.0.1');
  await listening(server, port);
  const address = server.address();
  const heard = typeof address === 'object' && address ? address.port : port;
  const stop = (): void => {
    server.close();
    // The pages keep a connection open for news; nobody waits for them.
    server.closeAllConnections();
  };
  return { url: `http://localhost:${heard}`, stop };
}

async function listening(server: Server, port: number): Promise<void> {
  try {
    await once(server, 'listening');
  } catch (cause) {
    if (!(isNativeError(cause) && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    const [where, what] = [`127.0.0.1:${port}`, 'this port is in use by another program'];
    const fix = `Take another: --port ${port + 1}`;
    throw new FixableError({ code: 'cannot-listen', where, what, fix }, { cause });
  }
}

function createPreview({ dir, watched, now, onFault }: PreviewSetting): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    // A name of somebody else's could be made to point here, and its pages would read what is shown.
    if (!/^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(request.headers.host ?? '')) {
      response.status(403).type('text').send('The preview answers at localhost only.');
      return;
    }
    response.set({
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'SAMEORIGIN',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'",
    });
    next();
  });
  for (const { path, css } of [operatorSheet, leadSheet, { path: stylePath, css: previewStyle }])
    app.get(path, (_request, response) => void response.type('css').send(css));
  app.get(scriptPath, (_request, response) => void response.type('js').send(reloadScript));
  app.use('/assets', express.static(join(dir, 'templates/assets')));
  app.get('/changes', (_request, response) => tellChanges(response, watched));

  const render = (shown: ShownMail, { project }: Ready, lead: PreviewLead, url: string): Rendered =>
    renderShown(shown, { project, lead, assetsUrl: url, testMailUrl: url + testMailPath, now: now() });
  /** What is ready to be shown; else its page says what stands in the way, and that is the answer. */
  const ready = (response: Response): Ready | undefined => {
    const reading = watched.reading();
    const version = watched.version();
    response.type('html');
    if (reading.kind === 'mistakes') response.send(mistakesPage(reading.mistakes, version));
    if (reading.kind === 'unreadable') response.send(unreadablePage(reading.error.message, version));
    return reading.kind === 'ready' ? reading : undefined;
  };
  app.get('/', (_request, response) => {
    const reading = ready(response);
    if (!reading) return;
    const subjectOf = (mail: ShownMail): string => render(mail, reading, reading.lead, '').mail.subject;
    response.send(indexPage({ ...reading, subjectOf, version: watched.version() }));
  });

  /** The mail of the address, rendered for the lead that is chosen. */
  const open = (request: Request<{ name: string[] }>, response: Response) => {
    const reading = ready(response);
    if (!reading) return undefined;
    const what = request.params.name.join('/');
    const shown = findMail(what, reading.project);
    if (!shown) {
      const why = `There is no template and no step "${what}". ${namesNear(what, reading.project)}`;
      response.status(404).send(unreadablePage(why, watched.version()));
      return undefined;
    }
    const choice: Choice = Query.parse(request.query);
    const lead = choice.lead === 'empty' ? emptyLead(reading.lead) : reading.lead;
    return { reading, shown, choice, lead, rendered: render(shown, reading, lead, `http://${request.headers.host}`) };
  };
  app.get('/mail/*name', async (request, response) => {
    const found = open(request, response);
    if (!found) return;
    const mime = await toMime(found.rendered.mail);
    const [opened, around] = [await openCaptured(mime), mailsAround(found.shown, found.reading)];
    response.send(mailPage({ ...found, around, opened, bytes: mime.length, version: watched.version() }));
  });
  app.get('/frame/*name', (request, response) => {
    const found = open(request, response);
    if (!found) return;
    const markup = inLook(found.rendered.mail.html, looks.find((look) => look === found.choice.view) ?? 'light');
    sendMarkup(response, request.query['on'] === 'phone' ? onPhone(markup) : markup);
  });
  app.get('/eml/*name', async (request, response) => {
    const found = open(request, response);
    if (found) await sendEml(response, found);
  });

  app.use((request, response, next) => {
    const reading = watched.reading();
    // With mistakes in the folder there may be no brand to show the page of.
    if (reading.kind === 'ready') testMail(() => reading.project.brand)(request, response, next);
    else next();
  });
  app.use((_request, response) => {
    response.status(404).type('html').send(unreadablePage('There is nothing at this address.', watched.version()));
  });
  app.use((error: unknown, _request: Request, response: Response, _next: () => void) => {
    onFault(error);
    if (!response.headersSent) response.status(500).type('text').send('Something went wrong; the terminal shows what.');
  });
  return app;
}

async function sendEml(response: Response, { shown, rendered }: { shown: ShownMail; rendered: Rendered }) {
  const file = `${shown.name.replace(/[^\w.-]+/g, '-')}.eml`;
  response
    .type('message/rfc822')
    .attachment(file)
    .send(await toMime(rendered.mail));
}

/** Server-sent events: the version that there is, and each that follows. */
function tellChanges(response: Response, watched: Watched): void {
  response.set('Content-Type', 'text/event-stream').flushHeaders();
  response.write('retry: 1000\n\n');
  const leave = watched.follow((version) => void response.write(`data: ${version}\n\n`));
  response.once('close', leave);
}

/** The steps before and after it in its sequence; for a template, the steps that send it. */
function mailsAround(shown: ShownMail, { project }: Ready) {
  const steps = stepMails(project);
  if (!steps.some(({ name }) => name === shown.name))
    return steps.flatMap((mail) => (mail.template === shown.template ? [{ label: 'Sent by', mail }] : []));
  const own = steps.filter(({ sequence }) => sequence.name === shown.sequence.name);
  const at = own.findIndex(({ name }) => name === shown.name);
  const beside = [
    ['Before it:', own[at - 1]],
    ['After it:', own[at + 1]],
  ] as const;
  return beside.flatMap(([label, mail]) => (mail ? [{ label, mail }] : []));
}
