import { anyOf } from './any-of.js';

/**
 * How mail programs open the reports that they write for people only. A row is worth adding for an opening that the general
 * rules of free-form.ts (a daemon as sender, a subject and words of failure) do not tell, and with `isSure` for programs
 * that write as no daemon: their opening alone is enough. Patterns are held against the subject and the first 3,000 characters.
 */
export type Family = {
  readonly who: string;
  readonly opening: RegExp;
  /** No person's mail opens so, whoever is in From. */
  readonly isSure?: boolean;
  /** Where its address stands, with the address in group 1, when no line begins with it. */
  readonly recipient?: RegExp;
  /** Added to an address that is written without one. */
  readonly domain?: string;
};

export const families: readonly Family[] = [
  // Servers of the sender's side and the big providers.
  {
    who: 'qmail',
    opening: anyOf('i')`
        \bhi\. (?:this is the|the) |this is the (?:qmail-send program|mail delivery agent|deliver program)
        (?:qmail\S*|delivery|mail) program at \S+|i(?:'m| am) afraid i wasn't able to deliver
        i was(?:n't| not) able to deliver your message to|unfortunately, we were not able to deliver your message
        su mensaje no pudo ser entregado|your mail message to the following address\(es\) could not be delivered
      `,
  },
  {
    who: 'Postfix',
    opening: anyOf('i')`
        this is the (?:\S+ ){1,3}(?:program|system|server) at host
        i'm sorry to have to inform you that (?:your message could not|the message returned)
        the message returned below could not be delivered
      `,
  },
  {
    who: 'Exim',
    opening: anyOf('i')`
        this message was created automatically by (?:the )?mail (?:delivery|system)
        a message that you sent (?:could not be|has not (?:yet )?been|was not|was rejected|contained)
        a message sent by\s{1,9}\S{1,300}\s{1,9}could not be delivered|message \S{1,80} (?:has been|was) frozen
        router encountered the following error
      `,
  },
  {
    who: 'Sendmail',
    opening: anyOf('i')`
        the original message was received at
        -{3,10} ?(?:the following addresses had|transcript of (?:the )?session|unsent message)
        (?:this is a )?mime-encapsulated message|-{2,5} ?error on .{0,40}message|while talking to \S+:
      `,
  },
  {
    who: 'smail',
    opening: /\|-{3,40} ?(?:message log follows|failed addresses follow)/i,
  },
  {
    who: 'Exchange',
    opening: anyOf('i')`
        did not reach the following recipient|the following recipient\(?s?\)? (?:could not|cannot) be reached
        delivery has failed to these (?:recipients|distribution)
        your message (?:to \S+ )?(?:couldn't|wasn't) (?:be )?delivered|delivery is delayed to these recipients
        the e-?mail (?:account|system) (?:does not exist at|was unable to deliver)|msexch:|generating server:
        diagnostic information for administrators
        (?:übermittlung an folgende empfänger|fehler bei der nachrichtenzustellung|échec de la remise|no se pudo entregar|error de entrega|recapito non riuscito|falha na entrega)
      `,
  },
  {
    who: 'Gmail',
    opening: anyOf('im')`
        delivery to the following recipients? (?:failed|has been delayed|was aborted)|your message wasn't delivered to
        ^address not found|^message (?:not delivered|blocked)
        there was a (?:temporary )?problem (?:while )?delivering your message
        we're writing to let you know that the group you tried to contact|the group you tried to contact
        technical details of (?:permanent|temporary) failure
      `,
  },
  {
    who: 'Yahoo',
    opening: anyOf('i')`
        sorry,? we were unable to deliver your message|unable to deliver message to the following address
        message from\s{1,9}\S{1,200}\s{1,9}unable to deliver
      `,
  },
  {
    who: 'AOL',
    opening:
      /your mail to the following recipients could not be delivered because|the following errors? occurred when sending/i,
    recipient: /because[^\n]{0,200}:\s{1,20}([\w.+-]{1,64})\s/i,
    domain: 'aol.com',
  },
  {
    who: 'Amazon SES',
    opening: anyOf('i')`
        an error occurred while trying to deliver the mail to the following recipients|technical report:
        "notificationtype" ?: ?"bounce"
      `,
  },
  { who: 'Zoho', opening: /error_code ?: ?\d{3}/i },
  {
    who: 'Mail.ru',
    opening: /this message was created automatically by mail delivery software|это письмо создано автоматически/i,
  },
  {
    who: 'OpenSMTPD',
    opening: anyOf('i')`
        this is the mailer-daemon, please do not reply|an error has occurred while attempting to deliver
        a message is delayed for more than
      `,
  },
  { who: 'DragonFly', opening: /this is the dragonfly mail agent/i },
  { who: 'Courier', opening: /this is a delivery status notification from|the original message was received on/i },
  {
    who: 'Domino',
    opening: anyOf('i')`
        your message\s{1,20}(?:subject:[^\n]{0,300}\s{1,9})?was not delivered to|domino directory
        -{3,10} ?failure reasons ?-
      `,
  },
  { who: 'GroupWise', opening: /the message that you sent was undeliverable to/i },
  {
    who: 'Sun Messaging Server',
    opening:
      /this report relates to a message you sent with the following header|your message (?:cannot be delivered to|can not be delivered) the following recipients/i,
  },
  {
    who: 'PowerMTA',
    opening:
      /this message was created automatically by mail system \(powermta|could not be delivered to its intended recipient/i,
  },
  { who: 'Apache James', opening: /error message below:[\s\S]{0,2000}message details:/i },
  {
    who: 'MDaemon',
    opening: anyOf('i')`
        the following data may contain sections which represent bounced|--- session transcript ---
        was not able to be delivered
      `,
  },
  {
    who: 'IMail',
    opening:
      /^(?:undeliverable to|unknown (?:user|host):|invalid final delivery userid|user mailbox exceeds|delivery failed \d{1,4} attempts|body of message generated response)/im,
  },
  { who: 'LSMTP', opening: /error-for:\s{1,9}\S{1,200}@/i },
  {
    who: 'MailEnable',
    opening: /mailenable: message could not be delivered|message delivery failure - mail(?:system|enable)/i,
  },
  { who: 'SmarterMail', opening: /could not deliver message to the following recipient\(s\)/i },
  { who: 'hMailServer', opening: /your message did not reach some or all of the intended recipients/i },
  { who: 'Merak', opening: /reporting-mta:[\s\S]{0,300}the attached message could not be delivered/i },
  { who: 'Kerio', opening: /this is an automatically generated delivery status notification/i },
  // Dovecot's Sieve too, in the form of a read receipt.
  { who: 'Cyrus', opening: /^your message (?:to <?\S{1,300}>? )?was automatically rejected/im, isSure: true },
  { who: 'CommuniGate', opening: /failed to deliver to '?"?\S{1,200}@/i },
  { who: '1&1', opening: /the following address(?:es)? failed:|for the following reason:/i },
  { who: 'Haraka', opening: /this is the mail system at host|haraka/i },
  { who: 'Google Groups', opening: /you may not have permission to post messages to the group|google groups/i },

  // Gateways that filter.
  {
    who: 'MailMarshal',
    opening: /could not be delivered because of\s[\s\S]{0,1000}the following recipients were affected/i,
  },
  { who: 'MailFoundry', opening: /unable to deliver message to: ?<|delivery failed for the following reason/i },
  { who: 'SurfControl', opening: /your message could not be sent\.\s{1,9}a transcript of the attempts/i },
  { who: 'InterScan', opening: /message from interscan|sent <<<[\s\S]{0,300}received >>>/i },
  { who: 'WebShield', opening: /-{3,5} ?failed recipients ?-/i },
  { who: 'McAfee', opening: /-{2,5} ?the following addresses had delivery (?:problems|errors)/i },
  { who: 'Mimecast', opening: /an email you attempted to send to the following|administrative prohibition/i },
  { who: 'Barracuda', opening: /your message to:[\s\S]{0,300}was blocked by our spam firewall/i },
  { who: 'MessageLabs', opening: /this is the mail delivery agent at messagelabs/i },
  { who: 'MXLogic', opening: /this message was created automatically by mail delivery software[\s\S]{0,200}mxlogic/i },
  {
    who: 'amavisd',
    opening: anyOf('i')`
        banned contents? (?:alert|in|from)|content type:[^\n]{0,80}\s{1,9}(?:internal reference|the message has been)
        the message (?:was|has been) (?:rejected|blocked) (?:because|by)|unchecked contents
      `,
  },
  { who: 'Symantec', opening: /mail could not be delivered|your message was blocked/i },

  // Carriers.
  {
    who: 'EZweb',
    opening:
      /the user\(s\) account is|each of the following recipients was rejected|your message was not delivered within/i,
  },
  { who: 'au one net', opening: /your mail sent on: |could not be delivered to: <|as their mailbox is full/i },
  { who: 'Biglobe', opening: /-{3,5} ?the following addresses had delivery errors/i },
  { who: 'Verizon', opening: /message could not be delivered to mobile/i, isSure: true },
  { who: 'docomo', opening: /次のあて先へのメッセージはエラーのため送信できませんでした/ },
  { who: 'Facebook', opening: /this message was created automatically by facebook/i, isSure: true },

  // Robots that return a mail under the name of a list or of an error page.
  {
    who: 'fml',
    opening: anyOf('i')`
        you \S{1,200} are not member|you are not a member of this mailing list|not member article from
        duplicated message-id in <|fml system error message|loop back warning:
      `,
    isSure: true,
    recipient: /<([^<>\s]{1,128}@[^<>\s]{1,255})>/,
  },
  {
    who: 'X6',
    opening: /^there was an error sending your mail|we had trouble delivering your message\. full details follow/im,
    isSure: true,
  },
];
