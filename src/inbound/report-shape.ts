import { failureWords, openingFailure } from './failure-words.js';
import { type InboundMail, partOf } from './mail.js';

/** What servers say to each other, and only reports repeat: replies with both codes, commands, lines of a session. */
const session =
  /(?:^|[\s:;("'[<>-])[45]\d\d[ -]#?[45]\.\d{1,2}\.\d{1,3}\b|#[45]\.\d\.\d{1,3}\b|\bsmtp; ?[45]\d\d\b|^[ \t>]{0,9}(?:<<<|>>>) \S|\brcpt to: ?<|\bdiagnostic-code:|\bfinal-recipient:|\b(?:said|replied|responded|response|reply|error(?: code)?|status(?: code)?|reason|returned|antwort(?:ete)?|réponse|respuesta|risposta|resposta|antwoord|ответ|错误|錯誤|エラー)\W{1,20}[45][0-5]\d\b/im;

/** Whether a text repeats what a mail server said. */
export function repeatsSession(report: string): boolean {
  return session.test(report.slice(0, 6000));
}

/** Whether our own mail is attached. */
export function hasOriginal(mail: InboundMail): boolean {
  const types = /^(?:message\/(?:rfc822|global|rfc822-headers|global-headers)|text\/rfc822-headers?)$/;
  return partOf(mail, types) !== undefined;
}

/** Whether it speaks of a failure and is built as reports are: it opens so, or our own mail is attached. */
export function isBuiltAsReport(mail: InboundMail, report: string): boolean {
  return openingFailure.test(report.slice(0, 600)) || (hasOriginal(mail) && failureWords.test(report));
}
