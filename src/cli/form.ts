import { resolve } from 'node:path';
import Table, { type HorizontalAlignment } from 'cli-table3';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { plainSnippet, scriptSnippet } from '../http/form-snippet.js';
import { type FormReport, reportForms } from '../lead/form-report.js';
import { readProjectFolder } from '../project-folder.js';
import type { FormFile } from '../sequence/form-file.js';
import { nameOf, readForms, readNamedFiles } from '../sequence/project-files.js';
import { say } from './terminal.js';
import { publicUrlOf } from './webhook.js';
import { withStore } from './with-store.js';

type Folder = { readonly dir: string };

/** Lists the forms: where they are, and what came of them. */
export async function listForms({ dir, json }: Folder & { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const { forms } = await readFolder(dir);
  const reports = await withStore(config, (store) => reportForms(store, forms, publicUrlOf(config)));
  if (json) return say(JSON.stringify(reports, null, 2));
  if (reports.length === 0) return say('There are no forms. "rivulet new form" makes one.');
  const head = ['form', 'taken', 'asked', 'confirmed', 'refused'].map((title) => pc.bold(title));
  const colAligns: HorizontalAlignment[] = ['left', 'right', 'right', 'right', 'left'];
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
  table.push(...reports.map(rowOf));
  say(table.toString());
}

function rowOf({ name, page, taken, asked, confirmed, refused }: FormReport): string[] {
  const because = Object.entries(refused).map(([defence, count]) => `${count} ${defence}`);
  return [`${name}\n${pc.dim(page)}`, String(taken), String(asked ?? ''), String(confirmed ?? ''), because.join('\n')];
}

/** Prints both ways to show a form on another site. */
export async function embedForm(name: string, { dir }: Folder): Promise<void> {
  const config = readConfig(process.env);
  const { forms, declared, language } = await readFolder(dir);
  const form = forms.get(name);
  if (!form) throw noForm(name, [...forms.keys()]);
  const wording = { language, timeZone: config.DEFAULT_TIMEZONE };
  const snippet = { name, form, declared, publicUrl: publicUrlOf(config), wording };
  // Comments, so that the whole can be saved as it is and pasted.
  say('<!-- By script: mistakes are told on your own page, and programs have it harder. -->');
  say(scriptSnippet(snippet));
  say('\n<!-- Or as plain HTML: works without script, in the style of your page. -->');
  say(plainSnippet(snippet));
}

function noForm(name: string, known: readonly string[]): FixableError {
  const fix = known.length > 0 ? didYouMean(name, known) : '"rivulet new form" makes one';
  return new FixableError({ code: 'no-form', where: name, what: 'there is no form of this name', fix });
}

/** The forms without compiling the mails, which they do not ask for. One with a mistake is left to "validate". */
async function readFolder(dir: string) {
  const files = await readProjectFolder(resolve(dir));
  const { lead, brand } = readNamedFiles(files);
  const parts = readForms(files);
  const broken = parts.find(({ value }) => value === undefined);
  if (broken)
    throw new FixableError({
      code: 'bad-project',
      where: broken.source.file,
      what: 'this form has mistakes',
      fix: '"rivulet validate" tells them',
    });
  const named = parts.flatMap(({ source, value }): [string, FormFile][] =>
    value ? [[nameOf(source.file), value]] : [],
  );
  const fields = lead?.value?.fields;
  return {
    forms: new Map(named),
    declared: fields && new Map(Object.entries(fields).map(([field, { type }]) => [field, type] as const)),
    language: brand.value?.language ?? 'en-GB',
  };
}
