import { isId } from '../event/id.js';
import {
  boundaryOf,
  copyOf,
  type LeadOrder,
  letterheadOf,
  type Mail,
  type MailSetting,
  type StepOrder,
} from './mail.js';
import { compileHead } from './mime-head.js';
import type { Template } from './template.js';

/** One mail ready for the wire, in ASCII and with CRLF. */
export type ReadyMail = Pick<Mail, 'id' | 'from' | 'returnPath' | 'to' | 'subject' | 'date' | 'links'> & {
  /** The header fields, each with its CRLF, without the empty line that ends them. */
  readonly head: string;
  /** Every line of it ends with CRLF and none begins with a dot, so that it goes over the wire as it is (RFC 5321 §4.5.2). */
  readonly body: string;
};

export type CompiledMail = (order: LeadOrder) => ReadyMail;

/**
 * Compiles a step's mail down to its MIME, once for all leads: what stays the same is encoded here, and for each lead only
 * its own values are. It says what `renderMail` and `toMime` say, in a fraction of their time. Throws as `renderMail` does.
 */
export function compileMime(template: Template, step: StepOrder, setting: MailSetting): CompiledMail {
  const letterhead = letterheadOf(step, setting);
  const headOf = compileHead(letterhead, step, setting);
  const { html, text } = template.inMime();
  return ({ message: id, plannedAt: date, ...rest }) => {
    if (!isId(id)) throw new Error(`"${id}" is not a message id`);
    // The lead's own comes last, so that nothing of another can stand in a step; a literal takes ten times as long.
    const order = Object.assign({}, step, rest, { message: id, plannedAt: date });
    const { to, subject, data, links, own, answersTo } = copyOf(template, letterhead, order, setting);
    const head = headOf({ id, to, subject, date, unsubscribeUrl: data.unsubscribeUrl, own, answersTo });

    const boundary = `--${boundaryOf(id)}`;
    let body = boundary + plainPart;
    const add = (piece: string): void => {
      body += piece;
    };
    text(data, add);
    body += `\r\n${boundary}${htmlPart}`;
    html(data, add);
    body += `\r\n${boundary}--\r\n`;
    const { returnPath } = own;
    return { id, from: letterhead.from, ...(returnPath ? { returnPath } : {}), to, subject, date, links, head, body };
  };
}

const plainPart = headOfPart('plain');
const htmlPart = headOfPart('html');

function headOfPart(kind: string): string {
  return `\r\nContent-Type: text/${kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`;
}
