import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { FixableError } from '../errors.js';
import type { Consent, ConsentStatus, Lead } from '../journey/facts.js';
import { type CaptureTools, carryOut, type Plan, planCapture, prepare, type Prepared } from '../lead/capture-many.js';
import { planText, readPlan } from '../lead/plan-text.js';
import { type Import, type ImportCounts, noRows } from '../store/imports.js';
import type { LeadInput } from '../journey/lead-input.js';
import type { Names, Unread } from './broken-file.js';
import type { BrokenRow } from './csv-file.js';
import type { Round } from './import-batches.js';
import { digestOf, type Habits, habitsOf, lookAt, type LookWish } from './import-look.js';
import { openReading, openSeen } from './import-reading.js';
import type { Column } from './mapping.js';
import { asFarAsItCounts, type RowLead, type RowSetting } from './row-lead.js';

/** What the person says of the leads in a file. */
export type ImportWish = LookWish & {
  readonly tags?: readonly string[] | undefined;
  /** Of new leads of whom the file does not say it. */
  readonly consent?: ConsentStatus | undefined;
  readonly consentSource?: string | undefined;
  /** Where they come from, for their history and reports. */
  readonly source?: string | undefined;
};

export type ImportTold = {
  /** What the columns are taken for, before anything is written. */
  readonly onColumns?: (columns: readonly Column[]) => void;
  readonly onProgress?: (share: number, rows: number) => void;
  /** Each broken row, with what its file calls the columns; waited for. */
  readonly onBroken?: (row: Unread, names: Names) => Promise<void>;
};

export type ImportSetting = ImportWish &
  ImportTold & {
    /** Reads all and writes nothing. */
    readonly dryRun?: boolean | undefined;
    /** Imports it although it has been imported. */
    readonly again?: boolean | undefined;
    /** Of an import that is noted already. */
    readonly id?: string | undefined;
    /** Cuts it short after what is being written; it can be taken up again. */
    readonly signal?: AbortSignal | undefined;
  };

export type Imported = ImportCounts & {
  readonly id: string;
  /** Rows that were done before this import was taken up. */
  readonly resumedAt: number;
  readonly rows: number;
  /** It was cut short by its signal. */
  readonly isCut?: true;
  /** When it was imported before; then nothing was done. */
  readonly alreadyAt?: Date;
  /** The first broken rows, and how many there are of each kind. */
  readonly firstBroken: readonly BrokenRow[];
  readonly brokenKinds: ReadonlyMap<string, number>;
};

/**
 * Imports leads from a CSV file. Rows that are broken are told and kept out, the others come in. Cut short, it goes on where it
 * stopped; importing a file again changes nothing.
 */
export async function importCsv(file: string, tools: CaptureTools, setting: ImportSetting = {}): Promise<Imported> {
  const about = await lookWell(file, tools, setting);
  return setting.dryRun ? rehearse(about, tools, setting) : perform(about, tools, setting);
}

/** Looks what a file is and how its columns are to be read; throws all that somebody must say before it can be imported. */
export async function lookWell(
  file: string,
  { engine }: Pick<CaptureTools, 'engine'>,
  wish: ImportWish & ImportTold,
): Promise<About> {
  const { fields } = engine.project();
  const look = await lookAt(file, fields, wish);
  wish.onColumns?.(look.mapping.columns);
  const where = `${wish.name ?? file}:1`;
  refuse(where, look.mapping.problems);
  const { habits, problems } = await habitsOf(look, fields, wish);
  refuse(where, problems);
  const name = wish.name ?? basename(file);
  const source = wish.source ?? `import of ${name}`;
  const rowSetting = {
    columns: look.mapping.columns,
    fields,
    habits,
    tags: wish.tags ?? [],
    consentSource: wish.consentSource ?? source,
    at: engine.now(),
  };
  return { file, name, source, look, rowSetting };
}

function refuse(where: string, problems: Habits['problems']): void {
  const [first, ...others] = problems;
  if (!first) return;
  const told = problems.map(({ what, fix }) => `  ${what}. ${fix}`.trimEnd());
  const at = { code: 'bad-columns', where };
  throw new FixableError(
    others.length === 0
      ? { ...at, ...first }
      : { ...at, what: `there are ${problems.length} mistakes in the columns`, fix: `\n${told.join('\n')}` },
  );
}

export type About = {
  readonly file: string;
  readonly name: string;
  readonly source: string;
  readonly look: Awaited<ReturnType<typeof lookAt>>;
  readonly rowSetting: RowSetting;
};

async function perform(about: About, tools: CaptureTools, setting: ImportSetting): Promise<Imported> {
  const { store, engine, newId } = tools;
  const key = await keyOf(about, setting);
  const last = setting.id === undefined ? await store.imports.last(key) : await store.imports.byId(setting.id);
  if (last?.state === 'done' && !setting.again) return already(last);
  const run = newId();
  const isOpen = last !== undefined && last.state !== 'done';
  const id = isOpen ? last.id : newId();
  if (!isOpen) await store.imports.begin({ id, key, file: about.name, size: about.look.csv.size, run }, engine.now());
  const from = isOpen ? await store.imports.takeOver(id, run, engine.now()) : undefined;
  if (from?.plan !== undefined) await finishPlan({ ...from, run }, tools);
  return work(about, { tools, setting, place: from ?? { id, rows: 0, rounds: 0, counts: noRows }, run });
}

/** Does what a dead process had begun to write. */
export async function finishPlan(left: Import, tools: CaptureTools): Promise<void> {
  if (left.plan === undefined) return;
  await carryOut(await prepare(readPlan(left.plan), tools), tools);
  await tools.store.imports.note(left, progressOf(left), tools.engine.now());
}

