import { createHash } from 'node:crypto';
import { compile as htmlToText } from 'html-to-text';
import { type Diagnostic, didYouMean } from '../diagnostic.js';
import {
  compileInMime,
  compileMerge,
  type Fill,
  type InMime,
  type MergeField,
  type MergeProblem,
  readMergeFields,
} from './merge.js';
import { blanked, mergeField, openComment, tagProblems, withoutComments } from './mjml-tags.js';
import {
  type CompositionProblem,
  composeMail,
  isMail,
  preheaderOf,
  type SourceLine,
  type TemplateFiles,
  withoutPreview,
} from './template-source.js';
import { tidied } from './tidy.js';

/** A mail compiled once: HTML, plain text and link targets wait only for one lead's values. */
export type Template = {
  readonly name: string;
  readonly html: Fill;
  readonly text: Fill;
  /** Compiles both once more, to be written into MIME. */
  readonly inMime: () => InMime;
  readonly preheader: string;
  /** Targets of the links whose clicks count, in order; `{{links.[0]}}` in HTML and text stands for the first. */
  readonly links: readonly Fill[];
  /** The same, with a lead's values written as parts of an address. */
  readonly targets: readonly Fill[];
  /** Bytes of HTML before values are filled in; Gmail clips mails at about 102 kB. */
  readonly htmlBytes: number;
};

/** A merge field with the file it stands in. */
export type PlacedField = MergeField & { readonly file: string };

export type TemplateReport = {
  readonly template?: Template;
  readonly fields: readonly PlacedField[];
  readonly problems: readonly Diagnostic[];
};

/** What MJML made of sources in which nothing was wrong, kept from one start to the next. */
export type RenderedMails = {
  readonly find: (source: string) => Promise<string | undefined>;
  readonly keep: (source: string, html: string) => Promise<void>;
};

/** Compiles one mail: MJML once, then Handlebars. Whatever MJML would silently drop or break is a problem with its place. */
export async function compileTemplate(
  name: string,
  files: TemplateFiles,
  rendered?: RenderedMails,
): Promise<TemplateReport> {
  const { fields, problems } = mergeFieldsOf(files.get(name));
  if (!files.has('layout')) {
    const hint = 'It is the frame of every mail; write <mj-include path="content" /> where the mail goes.';
    return {
      fields,
      problems: [
        ...problems,
        diagnostic('templates/layout.mjml', { line: 1, column: 1 }, 'missing-file', 'this file is missing', hint),
      ],
    };
  }
  const composition = composeMail(name, files);
  const includes = composition.problems.map((problem) => includeProblem(problem, files));
  const included = new Set(composition.lines.map((line) => line.file));
  const elsewhere = [...files.values()].filter((source) => source !== files.get(name) && included.has(source.file));
  const found = [...problems, ...elsewhere.flatMap(problemsElsewhere), ...includes];
  if (found.length > 0) return { fields, problems: found };

  const preheader = preheaderOf(files.get(name)?.text ?? '');
  const key = digestOf([name, preheader, composition.lines]);
  const known = compiled.get(key);
  if (known) return { template: known, fields, problems: [] };
  const { html, problems: layoutProblems } = await renderMjml(composition.lines, rendered);
  if (layoutProblems.length > 0) return { fields, problems: layoutProblems };
  const empty = withoutContent(name, files);
  if (empty) return { fields, problems: [empty] };
  const template = prepare(name, html, preheader);
  keep(key, template);
  return { template, fields, problems: [] };
}

/** What was compiled last, by all that it is made of: a saved file compiles the mails that it is in, and no others. */
const compiled = new Map<string, Template>();
const mostCompiled = 500;

function keep(key: string, template: Template): void {
  compiled.set(key, template);
  const [oldest] = compiled.keys();
  if (compiled.size > mostCompiled && oldest !== undefined) compiled.delete(oldest);
}

function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function includeProblem(problem: CompositionProblem, files: TemplateFiles): Diagnostic {
  const at = (message: string, hint: string): Diagnostic =>
    diagnostic(problem.file, problem, `${problem.why}-include`, message, hint);
  if (problem.why === 'circular') return at(`"${problem.include}" includes itself`, 'Remove one of the includes.');
  if (problem.why === 'unreadable')
    return at('this include cannot be read', 'Write <mj-include path="partials/…" /> on one line.');
  const partials = [...files.keys()].filter((name) => name.startsWith('partials/'));
  return at(`there is no partial "${problem.include}"`, didYouMean(problem.include, partials));
}

/** The merge fields of one source file, with its problems. */
export function mergeFieldsOf(source: { file: string; text: string } | undefined): Omit<TemplateReport, 'template'> {
  if (!source) return { fields: [], problems: [] };
  const { fields, problems } = readMergeFields(source.text);
  return {
    fields: fields.map((field) => ({ ...field, file: source.file })),
    problems: [
      ...problems.map((p: MergeProblem) => diagnostic(source.file, p, 'merge-field', p.message, p.hint)),
      ...openComment(source.text).map((p) => diagnostic(source.file, p, 'mjml', p.message, p.hint)),
    ],
  };
}

