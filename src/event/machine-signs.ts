import { knownBy, type Machines } from './machine-rule.js';
import { shortened } from './network.js';

/** One request for something in a mail: its picture, a link, or the link that nobody sees. */
export type Hit = {
  readonly kind: 'open' | 'click' | 'trap';
  readonly method: string;
  /** Which link, counted from 0; on a click. */
  readonly link?: number;
  readonly userAgent: string;
  readonly ip: string;
  readonly at: Date;
  /** By lower-case name; only those of `tellingHeaders` are looked at. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Came over https, where browsers tell more of themselves. */
  readonly isSecure: boolean;
};

/** What a request says of who made it. */
export const tellingHeaders = [
  'accept',
  'accept-language',
  'sec-fetch-mode',
  'sec-purpose',
  'purpose',
  'x-purpose',
  'x-moz',
] as const;

/** What one request tells by itself, each in words for people to read. */
export type Signs = {
  /** Each of them is enough. */
  readonly certain: readonly string[];
  /** Two of them are enough. */
  readonly hints: readonly string[];
  /** It came through what carries the looks of many people. */
  readonly isCarried: boolean;
};

/** A request as it is kept until it is judged: of who made it only what the judging needs. */
export type SeenHit = Pick<Hit, 'kind' | 'method' | 'link' | 'userAgent' | 'at'> &
  Signs & {
    /** The address without the part that tells households apart. */
    readonly network: string;
  };

/** Characters of a user agent that are looked at and kept. */
const longestAgent = 400;

/** Looks at a request alone, when it comes. What is left of it may be kept. */
export function seen(hit: Hit, machines: Machines): SeenHit {
  const { kind, method, link, at, ip } = hit;
  const userAgent = hit.userAgent.slice(0, longestAgent);
  return {
    kind,
    method,
    ...(link === undefined ? {} : { link }),
    at,
    userAgent,
    network: shortened(ip),
    ...signsOf({ ...hit, userAgent }, machines),
  };
}

function signsOf(hit: Hit, machines: Machines): Signs {
  const isTrusted = knownBy(hit, machines.people) !== undefined;
  const known = isTrusted ? undefined : knownMachine(hit, machines);
  return {
    certain: [
      ...(hit.kind === 'trap' ? ['it followed the link that nobody sees'] : []),
      ...(hit.method === 'GET' ? [] : [`it asked with ${hit.method}`]),
      ...fetchedAhead(hit),
      ...(known && known.rule.weight !== 'hint' ? [known.evidence] : []),
      ...(isTrusted ? [] : noBrowser(hit)),
    ],
    hints: isTrusted ? [] : [...(known?.rule.weight === 'hint' ? [known.evidence] : []), ...halfABrowser(hit)],
    isCarried: knownBy(hit, machines.readers) !== undefined,
  };
}

/** The rule of a known machine that a request fits. A trap is a click. */
export function knownMachine(visit: Pick<Hit, 'kind' | 'userAgent' | 'ip'>, { machines }: Machines) {
  const kind = visit.kind === 'open' ? 'open' : 'click';
  return knownBy(
    visit,
    machines.filter(({ rule }) => rule.on === undefined || rule.on === kind),
  );
}

/** Browsers say when they fetch what nobody has asked for yet: Sec-Purpose, and before it each its own. */
function fetchedAhead({ headers }: Hit): readonly string[] {
  return (['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const).flatMap((name) => {
    const [, word] = /\b(prefetch|prerender|preview)\b/i.exec(headers[name]?.slice(0, 100) ?? '') ?? [];
    return word === undefined ? [] : [`it was fetched ahead (${name}: ${word.toLowerCase()})`];
  });
}

/** A page that somebody goes to is asked for as HTML and in a language, under a name; pictures are asked for in any way. */
function noBrowser({ kind, userAgent, headers }: Hit): readonly string[] {
  if (kind !== 'click') return [];
  if (userAgent.trim() === '') return ['it does not say what it is'];
  if (isNameless(userAgent)) return [`it calls itself "${userAgent}", which no browser does`];
  if (!wantsHtml(headers) && !headers['accept-language'])
    return ['it asks for anything in no language, as no browser does'];
  return [];
}

/** `Mozilla/5.0` or `Mozilla/5.0 (…)` and nothing more. Browsers of old had no more either, and said "compatible". */
function isNameless(userAgent: string): boolean {
  return /^Mozilla\/\d\.\d(?: \([^()]{0,200}\))?$/.test(userAgent) && !userAgent.includes('compatible');
}

function wantsHtml(headers: Hit['headers']): boolean {
  return headers['accept']?.includes('text/html') ?? false;
}

/** What is odd in a browser, and yet happens: proxies of companies take headers out. */
function halfABrowser({ kind, userAgent, headers, isSecure }: Hit): readonly string[] {
  if (kind !== 'click') return [];
  const lacksFetch = isSecure && isModern(userAgent) && !headers['sec-fetch-mode'];
  return [
    ...(/^(?:Mozilla|Opera)\//.test(userAgent) ? [] : ['it does not call itself what browsers do']),
    ...(wantsHtml(headers) ? [] : ['it does not ask for HTML']),
    ...(headers['accept-language'] ? [] : ['it asks for no language']),
    ...(lacksFetch ? ['it calls itself a browser of today and lacks its headers'] : []),
  ];
}

/** Chrome sends Sec-Fetch headers since 76, Firefox since 90; only over https (Fetch Metadata §2). */
function isModern(userAgent: string): boolean {
  const [, chrome, firefox] = /\b(?:Chrome\/(\d{2,3})|Firefox\/(\d{2,3}))\./.exec(userAgent) ?? [];
  return Number(chrome) >= 80 || Number(firefox) >= 90;
}
