import { randomBytes } from 'node:crypto';
import { idFrom } from '../event/id.js';
import type { Trigger } from '../journey/enrollment.js';
import { eventFields } from '../journey/merge-fields.js';
import { type Mail, renderMail } from '../message/mail.js';
import { fillOf } from '../message/merge.js';
import { testIdFrom } from '../message/test-id.js';
import { readToken, type SigningKeys } from '../message/token.js';
import { sampleDossier } from '../sales/sample-dossier.js';
import type { Project } from '../sequence/project.js';
import { withoutPixel } from './pixel.js';
import type { PreviewLead } from './preview-lead.js';
import type { ShownMail } from './shown-mail.js';

/** A mail that is nobody's message. */
export type Rendered = {
  readonly mail: Mail;
  /** Bytes of the HTML as it is really sent, with tracked links and pixel. */
  readonly htmlBytes: number;
};

export type Surroundings = {
  readonly project: Project;
  readonly lead: PreviewLead;
  /** Where pictures of `templates/assets` are, without a closing slash. */
  readonly assetsUrl: string;
  /** Where unsubscribe and preferences links lead. */
  readonly testMailUrl: string;
  readonly now: Date;
};

/** Stands for our server while rendering; ".invalid" is nobody's (RFC 2606), so what is found under it is ours. */
const own = 'https://rivulet.invalid';
const ownLinks = new RegExp(`${own}/([cup])/([\\w-]{54})`, 'g');
const assetLinks = new RegExp(`${own}/d/[\\w-]+`, 'g');

/**
 * Renders through the very function that sends, and then takes every thread back to us out: links lead straight to their
 * targets, there is no pixel, and nothing can be recorded of a lead. The keys are thrown away with the call, so that even
 * a link that were overlooked could be nobody's.
 */
export function renderShown(shown: ShownMail, { project, lead, assetsUrl, testMailUrl, now }: Surroundings): Rendered {
  const template = project.templates.get(shown.template);
  if (!template) throw new Error(`there is no template "${shown.template}"`);
  const keys: SigningKeys = [{ id: 1, secret: randomBytes(32) }];
  const { step, sequence, replyTo, notice, asset, from = 'preview@example.com' } = shown;
  const identity = [shown.name, lead.email, now.toISOString()];
  const mail = renderMail(
    template,
    {
      message: idFrom(...identity),
      step,
      subject: fillOf(shown.subject),
      from,
      ...(replyTo ? { replyTo } : {}),
      ...(asset ? { asset } : {}),
      ...(notice
        ? { notice, event: sampleEvent(notice.asksLead ? sampleQuestion : sampleReply, now, project.brand.language) }
        : {}),
      ...(notice ? { dossier: dossierFor(lead, now, project, testMailUrl) } : {}),
      sequence,
      lead: { id: 'nobody', ...lead },
      plannedAt: now,
    },
    { brand: project.brand, publicUrl: own, keys },
  );

  const loosen = (text: string, written: (target: string) => string): string =>
    text
      .replace(ownLinks, (_, purpose: string, token: string) =>
        written(purpose === 'c' ? targetOf(mail, token, keys) : testMailUrl),
      )
      .replace(assetLinks, written(testMailUrl))
      .replaceAll(own, written(assetsUrl));
  const headers = Object.entries(mail.headers).map(([name, value]) => [name, loosen(value, asItIs)] as const);
  return {
    mail: {
      ...mail,
      // No id of a message, so that a reply or a bounce is not taken for one to a real mail.
      id: testIdFrom(...identity),
      html: loosen(withoutPixel(mail.html), inMarkup),
      text: loosen(mail.text, asItIs),
      headers: Object.fromEntries(headers),
    },
    htmlBytes: Buffer.byteLength(mail.html),
  };
}

/** What a notice tells sales. Its answers lead to nobody's page. */
function dossierFor({ name, email }: PreviewLead, now: Date, { sales }: Project, answersUrl: string) {
  return { ...sampleDossier(name || email, now, sales), answersUrl };
}

/** What a notice tells of: something that a lead might have written or ticked. */
function sampleEvent(sample: Omit<Trigger, 'at'>, at: Date, language: string): ReturnType<typeof eventFields> {
  return eventFields({ ...sample, at }, { timeZone: 'UTC', language });
}

const sampleReply = {
  type: 'replied',
  text: 'Yes, please. Tuesday would suit me, in the morning.\n\nHow long does it take to set up?',
  mail: 'welcome/hello',
};
const sampleQuestion = {
  type: 'consent.asked',
  about: 'newsletter',
  title: 'The monthly letter',
  text: '“Yes, send me one mail a month. I can withdraw this at any time, with the link in each mail.”',
};

/** The target of a tracked link; nothing for one that a real mail would not follow either. */
function targetOf({ links }: Mail, token: string, keys: SigningKeys): string {
  const target = links[readToken('click', token, keys)?.link ?? -1] ?? '';
  return leadsSomewhere(target) ? target : '';
}

/** Whether a click on a link with this target goes anywhere. */
export function leadsSomewhere(target: string): boolean {
  return /^https?:\/\/./i.test(target);
}

function asItIs(text: string): string {
  return text;
}

function inMarkup(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
