import { anyOf } from './any-of.js';
import { tonguesSay } from './reason-tongues.js';

/** Why a mail did not arrive, in one word each. */
export const reasons = [
  'mailbox-full',
  'too-large',
  'authentication',
  'sender-refused',
  'no-reverse-dns',
  'spam',
  'virus',
  'content',
  'blocked',
  'too-fast',
  'greylisted',
  'relay-denied',
  'refused-by-reader',
  'policy',
  'tls',
  'suspended',
  'moved',
  'domain-takes-no-mail',
  'no-domain',
  'no-mailbox',
  'loop',
  'network',
  'expired',
  'mailer',
  'system',
  'unknown',
] as const;

export type Reason = (typeof reasons)[number];

/** The address itself is dead. Every other reason leaves it in use. */
export const hardReasons: ReadonlySet<Reason> = new Set(['moved', 'domain-takes-no-mail', 'no-domain', 'no-mailbox']);

/** One wording of a reason. */
type ReasonText = { readonly reason: Reason; readonly says: RegExp };

/**
 * What receiving servers write, in the order in which it is asked: a mailbox that is full exists, a server that refuses
 * the sender has not looked at the reader, and both often add "user unknown" or 5.1.1 to it. Every pattern is linear, and
 * is held against lower-case text on one line. Where they come from: the error pages of the big providers, the sources of
 * Postfix, Exim, Sendmail, qmail, Courier and Exchange.
 */
