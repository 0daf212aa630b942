import type { SeenHit } from './machine-signs.js';
import { seconds, type SentMail, tooSoon } from './machine-timing.js';

/**
 * Links within so short a time are nobody's: whoever opens pages in tabs takes half a second for each at the least. Two are
 * no sign, for the first may have hung in its handshake while the second was clicked.
 */
const bursts = [
  { links: 3, withinMs: 1000 },
  { links: 4, withinMs: 2000 },
] as const;

/** Nobody goes to every page of a mail that has just come, the logo's too, at such a pace. With fewer links it does happen. */
const everything = { links: 5, eachMs: 4000, beganWithinMs: 120_000 };

/** Scanners that go through a mail one link after the other take a second or two for each. */
const stepMs = 2500;

/** For so long a link counts as taken by a scan. */
const takenMs = 10_000;

/** How long before and after what gives a program away the rest of its doings are the same machine's. */
const itselfMs = 60_000;

/** A person has the mail open for so long before the first click, and takes so long from one link to the next. */
const reading = { beforeMs: 3000, betweenMs: 400 };

/** What the company of a hit tells: of each hit of a mail, in order of time, what others around it say of it. */
export function companyOf(hits: readonly SeenHit[], mail: SentMail): ReadonlyMap<SeenHit, string> {
  const clicks = hits.filter(({ kind }) => kind !== 'open');
  const news = clicks.filter((hit) => isNewLink(hit, clicks));
  const readers = new Set(clicks.filter((hit) => isReader(hit, hits, mail)));
  const told = new Map<SeenHit, string>();
  const tell = (among: readonly SeenHit[], evidence: string): void => {
    for (const hit of among) if (!told.has(hit) && !readers.has(hit)) told.set(hit, evidence);
  };

  for (const { sweep, links } of burstsIn(news)) tell(sweep, `${links} of ${mail.links} links within ${spanOf(sweep)}`);
  for (const sweep of sweepsOfAll(clicks, mail)) tell(sweep, `all ${mail.links} links within ${spanOf(sweep)}`);
  for (const trap of clicks.filter(({ kind }) => kind === 'trap'))
    tell(chainOf(trap, clicks, new Set(news)), 'it went along when the link that nobody sees was followed');

  for (const own of byProgram(hits)) {
    const givenAway = own.filter((hit) => told.has(hit) || givesItselfAway(hit, mail));
    for (const hit of own)
      if (givenAway.some((other) => other !== hit && apartMs(hit, other) <= itselfMs) && !told.has(hit))
        told.set(hit, 'the same program did what only machines do');
  }
  return told;
}

/** A mail program that shows what comes may load the pictures of a new mail at once, and its person clicks later. */
function givesItselfAway(hit: SeenHit, mail: SentMail): boolean {
  return hit.kind === 'trap' || (hit.kind === 'click' && tooSoon(hit, mail).length > 0);
}

/**
 * What the program behind a hit did besides: the same name on the same network. A company's scanner and its people may
 * share the network alone.
 */
export function sameProgram(hit: SeenHit, hits: readonly SeenHit[]): readonly SeenHit[] {
  const { network, userAgent, isCarried } = hit;
  if (isCarried) return [];
  return hits.filter((other) => !other.isCarried && other.network === network && other.userAgent === userAgent);
}

/**
 * A person: somebody had the mail open before, on this network or through a proxy of pictures, and the clicks come at a
 * person's pace, none on the link that nobody sees. Without it whoever clicks in the midst of a scan would be a part of it.
 */
function isReader(hit: SeenHit, hits: readonly SeenHit[], mail: SentMail): boolean {
  const own = sameProgram(hit, hits).filter((one) => one.kind !== 'open' && apartMs(one, hit) <= itselfMs);
  const [first] = own;
  if (!first || own.some(({ kind }) => kind === 'trap')) return false;
  const hasOpened = hits.some(
    (open) =>
      open.kind === 'open' &&
      (open.isCarried || open.network === hit.network) &&
      open.certain.length === 0 &&
      tooSoon(open, mail).length === 0 &&
      first.at.getTime() - open.at.getTime() >= reading.beforeMs,
  );
  return hasOpened && own.every((one, i) => isAtLeisure(own[i - 1], one));
}

