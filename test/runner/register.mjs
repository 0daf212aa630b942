import { register } from 'node:module';
import { register as readTypeScript } from 'tsx/esm/api';

// Tests run in Node itself, TypeScript by tsx, many files in one process: what they import is loaded and compiled once.
readTypeScript();
register('./resolve.mjs', import.meta.url);