export const reasonTexts: readonly ReasonText[] = [
  // Sentences that have words of other rows in them.
  {
    reason: 'no-domain',
    says: anyOf()`
      account or domain may not exist|all host address lookups failed permanently|domain must exist
      infodomainnonexistent
    `,
  },
  {
    // Postfix's access tables and Exchange Online's edge say this of a reader who is not in their directory.
    reason: 'no-mailbox',
    says: anyOf()`
      recipient address rejected: (?:access denied|undeliverable address|user unknown|unknown user|invalid user|user not found)
      recipientnotfound|\blpn\d{0,3}[_-]?41[68]\b|\bofr\d{0,3}[_-]41[68]\b|user unknown in (?:\w+ ){1,3}table
      \brcp-p1\b|recipient address rejected\.? ?(?:\(in reply to rcpt|\[|$)
    `,
  },
  {
    reason: 'suspended',
    says: anyOf()`
      delivery error: dd .{0,200} is no longer valid|\b(?:lpn|ofr)\d{0,3}[_-]?42[06]\b|is a deactivated mailbox
      \brcp-t4\b
    `,
  },
  { reason: 'refused-by-reader', says: /\brcp-p[23]\b|sender isn't on the recipient's list/ },
  {
    reason: 'suspended',
    says: anyOf()`
      address no longer accepts (?:any )?(?:e-?)?mail|mailbox unavailable or access denied
      is unavailable: user is terminated
    `,
  },
  { reason: 'domain-takes-no-mail', says: /mail receiving disabled/ },
  {
    reason: 'sender-refused',
    says: anyOf()`
      \be2110\b|rule imposed mailbox access|sender was not found|valid-address-filter|spam reporting address
      used to send your message is not|\b[45]\.1\.[789]\b
    `,
  },
  { reason: 'network', says: /host not found, try again|dns records for the destination|unrouteable mail domain/ },

  // The mailbox is full.
  {
    reason: 'mailbox-full',
    says: /(?:mail-?box|mail-?folder|maildir|inbox|mail file|account|storage|disk|user)\b[^.]{0,40}\b(?:is|are|was|be|being|would be|has|temporarily|currently|already)? ?(?:full|over ?quota|over (?:the |its |their |his )?(?:allowed |disk |mail )?(?:quota|limit)|exceed(?:s|ed|ing)? (?:the |its |their |his |allowed |maximum |mailbox |disk |storage |mail |local |allocated )*(?:quota|size|limit|space|storage|capacity))/,
  },
  {
    reason: 'mailbox-full',
    says: anyOf()`
      \b(?:(?:dis[kc]|mail|mailbox|userdisk|domaindisk|storage|diskspace) ?(?:quota|space)|mail-?box size) ?(?:usage |limit )?(?:is |was |has been |would be )?(?:exceeded|violation|full|reached|used up|exhausted)
      quota (?:is |was |has been )?(?:violation|exceed|full|reached|usage exceeded)
      (?:exceed|over|reached|above)\w* (?:\w+ ){0,3}(?:quota|storage allocation|storage limit|receiving limits)
      full mailbox|over ?quota|over the (?:allowed |maximum )?quota
    `,
  },
  {
    reason: 'mailbox-full',
    says: anyOf()`
      not enough (?:storage|disk|free|mailbox) ?space
      (?:does not have|insufficient) (?:enough )?(?:disk |mailbox |storage )?space|space has been used up
      too many (?:messages|mails) (?:on|in) (?:the|this|his|her) (?:server|mail ?box|inbox)|too much mail data
      out of (?:storage|disk) space|would exceed (?:the )?(?:maximum|quota|mailbox|allowed)
      no space left (?:in|on) (?:the )?mail|mailbox size limit|has no (?:more )?(?:free )?space left
      class=\W?overquota|\b(?:user|domain)?disk(?:space)? ?quota|\bquota\b[^.]{0,30}\bexceeded
    `,
  },
  { reason: 'mailbox-full', says: tonguesSay.full },

  // Too large.
  {
    reason: 'too-large',
    says: anyOf()`
      (?:message|mail|e-?mail|header|body|attachment)(?: file| header)?(?: size| length)? (?:is |was )?(?:too (?:large|big|long)|exceed(?:s|ed|ing)?\b)
      max(?:imum)? (?:message|mail|inbound|incoming) ?(?:message )?size|(?:message|mail) size (?:limit|exceeds)
      size limit exceeded
      (?:exceed|larger than|above|over)[^.]{0,50}(?:message size|size limit|mail size|maximum size|incoming message)
      message file too big|too large for this|length exceeds|line limit exceeded|class=\W?size
      ^(?:\d{3} )?(?:message )?size limit
    `,
  },
  { reason: 'too-large', says: tonguesSay.tooLarge },

  // Whether we may send as who we say we are.
  {
    reason: 'authentication',
    says: anyOf()`
      \bdmarc\b|\bdkim\b|\bspf\b(?! ?\d)|sender policy framework|sender ?id\b|unauthenticated (?:e-?)?mail
      pass(?:es)? (?:\w+ )?authentication check|sender(?:'s)? domain[^.]{0,60}(?:authenticat|align)
      does not meet the required authentication level|\/\/spf\.|openspf
      not authorized to send (?:mail )?(?:on behalf|from|for) |\barc[- ](?:fail|seal)|has not passed validation
    `,
  },
  {
    reason: 'no-reverse-dns',
    says: anyOf()`
      \bptr\b|reverse (?:dns|lookup|hostname|mapping)|\brdns\b
      (?:cannot|can't|could not|unable to) find your (?:reverse )?hostname|ip name lookup failed
      unresolvable relay host|no (?:reverse|rdns)|forward-?confirmed|\bfcrdns\b|mismatches client ip
      unverifyable sending ips?|invalid rdns
    `,
  },
  {
    reason: 'tls',
    says: anyOf()`
      starttls (?:is |was )?(?:required|not (?:offered|supported|available)|failed|error)|must issue a starttls
      tls (?:is |was )?(?:required|not available|negotiation|handshake|failed|connection failed)
      (?:required|requires?|mandatory|missing) (?:\w+ )?(?:tls|encryption)\b|encryption (?:is )?(?:required|needed)
      certificate (?:verif|is not|was not|expired|mismatch|host)|mta-sts|dane\b[^.]{0,40}(?:fail|valid|required)
      tls-required|cannot start tls
    `,
  },
  {
    // Before "sender": these are about one mail's content, whoever sent it.
    reason: 'virus',
    says: anyOf()`
      \bvirus|malware|\binfected|potentially executable|\btrojan|\bworm\b|phish|malicious
      executable files? (?:are|is) not allowed|dangerous attachment
    `,
  },
  {
    reason: 'greylisted',
    says: anyOf()`
      gr[ae]y-?list|internal resources? (?:are |is )?temporarily unavailable|come back later
      please try again (?:slower|in \d)
    `,
  },
  {
    reason: 'too-fast',
    says: anyOf()`
      rate[- ]?limit|throttl
      too (?:many|much) (?:\w+ ){0,2}(?:connections?|sessions?|mails?|e-mails?|messages? (?:from|per|sent)|recipients|errors from|con\w*ions)
      too (?:fast|quickly)|slow(?:ing)? down|max emails per hour|receiving mail at a rate|unexpected volume
      sending (?:rate|limit|quota)|daily (?:\w+ ){0,3}(?:limit|quota)|hourly (?:\w+ ){0,2}limit
      (?:message|submission) ?quota ?exceeded|trop de connexions|connection (?:\w+ )?limit
      numerous attempts to deliver|exceeded .{0,40}\brate\b|maximum sending rate
    `,
  },
  {
    reason: 'spam',
    says: anyOf()`
      \bspam(?!haus|cop)|\bube\b|\buce\b|unsolicited|bulk (?:e-?)?mail|mass mail|junk ?mail|\bjunk\b|content filter
      (?:blacklisted|listed) ur[il]|\buribl\b|\bsurbl\b|spammy|recurrent pattern detection
      appears to be (?:bulk|unsolicited)|reject bulk
      message (?:content )?(?:was |has been )?(?:rejected|refused|blocked) (?:due to|because of) (?:\w+ ){0,2}content
      suspicious (?:content|message)
      message (?:contained|contains) (?:a )?(?:banned|blocked|unacceptable|forbidden) (?:content|url|word)
      banned content|rejected by (?:\w+ )?(?:content|filter)|content (?:rejected|denied|scan)|message filtered
      mail content denied|message looks like|identified as (?:bulk|unwanted)|classified as|\breject,? id=\d+
      user complaints|unwanted mail|our system has detected that this message|550 high probability|垃圾|スパム|迷惑
    `,
  },
  {
    // The network that we send from.
    reason: 'blocked',
    says: anyOf()`
      black-? ?list|block-? ?list|deny-? ?list|\bdnsbl\b|\brbl\b|spamhaus|spamcop|barracuda|sorbs|senderbase
      senderscore|cloudmark|proofpoint|trendmicro|\bpbl\b|\bxbl\b|\bsbl\b|abuseat
      (?:poor|low|bad|negative|insufficient) (?:\w+ ){0,3}reputation
      reputation (?:\w+ ){0,3}(?:poor|low|bad|problem|issue|score)
      \bblocked\b(?! by (?:the )?(?:recipient|user|reader))|banned|dynamic (?:ip|host|address)|dynamic\/|dial-?up
      open (?:proxy|relay)|client host rejected|(?:bad|invalid) (?:helo|ehlo|ip profile|sender ip)
      (?:helo|ehlo)\b[^.]{0,60}(?:reject|invalid|refus|must|syntax|spoof|forged|denied|unknown|not found|not exist|resolv)
      refused to talk|my name was rejected|smtp server of your isp|not accepting connections
      not currently accepting mail from your ip|access from (?:\w+ )?ip
      from (?:your )?(?:ip|host|network|server|domain)[^.]{0,60}(?:refused|not (?:allowed|accepted|permitted)|denied|rejected)
      connections? (?:not accepted|dropped|reset|will not be accepted)|connection was dropped
      your (?:ip|host|server|network|mail ?server)[^.]{0,60}(?:listed|refused|denied|reject|forbid|not allowed|suspicious|requires)
      not allowed to connect|server access forbidden|host network not allowed|\bgo away\b|no access from
      have a look at https?:|\bip (?:address )?[^.]{0,40}(?:refused|denied|rejected|listed)|abus detecte
      service refused|unwanted messages have been sent|invalid ip for|part of their network|may not be mail exchanger
      confirm this mail ?server|currently sending
      mail server (?:is|has been) (?:temporarily )?(?:rejected|refused|denied)|\(r?evoked\)
      error: no valid recipients from
    `,
  },
  {
    reason: 'relay-denied',
    says: anyOf()`
      \brelay(?:ing)?\b[^.]{0,60}(?:denied|not (?:permitted|allowed|authorized)|prohibited|refused|disallowed|forbidden)
      (?:unable|not (?:permitted|allowed|authorized|configured)|prohibited|refuse|cannot|won't|do not|don't|will not) (?:to )?relay
      rcpthosts|not an open relay|as a relay|not a gateway|insecure mail relay|don't handle mail for
      not (?:a )?local (?:host|domain)|authentication (?:is )?required (?:to|for) relay|requires authentication when
      we do not relay|cannot relay|relaying mail to|sorry,? that domain isn't
    `,
  },
  {
    reason: 'sender-refused',
    says: anyOf()`
      (?:sender|mail from|from address|return[- ]path|envelope[- ]from|from: ?(?:header|domain)|originator|expéditeur|emetteur|absender|remitente)\b[^.]{0,80}(?:reject|refus|denied|invalid|verif|not (?:allowed|exist|found|accepted|permitted|authorized|registered|pre-approved|yet)|does(?: not|n't) exist|unknown|blocked|black|spammer|empty|must|bad|fail|unrout|malformed|syntax|forbid|bogus|prohibit)
      (?:reject|refus|denied|invalid|unknown|bad|bogus|unroutable|unresolvable|null|empty|malformed|unverified)\w*:? (?:\w+ ){0,2}(?:sender|mail from|from address|envelope sender|return path|originator)
      domain of sender|domain not found \(sender|batv|backscatter|bounce ?deny|third-party dsns|unsigned dsn
      purported responsible|not owned by user|returned mail not accepted|invalid domain, see
      email address is not verified|without a valid sender domain|fully qualified (?:e-?mail )?address
      from: domain is invalid|my black list|senderfilterconfig|not a registered gateway
      your (?:e-?mail )?address (?:has been|is|was) (?:blacklisted|blocked|rejected|refused)
      mx records for .{0,60}(?:sender|private|loopback)|recursive cname|does not accept mail from
      submit messages to this e-?mail system|from a different address or alias|empty e-?mail address
    `,
  },
  { reason: 'sender-refused', says: tonguesSay.sender },

  // The reader, or the list it stands for, does not want this mail.
  {
    reason: 'refused-by-reader',
    says: anyOf()`
      recipient(?:'s)? preference|resolver\.rst|authrequired|sendernotin
      sender\w*for(?:group|mailbox|mailuser|publicfolder)|restrictedtorecipients
      only accept(?:s|ing)? (?:mail|messages?|e-?mails?) from
      (?:not |un)?(?:allowed|authori[sz]ed|permi\w+) to (?:send|post|write|e-?mail)\b
      not accepting (?:any )?(?:mail|messages?)\b
      (?:blocked|rejected|refused|denied|restricted) by (?:the )?(?:recipient|user|addressee)|by the recipient
      user(?:'s)? (?:rules?|reject|preferences?|filters?)|user (?:has )?(?:blocked|rejected)|not (?:a )?member
      non-member|members?[- ]only|(?:closed|moderated) (?:mailing )?(?:list|group)|not subscribed
      not (?:a )?subscriber|mailing list|post(?:ing)? (?:to|messages to) (?:this|the) (?:group|list)
      recipient (?:id )?refuse|refuses? to (?:accept|receive)|this account is protected|has restricted sms
      pre-approved|delivery restriction|you have been blocked|does not wish to receive|no longer wish
      not accept (?:your|any) (?:mail|messages?)
    `,
  },
  { reason: 'refused-by-reader', says: tonguesSay.mayNot },

  // This mail, or how it was built.
  {
    reason: 'content',
    says: anyOf()`
      attachment|multiple addresses in|header error
      headers? (?:is |are )?(?:missing|invalid|malformed|not accepted|duplicat)
      (?:missing|invalid|malformed|duplicate|multiple|illegal|bad|bare) (?:\S+ )?(?:headers?|mime|lf\b|linefeeds?|newlines?)
      rfc ?\d{3,4}[^.]{0,20}complian|not rfc|8-?bit data|mime (?:complexity|boundar|error|headers?)
      improperly-formatted|unnecessary base64|message (?:content|body|format)|content (?:error|type|conversion)
      smtputf8|internationali[sz]ed
    `,
  },
  {
    reason: 'policy',
    says: anyOf()`
      polic(?:y|ies)|administrative(?:ly)? prohibit|prohibition|organi[sz]ational settings|local rules?
      protocol violation|security (?:violation|reasons|policy)|unauthori[sz]ed|not authori[sz]ed
      authentication (?:failure|required|credentials|failed|turned on|invalid)|authenticat|requires? authori[sz]ation
      captcha|message given low priority|access denied|permission denied|delivery not authori[sz]ed|message refused
      (?<!connection )refus[ée]d|account not subscribed to|cannot be accepted|not accepted for|unsubscribed
      dead domain|verification failure|forbidden for
    `,
  },

  // The mailbox is there, but nobody uses it now.
  {
    reason: 'suspended',
    says: anyOf()`
      (?<!delivery temporarily )suspend
      (?:account|mailbox|mail|user|recipient|address|domain|boite|konto)\b[^.]{0,60}\b(?:disabled|deactivated|inactive|frozen|locked|closed temporarily|archiv\w+|blocked temporarily|expired|terminated|not active|on hold|gesperrt|deaktiviert|inactivo|inactiv|vencid|bloquead|desactiv|zablokowan)
      (?:inactive|disabled|deactivated|archived|expired|locked|frozen|dormant|terminated|gesperrte?s?) (?:e-?mail )?(?:account|user|recipient|mailbox|address|konto|postfach)
      invalid\/inactive|extended inactivity|over quota for too long|ha expirado|falta de uso|long period of inactivity
      unused (?:account|mailbox)|not been (?:used|accessed|activated)|has (?:not )?(?:been )?(?:expired|lapsed)
      no longer active|never logged|(?:account|mailbox) (?:is |was |has been )?closed
    `,
  },

  // Dead.
  {
    reason: 'moved',
    says: anyOf()`
      has been replaced by|(?:user|recipient|mailbox|address|account|he|she) (?:\S+ )?(?:has )?moved
      (?:address|user) has (?:been )?(?:changed|moved)|user not local; (?:will forward|please try)
      new (?:e-?mail )?address is|(?:recipient|user|mailbox) no longer (?:on|at) (?:this |the )?server
      no longer at this address|has left|has changed (?:his|her|their|its) (?:e-?mail )?address
    `,
  },
  {
    reason: 'domain-takes-no-mail',
    says: anyOf()`
      null ?mx|(?:domain|host)(?:\/domain)? (?:\S+ )?does(?: not|n't) (?:accept|receive)\b[^.]{0,12}(?:e-?)?mail
      no mx (?:record|host)s?|nullmx|name server: \.: host not found
      mx[^.]{0,20} (?:points to|is|set to) (?:"?\.|null)|no smtp service|no host found for existing smtp
      \bno mail (?:service|server)s? (?:for|at|found|exist)|does not receive mail|lists? no mx
      smtp protocol returned a permanent error|no route for current request|hat keine mx
      mail exchanger[^.]{0,30}(?:not|no) (?:be )?found|domain \S{1,255} has no mx|domain (?:has|have) no mx
      couldn't find any mail exchanger
    `,
  },
  {
    reason: 'no-domain',
    says: anyOf()`
      (?:host|domain)(?: or domain)?(?: name)? (?:\S{1,80} )?(?:is |was )?(?:unknown\b|not (?:be )?(?:found|known|exist|resolv)|does(?: not|n't) exist|must exist|could(?: not|n't) be found|non-?exist)
      (?:unknown|no such|non-?existent|invalid|bad|unresolvable|nonexisting|illegal) (?:recipient |destination |mail |remote |target |e-?mail )?(?:host|domain)\b
      host or domain name not found|name or service not known|\bnxdomain\b
      unrout(?:e)?able (?:mail )?(?:domain|address)|couldn't find any host named|domain is not reachable
      domain mentioned in|nodename nor servname
      dns error:? (?:domain name not found|dns server returned answer with no data)|no dns (?:entry|record|data)
      cannot resolve (?:the )?(?:domain|host)|could not be resolved
      (?:host|domain)\S* (?:lookup|name)? ?(?:did not|could not) resolve
      domain[^.]{0,40} (?:couldn't|could not|can't|cannot) be found
      (?:could not|couldn't|cannot|unable to) find (?:the |this |that |any )?(?:recipient |destination )?domain
      badly formatted domain|all relevant mx records point to non-existent
    `,
  },
  {
    reason: 'no-mailbox',
    says: /(?:user|recipient|mail-?box|account|address|addressee|alias|customer|local part|localpart|person|login|subscriber|member|userid|username|rcpt|inbox|name|employee|mail address|e-?mail)(?:es|s)? ?(?:[^\s.]\S{0,100} )?(?:\S+ )?(?:is |are |was |were )?(?:un-?known\b|not (?:be )?(?:found|known|exist|present|listed|recogni[sz]ed|valid|ok\b|here|local|on file|registered|defined|in (?:\w+ )?(?:directory|database|list|table))|invalid|does(?: not|n't)(?: currently)? exist|do(?: not|n't) exist|doesnt exist|is wrong|non-?existent|no longer (?:valid|exist|in use|available|here|with|accept|on|active)|incorrect|could(?: not|n't) be (?:found|verified)|deleted|removed|discontinued|illegal|not a valid|cannot be found)/,
  },
  {
    reason: 'no-mailbox',
    says: /(?:unknown|no such|invalid|non[- ]?exist\w{2,3}|inexistent|nonexistant|unrecogni[sz]ed|bad|illegal|undefined|incorrect|unroutable|wrong|missing) (?:or (?:unknown|illegal|invalid) )?(?:final delivery |destination |local |virtual |e-?mail |envelope |mail |to |rcpt |domain or )?(?:user|recipient|mail-?box|account|address|addressee|alias|local[- ]part|person|rcpt|login|name|customer|userid|username|subscriber|mail address|id\b)/,
  },
  {
    reason: 'no-mailbox',
    says: anyOf()`
      no ?(?:mail-? ?box|account|user|person|one|body|recipient|address)\b[^.]{0,40}(?:by that name|here|at this|with that|found|exists?|available|matching|of that name|named)
      not (?:a |an )?(?:known|valid|active|local|existing|legal|registered|recogni[sz]ed) (?:e-?mail )?(?:user|recipient|mail-?box|address|account)
      (?:don't|do not|doesn't|does not) (?:know|have) (?:an? |that |this |any )?(?:\S+ )?(?:user|account|mail-?box|recipient|address|person|e-?mail)
      not have an? \S+ account|\bno ?(?:mail-? ?box|user)\b|isn't (?:a|in my|known)|validrcptto|badr(?:cp|ecipien)tto
      bad recipient|account (?:that you tried to reach )?does not exist|no matches to (?:nameserver|ldap) query
      matches? in name directory|in name directory|not listed in|not our customer|has no mail-?box|can't accept user
      couldn't be delivered because (?:the )?address|no valid recipients|not a valid e-?mail|no user\b
      cannot find (?:the )?(?:user|recipient|mailbox|account)|cannot be matched|user-?unknown
      recip(?:ient)? ?not ?found|recipientnotfound|adr\.\w*recip|vdeliver|does not like recipient
      missing home directory|addressee unknown|refused recipient|all recipients? (?:were |are )?invalid|not one of our
      (?:know|known) anybody
      (?:recipient|address|user|mailbox) (?:could not|cannot|can't|couldn't|can not) be (?:resolved|verified as existing|located|identified)
      account (?:is )?not available|spectator does not exist|name is not recogni[sz]ed|invalid-recipient
      domain of recipient invalid|this address no longer accepts mail|mailbox unavailable|mailbox is unavailable
      could not be found|wasn't found|is not known at|was not found (?:in|at|on)|mail address is not
      no longer (?:employed|works?|with (?:us|the))|not our user|not an? e-?mail address|not email addresses
      (?:rejected|denied|refused) recipients?
      recipients? (?:is |are |was |were |has been )?(?:not accepted|denied|undeliverable)|account unavailable
      mailbox unavaiable|non[- ]?existent (?:user|recipient|mailbox|address)
      no longer has an? (?:\S+ )?(?:account|mail-?box)
      \S@\S{1,255} (?:does(?: not|n't) exist|(?:is |was )?not found|is unknown)|^553 \S{1,255} does not exist
      no valid recipients for this mm|#5\.1\.0 address rejected|5\.1\.0 (?:\S{1,80} )?address rejected
    `,
  },
  { reason: 'no-domain', says: tonguesSay.noDomain },
  { reason: 'no-mailbox', says: tonguesSay.noMailbox },

  // It never got so far.
  {
    reason: 'loop',
    says: anyOf()`
      \bloop(?:s|ing|ed)?\b|too many hops|hop count|maximum forwarding|routing loop|mail loop
      delivered-to.{0,30}(?:this message|already)
    `,
  },
  {
    reason: 'expired',
    says: /retry time|message (?:has )?expired|in the queue too long|delivery time expired|attempts have been failing/,
  },
  {
    reason: 'network',
    says: anyOf()`
      no route to host|network (?:is )?(?:error|unreachable)|host (?:is )?(?:unreachable|down)|unreachable
      name server (?:reply|failure|error)|host ?name lookup|lookup failure
      dns (?:error|failure|lookup|server|query|problem|records?)|try again, host|host not found, try again
      could not connect|couldn't connect|connect(?:ion)? (?:to|with)
      connection (?:refused|failed|timed? ?out|error|lost|closed|broken|attempt)
      unable to (?:connect|contact|resolve|reach)|cannot (?:connect|reach)|can't connect|socket error|lost connection
      failed to connect|did not respond|no answer from|not responding|timed? ?out|establish an smtp connection
      servfail|communications? error|all hosts|could not initiate|could not find a gateway
      did not accept our requests to connect
    `,
  },
  {
    reason: 'expired',
    says: anyOf()`
      expired|(?:queue|retr(?:y|ied|ies)|delivery) (?:time|period|limit|attempts?)|in the queue too long
      too long in (?:the )?queue|giving up|gave up|given up|been (?:failing|queued|delayed)|for more than
      multiple retries|not (?:been )?(?:collected|delivered|reachable) (?:after|within)
      after \d+(?:\.\d+)? ?(?:hours?|days?|minutes?|h\b)|for (?:the last )?\d+ (?:hours?|days?|seconds?)|retry timeout
      time-?to-?live|message timed out|attempts|failed to deliver to domain|could not be delivered in time
    `,
  },
  {
    reason: 'mailer',
    says: anyOf()`
      procmail|maildrop|command (?:died|failed|output|line)|mailer error|pipe to|\|\||x-unix
      exit(?:ed)? (?:status|code|with)|child (?:process|status)|external (?:program|command)|local delivery failed
      \bmda\b|unknown mailer error|deliver(?:y agent)? (?:failed|returned)|service unavailable$
    `,
  },
  {
    reason: 'system',
    says: anyOf()`
      system (?:error|config|full|resources)|configuration error|config error|internal (?:server )?error
      local (?:error|problem|configuration)|(?:error|failed) (?:while |in )?(?:being )?process|encountered an error
      insufficient (?:system )?(?:storage|resources)|disk full|read-only file|queue file|interrupted|out of memory
      temporary (?:local|system|failure|error)|temporar|try again
      service (?:currently |is )?(?:unavailable|not available)|misconfigured|mdb\b|i\/o error|database error
      transaction failed|server (?:error|failure|busy|too busy)|ldap|operation now in progress|aliasing|cannot create
      can't create|unexpected|try later
    `,
  },
];
