import { shortened } from '../event/network.js';
import { isVisitor } from '../event/site-rules.js';
import { hasControlCharacters } from '../schema.js';
import { isTimeZone } from '../sequence/duration.js';
import { languageIn } from './accept-language.js';
import { firstOf, type Sent } from './sent.js';
import type { Origin } from './submission.js';
import { urlOf } from '../url.js';

/** What a request tells of where a form was filled in, besides what stands in the form. */
export type Surroundings = {
  readonly at: Date;
  readonly ip: string;
  readonly userAgent: string | undefined;
  readonly referrer: string | undefined;
  readonly acceptLanguage: string | undefined;
  /** The form's own page, where nothing tells another. */
  readonly ownPage: string;
};

/** Names that a form's page sends along; no field of a lead begins like them. */
export const pageName = '_page';
export const referrerName = '_referrer';
export const timezoneName = '_timezone';
export const visitorName = 'visitor';

export const utmNames = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'] as const;

const longestAgent = 300;
const longestUtm = 200;
const longestPage = 500;

/** Where a form was filled in. Nothing of it can be wrong: what cannot be read is left out. */
export function readOrigin(sent: Sent, around: Surroundings): Origin {
  const page = pageIn(firstOf(sent, pageName)) ?? pageIn(around.referrer) ?? around.ownPage;
  const referrer = pageIn(firstOf(sent, referrerName));
  const userAgent = plain(around.userAgent, longestAgent);
  const utm = utmIn(sent);
  const visitor = firstOf(sent, visitorName) ?? '';
  return {
    at: around.at,
    network: shortened(around.ip),
    page,
    ...(referrer && referrer !== page ? { referrer } : {}),
    ...(userAgent ? { userAgent } : {}),
    ...(Object.keys(utm).length > 0 ? { utm } : {}),
    ...(isVisitor(visitor) ? { visitor } : {}),
  };
}

/** What the person's machine says of language and place. */
export function readHabits(sent: Sent, { acceptLanguage }: Pick<Surroundings, 'acceptLanguage'>) {
  const locale = languageIn(acceptLanguage);
  const timezone = firstOf(sent, timezoneName);
  return {
    ...(locale ? { locale } : {}),
    ...(timezone && timezone.length <= 64 && isTimeZone(timezone) ? { timezone } : {}),
  };
}

/** A page without its query, which may hold what is nobody's business; undefined for what is no page of the web. */
function pageIn(written: string | undefined): string | undefined {
  const url = written && written.length <= 4 * longestPage ? urlOf(written) : undefined;
  return url && /^https?:$/.test(url.protocol) ? `${url.origin}${url.pathname}`.slice(0, longestPage) : undefined;
}

/** source, medium, campaign, term and content. */
function utmIn(sent: Sent): Readonly<Record<string, string>> {
  const found = utmNames.flatMap((name) => {
    const value = plain(firstOf(sent, name), longestUtm);
    return value ? [[name.slice('utm_'.length), value] as const] : [];
  });
  return Object.fromEntries(found);
}

function plain(text: string | undefined, most: number): string | undefined {
  const trimmed = text?.trim().normalize('NFC').slice(0, most);
  return trimmed && !hasControlCharacters(trimmed) && !/\p{Cs}/u.test(trimmed) ? trimmed : undefined;
}
