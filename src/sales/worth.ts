import type { SalesAnswer } from '../sequence/sales-file.js';

/** Answers that an amount belongs to. */
export function isWorth(answer: SalesAnswer): boolean {
  return answer === 'won' || answer === 'lost';
}

export const mostWorth = 1_000_000_000_000;
