import { headerOf, type InboundMail } from './mail.js';
import { newText } from './new-text.js';
import { isAnswer, withoutTags } from './subject.js';
import { unsubscribeWords } from './unsubscribe-words.js';

const wishes: ReadonlySet<string> = new Set(Object.values(unsubscribeWords).flat().map(bare));

/** What tells that a mail asks for nothing but to be left alone; undefined if it does not. */
export function unsubscribeEvidence(mail: InboundMail): string | undefined {
  if (headerOf(mail, 'x-apple-unsubscribe') !== '') return 'Apple Mail wrote it for a reader who pressed "unsubscribe"';
  const address = mail.to.find((to) =>
    /^(?:[\w.-]{1,60}[-+._])?(?:un-?sub(?:scribe)?|list-?unsubscribe|leave|signoff|optout|opt-out)(?:[-+._=][^@]{1,200})?@/i.test(
      to,
    ),
  );
  if (address !== undefined) return 'it went to an address for unsubscribing';
  // Behind "Re:" it is our own subject.
  if (!isAnswer(mail.subject) && isWish(withoutTags(mail.subject)))
    return 'its whole subject is the wish to unsubscribe';
  const written = newText(mail.text.slice(0, 5000));
  const [line = ''] = written.split('\n', 1);
  // Behind the wish a name or a thank you may follow, but no letter.
  return isWish(line) && written.length - line.length <= 200
    ? 'its first line is the wish to unsubscribe and nothing else'
    : undefined;
}

function isWish(text: string): boolean {
  return text.length <= 120 && wishes.has(bare(text));
}

/** Without answer marks, punctuation, courtesy and case. */
function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/^(?:hi|hello|hey|hallo|bonjour|hola|ciao|dear \w{1,30}|please|pls|bitte|kindly)[\s,!]{1,9}/u, '')
    .replaceAll(/[^\p{L}\p{N}' -]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(
      / (?:please|pls|thanks|thank you|bitte|danke|merci|gracias|grazie|obrigado|obrigada|por favor|per favore|s'il vous plaît|s'il vous plait|svp|aub|alstublieft|alsjeblieft|tack|tak|takk|kiitos|proszę|prosím|спасибо|пожалуйста|lütfen|now|immediately|asap)$/u,
      '',
    );
}
