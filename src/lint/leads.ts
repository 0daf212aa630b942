import { type MergeField, readMergeFields } from '../message/merge.js';
import { composeMail } from '../message/template-source.js';
import { type Condition, conditionsIn } from '../sequence/condition-file.js';
import { type Finding, type Linted, type Place, placeIn } from './finding.js';
import { type SentMail, sentMails } from './mails.js';
import type { Program } from '../sequence/program.js';

/** How many leads stand in each stage ('' for none), and how many of them have which field. */
export type LeadCounts = ReadonlyMap<string, StageCount>;
export type StageCount = { readonly leads: number; readonly having: ReadonlyMap<string, number> };

/** A merge field where it stands, with the mails to leads in which it is read. */
type Use = { readonly field: string; readonly place: Place; readonly mails: readonly SentMail[] };

/**
 * Merge fields that most leads lack. Each has a default or stands inside an `{{#if}}`, or the project would not be valid;
 * but a default is for the exception.
 */
export function findMissingFields(linted: Linted): readonly Finding[] {
  const { leads } = linted;
  if (!leads) return [];
  return usesIn(linted).flatMap(({ field, place, mails }): readonly Finding[] => {
    const asking = mails.filter(
      ({ program, step }) =>
        ![program.enroll.if, program.broadcast?.audience, step.if].some((asked) => asked && needs(asked, field)),
    );
    const open = asking.filter(({ program }) => program.enroll.dates.every((date) => date.field !== field));
    if (open.length === 0) return [];
    const { all, lacking } = countOf(
      field,
      open.map(({ program }) => program),
      leads,
    );
    if (lacking * 2 <= all) return [];
    const message = `${lacking} of ${all} leads have no ${field}: they read the default, or miss the passage`;
    return [
      { rule: 'missing-field', place, message, hint: 'Write for those without it first, or ask for it in a form.' },
    ];
  });
}

/** Of leads in the stages that these sequences are for; of all, if one of them is for none. */
function countOf(field: string, programs: readonly Program[], leads: LeadCounts): { all: number; lacking: number } {
  const stages = programs.map(({ stage }) => stage);
  const counted = [...leads].filter(([stage]) => stages.includes(undefined) || stages.includes(stage));
  const all = counted.reduce((sum, [, count]) => sum + count.leads, 0);
  const having = counted.reduce((sum, [, count]) => sum + (count.having.get(field) ?? 0), 0);
  return { all, lacking: all - having };
}

/** Whether only leads that have the field pass. */
function needs(condition: Condition, field: string): boolean {
  if (condition.kind === 'all') return condition.of.some((part) => needs(part, field));
  if (condition.kind === 'any') return condition.of.every((part) => needs(part, field));
  if (condition.kind === 'not')
    return (
      conditionsIn(condition.of).length === 1 &&
      condition.of.kind === 'field' &&
      condition.of.field === field &&
      condition.of.test.exists === false
    );
  if (condition.kind !== 'field' || condition.field !== field) return false;
  const { exists, not: _, ...tests } = condition.test;
  return exists === true || Object.values(tests).some((asked) => asked !== undefined);
}

function usesIn(linted: Linted): readonly Use[] {
  const { files } = linted;
  const sent = sentMails(linted);
  const mailsOf = new Map<string, SentMail[]>();
  for (const mail of sent)
    for (const file of new Set(composeMail(mail.step.template, files.templates).lines.map((line) => line.file)))
      mailsOf.set(file, [...(mailsOf.get(file) ?? []), mail]);
  return [
    ...[...files.templates.values()].flatMap(({ file, text }) =>
      firstOfEach(readMergeFields(text).fields).map(({ name, line, column }) => {
        return { field: name, place: { file, line, column }, mails: mailsOf.get(file) ?? [] };
      }),
    ),
    ...sent.flatMap((mail) =>
      firstOfEach(readMergeFields(mail.step.subject).fields).map(({ name }) => {
        return { field: name, place: placeIn(mail.program, [...mail.step.path, 'subject']), mails: [mail] };
      }),
    ),
  ];
}

/** The fields of leads in a text, each where it stands first. */
function firstOfEach(fields: readonly MergeField[]): readonly MergeField[] {
  const ofLeads = fields.flatMap((field) =>
    field.name.startsWith('lead.') ? { ...field, name: field.name.slice(5) } : [],
  );
  return ofLeads.filter(({ name }, i) => ofLeads.findIndex((other) => other.name === name) === i);
}
