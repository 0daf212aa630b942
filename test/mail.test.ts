import { beforeAll, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { idFrom } from '../src/event/id.js';
import { messageIdOf, type MailOrder, type MailSetting, renderMail, toMime } from '../src/message/mail.js';
import { compileMerge, type MergeValue } from '../src/message/merge.js';
import { compileTemplate, type Template } from '../src/message/template.js';
import { readToken, type SigningKeys } from '../src/message/token.js';
import { at } from './builders.js';

const keys: SigningKeys = [{ id: 1, secret: Buffer.alloc(32, 1) }];
const message = idFrom('message');
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
  keys,
};

let template: Template;
beforeAll(async () => {
  template = await compiled(
    'Hello {{lead.firstName "you"}}, <a href="https://example.com/{{lead.company}}/plan?for={{lead.email}}&amp;x=1#{{lead.plan}}">read on</a> or <a href="https://example.com/fixed">stay</a>. <a href="{{preferencesUrl}}">Choose</a>, <a href="{{unsubscribeUrl}}">leave</a>.',
  );
});

async function compiled(text: string): Promise<Template> {
  const mail = `<mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>`;
  const layout = '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>';
  const files = { layout, hello: mail };
  const { template: made, problems } = await compileTemplate(
    'hello',
    new Map(Object.entries(files).map(([name, source]) => [name, { file: `${name}.mjml`, text: source }])),
  );
  if (!made) throw new Error(problems.map(({ message: what }) => what).join('\n'));
  return made;
}

type Fields = Readonly<Record<string, MergeValue>>;

function anOrder(fields: Fields = {}, changes: Partial<MailOrder> & { subjectText?: string } = {}): MailOrder {
  const { subjectText = 'Hello', ...rest } = changes;
  return {
    message,
    step: 'first',
    subject: compileMerge(subjectText, 'none'),
    from: 'Mara Quay <mara@mail.example.com>',
    sequence: { name: 'welcome', title: 'Welcome' },
    lead: { email: 'ada@example.org', name: 'Ada Byron', fields },
    plannedAt: at('2026-03-02T09:00Z'),
    ...rest,
  };
}

function rendered(fields: Fields = {}, changes: Parameters<typeof anOrder>[1] = {}) {
  return renderMail(template, anOrder(fields, changes), setting);
}

async function mimeOf(fields: Fields = {}, changes: Parameters<typeof anOrder>[1] = {}): Promise<string> {
  return (await toMime(rendered(fields, changes))).toString('latin1');
}

describe('headers', () => {
  test('are those of bulk mail that can be left with one click', () => {
    const { headers } = rendered();
    const [, token = ''] =
      /^<https:\/\/rivulet\.example\.com\/u\/([\w-]+)>$/.exec(headers['List-Unsubscribe'] ?? '') ?? [];
    expect(readToken('unsubscribe', token, keys)).toEqual({ message, link: 0 });
    expect(headers).toEqual({
      'List-Unsubscribe': expect.any(String),
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': '<welcome.mail.example.com>',
      'Feedback-ID': 'first:welcome:rivulet:mail.example.com',
      'Auto-Submitted': 'auto-generated',
    });
  });

  test('carry the message id for a provider that takes each one once', () => {
    const once = { ...setting, idempotencyHeader: 'Resend-Idempotency-Key' };
    expect(renderMail(template, anOrder(), once).headers).toMatchObject({ 'Resend-Idempotency-Key': message });
    const notice = anOrder({}, { notice: { to: 'sales@example.com' } });
    expect(renderMail(template, notice, once).headers).toEqual({
      'Auto-Submitted': 'auto-generated',
      'Resend-Idempotency-Key': message,
    });
  });

  test('name the Message-ID after the message and the domain of the sender', async () => {
    expect(messageIdOf(message, { name: '', address: 'mara@mail.example.com' })).toBe(`<${message}@mail.example.com>`);
    expect((await simpleParser(await mimeOf())).messageId).toBe(`<${message}@mail.example.com>`);
  });

  test('say where a reply goes when the step says so', async () => {
    const { replyTo } = await simpleParser(await mimeOf({}, { replyTo: 'Sales <sales@example.com>' }));
    expect(replyTo?.value).toEqual([{ name: 'Sales', address: 'sales@example.com' }]);
  });

  test.each([
    'a\r\nBcc: eve@example.org',
    'a\nb',
    'a\rb',
    'a\u2028b\u2029c',
    'a\tb\u0000c',
    ' a '.repeat(400),
    'a'.repeat(2000),
  ])('have the subject on one line, whatever a lead brings along (%j)', async (plan) => {
    const mail = rendered({ plan }, { subjectText: 'For {{lead.plan}}' });
    expect(mail.subject).not.toMatch(/[\r\n\u2028\u2029]|\s\s|^\s|\s$/);
    const { headerLines, subject } = await simpleParser(await toMime(mail));
    expect(headerLines.filter(({ key }) => key === 'subject')).toHaveLength(1);
    expect(headerLines.map(({ key }) => key)).not.toContain('bcc');
    expect(subject).toMatch(/^For a/);
  });
});

