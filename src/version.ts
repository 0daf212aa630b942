import { readFileSync } from 'node:fs';
import * as z from 'zod';

const Package = z.object({ version: z.string(), description: z.string() });

/** What this Rivulet is, as its package says. */
export const { version, description } = Package.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);
