import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeKey } from '../src/account/keys.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

const mail = (words: string): string => `<mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section>`;
const files = {
  'templates/layout.mjml':
    '<mjml><mj-head><mj-include path="preview" /><mj-style>@media (prefers-color-scheme: dark) { body { color: white } }</mj-style></mj-head><mj-body><mj-include path="content" /><mj-include path="partials/foot" /></mj-body></mjml>',
  'templates/partials/foot.mjml': mail('<a href="{{unsubscribeUrl}}">unsubscribe</a>'),
  'templates/hello.mjml': `<mj-preview>What comes next</mj-preview>${mail(
    'Hello {{lead.firstName "you"}} of {{lead.company "your yard"}}, <a href="https://example.com/more?for={{lead.email}}">read on</a> or <a href="https://example.com/prices">look at prices</a>.',
  )}`,
  'templates/tell.mjml': mail('{{lead.email}} is here'),
  'sequences/hello.json': aSequenceFile(
    [
      { id: 'hi', send: 'hello', subject: 'Hello {{lead.firstName "you"}}' },
      { id: 'tell', notify: { email: 'sales@example.com', template: 'tell' } },
    ],
    { enroll: { on: 'lead.created' } },
  ),
};

let rivulet: HttpRivulet;
let ada: { readonly id: string; readonly mail: { readonly links: readonly string[]; readonly pixel: string } };
beforeAll(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: await aProjectFolder(files) });
  ada = await rivulet.welcome('ada@example.com', { firstName: 'Ada <b>', attributes: { company: 'Quay & Sons' } });
  const bert = await rivulet.welcome('bert@example.com');
  await rivulet.reader.clicks(ada.mail.links[0]);
  await rivulet.reader.clicks(ada.mail.links[1]);
  await rivulet.reader.clicks(bert.mail.links[0]);
});
afterAll(() => rivulet.close());

const page = '/api/sequences/hello/mails/hi';
const frame = (query = ''): Promise<{ status: number; text: string; headers: Headers }> =>
  rivulet.api(`${page}/mail.html${query}`);

describe('a mail', () => {
  test('is shown with its words, its files, its size and where it leads', async () => {
    const { body } = await rivulet.api(page);
    expect(body).toMatchObject({
      kind: 'send',
      subject: 'Hello Ada',
      subjectWritten: 'Hello {{lead.firstName "you"}}',
      preheader: 'What comes next',
      file: 'templates/hello.mjml',
      source: files['templates/hello.mjml'],
      lead: { email: 'ada.quill@example.com', origin: 'made up, with a value in every field' },
      hasDarkStyle: true,
      size: { clipBytes: 104_448, isClipped: false },
    });
    expect(body.includes).toEqual(expect.arrayContaining(['templates/layout.mjml', 'templates/partials/foot.mjml']));
    expect(body.text).toContain('Hello Ada of Pell & Rowan');
  });

  test('is shown as any lead sees it, by id or address, and as one of whom nothing is known', async () => {
    for (const lead of [ada.id, 'ADA@example.com']) {
      const { body } = await rivulet.api(`${page}?lead=${encodeURIComponent(lead)}`);
      expect(body.subject).toBe('Hello Ada <b>');
      expect(body.text).toContain('of Quay & Sons');
    }
    expect((await rivulet.api(`${page}?lead=empty`)).body.text).toContain('Hello you of your yard');
    expect((await frame(`?lead=${ada.id}`)).text).toContain('Hello Ada &lt;b&gt;');
    expect((await rivulet.api(`${page}?lead=nobody`)).status).toBe(404);
  });

  test('is shown as a lead only to those who may see leads', async () => {
    const { store, engine } = rivulet;
    const { secret } = await makeKey(
      { name: 'preview', rights: ['sequences:read'], createdBy: 'mara' },
      { store, now: engine.now },
    );
    const ask = (path: string, body?: object): Promise<Response> =>
      fetch(rivulet.url + path, {
        headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
        ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      });
    for (const path of [page, `${page}/mail.html`]) {
      expect((await ask(path)).status).toBe(200);
      expect((await ask(`${path}?lead=empty`)).status).toBe(200);
      const refused = await ask(`${path}?lead=${ada.id}`);
      expect(refused.status).toBe(403);
      expect(await refused.text()).toContain('leads:read');
    }
    expect((await ask('/api/previews', { mail: 'hello', lead: ada.id })).status).toBe(403);
  });

  test('tells of each link who clicked it, whatever stood in its address, and where it stands', async () => {
    const { links, clickers, otherClicks } = (await rivulet.api(page)).body;
    expect(clickers).toBe(2);
    expect(otherClicks).toEqual([]);
    expect(links).toEqual([
      {
        target: 'https://example.com/more?for=ada.quill%40example.com',
        leadsSomewhere: true,
        people: 2,
        share: 1,
        places: [{ nth: 1, words: 'read on' }],
      },
      {
        target: 'https://example.com/prices',
        leadsSomewhere: true,
        people: 1,
        share: 0.5,
        places: [{ nth: 2, words: 'look at prices' }],
      },
    ]);
  });

  test('about a lead is shown too, and counts nothing', async () => {
    const { body } = await rivulet.api('/api/sequences/hello/mails/tell');
    expect(body).toMatchObject({ kind: 'notify', numbers: null, links: [], clickers: 0 });
    expect(body.text).toContain('ada.quill@example.com is here');
  });

  test.each([
    '/api/sequences/hello/mails/gone',
    '/api/sequences/gone/mails/hi',
    '/api/sequences/hello/mails/gone/mail.html',
  ])('%s is not there', async (path) => {
    expect((await rivulet.api(path)).status).toBe(404);
  });
});