describe('what cannot be a mail', () => {
  test.each(['', 'nobody', 'Mara <mara@mail.example.com>, Eve <eve@example.org>'])('is one from "%s"', (from) => {
    expect(() => rendered({}, { from })).toThrow('is not a sender');
  });

  test.each(['', 'ada', 'ada@example.org, eve@example.org', 'ada@example.org>\r\nRCPT TO:<eve@example.org'])(
    'is one to %j; the reason does not repeat it',
    (email) => {
      const lead = { ...anOrder().lead, email };
      expect(() => rendered({}, { lead })).toThrow(
        /^the address it goes to is none: [^@]*(@ [^@]*|name@example\.com)?$/,
      );
    },
  );
});

describe('links', () => {
  test('lead through us, in HTML and text alike', () => {
    const { html, text } = rendered();
    const seen = html.replace(/<a [^>]*aria-hidden[^>]*><\/a>/, '');
    const inHtml = [...seen.matchAll(/href="([^"]+\/c\/[^"]+)"/g)].map(([, href]) => href?.replaceAll('&#x3D;', '='));
    const inText = [...text.matchAll(/\((\S+\/c\/\S+)\)/g)].map(([, href]) => href);
    expect(inHtml).toHaveLength(2);
    expect(inText).toEqual(inHtml);
    expect(inHtml.map((href) => readToken('click', href?.split('/c/')[1] ?? '', keys))).toEqual([
      { message, link: 0 },
      { message, link: 1 },
    ]);
  });

  test('but one are for people: the last is empty, nobody sees, reaches or hears it, and it is not in the text', () => {
    const { html, text, links } = rendered();
    const [trap = '', href = ''] = /<a href="([^"]+)"[^>]*><\/a>/.exec(html) ?? [];
    expect(trap).toBe(`<a href="${href}" style="display:none;mso-hide:all" aria-hidden="true" tabindex="-1"></a>`);
    const token = href.split('/c/')[1] ?? '';
    expect(readToken('click', token, keys)).toEqual({ message, link: links.length });
    expect(text).not.toContain(token);
    expect(html).toContain(`${trap}<img src="https://rivulet.example.com/o/`);
  });

  test('to leave and to choose go there directly', () => {
    const { html } = rendered();
    expect(html).toMatch(/href="https:\/\/rivulet\.example\.com\/u\/[\w-]+"/);
    expect(html).toMatch(/href="https:\/\/rivulet\.example\.com\/p\/[\w-]+"/);
    expect(rendered().links).toHaveLength(2);
  });

  test('hold the lead’s values', () => {
    const { links } = rendered({ company: 'byron', plan: 'pro' });
    expect(links).toEqual([
      'https://example.com/byron/plan?for=ada%40example.org&x=1#pro',
      'https://example.com/fixed',
    ]);
  });

  test.each([
    '//evil.example.org',
    '../../evil',
    '@evil.example.org',
    '?x=2#y',
    'a&admin=1',
    'javascript:alert(1)',
    '\r\nLocation: https://evil.example.org',
    'https://evil.example.org/',
    '\\evil.example.org',
    'ü字😀"\'<>',
  ])('lead where they led before, whatever a lead’s value is (%j)', (value) => {
    const [link = ''] = rendered({ company: value, plan: value }).links;
    const url = new URL(link);
    expect(url.origin).toBe('https://example.com');
    expect(url.pathname).toBe(`/${encodeURIComponent(value).replaceAll("'", '%27')}/plan`.replaceAll('%27', "'"));
    expect([...url.searchParams]).toEqual([
      ['for', 'ada@example.org'],
      ['x', '1'],
    ]);
    expect(decodeURIComponent(url.hash.slice(1))).toBe(value);
  });

  test('lead where the lead’s value is no text, and where it has half a character', () => {
    const { links } = rendered({ company: 12, plan: '\ud83d' });
    expect(links[0]).toBe('https://example.com/12/plan?for=ada%40example.org&x=1#%EF%BF%BD');
  });

  test('that are a lead’s value altogether lead nowhere', async () => {
    const whole = await compiled('<a href="{{lead.website}}">your site</a>');
    for (const website of ['javascript:alert(1)', 'https://evil.example.org', 'data:text/html,x']) {
      const { links, html } = renderMail(whole, anOrder({ website }), setting);
      expect(links).toEqual([encodeURIComponent(website)]);
      expect(html).not.toContain(website);
    }
  });
});

