import type { Accounts } from '../account/account.js';
import type { Diagnostic } from '../diagnostic.js';
import type { Checkup } from '../delivery/checkup.js';
import type { Sns } from '../delivery/sns-certificates.js';
import type { EndpointTeller } from '../delivery/tell-endpoints.js';
import type { Engine } from '../engine.js';
import type { ProviderName } from '../event/provider-names.js';
import type { FileDesk } from '../files/desk.js';
import type { Forecasts } from '../foresight/forecast.js';
import type { Simulator } from '../foresight/simulator.js';
import type { Bulk } from '../lead/bulk.js';
import type { Freshener } from '../lead/freshen.js';
import type { Intake } from '../lead/intake.js';
import type { OwnerRules } from '../lead/owners.js';
import type { SigningKeys } from '../message/token.js';
import type { Project } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import type { Store } from '../store/open-store.js';
import type { Importer } from '../transfer/importer.js';
import type { Change } from './answering.js';

/** What the HTTP side needs of the rest. */
export type Services = {
  readonly store: Store;
  readonly engine: Engine;
  readonly project: () => Project;
  /** The same with the files that it was read from. */
  readonly inForce: () => { readonly project: Project; readonly files: ProjectFiles };
  /** Plays journeys of leads, and sends nothing. */
  readonly simulator: Simulator;
  /** The mails to come. */
  readonly forecasts: Forecasts;
  /** Transports that cannot be used now, and why. */
  readonly transportTroubles: () => readonly { readonly transport: string; readonly because: string }[];
  /** What is wrong with the files as last saved; those with mistakes are not in force. */
  readonly projectTrouble: () => readonly Diagnostic[];
  /** The project's files, for those who see and change them in a browser. */
  readonly files: FileDesk;
  readonly keys: SigningKeys;
  readonly newId: () => string;
  /** Lets due work be looked for now instead of at the next beat. */
  readonly wake: () => void;
  /** Proxies whose word is taken for where a reader comes from. */
  readonly trustProxy: number | readonly string[] | undefined;
  readonly apiKey: string;
  /** Who may sign in, and with which keys. */
  readonly accounts: Accounts;
  /** Calls of the API that one person, key or network may make in a minute. */
  readonly apiRate: number;
  readonly publicUrl: () => string;
  /** Origins of the sites whose pages may send forms; undefined: any. */
  readonly formOrigins: readonly string[] | undefined;
  /** Origins of the sites whose pages may tell what is done on them; undefined: that of the brand's website. */
  readonly siteOrigins: readonly string[] | undefined;
  /** What proves the calls of the providers whose webhooks are set up. */
  readonly webhookKeys: ReadonlyMap<ProviderName, string>;
  /** What the doctor finds: whether mails of the project will arrive. `anew`: looks again at once. */
  readonly checkup: (anew?: boolean) => Promise<Checkup>;
  /** Tells other systems what happens. */
  readonly teller: EndpointTeller;
  readonly intake: Intake;
  readonly importer: Importer;
  /** Keeps what leads are searched by in step with what they are. */
  readonly freshener: Freshener;
  /** Does one thing to many leads. */
  readonly bulk: Bulk;
  /** How events of providers are given to leads. */
  readonly ownerRules: OwnerRules;
  readonly sns: Sns;
  readonly defaultTimeZone: string;
  readonly transportName: string;
  readonly transportNames: readonly string[];
  readonly databaseName: string;
  /** Folder whose `assets/` the mails refer to. */
  readonly templatesDir: string;
  /** Folder of what is handed out by signed links alone. */
  readonly downloadsDir: string;
  /** Puts a change made over the API into the audit log. */
  readonly noteChange: (change: Change) => Promise<void>;
  readonly onFault: (error: unknown) => void;
};