/** What is wrong with the layout or a partial on its own. */
function problemsElsewhere(source: { file: string; text: string }): readonly Diagnostic[] {
  const isEmpty = withoutComments(source.text).trim() === '';
  const hint = 'Take its <mj-include> out of the mails, or write in it what belongs there.';
  const empty = diagnostic(source.file, { line: 1, column: 1 }, 'empty-partial', 'there is nothing in this file', hint);
  return [...mergeFieldsOf(source).problems, ...(isEmpty ? [empty] : [])];
}

/** A mail that would be nothing but its frame, or a frame without a mail in it. */
function withoutContent(name: string, files: TemplateFiles): Diagnostic | undefined {
  const start = { line: 1, column: 1 };
  const mail = files.get(name);
  if (mail && !showsSomething(mail.text))
    return diagnostic(
      mail.file,
      start,
      'empty-mail',
      'there is nothing to see in this mail',
      'Write a text or a picture.',
    );
  const isPlaced = [...files].some(
    ([file, { text }]) => !isMail(file) && /<mj-include\s+path="content"/.test(withoutComments(text)),
  );
  if (isPlaced) return undefined;
  const hint = 'Write <mj-include path="content" /> inside <mj-body>.';
  const layout = files.get('layout')?.file ?? 'templates/layout.mjml';
  return diagnostic(layout, start, 'no-content', 'this layout has no place for the mail', hint);
}

