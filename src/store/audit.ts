import type { Collection, Db, Document, FindCursor } from 'mongodb';
import type * as z from 'zod';
import {
  type AuditClock,
  AuditedCall,
  AuditedMessage,
  AuditedRun,
  type AuditRule,
  excusedByPause,
  type Standpoint,
  wrongInCall,
  wrongInMessage,
  wrongInRun,
} from './audit-rules.js';

type Kind = 'enrollment' | 'message' | 'call' | 'event';
/** A row that breaks a rule, by ids alone: no address, and nothing that a server or person wrote. */
export type AuditedRow = {
  readonly kind: Kind;
  readonly id: string;
  readonly enrollment?: string;
  readonly step?: string;
};
/** A rule that is broken, by how many rows, and the first of them. */
export type Finding = { readonly rule: AuditRule; readonly count: number; readonly rows: readonly AuditedRow[] };
export type Audit = {
  readonly checked: Readonly<Record<`${Kind}s`, number>>;
  readonly findings: readonly Finding[];
};

/** Rows read at one time. With the rows kept of each finding it bounds the memory, whatever the size of the ledger. */
const batchSize = 1000;
const rowsKept = 100;

/**
 * Reads the whole ledger once and tells every row that breaks a rule: a step that a lead got twice or may get twice, and
 * whatever is stuck. It changes nothing, and may run beside a working Rivulet.
 */
export async function auditLedger(db: Db, clock: AuditClock): Promise<Audit> {
  const notes = openNotes();
  const isPaused = await pausesIn(db);
  const runs = (run: AuditedRun, at: AuditClock) => excused(wrongInRun(run, at), isPaused('enrollment', run.sequence));
  const enrollments = await auditRuns(db, runs, clock, notes.note);
  const inMessage: WrongIn<AuditedMessage> = (message, run, at) =>
    excused(wrongInMessage(message, run, at), isPaused('message', message.sequence));
  const messages = await auditErrands(db, 'message', AuditedMessage, inMessage, clock, notes.note);
  const inCall: WrongIn<AuditedCall> = (call, run, at) =>
    excused(wrongInCall(call, run, at), isPaused('call', call.sequence));
  const calls = await auditErrands(db, 'call', AuditedCall, inCall, clock, notes.note);
  const events = await auditEvents(db, clock, notes.note);
  return { checked: { enrollments, messages, calls, events }, findings: notes.findings() };
}

const errandFields = {
  enrollment: 1,
  sequence: 1,
  step: 1,
  state: 1,
  nextAttemptAt: 1,
  expiresAt: 1,
  settledAt: 1,
} as const;
/** What is read of a row; anything more would only cost. */
const projections = {
  enrollment: { lead: 1, sequence: 1, revision: 1, key: 1, status: 1, dueAt: 1, 'raised.at': 1 },
  message: { ...errandFields, leaseUntil: 1, 'attempts.outcome': 1 },
  call: errandFields,
} as const;

type Note = (rule: AuditRule, row: AuditedRow) => void;

function openNotes() {
  const found = new Map<AuditRule, { count: number; rows: AuditedRow[] }>();
  return {
    note: (rule: AuditRule, row: AuditedRow): void => {
      const finding = found.get(rule) ?? { count: 0, rows: [] };
      found.set(rule, finding);
      finding.count += 1;
      if (finding.rows.length < rowsKept) finding.rows.push(row);
    },
    findings: (): readonly Finding[] => [...found].map(([rule, finding]) => ({ rule, ...finding })),
  };
}

type WrongIn<T> = (errand: T, run: Standpoint | undefined, clock: AuditClock) => readonly AuditRule[];

function excused(rules: readonly AuditRule[], isPaused: boolean): readonly AuditRule[] {
  return isPaused ? rules.filter((rule) => !excusedByPause.has(rule)) : rules;
}

/** What stands still because it is paused. A mail does not tell its transport, so the pause of any holds for all mails. */
async function pausesIn(db: Db): Promise<(kind: Kind, sequence: string) => boolean> {
  const paused = new Set((await db.collection('pauses').distinct('_id')).map(String));
  const isAnyTransport = [...paused].some((of) => of.startsWith('transport:'));
  return (kind, sequence) =>
    paused.has('everything') || paused.has(`sequence:${sequence}`) || (kind === 'message' && isAnyTransport);
}

