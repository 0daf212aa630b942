import type { Project } from '../sequence/project.js';
import type { StepOfKind } from '../sequence/program.js';
import { whyNoMail } from '../journey/advance.js';
import type { Enrollment } from '../journey/enrollment.js';
import type { Lead, Suppression } from '../journey/facts.js';
import { mergeFields } from '../journey/merge-fields.js';
import { nextOpening } from '../journey/send-window.js';
import { type Mail, type MailSetting, renderMail, toMime } from '../message/mail.js';
import { fillOf } from '../message/merge.js';
import { addressKey } from '../message/address.js';
import type { Message, Settlement } from '../store/messages.js';
import type { Store } from '../store/open-store.js';
import { chance, nextAttempt } from './retry.js';
import type { Handover, Transport } from './transport.js';

export type OutboxSetting = {
  readonly now: () => Date;
  readonly newId: () => string;
  readonly project: () => Project;
  readonly mail: () => MailSetting;
  readonly defaultTimeZone: string;
  /** Told of hard bounces that the server itself answered. */
  readonly onAddressBad: (message: Message, reply: string) => Promise<void>;
};

/** `sent`: something moved; `empty`: nothing to do; `unavailable`: the transport cannot be used now. */
export type OutboxResult =
  | { readonly kind: 'sent' | 'empty' }
  | { readonly kind: 'unavailable'; readonly reply: string };

/** A claimed message with all that deciding and rendering it need. */
type Job = {
  readonly message: Message;
  readonly lead: Lead | undefined;
  readonly enrollment: Enrollment | undefined;
  readonly suppression: Suppression | undefined;
  readonly step: MailStep | undefined;
  readonly title: string;
};
type MailStep = StepOfKind<'send' | 'notify'>;

/** What became of one job: `lost` when somebody else has the message by now. */
type Outcome = { readonly kind: 'settled' | 'lost' } | { readonly kind: 'unavailable'; readonly reply: string };

/** Sends what the outbox holds: claims a batch, asks once more whether each mail may go, renders it, hands it over, records the answer. */
export function openOutbox(store: Store, transport: Transport, setting: OutboxSetting) {
  const batchSize = transport.connections * 10;
  let isStopping = false;

  const sendBatch = async (): Promise<OutboxResult> => {
    const claim = setting.newId();
    const claimed = await store.messages.claim(setting.now(), batchSize, claim);
    if (claimed.length === 0) return { kind: 'empty' };
    const queue = [...(await gather(claimed, store))];
    const awake: string[] = [];
    let unavailable: string | undefined;

    const work = async (): Promise<void> => {
      while (!unavailable && !isStopping) {
        const job = queue.shift();
        if (!job) return;
        const outcome = await sendOne(job, claim);
        if (outcome.kind === 'settled') awake.push(job.message.enrollment);
        if (outcome.kind === 'unavailable') {
          unavailable = outcome.reply;
          queue.push(job);
        }
      }
    };
    // No more at once than the transport has connections, so that a kill leaves no more than these unknown.
    const lines = await Promise.allSettled(Array.from({ length: transport.connections }, work));
    await store.messages.giveBack(
      queue.map(({ message }) => message.id),
      claim,
    );
    await store.enrollments.wake(awake, setting.now());
    for (const line of lines) if (line.status === 'rejected') throw line.reason;
    return unavailable === undefined ? { kind: 'sent' } : { kind: 'unavailable', reply: unavailable };
  };

  const sendOne = async (job: Job, claim: string): Promise<Outcome> => {
    const settle = async (settlement: Settlement): Promise<Outcome> => {
      await store.messages.settle([settlement], claim, setting.now());
      return { kind: 'settled' };
    };
    const verdict = mayGo(job, setting);
    if (verdict.kind !== 'go') return settle({ id: job.message.id, ...verdict.as });

    let mail: Mail;
    let mime: Buffer;
    try {
      mail = render(verdict, job.message);
      mime = await toMime(mail);
    } catch (error) {
      // A mail that cannot be made is set aside, shown with its reason, and blocks nobody.
      return settle({
        id: job.message.id,
        state: 'failed',
        because: `cannot be rendered: ${String(error instanceof Error ? error.message : error)}`,
      });
    }
    const links = mail.links.length > 0 ? await store.linkSets.keep(mail.links) : undefined;
    if (!(await store.messages.markSending(job.message.id, claim, setting.now(), links))) return { kind: 'lost' };

    const parcel = {
      id: mail.id,
      from: mail.from.address,
      to: mail.to.address,
      subject: mail.subject,
      at: setting.now(),
      mime,
    };
    const handover = await transport.deliver(parcel);
    if (handover.kind === 'unavailable') {
      await store.messages.takeBack(job.message.id, claim);
      return handover;
    }
    const outcome = await settle(settlementOf(job.message, handover, setting.now()));
    if (handover.kind === 'rejected' && handover.isAddressBad) await setting.onAddressBad(job.message, handover.reply);
    return outcome;
  };

  const render = ({ lead, step, title }: Sendable, message: Message): Mail => {
    const template = setting.project().templates.get(step.template);
    if (!template) throw new Error(`there is no template "${step.template}" any more`);
    const { brand, fields } = setting.project();
    const wording = { fields, language: brand.language, timeZone: lead.timezone ?? setting.defaultTimeZone };
    return renderMail(
      template,
      {
        message: message.id,
        step: step.id,
        subject: fillOf(step.subject),
        from: step.from ?? '',
        ...(step.kind === 'notify' ? { notice: { to: step.email } } : {}),
        ...(step.kind === 'send' && step.replyTo ? { replyTo: step.replyTo } : {}),
        sequence: { name: message.sequence, title },
        lead: {
          email: lead.email,
          name: [lead.firstName, lead.lastName].filter(Boolean).join(' '),
          fields: mergeFields(lead, wording),
        },
        plannedAt: message.plannedAt,
      },
      setting.mail(),
    );
  };

  return {
    sendBatch,
    /** What is on its way is finished; nothing new is begun. */
    stop: async (): Promise<void> => {
      isStopping = true;
    },
  };
}

