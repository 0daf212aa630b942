import { type ParsedMail, simpleParser } from 'mailparser';
import * as z from 'zod';

const Mailbox = z.object({ name: z.string(), address: z.string() });
/** A mail as somebody writes it for Nodemailer. */
export const Content = z.object({
  from: Mailbox,
  replyTo: Mailbox.optional(),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  headers: z.record(z.string(), z.string()),
});
export type Content = z.output<typeof Content>;

/** What others must write themselves, to send the same mail. */
const ownHeaders = /^(?:list-|feedback-id|auto-submitted|x-)/i;

/** Reads back what was sent, so that others can send the same: nothing here depends on how Rivulet makes a mail. */
export async function readContent(mime: Buffer): Promise<Content> {
  const mail = await simpleParser(mime, { skipImageLinks: true, skipHtmlToText: true, skipTextToHtml: true });
  const [from] = mail.from?.value ?? [];
  const [replyTo] = mail.replyTo?.value ?? [];
  return Content.parse({
    from,
    ...(replyTo ? { replyTo } : {}),
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    headers: headersOf(mail),
  });
}

function headersOf({ headerLines }: ParsedMail): Record<string, string> {
  const own = headerLines.filter(({ key }) => ownHeaders.test(key));
  return Object.fromEntries(
    own.map(({ key, line }) => [
      key,
      line
        .slice(key.length + 1)
        .replace(/\r?\n/g, '')
        .trim(),
    ]),
  );
}