async function auditRuns(
  db: Db,
  wrongIn: (run: AuditedRun, clock: AuditClock) => readonly AuditRule[],
  clock: AuditClock,
  note: Note,
): Promise<number> {
  const rows = db.collection('enrollments');
  // Without the history, which is the longest part of a run and says nothing here.
  const find = (filter: Document) => rows.find(filter).project(projections.enrollment);
  const revisions = new Set((await db.collection('sequences').distinct('_id')).map(String));
  const leads = db.collection<{ _id: string }>('leads');
  // In the order of the index on active runs, so that two of one lead come one after the other.
  const active = find({ status: 'active' }).sort({ lead: 1, sequence: 1, key: 1 }).allowDiskUse();
  let before: AuditedRun | undefined;
  for await (const batch of batches(active)) {
    const runs = readAll(batch, 'enrollment', AuditedRun, note);
    const known = await idsIn(
      leads,
      runs.map(({ lead }) => lead),
    );
    for (const run of runs) {
      const row = { kind: 'enrollment', id: run._id } as const;
      for (const rule of wrongIn(run, clock)) note(rule, row);
      if (before && isSameRun(before, run)) note('two-runs', row);
      if (!known.has(run.lead)) note('no-lead', row);
      if (!revisions.has(run.revision)) note('no-revision', row);
      before = run;
    }
  }
  // What has ended asks for nothing but its last events, and what is neither is broken.
  const others = find({
    status: { $ne: 'active' },
    $or: [{ status: { $ne: 'ended' } }, { 'raised.0': { $exists: true } }],
  });
  for await (const batch of batches(others))
    for (const run of readAll(batch, 'enrollment', AuditedRun, note))
      for (const rule of wrongIn(run, clock)) note(rule, { kind: 'enrollment', id: run._id });
  return rows.countDocuments();
}

function isSameRun(one: AuditedRun, other: AuditedRun): boolean {
  return one.lead === other.lead && one.sequence === other.sequence && one.key === other.key;
}

async function auditErrands<T extends AuditedMessage | AuditedCall>(
  db: Db,
  kind: 'message' | 'call',
  schema: z.ZodType<T>,
  wrongIn: WrongIn<T>,
  clock: AuditClock,
  note: Note,
): Promise<number> {
  let count = 0;
  for await (const batch of batches(db.collection(`${kind}s`).find().project(projections[kind]))) {
    count += batch.length;
    const errands = readAll(batch, kind, schema, note);
    const runs = await standpoints(
      db,
      errands.map(({ enrollment }) => enrollment),
    );
    for (const errand of errands) {
      const { _id: id, enrollment, step } = errand;
      for (const rule of wrongIn(errand, runs.get(enrollment), clock)) note(rule, { kind, id, enrollment, step });
    }
  }
  return count;
}

async function auditEvents(db: Db, { now, lateMs }: AuditClock, note: Note): Promise<number> {
  const rows = db.collection('events');
  const left = rows.find({ applied: false, receivedAt: { $lt: new Date(now.getTime() - lateMs) } });
  for await (const { _id } of left.project({ _id: 1 })) note('event-left', { kind: 'event', id: String(_id) });
  return rows.estimatedDocumentCount();
}

/** The rows that can be read; the others are noted. */
function readAll<T>(rows: readonly Document[], kind: Kind, schema: z.ZodType<T>, note: Note): readonly T[] {
  return rows.flatMap((row) => {
    const read = schema.safeParse(row);
    if (!read.success) note('unreadable', { kind, id: String(row['_id']) });
    return read.success ? [read.data] : [];
  });
}

async function* batches(cursor: FindCursor<Document>): AsyncGenerator<readonly Document[]> {
  let batch: Document[] = [];
  for await (const row of cursor.batchSize(batchSize)) {
    batch.push(row);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function standpoints(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Standpoint>> {
  const found = await db
    .collection<{ _id: string; status: string; step: string | null }>('enrollments')
    .find({ _id: { $in: [...new Set(ids)] } })
    .project<{ _id: string; status: string; step: string | null }>({ status: 1, step: 1 })
    .toArray();
  return new Map(found.map(({ _id, ...rest }) => [_id, rest]));
}

async function idsIn(rows: Collection<{ _id: string }>, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await rows
    .find({ _id: { $in: [...new Set(ids)] } })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return new Set(found.map(({ _id }) => _id));
}
