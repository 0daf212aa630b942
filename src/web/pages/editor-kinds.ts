/** A kind of file that one may make: where it belongs, and what it is called there. */
export type NewKind = {
  readonly kind: string;
  readonly label: string;
  readonly before: string;
  readonly ending: string;
};

export const newKinds: readonly NewKind[] = [
  { kind: 'sequence', label: 'Sequence', before: 'sequences/', ending: '.json' },
  { kind: 'mail', label: 'Mail', before: 'templates/', ending: '.mjml' },
  { kind: 'partial', label: 'Partial: a part of several mails', before: 'templates/partials/', ending: '.mjml' },
  { kind: 'form', label: 'Form', before: 'sequences/forms/', ending: '.json' },
  { kind: 'calendar', label: 'Calendar of holidays', before: 'sequences/calendars/', ending: '.json' },
  { kind: 'journey', label: 'Journey test', before: 'sequences/journeys/', ending: '.journey.json' },
];

/** What the file at a path is, by the place where it lies. */
export function kindOf(path: string): string {
  if (path === 'templates/layout.mjml') return 'layout';
  if (path === 'templates/brand.json') return 'brand';
  if (path.endsWith('.journey.json')) return 'journey';
  const [name = ''] = /[^/]+$/.exec(path) ?? [];
  const rule = name.replace('.json', '');
  if (path === `sequences/${rule}.json` && rules.includes(rule)) return rule;
  const fitting = newKinds.filter(({ before, ending }) => path.startsWith(before) && path.endsWith(ending));
  return fitting.toSorted((a, b) => b.before.length - a.before.length)[0]?.kind ?? 'mail';
}

const rules = ['funnel', 'scoring', 'lead', 'segments', 'topics', 'delivery', 'machines', 'sales', 'costs'];

export function isTemplate(path: string): boolean {
  return path.endsWith('.mjml');
}

/** What a new mail begins with; JSON files begin with what their schemas offer. */
export const mailStart = `<mj-preview>What an inbox shows after the subject</mj-preview>
<mj-section>
  <mj-column>
    <mj-text>
      Hello {{lead.firstName 'there'}},
    </mj-text>
  </mj-column>
</mj-section>
`;

/** The snippet that a schema offers for an empty file, as plain text. */
export function startOf(schema: Readonly<Record<string, unknown>>): string {
  const [first]: readonly unknown[] = Array.isArray(schema['defaultSnippets']) ? schema['defaultSnippets'] : [];
  const body = typeof first === 'object' && first !== null && 'body' in first ? first.body : {};
  const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2);
  return `${text
    .replace(/"\^?\$\{\d+:([^}]*)\}"/g, (_, word: string) => (/^(?:-?\d+|true|false)$/.test(word) ? word : `"${word}"`))
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/\$\d+/g, '')}\n`;
}
