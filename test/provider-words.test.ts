import { describe, expect, test } from '@jest/globals';
import type { ProviderEvent } from '../src/event/canonical.js';
import type { ProviderName } from '../src/event/provider-names.js';
import { elements, eventIn, eventsIn } from './provider-calls.js';

/** In one word: `hard` and `soft` are bounces. */
function wordOf({ type, hard }: ProviderEvent): string {
  if (type !== 'bounced') return type;
  return hard ? 'hard' : 'soft';
}

const wordFor = async (provider: ProviderName, more: object) =>
  wordOf(await eventIn(provider, elements[provider](more)));

describe('Mailgun', () => {
  const failed = (status: object, more: object = {}) => ({
    event: 'failed',
    severity: 'permanent',
    'delivery-status': status,
    ...more,
  });

  test.each([
    ['accepted', { event: 'accepted' }, 'ignored'],
    ['stored', { event: 'stored' }, 'ignored'],
    ['list_member_uploaded', { event: 'list_member_uploaded' }, 'ignored'],
    ['something new', { event: 'constructor' }, 'ignored'],
    ['complained', { event: 'complained' }, 'complained'],
    ['unsubscribed', { event: 'unsubscribed' }, 'unsubscribed'],
    ['opened', { event: 'opened' }, 'opened'],
    ['clicked', { event: 'clicked' }, 'clicked'],
    ['a temporary failure', failed({ code: 550 }, { severity: 'temporary' }), 'deferred'],
    ['5xx', failed({ code: 550 }), 'hard'],
    ['5xx as text', failed({ code: '554' }), 'hard'],
    ['an enhanced code', failed({ code: 0, 'enhanced-code': '5.1.1' }), 'hard'],
    ['a bounce code', failed({ 'bounce-code': '5.4.4' }, { reason: 'generic' }), 'hard'],
    ['4xx', failed({ code: 421 }), 'soft'],
    ['too old', failed({ code: 602 }, { reason: 'old' }), 'soft'],
    ['no mail server', failed({ code: 498 }), 'soft'],
    ['no status at all', { event: 'failed', severity: 'permanent', 'delivery-status': null }, 'soft'],
    ['a suppressed bounce', failed({ code: 605 }, { reason: 'suppress-bounce' }), 'rejected'],
    ['a suppressed complaint by its code', failed({ code: 607 }), 'rejected'],
    ['rejected', { event: 'rejected', reject: { reason: 'spam' } }, 'rejected'],
  ])('%s', async (_, more, word) => {
    expect(await wordFor('mailgun', more)).toBe(word);
  });

  test.each([
    ['apple', true],
    ['gmail', true],
    ['generic', true],
    ['', false],
    [undefined, false],
  ])('a reader flagged %j is a machine: %s', async (bot, machine) => {
    const client = { bot, 'user-agent': 'Mozilla/5.0' };
    const event = await eventIn(
      'mailgun',
      elements.mailgun({ event: 'opened', ip: '192.0.2.1', 'client-info': client }),
    );
    expect(event).toMatchObject({ machine, userAgent: 'Mozilla/5.0', ip: '192.0.2.1' });
  });

  test('a rejected mail is known by its header To, where that is one address', async () => {
    const rejected = (to: string) =>
      elements.mailgun({
        event: 'rejected',
        recipient: undefined,
        message: { headers: { to, 'message-id': 'm_1@x.net' } },
      });
    expect((await eventIn('mailgun', rejected('Alice <alice@example.com>'))).recipient).toBe('alice@example.com');
    expect(await eventIn('mailgun', rejected('alice@example.com, bob@example.com'))).not.toHaveProperty('recipient');
  });

  test('a failure says why', async () => {
    const status = { code: 550, 'enhanced-code': '5.1.1', message: 'No such user', description: '' };
    expect(await eventIn('mailgun', elements.mailgun(failed(status)))).toMatchObject({
      reason: 'No such user',
      status: '5.1.1',
    });
  });
});

