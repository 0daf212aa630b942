import type { Db } from 'mongodb';
import { openAliases } from './aliases.js';
import { openApiKeys } from './api-keys.js';
import { openAuditLog } from './audit-log.js';
import { openAttention } from './attention.js';
import { openBulkJobs } from './bulk-jobs.js';
import { openCalls } from './calls.js';
import { openConsentTexts } from './consent-texts.js';
import { openCursors } from './cursors.js';
import { openDeliveryTallies } from './delivery-tallies.js';
import { openEndpointDeliveries } from './endpoint-deliveries.js';
import { openEndpoints } from './endpoints.js';
import { openEnrollments } from './enrollments.js';
import { openErasures } from './erasures.js';
import { openEvents } from './events.js';
import { openFormAttempts } from './form-attempts.js';
import { openFormTallies } from './form-tallies.js';
import { openFutures } from './futures.js';
import { openHeartbeats } from './heartbeats.js';
import { openHits } from './hits.js';
import { openIdempotency } from './idempotency.js';
import { openImports } from './imports.js';
import { openKeptMails } from './kept-mails.js';
import { openLate } from './late.js';
import { openLeadSearch } from './lead-search.js';
import { openLeads } from './leads.js';
import { openLinkSets } from './link-sets.js';
import { openMailbox } from './mailbox.js';
import { openMailboxProgress } from './mailbox-progress.js';
import { openMessages } from './messages.js';
import { openNews } from './news.js';
import { openPauses, type Pause, type PauseOf } from './pauses.js';
import { holdingsOf } from './personal.js';
import { openProviderCalls } from './provider-calls.js';
import { openRevisions } from './revisions.js';
import { openSameness } from './sameness.js';
import { assertSharedSecret, type Secrets } from './secrets.js';
import { openSessions } from './sessions.js';
import { openSignInAttempts } from './sign-in-attempts.js';
import { openSignInLinks } from './sign-in-links.js';
import { openSiteCounts } from './site-counts.js';
import { openStrayEvents } from './stray-events.js';
import { openSubmissions } from './submissions.js';
import { openSuppressions } from './suppressions.js';
import { openThrottleRows } from './throttles.js';
import { openTurns } from './turns.js';
import { openUsers } from './users.js';
import { openVisitTickets } from './visit-tickets.js';
import { openVisitors } from './visitors.js';
import { openReports } from './reports.js';
import { openWinners } from './winners.js';

export type Store = Awaited<ReturnType<typeof openStore>>;

/** Opens every collection with its indexes; opening twice changes nothing. */
export async function openStore(db: Db, secrets: Secrets) {
  await assertSharedSecret(db, secrets);
  const enrollments = await openEnrollments(db);
  const messages = await openMessages(db);
  const pauses = await openPauses(db);
  const aliases = await openAliases(db);
  const sameness = await openSameness(db);
  const parts = {
    db,
    aliases,
    erasures: await openErasures(db, secrets.pepper),
    sameness,
    leads: await openLeads(db, { aliases, sameness }),
    leadSearch: await openLeadSearch(db),
    enrollments,
    messages,
    calls: await openCalls(db),
    events: await openEvents(db),
    strays: await openStrayEvents(db),
    providerCalls: openProviderCalls(db),
    news: openNews(db),
    endpoints: openEndpoints(db),
    deliveryTallies: await openDeliveryTallies(db),
    endpointDeliveries: await openEndpointDeliveries(db),
    submissions: await openSubmissions(db),
    consentTexts: openConsentTexts(db),
    suppressions: await openSuppressions(db, secrets.pepper),
    revisions: await openRevisions(db),
    mailbox: await openMailbox(db),
    keptMails: await openKeptMails(db),
    mailboxProgress: openMailboxProgress(db),
    linkSets: await openLinkSets(db),
    hits: await openHits(db),
    imports: await openImports(db),
    bulkJobs: await openBulkJobs(db),
    requests: await openIdempotency(db),
    winners: await openWinners(db),
    visitors: await openVisitors(db),
    visitTickets: await openVisitTickets(db),
    siteCounts: openSiteCounts(db),
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
    futures: openFutures(db),
    attention: await openAttention(db),
    throttles: await openThrottleRows(db),
    formAttempts: await openFormAttempts(db, secrets.pepper),
    formTallies: await openFormTallies(db),
    turns: await openTurns(db),
    users: await openUsers(db),
    sessions: await openSessions(db),
    signInLinks: await openSignInLinks(db),
    signInAttempts: await openSignInAttempts(db, secrets.pepper),
    apiKeys: await openApiKeys(db),
    auditLog: await openAuditLog(db),
    // The last of them: what a lead counts for goes once nothing is left to be counted of it.
    reports: await openReports(db),
    ping: async (): Promise<void> => {
      await db.command({ ping: 1 });
    },
  };
  /** What each collection holds of people. */
  const personal = holdingsOf(parts);
  return { ...parts, personal };
}
