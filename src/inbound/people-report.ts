import type { Found } from './found.js';
import { freeFormOf } from './free-form.js';
import type { InboundMail } from './mail.js';
import { because, mostJudged, outcome, worstFirst } from './outcome.js';
import { phaseIn } from './phase.js';
import { verdictOn } from './reason.js';
import { wordsAbout } from './report-text.js';
import { bestStatus, statusCodesIn } from './status-code.js';

/** What a report that only people can read says; undefined if the mail is none. */
export function peopleReport(mail: InboundMail): Found | undefined {
  const found = freeFormOf(mail);
  if (!found) return undefined;
  const { report, evidence } = found;
  const judged = found.recipients
    .slice(0, mostJudged)
    .map((one) => ({ one, ...judge(wordsAbout(report, one, found.recipients)) }));
  const [worst = judge(wordsAbout(report, undefined, []))] = worstFirst(judged);
  const { verdict, status } = worst;
  const recipients = [...worstFirst(judged).map(({ one }) => one), ...found.recipients.slice(mostJudged)];
  if (found.isDelay) {
    const why = [...evidence, 'it says that it goes on trying'];
    return { class: 'delayed', recipients, status, reason: verdict.reason, evidence: why, confidence: 0.9 };
  }
  const confidence = verdict.by === 'nothing' ? 0.7 : 0.9;
  return {
    ...outcome(verdict, report),
    recipients,
    status,
    evidence: [...evidence, because(verdict, status)],
    confidence,
  };
}

function judge(words: readonly string[]) {
  const status = bestStatus(words.flatMap(statusCodesIn));
  return { verdict: verdictOn({ words, status, phase: phaseIn(words.at(-1) ?? '') }), status };
}
