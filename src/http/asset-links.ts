import { isGated } from '../form/consent-text.js';
import type { Submitted } from '../form/submission.js';
import { assetUrl, fingerprintOf } from '../message/asset-token.js';
import type { SigningKeys } from '../message/token.js';
import type { FormFile } from '../sequence/form-file.js';
import type { Project } from '../sequence/project.js';

export type LinkSetting = { readonly publicUrl: string; readonly keys: SigningKeys };

/** The link by which a lead gets what a form gives; undefined where it gives nothing. */
export function assetLinkOf(lead: string, { asset }: Pick<FormFile, 'asset'>, at: Date, setting: LinkSetting) {
  return asset === undefined ? undefined : assetUrl({ lead, asset, at }, setting);
}

/** The same for the page that follows a form: what is for those alone who agree to something waits for their confirmation. */
export function offeredAsset({ kind, lead }: Submitted, form: FormFile, at: Date, setting: LinkSetting) {
  return kind === 'confirm' && isGated(form) ? undefined : assetLinkOf(lead, form, at, setting);
}

/** What the project hands out under a fingerprint, by one of its forms or mails. */
export function assetBy(
  fingerprint: string,
  { forms, programs }: Pick<Project, 'forms' | 'programs'>,
): string | undefined {
  const mails = [...programs.values()].flatMap(({ steps }) => [...steps.values()]);
  const all = [
    ...[...forms.values()].flatMap(({ asset }) => asset ?? []),
    ...mails.flatMap((step) => (step.kind === 'send' ? (step.asset ?? []) : [])),
  ];
  return all.find((asset) => fingerprintOf(asset) === fingerprint);
}
