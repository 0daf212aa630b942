import type { Diagnostic } from '../diagnostic.js';
import type { Engine } from '../engine.js';
import type { SigningKeys } from '../message/token.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';

/** What the HTTP side needs of the rest. */
export type Services = {
  readonly store: Store;
  readonly engine: Engine;
  readonly project: () => Project;
  /** What is wrong with the files as last saved; those with mistakes are not in force. */
  readonly projectTrouble: () => readonly Diagnostic[];
  readonly keys: SigningKeys;
  readonly newId: () => string;
  /** Lets due work be looked for now instead of at the next beat. */
  readonly wake: () => void;
  readonly apiKey: string;
  readonly publicUrl: () => string;
  readonly sendgridKey?: string;
  readonly defaultTimeZone: string;
  readonly transportName: string;
  readonly transportNames: readonly string[];
  readonly databaseName: string;
  /** Folder whose `assets/` the mails refer to. */
  readonly templatesDir: string;
  readonly onFault: (error: unknown) => void;
};
