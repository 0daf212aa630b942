import type { Diagnostic } from '../diagnostic.js';
import { lintProject } from '../lint/lint.js';
import { assetsUnder, readProjectFolder } from '../project-folder.js';
import { kindOf } from '../editor/file-kind.js';
import { openRenderedMails } from '../rendered-mails.js';
import { type FlowEdge, type FlowNode, flowOf } from '../sequence/flow.js';
import { readJson } from '../sequence/json-source.js';
import type { Program } from '../sequence/program.js';
import { type Project, readProject } from '../sequence/project.js';
import { nameOf, type ProjectFiles, type SourceText } from '../sequence/project-files.js';
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
  /** How the sequences among the texts would run, by name; of a project with mistakes it cannot be told. */
  readonly flows: Readonly<Record<string, DrawnFlow>>;
  /** The mail that was asked for; of a project with mistakes, or without such a mail, there is none. */
  readonly shown?: ShownCopy;
};

/** A flow, with where each of its steps stands in the file. */
export type DrawnFlow = {
  readonly nodes: readonly (Omit<FlowNode, 'path'> & { readonly line?: number; readonly column?: number })[];
  readonly edges: readonly FlowEdge[];
};

/** Reads a project as it would be with these texts, and writes nothing. `show`: renders a mail of it, too. */
export async function examine(root: string, texts: Texts, show?: ToShow): Promise<Examined> {
  const files = laidOver(await readProjectFolder(root), texts);
  const { project, diagnostics } = await readProject(files, await openRenderedMails());
  const journeys = checkJourneys(readJourneys(files), project);
  const lint = project ? lintProject({ project, files, assets: await assetsUnder(root) }) : [];
  const shown = project && show && showCopy(show, project, files);
  const flows = project ? flowsOf(project, files, Object.keys(texts)) : {};
  const said = { isSound: project !== undefined, diagnostics: [...diagnostics, ...journeys], lint, flows };
  return shown ? { ...said, shown } : said;
}

function flowsOf({ programs }: Project, { sequences }: ProjectFiles, paths: readonly string[]) {
  const drawn = paths.flatMap((path): readonly [string, DrawnFlow][] => {
    const known = kindOf(path);
    const program = 'kind' in known && known.kind === 'sequence' ? programs.get(nameOf(path)) : undefined;
    const source = sequences.get(path.slice('sequences/'.length));
    return program && source ? [[program.name, drawnFlow(program, source)]] : [];
  });
  return Object.fromEntries(drawn);
}

function drawnFlow(program: Program, { file, text }: SourceText): DrawnFlow {
  const { nodes, edges } = flowOf(program);
  const source = readJson(file, text);
  return {
    nodes: nodes.map(({ path, ...node }) => {
      if (!path) return node;
      const { line, column } = source.problem(path, { code: '', message: '' });
      return { ...node, line, column };
    }),
    edges,
  };
}
