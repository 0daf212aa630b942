import { otherAddresses } from '../journey/address-change.js';
import { zoneOf } from '../journey/facts.js';
import { eventFields, mergeFields } from '../journey/merge-fields.js';
import { bodyHashOf, signDkimAsync } from '../message/dkim.js';
import { domainOf } from '../message/address.js';
import type { Lead } from '../journey/facts.js';
import { answersUrl, type MailSetting, type StepOrder } from '../message/mail.js';
import { fillOf, type MergeValue } from '../message/merge.js';
import { type CompiledMail, compileMime } from '../message/mime.js';
import type { StepOfKind } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { DkimKeys } from './dkim-keys.js';
import type { Sendable } from './job.js';
import type { TagHeaders } from './provider-of.js';
import { openWriter } from './smtp-wire.js';
import type { Parcel } from './transport.js';

export type MailMakerSetting = {
  readonly project: () => Project;
  readonly mail: () => MailSetting;
  readonly defaultTimeZone: string;
  /** What a notice tells sales of a lead; where it is left out, nothing. */
  readonly dossierOf?: (lead: Lead) => Promise<Readonly<Record<string, MergeValue>>>;
  readonly dkim: Pick<DkimKeys, 'keyFor'>;
  /** Mails from a domain without a key do not leave. */
  readonly dkimRequired: boolean;
};

/** What a mail carries because of the way that it goes. */
export type Livery = {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly idempotencyHeader?: string | undefined;
  /** By which the provider gives the id of a mail back. */
  readonly tagHeaders?: TagHeaders;
};

/** A mail ready for the wire, and where its tracked links lead; or why it may not leave without a signature. */
export type Made =
  | { readonly kind: 'mail'; readonly parcel: Omit<Parcel, 'at'>; readonly links: readonly string[] }
  | { readonly kind: 'unsigned'; readonly because: string };

/** Makes mails. What all mails of a step share is made once, and again when the project changes. */
export function openMailMaker(setting: MailMakerSetting) {
  const compiled = new WeakMap<Project, Map<string, CompiledMail>>();
  const write = openWriter();

  const compiledFor = (sendable: Sendable, livery: Livery): CompiledMail => {
    const project = setting.project();
    const known = compiled.get(project) ?? new Map<string, CompiledMail>();
    compiled.set(project, known);
    const { message, step } = sendable;
    const key = [livery.name, message.sequence, message.revision, step.id].join(' ');
    const fill = known.get(key) ?? compile(sendable, livery, project);
    known.set(key, fill);
    return fill;
  };
  const compile = ({ step, message, title }: Sendable, livery: Livery, project: Project): CompiledMail => {
    const template = project.templates.get(step.template);
    if (!template) throw new Error(`there is no template "${step.template}" any more`);
    const order = {
      step: step.id,
      subject: fillOf(step.subject),
      from: step.from ?? '',
      ...(step.kind === 'notify' ? { notice: noticeOf(step) } : {}),
      ...(step.kind === 'send' && step.replyTo ? { replyTo: step.replyTo } : {}),
      ...(step.kind === 'send' && step.asset ? { asset: step.asset } : {}),
      sequence: { name: message.sequence, title },
    };
    const { idempotencyHeader } = livery;
    return compileMime(template, order, { ...setting.mail(), ...(idempotencyHeader ? { idempotencyHeader } : {}) });
  };

  /** The signature that stands above a mail's own head; nothing where none is asked for. */
  const signature = async (head: string, body: string, signer: ReturnType<DkimKeys['keyFor']>): Promise<string> =>
    'key' in signer ? signDkimAsync(head, bodyHashOf(Buffer.from(body, 'latin1')), signer.key) : '';

  /** What sales should know of the lead, in a notice about it; what goes to another address of the lead tells none of that. */
  const dossierFor = async ({ lead, message }: Sendable, step: StepOfKind<'notify'>) => {
    if (!setting.dossierOf || noticeOf(step).asksLead) return {};
    return { dossier: { ...(await setting.dossierOf(lead)), answersUrl: answersUrl(message.id, setting.mail()) } };
  };

  return {
    /** Throws a plain Error that says why a mail cannot be made; one that should be signed never leaves unsigned. */
    make: async (sendable: Sendable, livery: Livery): Promise<Made> => {
      const { lead, message, event, step } = sendable;
      const { brand, fields } = setting.project();
      const wording = { fields, language: brand.language, timeZone: zoneOf(lead, setting.defaultTimeZone) };
      const { id, from, returnPath, to, subject, head, body, links } = compiledFor(
        sendable,
        livery,
      )({
        message: message.id,
        lead: {
          id: lead.id,
          email: lead.email,
          name: [lead.firstName, lead.lastName].filter(Boolean).join(' '),
          fields: mergeFields(lead, wording),
        },
        ...(message.to ? { to: message.to } : {}),
        ...(event ? { event: eventFields(event, wording) } : {}),
        ...(step.kind === 'notify' ? await dossierFor(sendable, step) : {}),
        plannedAt: message.plannedAt,
      });
      const signer = setting.dkim.keyFor(domainOf(from.address));
      if (setting.dkimRequired && 'missing' in signer) return { kind: 'unsigned', because: signer.missing };
      const tags = livery.tagHeaders?.(id, { sequence: message.sequence, step: message.step });
      const above = Object.entries({ ...livery.headers, ...tags }).map(([name, value]) => `${name}: ${value}\r\n`);
      const top = `${await signature(head, body, signer)}${above.join('')}${head}`;
      const envelope = { from: from.address, ...(returnPath ? { returnPath } : {}), to: to.address };
      const parcel = { id, ...envelope, subject, ...write(top, body) };
      return { kind: 'mail', parcel, links };
    },
  };
}

/** A mail about the lead: whom it goes to if nobody of the lead's own, and who gets what they answer. */
function noticeOf({ email, owner, answersTo, asksConsent }: StepOfKind<'notify'>): NonNullable<StepOrder['notice']> {
  if (asksConsent) return { asksLead: true };
  const asksLead = otherAddresses.some((field) => field === owner);
  return { to: email, ...(answersTo ? { answersTo } : {}), ...(asksLead ? { asksLead } : {}) };
}

export type MailMaker = ReturnType<typeof openMailMaker>;