describe('text and HTML', () => {
  test('hold the lead’s values, escaped where they would be markup', () => {
    const { html, text } = rendered({ firstName: '<script>alert("x")</script> & Co' });
    expect(html).toContain('Hello &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; Co,');
    expect(text).toContain('Hello <script>alert("x")</script> & Co,');
  });

  test('do without what nobody knows', () => {
    expect(rendered({ firstName: undefined }).text).toMatch(/^Hello you,/);
  });

  test('end with the pixel, in HTML alone', () => {
    const { html, text } = rendered();
    expect(html).toMatch(/<img src="https:\/\/rivulet\.example\.com\/o\/[\w-]+\.gif"[^>]*><\/body>/);
    expect(text).not.toContain('.gif');
  });
});

describe('the bytes', () => {
  const values = {
    'line breaks of all kinds': 'a\rb\nc\r\nd\n\re',
    'lines of dots': '\n.\n..\r\n.\r\r.\r',
    'the end of a mail and another one': '\r\n.\r\nMAIL FROM:<eve@example.org>\r\nDATA\r\n',
    'a long word': 'x'.repeat(5000),
    'a long word in another script': '字'.repeat(3000),
    'many short lines': 'ab\n'.repeat(500),
    'a boundary of our own': `----_NmP-${message}-Part_1--`,
  };

  test.each(Object.entries(values))('hold no lone CR or LF and no line above 998 with %s', async (_, firstName) => {
    const lead = { ...anOrder().lead, name: firstName, fields: { firstName, company: firstName } };
    const mime = await mimeOf({}, { lead, subjectText: '{{lead.firstName}}' });
    expect(mime.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...mime.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  test.each(Object.entries(values))('bring %s to the reader', async (_, firstName) => {
    const { text, attachments } = await simpleParser(await mimeOf({ firstName }));
    const flat = (written: string): string => written.replace(/\s+/g, ' ');
    expect(flat(text ?? '')).toContain(flat(`Hello ${firstName}, read on`));
    expect(attachments).toEqual([]);
  });

  test('are the same for the same mail', async () => {
    expect(await mimeOf({ firstName: 'Zoë' })).toBe(await mimeOf({ firstName: 'Zoë' }));
  });

  test('hold text and HTML as two ways to read one mail', async () => {
    const mime = await mimeOf();
    expect(mime).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect([...mime.matchAll(/^Content-Type: text\/(\w+)/gm)].map(([, kind]) => kind)).toEqual(['plain', 'html']);
  });
});