describe('Postmark', () => {
  const bounce = (Type: unknown, more: object = {}) => ({
    RecordType: 'Bounce',
    ID: 4323372036854775807n.toString(),
    Type,
    Recipient: undefined,
    Email: 'alice@example.com',
    ...more,
  });

  test.each([
    ['HardBounce', 'hard'],
    ['BadEmailAddress', 'hard'],
    ['SoftBounce', 'soft'],
    ['Blocked', 'soft'],
    ['DMARCPolicy', 'soft'],
    ['VirusNotification', 'soft'],
    ['SpamNotification', 'soft'],
    ['Unknown', 'soft'],
    ['SomethingNew', 'soft'],
    [undefined, 'soft'],
    ['Transient', 'deferred'],
    ['DnsError', 'deferred'],
    ['ManuallyDeactivated', 'rejected'],
    ['Unconfirmed', 'rejected'],
    ['SMTPApiError', 'rejected'],
    ['TemplateRenderingFailed', 'rejected'],
    ['InboundError', 'rejected'],
    ['Unsubscribe', 'unsubscribed'],
    ['SpamComplaint', 'complained'],
    ['AutoResponder', 'ignored'],
    ['AddressChange', 'ignored'],
    ['ChallengeVerification', 'ignored'],
    ['OpenRelayTest', 'ignored'],
    ['Subscribe', 'ignored'],
  ])('a bounce of type %s is %s, whatever its number', async (type, word) => {
    expect(await wordFor('postmark', bounce(type, { TypeCode: 1 }))).toBe(word);
  });

  test('a bounce of a new type for which Postmark closed the address is hard', async () => {
    expect(await wordFor('postmark', bounce('SomethingNew', { Inactive: true }))).toBe('hard');
    expect(await wordFor('postmark', bounce('SoftBounce', { Inactive: true }))).toBe('soft');
  });

  test.each([
    [true, 'ManualSuppression', 'unsubscribed'],
    [true, 'HardBounce', 'hard'],
    [true, 'SpamComplaint', 'complained'],
    [true, 'SomethingNew', 'ignored'],
    [true, null, 'ignored'],
    [false, 'ManualSuppression', 'ignored'],
    [false, null, 'ignored'],
  ])('a change of subscription with SuppressSending %s and reason %s is %s', async (SuppressSending, reason, word) => {
    const change = { RecordType: 'SubscriptionChange', MessageID: null, SuppressSending, SuppressionReason: reason };
    expect(await wordFor('postmark', change)).toBe(word);
  });

  test.each([
    ['SpamComplaint', 'complained'],
    ['Open', 'opened'],
    ['Click', 'clicked'],
    ['SMTPApiError', 'ignored'],
    ['toString', 'ignored'],
  ])('%s is %s', async (RecordType, word) => {
    expect(await wordFor('postmark', { RecordType })).toBe(word);
  });

  test('an open says by which program and from where', async () => {
    const open = { RecordType: 'Open', UserAgent: 'Mozilla/5.0', Geo: { IP: '192.0.2.1' } };
    expect(await eventIn('postmark', elements.postmark(open))).toMatchObject({
      userAgent: 'Mozilla/5.0',
      ip: '192.0.2.1',
      machine: false,
    });
  });
});

