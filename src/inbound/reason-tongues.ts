/**
 * How servers say it in one language other than English, as pieces of patterns in lower case. Their sentences are built
 * alike, so that a few words each tell a sentence that nobody has seen: who, and what is wrong with him.
 */
type Tongue = {
  readonly language: string;
  readonly reader: string;
  /** What is said of readers and domains that are not there. */
  readonly missing: string;
  readonly domain: string;
  readonly sender: string;
  readonly box: string;
  readonly full: string;
  /** Whole sentences: the mail is too large, somebody may not write there. */
  readonly tooLarge: string;
  readonly mayNot: string;
};

const tongues: readonly Tongue[] = [
  {
    language: 'German',
    reader: 'empfänger|adress|benutzer|teilnehmer|postfach|konto|anwender|nutzer',
    missing:
      'unbekannt|existier\\S{1,3} (?:hier )?nicht|nicht (?:\\S{1,20} )?(?:gefunden|bekannt|vorhanden|gültig)|ungültig|gibt es nicht|kein(?:en?)? (?:solche[rns]?|gültige[rns]?)|nicht existierend|kein(?= postfach)',
    domain: 'domäne|domain',
    sender: 'absender',
    box: 'postfach|mailbox|speicherplatz|quota',
    full: '\\bvoll\\b|überfüllt|erschöpft|überschritten|aufgebraucht',
    tooLarge: 'nachricht (?:ist )?zu gro(?:ß|ss)',
    mayNot: 'nicht (?:berechtigt|befugt)|keine berechtigung|vom empfänger (?:abgelehnt|blockiert)',
  },
  {
    language: 'French',
    reader: 'utilisateur|destinataire|adresse|compte\\b|bo[iî]te|abonné',
    missing: "inconnu|introuvable|n'existe (?:pas|plus)|invalide|inexist|aucune? ",
    domain: 'domaine?',
    sender: 'expéditeur|emetteur|émetteur',
    box: 'bo[iî]te|quota',
    full: 'plein|saturé|d[ée]pass',
    tooLarge: 'taille limite|message (?:est )?trop (?:volumineux|gros|lourd)',
    mayNot: "n'êtes pas autorisé|pas l'autorisation",
  },
  {
    language: 'Spanish',
    reader: 'usuario|destinatario|cuenta|dirección|buzón|\\bpersona\\b|casilla',
    missing:
      'desconocid|no existe|no (?:se )?(?:ha )?encontr|inv[áa]lid|inexist|incorrect|no (?:es|está) válid|no existe (?:dicha|ese|el|la|esa|este|esta)',
    domain: 'dominio',
    sender: 'remitente',
    box: 'buz[oó]n|cuota|cota|espacio|casilla',
    full: 'llen[oa]|excedid|superad|agotad',
    tooLarge: 'mensaje (?:es )?demasiado grande',
    mayNot: 'no (?:tiene|dispone de) permiso|no (?:está )?autorizado',
  },
  {
    language: 'Italian',
    reader: 'utente|destinatario|indirizzo|casella',
    missing: 'sconosciut|inesistent|non esiste|non (?:è )?(?:stat[oa] )?(?:valid|trovat)|nessun',
    domain: 'dominio',
    sender: 'mittente',
    box: 'casella|quota|spazio',
    full: 'pien[ao]|satura\\b|superat|esaurit',
    tooLarge: 'messaggio (?:è )?troppo grande',
    mayNot: "non (?:si dispone|dispone|ha) (?:dell')?autorizzazion|non (?:è )?autorizzat",
  },
  {
    language: 'Portuguese',
    reader: 'usuário|utilizador|destinatário|\\bconta\\b|endereço',
    missing: 'desconhecid|não existe|inv[áa]lid|inexist|não (?:foi )?(?:possível )?encontra',
    domain: 'domínio',
    sender: 'remetente',
    box: 'caixa|cota|quota|espaço',
    full: 'chei[ao]|lotad|excedid|esgotad',
    tooLarge: 'mensagem (?:é )?(?:muito|demasiado) grande',
    mayNot: 'não (?:tem|possui) permissão|não (?:está )?autorizado',
  },
  {
    language: 'Dutch',
    reader: 'gebruiker|ontvanger|geadresseerde|adres',
    missing: 'onbekend|bestaat niet|niet (?:gevonden|bekend)|ongeldig',
    domain: 'domein',
    sender: 'afzender',
    box: 'postvak|postbus|mailbox|quotum',
    full: '\\bvol\\b|overschreden',
    tooLarge: 'bericht (?:is )?te groot',
    mayNot: 'geen (?:machtiging|toestemming)|niet (?:gemachtigd|toegestaan)',
  },
  {
    language: 'Swedish, Danish, Norwegian',
    reader: 'användare|mottagar|modtager|mottaker|bruker|bruger|adress',
    missing:
      'okänd|ukendt|ukjent|finns inte|findes ikke|finnes ikke|hittades inte|blev ikke fundet|ble ikke funnet|ogiltig|ugyldig|eksisterer ikke',
    domain: 'domän|domæne|domene',
    sender: 'avsändar|afsender|avsender',
    box: 'postlåda|postkasse|brevlåda|innboks|indbakke',
    full: '\\bfull\\b|fuld|fylld',
    tooLarge: '(?:meddelandet|meddelelsen|meldingen) (?:är|er) (?:för|for) stor',
    mayNot: 'inte behörighet|ikke tilladelse|ikke tillatelse',
  },
  {
    language: 'Finnish',
    reader: 'vastaanottaja|käyttäjä|osoite',
    missing: 'tuntematon|ei ole\\b|ei löy|virheelli',
    domain: 'verkkotunnu|toimialue',
    sender: 'lähettäj',
    box: 'postilaatikko',
    full: 'täynnä',
    tooLarge: 'viesti on liian suuri',
    mayNot: 'ei ole oikeutta|ei ole käyttöoikeutta',
  },
  {
    language: 'Polish',
    reader: 'użytkowni|odbiorc|adres|skrzynk|konto',
    missing: 'nie istnieje|nieznan|nie (?:został\\S? )?znalez|nie ma (?:takiego|takiej)|nieprawidłow',
    domain: 'domen',
    sender: 'nadawc',
    box: 'skrzynk|limit',
    full: 'pełna|przepełnion|przekroczon',
    tooLarge: 'wiadomość (?:jest )?(?:za|zbyt) duża',
    mayNot: 'nie masz uprawnień|brak uprawnień',
  },
  {
    language: 'Czech and Slovak',
    reader: 'uživatel|používateľ|příjemce|príjemca|adres|schránk',
    missing: 'neexist|nezn[áa]m|nenalezen|nebyl\\S? nalezen|neplatn',
    domain: 'domén',
    sender: 'odesílatel|odosielateľ',
    box: 'schránk',
    full: 'plná|přeplněn|preplnen|překročen',
    tooLarge: 'zpráva je příliš velká|správa je príliš veľká',
    mayNot: 'nemáte oprávnění|nemáte oprávnenie',
  },
  {
    language: 'Hungarian',
    reader: 'felhasználó|címzett|postafiók|cím\\b',
    missing: 'nincs ilyen|ismeretlen|nem létez|nem található|érvénytelen',
    domain: 'tartomány',
    sender: 'feladó',
    box: 'postafiók',
    full: 'megtelt|tele\\b',
    tooLarge: 'üzenet túl nagy',
    mayNot: 'nincs jogosultsága',
  },
  {
    language: 'Romanian',
    reader: 'utilizator|destinatar|adres|căsuț',
    missing: 'necunoscut|inexistent|nu există|nu a fost găsit',
    domain: 'domeni',
    sender: 'expeditor',
    box: 'căsuț|cutia',
    full: 'plin|depășit',
    tooLarge: 'mesajul este prea mare',
    mayNot: 'nu aveți permisiun',
  },
  {
    language: 'Russian, Ukrainian, Bulgarian',
    reader: 'пользовател|получател|адрес|ящик|користувач|одержувач|отримувач|потребител',
    missing:
      'не ?существу|не (?:был )?найден|неизвест|не зарегистр|отсутствует|нет такого|не удалось найти|не знайден|невідом|не існує|не е намерен',
    domain: 'домен',
    sender: 'отправител|відправник|подател',
    box: 'ящик|квот|лимит|место',
    full: 'переполнен|превышен|исчерпан|полон|переповнен',
    tooLarge: '(?:сообщение|письмо) слишком большое',
    mayNot: 'нет (?:прав|разрешени)|не имеете (?:прав|разрешени)',
  },
  {
    language: 'Turkish',
    reader: 'kullanıcı|alıcı|adres|hesap',
    missing: 'bulunamadı|bilinmeyen|\\byok\\b|mevcut değil|geçersiz',
    domain: 'etki alanı|alan adı',
    sender: 'gönderen',
    box: 'posta kutusu|kota',
    full: 'dolu|aşıldı|doldu',
    tooLarge: 'ileti çok büyük',
    mayNot: 'izniniz yok|yetkiniz yok',
  },
  {
    language: 'Greek',
    reader: 'παραλήπτης|χρήστης|διεύθυνση',
    missing: 'άγνωστ|δεν βρέθηκε|δεν υπάρχει|μη έγκυρ',
    domain: 'τομέας',
    sender: 'αποστολέας',
    box: 'γραμματοκιβώτιο',
    full: 'πλήρες|γεμάτ',
    tooLarge: 'μήνυμα είναι πολύ μεγάλο',
    mayNot: 'δεν έχετε δικαίωμα',
  },
  {
    language: 'Chinese',
    reader: '用户|用戶|使用者|收件人|收信人|帐号|帳號|账号|账户|帳戶|邮箱|地址|此人',
    missing: '不存在|无效|無效|未找到|没有找到|找不到|錯誤|错误|無此|无此|查无|查無|未知|不明',
    domain: '域名|網域|网域',
    sender: '发件人|寄件者|寄件人|发信人',
    box: '邮箱|信箱|郵箱|空间|空間|容量',
    full: '已满|已滿|不足|超过|超過|超出|满了',
    tooLarge: '(?:邮件|郵件)(?:太|过|過)大|大小超过',
    mayNot: '没有权限|沒有權限|未获授权|拒收您',
  },
  {
    language: 'Japanese',
    reader: '宛先|宛て先|ユーザ|アドレス|受信者|メールボックス|アカウント',
    missing: '見つかりません|見つかりませ|存在しません|不明|ありません|間違|存在しない|無効',
    domain: 'ドメイン|すべての(?:mx|ホスト)',
    sender: '送信者|差出人|送信元',
    box: 'メールボックス|受信箱|容量',
    full: '一杯|いっぱい|満杯|超|オーバー|フル',
    tooLarge: '(?:メッセージ|メール)の?(?:サイズ)?が大き(?:すぎ|過ぎ)',
    mayNot: '権限がありません|許可されていません|受信を拒否',
  },
  {
    language: 'Korean',
    reader: '사용자|수신자|받는 사람|주소|계정',
    missing: '찾을 수 없|존재하지 않|없는|없습니다|잘못된|알 수 없는',
    domain: '도메인',
    sender: '보낸 사람|발신자',
    box: '사서함|메일함|용량',
    full: '가득|초과|꽉',
    tooLarge: '메시지가 너무 (?:큽니다|커)',
    mayNot: '권한이 없|수신을 거부|수신 거부',
  },
];

const near = '[^.。]{0,60}?';
const patterns = (of: (tongue: Tongue) => string) => new RegExp(tongues.map(of).join('|'));

/** One pattern for each reason, against lower-case text on one line. */
export const tonguesSay = {
  full: patterns(({ box, full }) => `(?:${box})${near}(?:${full})|(?:${full}) (?:${box})`),
  tooLarge: patterns(({ tooLarge }) => tooLarge),
  sender: patterns(({ sender, missing }) => `(?:${missing})\\S{0,5} (?:${sender})|(?:${sender})${near}(?:${missing})`),
  mayNot: patterns(({ mayNot }) => mayNot),
  noDomain: patterns(
    ({ domain, missing }) => `(?:${domain})${near}(?:${missing})|(?:${missing})\\S{0,5} (?:${domain})`,
  ),
  noMailbox: patterns(
    ({ reader, missing }) =>
      `(?:${reader})${near}(?:${missing})|(?:${missing})\\S{0,12}\\s?(?:\\S{1,20} ){0,2}(?:${reader})`,
  ),
} as const;
