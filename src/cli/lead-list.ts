import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { FixableError } from '../errors.js';
import { checkLead } from '../simulation/check-journey.js';
import { ownFields } from '../journey/facts.js';
import { readRow } from '../transfer/csv-row.js';
import { JourneyLead } from '../simulation/journey-file.js';
import type { Project } from '../sequence/project.js';
import { mistakesIn, readNamed } from './folder.js';

const Leads = z
  .array(JourneyLead, { error: 'leads must be a list\nWrite it in square brackets.' })
  .min(1, { error: 'the list is empty\nName at least one lead.' });

/** Leads to be multiplied: a JSON list, or a CSV file with a header line as "lead import" takes it. */
export async function readLeadList(file: string, project: Project): Promise<readonly JourneyLead[]> {
  if (!file.endsWith('.json')) return readCsv(file, project);
  const { value, source } = await readNamed(Leads, file);
  const problems = value.flatMap((lead, i) => checkLead(lead, [i], source, project));
  if (problems.length > 0) throw mistakesIn(file, problems);
  return value;
}

const ownColumns = ['email', ...ownFields, 'stage'];

async function readCsv(file: string, { fields }: Project): Promise<readonly JourneyLead[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new FixableError(
      { code: 'no-file', where: file, what: 'this file cannot be read', fix: 'Check its name.' },
      { cause },
    );
  });
  const rows = z.array(z.record(z.string(), z.string())).parse(rowsOf(text, file));
  if (rows.length === 0)
    throw new FixableError({
      code: 'no-leads',
      where: file,
      what: 'there is no lead in it',
      fix: 'Write one a line, below the names of the columns.',
    });
  return rows.map((row, i) => {
    const { own, attributes, tags, consent } = readRow(row, ownColumns, fields);
    const result = JourneyLead.safeParse({
      ...own,
      attributes,
      ...(tags ? { tags } : {}),
      ...(consent ? { consent } : {}),
    });
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const [what = '', fix = ''] = (issue?.message ?? '').split('\n');
    throw new FixableError({ code: 'bad-lead', where: `${file}, lead ${i + 1}, ${issue?.path.join('.')}`, what, fix });
  });
}

function rowsOf(text: string, file: string): unknown {
  try {
    return parse(text, { bom: true, columns: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new FixableError({ code: 'bad-csv', where: file, what, fix: 'Mend the line.' }, { cause });
  }
}
