import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { openSmtp } from '../src/delivery/smtp.js';
import { openWriter, type Written } from '../src/delivery/smtp-wire.js';
import type { Transport } from '../src/delivery/transport.js';
import { idFrom } from '../src/event/id.js';
import { LeadBody } from '../src/api/lead-body.js';
import { parseAddress } from '../src/message/address.js';
import { type MailOrder, type MailSetting, renderMail, toMime } from '../src/message/mail.js';
import { compileMerge } from '../src/message/merge.js';
import { compileMime } from '../src/message/mime.js';
import { compileTemplate, type Template } from '../src/message/template.js';
import { From } from '../src/sequence/step-file.js';
import { at } from './builders.js';
import { type MailServer, startMailServer } from './mail-server.js';

const setting: MailSetting = {
  brand: {
    name: 'Tallybay',
    website: 'https://example.com',
    postalAddress: '2100 Harbor Row, Toledo',
    logo: 'assets/logo.png',
    language: 'en-GB',
    logoAlt: 'Tallybay',
  },
  publicUrl: 'https://rivulet.example.com',
  keys: [{ id: 1, secret: Buffer.alloc(32, 1) }],
};

/** What the lead, and whoever writes sequences, can put into a mail. */
type Told = {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly company: string;
  readonly from: string;
  readonly replyTo: string;
};
const usual: Told = {
  email: 'ada@example.org',
  firstName: 'Ada',
  lastName: 'Byron',
  company: 'Acme',
  from: 'Mara Quay <mara@mail.example.com>',
  replyTo: 'Answers <answers@mail.example.com>',
};

let template: Template;
let server: MailServer;
let transport: Transport;
const wires: string[] = [];

beforeAll(async () => {
  template = await compiled();
  server = await startMailServer({
    dot: (said) => {
      wires.push(said);
      return '250 2.0.0 taken';
    },
  });
  transport = openSmtp(server.url, 1);
});
afterAll(async () => {
  await transport.stop();
  await server.stop();
});

async function compiled(): Promise<Template> {
  const text =
    'Hello {{lead.firstName}} of {{lead.company}}, <a href="https://example.com/?c={{lead.company}}">read on</a>.';
  const files = {
    layout: '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>',
    hello: `<mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>`,
  };
  const sources = new Map(
    Object.entries(files).map(([name, source]) => [name, { file: `${name}.mjml`, text: source }]),
  );
  const { template: made } = await compileTemplate('hello', sources);
  if (!made) throw new Error('the template of this test is wrong');
  return made;
}

/** What the API, or the check of the files, says to it; undefined when it is taken. */
function refusal(told: Told): string | undefined {
  const { email, firstName, lastName, company, from, replyTo } = told;
  const lead = LeadBody.safeParse({ email, firstName, lastName, attributes: { company } });
  const senders = [From.safeParse(from), From.safeParse(replyTo)];
  return [lead, ...senders].flatMap(({ error }) => error?.issues ?? [])[0]?.message.split('\n')[0];
}

function orderOf({ email, firstName, lastName, company, from, replyTo }: Told): MailOrder {
  return {
    message: idFrom('message'),
    step: 'first',
    subject: compileMerge('Hello {{lead.firstName}} of {{lead.company}}', 'none'),
    from,
    replyTo,
    sequence: { name: 'welcome', title: 'Welcome' },
    lead: { email, name: `${firstName} ${lastName}`, fields: { firstName, lastName, company } },
    plannedAt: at('2026-03-02T09:00Z'),
  };
}

type Ready = Written & { readonly from: string; readonly to: string };

const write = openWriter();

/** Both ways in which a mail is made: one by one, and by a compiled step. */
const makers: Readonly<Record<string, (order: MailOrder) => Promise<Ready>>> = {
  rendered: async (order) => {
    const mail = renderMail(template, order, setting);
    return { from: mail.from.address, to: mail.to.address, mime: await toMime(mail) };
  },
  compiled: async (order) => {
    const { from, to, head, body } = compileMime(template, order, setting)(order);
    return { from: from.address, to: to.address, ...write(head, body) };
  },
};

