import { addressKey } from '../message/address.js';
import type { Lead } from './facts.js';

const mostWords = 12;
const longestWord = 80;

/** What a lead is found by when somebody types the beginning of it: its address, the domain of that, and its names. */
export function searchWords({ email, firstName = '', lastName = '' }: Pick<Lead, 'email' | 'firstName' | 'lastName'>) {
  const key = addressKey(email);
  const domain = key.slice(key.lastIndexOf('@') + 1);
  const words = wordsIn(`${key} ${domain} @${domain} ${firstName} ${lastName}`);
  return [...new Set(words.map((word) => word.slice(0, longestWord)))].slice(0, mostWords);
}

/** The words of a text as they are compared: in lower case, without accents. */
export function wordsIn(text: string): readonly string[] {
  const folded = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return folded
    .slice(0, 1000)
    .split(/[\s,;]+/)
    .filter((word) => word !== '');
}
