/**
 * Lines behind which a mail quotes another one: "On … wrote:" of mail programs in their languages, the block of header lines of
 * Outlook, and its rule of dashes.
 */
const quoteHeaders: readonly RegExp[] = [
  /^(?:on|am|le|el|il|em|op|den|dne|в)\s.{1,300}\s(?:wrote|schrieb|écrit|ecrit|escribió|scritto|escreveu|schreef|skrev|napsal|написал|написала)(?:\s.{1,160})?\s?[:：]\s*$/iu,
  // The verb before or behind the name, and a day or an address: "I wrote a list:" is a person's own.
  /^(?=.{0,300}[\d@]).{0,300}[\s,，](?:wrote|writes|schrieb|schrieben|écrit|ecrit|escribió|escribio|scritto|escreveu|schreef|geschreven|skrev|kirjoitti|napisał|napisała|napisał\(a\)|napsal|napsala|napsal\(a\)|napísal|írta|a scris|написал|написала|написал\(а\)|пишет|пише|yazdı|έγραψε|je napisao|raksta|rašė|kirjutas|写道|寫道)(?:\s.{1,160})?\s?[:：]\s*$/iu,
  /^(?=.{0,300}\d).{0,300}(?:写道|寫道|님이 작성|のメッセージ|のメール|さんは書きました)\s?[:：]\s*$/u,
  /^[-_=*\s]{2,40}(?:original message|forwarded message|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|message d'origine|message original|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|mensagem original|mensagem encaminhada|oorspronkelijk bericht|origineel bericht|doorgestuurd bericht|originalmeddelande|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|pôvodná správa|eredeti üzenet|исходное сообщение|пересылаемое сообщение|orijinal ileti|원본 메시지|original appointment|reply message|原始邮件|原始郵件|元のメッセージ|begin forwarded message)[-_=*\s:]{0,60}$/iu,
  /^(?:begin forwarded message|anfang der weitergeleiteten|start of forwarded)/iu,
  /^_{20,}\s*$/,
];

/** A block of header lines as Outlook puts before a quotation, in its languages. */
const from =
  /^[>*\s]{0,6}(?:from|von|de|da|van|från|fra|lähettäjä|od|feladó|от|отправитель|kimden|gönderen|寄件者|发件人|寄件人|差出人|보낸 사람|من|από|gesendet|expéditeur|remitente|mittente|afzender)\s{0,3}[:：]\*?\s/iu;
const withIt =
  /^[>*\s]{0,6}(?:sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?: el)?|fecha|para|asunto|inviato|data|a|oggetto|enviada(?: em)?|assunto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|lähetetty|päivämäärä|vastaanottaja|aihe|wysłano|do|temat|odesláno|komu|předmět|dátum|címzett|tárgy|дата|кому|тема|отправлено|tarih|kime|konu|日期|收件人|主题|主題|件名|宛先|送信日時|날짜|받는 사람|제목)\s{0,3}[:：]/iu;

/** What a person wrote anew: without quotations and signature. The whole text if nothing were left of it. */
export function newText(text: string): string {
  const lines = joinedHeaders(text.slice(0, 100_000)).split('\n');
  const end = lines.findIndex((_, at) => isQuotation(lines, at) || isSignature(lines[at] ?? ''));
  const own = (end < 0 ? lines : lines.slice(0, end)).filter((line) => !/^\s{0,3}(?:>|\|\s)/.test(line));
  const written = own
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  // Who writes below the quotation.
  return written || belowQuotation(lines);
}

/** The text with the two or three lines of a "On …\n… wrote:" made one. */
function joinedHeaders(text: string): string {
  return text.replaceAll(
    /^((?:on|am|le|el|il|em|op|den|dne|em|w dniu|a|в)\b[^\n]{4,200})\n([^\n]{0,160}[:：])[ \t]*$/gimu,
    '$1 $2',
  );
}

function isQuotation(lines: readonly string[], at: number): boolean {
  const line = (lines[at] ?? '').trimEnd();
  if (line.length <= 600 && quoteHeaders.some((header) => header.test(line))) return true;
  return from.test(line.slice(0, 100)) && lines.slice(at + 1, at + 5).some((next) => withIt.test(next.slice(0, 100)));
}

/** RFC 3676 §4.3; "Sent from my iPhone" is nobody's word either. */
function isSignature(line: string): boolean {
  return (
    /^--\s?$/.test(line) ||
    /^(?:sent from my|sent from (?:outlook|mail|yahoo)|get outlook for|von meinem \S+ gesendet|gesendet von|envoyé de(?:puis)? mon|enviado desde mi|inviato da(?:l mio)?|enviado do meu|verstuurd vanaf|verzonden vanaf|skickat från min|sendt fra min|lähetetty|отправлено с|wysłane z)\b.{0,60}$/iu.test(
      line.trim(),
    )
  );
}

function belowQuotation(lines: readonly string[]): string {
  const own = lines.filter(
    (line) => !/^\s{0,3}>/.test(line) && !quoteHeaders.some((header) => header.test(line.slice(0, 600).trimEnd())),
  );
  const end = own.findIndex(isSignature);
  return own
    .slice(0, end < 0 ? undefined : end)
    .join('\n')
    .trim();
}
