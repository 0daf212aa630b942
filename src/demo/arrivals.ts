import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { chanceFrom } from './chance.js';

const Row = z.object({
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  timezone: z.string(),
  locale: z.string(),
  jobTitle: z.string(),
  company: z.string(),
  country: z.string(),
  companySize: z.coerce.number(),
  tags: z.string(),
  source: z.string(),
});

/** Somebody who comes by and by: when, and as the API is told of it. */
export type Arrival = { readonly at: Date; readonly lead: object };

/** Who plays: those of the file who are there from the start, and those who come later. */
export type Cast = {
  readonly atStart: string;
  readonly later: readonly Arrival[];
  readonly zones: ReadonlyMap<string, string>;
};

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** A third of them comes as a file from a fair on the first day, the others one by one until the last week, some days more than others. */
export function castOf(
  file: string,
  { people, days, from, seed }: { people: number; days: number; from: Date; seed: number },
): Cast {
  const [head = '', ...lines] = file.split('\n').slice(0, people + 1);
  const atStart = Math.ceil(lines.length / 3);
  const rows = z.array(Row).parse(parse(file, { columns: true, to: people }));
  const span = Math.max(1, days - 7);
  return {
    atStart: [head, ...lines.slice(0, atStart)].join('\n'),
    later: rows.slice(atStart).map((row) => {
      const chance = chanceFrom(seed, row.email);
      const day = Math.floor(span * chance('the day it comes'));
      return { at: new Date(from.getTime() + day * dayMs + 12 * hourMs * chance('the hour')), lead: leadOf(row) };
    }),
    zones: new Map(rows.map(({ email, timezone }) => [email, timezone || 'UTC'])),
  };
}

function leadOf({ email, firstName, lastName, timezone, locale, tags, ...attributes }: z.output<typeof Row>): object {
  const named = { firstName, lastName, timezone, locale };
  const known = Object.entries(named).filter(([, value]) => value !== '');
  const told = Object.entries(attributes).filter(([, value]) => value !== '' && value !== 0);
  return {
    email,
    ...Object.fromEntries(known),
    ...(tags ? { tags: tags.split(/[;,]/).map((tag) => tag.trim()) } : {}),
    attributes: Object.fromEntries(told),
  };
}