/** The same link twice is a double click. */
function isAtLeisure(before: SeenHit | undefined, hit: SeenHit): boolean {
  return !before || before.link === hit.link || apartMs(before, hit) >= reading.betweenMs;
}

type Sweep = { readonly sweep: readonly SeenHit[]; readonly links: number };

/** Clicks that went to many links at once, those to the most links first. */
function burstsIn(clicks: readonly SeenHit[]): readonly Sweep[] {
  const sweeps = bursts.flatMap(({ links: least, withinMs }) =>
    clicks.flatMap((first): readonly Sweep[] => {
      const sweep = clicks.filter((hit) => isWithinMs(first, hit, withinMs));
      const links = linksIn(sweep);
      return links >= least ? [{ sweep, links }] : [];
    }),
  );
  return sweeps.toSorted((a, b) => b.links - a.links);
}

/** One program that went through the whole of a new mail. */
function sweepsOfAll(clicks: readonly SeenHit[], { links, acceptedAt }: SentMail): readonly (readonly SeenHit[])[] {
  if (links < everything.links) return [];
  const isNew = ({ at }: SeenHit): boolean =>
    !acceptedAt || at.getTime() - acceptedAt.getTime() <= everything.beganWithinMs;
  return byProgram(clicks).flatMap((own) =>
    own
      .filter(isNew)
      .map((first) => own.filter((hit) => isWithinMs(first, hit, (links - 1) * everything.eachMs)))
      .filter((window) => linksIn(window.filter(({ kind }) => kind === 'click')) >= links),
  );
}

/** What came before and after a trap, while one new link closely follows the other. */
function chainOf(trap: SeenHit, clicks: readonly SeenHit[], news: ReadonlySet<SeenHit>): readonly SeenHit[] {
  const at = clicks.indexOf(trap);
  const along = [...closely(clicks.slice(0, at).toReversed(), trap), ...closely(clicks.slice(at + 1), trap)];
  // What the program itself comes to, sooner or later, others have not fetched for it.
  const itself = new Set(sameProgram(trap, clicks));
  const taken = new Set([...itself].map(({ link }) => link));
  return along.filter((hit) => news.has(hit) && (itself.has(hit) || !taken.has(hit.link)));
}

function closely(clicks: readonly SeenHit[], trap: SeenHit): readonly SeenHit[] {
  const end = clicks.findIndex((hit, i) => apartMs(hit, clicks[i - 1] ?? trap) > stepMs);
  return end < 0 ? clicks : clicks.slice(0, end);
}

/** A scan takes each link once: who follows one that another program took a moment ago goes a way of its own. */
function isNewLink(hit: SeenHit, clicks: readonly SeenHit[]): boolean {
  const taken = clicks.filter((other) => other.link === hit.link && other !== hit && isWithinMs(other, hit, takenMs));
  return taken.every((other) => sameProgram(hit, [other]).length > 0);
}

/** How many different links these go to. */
function linksIn(clicks: readonly SeenHit[]): number {
  return new Set(clicks.map(({ link }) => link ?? -1)).size;
}

function byProgram(hits: readonly SeenHit[]): readonly (readonly SeenHit[])[] {
  const programs = new Map<string, SeenHit[]>();
  // Behind a proxy of pictures everybody looks alike.
  for (const hit of hits.filter(({ isCarried }) => !isCarried)) {
    const key = `${hit.network} ${hit.userAgent}`;
    const own = programs.get(key);
    if (own) own.push(hit);
    else programs.set(key, [hit]);
  }
  return [...programs.values()];
}

function isWithinMs(first: SeenHit, hit: SeenHit, ms: number): boolean {
  const after = hit.at.getTime() - first.at.getTime();
  return after >= 0 && after <= ms;
}

function apartMs(a: SeenHit, b: SeenHit): number {
  return Math.abs(a.at.getTime() - b.at.getTime());
}

function spanOf(hits: readonly SeenHit[]): string {
  const times = hits.map(({ at }) => at.getTime());
  return seconds(Math.max(...times) - Math.min(...times));
}