function progressOf({ rows, rounds, counts, share }: Import) {
  return { rows, rounds, counts, share };
}

/** The same file, read in the same way, is the same import. */
async function keyOf(
  { file, rowSetting, source }: About,
  { consent, dates, encoding }: ImportSetting,
): Promise<string> {
  const columns = rowSetting.columns.map(({ at, to }) => `${at}=${to ?? ''}`);
  const { tags, consentSource } = rowSetting;
  const said = JSON.stringify([columns, tags, source, consentSource, consent, dates, encoding]);
  return createHash('sha256')
    .update(await digestOf(file))
    .update(said)
    .digest('hex');
}

function already({ id, counts, rows, finishedAt, startedAt }: Import): Imported {
  const nothing = { ...noRows, firstBroken: [], brokenKinds: new Map<string, number>() };
  return { ...nothing, broken: counts.broken, id, rows, resumedAt: rows, alreadyAt: finishedAt ?? startedAt };
}

type Work = {
  readonly tools: CaptureTools;
  readonly setting: ImportSetting;
  readonly place: Pick<Import, 'id' | 'rows' | 'rounds' | 'counts'>;
  readonly run: string;
};

async function work(about: About, { tools, setting, place, run }: Work): Promise<Imported> {
  const { store, engine } = tools;
  const reading = openReading({ csv: about.look.csv, rowSetting: about.rowSetting }, setting.onBroken);
  let counts: ImportCounts = { ...place.counts, broken: 0 };
  /** What is being written while the next rows are read. */
  let writing: { readonly keys: ReadonlySet<string>; readonly done: Promise<void> } | undefined;
  const write = async (prepared: Prepared, round: Round): Promise<void> => {
    const { plan } = prepared;
    counts = added(counts, plan, round);
    const progress = {
      rows: round.rows,
      rounds: round.rounds,
      counts: { ...counts, broken: reading.broken() },
      share: reading.share(),
    };
    const isOurs = await store.imports.note({ id: place.id, run }, { ...progress, plan: planText(plan) }, engine.now());
    if (!isOurs) throw takenOver(about.name);
    await carryOut(prepared, tools);
  };
  try {
    for await (const round of reading.rounds(place)) {
      if (setting.signal?.aborted) break;
      const keys = new Set(round.leads.map(({ input }) => input.emailKey));
      // What is planned for a lead looks at how it stands: not while it is being written.
      if (writing && [...keys].some((emailKey) => writing?.keys.has(emailKey))) await writing.done;
      const prepared = await prepare(await planRound(round, about, tools, setting), tools);
      await writing?.done;
      const done = write(prepared, round);
      // Whoever waits for it next is told; until then nobody is.
      done.catch(() => {});
      writing = { keys, done };
      setting.onProgress?.(reading.share(), round.rows);
    }
    await writing?.done;
  } catch (error) {
    await writing?.done.catch(() => {});
    if (error instanceof FixableError) await store.imports.end({ id: place.id, run }, error.message, engine.now());
    throw error;
  }
  counts = { ...counts, broken: reading.broken() };
  const rows = reading.rows();
  const imported = { ...counts, id: place.id, rows, resumedAt: place.rows, ...reading.found() };
  if (setting.signal?.aborted) return { ...imported, isCut: true };
  await store.imports.note({ id: place.id, run }, { rows, rounds: 0, counts, share: 1 }, engine.now());
  await store.imports.end({ id: place.id, run }, undefined, engine.now());
  return imported;
}

function takenOver(name: string): FixableError {
  return new FixableError({
    code: 'taken-over',
    where: name,
    what: 'somebody else has begun to import the same file meanwhile',
    fix: 'Nothing is lost: let that import end',
  });
}

async function planRound(round: Round, about: About, tools: CaptureTools, setting: ImportSetting): Promise<Plan> {
  const { rowSetting, source } = about;
  const fallback: Consent | undefined = setting.consent && {
    status: setting.consent,
    source: rowSetting.consentSource,
    at: rowSetting.at,
  };
  const rows = new Map<string, RowLead>(round.leads.map((lead) => [lead.input.emailKey, lead]));
  const asKnown = (input: LeadInput, before: Lead | undefined): LeadInput => {
    const row = rows.get(input.emailKey);
    return row ? asFarAsItCounts(row, before, fallback) : input;
  };
  const inputs = round.leads.map(({ input }) => input);
  return (await planCapture(inputs, source, { ...tools, asKnown })).plan;
}

function added(counts: ImportCounts, { fresh, retold }: Plan, { leads }: Round): ImportCounts {
  return {
    ...counts,
    created: counts.created + fresh.length,
    changed: counts.changed + retold.length,
    unchanged: counts.unchanged + leads.length - fresh.length - retold.length,
  };
}

/** Says what an import would do. */
async function rehearse(about: About, tools: CaptureTools, setting: ImportSetting): Promise<Imported> {
  const reading = openReading({ csv: about.look.csv, rowSetting: about.rowSetting }, setting.onBroken);
  let counts = noRows;
  const seen = openSeen();
  for await (const round of reading.rounds({ rows: 0, rounds: 0 })) {
    const plan = await planRound(round, about, tools, setting);
    // Nobody writes them here, so that one who comes twice would be new twice.
    const again = plan.fresh.filter(({ input }) => !seen(input.emailKey)).length;
    const sum = added(counts, plan, round);
    counts = { ...sum, created: sum.created - again, changed: sum.changed + again };
    setting.onProgress?.(reading.share(), round.rows);
  }
  return { ...counts, broken: reading.broken(), id: '', rows: reading.rows(), resumedAt: 0, ...reading.found() };
}
