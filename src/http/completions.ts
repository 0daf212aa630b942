import type { InForce } from '../files/desk.js';
import { isMail } from '../message/template-source.js';
import { knownFields } from '../sequence/check-merge.js';
import { LeadFile } from '../sequence/lead-file.js';
import { readPart } from '../sequence/project-files.js';

/** What may stand in a template beside fields; `#` is where the caret goes. */
const blocks = [
  { name: 'if', writes: '{{#if #}}{{/if}}', tells: 'shown where the field says something' },
  { name: 'unless', writes: '{{#unless #}}{{/unless}}', tells: 'shown where the field says nothing' },
  { name: 'else', writes: '{{else}}#', tells: 'shown where the block above is not' },
  { name: 'default', writes: "{{# '…'}}", tells: 'what is written where a lead lacks the field' },
];

/** What an editor offers: merge fields and blocks of templates, and by which names files call each other. */
export function completionsOf({ project, files }: InForce) {
  const texts = files.sequences.get('lead.json');
  const said = texts && readPart(LeadFile, texts.file, texts.text).value?.fields;
  const fields = knownFields({ fields: project.fields }).map((field) => ({
    ...field,
    tells: said?.[field.name.replace(/^lead\./, '')]?.description ?? null,
  }));
  const written = [...files.templates.keys()];
  return {
    fields,
    blocks,
    names: {
      templates: written.filter(isMail),
      partials: written.filter((name) => name.startsWith('partials/')),
      sequences: [...project.programs.keys()],
      stages: project.funnel.map(({ name }) => name),
      segments: [...project.segments.keys()],
      thresholds: project.scoring.thresholds.map(({ name }) => name),
      calendars: [...project.calendars.keys()],
      forms: [...project.forms.keys()],
      topics: (project.topics ?? []).map(({ name }) => name),
      fields: [...(project.fields?.keys() ?? [])],
    },
  };
}
