/** What a program that a person reads with says of itself. */
export type Program = Readonly<Record<string, string>>;
export type ReaderPrograms = { readonly mail: Program; readonly browser: Program };

const language = { 'Accept-Language': 'en-US,en;q=0.9' };
const picture = { Accept: 'image/avif,image/webp,image/apng,image/*,*/*;q=0.8', ...language };
const page = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  ...language,
  'Sec-Fetch-Mode': 'navigate',
};

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const outlook =
  'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; Microsoft Outlook 16.0.17928; ms-office; MSOffice 16)';
const gmail = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';

/** Some pairs of them that people read with: webmail, Outlook, a phone. */
const pairs: readonly [ReaderPrograms, ...ReaderPrograms[]] = [
  { mail: { 'User-Agent': gmail, Accept: '*/*' }, browser: { 'User-Agent': chrome, ...page } },
  { mail: { 'User-Agent': outlook, Accept: '*/*' }, browser: { 'User-Agent': `${chrome} Edg/138.0.0.0`, ...page } },
  {
    mail: { 'User-Agent': safari.replace(/ Version.*/, ' Mobile/15E148'), ...picture },
    browser: { 'User-Agent': safari, ...page },
  },
  { mail: { 'User-Agent': chrome, ...picture }, browser: { 'User-Agent': chrome, ...page } },
];

/** What somebody reads with; the same number gives the same. */
export function readerPrograms(random: number): ReaderPrograms {
  return pairs[Math.floor(random * pairs.length)] ?? pairs[0];
}
