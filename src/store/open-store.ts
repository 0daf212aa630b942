import type { Db } from 'mongodb';
import { openCalls } from './calls.js';
import { openCursors } from './cursors.js';
import { openEnrollments } from './enrollments.js';
import { openEvents } from './events.js';
import { openHeartbeats } from './heartbeats.js';
import { openHits } from './hits.js';
import { openKeptMails } from './kept-mails.js';
import { openLate } from './late.js';
import { openLeads } from './leads.js';
import { openLinkSets } from './link-sets.js';
import { openMailbox } from './mailbox.js';
import { openMailboxProgress } from './mailbox-progress.js';
import { openMessages } from './messages.js';
import { openPauses, type Pause, type PauseOf } from './pauses.js';
import { openProviderCalls } from './provider-calls.js';
import { openRevisions } from './revisions.js';
import { assertSharedSecret, type Secrets } from './secrets.js';
import { openStrayEvents } from './stray-events.js';
import { openSuppressions } from './suppressions.js';
import { openThrottleRows } from './throttles.js';
import { openWinners } from './winners.js';

export type Store = Awaited<ReturnType<typeof openStore>>;

/** Opens every collection with its indexes; opening twice changes nothing. */
export async function openStore(db: Db, secrets: Secrets) {
  await assertSharedSecret(db, secrets);
  const enrollments = await openEnrollments(db);
  const messages = await openMessages(db);
  const pauses = await openPauses(db);
  return {
    db,
    leads: await openLeads(db),
    enrollments,
    messages,
    calls: await openCalls(db),
    events: await openEvents(db),
    strays: await openStrayEvents(db),
    providerCalls: openProviderCalls(db),
    suppressions: await openSuppressions(db, secrets.pepper),
    revisions: await openRevisions(db),
    mailbox: await openMailbox(db),
    keptMails: await openKeptMails(db),
    mailboxProgress: openMailboxProgress(db),
    linkSets: await openLinkSets(db),
    hits: await openHits(db),
    winners: await openWinners(db),
    cursors: await openCursors(db),
    pauses,
    /** Ends a pause, and has what it held looked at again; false when there was none. With `by`, only one that was made so. */
    resume: async (of: PauseOf, now: Date, by?: Pause['by']): Promise<boolean> => {
      const hasEnded = await pauses.resume(of, by);
      if (hasEnded) await Promise.all([enrollments.unpark(now), messages.unpark(now)]);
      return hasEnded;
    },
    heartbeats: await openHeartbeats(db),
    late: openLate(db),
    throttles: await openThrottleRows(db),
    ping: async (): Promise<void> => {
      await db.command({ ping: 1 });
    },
  };
}
