import cities from 'city-timezones';
import { getAllCountries, getCountry } from 'countries-and-timezones';

/** Longer than any name of a place; what is longer is none. */
export const longestName = 100;

/** A name as it is compared: without accents, case and what stands between words. */
export function plain(name: string): string {
  return name
    .slice(0, longestName)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Languages in which people are taken to write the name of their country. */
const languages =
  'en de fr es it pt nl da sv nb fi et lv lt pl cs sk sl hr hu ro bg el tr ru uk ar he ja ko zh hi id vi th'.split(' ');

/** What no language of Unicode's calls a country, and people do. */
const alsoCalled: Readonly<Record<string, string>> = {
  uk: 'GB',
  'great britain': 'GB',
  britain: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  usa: 'US',
  'u s a': 'US',
  'u s': 'US',
  america: 'US',
  'united states of america': 'US',
  holland: 'NL',
  'the netherlands': 'NL',
  'czech republic': 'CZ',
  czechia: 'CZ',
  uae: 'AE',
  'south korea': 'KR',
  'republic of ireland': 'IE',
  'hong kong': 'HK',
  macedonia: 'MK',
  brd: 'DE',
  turkey: 'TR',
};

let byName: ReadonlyMap<string, string> | undefined;

/** The ISO 3166 code of a country, from its code of two or three letters or its name in one of many languages. */
export function countryOf(written: string | undefined): string | undefined {
  const name = plain(written ?? '');
  if (name === '') return undefined;
  const code = name.toUpperCase();
  if (/^[A-Z]{2}$/.test(code) && code !== 'UK') return getCountry(code)?.id;
  byName ??= namesOfCountries();
  return byName.get(name);
}

function namesOfCountries(): ReadonlyMap<string, string> {
  const codes = Object.keys(getAllCountries());
  const spoken = languages.flatMap((language) => {
    const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' });
    return codes.map((code) => [plain(names.of(code) ?? ''), code] as const);
  });
  const threeLetters = cities.cityMapping.map(({ iso2, iso3 }) => [iso3.toLowerCase(), iso2] as const);
  const own = codes.map((code) => [plain(getCountry(code)?.name ?? ''), code] as const);
  // What is set last stands: what people say most often.
  const all = [...spoken.toReversed(), ...threeLetters, ...own, ...Object.entries(alsoCalled)];
  return new Map(all.filter(([name]) => name !== ''));
}

/** Countries in which one language is that of nearly everybody, with that language; of Switzerland or Canada nothing is said. */
const languageIn: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    cs: 'CZ',
    da: 'DK',
    de: 'DE AT LI',
    el: 'GR',
    en: 'GB US AU NZ IE',
    es: 'AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PY SV UY VE',
    et: 'EE',
    fi: 'FI',
    fr: 'FR MC',
    hr: 'HR',
    hu: 'HU',
    is: 'IS',
    it: 'IT SM VA',
    ja: 'JP',
    ko: 'KR',
    lt: 'LT',
    lv: 'LV',
    nb: 'NO',
    nl: 'NL',
    pl: 'PL',
    pt: 'PT BR',
    ro: 'RO MD',
    sk: 'SK',
    sl: 'SI',
    sv: 'SE',
    th: 'TH',
    tr: 'TR',
    vi: 'VN',
  }).flatMap(([language, codes]) => codes.split(' ').map((code) => [code, language])),
);

/** The language of a country that has one; undefined where that says nothing of a person. */
export function languageOf(country: string | undefined): string | undefined {
  const code = countryOf(country);
  return code !== undefined && Object.hasOwn(languageIn, code) ? languageIn[code] : undefined;
}
