import * as z from 'zod';
import { Brand } from '../message/brand.js';
import { CalendarFile } from '../sequence/calendar-file.js';
import { ConditionFile, fieldKey, responseKey } from '../sequence/condition-file.js';
import { CostsFile } from '../sequence/costs-file.js';
import { DeliveryFile } from '../sequence/delivery-file.js';
import { DurationText, WaitText } from '../sequence/duration.js';
import { fileSnippets, type Snippet, stepSnippets } from './editor-snippets.js';
import { FormFile } from '../sequence/form-file.js';
import { FunnelFile } from '../sequence/funnel-file.js';
import { JourneyFile } from '../simulation/journey-file.js';
import { builtInFields, LeadFile } from '../sequence/lead-file.js';
import { MachinesFile } from '../sequence/machines-file.js';
import { RelativeDate, UntilText } from '../sequence/moment-file.js';
import { RateText } from '../sequence/rate-file.js';
import { RatesFile } from '../simulation/rates-file.js';
import { type Json, tidied } from './schema-tidy.js';
import { SalesFile } from '../sequence/sales-file.js';
import { ScoringFile } from '../sequence/scoring-file.js';
import { SegmentsFile } from '../sequence/segments-file.js';
import { SequenceFile } from '../sequence/sequence-file.js';
import { anyCase, textPatterns } from './text-patterns.js';
import { TopicsFile } from '../sequence/topics-file.js';
import { TimeOfDay, WindowFile, ZoneName } from '../sequence/window-file.js';

/** What is said of a part of a file that zod's own translation leaves out. */
type Saying = (json: Json) => Json;

/** A kind of file that marketers write. `start`: what an editor offers for an empty one. */
export type FileKind = { readonly title: string; readonly file: z.ZodType; readonly start: Snippet };

/** The kinds, by the name of their schema. */
export const fileKinds: ReadonlyMap<string, FileKind> = new Map(
  Object.entries({
    sequence: { title: 'Sequence', file: SequenceFile, start: fileSnippets.sequence },
    funnel: { title: 'Funnel', file: FunnelFile, start: fileSnippets.funnel },
    scoring: { title: 'Scoring', file: ScoringFile, start: fileSnippets.scoring },
    lead: { title: 'Fields of a lead', file: LeadFile, start: fileSnippets.lead },
    segments: { title: 'Segments', file: SegmentsFile, start: fileSnippets.segments },
    topics: { title: 'Topics', file: TopicsFile, start: fileSnippets.topics },
    delivery: { title: 'Delivery', file: DeliveryFile, start: fileSnippets.delivery },
    machines: { title: 'Machines', file: MachinesFile, start: fileSnippets.machines },
    sales: { title: 'Sales', file: SalesFile, start: fileSnippets.sales },
    costs: { title: 'Costs', file: CostsFile, start: fileSnippets.costs },
    calendar: { title: 'Calendar', file: CalendarFile, start: fileSnippets.calendar },
    form: { title: 'Form', file: FormFile, start: fileSnippets.form },
    journey: { title: 'Journey', file: JourneyFile, start: fileSnippets.journey },
    rates: { title: 'Rates', file: RatesFile, start: fileSnippets.rates },
    brand: { title: 'Brand', file: Brand, start: fileSnippets.brand },
  }),
);

/** A kind's schema as it is written to a file. */
export function schemaText(kind: FileKind): string {
  return `${JSON.stringify(schemaOf(kind), null, 2)}\n`;
}

/**
 * What an editor needs to complete and check files of a kind: a JSON Schema (draft-07, which editors know best). It never
 * refuses what Rivulet takes; the reverse does happen.
 */
export function schemaOf({ title, file, start }: FileKind): Json {
  // Conditions come first: met inside a file first, they would get no name.
  const { $schema, properties, definitions } = z.toJSONSchema(z.object({ condition: ConditionFile, file }), {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => complete(zodSchema, jsonSchema),
  });
  const own = Object(properties?.['file']);
  const isReferring = JSON.stringify(own).includes('"#/definitions/');
  const json = { $schema, title, ...own, ...(isReferring ? { definitions } : {}) };
  return { ...tidied(json), defaultSnippets: [start] };
}

/** `lead.<field>` and `response.<step>.<key>` are keys that zod's catch-all cannot name. */
const conditionKeys: Saying = ({ additionalProperties }) => ({
  minProperties: 1,
  propertyNames: {
    description: 'A field of the lead, or what a webhook step was answered.',
    examples: [...Object.keys(builtInFields), 'company'].map((field) => `lead.${field}`).concat('response.crm.status'),
  },
  patternProperties: {
    [fieldKey.source]: described(additionalProperties, 'This field of the lead is so.', ['FR', { exists: true }]),
    [anyCase(responseKey.source)]: described(additionalProperties, 'What a webhook step was answered is so.', [200]),
  },
  additionalProperties: false,
  dependencies: { path: ['event'], within: ['event'], atLeast: ['event'], where: ['event'] },
});

