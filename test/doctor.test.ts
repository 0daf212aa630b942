import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import type { DkimKeyFile, DkimKeys } from '../src/delivery/dkim-keys.js';
import { asked, type Dns, type Finding, NoAnswer } from '../src/delivery/doctor.js';
import { checkPublished, checkSigning } from '../src/delivery/doctor-dkim.js';
import { checkDmarc, isAligned } from '../src/delivery/doctor-dmarc.js';
import { examine, type Patient } from '../src/delivery/doctor-examine.js';
import { checkMail } from '../src/delivery/doctor-mail.js';
import { checkMx, checkPtr, checkPublicUrl, checkTls } from '../src/delivery/doctor-server.js';
import { checkSpf } from '../src/delivery/doctor-spf.js';
import { lookAtSmtp, type SmtpLook } from '../src/delivery/smtp-look.js';
import { type DkimKey, signedMime } from '../src/message/dkim.js';
import { publicPartOf } from '../src/message/dkim-key.js';
import { treeOf } from '../src/message/dmarc.js';
import { at } from './builders.js';
import { startMailServer } from './mail-server.js';

type Zone = {
  readonly txt?: Readonly<Record<string, readonly string[]>>;
  readonly mx?: Readonly<Record<string, readonly { exchange: string; priority: number }[]>>;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
};

/** A DNS that knows what stands in it, and what it was asked. */
function aDns({ txt = {}, mx = {}, addresses = {}, names = {} }: Zone = {}): Dns & { asked: string[] } {
  const log: string[] = [];
  const from =
    <T>(records: Readonly<Record<string, readonly T[]>>) =>
    async (name: string): Promise<readonly T[]> => {
      log.push(name);
      return records[name] ?? [];
    };
  return { asked: log, txt: from(txt), mx: from(mx), addresses: from(addresses), names: from(names) };
}

/** "bad it is wrong", a line a finding. */
function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ level, what }) => `${level} ${what}`);
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const domain = 'mail.example.com';
const key: DkimKey = { domain, selector: 'one', key: privateKey };
const p = publicPartOf(privateKey);

function keyFile(notes: readonly string[] = [], from = key): DkimKeyFile {
  return { file: `dkim/${from.domain}.${from.selector}.pem`, key: from, notes };
}

function keysOf(...files: readonly DkimKeyFile[]): DkimKeys {
  return {
    files,
    keyFor: (from) => {
      const found = files.find((file) => from === file.key.domain || from.endsWith(`.${file.key.domain}`));
      return found ? { key: found.key } : { missing: 'there is none' };
    },
  };
}

