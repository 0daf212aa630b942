import Handlebars from 'handlebars';
import { compileProgram, type Fill, type Hand, isMissing, type MergeData } from './fill.js';
import { quotedPrintable, wellFormed } from './quoted-printable.js';
import { type Patch, patchOf, sewn } from './tidy.js';

/** How values are written into the place that a filled text goes to. */
export type Escape = 'none' | 'html' | 'address';

const asItIs = (text: string): string => text;
const hands: Readonly<Record<Escape, Hand<string>>> = {
  none: { constant: asItIs, value: inWords },
  html: { constant: asItIs, value: inHtml },
  address: { constant: asItIs, value: inWords, lead: inAddress },
};

/** A text that is filled into one string. */
export function stringOf(program: hbs.AST.Program, escape: Escape): Fill {
  const pour = compileProgram(program, hands[escape]);
  return (data) => {
    let filled = '';
    pour(data, (piece) => {
      filled += piece;
    });
    return filled;
  };
}

/** Writes a filled text as quoted-printable, in pieces of whole lines: what all leads read alike is encoded only once. */
export type Write = (data: MergeData, write: (piece: string) => void) => void;

/** Both parts of a mail. */
export type InMime = { readonly html: Write; readonly text: Write };

/**
 * A text that was put together of lines stays a tree of them, which each mail would walk through again; read back from its
 * bytes it is one stretch of memory.
 */
const encodedOnce = (text: string): string => Buffer.from(quotedPrintable(text), 'latin1').toString('latin1');

const htmlHand: Hand<string> = { constant: encodedOnce, value: (value) => quotedPrintable(inHtml(value)) };
const textHand: Hand<Patch> = {
  constant: (text) => patchOf(text, encodedOnce),
  value: (value) => patchOf(inWords(value), quotedPrintable),
};

/** HTML as it goes into MIME. */
export function htmlInMime(program: hbs.AST.Program): Write {
  return compileProgram(program, htmlHand);
}

/** Plain text as it goes into MIME, tidied as `tidied` does. */
export function textInMime(program: hbs.AST.Program): Write {
  const pour = compileProgram(program, textHand);
  return (data, write) => {
    pour(
      data,
      sewn((blank) => write(blank === ' ' ? ' =\r\n' : quotedPrintable(blank)), write),
    );
    write('\r\n');
  };
}

function inWords(value: unknown): string {
  return typeof value === 'string' ? value : isMissing(value) ? '' : String(value);
}

/** Line breaks become one kind value by value, so that a CR at the end of one never joins the LF after it. */
function inHtml(value: unknown): string {
  const text = inWords(value);
  return Handlebars.escapeExpression(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);
}

function inAddress(value: unknown): unknown {
  return isMissing(value) ? value : encodeURIComponent(wellFormed(inWords(value)));
}