/** Events as editors offer them where one may stand. */
const triggers = [
  'stage.entered',
  'lead.created',
  'form.submitted:white-paper',
  'tag.added:engaged',
  'field.changed:plan',
  'segment.entered:hot',
  'threshold.reached:mql',
  'clicked:https://example.com/pricing',
  'page.viewed:/pricing*',
  'replied',
  'converted',
];

const sequence = SequenceFile.shape;
const { on: enrollOn } = sequence.enroll.unwrap().shape;
const enrollTrigger = enrollOn.options[1].element.options[0];
const exitOn = sequence.exit.unwrap().shape.on.unwrap();
const [again] = sequence.enroll.unwrap().shape.again.unwrap().options;
const window = WindowFile.in.shape;
const [oneDay, namedDay] = CalendarFile.shape.days.element.options;

/** What refinements and readers of text ask, where JSON Schema can say it. */
const sayings = new Map<z.core.$ZodType, Saying>([
  [ConditionFile, conditionKeys],
  [sequence.schedule.unwrap(), written('cron', 'Write minute, hour, day of month, month, day of week: "0 10 1 * *".')],
  [enrollOn, () => ({ examples: [...triggers, { date: 'lead.renewalDate', before: '7 days' }] })],
  [enrollTrigger, () => ({ examples: triggers })],
  [exitOn.options[1].element, () => ({ examples: triggers })],
  [again, written('again', 'Write "never", "always" or "after 90 days".')],
  [SequenceFile, () => ({ dependencies: { audience: ['schedule'], timezone: ['schedule'] } })],
  [window.days.unwrap(), written('weekdays', 'Write "mon-fri", "mon, wed, fri" or one day.')],
  [oneDay.in, written('holiday', 'Write "2026-12-25", or "12-25" for every year.')],
  [namedDay.shape.date, written('holiday', 'Write "2026-12-25", or "12-25" for every year.')],
  [TimeOfDay, written('timeOfDay', 'Write hours and minutes, "00:00" to "24:00".')],
  [ZoneName, written('zone', 'Write "lead" or a name such as "Europe/Paris".')],
  [DurationText, written('duration', 'Write a number and minutes, hours, days, weeks or months: "3 days".')],
  [WaitText, written('wait', 'Write for example "3 days" or "2 business days".')],
  [RateText, written('rate', 'Write mails per second, minute, hour or day: "60 per minute".')],
  [UntilText, written('moment', 'Write "tuesday 10:00", "2026-12-24 09:00" or "3 days before lead.webinarAt".')],
  [RelativeDate, written('date', 'Write "2026-12-01", "2026-12-01 14:00", "today", "in 7 days" or "30 days ago".')],
]);

function written(text: keyof typeof textPatterns, mend: string): Saying {
  return () => ({ pattern: textPatterns[text], patternErrorMessage: mend });
}

function described(json: Json['additionalProperties'], description: string, examples: unknown[]): Json {
  return { ...(typeof json === 'object' ? json : {}), description, examples };
}

/** Says of a part of a file what zod's translation does not. */
function complete(schema: z.core.$ZodType, json: Json): void {
  // zod leaves examples out where a value is changed on reading; ours are of what is written.
  const { id, examples } = z.globalRegistry.get(schema) ?? {};
  if (Array.isArray(examples)) json.examples = examples;
  if (schema instanceof z.ZodString) sayPatterns(schema, json);
  if (json.type === 'integer' || json.type === 'number') dropWidestRange(json);
  Object.assign(json, sayings.get(schema)?.(json));
  if (id === 'Step') nameSteps(json);
}

/** Patterns keep their flag, and "not empty" is said only where nothing else is asked. */
function sayPatterns({ _zod: { def } }: z.ZodString, json: Json): void {
  const patterns = (def.checks ?? []).flatMap((check) => {
    if (!(check instanceof z.core.$ZodCheckRegex)) return [];
    const { source, flags } = check._zod.def.pattern;
    return flags.includes('i') ? anyCase(source) : source;
  });
  const telling = patterns.length > 1 ? patterns.filter((pattern) => pattern !== String.raw`\S`) : patterns;
  delete json.allOf;
  const [first, ...others] = telling;
  if (first) json.pattern = first;
  if (others.length > 0) json.allOf = others.map((pattern) => ({ pattern }));
}

function dropWidestRange(json: Json): void {
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}

/** Each kind of step is called by the key that names it, and an editor offers one of each. */
function nameSteps(json: Json): void {
  for (const [i, kind] of (json.anyOf ?? []).entries()) {
    const [name = ''] = kind.required ?? [];
    kind.title = name;
    // Before the keys that only go with it.
    const suggestSortText = `0${String(i).padStart(2, '0')}`;
    Object.assign(propertyOf(kind, name), { suggestSortText, ...stepLimits[name] });
  }
  // Comes first, so that it is what editors say of a step that is like none.
  json.anyOf?.unshift({ not: {}, errorMessage: 'No step is named so. Press Ctrl-Space for those there are.' });
  json['defaultSnippets'] = stepSnippets;
}

const stepLimits: Readonly<Record<string, object>> = { split: { minProperties: 2 }, set: { minProperties: 1 } };

function propertyOf({ properties }: Json, name: string): object {
  const property = properties?.[name];
  return typeof property === 'object' ? property : {};
}
