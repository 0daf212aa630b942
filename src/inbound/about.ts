import { type InboundMail } from './mail.js';
import { bareId, idsIn, originalOf } from './original.js';

/** Message-IDs of ours that a mail may be about, the likeliest first. */
export function messageIdsOf(mail: InboundMail, named: readonly (string | undefined)[] = []): readonly string[] {
  const original = originalOf(mail)?.messageId;
  const own = bareId(mail.headers('message-id')[0] ?? '');
  const ids = [
    original,
    ...named.map((id) => bareId(id ?? '')),
    ...mail.headers('in-reply-to').flatMap(idsIn),
    ...mail.headers('references').flatMap(idsIn).toReversed(),
  ];
  return [...new Set(ids.filter((id) => id !== undefined))].filter((id) => id !== own).slice(0, 50);
}
