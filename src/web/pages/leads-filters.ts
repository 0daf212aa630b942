import { useAsked } from '../data/address.js';
import type { Ask } from '../data/call.js';

export type Filters = NonNullable<Ask<'GET /api/leads/count'>['query']>;
export type Suppressed = NonNullable<Filters['suppressed']>;
type Consent = NonNullable<Filters['consent']>;

const suppressedChoices: readonly (readonly [Suppressed, string])[] = [
  ['no', 'may be mailed'],
  ['yes', 'get no mail'],
  ['unsubscribed', 'unsubscribed'],
  ['hard-bounced', 'bounced for good'],
  ['soft-bounced', 'bounced too often'],
  ['complained', 'reported as spam'],
  ['manual', 'stopped by hand'],
];
export const mailOptions = [
  { value: '', label: 'all' },
  ...suppressedChoices.map(([value, label]) => ({ value, label })),
];
const consents: readonly Consent[] = ['granted', 'pending', 'denied'];
export const consentOptions = [{ value: '', label: 'any' }, ...consents.map((value) => ({ value, label: value }))];

/** What the address bar asks of the list; what nobody could have chosen is left out. */
export function useFilters() {
  const asked = useAsked();
  const number = (name: string): number | undefined => {
    const text = asked.get(name);
    return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
  };
  const [text, segment, stage] = ['text', 'segment', 'stage'].map((name) => asked.get(name));
  const [tag, from, to] = [asked.all('tag'), number('scoreFrom'), number('scoreTo')];
  const suppressed = suppressedChoices.find(([value]) => value === asked.get('mail'))?.[0];
  const consent = consents.find((value) => value === asked.get('consent'));
  const filters: Filters = {
    ...(text ? { text } : {}),
    ...(segment ? { segment } : {}),
    ...(stage ? { stage } : {}),
    ...(tag.length > 0 ? { tag: [...tag] } : {}),
    ...(from === undefined ? {} : { scoreFrom: from }),
    ...(to === undefined ? {} : { scoreTo: to }),
    ...(suppressed ? { suppressed } : {}),
    ...(consent ? { consent } : {}),
  };
  return {
    filters,
    get: asked.get,
    set: asked.set,
    sort: asked.get('sort') === 'score' ? ('score' as const) : ('newest' as const),
    isFiltered: Object.keys(filters).length > 0,
    clear: () => asked.set(Object.fromEntries(names.map((name) => [name, undefined]))),
  };
}
const names = ['text', 'segment', 'stage', 'tag', 'scoreFrom', 'scoreTo', 'mail', 'consent'];
