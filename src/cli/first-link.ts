import pc from 'picocolors';
import { say } from './terminal.js';

/** Asks the first person in: nobody could sign in yet. Nothing is said where somebody can. */
export function tellFirstLink(link: string | undefined): void {
  if (link === undefined) return;
  say('');
  say(`  ${pc.bold('Welcome!')} Nobody has an account yet. This link makes yours, once, within 24 hours:`);
  say(`  ${pc.underline(link)}`);
}
