import { register } from 'node:module';
import 'tsx';

// Tests run in Node itself, TypeScript by tsx, many files in one process: what they import is loaded and compiled once.
register('./resolve.mjs', import.meta.url);