/** Whether anything but tags and a preheader is in it. */
function showsSomething(text: string): boolean {
  const body = withoutPreview(withoutComments(text));
  if (/<(?:mj-(?:include|image|carousel-image|social-element|navbar-link)|img)\b/i.test(body)) return true;
  return body.replace(/\{\{[#/][^}]*\}\}|<[^>]*>|&nbsp;/g, '').trim() !== '';
}

type MjmlNode = {
  readonly tagName: string;
  readonly line?: number;
  readonly content?: string;
  readonly children?: readonly MjmlNode[];
};

type Rendered = { readonly html: string; readonly problems: readonly Diagnostic[] };

async function renderMjml(lines: readonly SourceLine[], rendered: RenderedMails | undefined): Promise<Rendered> {
  const source = withoutLintNotes(lines.map((line) => line.text).join('\n'));
  const at = (line: number | undefined, message: string, hint: string, offset = 0): Diagnostic => {
    const { file, ...origin } = lines[(line ?? 1) - 1] ?? lines[0] ?? { file: 'templates', line: 1, column: 1 };
    return diagnostic(file, { line: origin.line, column: origin.column + offset }, 'mjml', message, hint);
  };
  // MJML closes by itself whatever is open.
  const unbalanced = tagProblems(source).map(({ line, column, message, hint }) => at(line, message, hint, column - 1));
  if (unbalanced.length > 0) return { html: '', problems: unbalanced };
  const kept = await rendered?.find(source);
  if (kept !== undefined) return { html: kept, problems: [] };
  // Loaded here and not above: it costs 0.4 s and 100 MB, which commands that send nothing need not pay.
  const [{ default: mjml2html }, { components }] = await Promise.all([import('mjml'), import('mjml-core')]);
  try {
    const { html, json, errors } = await mjml2html(source, {
      validationLevel: 'soft',
      ignoreIncludes: true,
      fonts: {},
      keepComments: false,
    });
    const problems = errors
      // Values that are merge fields can only be checked once they are filled in.
      .filter((error) => !error.message.includes('{{'))
      .map((error) =>
        at(error.line, `<${error.tagName}>: ${error.message}`, 'See the MJML documentation of this tag.'),
      );
    const stray = strayText(json as MjmlNode, (tag) => holdsText(components[tag])).map((node) =>
      at(
        lineOf(node, lines),
        `text directly in <${node.tagName}> would be dropped: ${node.content?.trim().slice(0, 60)}`,
        'Put {{#if}} between components into <mj-raw>, and text into <mj-text>.',
      ),
    );
    const lost = lostFields(source, html).map(({ line, offset, field }) =>
      at(
        line,
        `${field} is lost when MJML turns this into HTML`,
        'Move it into text or into an attribute that MJML keeps, such as href.',
        offset,
      ),
    );
    const found = [...problems, ...stray, ...(stray.length > 0 ? [] : lost)];
    if (found.length === 0) await rendered?.keep(source, html);
    return { html, problems: found };
  } catch (error) {
    return {
      html: '',
      problems: [
        at(
          1,
          // Its own slips, such as reading a property of undefined, would help nobody.
          error instanceof TypeError ? 'MJML cannot read this mail' : `MJML cannot read this mail: ${String(error)}`,
          'Check that every tag is closed.',
        ),
      ],
    };
  }
}

/** Why a finding may stay is for colleagues: inside of a text MJML would send such a comment along. */
function withoutLintNotes(source: string): string {
  return blanked(source, /<!--\s*lint\b[\s\S]*?-->/g);
}

/** MJML calls a tag whose content is text, not further components, an "ending tag". */
function holdsText(component: object | undefined): boolean {
  return component !== undefined && 'endingTag' in component && component.endingTag === true;
}

function strayText(node: MjmlNode, mayHoldText: (tag: string) => boolean): readonly MjmlNode[] {
  const own = node.content?.trim() && !mayHoldText(node.tagName) ? [node] : [];
  return [...own, ...(node.children ?? []).flatMap((child) => strayText(child, mayHoldText))];
}

/** MJML knows only where the component begins; the text itself stands on one of the lines after that. */
function lineOf({ line = 1, content = '' }: MjmlNode, lines: readonly SourceLine[]): number {
  const [first = ''] = /\{\{[^}]*\}\}|\S+/.exec(content) ?? [];
  const index = lines.findIndex(({ text }, i) => i >= line - 1 && text.includes(first));
  return index < 0 ? line : index + 1;
}

function lostFields(source: string, html: string): readonly { line: number; offset: number; field: string }[] {
  // What is commented out is meant to be dropped.
  return withoutComments(source)
    .split('\n')
    .flatMap((text, i) =>
      [...text.matchAll(mergeField)].flatMap(({ 0: field, index }) =>
        html.includes(field) ? [] : [{ line: i + 1, offset: index, field }],
      ),
    );
}

const toText = htmlToText({
  wordwrap: false,
  selectors: [
    // The preheader is for the inbox list; in the text part it would stand twice.
    { selector: '[style*="display:none"]', format: 'skip' },
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['(', ')'] } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** A link around a picture alone, such as the logo's, says nothing in a text. */
function withoutPictureLinks(html: string): string {
  return html.replace(/<a\b[^>]*>\s*<img\b[^>]*>\s*<\/a>/gi, '');
}

const pixel =
  '{{#if pixelUrl}}<img src="{{pixelUrl}}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">{{/if}}';

/**
 * A link that no person can see, reach or hear of: whatever follows it is a machine. Empty, so that there is nothing to
 * hide, and not in the plain text. Word, which Outlook shows mails with, goes by `mso-hide` alone.
 */
const trap =
  '{{#if trapUrl}}<a href="{{trapUrl}}" style="display:none;mso-hide:all" aria-hidden="true" tabindex="-1"></a>{{/if}}';

function prepare(name: string, html: string, preheader: string): Template {
  // Set aside while HTML is read as HTML: a default may hold quotes, "<" and "&".
  const { held, restored } = setAside(html.replace(/\r\n?/g, '\n'));
  const links: string[] = [];
  const linked = held.replace(/(<a\b[^>]*?\shref=)("[^"]*"|'[^']*')/gi, (whole, start: string, quotedHref: string) => {
    const href = restored(quotedHref.slice(1, -1).trim());
    // The lead's own pages are not content: clicks on them are no interest, and must work without a detour.
    if (!/^(?:https?:|\{\{)/i.test(href) || /\{\{\s*(?:unsubscribeUrl|preferencesUrl)/.test(href)) return whole;
    const target = href.replaceAll('&amp;', '&');
    if (!links.includes(target)) links.push(target);
    return `${start}"{{links.[${links.indexOf(target)}]}}"`;
  });
  const whole = restored(linked).replace(/<\/body>/i, `${trap}${pixel}</body>`);
  const text = restored(toText(withoutPictureLinks(linked)));
  const fillText = compileMerge(text, 'none');
  return {
    name,
    preheader,
    html: compileMerge(whole, 'html'),
    text: (data) => tidied(fillText(data)),
    inMime: () => compileInMime(whole, text),
    links: links.map((link) => compileMerge(link, 'none')),
    targets: links.map((link) => compileMerge(link, 'address')),
    htmlBytes: Buffer.byteLength(html),
  };
}

/** Puts a character of private use in place of each merge field, and back. */
function setAside(html: string): { readonly held: string; readonly restored: (text: string) => string } {
  const fields: string[] = [];
  const held = html.replace(mergeField, (field) => `\ue000${fields.push(field) - 1}\ue001`);
  return {
    held,
    restored: (text) => text.replace(/\ue000(\d+)\ue001/g, (whole, i: string) => fields[Number(i)] ?? whole),
  };
}

function diagnostic(
  file: string,
  at: { line: number; column: number },
  code: string,
  message: string,
  hint: string,
): Diagnostic {
  return { file, line: at.line, column: at.column, code, message, hint, severity: 'error' };
}
