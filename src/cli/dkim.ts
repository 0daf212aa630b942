import pc from 'picocolors';
import { readConfig } from '../config.js';
import { type DkimKeyFile, makeDkimKey, openDkimKeys } from '../delivery/dkim-keys.js';
import { FixableError } from '../errors.js';
import { parseAddress } from '../message/address.js';
import { dnsRecordOf, quotedTxt } from '../message/dkim-key.js';
import { suggestedSpf } from '../message/spf.js';
import { readTransportUrl } from '../delivery/transport-url.js';
import { say } from './terminal.js';

type GenerateOptions = { selector?: string; bits: string };

/** Makes the key that signs mails of a domain, and prints what to publish before it does. */
export async function generateDkim(written: string, { selector, bits }: GenerateOptions): Promise<void> {
  const { DATA_DIR, SMTP_URL } = readConfig(process.env);
  const domain = asciiOf(written);
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const order = { domain, selector: selector ?? `rivulet-${today}`, bits: Number(bits) };
  const made = await makeDkimKey(DATA_DIR, order);
  say(`${pc.green('✔')} A key of ${bits} bits for ${made.key.domain}: ${made.file}`);
  say('Nobody else may read it, and it belongs into your backup. Rivulet signs with it from its next start,');
  say(`so publish its record first, and look with "rivulet doctor" whether the world sees it.\n`);
  const keys = await openDkimKeys(DATA_DIR);
  const signing = keys.keyFor(made.key.domain);
  if ('key' in signing && signing.key.selector !== made.key.selector)
    say(
      `${pc.yellow('!')} Of several keys the one whose selector is last by name signs, and that is still "${signing.key.selector}".\n`,
    );
  showRecord(made);
  const relay = SMTP_URL === undefined ? undefined : readTransportUrl('SMTP_URL', SMTP_URL);
  showCompanions(made.key.domain, relay?.kind === 'smtp' ? new URL(relay.url).hostname : undefined);
}

/** Prints the records of the keys there are, of one domain or of all. */
export async function showDkim(written?: string): Promise<void> {
  const { DATA_DIR } = readConfig(process.env);
  const domain = written === undefined ? undefined : asciiOf(written);
  const { files } = await openDkimKeys(DATA_DIR);
  const shown = files.filter(({ key }) => domain === undefined || key.domain === domain);
  if (shown.length === 0)
    throw new FixableError({
      code: 'no-dkim-key',
      where: domain ?? DATA_DIR,
      what: 'there is no DKIM key',
      fix: `Make one: rivulet dkim generate ${domain ?? '<domain>'}`,
    });
  shown.forEach((file) => showRecord(file));
}

/** DNS and headers know a domain by its A-label. */
function asciiOf(written: string): string {
  const address = parseAddress(`someone@${written.trim()}`);
  if (address.ok) return address.value.key.slice('someone@'.length);
  throw new FixableError({
    code: 'bad-domain',
    where: written,
    what: 'this is not a domain',
    fix: 'Write the part after the @ of your From addresses, for example mail.example.com',
  });
}

function showRecord({ key, notes }: DkimKeyFile): void {
  const { name, value } = dnsRecordOf(key);
  show('DKIM', 'proves that a mail is yours and was not changed on its way.', name, value);
  for (const note of notes) say(`  ${pc.yellow('!')} ${note}\n`);
}

function showCompanions(domain: string, smtpHost: string | undefined): void {
  const spf = suggestedSpf(smtpHost);
  const mine = spf.includes('192.0.2.1') ? ' Write the address of the server that sends in place of 192.0.2.1.' : '';
  show('SPF', `names the servers that may send. A domain has one; add to the one it has.${mine}`, domain, spf);
  const dmarc = `v=DMARC1; p=none; rua=mailto:dmarc@${domain}`;
  const aim = `tells receivers what to do with mails that lack both. Have its reports sent where they are read; once they show only your own mail, make it p=quarantine and then p=reject.`;
  show('DMARC', aim, `_dmarc.${domain}`, dmarc);
}

function show(kind: string, why: string, name: string, value: string): void {
  say(`${pc.bold(kind)} ${why}`);
  say(`  ${pc.dim('Type ')} TXT`);
  say(`  ${pc.dim('Name ')} ${name}`);
  say(`  ${pc.dim('Value')} ${value}`);
  // Forms take the value as it is; zone files have strings of at most 255 characters.
  if (value.length > 255) say(`  ${pc.dim('Zone ')} ${name}. IN TXT ( ${quotedTxt(value)} )`);
  say('');
}
