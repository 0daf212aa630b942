import { slug } from '../schema.js';

/** What people agree to, in one word. It becomes part of a path in the database, where a dot would be read as something else. */
export function purposeName(what: string) {
  return slug(what).refine((name) => !name.includes('.'), {
    error: `${what} may have letters, digits, "-" and "_" only`,
  });
}
