import { createHash } from 'node:crypto';
import { leadStyle } from './lead-style.js';
import { operatorStyle } from './operator-style.js';

/** A style sheet under an address that changes with it, so that browsers may keep it for ever. */
export type StyleSheet = { readonly path: string; readonly css: string };

export const operatorSheet = sheet('operator', operatorStyle);
export const leadSheet = sheet('lead', leadStyle);
export const styleSheets: readonly StyleSheet[] = [operatorSheet, leadSheet];

function sheet(name: string, css: string): StyleSheet {
  const hash = createHash('sha256').update(css).digest('hex').slice(0, 12);
  return { path: `/pages/${name}.${hash}.css`, css };
}
