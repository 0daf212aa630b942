import type { Right } from './rights.js';

/** Who asks: a person who signed in, a program with a key of its own, or whoever runs Rivulet and holds the key of its data folder. */
export type Who = {
  readonly kind: 'user' | 'key' | 'operator';
  readonly id: string;
  /** What the audit log shows. */
  readonly name: string;
  readonly rights: readonly Right[];
};
