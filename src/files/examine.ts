import type { Diagnostic } from '../diagnostic.js';
import { lintProject } from '../lint/lint.js';
import { assetsUnder, readProjectFolder } from '../project-folder.js';
import { readProject } from '../sequence/project.js';
import { checkJourneys, readJourneys } from '../simulation/check-journey.js';
import { laidOver, type Texts } from '../editor/laid-over.js';
import { type ShownCopy, showCopy, type ToShow } from '../shown/copy.js';

/** What is to be said of a project with other texts laid over its files. */
export type Examined = {
  /** Whether it would come into force. A journey with mistakes holds up nothing. */
  readonly isSound: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** What is valid but probably not meant; of a project with mistakes it cannot be told. */
  readonly lint: readonly Diagnostic[];
  /** The mail that was asked for; of a project with mistakes, or without such a mail, there is none. */
  readonly shown?: ShownCopy;
};

/** Reads a project as it would be with these texts, and writes nothing. `show`: renders a mail of it, too. */
export async function examine(root: string, texts: Texts, show?: ToShow): Promise<Examined> {
  const files = laidOver(await readProjectFolder(root), texts);
  const { project, diagnostics } = await readProject(files);
  const journeys = checkJourneys(readJourneys(files), project);
  const lint = project ? lintProject({ project, files, assets: await assetsUnder(root) }) : [];
  const shown = project && show && showCopy(show, project, files);
  const said = { isSound: project !== undefined, diagnostics: [...diagnostics, ...journeys], lint };
  return shown ? { ...said, shown } : said;
}
