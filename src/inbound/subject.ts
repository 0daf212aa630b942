/** Marks of an answer before a subject, in the languages of mail programs. */
const answerMark =
  /^\s{0,9}(?:re|aw|antw|sv|vs|rif|r|res|ref|odp|vá|ynt|atb|отв|ответ|на|回复|答复|回覆|返信|답장|רד|רe)\s{0,2}(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s{0,2}[:：]\s{0,9}/iu;
const forwardMark = /^\s{0,9}(?:fwd?|wg|tr|rv|enc|doorst|vs|vb|i|pd|转发|轉寄|転送)\s{0,2}[:：]\s{0,9}/iu;

export function isAnswer(subject: string): boolean {
  return answerMark.test(withoutTags(subject));
}

export function isForward(subject: string): boolean {
  return forwardMark.test(withoutTags(subject));
}

/** Without the "[list]" and "[EXTERNAL]" that lists and gateways put before it. */
export function withoutTags(subject: string): string {
  return subject
    .slice(0, 1000)
    .replace(/^(?:\s{0,9}\[[^\]]{0,60}\]){1,5}/, '')
    .replace(
      /^\s{0,9}(?:\*{1,5}|\*{0,3}\s?(?:external|extern|spam|\*+spam\*+|suspected spam)\s?\*{0,3}\s?[:-]?)\s{1,9}/i,
      '',
    )
    .trim();
}
