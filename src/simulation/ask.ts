import * as z from 'zod';
import { text } from '../schema.js';
import type { JsonSource } from '../sequence/json-source.js';
import type { Project } from '../sequence/project.js';
import { checkJourneys } from './check-journey.js';
import { JourneyFile, JourneyLead } from './journey-file.js';
import { JourneyEnd, JourneyStart } from './journey-time-file.js';

const { sequence, all, events, answers, splits } = JourneyFile.shape;

/** Texts laid over those on disk, by their paths in the project. */
const path = z.string().regex(/^(?:sequences|templates)(?:\/[\w-][\w.-]{0,80}){1,4}\.(?:json|mjml)$/);
const wrongPath = 'a file of the project is named like "sequences/welcome.json" or "templates/welcome/hello.mjml"';
const mostFiles = 50;
export const FilesAsked = z
  .record(path, z.string().max(400_000).nullable(), {
    error: ({ code }) => (code === 'invalid_key' ? wrongPath : 'this must be an object of texts by their paths'),
  })
  .refine((files) => Object.keys(files).length <= mostFiles, { error: `these are more than ${mostFiles} files` })
  .meta({
    description:
      'Texts of files that are laid over those on disk, by path: what is not saved yet. null takes a file away.',
    examples: [{ 'sequences/welcome.json': '{ … }' }],
  });

/** A journey that somebody wants played: what a journey file says, of a lead that there is or of one made up. */
export const SimulationAsk = z
  .strictObject({
    leadId: text('the lead', 320)
      .optional()
      .meta({
        description: 'The id or address of a lead that there is, which is taken as it stands.',
        examples: ['ld_8a1'],
      }),
    lead: JourneyLead.optional().meta({
      description: 'Instead of "leadId": somebody made up. Robin, of whom nothing is known, unless said.',
      examples: [{ timezone: 'Europe/Paris', stage: 'consideration', score: 30 }],
    }),
    sequence: sequence.describe('The sequence that the lead is enrolled in at the beginning.'),
    all: all.describe('The lead is captured at the beginning and enters what the rules say.'),
    from: JourneyStart.optional().describe('When it begins; now unless said.'),
    until: JourneyEnd.optional(),
    events: events.unwrap().max(300, { error: 'these are more than 300 events' }).optional(),
    answers,
    splits,
    files: FilesAsked.optional(),
  })
  .superRefine((ask, context) => {
    const clash = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message });
    };
    if (ask.leadId !== undefined && ask.lead) clash('lead', 'is for a lead made up; leave out this or "leadId"');
    if (ask.sequence !== undefined && ask.all) clash('all', 'leave out this or "sequence"');
    if (ask.leadId !== undefined && ask.all)
      clash('all', 'is the way of a new lead, and "leadId" names one that is known');
  });
export type SimulationAsk = z.output<typeof SimulationAsk>;

/** Something that cannot be asked so: where it stands in what was asked, and the mend. */
export type Wrong = { readonly pointer: string; readonly detail: string };

/** What an ask names that the project has not: mails, events, stages, fields, ways of splits. */
export function wrongIn(ask: SimulationAsk, project: Project): readonly Wrong[] {
  const { leadId: _, files: __, from, ...rest } = ask;
  const value = { ...rest, name: '', from: from ?? { kind: 'instant' as const, at: new Date(0) }, expect: [] };
  return checkJourneys([{ source: pointing, value, problems: [] }], project).map(({ file, message, hint }) => ({
    pointer: file,
    detail: [message, hint].filter(Boolean).join('. '),
  }));
}

/** What was asked is no file with lines: a place in it is its JSON pointer (RFC 6901). */
const pointing: JsonSource = {
  file: '',
  value: undefined,
  problems: [],
  problem: (at, { code, message, hint = '' }) => {
    const file = at.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
    return { file, line: 1, column: 1, code, message, hint, severity: 'error' };
  },
};
