import { Router, urlencoded } from 'express';
import { zoneOf as zoneOfLead } from '../journey/facts.js';
import type { LeadEvent } from '../event/lead-event.js';
import { endOfPause } from '../journey/unwanted.js';
import { canTakeBack, type Standing, standingOf } from '../lead/take-back.js';
import { canAskAddress } from '../lead/change-address.js';
import { purposesIn } from '../lead/consent-history.js';
import { answerNoticeLink } from './confirm-link.js';
import { answerLeads, asLeadPage, openLink, type Opened } from './lead-link.js';
import { cutOffPage } from './lead-pages.js';
import { Pressed, withForm } from './preferences-form.js';
import { preferencesPage, type Said, type Shown } from './preferences-page.js';
import { press } from './preferences-press.js';
import { dayInWords, saidOf } from './preferences-words.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';

/**
 * The preference centre. Its address is the right to change what it shows: no login and no cookie, so that there is nothing
 * that another site could make a browser send along. GET changes nothing; a POST is answered by a redirect to what it has
 * done (RFC 9110 §15.4.4).
 */
export function preferenceCentre(services: Services): Router {
  const { store, engine, wake, project } = services;
  const router = Router();
  const open = (token: string): Promise<Opened | undefined> => openLink('preferences', token, services);

  router.get('/p/:token', async (request, response) => {
    const found = await open(request.params.token);
    if (!found) {
      asLeadPage(response, 404).send(cutOffPage(project().brand));
      return;
    }
    if (found.message.to !== undefined) return answerNoticeLink(found, request, response, services);
    const standing = await standingOf(found.lead, store);
    const said = saidAbout(request.query['done'], found, standing, services);
    const agreed = await agreedTo(found, store);
    const shown = { ...shownOf(found, standing, said, services), agreed };
    asLeadPage(response).send(preferencesPage(project().brand, shown));
  });

  router.post('/p/:token', urlencoded({ extended: false, limit: '16kb' }), async (request, response) => {
    const found = await open(request.params['token']);
    if (found?.message.to !== undefined) return answerNoticeLink(found, request, response, services);
    const pressed = Pressed.safeParse(request.query).data;
    if (!found || !pressed) {
      asLeadPage(response, 404).send(cutOffPage(project().brand));
      return;
    }
    if (request.body === undefined && withForm.includes(pressed.choice))
      throw new Problem(415, 'what was sent is no form');
    const topics = project().topics ?? [];
    const timeZone = zoneOf(found, services);
    const outcome = await press(pressed.choice, { found, body: request.body, engine, store, topics, timeZone });
    if ('wrong' in outcome) {
      const standing = await standingOf(found.lead, store);
      const shown = { ...shownOf(found, standing, outcome.wrong, services), agreed: await agreedTo(found, store) };
      const page = preferencesPage(project().brand, shown);
      asLeadPage(response, outcome.status).send(page);
      return;
    }
    wake();
    const done = typeof outcome.did === 'string' ? outcome.did : outcome.did.id;
    response.set('Cache-Control', 'no-store').redirect(303, `${found.preferencesUrl}?done=${done}`);
  });

  router.use('/p', answerLeads(services));
  return router;
}

const askedText =
  'If this address can be used, a mail goes to it now. Your mails go there once you press the button that it leads to; until then nothing changes. An address gets one such mail a day.';

type Setting = Pick<Services, 'project' | 'engine' | 'defaultTimeZone'>;

function zoneOf({ lead }: Opened, { defaultTimeZone }: Setting): string {
  return zoneOfLead(lead, defaultTimeZone);
}

function titleIn({ project }: Setting): (sequence: string) => string {
  return (sequence) => project().programs.get(sequence)?.title ?? sequence;
}

/** What is said of the event that an address names, and whether it can be taken back. */
function saidAbout(done: unknown, found: Opened, standing: Standing, setting: Setting): Said | undefined {
  if (done === 'nothing') return { kind: 'done', text: 'Everything is so already; nothing has changed.' };
  if (done === 'asked') return { kind: 'done', text: askedText };
  const event: LeadEvent | undefined = standing.doings.find(({ id }) => id === done);
  if (!event) return undefined;
  const topics = setting.project().topics ?? [];
  const text = saidOf(event, { titleOf: titleIn(setting), topics, timeZone: zoneOf(found, setting) });
  return { kind: 'done', text, ...(canTakeBack(event, standing, setting.engine.now()) ? { undo: event.id } : {}) };
}

/** What the lead agreed to, in the words that it was shown, or by the name alone that another system gave it. */
async function agreedTo({ lead }: Opened, { consentTexts }: Services['store']): Promise<Shown['agreed']> {
  const granted = purposesIn(lead.consent).filter(({ status }) => status === 'granted');
  const texts = await consentTexts.byVersions(granted.flatMap(({ version }) => version ?? []));
  return granted.map(({ purpose, version = '' }) => ({ purpose, text: texts.get(version) ?? purpose }));
}

/** What the page shows of choices, as they stand now. */
function shownOf(
  found: Opened,
  { suppression, runs }: Standing,
  said: Said | undefined,
  setting: Setting,
): Omit<Shown, 'agreed'> {
  const { message, lead } = found;
  const { topicsOff = [], frequency = 'as they come' } = lead.preferences ?? {};
  const isRunning = runs.some(({ id, status }) => id === message.enrollment && status === 'active');
  const until = endOfPause(lead, setting.engine.now());
  return {
    email: lead.email,
    suppression,
    ...(isRunning ? { series: titleIn(setting)(message.sequence) } : {}),
    topics: (setting.project().topics ?? []).map((topic) => ({ ...topic, isOn: !topicsOff.includes(topic.name) })),
    frequency,
    canChangeAddress: canAskAddress(setting.project()),
    ...(until ? { pausedUntil: dayInWords(until, zoneOf(found, setting)) } : {}),
    ...(said ? { said } : {}),
  };
}
