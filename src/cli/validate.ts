import { resolve } from 'node:path';
import pc from 'picocolors';
import { readProjectFolder } from '../project-folder.js';
import { checkJourneys, readJourneys } from '../simulation/check-journey.js';
import { openRenderedMails } from '../rendered-mails.js';
import { readProject } from '../sequence/project.js';
import { excerpt } from './excerpt.js';
import { counted } from './terminal.js';

/** Checks a folder and shows every problem with its line; exit code 1 when there is one. */
export async function validate(dir: string, { json }: { json?: boolean }): Promise<void> {
  const root = resolve(dir);
  const files = await readProjectFolder(root);
  const { project, diagnostics: ofProject } = await readProject(files, await openRenderedMails());
  // A journey reaches no lead: a mistake in one is told here, and holds up no start.
  const diagnostics = [...ofProject, ...checkJourneys(readJourneys(files), project)];
  const isFaulty = diagnostics.some(({ severity }) => severity === 'error');
  if (isFaulty) process.exitCode = 1;
  if (json) {
    console.log(JSON.stringify(diagnostics, null, 2));
    return;
  }
  for (const diagnostic of diagnostics) console.log(await excerpt(root, diagnostic));
  const mails = project
    ? [...project.programs.values()].flatMap(({ steps }) => [...steps.values()]).filter(({ kind }) => kind === 'send')
        .length
    : 0;
  if (project && !isFaulty)
    console.log(
      `${pc.green('✔')} ${counted(project.programs.size, 'sequence')} with ${counted(mails, 'mail')}, ${counted(project.templates.size, 'template')}: no mistakes.`,
    );
  else console.log(`${pc.red('✖')} ${diagnostics.length} ${diagnostics.length === 1 ? 'mistake' : 'mistakes'}.`);
}
