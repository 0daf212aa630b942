/**
 * Where everybody gets a mailbox for nothing. An address there says nothing of where somebody works. By the providers' own
 * lists of domains at sign-up; those that resell company domains (Google Workspace, Microsoft 365) are not told by these.
 */
export const freeProviders: ReadonlySet<string> = new Set(
  `
  gmail.com googlemail.com
  outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp outlook.com.br outlook.com.au outlook.in
  hotmail.com hotmail.co.uk hotmail.de hotmail.fr hotmail.es hotmail.it hotmail.nl hotmail.be hotmail.se hotmail.ca hotmail.com.br
  live.com live.co.uk live.de live.fr live.it live.nl live.be live.se live.dk live.no live.ca live.com.au msn.com passport.com
  yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca yahoo.com.br yahoo.com.au yahoo.com.mx yahoo.com.ar
  yahoo.co.in yahoo.in yahoo.co.jp yahoo.com.tw yahoo.com.hk yahoo.com.sg yahoo.co.id yahoo.com.ph yahoo.com.vn yahoo.gr yahoo.ie
  yahoo.no yahoo.se yahoo.dk yahoo.pl yahoo.ro ymail.com rocketmail.com myyahoo.com
  aol.com aol.co.uk aol.de aol.fr aim.com icloud.com me.com mac.com
  proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.com tuta.io
  fastmail.com fastmail.fm hey.com zoho.com zohomail.com zohomail.eu hushmail.com mailfence.com runbox.com posteo.de posteo.net
  disroot.org riseup.net startmail.com
  gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.fr gmx.co.uk gmx.us gmx.eu web.de mail.com email.com usa.com freenet.de t-online.de
  arcor.de online.de email.de mail.de kabelmail.de vodafone.de bluewin.ch hispeed.ch sunrise.ch aon.at chello.at
  orange.fr wanadoo.fr free.fr sfr.fr neuf.fr laposte.net bbox.fr numericable.fr club-internet.fr skynet.be telenet.be proximus.be
  ziggo.nl kpnmail.nl planet.nl home.nl xs4all.nl hetnet.nl upcmail.nl
  libero.it virgilio.it tiscali.it alice.it tin.it email.it inwind.it telefonica.net terra.com sapo.pt
  btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk eircom.net
  telia.com comhem.se online.no wp.pl o2.pl onet.pl onet.eu interia.pl interia.eu gazeta.pl poczta.fm op.pl vp.pl
  seznam.cz email.cz post.cz centrum.cz azet.sk zoznam.sk freemail.hu citromail.hu abv.bg mail.bg
  yandex.ru yandex.com ya.ru mail.ru bk.ru inbox.ru list.ru internet.ru rambler.ru ukr.net i.ua meta.ua
  comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com optonline.net
  rogers.com shaw.ca sympatico.ca bell.net videotron.ca bigpond.com optusnet.com.au xtra.co.nz
  uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com prodigy.net.mx
  rediffmail.com sify.com naver.com daum.net hanmail.net nate.com kakao.com
  qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn
  docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com walla.co.il walla.com
  `
    .trim()
    .split(/\s+/),
);

/** Those whose names people most often mistype. None as short as "web.de": one letter off, that is somebody else's name. */
export const bigProviders: readonly string[] = [
  'gmail.com',
  'googlemail.com',
  'hotmail.com',
  'hotmail.co.uk',
  'hotmail.fr',
  'outlook.com',
  'yahoo.com',
  'yahoo.co.uk',
  'yahoo.fr',
  'yahoo.de',
  'icloud.com',
  'protonmail.com',
  't-online.de',
  'freenet.de',
  'orange.fr',
  'wanadoo.fr',
  'laposte.net',
  'libero.it',
  'comcast.net',
  'verizon.net',
  'btinternet.com',
  'yandex.ru',
];
