import { anyOf } from './any-of.js';
import { tonguesReport } from './failure-tongues.js';

/** Local parts of programs that carry mail. */
export const daemonAddress =
  /^(?:mailer-?daemon|mail-?daemon|postmaster|mdaemon|mmdf|mail-?delivery(?:[._-]\w+)*|mail\.delivery\.\w+|maildelivery|bounces?|post_master|smtp|imss|amavis|mailsystem|mail-?admin(?:istrator)?|returned-mail|undeliver\w*|nondelivery|uucp|autoanswer|mailadmin|sys-?admin|daemon|mta|smtpd|mailerdaemon|microsoftexchange[0-9a-f]{32})@/i;

/** What they call themselves beside their address. */
export const daemonName = anyOf('i')`
    mail(?:er)?[ -]?(?:delivery|daemon|administrator|system|router)
    mail delivery (?:system|subsystem|service|agent|failed)|delivery (?:system|subsystem|status)|postmaster
    system administrator|mail admin|microsoft exchange|microsoft outlook|internet mail|mail (?:service|server|gateway)
    smtp (?:gateway|server)|undeliver|bounce|mail system|webshield|メール(?:システム|配送|管理)|配信(?:システム|エラー)
  `;

/** What subjects of reports speak of, in the languages of servers. */
const englishFailureSubject = anyOf()`
    undeliver|non-?deliver|not (?:be )?deliver
    deliver(?:y|ed)?[ -](?:status|failure|failed|report|notification|problem|error|unsuccessful|incomplete)
    delivery (?:has )?failed|failed delivery|failure (?:notice|delivery)|^failure
    returned (?:mail|message|e-?mail|to sender)|return(?:ed)? to sender
    mail (?:failure|error|could not|returned|delivery|system error|status)
    message (?:status|could not|not delivered|delivery|undeliverable|rejected|blocked)|bounce
    could not be (?:delivered|sent)|unable to deliver|delivery error|user unknown|unknown user
    warning: (?:could not|message|e-?mail)|delayed
  `;
export const failureSubject = new RegExp(`${englishFailureSubject.source}|${tonguesReport.subject}`, 'i');

/** What texts of reports speak of. */
const englishFailureWords = anyOf()`
    (?:could|can|was|were|has|have)(?: ?not|n't)(?: \w+){0,3} (?:be )?(?:deliver|sent|send|reach|forward|process)
    un(?:able|successful)[^.]{0,40}(?:deliver|send|connect)|undeliver|not (?:been )?(?:delivered|deliverable)
    not reach(?:ed)?|(?:delivery|deliver)[^.\n]{0,60}(?:fail|abort|error|impossible|problem|unsuccess)
    fail(?:ed|ure)[^.\n]{0,40}(?:deliver|recipient|address|permanent)|permanent(?:ly)? (?:fatal )?(?:error|fail)
    fatal error|rejected|returned|bounced|error (?:occurred|while|delivering|sending|was detected)
    does(?: not|n't) exist|user unknown|unknown user|no such user|mailbox (?:is )?full|quota
    \b[45]\d\d[ -][45]\.\d\.\d+
  `;
export const failureWords = new RegExp(`${englishFailureWords.source}|${tonguesReport.words}`, 'i');

/** Sentences that a report for people opens with. */
export const openingFailure = anyOf('i')`
    (?:could|can|was|were)(?: ?not|n't) (?:be )?delivered to (?:the following|one or more|all)
    (?:unable|failed) to deliver (?:your|the|a) (?:message|mail|e-?mail)
    delivery (?:to|of) [^\n]{1,200} (?:failed|was aborted|has been)
    (?:your|the) (?:message|mail|e-?mail)[^\n]{0,200}(?:could not be|was not|cannot be|couldn't be|was un) ?(?:delivered|sent|deliverable)
    undeliverable
  `;

/** That it will still be tried, whatever else is said. */
const englishGoesOn = anyOf()`
    will (?:keep|continue|be) (?:trying|retr|to try|to attempt|attempt)|delivery attempts will continue
    still (?:being )?(?:retried|trying)|no action is required|do(?: not|n't) need to re-?send|need not re-?send
    warning message only|message will be retried|will be (?:retried|re-?tried|attempted again)
    we will (?:keep|try again|continue|retry)|will try (?:again|to deliver)|continue to (?:try|attempt|retry)
  `;
export const goesOn = new RegExp(`${englishGoesOn.source}|${tonguesReport.goesOn}`, 'i');

/** That it has not arrived yet; programs that give up say so too. */
const englishNotYet = anyOf()`
    not (?:yet )?been delivered (?:yet|after)|has not yet been delivered
    warning: (?:could not send|message|mail|e-?mail)|(?:has been|is|was) delayed
    delay(?:ed)? (?:delivery|mail|message|notification)|delivery (?:is )?delayed|\(delay\)|\(delayed\)
    temporarily (?:deferred|unable to deliver)|to retry (?:delivery )?for|delivery status notification \(delay
  `;
export const notYet = new RegExp(`${englishNotYet.source}|${tonguesReport.notYet}`, 'i');

/** That nobody tries any more. */
export const givenUp = anyOf('i')`
    giving up|gave up|given up|will not be retried|no longer be retried
    not (?:going to )?(?:be )?(?:try|tried|retr)\w* (?:again|any)|could not be (?:sent|delivered) for
    permanent(?:ly)? (?:fatal )?(?:error|fail)|failed permanently|has been (?:returned|removed from the queue)|expired
    no further (?:delivery )?attempts
  `;
