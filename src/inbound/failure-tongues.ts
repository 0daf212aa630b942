/** Pieces of patterns by which reports in other languages than English are told; without regard to case. */
type Tongue = {
  readonly language: string;
  /** What subjects speak of. */
  readonly subject: string;
  /** What texts speak of. */
  readonly words: string;
  /** That it will still be tried. */
  readonly goesOn: string;
  /** That it has not arrived yet. */
  readonly notYet: string;
};

const tongues: readonly Tongue[] = [
  {
    language: 'German',
    subject: 'unzustellbar|nicht zugestellt|zustellung|fehler bei der|unzustellbare|zurückgewiesen',
    words: 'konnte[^.]{0,60}nicht|nicht (?:zugestellt|erreicht|zustellbar)|fehlgeschlagen|unzustellbar|fehler bei der',
    goesOn: 'wird (?:weiter|weiterhin|erneut) (?:versucht|zugestellt)|weitere zustellversuche|erneut zu(?:zu)?stell',
    notYet: 'verzögert|verzögerung|noch nicht zugestellt',
  },
  {
    language: 'French',
    subject: 'non remis|non distribu|échec|impossible|non délivré|erreur de remise|courrier non',
    words: "n'a pas pu|impossible|échec de|n'a pas été (?:remis|distribu|délivré)|non (?:remis|distribu)",
    goesOn: 'de nouvelles tentatives|nous continu|continuera à',
    notYet: 'retard de|en retard|est retardé|différé',
  },
  {
    language: 'Spanish',
    subject:
      'no entrega|no se pud|no se puede entregar|devuel|error de entrega|correo devuelto|fallo (?:de|en la) entrega',
    words: 'no (?:se )?(?:ha )?(?:podido|pudo)|no se puede entregar|no entregad|error de entrega|fallo',
    goesOn: 'se (?:seguirá|continuará) intentando|se volverá a intentar|nuevos intentos',
    notYet: 'retrasad|retraso|aún no se ha',
  },
  {
    language: 'Portuguese',
    subject: 'não entreg|falha|devolvid|não é possível entregar|não foi possível|não pôde',
    words: 'não pôde|não foi possível|não pode ser entreg|falha na entrega|não entreg',
    goesOn: 'continuar\\S{1,4} tentando|novas tentativas|tentaremos novamente',
    notYet: 'atrasad|atraso na|ainda não foi',
  },
  {
    language: 'Italian',
    subject: 'mancata consegna|non recapita|recapito|messaggio non (?:consegnat|recapitat)|errore di consegna',
    words: 'non [eè] stato possibile|non può essere (?:consegnat|recapitat)|recapito non riuscito|mancata consegna',
    goesOn: 'nuovi tentativi|verrà ritentat|continuer\\S{1,3} a (?:tentare|provare)',
    notYet: 'ritardo|ritardat|non ancora (?:consegnat|recapitat)',
  },
  {
    language: 'Dutch',
    subject: 'onbestelbaar|niet bezorgd|kan niet worden bezorgd|bezorging|niet afgeleverd',
    words: 'niet (?:worden )?(?:bezorgd|afgeleverd)|is mislukt|kon niet|onbestelbaar',
    goesOn: 'opnieuw geprobeerd|nieuwe poging',
    notYet: 'vertraagd|vertraging|nog niet (?:bezorgd|afgeleverd)',
  },
  {
    language: 'Swedish, Danish, Norwegian',
    subject:
      'oleverer|obeställbar|kan (?:inte|ikke) leverer|ej leverer|ikke leverer|kan ikke leveres|returneret|kunne ikke leveres',
    words:
      '(?:kunde inte|gick inte att|kunne ikke|kan inte|kan ikke)[^.]{0,40}lever|inte levereras|ikke leveres|misslyckades|mislykkedes',
    goesOn: '(?:nya|nye) (?:försök|forsøg|forsøk)|fortsätter att försöka|forsøger igen|prøver igjen',
    notYet: 'försen|fördröj|forsink|har ännu inte',
  },
  {
    language: 'Finnish',
    subject: 'toimit|ei voitu toimittaa|perille',
    words: 'ei voitu (?:toimittaa|välittää)|toimitus epäonnistui|toimittaminen',
    goesOn: 'yritetään uudelleen|jatketaan',
    notYet: 'viivästy',
  },
  {
    language: 'Polish, Czech, Slovak, Hungarian, Romanian',
    subject:
      'niedostarcz|nie (?:można|udało się) dostarczyć|zwrot|nedoruč|nelze doručit|kézbesít|nelivrat|nu a putut fi livrat',
    words:
      'nie (?:można|udało się|mogła|mógł)[^.]{0,40}dostarcz|niedostarcz|(?:ne(?:lze|mohl\\S|podařilo se)|nepodarilo sa)[^.]{0,40}doruč|nedoruč|nem (?:sikerült|lehet)[^.]{0,40}kézbesít|nu a putut fi livrat',
    goesOn: 'kolejn\\S{1,3} prób|další pokus|újra próbál',
    notYet: 'opóźnion|opóźnieni|zpožděn|késik|întârzi',
  },
  {
    language: 'Russian, Ukrainian, Bulgarian',
    subject:
      'не ?доставлен|недостав|возвращ|не удается доставить|не удалось доставить|ошибка доставки|сбой доставки|не доставлено',
    words:
      'не удалось|невозможно доставить|не может быть доставлен|не был\\S? доставлен|недоставлен|сбой доставки|ошибка доставки|не може бути доставлен',
    goesOn: 'попытки (?:доставки )?(?:будут )?продолж|повторн\\S{1,3} попыт|будет повторн',
    notYet: 'задержан|задержк|отложен|ещё не доставлен|еще не доставлен',
  },
  {
    language: 'Turkish, Greek',
    subject: 'iletilem|teslim edilem|παράδοση|δεν παραδόθηκε',
    words: 'iletilem|teslim edilem|gönderilem|δεν ήταν δυνατή|δεν παραδόθηκε|απέτυχε',
    goesOn: 'yeniden denen|tekrar denen|νέα προσπάθεια',
    notYet: 'gecik|καθυστέρ',
  },
  {
    language: 'Chinese',
    subject: '退信|无法投递|投递|系统退信|無法(?:傳送|投遞|傳遞)|未送达|未傳遞|退回',
    words: '无法|無法|退回|传递失败|傳遞失敗|投递失败|未能送达|发送失败',
    goesOn: '继续(?:尝试|重试)|繼續嘗試|系统将[^。]{0,10}(?:重试|尝试)',
    notYet: '延迟|延遲|尚未送达|尚未送達',
  },
  {
    language: 'Japanese',
    subject:
      '配信(?:でき|不能|エラー|失敗|不可)|送信(?:でき|エラー|失敗)|エラー(?:メール|通知)|不達|届(?:きません|かな|けられ|けでき)|配送(?:でき|不能|エラー|失敗)|未配信',
    words: 'できません|エラー|失敗しました|届きません|不能',
    goesOn: '再送を試み|再試行(?:します|いたします|され)|再送(?:します|いたします)|引き続き',
    notYet: '遅延|遅れて|まだ配(?:信|送)',
  },
  {
    language: 'Korean',
    subject: '배달|반송|전송 ?실패|전달 ?실패|발송 ?실패',
    words: '배달하지 못|보내지 못|전송(?:할|하지)? ?(?:수 없|못|실패)|반송|실패',
    goesOn: '다시 시도(?:합니다|할 것|됩니다|하겠)',
    notYet: '지연',
  },
];

const patterns = (of: (tongue: Tongue) => string) => tongues.map(of).join('|');

/** What all of them say, as one alternative for a pattern. */
export const tonguesReport = {
  subject: patterns(({ subject }) => subject),
  words: patterns(({ words }) => words),
  goesOn: patterns(({ goesOn }) => goesOn),
  notYet: patterns(({ notYet }) => notYet),
} as const;
