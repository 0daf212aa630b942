import { createHash } from 'node:crypto';
import { leadStyle } from './lead-style.js';

/** A style sheet under an address that changes with it, so that browsers may keep it for ever. */
export type StyleSheet = { readonly path: string; readonly css: string };

export const leadSheet = sheet('lead', leadStyle);

/** A style sheet under a name that says what is in it. */
export function sheet(name: string, css: string): StyleSheet {
  const hash = createHash('sha256').update(css).digest('hex').slice(0, 12);
  return { path: `/pages/${name}.${hash}.css`, css };
}