describe('SPF', () => {
  const spf = async (text: string | readonly string[] | undefined, more: Zone['txt'] = {}, host?: string) => {
    const texts = text === undefined ? [] : typeof text === 'string' ? [text] : text;
    return told(await checkSpf(domain, host, aDns({ txt: { [domain]: texts, ...more } })));
  };
  const many = (count: number): string => Array.from({ length: count }, (_, i) => `a:h${i}.example.com`).join(' ');

  test.each<[string, string | readonly string[], RegExp]>([
    ['names who sends', 'v=spf1 ip4:192.0.2.1 ~all', /^good .* \(0 of 10 look-ups\)$/],
    ['ends strictly', 'v=spf1 a mx/24 a:x.example.com//64 -all', /^good .* \(3 of 10/],
    ['stands beside other texts', ['google-site-verification=x', 'v=spf1 -all', 'v=spf10 +all'], /^good/],
    ['is written in capitals', 'V=SPF1 IP4:192.0.2.0/24 ~ALL', /^good/],
    ['goes on elsewhere', 'v=spf1 redirect=_spf.example.com', /^good .* \(1 of 10/],
    ['takes ten look-ups', `v=spf1 ${many(10)} ~all`, /^good .* \(10 of 10/],
    ['takes eleven look-ups', `v=spf1 ${many(11)} ~all`, /^bad it takes more than 10 DNS look-ups/],
    ['says nothing of others', 'v=spf1 a', /^warn it does not say what of other senders/],
    ['says that it knows nothing of others', 'v=spf1 a ?all', /^warn it does not say/],
    ['lets everybody send', 'v=spf1 +all', /^bad it ends in "\+all"/],
    ['lets everybody send without a sign', 'v=spf1 a all', /^bad it ends in "\+all"/],
    ['is there twice', ['v=spf1 a ~all', 'v=spf1 mx ~all'], /^bad there are 2 SPF records/],
    ['has a slip in it', 'v=spf1 ipv4:192.0.2.1 ~all', /^bad "ipv4:192.0.2.1" is no term of SPF/],
    ['includes nothing', 'v=spf1 include ~all', /^bad "include" is no term/],
    ['has an address that is none', 'v=spf1 ip4:mail.example.com ~all', /^bad "ip4:mail.example.com"/],
    ['relies on names', 'v=spf1 ptr ~all', /^warn it uses "ptr"/],
    ['has what comes after "all"', `v=spf1 a ~all ${many(11)}`, /^good .* \(1 of 10/],
  ])('that %s is told for what it is', async (_, text, expected) => {
    const [first = '', ...rest] = await spf(text, { '_spf.example.com': ['v=spf1 ip4:192.0.2.1 -all'] });
    expect(first).toMatch(expected);
    expect(rest).toEqual([]);
  });

  test('that is not there is told with one to publish', async () => {
    const findings = await checkSpf(domain, 'smtp.example.net', aDns());
    expect(findings).toMatchObject([{ level: 'bad', what: expect.stringContaining('there is no SPF record') }]);
    expect(findings[0]?.mend).toContain(`TXT  ${domain}  v=spf1 a:smtp.example.net ~all`);
  });

  test('counts what is included, however deep', async () => {
    const deep = { 'a.example': [`v=spf1 ${many(4)} include:b.example -all`], 'b.example': [`v=spf1 ${many(5)} -all`] };
    expect(await spf('v=spf1 include:a.example ~all', deep)).toEqual([
      expect.stringMatching(/^bad it takes more than 10/),
    ]);
    const less = { 'a.example': [`v=spf1 ${many(3)} include:b.example -all`], 'b.example': [`v=spf1 ${many(5)} -all`] };
    expect(await spf('v=spf1 include:a.example ~all', less)).toEqual([expect.stringContaining('10 of 10')]);
  });

  test('that goes round in a circle ends', async () => {
    const circle = { 'a.example': ['v=spf1 include:b.example ~all'], 'b.example': ['v=spf1 include:a.example ~all'] };
    expect(await spf('v=spf1 include:a.example ~all', circle)).toEqual([expect.stringMatching(/^bad it takes more/)]);
  });

  test.each([
    [{}, 'bad it includes a.example, which has no SPF record'],
    [{ 'a.example': ['v=spf1 a', 'v=spf1 mx'] }, 'bad it includes a.example, which has more than one SPF record'],
    [{ 'a.example': ['v=spf1 nonsense'] }, 'bad it includes a.example, where "nonsense" is no term of SPF'],
  ])('that includes what is none is worth nothing (%j)', async (more, expected) => {
    expect(await spf('v=spf1 include:a.example ~all', more)).toEqual([expected]);
  });

  test('with macros counts them and follows them not', async () => {
    expect(await spf('v=spf1 include:%{i}._spf.example.com exists:%{l}.example.com ~all')).toEqual([
      expect.stringContaining('2 of 10'),
    ]);
  });

  test.each([
    ['smtp-relay.gmail.com', 'v=spf1 a ~all', /^warn it does not include _spf\.google\.com/],
    ['smtp-relay.gmail.com', 'v=spf1 include:_spf.google.com ~all', /^good/],
    ['email-smtp.eu-west-1.amazonaws.com', 'v=spf1 a ~all', /^good/],
    ['email-smtp.eu-west-1.amazonaws.com', undefined, /^warn there is no SPF record; receivers look at the one of/],
    ['evil-amazonaws.com', undefined, /^bad there is no SPF record/],
  ])('of a domain that sends by %s is measured by that (%s)', async (host, text, expected) => {
    const known = { '_spf.google.com': ['v=spf1 ip4:192.0.2.1 ~all'] };
    expect((await spf(text, known, host)).join('\n')).toMatch(expected);
  });
});

describe('DKIM', () => {
  const name = 'one._domainkey.mail.example.com';

  test.each<[string, readonly string[], RegExp]>([
    ['is published', [`v=DKIM1; k=rsa; p=${p}`], /^good published/],
    ['is published in short', [`p=${p}`], /^good/],
    ['is published with spaces', [` v = DKIM1 ;k=rsa;; p=${p.slice(0, 90)} ${p.slice(90)}; `], /^good/],
    ['stands beside other texts', ['hello', `v=DKIM1; p=${p}`], /^good/],
    ['is for mail among others', [`v=DKIM1; h=sha1:sha256; s=other:email; p=${p}`], /^good/],
    ['is not there', [], /^bad its public half is not published/],
    ['is another', [`v=DKIM1; p=${publicPartOf(other)}`], /^bad another key is published/],
    ['is cut off', [`v=DKIM1; p=${p.slice(0, 255)}`], /^bad another key is published/],
    ['is revoked', ['v=DKIM1; p='], /^bad its record has an empty "p="/],
    ['is there twice', [`p=${p}`, `p=${p}`], /^bad there are 2 records/],
    ['is for another algorithm', [`v=DKIM1; k=ed25519; p=${p}`], /^bad its record forbids/],
    ['is for sha1', [`v=DKIM1; h=sha1; p=${p}`], /^bad its record forbids/],
    ['is not for mail', [`v=DKIM1; s=tlsrpt; p=${p}`], /^bad its record forbids/],
    ['is of another version', [`v=DKIM2; p=${p}`], /^bad its record forbids/],
  ])('record that %s is told for what it is', async (_, texts, expected) => {
    const [first = '', ...rest] = told(await checkPublished(keyFile(), true, aDns({ txt: { [name]: texts } })));
    expect(first).toMatch(expected);
    expect(rest).toEqual([]);
  });

  test('record that is missing is shown, to be pasted', async () => {
    const [finding] = await checkPublished(keyFile(), true, aDns());
    expect(finding?.mend).toBe(`Publish this:\nTXT  ${name}  v=DKIM1; k=rsa; p=${p}`);
  });

  test('record of a test, and a key of few bits, are told beside it', async () => {
    const dns = aDns({ txt: { [name]: [`v=DKIM1; t=s:y; p=${p}`] } });
    expect(told(await checkPublished(keyFile(['it has 1024 bits']), true, dns))).toEqual([
      'good published, and the same as in dkim/mail.example.com.one.pem',
      'warn its record has "t=y", by which receivers may ignore signatures',
      'warn dkim/mail.example.com.one.pem: it has 1024 bits',
    ]);
  });

  test('key that no longer signs needs no record', async () => {
    expect(told(await checkPublished(keyFile(), false, aDns()))).toEqual([
      expect.stringMatching(/^warn a newer key signs, and its public half is not published/),
    ]);
  });

  const signers = { smtpHost: undefined, isRequired: false };

  test.each<[string, Parameters<typeof checkSigning>[2], RegExp]>([
    ['at a server that nobody knows', { smtpHost: 'smtp.example.net', isRequired: false }, /^warn nothing signs/],
    ['at a relay', { smtpHost: 'smtp.sendgrid.net', isRequired: false }, /^warn Rivulet does not sign/],
    ['where it must be', { smtpHost: 'smtp.sendgrid.net', isRequired: true }, /^bad there is no key for it/],
  ])('key that is missing %s is told with how to make one', async (_, where, expected) => {
    const findings = await checkSigning(domain, keysOf(), where, aDns());
    expect(told(findings)).toEqual([expect.stringMatching(expected)]);
    expect(findings[0]?.mend).toContain('rivulet dkim generate mail.example.com');
  });

  test('key of the same domain needs no word', async () => {
    expect(await checkSigning(domain, keysOf(keyFile()), signers, aDns())).toEqual([]);
  });

  test.each([
    ['email-smtp.eu-west-1.amazonaws.com', [expect.stringMatching(/^warn your relay writes another Message-ID/)]],
    ['smtp.sendgrid.net', []],
  ])('key is no help where %s changes what was signed, and else is', async (smtpHost, expected) => {
    const findings = await checkSigning(domain, keysOf(keyFile()), { smtpHost, isRequired: false }, aDns());
    expect(told(findings)).toEqual(expected);
  });

  test.each([
    ['the same organization', { '_dmarc.example.com': ['v=DMARC1; p=none'] }, 0],
    ['nobody in particular', {}, 1],
    ['another organization', { '_dmarc.mail.example.com': ['v=DMARC1; p=none; psd=n'] }, 1],
    ['a domain that asks for itself', { '_dmarc.example.com': ['v=DMARC1; p=none; adkim=s'] }, 1],
    [
      'a registry',
      { '_dmarc.example.com': ['v=DMARC1; p=none; psd=y'], '_dmarc.mail.example.com': ['v=DMARC1; p=none'] },
      1,
    ],
  ])('key of a domain above counts for %s or not', async (_, txt, complaints) => {
    const above = keyFile([], { ...key, domain: 'example.com' });
    expect(await checkSigning(domain, keysOf(above), signers, aDns({ txt }))).toHaveLength(complaints);
  });

  test('two names of one organization are aligned, and of two are not', async () => {
    const dns = aDns({
      txt: { '_dmarc.example.com': ['v=DMARC1; p=none'], '_dmarc.com': ['v=DMARC1; psd=y; p=none'] },
    });
    expect(await isAligned('a.example.com', 'b.example.com', dns)).toBe(true);
    expect(await isAligned('other.com', 'b.example.com', dns)).toBe(false);
  });
});

describe('DMARC', () => {
  const dmarc = async (txt: NonNullable<Zone['txt']>) => told(await checkDmarc(domain, aDns({ txt })));
  const own = (text: string) => ({ '_dmarc.mail.example.com': [text] });

  test.each<[string, NonNullable<Zone['txt']>, readonly RegExp[]]>([
    [
      'is there',
      own('v=DMARC1; p=none; rua=mailto:a@example.com'),
      [/^good p=none: enough for mailbox providers; p=rej/],
    ],
    ['is strict', own('v=DMARC1; p=reject; rua=mailto:a@example.com'), [/^good p=reject: others cannot send/]],
    [
      'is in between',
      own('v=DMARC1;p=Quarantine;rua=mailto:a@example.com;'),
      [/^good p=quarantine: mail in its name is/],
    ],
    [
      'is a test',
      own('v=DMARC1; p=reject; t=y; rua=mailto:a@example.com'),
      [/^good p=reject: but t=y makes it a test/],
    ],
    ['asks for no reports', own('v=DMARC1; p=none'), [/^good/, /^warn nobody gets its reports/]],
    [
      'is of the old standard',
      own('v=DMARC1; p=none; rua=mailto:a@example.com; pct=50; ri=86400; rf=afrf'),
      [/^good/, /"pct" is obeyed by nobody/, /"rf"/, /"ri"/],
    ],
    ['asks for nothing known', own('v=DMARC1; p=maybe'), [/^bad its record asks for nothing that receivers know/]],
    ['asks for reports alone', own('v=DMARC1; rua=mailto:a@example.com'), [/^good p=none/]],
    ['is not there', {}, [/^bad there is no DMARC record/]],
    ['is of something else', own('v=DMARC2; p=none'), [/^bad there is no DMARC record/]],
    [
      'is there twice',
      { '_dmarc.mail.example.com': ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] },
      [/^bad there are 2 DMARC records/],
    ],
    [
      'stands above',
      { '_dmarc.example.com': ['v=DMARC1; p=reject; rua=mailto:a@example.com'] },
      [/^good p=reject from example\.com/],
    ],
    [
      'stands above, and has a word on this',
      { '_dmarc.example.com': ['v=DMARC1; p=reject; sp=none; rua=mailto:a@example.com'] },
      [/^good p=none from example\.com/],
    ],
  ])('record that %s is told for what it is', async (_, txt, expected) => {
    expect(await dmarc(txt)).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  test('record that is missing is shown, to be pasted', async () => {
    const [finding] = await checkDmarc(domain, aDns());
    expect(finding?.mend).toContain(`TXT  _dmarc.${domain}  v=DMARC1; p=none; rua=mailto:dmarc@${domain}`);
  });

  test.each([
    ['com', ['com']],
    ['a.example.com', ['a.example.com', 'example.com', 'com']],
    // RFC 9989 §4.10: eight names at most.
    [
      'a.b.c.d.e.f.g.h.i.j.mail.example.com',
      ['a.b.c.d.e.f.g.h.i.j', 'g.h.i.j', 'h.i.j', 'i.j', 'j']
        .map((front) => `${front}.mail.example.com`)
        .concat('mail.example.com', 'example.com', 'com'),
    ],
    [
      '1.2.3.4.5.6.7.8',
      ['1.2.3.4.5.6.7.8', '2.3.4.5.6.7.8', '3.4.5.6.7.8', '4.5.6.7.8', '5.6.7.8', '6.7.8', '7.8', '8'],
    ],
  ])('is looked for upwards from %s', (from, names) => {
    expect(treeOf(from)).toEqual(names);
  });
});

describe('where replies and links lead', () => {
  const mx = (...exchanges: readonly string[]) => exchanges.map((exchange, i) => ({ exchange, priority: 10 + i }));

  test.each<[string, Zone, RegExp]>([
    [
      'a server',
      { mx: { [domain]: mx('in.example.net') }, addresses: { 'in.example.net': ['192.0.2.1'] } },
      /^good replies go to in\.example\.net/,
    ],
    ['nowhere', {}, /^bad there is no MX record/],
    ['the machine itself', { addresses: { [domain]: ['192.0.2.1'] } }, /^warn there is no MX record/],
    ['nobody, on purpose', { mx: { [domain]: mx('') } }, /^bad its MX record says that it takes no mail/],
    ['nobody, on purpose with a dot', { mx: { [domain]: mx('.') } }, /^bad its MX record says that it takes no mail/],
    [
      'a server that is gone',
      { mx: { [domain]: mx('in.example.net') } },
      /^bad its mail goes to in\.example\.net, which has no/,
    ],
  ])('a reply that leads to %s', async (_, zone, expected) => {
    expect(told(await checkMx(domain, aDns(zone)))).toEqual([expect.stringMatching(expected)]);
  });

  test.each<[string | undefined, boolean, readonly string[], RegExp]>([
    ['https://r.example.com', true, ['8.8.8.8'], /^good/],
    ['https://r.example.com', true, ['2606:4700::1111'], /^good/],
    ['http://r.example.com', true, ['8.8.8.8'], /^bad it is not https/],
    ['http://r.example.com', false, ['8.8.8.8'], /^warn it is not https/],
    ['https://r.example.com', true, [], /^bad there is no r\.example\.com in DNS/],
    ['https://r.example.com', true, ['10.0.0.1'], /^bad r\.example\.com is no address of the internet/],
    ['https://localhost', true, [], /^bad localhost is no address of the internet/],
    ['https://[::1]:3000', true, [], /^bad \[::1\] is no address of the internet/],
    [undefined, true, [], /^bad it is not set/],
    [undefined, false, [], /^warn it is not set/],
  ])('a link to %s (sending: %s) at %j', async (url, isSending, addresses, expected) => {
    const dns = aDns({ addresses: { 'r.example.com': addresses } });
    expect(told(await checkPublicUrl(url, isSending, dns))).toEqual([expect.stringMatching(expected)]);
  });
});

describe('the server', () => {
  const now = at('2026-03-02T09:00Z');
  const server = { host: 'smtp.example.net', port: 587, secure: false, hasLogin: true };
  const tls = { protocol: 'TLSv1.3', distrust: undefined, validTo: at('2026-09-01T00:00Z') };
  const fine: SmtpLook = { offersStartTls: true, offersLogin: true, tls };

  test.each<[string, Partial<typeof server>, SmtpLook | Error, readonly RegExp[]]>([
    ['in order', {}, fine, [/^good TLSv1\.3, STARTTLS; certificate valid to 2026-09-01/]],
    [
      'encrypted at once',
      { port: 465, secure: true },
      { ...fine, offersStartTls: false },
      [/^good TLSv1\.3, from the first/],
    ],
    ['not there', {}, new Error('connect ECONNREFUSED'), [/^bad it cannot be used: connect ECONNREFUSED/]],
    ['without encryption', {}, { offersStartTls: false, offersLogin: true }, [/^bad it offers no encryption/]],
    [
      'here',
      { host: '127.0.0.1', hasLogin: false },
      { offersStartTls: false, offersLogin: false },
      [/^good no encryption, and/],
    ],
    ['without login', {}, { ...fine, offersLogin: false }, [/^bad SMTP_URL has a user, and the server lets nobody/]],
    ['without login, which nobody wants', { hasLogin: false }, { ...fine, offersLogin: false }, [/^good/]],
    [
      'with a strange certificate',
      {},
      { ...fine, tls: { ...tls, distrust: 'ERR_TLS_CERT_ALTNAME_INVALID' } },
      [/^bad its certificate is not one for this name \(ERR_TLS/],
    ],
    [
      'here with a strange certificate',
      { host: 'localhost' },
      { ...fine, tls: { ...tls, distrust: 'SELF_SIGNED' } },
      [/^warn its certificate is not/],
    ],
    [
      'with an old certificate',
      {},
      { ...fine, tls: { ...tls, distrust: 'CERT_HAS_EXPIRED', validTo: at('2026-03-01T00:00Z') } },
      [/^bad its certificate ended on 2026-03-01/],
    ],
    [
      'with a certificate that soon ends',
      {},
      { ...fine, tls: { ...tls, validTo: at('2026-03-10T09:00Z') } },
      [/^warn its certificate ends in 8 days/],
    ],
    ['with old encryption', {}, { ...fine, tls: { ...tls, protocol: 'TLSv1.1' } }, [/^bad it speaks TLSv1\.1/]],
  ])('that is %s is told so', (_, changes, look, expected) => {
    expect(told(checkTls({ ...server, ...changes }, look, now))).toEqual(
      expected.map((line) => expect.stringMatching(line)),
    );
  });

  test.each<[string, Zone, readonly RegExp[]]>([
    [
      'smtp.example.net',
      { addresses: { 'smtp.example.net': ['8.8.8.8'] }, names: { '8.8.8.8': ['x.example', 'smtp.example.net'] } },
      [/^good its name is smtp\.example\.net/],
    ],
    ['smtp.example.net', { addresses: { 'smtp.example.net': ['8.8.8.8'] } }, [/^warn it has no name that leads back/]],
    [
      'smtp.example.net',
      { addresses: { 'smtp.example.net': ['8.8.8.8'] }, names: { '8.8.8.8': ['liar.example'] } },
      [/^warn it has no name/],
    ],
    ['8.8.4.4', { addresses: { 'dns.example': ['8.8.4.4'] }, names: { '8.8.4.4': ['dns.example'] } }, [/^good/]],
    ['smtp.example.net', { addresses: { 'smtp.example.net': ['10.0.0.1'] } }, []],
    ['127.0.0.1', {}, []],
    ['smtp.sendgrid.net', { addresses: { 'smtp.sendgrid.net': ['8.8.8.8'] } }, []],
  ])('%s has names that lead back to it, or not (%#)', async (host, zone, expected) => {
    expect(told(await checkPtr(host, aDns(zone)))).toEqual(expected.map((line) => expect.stringMatching(line)));
  });
});

describe('a look at a server', () => {
  const opened: { stop: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop();
  });

  const smtpServer = async (options: ConstructorParameters<typeof SMTPServer>[0]): Promise<number> => {
    const server = new SMTPServer({ ...options, logger: false });
    server.on('error', () => {});
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    opened.push({ stop: () => new Promise((resolve) => server.close(resolve)) });
    const address = server.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };

  test('sees STARTTLS, the certificate behind it and the login behind that', async () => {
    const port = await smtpServer({ secure: false });
    const look = await lookAtSmtp({ host: '127.0.0.1', port, secure: false });
    expect(look).toMatchObject({ offersStartTls: true, offersLogin: true, tls: { protocol: 'TLSv1.3' } });
    expect(look.tls?.distrust).toMatch(/SELF_SIGNED|EXPIRED|SIGNATURE|ALTNAME/);
    expect(look.tls?.validTo.getTime()).not.toBeNaN();
  });

  test('sees encryption from the first byte', async () => {
    const port = await smtpServer({ secure: true });
    const look = await lookAtSmtp({ host: '127.0.0.1', port, secure: true });
    expect(look).toMatchObject({ offersStartTls: false, offersLogin: true, tls: { protocol: 'TLSv1.3' } });
  });

  test('sees that there is neither', async () => {
    const port = await smtpServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    const look = await lookAtSmtp({ host: '127.0.0.1', port, secure: false });
    expect(look).toEqual({ offersStartTls: false, offersLogin: false });
  });

  test.each<[string, Parameters<typeof startMailServer>[0], string]>([
    ['refuses', { greeting: '554 no service for you' }, 'it answered "554 no service for you"'],
    ['cuts the connection', { EHLO: 'cut' }, 'it closed the connection'],
    ['does not know EHLO', { EHLO: '502 what?' }, 'it answered "502 what?"'],
  ])('at one that %s says so', async (_, answers, expected) => {
    const server = await startMailServer(answers);
    opened.push(server);
    await expect(lookAtSmtp({ host: '127.0.0.1', port: server.port, secure: false })).rejects.toThrow(expected);
  });

  test('at one that is not there says so', async () => {
    const server = await startMailServer();
    await server.stop();
    await expect(lookAtSmtp({ host: '127.0.0.1', port: server.port, secure: false })).rejects.toThrow('ECONNREFUSED');
  });
});

const head = [
  'From: Mara Quay <mara@mail.example.com>',
  'To: Ada <ada@example.org>',
  'Subject: Hello Ada',
  'Message-ID: <1@mail.example.com>',
  'List-Unsubscribe: <https://rivulet.example.com/u/1>',
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  'List-Id: <welcome.mail.example.com>',
  'Feedback-ID: first:welcome:rivulet:mail.example.com',
  'Auto-Submitted: auto-generated',
  'Date: Mon, 02 Mar 2026 09:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/alternative; boundary="b"',
];
const postalAddress = 'Pell & Rowan, 2100 Harbor Row, Toledo';

function aMime(
  lines: readonly string[] = head,
  text = `Hello\r\n${postalAddress}`,
  html = '<p>Hello</p><p>Pell &amp; Rowan, 2100&nbsp;Harbor Row, Toledo</p>',
): string {
  const parts = [
    `--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`,
    `--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n--b--\r\n`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${parts.join('')}`;
}

describe('a mail', () => {
  const about = { name: 'welcome:hello', postalAddress, publicUrl: 'https://rivulet.example.com', isSigned: false };
  const look = async (mime: string | Buffer, isSigned = false) =>
    told(await checkMail({ ...about, mime: Buffer.from(mime), isSigned }));

  const changed = (from: string, to: string): string => aMime(head.map((line) => line.replace(from, to)));

  test('in order is told with its size', async () => {
    expect(await look(aMime())).toEqual([
      expect.stringMatching(/^good all headers once, one-click unsubscribe, not signed, 0\.1 kB of HTML/),
    ]);
    expect(await look(changed('Ada <', '"Byron, \\"Ada\\"" <'))).toEqual([expect.stringMatching(/^good/)]);
    expect(await look(await signedMime(Buffer.from(aMime()), key), true)).toEqual([
      expect.stringMatching(/^good .* signed/),
    ]);
  });

  test.each(head.slice(0, -1).map((line) => [line.split(':')[0]?.toLowerCase() ?? '', line]))(
    'without or with a second %s is not',
    async (name, line) => {
      expect(await look(aMime(head.filter((one) => one !== line)))).toContain(`bad it has no ${name} header`);
      expect(await look(aMime([line, ...head]))).toContain(`bad it has 2 ${name} headers`.replace('headers', 'header'));
    },
  );

  test.each<[string, string, string]>([
    [
      'two senders',
      changed('<mara@mail.example.com>', '<mara@mail.example.com>, <b@example.com>'),
      'its from is not one address',
    ],
    ['no sender', changed('Mara Quay <mara@mail.example.com>', 'Mara'), 'its from is not one address'],
    [
      'two replies',
      aMime([...head, 'Reply-To: a@example.com', 'Reply-To: b@example.com']),
      'it has 2 reply-to headers',
    ],
    ['a reply to nobody', aMime([...head, 'Reply-To: nobody']), 'its reply-to is not one address'],
    [
      'a strange Message-ID',
      changed('<1@mail', '<1@localhost.mail'),
      'its Message-ID is of another domain than its From',
    ],
    ['a plain link', changed('<https://', '<http://'), 'its unsubscribe link is not https'],
    [
      'a bare link',
      changed('<https://rivulet.example.com/u/1>', 'https://rivulet.example.com/u/1'),
      'its unsubscribe link is not https',
    ],
    ['more clicks', changed('=One-Click', '=Two-Clicks'), 'it cannot be left with one click'],
    [
      'a long line',
      aMime(head, `${'x'.repeat(999)}\r\n${postalAddress}`),
      'it has a line of more than 998 characters, which servers break or refuse',
    ],
    ['a lone LF', aMime(head, `a\nb\r\n${postalAddress}`), 'it has a lone CR or LF, which servers refuse'],
    ['a lone CR', aMime(head, `a\rb\r\n${postalAddress}`), 'it has a lone CR or LF, which servers refuse'],
    [
      'no postal address',
      aMime(head, postalAddress, '<p>Hello</p>'),
      'it does not show your postal address, which the law asks of every such mail',
    ],
    ['no text', aMime(head, ' \r\n'), 'its text is empty, for those who see no HTML'],
    [
      'HTML first',
      aMime().replace('text/plain', 'text/x').replace('text/html', 'text/plain').replace('text/x', 'text/html'),
      'it is not text first and HTML after it',
    ],
  ])('with %s is not', async (_, mime, expected) => {
    expect(await look(mime)).toContain(`bad ${expected}`);
  });

  test('of much HTML is told that it will be cut off', async () => {
    const html = `<p>${postalAddress}</p>${'<p>words and more words</p>\r\n'.repeat(4000)}`;
    expect(await look(aMime(head, postalAddress, html))).toEqual([
      expect.stringMatching(/^warn it has 11\d\.\d kB of HTML/),
    ]);
  });

  test('that should be signed and is not, or not enough, is told so', async () => {
    expect(await look(aMime(), true)).toEqual(['bad it is not signed, though there is a key']);
    const weak = [
      'DKIM-Signature: v=1; h=From:From:Subject:Subject:List-Unsubscribe:\r\n List-Unsubscribe; b=x',
      ...head,
    ];
    expect(await look(aMime(weak), true)).toEqual(['bad its signature does not protect list-unsubscribe-post']);
  });

  test('is not blamed for a public address that has no https', async () => {
    const mime = Buffer.from(changed('<https://', '<http://'));
    const findings = await checkMail({ ...about, mime, publicUrl: 'http://localhost:3000' });
    expect(told(findings)).toEqual([expect.stringMatching(/^good/)]);
  });
});

describe('the whole', () => {
  const mime = Buffer.from(aMime());
  const patient: Patient = {
    senders: [domain],
    repliesTo: ['replies.example.com', domain],
    mails: [{ name: 'welcome:hello', mime, postalAddress, publicUrl: 'https://r.example.com', isSigned: false }],
    keys: keysOf(keyFile()),
    mustSign: true,
    publicUrl: 'https://r.example.com',
    server: { host: 'smtp.example.net', port: 465, secure: true, hasLogin: true },
  };
  const now = at('2026-03-02T09:00Z');
  const lookNowhere = async (): Promise<SmtpLook> => {
    throw new Error('connect ETIMEDOUT');
  };

  test('looks at everything, and at each reply domain once', async () => {
    const dns = { ...aDns(), isReached: async () => true };
    const findings = await examine(patient, { dns, lookAtSmtp: lookNowhere, now });
    expect(findings.map(({ check, about: subject, level }) => `${level} ${check} ${subject}`)).toEqual([
      'good mail welcome:hello',
      'bad tls smtp.example.net:465',
      'bad url https://r.example.com',
      'bad spf mail.example.com',
      'bad dmarc mail.example.com',
      'bad dkim one._domainkey.mail.example.com',
      'bad mx mail.example.com',
      'bad mx replies.example.com',
    ]);
  });

  test('without a DNS says so once, instead of calling everything missing', async () => {
    const dns = { ...aDns(), isReached: async () => false };
    const findings = await examine({ ...patient, server: undefined }, { dns, lookAtSmtp: lookNowhere, now });
    expect(told(findings)).toEqual([expect.stringMatching(/^good/), expect.stringMatching(/^bad no DNS answers here/)]);
    expect(dns.asked).toEqual([]);
  });

  test('goes on where one question gets no answer, and hides no fault of its own', async () => {
    const silent = await asked('mx', domain, async () => {
      throw new NoAnswer('DNS gave no answer (ETIMEOUT)');
    });
    expect(told(silent)).toEqual(['warn not checked: DNS gave no answer (ETIMEOUT)']);
    const broken = asked('mx', domain, async () => {
      throw new TypeError('our fault');
    });
    await expect(broken).rejects.toThrow('our fault');
  });
});
