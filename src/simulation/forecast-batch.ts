import type { LeadEvent } from '../event/lead-event.js';
import type { Project } from '../sequence/project.js';
import { type KnownLead, withWinners, worldIn } from './ask-play.js';
import { luckOf, reactionsTo } from './crowd.js';
import type { Rates } from './rates-file.js';
import { simulate } from './simulate.js';

/** A lead whose mails are foretold: how it stands, and what it is taken to do besides reading them. */
export type ForetoldLead = {
  readonly known: KnownLead;
  /** When its future begins: now, or when it is expected to come. */
  readonly from: Date;
  readonly script: readonly LeadEvent[];
};

/** Some leads whose mails are foretold in one go. */
export type Batch = {
  readonly leads: readonly ForetoldLead[];
  readonly until: Date;
  readonly rates: Rates;
  /** Links of each template, for clicks to fall on. */
  readonly links: Readonly<Record<string, readonly string[]>>;
  readonly winners: ReadonlyMap<string, string>;
  /** How often chance is asked for each lead. */
  readonly draws: number;
  readonly seed: number;
};

/** A mail that a lead is expected to get. `at` in milliseconds. */
export type ForetoldMail = { readonly at: number; readonly sequence: string; readonly step: string };

/** Of each lead in turn, the mails of each draw. */
export type BatchTally = readonly (readonly (readonly ForetoldMail[])[])[];

/** Plays each lead's future as often as chance is asked. */
export function playBatch(batch: Batch, project: Project): BatchTally {
  const draws = Array.from({ length: batch.draws }, (_, draw) => draw);
  return batch.leads.map((lead) => draws.map((draw) => mailsOf(lead, draw, batch, project)));
}

function mailsOf({ known, from, script }: ForetoldLead, draw: number, batch: Batch, project: Project) {
  const { until, rates, links, winners, seed } = batch;
  const luck = luckOf(seed + draw, known.facts.lead.id);
  const moments = simulate(withWinners(worldIn(known, project, from), winners), project, {
    from,
    until,
    script,
    mails: known.mails,
    calls: known.calls,
    respond: (mail) => reactionsTo(mail, rates, links[mail.template] ?? [], luck),
  });
  return moments.flatMap(({ kind, at, sequence, step }): readonly ForetoldMail[] =>
    kind === 'mail' && sequence && step ? [{ at: at.getTime(), sequence, step }] : [],
  );
}
