import { resolve } from 'node:path';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import type { Diagnostic } from '../diagnostic.js';
import { fieldOf, type Lead } from '../journey/facts.js';
import { assetsUnder, readProjectFolder } from '../project-folder.js';
import { openRenderedMails } from '../rendered-mails.js';
import { builtInFields } from '../sequence/lead-file.js';
import { lintProject } from '../lint/lint.js';
import type { LeadCounts } from '../lint/leads.js';
import { type Project, readProject } from '../sequence/project.js';
import { excerpt } from './excerpt.js';
import { counted } from './terminal.js';
import { withStore } from './with-store.js';

type LintOptions = { json?: boolean; leads?: boolean };

/** Shows what is valid in a folder but probably not meant; exit code 1 when something is found. `leads`: looks at the database too. */
export async function lint(dir: string, { json, leads }: LintOptions): Promise<void> {
  const root = resolve(dir);
  const files = await readProjectFolder(root);
  const { project, diagnostics: mistakes } = await readProject(files, await openRenderedMails());
  const found = project
    ? lintProject({
        project,
        files,
        assets: await assetsUnder(root),
        ...(leads ? { leads: await countedLeads(project) } : {}),
      })
    : mistakes;
  if (found.length > 0) process.exitCode = 1;
  if (json) console.log(JSON.stringify(found, null, 2));
  else await show(root, found, project);
}

async function show(root: string, found: readonly Diagnostic[], project: Project | undefined): Promise<void> {
  for (const diagnostic of found) console.log(await excerpt(root, diagnostic));
  const count = (what: string): string => `${found.length} ${found.length === 1 ? what : `${what}s`}`;
  if (!project) console.log(`${pc.red('✖')} ${count('mistake')}. They come first: mend them, then lint again.`);
  else if (found.length > 0)
    console.log(
      `${pc.yellow('▲')} ${count('finding')}${byRule(found)}. docs/lint.md tells why, and how to silence one.`,
    );
  else
    console.log(
      `${pc.green('✔')} ${counted(project.programs.size, 'sequence')}, ${counted(project.templates.size, 'template')}: nothing found.`,
    );
}

/** " (3 dead-link, 1 no-preheader)", where there are several rules. */
function byRule(found: readonly Diagnostic[]): string {
  const rules = [...new Set(found.map(({ code }) => code))];
  const counts = rules.map((rule) => `${found.filter(({ code }) => code === rule).length} ${rule}`);
  return rules.length > 1 ? ` (${counts.join(', ')})` : '';
}

/** Leads that may be mailed, by stage, and how many of them have each field. */
async function countedLeads({ fields }: Project): Promise<LeadCounts> {
  const stages = new Map<string, { leads: number; having: Map<string, number> }>();
  await withStore(readConfig(process.env), async (store) => {
    for await (const lead of store.leads.all()) {
      if (lead.consent.status !== 'granted') continue;
      const count = stages.get(lead.stage ?? '') ?? { leads: 0, having: new Map<string, number>() };
      const having = fieldsOf(lead, fields?.keys() ?? []);
      stages.set(lead.stage ?? '', count);
      count.leads += 1;
      for (const name of having) count.having.set(name, (count.having.get(name) ?? 0) + 1);
    }
  });
  return stages;
}

function fieldsOf(lead: Lead, declared: Iterable<string>): readonly string[] {
  const names = new Set([...Object.keys(builtInFields), ...declared, ...Object.keys(lead.attributes)]);
  return [...names].filter((name) => !['', undefined].some((empty) => fieldOf(lead, name) === empty));
}
