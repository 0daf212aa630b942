import { resolve } from 'node:path';
import pc from 'picocolors';
import { badProject } from '../bad-project.js';
import { type Config, readConfig } from '../config.js';
import { openLocalMailbox } from '../delivery/local-mailbox.js';
import { tagHeadersFor } from '../delivery/provider-of.js';
import { openSmtp } from '../delivery/smtp.js';
import type { Handover } from '../delivery/transport.js';
import { readTransportUrl, type TransportUrl } from '../delivery/transport-url.js';
import { testMailPath } from '../http/test-mail.js';
import type { Mail } from '../message/mail.js';
import { handOver, testAddress, testMailFor } from '../preview/send-test.js';
import { mailNamed } from '../shown/shown-mail.js';
import { readFolder } from '../preview/watch.js';
import { leadChoice } from './lead-choice.js';
import { say } from './terminal.js';
import { withStore } from './with-store.js';

type SendTestOptions = { to: string; lead?: string; dir: string };

/** Really sends one mail to whoever asks for it; exit code 1 when it was not taken. */
export async function sendTest(what: string, { to, lead, dir }: SendTestOptions): Promise<void> {
  const config = readConfig(process.env);
  const address = testAddress(to);
  const { read } = await leadChoice(lead, config, address);
  const reading = await readFolder(resolve(dir), read);
  if (reading.kind === 'unreadable') throw reading.error;
  if (reading.kind === 'mistakes') throw badProject(dir, reading.mistakes, 'nothing is sent');

  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
  const surroundings = { ...reading, assetsUrl: publicUrl, testMailUrl: publicUrl + testMailPath, now: new Date() };
  const shown = mailNamed(what, reading.project);
  const url = config.SMTP_URL ? readTransportUrl('SMTP_URL', config.SMTP_URL) : undefined;
  const tagHeaders = url && tagHeadersFor(url, reading.project.delivery.transports.get('smtp')?.provider);
  const mail = testMailFor(address, shown, surroundings, tagHeaders);
  tell(await deliver(mail, config, url), mail, config, publicUrl);
}

async function deliver(mail: Mail, config: Config, url: TransportUrl | undefined): Promise<Delivered> {
  if (url?.kind !== 'smtp')
    return withStore(config, async ({ mailbox }) => {
      const transport = openLocalMailbox(mailbox);
      return { handover: await handOver(mail, transport), by: transport.name };
    });
  const transport = openSmtp(url.url, 1);
  return { handover: await handOver(mail, transport), by: transport.name };
}

const refusals: Readonly<Record<Exclude<Handover['kind'], 'accepted'>, string>> = {
  deferred: 'was put off; try again later',
  rejected: 'was refused',
  unavailable: 'could not be handed over',
  uncertain: 'was handed over, but no answer came; look whether it is there',
};

type Delivered = { readonly handover: Handover; readonly by: string };

function tell({ handover, by }: Delivered, mail: Mail, { SMTP_URL, PUBLIC_URL }: Config, publicUrl: string): void {
  const name = `"${mail.subject}" to ${mail.to.address}`;
  if (handover.kind !== 'accepted') {
    console.error(`${pc.red('✖')} ${name} ${refusals[handover.kind]}. ${by} says: ${handover.reply}`);
    process.exitCode = 1;
    return;
  }
  say(`${pc.green('✔')} ${name}: ${handover.reply}${SMTP_URL ? ` (${by})` : ''}`);
  if (!SMTP_URL)
    say(
      `Nothing has left this machine, as no SMTP_URL is set. While Rivulet runs, it is at ${publicUrl}/mailbox/${mail.id}`,
    );
  else if (!PUBLIC_URL)
    say(
      pc.dim(
        `Its pictures and its link to unsubscribe lead to ${publicUrl}, which only this machine reaches; PUBLIC_URL changes that.`,
      ),
    );
}