async function gather(messages: readonly Message[], store: Store): Promise<readonly Job[]> {
  const [leads, enrollments] = await Promise.all([
    store.leads.byIds([...new Set(messages.map(({ lead }) => lead))]),
    store.enrollments.byIds(messages.map(({ enrollment }) => enrollment)),
  ]);
  const suppressions = await store.suppressions.ofMany([...leads.values()].map(({ email }) => addressKey(email)));
  return Promise.all(
    messages.map(async (message): Promise<Job> => {
      const program = await store.revisions.program(message.revision);
      const step = program?.steps.get(message.step);
      const lead = leads.get(message.lead);
      return {
        message,
        lead,
        enrollment: enrollments.get(message.enrollment),
        suppression: lead && suppressions.get(addressKey(lead.email)),
        step: step?.kind === 'send' || step?.kind === 'notify' ? step : undefined,
        title: program?.title ?? message.sequence,
      };
    }),
  );
}

type Sendable = { readonly kind: 'go'; readonly lead: Lead; readonly step: MailStep; readonly title: string };
type Verdict = Sendable | { readonly kind: 'stop'; readonly as: Omit<Settlement, 'id'> };

/** The last look before a mail goes: all that may have changed since it was planned. */
function mayGo(job: Job, { now, defaultTimeZone, project }: OutboxSetting): Verdict {
  const { message, lead, enrollment, suppression, step, title } = job;
  if (!lead || !step) return skip(lead ? 'its sequence revision is gone' : 'the lead is gone');
  if (message.expiresAt <= now()) return skip('too late to be worth sending');
  // A mail about the lead goes to one of ours, whom no rule for leads protects.
  if (step.kind === 'notify') return { kind: 'go', lead, step, title };

  const forbidden = whyNoMail({ lead, ...(suppression ? { suppression } : {}) });
  if (forbidden) return skip(forbidden);
  if (!enrollment || enrollment.status === 'ended') return skip(enrollment?.endedBecause ?? 'the enrollment is gone');
  if (enrollment.step !== message.step) return skip('the run has gone on without it');
  const zone = lead.timezone ?? defaultTimeZone;
  const opensAt = step.window ? nextOpening(step.window, zone, now(), project().calendars) : now();
  if (opensAt <= now()) return { kind: 'go', lead, step, title };
  // A weekend in between must not make the mail too old.
  const expiresAt = new Date(Math.max(message.expiresAt.getTime(), opensAt.getTime() + 24 * 3_600_000));
  const because = 'the send window has closed';
  return { kind: 'stop', as: { state: 'queued', because, nextAttemptAt: opensAt, expiresAt } };
}

function skip(because: string): Verdict {
  return { kind: 'stop', as: { state: 'skipped', because } };
}

/** What is recorded of a handover. A deferred mail is tried until it expires. */
function settlementOf(message: Message, handover: Exclude<Handover, { kind: 'unavailable' }>, now: Date): Settlement {
  const { id } = message;
  if (handover.kind !== 'deferred') return { id, state: handover.kind, because: handover.reply };
  const refusals = message.attempts.filter(({ outcome }) => outcome === 'deferred').length;
  const nextAttemptAt = nextAttempt(now, refusals, handover.isGreylisted, chance(id, refusals));
  return nextAttemptAt < message.expiresAt
    ? { id, state: 'deferred', because: handover.reply, nextAttemptAt }
    : { id, state: 'failed', because: `refused until it was too late: ${handover.reply}` };
}
