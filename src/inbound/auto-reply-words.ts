import { anyOf } from './any-of.js';

/** What a subject opens with, by language: `sure` is no subject of a person, `likely` counts with a second sign only. */
type Openings = { readonly sure: readonly string[]; readonly likely: readonly string[] };

/** What programs put before the subject of an answer that nobody wrote. Matched at the start, as whole words. */
export const autoReplySubjects: Readonly<Record<string, Openings>> = {
  en: {
    sure: [
      'automatic reply',
      'automatic response',
      'auto reply',
      'auto-reply',
      'autoreply',
      'auto response',
      'auto-response',
      'autoresponse',
      'automated reply',
      'automated response',
      'auto:',
      'autoresponder',
      'auto-responder',
      'out of office',
      'out-of-office',
      'out of the office',
      'ooo',
      'oof',
      'ooto',
      'away from my mail',
      'away from my desk',
      'away from the office',
      'away from office',
      'vacation reply',
      'vacation notice',
      'acknowledgement of receipt',
      'acknowledgment of receipt',
    ],
    likely: [
      'out of the country',
      'away:',
      'i am away',
      "i'm away",
      'i am out',
      "i'm out",
      'i am on leave',
      'i am on vacation',
      'on vacation',
      'vacation:',
      'on holiday',
      'on leave',
      'annual leave',
      'maternity leave',
      'parental leave',
      'not in the office',
      'currently out',
      'thank you for your message',
      'thank you for your e-mail',
      'thank you for your email',
      'thank you for contacting',
      'thanks for contacting',
      'thank you for your inquiry',
      'we have received your',
      'we received your',
      'your message has been received',
      'your email has been received',
      'no longer with',
    ],
  },
  de: {
    sure: [
      'automatische antwort',
      'automatische rückantwort',
      'automatisch generierte',
      'automatische e-mail',
      'automatische eingangsbestätigung',
      'eingangsbestätigung',
      'abwesenheitsnotiz',
      'abwesenheitsnachricht',
      'abwesenheitsmeldung',
      'abwesenheitsassistent',
      'autoantwort',
      'empfangsbestätigung',
    ],
    likely: [
      'abwesenheit',
      'abwesend',
      'außer haus',
      'ausser haus',
      'nicht im büro',
      'nicht im hause',
      'im urlaub',
      'urlaub:',
      'ich bin im urlaub',
      'ich bin nicht',
      'ich bin derzeit',
    ],
  },
  fr: {
    sure: [
      'réponse automatique',
      'reponse automatique',
      'réponse auto',
      'message automatique',
      "message d'absence",
      'absent du bureau',
      'absente du bureau',
      'accusé de réception',
    ],
    likely: [
      'absence',
      'absent',
      'en congé',
      'en congés',
      'en vacances',
      'hors du bureau',
      'je suis absent',
      'je suis en congé',
    ],
  },
  es: {
    sure: [
      'respuesta automática',
      'respuesta automatica',
      'fuera de la oficina',
      'fuera de oficina',
      'mensaje automático',
      'contestación automática',
      'resposta automàtica',
    ],
    likely: ['respuesta de ausencia', 'ausente', 'ausencia', 'estoy fuera', 'de vacaciones', 'estoy de vacaciones'],
  },
  it: {
    sure: ['risposta automatica', 'fuori sede', 'fuori ufficio', 'messaggio automatico', 'risponditore automatico'],
    likely: ['assente', 'assenza', 'in ferie', 'sono in ferie'],
  },
  pt: {
    sure: [
      'resposta automática',
      'resposta automatica',
      'fora do escritório',
      'fora do escritorio',
      'mensagem automática',
    ],
    likely: ['ausência', 'ausente do escritório', 'ausência temporária', 'de férias', 'estou de férias', 'em férias'],
  },
  nl: {
    sure: [
      'automatisch antwoord',
      'automatische beantwoording',
      'automatisch bericht',
      'afwezigheidsbericht',
      'afwezigheidsassistent',
      'niet op kantoor',
      'ontvangstbevestiging',
    ],
    likely: ['afwezig', 'afwezigheid', 'niet aanwezig', 'met vakantie', 'op vakantie', 'buiten kantoor'],
  },
  sv: {
    sure: ['autosvar', 'automatiskt svar', 'automatsvar', 'frånvaromeddelande', 'ej på kontoret'],
    likely: ['frånvaro', 'frånvarande', 'semester'],
  },
  da: {
    sure: ['automatisk svar', 'autosvar', 'ude af kontoret', 'fraværsmeddelelse'],
    likely: ['ikke til stede', 'fraværende', 'fravær', 'ferie'],
  },
  no: {
    sure: ['automatisk svar', 'autosvar', 'ikke på kontoret', 'ute av kontoret'],
    likely: ['fravær', 'fraværsmelding', 'fraværende'],
  },
  fi: {
    sure: ['automaattinen vastaus', 'automaattivastaus', 'poissaoloilmoitus'],
    likely: ['poissa', 'poissaolo', 'lomalla', 'olen lomalla'],
  },
  pl: {
    sure: [
      'automatyczna odpowiedź',
      'odpowiedź automatyczna',
      'odpowiedz automatyczna',
      'autoodpowiedź',
      'automatyczne potwierdzenie',
      'poza biurem',
    ],
    likely: ['nieobecność', 'nieobecność w biurze', 'nieobecny', 'jestem na urlopie', 'urlop'],
  },
  cs: {
    sure: ['automatická odpověď', 'automaticka odpoved', 'mimo kancelář'],
    likely: ['nepřítomnost', 'nepřítomen', 'dovolená'],
  },
  sk: { sure: ['automatická odpoveď', 'mimo kancelárie'], likely: ['neprítomnosť', 'dovolenka'] },
  hu: { sure: ['automatikus válasz', 'automatikus üzenet'], likely: ['házon kívül', 'távol vagyok', 'szabadságon'] },
  ro: { sure: ['răspuns automat', 'raspuns automat'], likely: ['în concediu', 'absent din birou'] },
  bg: { sure: ['автоматичен отговор', 'извън офиса'], likely: [] },
  hr: { sure: ['automatski odgovor', 'izvan ureda'], likely: ['godišnji odmor'] },
  sr: { sure: ['аутоматски одговор', 'automatski odgovor', 'van kancelarije'], likely: [] },
  sl: { sure: ['samodejni odgovor', 'samodejni odziv'], likely: ['odsotnost', 'odsoten'] },
  lv: {
    sure: ['automātiskā atbilde', 'automātiska atbilde', 'automatiska atbilde'],
    likely: ['prombūtnē', 'atvaļinājum'],
  },
  lt: { sure: ['automatinis atsakymas'], likely: ['nesu biure', 'atostogos'] },
  et: { sure: ['automaatvastus', 'automaatne vastus', 'kontorist väljas'], likely: ['puhkusel'] },
  ru: {
    sure: ['автоматический ответ', 'автоответ', 'автоответчик', 'автоматическое уведомление', 'вне офиса'],
    likely: ['нет на месте', 'в отпуске', 'отпуск', 'отсутствую'],
  },
  uk: { sure: ['автоматична відповідь', 'автовідповідь'], likely: ['у відпустці', 'відсутній'] },
  el: { sure: ['αυτόματη απάντηση', 'αυτοματη απαντηση', 'εκτός γραφείου'], likely: ['απουσία'] },
  tr: {
    sure: ['otomatik yanıt', 'otomatik cevap', 'otomatik yanit', 'ofis dışında', 'ofis dışındayım'],
    likely: ['izindeyim', 'iş yeri dışında'],
  },
  he: { sure: ['תשובה אוטומטית', 'מענה אוטומטי', 'מחוץ למשרד'], likely: [] },
  ar: { sure: ['رد تلقائي', 'الرد التلقائي', 'خارج المكتب'], likely: [] },
  fa: { sure: ['پاسخ خودکار'], likely: [] },
  ja: {
    sure: ['自動応答', '自動返信', '自動返答', '不在通知', '不在のお知らせ'],
    likely: ['不在', '休暇', '受付完了', '受信確認'],
  },
  zh: {
    sure: ['自动答复', '自动回复', '自動回覆', '自動回復', '自动应答', '自動答覆', '不在办公室', '不在辦公室'],
    likely: ['外出', '休假'],
  },
  ko: { sure: ['자동 회신', '자동회신', '자동 응답', '자동응답', '부재중', '부재 중'], likely: ['휴가'] },
  th: { sure: ['ตอบกลับอัตโนมัติ', 'การตอบกลับอัตโนมัติ'], likely: [] },
  vi: { sure: ['trả lời tự động', 'thư trả lời tự động', 'tự động trả lời'], likely: [] },
  id: { sure: ['balasan otomatis', 'jawaban otomatis'], likely: ['sedang cuti', 'di luar kantor'] },
  ms: { sure: ['balasan automatik'], likely: [] },
  ca: { sure: ['resposta automàtica'], likely: ["fora de l'oficina"] },
};

