import { quoted } from '../diagnostic.js';
import { urlOf } from '../url.js';

/** What is wrong with an address, and the mend. */
export type DeadAddress = { readonly message: string; readonly hint: string };

type Use = { readonly isPicture: boolean; readonly website: string };

/** Why an address as written in a template leads no lead anywhere; undefined when it may. */
export function whyDead(written: string, use: Use): DeadAddress | undefined {
  const address = written.trim().replaceAll('&amp;', '&');
  if (address === '' || (address === '#' && !use.isPicture)) {
    const what = use.isPicture ? 'this picture has no address' : 'this link leads nowhere';
    return { message: what, hint: 'Write an address that begins with "https://".' };
  }
  // What a merge field alone holds is the brand's, the lead's or ours; a place in the mail is looked for elsewhere.
  if (address.startsWith('{{') || (address.startsWith('#') && !use.isPicture)) return undefined;
  if (/^https?:/i.test(address)) return whyDeadOnTheWeb(address, use);
  if (/^(?!tel:|sms:)[\w.-]+:\d+([/?#]|$)/i.test(address))
    return whyDeadOnTheWeb(`http://${address}`, use) ?? withoutHttps(address);
  const [scheme = ''] = /^[a-z][a-z0-9+-]*:/i.exec(address) ?? [];
  if (/^mailto:/i.test(scheme))
    return /@|\{\{/.test(address)
      ? undefined
      : { message: 'this link names no address to write to', hint: 'Write "mailto:name@…".' };
  if (/^(javascript|file|about):/i.test(scheme))
    return {
      message: `mail programs do not follow ${quoted(address)}`,
      hint: 'Link to a page that begins with "https://".',
    };
  return scheme === '' ? withoutHttps(address) : undefined;
}

/** A mail lies in no folder, so nothing can be relative to it. */
function withoutHttps(address: string): DeadAddress {
  const isHost =
    /^(\/\/)?([\w-]+\.)+[a-z]{2,}(:\d+)?([/?#]|$)/i.test(address) &&
    !/\.(html?|png|jpe?g|gif|svg|pdf|mjml)$/i.test(address);
  const message = `${quoted(address)} has no "https://" before it, and a mail has no folder in which it could be found`;
  const hint = isHost
    ? `Write ${quoted(`https://${address.replace(/^\/\//, '')}`)}.`
    : 'Write the whole address, with "https://" and the name of your site.';
  return { message, hint };
}

function whyDeadOnTheWeb(address: string, { website }: Use): DeadAddress | undefined {
  const filled = address.replace(/\{\{[\s\S]*?\}\}/g, 'x');
  const url = urlOf(filled);
  // A host that a merge field tells is not ours to judge.
  if (/^https?:\/\/[^/?]*\{\{/i.test(address)) return undefined;
  if (!url || /\s/.test(filled) || !/^https?:\/\/[^/]/i.test(filled))
    return {
      message: `${quoted(address)} cannot be read as an address`,
      hint: 'Write "https://", the name of a site and a path, without blanks.',
    };
  if (isPrivate(url.hostname))
    return { message: `${quoted(url.host)} is a machine that no lead can reach`, hint: 'Name the public address.' };
  if (isPlaceholder(url.hostname) && !isPlaceholder(new URL(website).hostname))
    return { message: `${quoted(url.host)} stands for a site that is still to be named`, hint: 'Name your own site.' };
  return undefined;
}

/** Addresses of a machine itself or of a network behind a door (RFC 6761, RFC 1918), and names without a dot. */
function isPrivate(host: string): boolean {
  const isNumeric = /^(127|10|0)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\./.test(host);
  return (
    isNumeric || host.startsWith('[') || !host.includes('.') || /\.(localhost|local|internal|test|invalid)$/.test(host)
  );
}

/** Names that are kept free for examples (RFC 2606), and what people write in their place. A brand that lives there is one. */
function isPlaceholder(host: string): boolean {
  return /(^|\.)example(\.(com|org|net))?$|(^|\.)your-?(company|domain|site|website)\.\w+$/.test(host);
}
