import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import type { PlacedField } from '../message/template.js';
import { composeMail } from '../message/template-source.js';
import { fileOfAsset } from './asset-file.js';
import type { FormFile } from './form-file.js';
import type { JsonPath, JsonSource } from './json-source.js';
import type { Program, SendProgramStep } from './program.js';
import type { Part, ProjectFiles } from './project-files.js';

/** The merge field that leads to the asset of a mail. */
export const assetField = 'assetUrl';

/** What is known of what is handed out; `files` is undefined where nobody looked which there are. */
export type Assets = {
  readonly files: readonly string[] | undefined;
  /** Links to an asset in a mail, and in all that it is put together of. */
  readonly linksIn: (template: string) => readonly PlacedField[];
};

export function assetsOf({ templates, downloads }: ProjectFiles, fields: readonly PlacedField[]): Assets {
  const links = fields.filter(({ name }) => name === assetField);
  const linksIn = (template: string): readonly PlacedField[] => {
    if (links.length === 0 || !templates.has(template)) return [];
    const parts = new Set(composeMail(template, templates).lines.map(({ file }) => file));
    return links.filter(({ file }) => parts.has(file));
  };
  return { files: downloads, linksIn };
}

/** Assets of forms that are not there: whoever filled the form in would be promised nothing. */
export function checkFormAsset({ source, value }: Part<FormFile>, { files }: Assets): readonly Diagnostic[] {
  return value?.asset === undefined ? [] : missing(value.asset, ['asset'], source, files);
}

/** Assets of mails: each is there, and has its place in the mail; and no mail leads to one that its step does not name. */
export function checkMailAssets({ steps }: Program, source: JsonSource, assets: Assets): readonly Diagnostic[] {
  const mails = [...steps.values()].filter((step) => step.kind === 'send');
  return mails.flatMap((step) => [
    ...(step.asset === undefined ? [] : missing(step.asset, [...step.path, 'asset'], source, assets.files)),
    ...misplaced(step, source, assets),
  ]);
}

function missing(
  asset: string,
  path: JsonPath,
  source: JsonSource,
  files: readonly string[] | undefined,
): readonly Diagnostic[] {
  const file = fileOfAsset(asset);
  if (file === undefined || !files || files.includes(asset)) return [];
  const hint = files.length > 0 ? didYouMean(asset, files) : 'Put it there; nobody gets it without a signed link.';
  return [source.problem(path, { code: 'unknown-asset', message: `there is no file ${quoted(asset)}`, hint })];
}

function misplaced(
  { asset, template, path }: SendProgramStep,
  source: JsonSource,
  { linksIn }: Assets,
): readonly Diagnostic[] {
  const uses = linksIn(template);
  if (asset === undefined && uses.some(({ isCovered }) => !isCovered)) {
    const message = `the mail ${quoted(template)} leads to {{${assetField}}}, and this step names no asset`;
    const hint = 'Add "asset": "downloads/…" to the step, or put the link into {{#if assetUrl}}…{{/if}}.';
    return [source.problem([...path, 'send'], { code: 'no-asset', message, hint })];
  }
  if (asset === undefined || uses.length > 0) return [];
  const message = `the mail ${quoted(template)} has no link to its asset`;
  const hint = `Write <mj-button href="{{${assetField}}}"> in the template, or take "asset" out.`;
  return [source.problem([...path, 'asset'], { code: 'asset-without-link', message, hint })];
}
