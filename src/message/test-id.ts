import { idFrom } from '../event/id.js';

/** An id for a mail that is nobody's message. It is longer than a message's, so that it never passes for one. */
export function testIdFrom(...parts: readonly string[]): string {
  return `test${idFrom('test', ...parts)}`;
}

export function isTestId(text: string): boolean {
  return /^test[a-z2-7]{32}$/.test(text);
}
