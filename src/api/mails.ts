import * as z from 'zod';
import { DiagnosticView } from './files.js';
import { plain } from './lead-body.js';
import { Instant, type Routes } from './route.js';
import { MailNumbersView } from './sequences.js';

const Lead = plain(320)
  .min(1)
  .optional()
  .describe(
    'as whom it is shown: id or address of a lead, or "empty" for one of whom nothing is known; somebody made up unless said',
  );

const Count = z.number().int().nonnegative();

const ShownLink = z.strictObject({
  target: z.string(),
  leadsSomewhere: z.boolean().describe('false when a click on it goes nowhere'),
});

const ClickedLink = ShownLink.extend({
  people: Count.describe('leads who clicked it; machines never count'),
  share: z.number().nullable().describe('of those who clicked anything in the mail; null while nobody did'),
  places: z
    .array(
      z.strictObject({
        nth: z.number().int().describe('its place among all links of the mail, from 1'),
        words: z.string().describe('what its reader sees of it'),
      }),
    )
    .describe('where it stands, from the top'),
}).meta({ id: 'ClickedLink' });

const Size = z.strictObject({
  htmlBytes: Count.describe('as it is really sent, with tracked links'),
  clipBytes: Count.describe('Gmail hides what is beyond so many'),
  isClipped: z.boolean(),
});

const shown = {
  template: z.string(),
  lead: z.strictObject({ email: z.string(), origin: z.string().describe('where these values come from, in words') }),
  from: z.strictObject({ name: z.string(), address: z.string() }),
  replyTo: z.string().nullable(),
  subject: z.string().describe('filled in'),
  preheader: z.string().describe('what an inbox shows after the subject; empty when the mail has none'),
  firstWords: z.string().describe('what an inbox shows where the preheader ends'),
  text: z.string().describe('the plain text part'),
  hasDarkStyle: z.boolean().describe('whether it says anything of dark mail programs'),
  size: Size,
};

export const MailInFull = z
  .strictObject({
    sequence: z.strictObject({ name: z.string(), title: z.string() }),
    step: z.string(),
    kind: z.enum(['send', 'notify']).describe('"notify" tells one of yours of a lead'),
    subjectWritten: z.string().describe('as the file has it'),
    ...shown,
    file: z.string(),
    source: z.string().describe('the MJML of its file'),
    includes: z.array(z.string()).describe('the other files that it is made of'),
    links: z.array(ClickedLink).describe('links whose clicks count, in their order'),
    otherClicks: z
      .array(z.strictObject({ target: z.string(), people: Count }))
      .describe('clicks on links that the mail has no more, the most frequent first; 50 at most'),
    clickers: Count.describe('mails of which some link was clicked by a person'),
    numbers: MailNumbersView.nullable().describe('null for mails about leads, which are not counted'),
    findings: z.array(DiagnosticView),
    asOf: Instant.nullable(),
  })
  .meta({ id: 'MailInFull' });

const Look = z
  .enum(['light', 'dark', 'inverted'])
  .default('light')
  .describe('"dark" follows the mail’s own dark style, "inverted" turns colours round as some programs do');
const On = z.enum(['desktop', 'phone']).default('desktop');
const Markup = z
  .string()
  .describe('the HTML of the mail alone, under a policy that lets nothing but pictures and styles in');

export const mailRoutes = {
  'GET /api/sequences/:name/mails/:step': {
    does: 'Shows a mail as a lead would see it, with what was clicked in it and what lint finds',
    more: 'Nothing is recorded by looking: links lead straight to their targets, there is no pixel, and links to unsubscribe do nothing.',
    right: 'sequences:read',
    query: z.strictObject({ lead: Lead }),
    answer: MailInFull,
    problems: { 403: 'to see it as a lead takes leads:read' },
  },
  'GET /api/sequences/:name/mails/:step/mail.html': {
    does: 'Gives the HTML of a mail alone, to be shown in a frame',
    right: 'sequences:read',
    query: z.strictObject({
      lead: Lead,
      look: Look,
      on: On,
      clicks: z.enum(['1']).optional().describe('"1" lays over each link how many clicked it'),
    }),
    answer: Markup,
    answers: 'text/html',
    problems: { 403: 'to see it as a lead takes leads:read' },
  },
  'POST /api/previews': {
    does: 'Renders a mail with changed files, without saving any',
    more: 'Nothing is kept of it. A frame shows its HTML by POST /frames/mail, under a policy that lets nothing run.',
    right: 'sequences:read',
    body: z.strictObject({
      mail: plain(300).min(1).describe('"welcome/hello" is a template, "welcome:hello" a step of a sequence'),
      files: z
        .record(z.string().max(200), z.string().nullable())
        .refine((files) => Object.keys(files).length <= 50, { error: 'these are more than 50 files' })
        .default({})
        .describe('texts by path, laid over what is on disk; null takes a file away'),
      lead: Lead,
    }),
    bodyBytes: 1024 * 1024,
    answer: z.strictObject({
      diagnostics: z.array(DiagnosticView),
      lint: z.array(DiagnosticView),
      preview: z
        .strictObject({ ...shown, html: z.string(), links: z.array(ShownLink) })
        .nullable()
        .describe('null when the files have mistakes, or there is no such mail'),
    }),
    problems: { 403: 'to see it as a lead takes leads:read', 503: 'too many look at files just now' },
    asks: true,
  },
} as const satisfies Routes;
