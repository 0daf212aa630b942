import type { MergeData } from '../message/merge.js';
import type { Template } from '../message/template.js';
import { composeMail, type TemplateFiles } from '../message/template-source.js';
import type { Finding, Linted } from './finding.js';
import type { LintRule } from '../sequence/lint-file.js';
import { internalTemplates, templatesForLeads } from './mails.js';
import { placeAt, tagsIn } from './markup.js';
import { typicalData, withLinksOf } from './sample.js';

/** What is wrong with a mail as a whole: its preheader, its text part, its size, its way out. */
export function findPoorMails(linted: Linted): readonly Finding[] {
  const { project, files } = linted;
  const internal = internalTemplates(linted);
  const typical = typicalData(project.brand, project.fields);
  const mails = [...project.templates.values()];
  return [
    ...mails.filter(({ name }) => !internal.has(name)).flatMap((mail) => withoutPreheader(mail, files.templates)),
    ...mails.flatMap((mail) => withoutText(mail, files.templates)),
    ...mails.flatMap((mail) => tooLarge(mail, files.templates, typical)),
    ...withoutWayOut(linted, typical),
  ];
}

function ofMail(rule: LintRule, { name }: Template, files: TemplateFiles, message: string, hint: string): Finding {
  return { rule, place: { file: files.get(name)?.file ?? name, line: 1, column: 1 }, message, hint };
}

function withoutPreheader(mail: Template, files: TemplateFiles): readonly Finding[] {
  if (mail.preheader !== '') return [];
  const message = 'this mail has no preheader: beside its subject, inboxes show whatever it begins with';
  return [
    ofMail(
      'no-preheader',
      mail,
      files,
      message,
      'Begin it with <mj-preview>…</mj-preview>: a sentence that goes on from the subject.',
    ),
  ];
}

/** Fewer words than this, beside a picture, are a greeting and a name. */
const fewestWords = 20;

/** The text part is made of the words of the HTML; of pictures nothing is left in it. */
function withoutText({ name }: Template, files: TemplateFiles): readonly Finding[] {
  // In a layout of nothing but the mail, what all mails share does not count.
  const bare: TemplateFiles = new Map([...files, ['layout', { file: '', text: '<mj-include path="content" />' }]]);
  const own = composeMail(name, bare)
    .lines.map((line) => line.text)
    .join('\n');
  const picture = tagsIn(own).find(
    (tag) => ['img', 'mj-image', 'mj-carousel-image'].includes(tag.name) || tag.attributes.has('background-url'),
  );
  const words = wordsIn(own);
  const source = files.get(name);
  if (!picture || !source || words >= fewestWords) return [];
  const first = tagsIn(source.text).find((tag) => tag.name === picture.name);
  return [
    {
      rule: 'no-plain-text',
      place: first ? placeAt(source.file, source.text, first.offset) : { file: source.file, line: 1, column: 1 },
      message: `this mail is a picture with ${words === 1 ? '1 word' : `${words} words`}: its text part is all but empty`,
      hint: 'Say in words too what the picture says; many see the text alone, and spam filters mind.',
    },
  ];
}

function wordsIn(mjml: string): number {
  const text = mjml
    .replace(/<!--[\s\S]*?-->|<mj-style\b[\s\S]*?<\/mj-style>|\{\{[#/][\s\S]*?\}\}|\{\{else\}\}/g, ' ')
    .replace(/\{\{[\s\S]*?\}\}/g, 'value')
    .replace(/<[^>]*>|&\w+;/g, ' ');
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu)?.length ?? 0;
}

/** Gmail shows no more of a mail than this, and hides the rest behind "View entire message". */
const clippedBytes = 102_000;

function tooLarge(mail: Template, files: TemplateFiles, typical: MergeData): readonly Finding[] {
  // Values and tracked links seldom add so much.
  if (mail.htmlBytes < clippedBytes / 2) return [];
  const bytes = Buffer.byteLength(mail.html(withLinksOf(mail, typical)));
  if (bytes <= clippedBytes) return [];
  const message = `this mail has ${Math.ceil(bytes / 1000)} kB of HTML; Gmail cuts it at 102 kB, with the unsubscribe link at its end`;
  return [ofMail('clipped-by-gmail', mail, files, message, 'Shorten it, or split it into two mails.')];
}

function withoutWayOut(linted: Linted, typical: MergeData): readonly Finding[] {
  const { project, files } = linted;
  const mails = [...templatesForLeads(linted)].flatMap((name) => project.templates.get(name) ?? []);
  const lacking = mails.filter((mail) => !hasWayOut(mail, typical));
  const hint = 'Write <a href="{{unsubscribeUrl}}">Unsubscribe</a>, best in the layout.';
  // What the layout lacks, it lacks once.
  const layout = files.templates.get('layout');
  if (layout && lacking.length > 1 && lacking.length === mails.length) {
    const message = `none of the ${mails.length} mails to leads has a visible unsubscribe link, which the law asks for`;
    return [{ rule: 'no-unsubscribe', place: { file: layout.file, line: 1, column: 1 }, message, hint }];
  }
  const message = 'this mail to leads has no visible unsubscribe link, which the law asks for';
  return lacking.map((mail) => ofMail('no-unsubscribe', mail, files.templates, message, hint));
}

function hasWayOut(mail: Template, typical: MergeData): boolean {
  const data = withLinksOf(mail, typical);
  return [...mail.html(data).matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/gi)].some(([, attributes = '', inside = '']) => {
    const leadsOut =
      attributes.includes(`"${data.unsubscribeUrl}"`) && !/display:\s*none|font-size:\s*0/i.test(attributes);
    return leadsOut && (/[\p{L}\p{N}]/u.test(inside.replace(/<[^>]*>/g, '')) || /<img\b/i.test(inside));
  });
}
