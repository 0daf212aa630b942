import type { Db } from 'mongodb';
import type { Holding } from './personal.js';
import { openReportBuckets } from './report-buckets.js';
import { openReportHistories } from './report-histories.js';
import { openReportRounds } from './report-rounds.js';

/** What reports are made of: what is known, what was counted of it, and the rounds in which that is done. */
export async function openReports(db: Db) {
  const buckets = await openReportBuckets(db);
  const rounds = await openReportRounds(db, buckets);
  const histories = await openReportHistories(db);
  const personal: readonly Holding[] = [...rounds.personal, buckets.personal];
  return { buckets, rounds, histories, personal };
}
