import { distance } from 'fastest-levenshtein';
import type { Project } from '../sequence/project.js';

export type TagsInUse = {
  /** The tag that was likely meant by one that no step sets; undefined where the tag may well come from outside. */
  readonly meantBy: (tag: string) => string | undefined;
};

/**
 * The tags that steps put on. Imports and the API bring others, so that a tag which no step sets is wrong only where it is
 * a slip away from one that is.
 */
export function tagsInUse({ programs }: Project): TagsInUse {
  const steps = [...programs.values()].flatMap((program) => [...program.steps.values()]);
  const set = new Set(steps.flatMap((step) => (step.kind === 'tag' ? step.tags : [])));
  return { meantBy: (tag) => (set.has(tag) ? undefined : [...set].find((known) => isSlip(tag, known))) };
}

/** Short words, and numbers in a row of tags, differ by little without being slips. */
function isSlip(written: string, known: string): boolean {
  const [digits, others] = [written, known].map((tag) => tag.replace(/\D/g, ''));
  return known.length >= 6 && digits === others && distance(written.toLowerCase(), known.toLowerCase()) <= 2;
}
