/**
 * What mail servers write behind their codes, as far as it tells more than the code. Every pattern is linear. The words are
 * those of the big providers and of the usual server programs; a text that is not known here leaves the code its say.
 */
export const says = {
  /** A server that takes strangers only at their second knock. The last is Mimecast's wording of it. */
  greylisted: /gr[ae]y-?list|internal resources? (?:are |is )?temporarily unavailable/i,
  /** One person's mailbox, not the disk of the server ("insufficient system storage"). */
  mailboxFull:
    /mail-?box (?:is |was )?(?:full|over|exceed)|(?:over|exceeds?|exceeded|above) (?:\w+ ){0,3}quota|quota (?:is |was |has been )?(?:full|exceeded)|overquota|out of storage|not have enough (?:disk |free |mailbox )?space|hat zu ?viele mails/i,
  /** Full, and nobody empties it any more. */
  fullForGood: /inactive|OverQuotaPerm/i,
  /** The limit of our own account with the relay; says nothing about this mail or its reader. */
  ownLimit:
    /(?:daily|hourly|monthly|peak) (?:\w+ ){0,2}(?:limit|quota)|message quota exceeded|maximum sending rate|throttling failure|exceeded your (?:messaging|sending) limit|maximum credits exceeded|SubmissionQuotaExceeded/i,
  tooFast:
    /rate[- ]?limit|throttl|too (?:many|much) (?:\w+ ){0,2}(?:messages?|e?-?mails?|connections?|sessions?)|too (?:fast|quickly)|slow(?:ing)? down|(?:unusual|connection|sending|message) rate|unexpected volume|exceeded .{0,40}rate|\[TSS?\d\d\]/i,
  /** One mailbox that gets too much from everybody: no ground to slow its whole domain. */
  mailboxTooFast:
    /user you are trying to contact is receiving|recipient is receiving|(?:thread|concurrency) limit|too many (?:\w+ ){0,2}recipients/i,
  notNow: /temporar|try (?:again|later)|suspend|locked|frozen/i,
  tooLarge:
    /too (?:large|big)|(?:message|mail|maximum) size|size (?:limit|exceeds)|class=size|exceeds .{0,30}size|length exceeds/i,
  badContent:
    /virus|malware|attachment|message content|content (?:rejected|filter|matched)|header error|headers? (?:is |are )?(?:missing|invalid|malformed)|duplicate header|multiple addresses in from/i,
  aboutSender:
    /\bsender\b|domain of sender|mail from command|from address|reverse dns|reverse hostname|client host|\bhelo\b|\behlo\b/i,
  /** Postfix's opening for rules about the reader; what follows it may still be about us. */
  recipientRejected: /recipient address rejected/i,
  /** What one reader, or the list the address stands for, does not want. Others may still be written to. */
  thisReaderOnly:
    /RESOLVER\.RST|AuthRequired|Sender\w*For(?:Group|Mailbox|MailUser|PublicFolder)|SenderNotInAllowed|RestrictedToRecipients|recipient(?:'s)? preference|(?:allowed|authori[sz]ed|permitted|permission) to (?:send|post|write) (?:\w+ ){0,4}(?:recipient|group|user|list|mailbox|person)|(?:only|does not) accepts? (?:mail|messages?|e-?mails?) from|pre-approved|(?:blocked|rejected|refused) by (?:the )?(?:recipient|user)/i,
  againstUs:
    /\b(?:spf|dkim|dmarc)\b|authenticat|(?:black|block|deny)-? ?list|\bblocked\b|\bdnsbl\b|\brbl\b|spamhaus|spamcop|barracuda|reputation|relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|unable to relay|prohibited to relay|rcpthosts|\bptr\b|unsolicited|\bspam|\bube\b|bulk e?-?mail|polic(?:y|ies)|uribl|not verified|unverified|your account|sending (?:is |was |has been )?paused/i,
  noMailbox:
    /(?:user|recipient|mailbox|account|address|alias) (?:\S+ )?(?:is )?(?:unknown|not known|not found|(?:does not|doesn't|not) exist)|unknown (?:user|recipient|mailbox|address|local|account|or illegal alias)|no such (?:\w+ )?(?:user|recipient|mailbox|address|person|account|customer)|not a (?:known|valid) (?:user|recipient|mailbox|account)|no mail-? ?box|mail-?box not found|invalid (?:recipient|mailbox|user)|recip(?:ient)?notfound|have an? \S+ account|account (?:\w+ ){0,2}(?:discontinued|deleted|closed|disabled)|no longer (?:on server|valid|exists)|unrouteable address|non-?existent (?:user|recipient|mailbox)/i,
  /** RFC 5321 §4.2.3 has these words for a missing mailbox, a closed one and for policies. */
  mailboxUnavailable: /mailbox unavailable/i,
} as const;
