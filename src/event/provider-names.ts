/** The mail providers whose webhooks Rivulet reads. */
export const providerNames = [
  'sendgrid',
  'mailgun',
  'postmark',
  'ses',
  'sparkpost',
  'brevo',
  'mailjet',
  'resend',
  'mailersend',
] as const;

export type ProviderName = (typeof providerNames)[number];