describe('Amazon SES', () => {
  const mail = { messageId: 'ses-1', timestamp: '2024-09-10T20:24:00.000Z', destination: ['alice@example.com'] };
  const bounce = (bounceType?: string, bounceSubType?: string) => ({
    eventType: 'Bounce',
    bounce: { bounceType, bounceSubType, bouncedRecipients: [{ emailAddress: 'alice@example.com', status: '5.1.1' }] },
  });
  const complaint = (more: object) => ({
    eventType: 'Complaint',
    complaint: { complainedRecipients: [{ emailAddress: 'alice@example.com' }], ...more },
  });
  const subscription = (now: object, before: object) => ({
    eventType: 'Subscription',
    subscription: { newTopicPreferences: now, oldTopicPreferences: before },
  });
  const topics = (...out: string[]) => ({
    unsubscribeAll: false,
    topicSubscriptionStatus: ['a', 'b'].map((topicName) => ({
      topicName,
      subscriptionStatus: out.includes(topicName) ? 'OptOut' : 'OptIn',
    })),
  });

  test.each([
    ['Send', { eventType: 'Send' }, 'ignored'],
    ['something new', { eventType: 'Something' }, 'ignored'],
    ['Permanent', bounce('Permanent', 'General'), 'hard'],
    ['Permanent NoEmail', bounce('Permanent', 'NoEmail'), 'hard'],
    ['Permanent Suppressed', bounce('Permanent', 'Suppressed'), 'rejected'],
    ['Permanent on the account list', bounce('Permanent', 'OnAccountSuppressionList'), 'rejected'],
    ['Transient', bounce('Transient', 'MailboxFull'), 'soft'],
    ['Undetermined', bounce('Undetermined', 'Undetermined'), 'soft'],
    ['no type', bounce(), 'soft'],
    ['a complaint', complaint({}), 'complained'],
    ['not spam', complaint({ complaintFeedbackType: 'not-spam' }), 'ignored'],
    ['a suppressed complaint', complaint({ complaintSubType: 'OnAccountSuppressionList' }), 'rejected'],
    ['Reject', { eventType: 'Reject', reject: { reason: 'Bad content' } }, 'rejected'],
    ['Rendering Failure', { eventType: 'Rendering Failure', failure: { errorMessage: 'x' } }, 'rejected'],
    ['leaving everything', subscription({ unsubscribeAll: true }, { unsubscribeAll: false }), 'unsubscribed'],
    ['leaving a topic', subscription(topics('a'), topics()), 'unsubscribed'],
    ['leaving another topic', subscription(topics('a', 'b'), topics('a')), 'unsubscribed'],
    ['coming back to a topic', subscription(topics('a'), topics('a', 'b')), 'ignored'],
    ['the same topics', subscription(topics('a'), topics('a')), 'ignored'],
  ])('%s', async (_, more, word) => {
    expect(await wordFor('ses', { mail, ...more })).toBe(word);
  });

  test('an older notification says the same as an event', async () => {
    const { eventType, ...rest } = bounce('Permanent');
    expect(await wordFor('ses', { mail, eventType: undefined, notificationType: eventType, ...rest })).toBe('hard');
  });

  test('a delay names its recipient, status and words', async () => {
    const delayedRecipients = [
      { emailAddress: 'alice@example.com', status: '4.4.1', diagnosticCode: 'smtp; 421 later' },
    ];
    const delay = {
      eventType: 'DeliveryDelay',
      deliveryDelay: { timestamp: '2024-09-10T20:25:00.395Z', delayedRecipients },
    };
    expect(await eventIn('ses', elements.ses(delay))).toMatchObject({
      type: 'deferred',
      recipient: 'alice@example.com',
      status: '4.4.1',
      reason: 'smtp; 421 later',
      at: new Date('2024-09-10T20:25:00.395Z'),
    });
  });

  test('each recipient of one message has an event and a dedupe key of its own', async () => {
    const bouncedRecipients = ['a@example.com', 'b@example.com'].map((emailAddress) => ({ emailAddress }));
    const events = await eventsIn('ses', {
      eventType: 'Bounce',
      mail,
      bounce: { bounceType: 'Permanent', bouncedRecipients },
    });
    expect(events.map(({ recipient }) => recipient)).toEqual(['a@example.com', 'b@example.com']);
    expect(new Set(events.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
    expect(events.map(({ eventId }) => eventId)).toEqual(['sns-1', 'sns-1']);
  });

  test('an open of a mail to several is nobody’s, and one to a single reader is theirs', async () => {
    const open = { eventType: 'Open', open: { ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0' } };
    expect(await eventIn('ses', { ...open, mail })).toMatchObject({
      type: 'opened',
      recipient: 'alice@example.com',
      ip: '192.0.2.1',
      userAgent: 'Mozilla/5.0',
    });
    const toTwo = { ...mail, destination: ['a@example.com', 'b@example.com'] };
    expect(await eventIn('ses', { ...open, mail: toTwo })).not.toHaveProperty('recipient');
  });

  test('a bounce that names nobody is kept by the mail', async () => {
    const nobody = { eventType: 'Bounce', mail, bounce: { bounceType: 'Permanent', bouncedRecipients: null } };
    expect(await eventIn('ses', nobody)).toMatchObject({ type: 'bounced', messageRef: 'ses-1' });
  });

  test('our tags come back without those of SES', async () => {
    const tags = { rivulet: ['m1'], 'ses:from-domain': ['example.com'], odd: 'x', empty: [] };
    expect((await eventIn('ses', elements.ses({ mail: { ...mail, tags } }))).metadata).toEqual({
      rivulet: 'm1',
      odd: 'x',
    });
  });
});

describe('SparkPost', () => {
  const soft = ['1', '20', '21', '22', '23', '24', '40', '50', '51', '52', '53', '54', '70', '999', undefined];

  test.each<[unknown, string]>([
    ...soft.map((bounceClass): [unknown, string] => [bounceClass, 'soft']),
    ['10', 'hard'],
    [30, 'hard'],
    ['25', 'rejected'],
    [90, 'unsubscribed'],
    ['60', 'ignored'],
    ['80', 'ignored'],
    ['100', 'ignored'],
  ])('a bounce of class %s is %s, in band and out of it', async (bounce_class, word) => {
    expect(await wordFor('sparkpost', { type: 'bounce', bounce_class })).toBe(word);
    expect(await wordFor('sparkpost', { type: 'out_of_band', bounce_class })).toBe(word);
  });

  test.each([
    ['delay', 'deferred'],
    ['policy_rejection', 'rejected'],
    ['generation_failure', 'rejected'],
    ['generation_rejection', 'rejected'],
    ['spam_complaint', 'complained'],
    ['open', 'opened'],
    ['initial_open', 'opened'],
    ['amp_open', 'opened'],
    ['amp_initial_open', 'opened'],
    ['click', 'clicked'],
    ['amp_click', 'clicked'],
    ['list_unsubscribe', 'unsubscribed'],
    ['link_unsubscribe', 'unsubscribed'],
    ['injection', 'ignored'],
    ['relay_delivery', 'ignored'],
    ['ab_test_completed', 'ignored'],
    ['sms_status', 'ignored'],
    ['hasOwnProperty', 'ignored'],
  ])('%s is %s', async (type, word) => {
    expect(await wordFor('sparkpost', { type })).toBe(word);
  });

  test.each([
    [{ is_prefetched: true }, true],
    [{ is_prefetched: false }, false],
    [{ is_proxy: true }, false],
    [null, false],
  ])('an open by %j is a machine’s: %s', async (user_agent_parsed, machine) => {
    const open = { type: 'open', user_agent: 'Mozilla/5.0', ip_address: '192.0.2.1', user_agent_parsed };
    expect(await eventIn('sparkpost', elements.sparkpost(open))).toMatchObject({
      machine,
      userAgent: 'Mozilla/5.0',
      ip: '192.0.2.1',
    });
  });

  test.each(['1725999900', 1725999900, '2024-09-10T20:25:00.000Z', '2024-09-10T20:25:00+00:00'])(
    'the time may be %j',
    async (timestamp) => {
      expect((await eventIn('sparkpost', elements.sparkpost({ timestamp }))).at?.toISOString()).toBe(
        '2024-09-10T20:25:00.000Z',
      );
    },
  );

  test('a ping, alone or in an array, is about nothing', async () => {
    expect((await eventIn('sparkpost', [{ msys: {} }])).type).toBe('ignored');
    expect((await eventIn('sparkpost', { msys: {} })).type).toBe('ignored');
  });
});

describe('Brevo', () => {
  test.each([
    ['request', 'ignored'],
    ['sent', 'ignored'],
    ['list_addition', 'ignored'],
    ['contact_updated', 'ignored'],
    ['valueOf', 'ignored'],
    ['deferred', 'deferred'],
    ['click', 'clicked'],
    ['soft_bounce', 'soft'],
    ['hard_bounce', 'hard'],
    ['invalid_email', 'hard'],
    ['blocked', 'rejected'],
    ['error', 'rejected'],
    ['complaint', 'complained'],
    ['spam', 'complained'],
    ['unique_opened', 'opened'],
    ['opened', 'opened'],
    ['unsubscribed', 'unsubscribed'],
    ['unsubscribe', 'unsubscribed'],
  ])('%s is %s', async (event, word) => {
    expect(await wordFor('brevo', { event })).toBe(word);
  });

  test.each([
    ['proxy_open', true],
    ['unique_proxy_open', true],
    ['opened', false],
  ])('%s is a machine’s: %s', async (event, machine) => {
    expect(await eventIn('brevo', elements.brevo({ event }))).toMatchObject({ type: 'opened', machine });
  });

  test.each([
    ['milliseconds', { ts_epoch: 1725999900000, ts_event: 1, ts: 1 }],
    ['seconds', { ts_epoch: 1725999900, ts_event: 1, ts: 1 }],
    ['ts_event', { ts_epoch: undefined, ts_event: 1725999900, ts: 1 }],
    ['ts', { ts_epoch: undefined, ts: 1725999900 }],
  ])('the time is taken from %s', async (_, more) => {
    expect((await eventIn('brevo', elements.brevo(more))).at?.toISOString()).toBe('2024-09-10T20:25:00.000Z');
  });

  test.each([
    ['{"rivulet":"m1"}', { rivulet: 'm1' }],
    [{ rivulet: 'm1' }, { rivulet: 'm1' }],
    ['some text', {}],
    ['["a"]', {}],
    [undefined, {}],
  ])('X-Mailin-custom of %j gives %j', async (custom, metadata) => {
    expect((await eventIn('brevo', elements.brevo({ 'X-Mailin-custom': custom }))).metadata).toEqual(metadata);
  });
});

describe('Mailjet', () => {
  test.each([
    ['open', {}, 'opened'],
    ['click', {}, 'clicked'],
    ['spam', {}, 'complained'],
    ['unsub', {}, 'unsubscribed'],
    ['blocked', { error: 'preblocked' }, 'rejected'],
    ['bounce', { hard_bounce: true, error: 'user unknown' }, 'hard'],
    ['bounce', { hard_bounce: false, error: 'mailbox full' }, 'soft'],
    ['bounce', { hard_bounce: false, error: 'greylisted' }, 'deferred'],
    ['bounce', {}, 'soft'],
    ['something', {}, 'ignored'],
  ])('%s with %j is %s', async (event, more, word) => {
    expect(await wordFor('mailjet', { event, ...more })).toBe(word);
  });

  test('two MessageIDs that JSON takes for one number are two mails', async () => {
    const element = (id: string) => `{"event":"open","email":"a@example.com","time":1,"MessageID":${id},"CustomID":""}`;
    const events = await eventsIn('mailjet', `[${element('1152921504606846977')},${element('1152921504606846976')}]`);
    expect(events.map(({ messageRef }) => messageRef)).toEqual(['1152921504606846977', '1152921504606846976']);
    expect(new Set(events.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
  });

  test('the same event told twice has one dedupe key, though it has no id', async () => {
    const [first, again] = await eventsIn('mailjet', [elements.mailjet({}), elements.mailjet({})]);
    expect(again?.dedupeKey).toBe(first?.dedupeKey);
  });

  test('an empty CustomID is none', async () => {
    expect((await eventIn('mailjet', elements.mailjet({ CustomID: '', Payload: '' }))).metadata).toEqual({});
  });
});

describe('Resend', () => {
  const data = { email_id: 're-1', to: ['alice@example.com'] };

  test.each([
    ['email.sent', {}, 'ignored'],
    ['email.scheduled', {}, 'ignored'],
    ['contact.created', {}, 'ignored'],
    ['domain.updated', {}, 'ignored'],
    ['email.delivery_delayed', {}, 'deferred'],
    ['email.complained', {}, 'complained'],
    ['email.opened', {}, 'opened'],
    ['email.clicked', {}, 'clicked'],
    ['email.failed', { failed: { reason: 'x' } }, 'rejected'],
    ['email.suppressed', {}, 'rejected'],
    ['email.bounced', {}, 'hard'],
    ['email.bounced', { bounce: { type: 'Permanent', subType: 'General' } }, 'hard'],
    ['email.bounced', { bounce: { type: 'Permanent', subType: 'Suppressed' } }, 'rejected'],
    ['email.bounced', { bounce: { type: 'Permanent', subType: 'OnAccountSuppressionList' } }, 'rejected'],
    ['email.bounced', { bounce: { type: 'Transient', subType: 'MailboxFull' } }, 'soft'],
    ['email.bounced', { bounce: { type: 'Undetermined' } }, 'soft'],
  ])('%s with %j is %s', async (type, more, word) => {
    expect(await wordFor('resend', { type, data: { ...data, ...more } })).toBe(word);
  });

  test.each([
    [['alice@example.com'], 'alice@example.com'],
    [['Alice <alice@example.com>'], 'alice@example.com'],
    ['alice@example.com', 'alice@example.com'],
    [['a@example.com', 'b@example.com'], undefined],
    [[], undefined],
    [null, undefined],
  ])('to %j the recipient is %j', async (to, recipient) => {
    expect((await eventIn('resend', elements.resend({ data: { ...data, to } }))).recipient).toBe(recipient);
  });

  test.each([
    [
      { a: 'x', n: 1 },
      { a: 'x', n: '1' },
    ],
    [[{ name: 'a', value: 'x' }], { a: 'x' }],
    [null, {}],
  ])('tags of %j come back as %j', async (tags, metadata) => {
    expect((await eventIn('resend', elements.resend({ data: { ...data, tags } }))).metadata).toEqual(metadata);
  });

  test('a click says by which program and from where', async () => {
    const click = { link: 'https://example.com/', ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0' };
    expect(await eventIn('resend', elements.resend({ type: 'email.clicked', data: { ...data, click } }))).toMatchObject(
      {
        url: 'https://example.com/',
        ip: '192.0.2.1',
        userAgent: 'Mozilla/5.0',
      },
    );
  });
});

describe('MailerSend', () => {
  const typed = async (type: string) => {
    const element = elements.mailersend({});
    return wordOf(await eventIn('mailersend', JSON.stringify(element).replace('activity.delivered', type)));
  };

  test.each([
    ['activity.sent', 'ignored'],
    ['activity.survey_opened', 'ignored'],
    ['sender_identity.verified', 'ignored'],
    ['activity.deferred', 'deferred'],
    ['activity.soft_bounced', 'soft'],
    ['activity.hard_bounced', 'hard'],
    ['activity.opened', 'opened'],
    ['activity.opened_unique', 'opened'],
    ['activity.clicked', 'clicked'],
    ['activity.clicked_unique', 'clicked'],
    ['activity.unsubscribed', 'unsubscribed'],
    ['activity.spam_complaint', 'complained'],
  ])('%s is %s', async (type, word) => {
    expect(await typed(type)).toBe(word);
  });

  const flat = (type: string, more: object = {}) => ({
    type,
    created_at: '2024-09-10T20:25:00.000000Z',
    data: { id: 'e1', message_id: 'ms-1', email_id: 'x', recipient: 'alice@example.com', meta: [], ...more },
  });

  test.each([
    ['activity.delivered', {}, 'delivered'],
    ['activity.hard_bounced', { meta: { bounce_code: 550 } }, 'hard'],
    ['activity.suppressed', { meta: { suppression_reason: 'on_hold' } }, 'rejected'],
    ['activity.sent', {}, 'ignored'],
    ['activity.opened', { recipient: undefined, email: 'alice@example.com' }, 'opened'],
  ])('%s with %j of version 2 is read as well', async (type, more, word) => {
    const event = await eventIn('mailersend', flat(type, more));
    expect(wordOf(event)).toBe(word);
    expect(event).toMatchObject({
      recipient: 'alice@example.com',
      messageRef: 'ms-1',
      eventId: 'e1',
      at: new Date('2024-09-10T20:25:00Z'),
    });
  });

  test('a click of version 2 says what, by which program and from where', async () => {
    const meta = { url: 'https://example.com/', ip: '192.0.2.1', user_agent: 'Mozilla/5.0' };
    const event = await eventIn('mailersend', flat('activity.clicked', { meta, tags: ['rivulet-abc', 'x'] }));
    expect(event).toMatchObject({
      url: 'https://example.com/',
      ip: '192.0.2.1',
      userAgent: 'Mozilla/5.0',
      metadata: { rivulet: 'abc' },
    });
  });

  test('a bounce says why in words for people', async () => {
    const morph = { reason: 'x', readable_reason: 'Host not found', ip: '192.0.2.1' };
    expect(await eventIn('mailersend', elements.mailersend({ morph }))).toMatchObject({
      reason: 'Host not found',
      ip: '192.0.2.1',
    });
  });
});
