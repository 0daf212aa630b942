import type { RowLead } from './row-lead.js';

/** Leads that are written together, no address twice. */
export type Round = {
  readonly leads: readonly RowLead[];
  /** Rows of the file that are done once this is written, and of the next ones how many rounds. */
  readonly rows: number;
  readonly rounds: number;
};

/** A row of the file; without `lead` it is only counted. */
export type ReadRow = { readonly chars: number; readonly lead?: RowLead };

/** Rows that are looked at together, and so much of the file at most. */
const batchRows = 1000;
const batchChars = 4 * 1024 * 1024;

/**
 * Puts rows into batches, and a batch into rounds: whoever stands in it twice comes in two of them, so that each row meets its
 * lead as the row before left it. Rows that are done are passed by; where the batches begin depends on them alone, so that whoever
 * goes on later cuts the same ones.
 */
export async function* batchesOf(
  rows: AsyncIterable<ReadRow>,
  from: { readonly rows: number; readonly rounds: number },
): AsyncGenerator<Round> {
  let at = 0;
  let done = from.rows;
  let skip = from.rounds;
  let batch: RowLead[] = [];
  const flush = function* (): Generator<Round> {
    const rounds = roundsOf(batch);
    for (const [i, leads] of rounds.entries()) {
      const isLast = i === rounds.length - 1;
      if (i >= skip) yield { leads, rows: isLast ? at : done, rounds: isLast ? 0 : i + 1 };
    }
    [done, skip, batch] = [at, 0, []];
  };
  let chars = 0;
  for await (const row of rows) {
    at += 1;
    if (at <= from.rows) continue;
    if (row.lead) batch.push(row.lead);
    chars += row.chars;
    if (at - done < batchRows && chars < batchChars) continue;
    chars = 0;
    yield* flush();
  }
  yield* flush();
}

function roundsOf(batch: readonly RowLead[]): readonly (readonly RowLead[])[] {
  const times = new Map<string, number>();
  const rounds: RowLead[][] = [];
  for (const lead of batch) {
    const { emailKey } = lead.input;
    const round = times.get(emailKey) ?? 0;
    times.set(emailKey, round + 1);
    rounds[round] ??= [];
    rounds[round]?.push(lead);
  }
  return rounds;
}
