import { text } from '../schema.js';
import { urlOf } from '../url.js';

/** The folder below `templates/` whose files nobody gets without a signed link. */
export const downloadsFolder = 'downloads';

/** A path without a way up or out, whatever the system's own slashes are. */
const inFolder = /^downloads\/(?!\.|.*\/\.)[^\\:*?"<>|]+[^\\:*?"<>|/. ]$/;

/** "downloads/white-paper.pdf", or an address of the web. */
export function assetName(what: string) {
  return text(what, 500).refine((written) => isAddress(written) || inFolder.test(written), {
    error: `${what} is neither a file of templates/downloads/ nor an address\nWrite "downloads/white-paper.pdf", or "https://…".`,
  });
}

function isAddress(written: string): boolean {
  return /^https:\/\//i.test(written) && urlOf(written) !== undefined;
}

/** The path of an asset under templates/downloads/; undefined for one that is somewhere on the web. */
export function fileOfAsset(asset: string): string | undefined {
  return inFolder.test(asset) ? asset.slice(downloadsFolder.length + 1) : undefined;
}