/** Sentences that a mail opens with when no person wrote it now, by language; they count with a second sign only. */
export const autoReplyPhrases: Readonly<Record<string, readonly RegExp[]>> = {
  en: [
    /\bthis is an auto(?:matic|mated|matically)?[- ]?(?:generated |created )?(?:reply|response|message|e-?mail|acknowledge?ment|notification|confirmation)?/i,
    /\b(?:auto(?:matic|mated|matically)?[- ]?(?:generated |created )?(?:reply|response|responder|acknowledge?ment)|auto-?(?:reply|responder|response))\b/i,
    /\b(?:i am|i'm|i will be|i'll be|i shall be|we are|am|is|will be|are)(?: currently| now| presently| away and| both| still)? (?:out of|away from|not in|absent from) (?:the |my |our )?(?:office|town|country|desk)/i,
    /\b(?:i am|i'm|i will be|i'll be)(?: currently| now)? (?:on|away on|off on) (?:\w+ )?(?:leave|vacation|holidays?|sabbatical|a (?:business )?trip)/i,
    /\bout of (?:the )?office\b/i,
    /\b(?:i am|i'm|i will be|i'll be) (?:away|unavailable|travell?ing|on annual|on maternity|on parental|on paternity)\b/i,
    /\bon (?:annual|maternity|parental|paternity|sick) leave\b/i,
    /\bwill (?:reply|respond|answer|get back)[^.]{0,60}(?:when i (?:return|get back|am back)|upon my return|on my return|as soon as)/i,
    /\bthank you for (?:your (?:e-?mail|message|enquiry|inquiry|interest)|contacting|writing|getting in touch)\b[^\n]{0,120}(?:\n[^\n]{0,160}){0,4}(?:will (?:respond|reply|get back|be in touch|contact|answer|try to)|has been (?:received|forwarded)|out of|away|on leave|business (?:days|hours)|working days|within \d+)/i,
    /\bwe (?:have|'ve) received your (?:e-?mail|message|request|enquiry|inquiry)\b/i,
    /\byour (?:e-?mail|message|request|ticket|enquiry|inquiry) has been (?:successfully )?(?:received|registered|logged|assigned)/i,
    /\b(?:please )?do not (?:reply|respond) to this (?:automat|e-?mail|message|auto)/i,
    /\bno longer (?:works?|employed|with|at|works? (?:at|for))\b/i,
    /\bhas left (?:the )?(?:company|organi[sz]ation|firm)\b/i,
  ],
  de: [
    /automatisch (?:generierte|erstellte|erzeugte|versendete)/i,
    /automatische (?:antwort|nachricht|e-?mail|rückantwort|eingangsbestätigung)/i,
    /\b(?:bin|sind)\b[^.]{0,60}(?:nicht im (?:büro|hause|haus)|außer haus|ausser haus|im urlaub|abwesend|nicht erreichbar|nicht im dienst)/i,
    /\b(?:im urlaub|in elternzeit|im mutterschutz|nicht im büro|außer haus)\b/i,
    /vielen dank für (?:ihre|deine|eure) (?:nachricht|e-?mail|anfrage|mail)[^\n]{0,160}(?:\n[^\n]{0,160}){0,4}(?:werden|wird|schnellstmöglich|bearbeit|eingegangen)/i,
    /ihre (?:e-?mail|nachricht|anfrage) (?:ist|wurde)[^.]{0,40}(?:eingegangen|empfangen|weitergeleitet)/i,
    /wird nicht (?:weitergeleitet|gelesen)/i,
  ],
  fr: [
    /(?:réponse|message|courriel|e-?mail|mail) automatique/i,
    /je (?:suis|serai)(?: actuellement)? (?:absente?|en (?:congé|vacances|déplacement)|hors du bureau|indisponible)/i,
    /absente? (?:du bureau|jusqu)/i,
    /nous (?:avons bien reçu|accusons réception)/i,
    /votre (?:message|demande|courriel|mail|e-mail)[^.]{0,40}(?:a bien été|bien (?:reçu|pris)|sera trait)/i,
  ],
  es: [
    /(?:respuesta|mensaje|correo) autom[áa]tic[oa]/i,
    /(?:estoy|estaré|me encuentro|me encontraré)[^.]{0,30}(?:fuera|de vacaciones|ausente|de baja|de viaje)/i,
    /fuera de (?:la )?oficina/i,
    /hemos recibido (?:su|tu) (?:mensaje|correo|consulta|solicitud)/i,
  ],
  it: [
    /(?:risposta|messaggio|e-?mail) automatic[oa]/i,
    /(?:sono|sarò)[^.]{0,30}(?:fuori (?:sede|ufficio)|in ferie|assente|in vacanza)/i,
    /abbiamo ricevuto (?:la (?:sua|tua|vostra)|il (?:suo|tuo|vostro))/i,
  ],
  pt: [
    /(?:resposta|mensagem|e-?mail) autom[áa]tic[oa]/i,
    /(?:estou|estarei|encontro-me)[^.]{0,30}(?:fora|de férias|em férias|ausente|de licença)/i,
    /fora do escritório/i,
    /recebemos (?:a sua|o seu|sua|seu) (?:mensagem|e-?mail|contato|solicitação)/i,
  ],
  nl: [
    /(?:automatisch (?:antwoord|bericht|gegenereerd)|automatische (?:beantwoording|reactie))/i,
    /(?:ben|zijn)[^.]{0,40}(?:afwezig|niet (?:op kantoor|aanwezig|bereikbaar)|op vakantie|met (?:vakantie|verlof|zwangerschapsverlof))/i,
    /wij hebben (?:uw|je|jouw) (?:bericht|e-?mail|mail) (?:goed )?ontvangen/i,
  ],
  sv: [
    /(?:automatiskt? (?:svar|meddelande)|autosvar)/i,
    /(?:jag (?:är|har)|är)[^.]{0,30}(?:inte på kontoret|på semester|semester|tjänstledig|föräldraledig|bortrest|ledig)/i,
  ],
  da: [
    /automatisk (?:svar|besked|genereret)/i,
    /(?:jeg (?:er|har|holder))[^.]{0,30}(?:ferie|ikke på kontoret|ude af kontoret|barsel|fraværende)/i,
  ],
  no: [
    /automatisk (?:svar|melding|generert)/i,
    /jeg (?:er|har)[^.]{0,30}(?:ferie|ikke på kontoret|ute av kontoret|permisjon|fraværende)/i,
  ],
  fi: [/automaatti(?:nen)? ?(?:vastaus|viesti)/i, /olen[^.]{0,30}(?:lomalla|poissa|vapaalla)/i],
  pl: [
    /automatyczn[aey] (?:odpowiedź|wiadomość|odpowiedz)|wiadomość (?:została )?wygenerowana automatycznie/i,
    /(?:jestem|będę)[^.]{0,40}(?:urlopie|nieobecn|poza biurem)/i,
    /dziękujemy za (?:wiadomość|kontakt|przesłan)/i,
  ],
  cs: [/automatick[áyé] (?:odpověď|zpráva)/i, /(?:jsem|budu)[^.]{0,40}(?:dovolené|mimo kancelář|nepřítom)/i],
  sk: [/automatick[áé] (?:odpoveď|správa)/i],
  hu: [/automatikus (?:válasz|üzenet)/i, /(?:szabadságon|házon kívül|nem vagyok elérhető)/i],
  ro: [/(?:răspuns|mesaj) automat/i, /sunt în concediu/i],
  lv: [/automātisk[aā] atbilde|esmu (?:atvaļinājumā|prombūtnē)|jūsu (?:vēstule|e-pasts) (?:ir )?saņemt/i],
  lt: [/automatinis atsakymas|atostogauju/i],
  et: [/automaat(?:vastus|ne vastus)|olen puhkusel/i],
  ru: [
    /автоматическ(?:ий ответ|ое (?:сообщение|уведомление)|и созда)/i,
    /(?:я (?:в отпуске|нахожусь|отсутству)|нахожусь в (?:отпуске|командировке)|буду отсутствовать)/i,
    /ваше (?:письмо|сообщение|обращение)[^.]{0,30}(?:получено|принято|зарегистрировано)/i,
  ],
  uk: [/автоматичн(?:а відповідь|е повідомлення)|(?:я у|перебуваю у) відпустці/i],
  tr: [/otomatik (?:yanıt|cevap|mesaj)|(?:izindeyim|ofis dışındayım|tatildeyim)/i],
  el: [/αυτόματη απάντηση|είμαι εκτός γραφείου|απουσιάζω/i],
  ja: [
    /自動(?:返信|応答|送信|配信)|不在(?:に|と|の|し)|休暇(?:を|中)|(?:お問い合わせ|お問合せ|メール)[^。]{0,20}(?:受け付け|受付|ありがとうございま)/,
  ],
  zh: [/自动(?:回复|答复|发送|回覆)|自動(?:回覆|回復|答覆)|(?:不在办公室|正在休假|休假中|已收到您的)/],
  ko: [/자동 ?(?:회신|응답|답장|발송)|부재 ?중|휴가 ?중/],
};

/** What filters write that let no stranger's mail through: that they hold it, and what its sender must do. */
export const challengePhrases = {
  held: anyOf('i')`
    (?:your|the|this) (?:message|mail|e-?mail)[^.]{0,60}(?:(?:is|was|has been|being|it) (?:being )?(?:held|quarantined|put on hold|placed on hold)|will not be delivered|has not (?:yet )?been delivered)
    (?:anti-?|control|reduce|stop|prevent|fight|eliminate|avoid|block|against) ?(?:unwanted )?(?:e-?mail )?(?:spam|junk)
    spam ?(?:blocker|arrest)|unknown sender|unsolicited (?:bulk )?e-?mail|approved senders|approved beforehand
    allowed senders|guest list|mensagem (?:foi|está) retida|mensaje (?:ha sido|está) retenido
    e-?mail wurde zurückgehalten|message est en attente
  `,
  asks: anyOf('i')`
    (?:click|visit|follow|go to|open)[^.]{0,80}(?:link|below|here|url|http)
    (?:simply|just|please|need to|must|by) (?:reply|respond|replying|responding)(?:ing)? to this (?:message|mail|e-?mail)
    (?:confirm|verify|authenticate) (?:that )?(?:you (?:are|sent)|your (?:e-?mail|message|address|identity)|this (?:message|e-?mail))
    request form|clique (?:no|aqui|em)|haga clic|klicken sie|cliquez
  `,
} as const;
