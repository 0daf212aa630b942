import { assess } from '../journey/assess.js';
import type { Trigger } from '../journey/enrollment.js';
import type { Facts } from '../journey/facts.js';
import { eventFields, mergeFields } from '../journey/merge-fields.js';
import { fillOf, noAddresses } from '../message/merge.js';
import { dossierOf, type Known } from '../sales/dossier.js';
import { dossierFields } from '../sales/dossier-fields.js';
import type { Project } from '../sequence/project.js';
import { noSales } from '../sequence/sales-file.js';

/** A subject as this lead would read it. */
export function subjectFor(
  subject: string,
  known: Facts & { readonly title: string; readonly event: Trigger | undefined; readonly at: Date },
  { brand, fields, scoring, sales = noSales }: Project,
): string {
  const { lead, timeZone, title, event, at } = known;
  const wording = { fields, timeZone, language: brand.language };
  return fillOf(subject)({
    lead: mergeFields(lead, wording),
    ...(event ? { event: eventFields(event, wording) } : {}),
    ...(subject.includes('{{dossier.')
      ? { dossier: dossierFields(dossierOf(knownOf(known, scoring, at), sales, at), sales) }
      : {}),
    brand: { ...brand },
    sequence: { name: title },
    ...noAddresses,
  });
}

/** As much as a subject may say of a dossier. */
function knownOf(stale: Facts, scoring: Project['scoring'], at: Date): Known {
  const facts = { ...stale, score: assess(stale, scoring, at) };
  const titles = { mail: (_: string, step: string) => step, form: (form: string) => form };
  return { facts, events: facts.events, series: [], stage: facts.lead.stage, titles };
}
