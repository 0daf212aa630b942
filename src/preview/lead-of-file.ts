import { readFile } from 'node:fs/promises';
import { LeadBody } from '../api/lead-body.js';
import { FixableError } from '../errors.js';
import type { Project } from '../sequence/project.js';
import { type PreviewLead, toPreviewLead } from '../shown/preview-lead.js';

/** A lead of a file as `POST /api/leads` takes it. */
export async function leadOfFile(file: string, project: Project): Promise<PreviewLead> {
  const refuse = (what: string, fix: string, cause?: unknown): FixableError =>
    new FixableError({ code: 'bad-lead', where: file, what, fix }, { cause });
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refuse('this file cannot be read', 'Name a JSON file, or the address of a lead in the database', cause);
  });
  const result = LeadBody.safeParse(parsed(text, refuse));
  if (result.success) return toPreviewLead(result.data, `from ${file}`, project);
  const what = result.error.issues.map((issue) => `${issue.path.join('.') || 'lead'}: ${issue.message}`).join('; ');
  throw refuse(what, 'It is written like the body of POST /api/leads, for example { "email": "ada@example.com" }');
}

function parsed(text: string, refuse: (what: string, fix: string, cause: unknown) => FixableError): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse('this is not JSON', 'Write for example { "email": "ada@example.com", "firstName": "Ada" }', cause);
  }
}