/** Everything that went to the server for one mail. */
async function deliver(ready: Ready): Promise<{ commands: readonly string[]; wire: string }> {
  const saidBefore = server.said.flat().length;
  wires.length = 0;
  const parcel = { id: idFrom('message'), subject: '', at: at('2026-03-02T09:00Z'), ...ready };
  expect(await transport.deliver(parcel)).toMatchObject({ kind: 'accepted' });
  const commands = server.said
    .flat()
    .slice(saidBefore)
    .filter((line) => !/^(?:EHLO|QUIT)/.test(line));
  expect(wires).toHaveLength(1);
  return { commands, wire: wires[0] ?? '' };
}

const headerNames = [
  'auto-submitted',
  'content-type',
  'date',
  'feedback-id',
  'from',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'message-id',
  'mime-version',
  'reply-to',
  'subject',
  'to',
];

/** One mail for one address: what would be different had a payload said anything to the server, or to a mail program. */
async function expectOneMail(told: Told, way: string, headers = headerNames): Promise<void> {
  const make = makers[way];
  if (!make) throw new Error(`no mail is made by "${way}"`);
  const ready = await make(orderOf(told));
  const { commands, wire } = await deliver(ready);
  expect(commands).toEqual(['MAIL FROM:<mara@mail.example.com>', `RCPT TO:<${ready.to}>`, 'DATA']);
  expect(wire.indexOf('\r\n.\r\n')).toBe(wire.length - 5);
  // Neither a lone CR or LF nor any other control or 8-bit character.
  expect(wire.replaceAll('\r\n', '')).toMatch(/^[\x20-\x7e\t]*$/);
  expect(Math.max(...wire.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  const mail = await simpleParser(wire.slice(0, -3));
  expect(mail.headerLines.map(({ key }) => key).toSorted()).toEqual(headers);
  const parties = [mail.from, mail.to].flat().map((party) => party?.value.map(({ address = '' }) => asciiOf(address)));
  expect(parties).toEqual([['mara@mail.example.com'], [ready.to]]);
}

/** As it goes over the wire; mailparser shows domains in their own script. */
function asciiOf(address: string): string {
  const parsed = parseAddress(address);
  return parsed.ok ? parsed.value.address : address;
}

const ways = Object.keys(makers);

describe('an address is refused by the API, and past it no mail is made:', () => {
  const lineBreak = 'an e-mail address has no line break or control character in it';
  const local = 'the part before the @ has characters that no mailbox has, or is longer than 64';
  const domain = 'the part after the @ is not a domain';
  const shape = 'an e-mail address looks like name@example.com';
  const encoded = 'the part before the @ looks like an encoded word, which hides another address';

  test.each([
    ['=?utf-8?q?eve=40example.com?=@example.org', encoded],
    ['ada@example.org\r\nRCPT TO:<eve@example.com>', lineBreak],
    ['ada@example.org\nBcc: eve@example.com', lineBreak],
    ['ada@example.org\rX: y', lineBreak],
    ['ada@example.org\r\n.\r\nMAIL FROM:<eve@example.com>', lineBreak],
    ['ada@example.org\u0000', lineBreak],
    ['ada@example.org\t', lineBreak],
    ['ada@example.org\u0085eve@example.com', lineBreak],
    ['ada@example.org\u2028eve@example.com', lineBreak],
    ['ada@example.org\u2029', lineBreak],
    ['ada@example.org, eve@example.com', local],
    ['ada@example.org eve@example.com', local],
    ['ada@example.org; eve@example.com', local],
    ['group: ada@example.org;', local],
    ['ada@example.org>, <eve@example.com', local],
    ['<ada@example.org>', local],
    ['Ada <ada@example.org>', local],
    ['ada@example.org> SIZE=1', domain],
    ['ada@example.org> NOTIFY=NEVER ORCPT=rfc822;eve@example.com', local],
    ['@a.example,@b.example:ada@example.org', local],
    ['eve@example.com@example.org', local],
    ['"ada eve"@example.org', local],
    ['"eve@example.com>"@example.org', local],
    ['"a\r\nb"@example.org', lineBreak],
    ['ada(eve@example.com)@example.org', local],
    ['ada@example.org(comment)', domain],
    ['ada@(comment)example.org', domain],
    ['ada@example.org%0d%0aRCPT', domain],
    ['ada@example%2eorg', domain],
    ['ada@[127.0.0.1]', domain],
    ['ada@[IPv6:::1]', domain],
    ['ada@localhost', 'the domain has no ending such as .com'],
    ['ada@example.org.', domain],
    ['.ada@example.org', local],
    ['ada..b@example.org', local],
    ['adä@example.org', 'the part before the @ may have ASCII characters only'],
    ['ada\uff20example.org', shape],
    ['', shape],
    [`${'a'.repeat(65)}@example.org`, local],
    [`ada@${'a'.repeat(64)}.org`, domain],
    [`${'a'.repeat(60)}@${`${'b'.repeat(60)}.`.repeat(4)}org`, 'the address is longer than 254 characters'],
  ])('%j: %s', async (email, message) => {
    const told = { ...usual, email };
    expect(refusal(told)).toBe(message);
    for (const make of Object.values(makers))
      await expect(make(orderOf(told))).rejects.toThrow(`the address it goes to is none: ${message}`);
  });
});

describe.each(ways)('an address that looks strange and is one (%s) goes to itself alone:', (way) => {
  test.each([
    'eve%example.com@example.org',
    'example.com!eve@example.org',
    'ada%40example.com@example.org',
    "'--eve@example.org",
    '`eve`@example.org',
    '{{lead.company}}@example.org',
    'ada@exa\u00admple.org',
    'ada@\u0435xample.org',
    'ada@xn--e1afmkfd.example.org',
  ])('%j', async (email) => {
    expect(refusal({ ...usual, email })).toBeUndefined();
    await expectOneMail({ ...usual, email }, way);
  });
});

const control = 'has a control character or a line break in it';
const tooLong = 'this must have at most 200 characters';

describe.each(ways)('a name in To, Subject, HTML and text (%s) says nothing to the server:', (way) => {
  test.each([
    ['Ada\r\nBcc: eve@example.com', control],
    ['Ada\nSubject: evil', control],
    ['Ada\rX-Evil: yes', control],
    ['Ada\r\n\r\n<b>evil</b>', control],
    ['Ada\r\n.\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<eve@example.com>\r\nDATA\r\n', control],
    ['Ada\n.\nMAIL FROM:<eve@example.com>', control],
    ['Ada\r.\rMAIL FROM:<eve@example.com>', control],
    ['Ada\n.\r\nMAIL FROM:<eve@example.com>', control],
    ['Ada\r\n.\nMAIL FROM:<eve@example.com>', control],
    ['\n..\n', control],
    ['Ada\u0000', control],
    ['Ada\u001b[2J', control],
    ['Ada\u0085X-Evil: yes', control],
    ['Ada\u2028X-Evil: yes', control],
    ['Ada\u2029X-Evil: yes', control],
    ['Ada\u202egro.elpmaxe', control],
    ['x'.repeat(201), tooLong],
    ['x'.repeat(100_000), tooLong],
    ['Ada" <eve@example.com>, "Eve', undefined],
    ['eve@example.com>, <eve@example.com', undefined],
    ['eve@example.com,', undefined],
    ['Ada (eve@example.com)', undefined],
    ['Ada\\" <eve@example.com>', undefined],
    ['=?utf-8?q?Eve_=3Ceve=40example=2Ecom=3E=2C?=', undefined],
    ['=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=', undefined],
    ['Ada%0d%0aBcc: eve@example.com', undefined],
    ['Ada\\r\\nBcc: eve@example.com', undefined],
    ['{{lead.email}}', undefined],
    ['{{{lead.company}}}', undefined],
    ['.', undefined],
    ['.'.repeat(200), undefined],
    ['é'.repeat(200), undefined],
    ['Ada\ud800', undefined],
  ])('%j, of which the API says: %s', async (firstName, message) => {
    const told = { ...usual, firstName };
    expect(refusal(told)).toBe(message);
    // Past the API, as if it had been let in by mistake.
    await expectOneMail(told, way);
  });
});

describe.each(ways)('a value in Subject, HTML, text and a link (%s) says nothing to the server:', (way) => {
  test.each([
    ['Acme\r\n.\r\nMAIL FROM:<eve@example.com>', control],
    ['Acme\n.\nQUIT', control],
    ['Acme\r.\rQUIT', control],
    ['Acme\r\n--=_-Part_1--\r\n', control],
    ['\r\n\r\nContent-Type: text/html', control],
    ['x'.repeat(1001), 'this must have at most 1000 characters'],
    [`--=_-${idFrom('message')}-Part_1--`, undefined],
    ['=3D=0D=0A.=0D=0A', undefined],
    ['"><script>alert(1)</script>', undefined],
    ['https://a.example/?b=c&d=e#f', undefined],
    ['.', undefined],
    ['x'.repeat(1000), undefined],
    ['界'.repeat(1000), undefined],
  ])('%j, of which the API says: %s', async (company, message) => {
    const told = { ...usual, company };
    expect(refusal(told)).toBe(message);
    await expectOneMail(told, way);
  });
});

describe('a sender that is more than one is refused by the check of the files, and past it no mail is made:', () => {
  test.each([
    ['Mara <mara@mail.example.com>\r\nBcc: eve@example.com', 'from has a control character or a line break in it'],
    ['Mara <mara@mail.example.com>, Eve <eve@example.com>', 'this is not a sender'],
    ['mara@mail.example.com, eve@example.com', 'this is not a sender'],
    ['Mara <mara@mail.example.com> RET=FULL', 'this is not a sender'],
    ['Mara <"a b"@mail.example.com>', 'this is not a sender'],
    ['Mara <@a.example:mara@mail.example.com>', 'this is not a sender'],
  ])('%j: %s', async (from, message) => {
    const told = { ...usual, from };
    expect(refusal(told)).toBe(message);
    for (const make of Object.values(makers)) await expect(make(orderOf(told))).rejects.toThrow('is not a sender');
  });
});

describe.each(ways)('what stands beside a sender (%s) says nothing to the server:', (way) => {
  test.each([
    ['Mara, Eve <mara@mail.example.com>', undefined],
    ['eve@example.com, <mara@mail.example.com>', undefined],
    ['=?utf-8?q?Eve=0D=0ABcc:_eve=40example.com?= <mara@mail.example.com>', undefined],
    ['Mara\u2028 <mara@mail.example.com>', 'from has a control character or a line break in it'],
    ['Mara\r\nBcc: eve@example.com <mara@mail.example.com>', 'from has a control character or a line break in it'],
  ])('%j, of which the check says: %s', async (from, message) => {
    const told = { ...usual, from };
    expect(refusal(told)).toBe(message);
    await expectOneMail(told, way);
  });
});

describe.each(ways)(
  'a reply address that is more than one (%s) is refused by the check of the files, and past it left out:',
  (way) => {
    test.each([
      ['Eve <eve@example.com>\nBcc: x@example.com', 'from has a control character or a line break in it'],
      ['a@example.com,b@example.com', 'this is not a sender'],
      ['Answers <a@example.com>, <b@example.com>', 'this is not a sender'],
      ['Answers <@a.example:b@example.com>', 'this is not a sender'],
    ])('%j: %s', async (replyTo, message) => {
      const told = { ...usual, replyTo };
      expect(refusal(told)).toBe(message);
      await expectOneMail(
        told,
        way,
        headerNames.filter((name) => name !== 'reply-to'),
      );
    });
  },
);
