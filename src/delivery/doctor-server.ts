import { isIP } from 'node:net';
import { relayOf } from '../message/spf.js';
import { about, type Dns, type Finding } from './doctor.js';
import { isPublic, literalAddress } from './public-address.js';
import type { SmtpLook, TlsLook } from './smtp-look.js';

export type SmtpServer = {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly hasLogin: boolean;
};

const day = 86_400_000;

/** Whether mails and the password go to the server unread by others (RFC 8314, RFC 8997). `look`: why there is none, else. */
export function checkTls({ host, port, hasLogin }: SmtpServer, look: SmtpLook | Error, now: Date): readonly Finding[] {
  const { good, warn, bad } = about('tls', `${host}:${port}`);
  if (look instanceof Error)
    return [bad(`it cannot be used: ${look.message}`, 'Look at SMTP_URL: smtps:// is for port 465, smtp:// for 587')];
  const findings: Finding[] = [];
  if (hasLogin && !look.offersLogin)
    findings.push(
      bad('SMTP_URL has a user, and the server lets nobody log in', 'Use its port for sending, 587 or 465'),
    );
  if (!look.tls && isHere(host)) return [...findings, good('no encryption, and none needed on this very machine')];
  if (!look.tls)
    return [
      ...findings,
      bad(
        'it offers no encryption, so everybody on the way reads mails and password',
        'Use another server, or its port 465 with smtps://',
      ),
    ];
  const trouble = certificateTrouble(look.tls, now);
  if (trouble)
    findings.push(
      isHere(host) ? { ...trouble, about: `${host}:${port}`, level: 'warn' } : { ...trouble, about: `${host}:${port}` },
    );
  if (!/^TLSv1\.[23]$/.test(look.tls.protocol))
    findings.push(bad(`it speaks ${look.tls.protocol}, which is no longer safe`, 'Let it speak TLS 1.2 or newer'));
  if (findings.length > 0) return findings;
  const days = Math.floor((look.tls.validTo.getTime() - now.getTime()) / day);
  if (days < 14) return [warn(`its certificate ends in ${days} days`, 'Have it renewed')];
  const way = look.offersStartTls ? 'STARTTLS' : 'from the first byte';
  return [good(`${look.tls.protocol}, ${way}; certificate valid to ${look.tls.validTo.toISOString().slice(0, 10)}`)];
}

function certificateTrouble({ distrust, validTo }: TlsLook, now: Date): Finding | undefined {
  const { bad } = about('tls', '');
  if (validTo < now) return bad(`its certificate ended on ${validTo.toISOString().slice(0, 10)}`, 'Have it renewed');
  if (distrust === undefined) return undefined;
  return bad(
    `its certificate is not one for this name (${distrust}), so Rivulet sends nothing to it`,
    'Name the server in SMTP_URL as its certificate does, or give it one of a known authority',
  );
}

/** Whether the server's addresses have names that lead back to them; Gmail and others ask that of whoever delivers. */
export async function checkPtr(host: string, dns: Dns): Promise<readonly Finding[]> {
  // What a relay's delivering machines are called is its own care, and they are not those that take our mails.
  if (isHere(host) || relayOf(host)) return [];
  const addresses = (isIP(host) ? [host] : await dns.addresses(host)).filter(isPublic);
  const checked = await Promise.all(addresses.map((address) => confirmedName(address, dns)));
  return addresses.map((address, i) => {
    const { good, warn } = about('ptr', address);
    const name = checked[i];
    return name
      ? good(`its name is ${name}, which leads back to it`)
      : warn(
          `it has no name that leads back to it, which matters if ${host} delivers mails itself`,
          `Let whoever gives you ${address} set its PTR record to a name whose address it is`,
        );
  });
}

async function confirmedName(address: string, dns: Dns): Promise<string | undefined> {
  for (const name of await dns.names(address)) if ((await dns.addresses(name)).includes(address)) return name;
  return undefined;
}

/** Whether a reply to a mail can come back. */
export async function checkMx(domain: string, dns: Dns): Promise<readonly Finding[]> {
  const { good, warn, bad } = about('mx', domain);
  const hosts = (await dns.mx(domain)).toSorted((one, other) => one.priority - other.priority);
  const [first] = hosts;
  if (!first) {
    // RFC 5321 §5.1: without MX, mail goes to the address of the domain itself.
    if ((await dns.addresses(domain)).length > 0)
      return [
        warn(
          'there is no MX record, so replies go to whatever machine has its address',
          `Publish who takes mail for it:\nMX  ${domain}  10 mail.example.com`,
        ),
      ];
    return [
      bad(
        'there is no MX record, so replies and bounces are lost, and some receivers refuse its mails',
        `Publish who takes mail for it:\nMX  ${domain}  10 mail.example.com`,
      ),
    ];
  }
  if (hosts.length === 1 && (first.exchange === '' || first.exchange === '.'))
    return [
      bad(
        'its MX record says that it takes no mail at all (RFC 7505), and many refuse mails from such a domain',
        'Send from a domain where replies are read',
      ),
    ];
  if ((await dns.addresses(first.exchange)).length === 0)
    return [bad(`its mail goes to ${first.exchange}, which has no address`, 'Mend its MX record')];
  return [good(`replies go to ${first.exchange}`)];
}

/** Whether links and one-click unsubscribe lead here from anywhere (RFC 8058 §3.1: https). */
export async function checkPublicUrl(
  publicUrl: string | undefined,
  isSending: boolean,
  dns: Dns,
): Promise<readonly Finding[]> {
  const { good, warn, bad } = about('url', publicUrl ?? 'PUBLIC_URL');
  const serious = isSending ? bad : warn;
  if (publicUrl === undefined)
    return [
      serious(
        'it is not set, so links, pictures and unsubscribe lead to this machine alone',
        'Set PUBLIC_URL to where leads reach this server, for example https://mail.example.com',
      ),
    ];
  const url = new URL(publicUrl);
  const literal = literalAddress(url);
  const addresses = literal === undefined ? await dns.addresses(url.hostname) : [literal];
  if (addresses.length === 0)
    return [
      serious(
        `there is no ${url.hostname} in DNS`,
        `Publish its address, or mend PUBLIC_URL:\nA  ${url.hostname}  192.0.2.1`,
      ),
    ];
  if (!addresses.some(isPublic))
    return [
      serious(
        `${url.hostname} is no address of the internet, so leads do not reach it`,
        'Set PUBLIC_URL to one that is',
      ),
    ];
  if (url.protocol !== 'https:')
    return [
      serious(
        'it is not https, and mail programs then show no unsubscribe button',
        `Put a proxy with a certificate before it, and set PUBLIC_URL to https://${url.host}`,
      ),
    ];
  return [good(`https, and ${url.hostname} has an address`)];
}

function isHere(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
