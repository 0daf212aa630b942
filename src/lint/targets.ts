import { isSameAbout } from '../event/lead-event.js';
import type { Brand } from '../message/brand.js';
import type { Template } from '../message/template.js';
import { dataWith } from './sample.js';

/** Where a link leads, as far as it leads all leads to the same place. */
export type Target = {
  readonly start: string;
  readonly isWhole: boolean;
  /** As a person may read it. */
  readonly shown: string;
};

/** Stands for what only a lead's own values could tell. */
const unknown = '\ue002';

/** Reads the targets of mails' links. Filling them takes its time, so each mail is read once, if it is asked about. */
export function targetReader(brand: Brand): (template: Template) => readonly Target[] {
  const known = new Map<Template, readonly Target[]>();
  const data = dataWith(brand, unknown);
  return (template) => {
    const targets = known.get(template) ?? template.links.map((fill) => targetOf(fill(data)));
    known.set(template, targets);
    return targets;
  };
}

function targetOf(filled: string): Target {
  const [start = ''] = filled.split(unknown);
  return { start, isWhole: start === filled, shown: filled.replaceAll(unknown, '…') };
}

/** Whether a click on a link may be one on `wanted`, which may end in "*". */
export function mayLeadTo({ start, isWhole }: Target, wanted: string): boolean {
  if (isWhole) return isSameAbout(wanted, start);
  const stem = wanted.replace(/\*$/, '');
  return stem.startsWith(start) || start.startsWith(stem) || isSameAbout(wanted, start);
}
