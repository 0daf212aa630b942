import { captureLead } from '../../src/lead/capture.js';
import { readConfig } from '../../src/config.js';
import { idFrom } from '../../src/event/id.js';
import type { Lead } from '../../src/journey/facts.js';
import { openRivulet, type Rivulet } from '../../src/main.js';
import { type Mail, renderMail } from '../../src/message/mail.js';
import { compileMerge } from '../../src/message/merge.js';
import type { Sender, SinkAddress } from './senders.js';

/** The shipped sequence that every new lead enters; its first mail is due at once. */
const sequence = 'welcome';
/** Leads captured at one time; enrolling them is not measured. */
const capturedAtOnce = 20;

/** Rivulet as it runs: the project of this folder on the embedded MongoDB, everything as shipped but the SMTP server. */
export async function openMeasuredRivulet(dataDir: string, { port, connections }: SinkAddress) {
  const config = readConfig({
    DATA_DIR: dataDir,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    SMTP_CONNECTIONS: String(connections),
  });
  const faults: unknown[] = [];
  const rivulet = await openRivulet(
    config,
    { say: (line) => console.error(line), onFault: (error) => faults.push(error) },
    false,
  );
  const acceptedSoFar = async (): Promise<number> => (await rivulet.store.messages.countByState()).get('accepted') ?? 0;

  const sender: Sender = {
    name: 'rivulet',
    ready: async (mails) => {
      const before = await acceptedSoFar();
      return {
        send: async () => {
          await rivulet.dispatcher.wake();
          if (faults.length > 0) throw new AggregateError(faults, 'Rivulet had faults');
          const recorded = (await acceptedSoFar()) - before;
          if (recorded !== mails.length) throw new Error(`Rivulet recorded ${recorded} of ${mails.length} mails`);
        },
      };
    },
    stop: rivulet.stop,
  };
  return {
    sender,
    db: rivulet.store.db,
    /** New leads, enrolled and due but not yet sent to, as the mails they are going to get. */
    enroll: (count: number, round: string) => enroll(rivulet, count, round),
  };
}

async function enroll(rivulet: Rivulet, count: number, round: string): Promise<readonly Mail[]> {
  const numbers = Array.from({ length: count }, (_, i) => i).values();
  const mails: Mail[] = [];
  const work = async (): Promise<void> => {
    for (const number of numbers) {
      const email = `lead-${round}-${number}@example.com`;
      const attributes = { company: `Cold Store ${number} Ltd`, jobTitle: 'Warehouse manager', companySize: 40 };
      const input = { email, emailKey: email, firstName: 'Noor', lastName: `Aziz ${number}`, attributes };
      const { lead } = await captureLead(input, 'form', rivulet.store, rivulet.engine, rivulet.newId);
      mails.push(await firstMail(lead, rivulet));
    }
  };
  await Promise.all(Array.from({ length: capturedAtOnce }, work));
  return mails;
}

/** The mail that Rivulet is going to send to a new lead, so that the others send the same. */
async function firstMail(lead: Lead, { store, project, keys, publicUrl }: Rivulet): Promise<Mail> {
  const enrollment = (await store.enrollments.ofLead(lead.id)).find((one) => one.sequence === sequence);
  const program = project().programs.get(sequence);
  const step = [...(program?.steps.values() ?? [])].find((one) => one.kind === 'send');
  const template = step?.kind === 'send' ? project().templates.get(step.template) : undefined;
  if (!enrollment || !program || step?.kind !== 'send' || !template) throw new Error(`lead ${lead.id} gets no mail`);

  const { firstName, lastName, timezone, locale, attributes, email } = lead;
  return renderMail(
    template,
    {
      message: idFrom('message', enrollment.id, step.id),
      step: step.id,
      subject: compileMerge(step.subject, 'none'),
      from: step.from ?? '',
      ...(step.replyTo ? { replyTo: step.replyTo } : {}),
      sequence: { name: sequence, title: program.title },
      lead: {
        email,
        name: `${firstName} ${lastName}`,
        fields: { ...attributes, firstName, lastName, timezone, locale },
      },
      plannedAt: new Date(),
    },
    { brand: project().brand, publicUrl: publicUrl(), keys, tagsForSendgrid: false },
  );
}
