import { isJourney } from '../sequence/project-files.js';

/** Files that stand alone: their places say what they are. */
const alone = {
  'sequences/funnel.json': 'funnel',
  'sequences/scoring.json': 'scoring',
  'sequences/lead.json': 'lead',
  'sequences/segments.json': 'segments',
  'sequences/topics.json': 'topics',
  'sequences/delivery.json': 'delivery',
  'sequences/machines.json': 'machines',
  'sequences/sales.json': 'sales',
  'sequences/costs.json': 'costs',
  'templates/brand.json': 'brand',
  'templates/layout.mjml': 'layout',
} as const;

export const projectFileKinds = [
  'sequence',
  'calendar',
  'form',
  'journey',
  ...Object.values(alone),
  'partial',
  'mail',
] as const;
/** What a file of a project says. Those of JSON are called as their schemas are. */
export type ProjectFileKind = (typeof projectFileKinds)[number];

/** Why something is not done with a file, and what one may do instead. */
export type Refusal = { readonly refused: string; readonly mend: string };

const longestPath = 200;
/** Letters, digits, ".", "-" and "_": the same file in every file system, and in an address as it is. */
const part = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Names of devices where files are kept under Windows, whatever their ending. */
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const mostFolders = 6;

/** What the file at a path of a project is; else why none may be there. Nothing on disk is looked at. */
export function kindOf(path: string): { readonly kind: ProjectFileKind } | Refusal {
  if (path.length > longestPath) return refused(`this path is longer than ${longestPath} characters`);
  const parts = path.split('/');
  if (parts.length > mostFolders) return refused('this is deeper than the folders of a project are');
  if (parts.some((one) => !part.test(one) || one.includes('..') || device.test(one)))
    return refused('this is not a path of a project', 'Write letters, digits, ".", "-" and "_", with "/" between.');
  const kind = alonePlaces.get(path) ?? kindInFolder(path);
  return kind ? { kind } : refused('no file of a project is called so');
}

const alonePlaces: ReadonlyMap<string, ProjectFileKind> = new Map(Object.entries(alone));

function kindInFolder(path: string): ProjectFileKind | undefined {
  const [folder, first, ...deeper] = path.split('/');
  if (folder === 'templates')
    return path.endsWith('.mjml') && !isAsset(first) ? (first === 'partials' ? 'partial' : 'mail') : undefined;
  // What "rivulet schema" writes is nobody's to edit.
  if (folder !== 'sequences' || !path.endsWith('.json') || first === 'schema') return undefined;
  if (isJourney(path)) return 'journey';
  if (deeper.length === 0) return 'sequence';
  if (first === 'calendars') return 'calendar';
  return first === 'forms' ? 'form' : undefined;
}

/** Folders of pictures and of what is handed out. */
function isAsset(folder: string | undefined): boolean {
  return folder === 'assets' || folder === 'downloads';
}

function refused(why: string, mend = usual): Refusal {
  return { refused: why, mend };
}

const usual =
  'Use sequences/<name>.json, sequences/calendars/<name>.json, sequences/forms/<name>.json, sequences/journeys/<name>.journey.json or templates/<name>.mjml.';
