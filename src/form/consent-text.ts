import { idFrom } from '../event/id.js';
import type { FormFile } from '../sequence/form-file.js';

/** What somebody agreed to, and in which words. */
export type Agreement = { readonly purpose: string; readonly version: string; readonly text: string };

/** The version of a sentence: of the same words always the same. */
export function versionOf(text: string): string {
  return idFrom('consent text', text.normalize('NFC'));
}

/** The sentences of a form whose boxes were ticked, in its order; a purpose that it does not name is none of them. */
export function agreementsOf(
  { consent = [] }: Pick<FormFile, 'consent'>,
  agreed: readonly string[],
): readonly Agreement[] {
  return consent
    .filter(({ purpose }) => agreed.includes(purpose))
    .map(({ purpose, text }) => ({ purpose, text, version: versionOf(text) }));
}

/** Whether what a form gives is for those alone who agree to something. */
export function isGated({ asset, consent = [] }: Pick<FormFile, 'asset' | 'consent'>): boolean {
  return asset !== undefined && consent.some(({ required }) => required === true);
}
