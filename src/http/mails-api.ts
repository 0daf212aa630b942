import { mailRoutes } from '../api/mails.js';
import type { Who } from '../access/who.js';
import { noFigures, tellFigures } from '../lead/mail-figures.js';
import { type Clicks, tellClicks } from '../lead/tell-clicks.js';
import type { ProgramStep, StepOfKind } from '../sequence/program.js';
import { linkPatterns, placesIn, withLabels } from '../shown/click-map.js';
import { clipBytes, copyFor, type ShownCopy, toLead } from '../shown/copy.js';
import { inLook, type Look, onPhone } from '../shown/look.js';
import { type ShownMail, stepMails } from '../shown/shown-mail.js';
import { type AnsweredRoute, answering } from './answering.js';
import { sendMarkup } from './captured-mail.js';
import { unfit, unlooked } from './files-api.js';
import { filesOf, findingsOfMail } from './findings.js';
import { readerOf } from './mail-reader.js';
import { found } from './problem.js';
import { numbersIn } from './sequences-api.js';
import type { Services } from './services.js';
import { testMailPath } from './test-mail.js';

/** Mails as leads see them, and what was clicked in them. */
export function mailsApi(services: Services): readonly AnsweredRoute[] {
  const { engine, files } = services;

  return answering(mailRoutes, services, {
    'GET /api/sequences/:name/mails/:step': async ({ params, query, who }) => {
      const copy = await copyOf(params, { lead: query.lead, who }, services);
      return inFull(copy, services);
    },
    'GET /api/sequences/:name/mails/:step/mail.html': async ({ params, query, who, response }) => {
      const { shown, copy } = await copyOf(params, { lead: query.lead, who }, services);
      const markup = query.clicks ? await withClicks(copy, shown, services) : copy.html;
      sendMarkup(response, asSeen(markup, query.look, query.on));
      return undefined;
    },
    'POST /api/previews': async ({ body, who }) => {
      const at = { ...placeFor(services), now: engine.now() };
      const lead = await readerOf(body.lead, who, services);
      const look = await files.examine(body.files, { mail: body.mail, lead, at });
      if ('refused' in look) throw unfit(look);
      if (look.kind !== 'examined') throw unlooked(look);
      const { diagnostics, lint, shown } = look.examined;
      const said = { diagnostics: [...diagnostics], lint: [...lint] };
      if (!shown) return { ...said, preview: null };
      return { ...said, preview: { ...viewOf(shown), html: shown.html, links: [...shown.links] } };
    },
  });
}

/** Pictures come from wherever the frame comes from; other links of ours say that this was a test. */
function placeFor({ publicUrl }: Services) {
  return { assetsUrl: '', testMailUrl: publicUrl() + testMailPath };
}

type Place = { readonly name: string; readonly step: string };
type Copied = { readonly shown: ShownMail; readonly copy: ShownCopy };
type Reader = { readonly lead: string | undefined; readonly who: Who };

async function copyOf({ name, step }: Place, { lead, who }: Reader, services: Services): Promise<Copied> {
  const { project, files } = services.inForce();
  found(project.programs.get(name), 'sequence');
  const mail = stepMails(project).find((one) => one.sequence.name === name && one.step === step);
  const shown = found(mail, 'mail in this sequence');
  const reader = toLead(await readerOf(lead, who, services), project, files);
  const at = { ...placeFor(services), now: services.engine.now() };
  return { shown, copy: copyFor(shown, reader, project, at) };
}

function asSeen(markup: string, look: Look, on: 'desktop' | 'phone'): string {
  const seen = inLook(markup, look);
  return on === 'phone' ? onPhone(seen) : seen;
}

function clicksOf(shown: ShownMail, services: Services): Promise<Clicks> {
  const { project } = services.inForce();
  const template = found(project.templates.get(shown.template), 'template');
  const patterns = linkPatterns(template, shown, project, services.publicUrl());
  return tellClicks({ sequence: shown.sequence.name, step: shown.step }, patterns, services.store);
}

/** The mail with the share of clickers who followed each link. */
async function withClicks(copy: ShownCopy, shown: ShownMail, services: Services): Promise<string> {
  const [clicks, { numbers }] = await Promise.all([clicksOf(shown, services), figuresOf(shown, services)]);
  const labels = linksOf(copy, clicks, numbers.clicked).map(({ people, share }, i): readonly [number, string] => {
    return [i, share === null ? '0' : `${people} · ${Math.round(100 * share)} %`];
  });
  const targets = copy.links.map(({ target }) => target);
  return withLabels(copy.html, targets, new Map(labels));
}

async function figuresOf({ sequence, step }: ShownMail, services: Services) {
  const { store, project, engine, defaultTimeZone, onFault } = services;
  const figures = await tellFigures({ store, project, now: engine.now, defaultTimeZone, onFault }, sequence.name);
  return { numbers: figures.mails.get(sequence.name)?.get(step) ?? noFigures, asOf: figures.asOf ?? null };
}

async function inFull({ shown, copy }: Copied, services: Services) {
  const { project, files } = services.inForce();
  const { sequence, template } = shown;
  const [clicks, { numbers, asOf }, findings] = await Promise.all([
    clicksOf(shown, services),
    figuresOf(shown, services),
    findingsOfMail(template, services),
  ]);
  const step = mailStep(project.programs.get(sequence.name)?.steps.get(shown.step));
  const file = files.templates.get(template)?.file ?? `templates/${template}.mjml`;
  return {
    sequence,
    step: shown.step,
    kind: step.kind,
    subjectWritten: shown.subject,
    ...viewOf(copy),
    file,
    source: files.templates.get(template)?.text ?? '',
    includes: filesOf(template, services).filter((one) => one !== file),
    links: linksOf(copy, clicks, numbers.clicked),
    otherClicks: [...clicks.others],
    clickers: numbers.clicked,
    numbers: step.kind === 'send' ? { step: step.id, subject: step.subject, template, ...numbersIn(numbers) } : null,
    findings,
    asOf,
  };
}

function mailStep(step: ProgramStep | undefined): StepOfKind<'send' | 'notify'> {
  if (step?.kind === 'send' || step?.kind === 'notify') return step;
  throw new Error('a mail was shown that no step sends');
}

function linksOf({ html, links }: ShownCopy, { people }: Clicks, clickers: number) {
  const places = placesIn(
    html,
    links.map(({ target }) => target),
  );
  return links.map((link, i) => {
    const own = people.get(i) ?? 0;
    return {
      ...link,
      people: own,
      // What a lead did a moment ago may not be counted yet.
      share: clickers === 0 ? null : Math.min(1, own / clickers),
      places: places.flatMap(({ link: of, nth, words }) => (of === i ? [{ nth, words }] : [])),
    };
  });
}

function viewOf(copy: ShownCopy) {
  const { template, lead, from, replyTo, subject, preheader, firstWords, text, hasDarkStyle, htmlBytes } = copy;
  const size = { htmlBytes, clipBytes, isClipped: htmlBytes > clipBytes };
  return { template, lead, from, replyTo: replyTo ?? null, subject, preheader, firstWords, text, hasDarkStyle, size };
}
