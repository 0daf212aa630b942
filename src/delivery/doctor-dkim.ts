import type { DkimKey } from '../message/dkim.js';
import { dnsRecordOf, publicPartOf } from '../message/dkim-key.js';
import { readTags } from '../message/dmarc.js';
import { relayOf } from '../message/spf.js';
import type { DkimKeyFile, DkimKeys } from './dkim-keys.js';
import { about, type Dns, type Finding } from './doctor.js';
import { isAligned } from './doctor-dmarc.js';

/** Who signs beside us: the server that mails go to, and whether a mail must not go without our own signature. */
export type Signers = { readonly smtpHost: string | undefined; readonly isRequired: boolean };

/** Whether what signs mails from this domain does so in its name, and what is there instead when nothing does. */
export async function checkSigning(
  from: string,
  keys: DkimKeys,
  { smtpHost, isRequired }: Signers,
  dns: Dns,
): Promise<readonly Finding[]> {
  const { warn, bad } = about('dkim', from);
  const mend = `Make a key: rivulet dkim generate ${from}`;
  const signing = keys.keyFor(from);
  if ('missing' in signing) {
    if (isRequired) return [bad('there is no key for it, and DKIM_REQUIRED keeps its mails back', mend)];
    return [
      relayOf(smtpHost)
        ? warn('Rivulet does not sign its mails, so your relay must, in its name', mend)
        : warn('nothing signs its mails, so mail programs show no unsubscribe button, and many refuse them', mend),
    ];
  }
  const signer = signing.key.domain;
  if (await isAligned(signer, from, dns)) return relayOf(smtpHost)?.ownMessageId ? [broken(from)] : [];
  return [
    bad(
      `its mails are signed by ${signer}, which receivers take for somebody else`,
      `Make a key of its own, or publish a DMARC record for ${signer}: rivulet dkim generate ${from}`,
    ),
  ];
}

function broken(from: string): Finding {
  return about('dkim', from).warn(
    'your relay writes another Message-ID into each mail, which breaks the signature of Rivulet',
    'Let the relay sign in the name of this domain, and move the key away',
  );
}

/** Whether the public half of a key is where receivers look for it (RFC 6376 §3.6). `signs`: no newer one of its domain does. */
export async function checkPublished(file: DkimKeyFile, signs: boolean, dns: Dns): Promise<readonly Finding[]> {
  const { name } = dnsRecordOf(file.key);
  const { good, warn } = about('dkim', name);
  const texts = (await dns.txt(name)).filter((text) => /\bp\s*=/.test(text));
  const doubts = file.notes.map((note) =>
    warn(`${file.file}: ${note}`, 'Make a new key with rivulet dkim generate, or mend this file'),
  );
  const trouble = publishedTrouble(texts, file.key);
  if (!trouble)
    return [
      good(`published, and the same as in ${file.file}`),
      ...(isTesting(texts)
        ? [warn('its record has "t=y", by which receivers may ignore signatures', 'Take "t=y" out of it')]
        : []),
      ...doubts,
    ];
  if (signs) return [trouble, ...doubts];
  return [warn(`a newer key signs, and ${trouble.what}`, `Move ${file.file} away`)];
}

function publishedTrouble(texts: readonly string[], key: DkimKey): Finding | undefined {
  const { name, value } = dnsRecordOf(key);
  const { bad } = about('dkim', name);
  const [text] = texts;
  const publish = `Publish this:\nTXT  ${name}  ${value}`;
  if (text === undefined) return bad('its public half is not published, so its signatures are worth nothing', publish);
  if (texts.length > 1)
    return bad(
      `there are ${texts.length} records, and receivers take any of them`,
      `Leave the one of this key:\n${value}`,
    );
  const tags = readTags(text);
  const published = (tags.get('p') ?? '').replace(/\s/g, '');
  if (published === '')
    return bad(
      'its record has an empty "p=", by which the key is revoked',
      'Make another: rivulet dkim generate, with another --selector',
    );
  if (published !== publicPartOf(key.key))
    return bad('another key is published there, so its signatures are wrong', publish);
  if (!isUsable(tags)) return bad(`its record forbids our kind of signature: ${text}`, publish);
  return undefined;
}

/** RFC 6376 §3.6.1: each of these says of what it is for, and says nothing when it is not there. */
function isUsable(tags: ReadonlyMap<string, string>): boolean {
  const allows = (tag: string, ...values: readonly string[]): boolean => {
    const written = tags.get(tag);
    return written === undefined || written.split(':').some((value) => values.includes(value.trim().toLowerCase()));
  };
  return allows('v', 'dkim1') && allows('k', 'rsa') && allows('h', 'sha256') && allows('s', 'email', '*');
}

function isTesting(texts: readonly string[]): boolean {
  return texts.some((text) => (readTags(text).get('t') ?? '').split(':').some((flag) => flag.trim() === 'y'));
}