describe('the HTML of a mail alone', () => {
  test('comes with a policy under which nothing runs and nothing but pictures is fetched', async () => {
    const { headers, status } = await frame();
    const policy = headers.get('content-security-policy') ?? '';
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/\bsandbox allow-popups allow-popups-to-escape-sandbox$/);
    expect(policy).not.toContain('script');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('leads nobody back to us: no pixel, no tracked link, and unsubscribing does nothing', async () => {
    const before = await rivulet.store.events.count({});
    const { text } = await frame(`?lead=${ada.id}`);
    expect(text).not.toMatch(/\/[cou]\/[\w-]{54}/);
    const [, out = ''] = /href="([^"]*)"[^>]*>unsubscribe/.exec(text) ?? [];
    expect(out).toBe(`${rivulet.url}/test-mail`);
    expect((await fetch(out, { method: 'POST' })).status).toBe(200);
    await rivulet.judged();
    expect(await rivulet.store.events.count({})).toBe(before);
    expect((await rivulet.store.leads.byId(ada.id))?.consent.status).toBe('granted');
  });

  test('follows the mail’s own dark style, or is turned round by force', async () => {
    expect((await frame()).text).toContain('@media (max-width:0)');
    expect((await frame('?look=dark')).text).toContain('@media (min-width:0)');
    expect((await frame('?look=inverted')).text).toContain('invert(1)');
    expect((await frame('?on=phone')).text).toContain('scrollbar-width:none');
    expect((await frame('?look=blue')).status).toBe(422);
  });

  test('shows at each link how many clicked it', async () => {
    const { text } = await frame('?clicks=1');
    expect(text).toContain('>2 · 100 %<');
    expect(text).toContain('>1 · 50 %<');
    expect((await frame()).text).not.toContain('data-clicks');
  });
});

describe('a preview', () => {
  const preview = async (body: object) => (await rivulet.api('/api/previews', body)).body;
  const changed = {
    'templates/hello.mjml': mail('Good day, {{lead.firstName "you"}}. <a href="https://example.com/x">x</a>'),
  };

  test('shows a changed text, of a template or a step, and saves nothing', async () => {
    for (const name of ['hello', 'hello:hi']) {
      const { preview: shown, diagnostics } = await preview({ mail: name, files: changed, lead: ada.id });
      expect(diagnostics).toEqual([]);
      expect(shown).toMatchObject({ subject: 'Hello Ada <b>', preheader: '', lead: { email: 'ada@example.com' } });
      expect(shown.links).toEqual([{ target: 'https://example.com/x', leadsSomewhere: true }]);
      expect(shown.html).toContain('Good day, Ada &lt;b&gt;.');
      expect(shown.html).not.toMatch(/\/[cou]\/[\w-]{54}/);
    }
    expect((await rivulet.api(page)).body.source).toBe(files['templates/hello.mjml']);
  });

  test('of a text that does not compile says where and how to mend it', async () => {
    const { preview: shown, diagnostics } = await preview({
      mail: 'hello',
      files: { 'templates/hello.mjml': '<mj-section><mj-column><mj-text>{{lead.firstName</mj-text>' },
    });
    expect(shown).toBeNull();
    expect(diagnostics[0]).toMatchObject({ file: 'templates/hello.mjml', line: 1, severity: 'error' });
  });

  test('of a mail that there is not is none', async () => {
    expect((await preview({ mail: 'welcome/gone' })).preview).toBeNull();
  });

  test.each([
    [{ mail: 'hello', files: { '../../etc/passwd': 'x' } }, 422],
    [{ mail: 'hello', files: { 'templates/hello.mjml': 5 } }, 422],
    [{ mail: '' }, 422],
    [{ mail: 'hello', lead: 'nobody' }, 404],
  ])('asked for with %j is refused', async (body, status) => {
    expect((await rivulet.api('/api/previews', body)).status).toBe(status);
  });

  test('of more than a megabyte is refused', async () => {
    const long = { 'templates/hello.mjml': 'x'.repeat(1_100_000) };
    expect((await rivulet.api('/api/previews', { mail: 'hello', files: long })).status).toBe(413);
  });
});
