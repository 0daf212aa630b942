import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { join, resolve as absolute } from 'node:path';
import { firstLink } from './account/links.js';
import { type Cost, openPasswords } from './account/passwords.js';
import { badProject } from './bad-project.js';
import type { Config } from './config.js';
import { openCaller } from './delivery/caller.js';
import { openDispatcher } from './delivery/dispatcher.js';
import { openCheckup } from './delivery/checkup.js';
import { openDns } from './delivery/doctor-dns.js';
import { examine } from './delivery/doctor-examine.js';
import { patientOf, practiceIn } from './delivery/doctor-patient.js';
import { openDkimKeys } from './delivery/dkim-keys.js';
import { openMailMaker } from './delivery/mail-maker.js';
import { openOutbox } from './delivery/outbox.js';
import { foreseenLimits } from './delivery/foreseen-limits.js';
import { bouncedEvent } from './delivery/refusal.js';
import { assertSigned } from './delivery/signing.js';
import { lookAtSmtp } from './delivery/smtp-look.js';
import { openSns } from './delivery/sns-certificates.js';
import { openEndpointTeller } from './delivery/tell-endpoints.js';
import { openThrottles } from './delivery/throttles.js';
import { assertTransportsExist, openTransports } from './delivery/transports.js';
import type { Transport } from './delivery/transport.js';
import { recordEvent } from './engine.js';
import { FixableError } from './errors.js';
import { openFileDesk } from './files/desk.js';
import { openForecasts } from './foresight/forecast.js';
import { openSimulator } from './foresight/simulator.js';
import { openExaminer } from './files/examiner.js';
import { welcomeUrl } from './http/access-api.js';
import { createApp } from './http/app.js';
import { noteChangesIn } from './http/note-change.js';
import { openReception, type ReceptionSetting } from './inbox/reception.js';
import { waysInOf } from './inbox/ways-in.js';
import { startHeartbeat } from './jobs/heartbeat.js';
import type { Lead } from './journey/facts.js';
import { type RecurringJobs, startRecurring } from './jobs/recurring.js';
import { schedule } from './jobs/schedule.js';
import { openBulk } from './lead/bulk.js';
import { openFreshener } from './lead/freshen.js';
import { openIntake } from './lead/intake.js';
import { judgeHits } from './lead/judge-hits.js';
import { caseOnly } from './message/address.js';
import { dossiersOn } from './lead/read-dossier.js';
import { readProjectFolder } from './project-folder.js';
import { openCurrentProject } from './reload/current-project.js';
import { openReloader } from './reload/reloader.js';
import { type CheckedProject, lostTemplates, whatChanged } from './reload/what-changed.js';
import { openRenderedMails } from './rendered-mails.js';
import { downloadsFolder } from './sequence/asset-file.js';
import { readProject } from './sequence/project.js';
import { openClock } from './store/clock.js';
import { isUnreachable, openDatabase } from './store/database.js';
import { engineOn, factsOf } from './store/engine-store.js';
import { openStore } from './store/open-store.js';
import { isPaused } from './store/pauses.js';
import { deriveSecrets, keptSecret } from './store/secrets.js';
import { openImporter } from './transfer/importer.js';

/** What a program around Rivulet may bring along. */
export type Surroundings = {
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
  /** The clock; the demo and tests move their own. */
  readonly now?: () => Date;
  readonly newId?: () => string;
  /** What hashing a password costs; tests pay less. */
  readonly passwordCost?: Cost;
  /** The database died under us; the process must end. */
  readonly onLost?: (error: Error) => void;
};

export type Rivulet = Awaited<ReturnType<typeof openRivulet>>;

/** Opens the project, the database and everything that stands on them, but sets nothing going. `mayShare`: beside a running Rivulet. */
export async function openRivulet(
  config: Config,
  { say, onFault, onLost, now: moved, newId = randomUUID, passwordCost }: Surroundings,
  mayShare: boolean,
) {
  const first = await openProject(config.PROJECT_DIR);
  const database = await openDatabase({
    dataDir: config.DATA_DIR,
    uri: config.MONGODB_URI,
    mayShare,
    say,
    ...(onLost ? { onLost } : {}),
  });
  try {
    const clock = moved ? { now: moved } : await openClock(database.db, () => new Date());
    const { now } = clock;
    const { secret } = await keptSecret(config.DATA_DIR, 'signing-secret', config.SIGNING_SECRET);
    const key = await keptSecret(config.DATA_DIR, 'api-key', config.API_KEY);
    const secrets = deriveSecrets(secret);
    const store = await openStore(database.db, secrets);
    const { project, inUse, take } = await openCurrentProject(first.project, {
      store,
      now,
      onFault,
    });
    await store.revisions.keepFiles(first.files);
    await store.sameness.use(project().sameAddress ?? caseOnly);

    let publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
    const setting = { now, newId, project, defaultTimeZone: config.DEFAULT_TIMEZONE, onFault };
    const engine = engineOn(store, setting);
    const dkim = await openDkimKeys(config.DATA_DIR);
    if (config.DKIM_REQUIRED) assertSigned(project().programs.values(), dkim);
    const transports = openTransports(config, store.mailbox, project().delivery);
    assertTransportsExist(project().delivery, transports.names);
    const waysBack = {
      ...(config.RETURN_ADDRESS ? { returns: config.RETURN_ADDRESS } : {}),
      ...(config.REPLY_ADDRESS ? { replies: config.REPLY_ADDRESS } : {}),
    };
    const dossierOf = dossiersOn(store, setting);
    const maker = openMailMaker({
      ...setting,
      dossierOf,
      mail: () => ({
        brand: project().brand,
        publicUrl,
        keys: secrets.keys,
        waysBack,
      }),
      dkim,
      dkimRequired: config.DKIM_REQUIRED,
    });
    const outbox = openOutbox(store, {
      ...setting,
      transports: transports.all,
      throttles: openThrottles(store.throttles, () => project().delivery, moved ? 'given' : 'database'),
      maker,
      say,
      onBounce: async (bounce) => {
        await recordEvent(bouncedEvent(bounce, now()), engine);
      },
    });
    const calling = {
      ...setting,
      scoreOf: (lead: Lead) => factsOf({ lead }, store, setting).score.total,
      key: secrets.webhookKey,
      allowPrivate: config.WEBHOOK_ALLOW_PRIVATE,
    };
    const caller = openCaller(store, { ...calling, dossierOf });
    const teller = openEndpointTeller(store, { ...calling, say });
    const dispatcher = openDispatcher({ engine, newId, pauses: store.pauses, outbox, caller, say, onFault });

    let recurring: RecurringJobs | undefined;
    const whatComesRound = () =>
      schedule({
        ...setting,
        store,
        engine,
        inUse,
        wake: dispatcher.dispatch,
        say,
        importer,
        freshener,
        bulk,
        teller,
        ...('measure' in clock ? { clock } : {}),
      });
    const reloader = openReloader({
      root: config.PROJECT_DIR,
      inForce: first,
      take: async (next, files) => {
        await take(next);
        await store.revisions.keepFiles(files);
        await store.sameness.use(next.sameAddress ?? caseOnly);
        await recurring?.update(whatComesRound());
        return lostTemplates(project(), inUse());
      },
      say,
      onFault,
    });

    const simulator = openSimulator({
      store,
      engine,
      defaultTimeZone: config.DEFAULT_TIMEZONE,
      folder: absolute(config.PROJECT_DIR),
    });
    const forecasts = openForecasts({
      store,
      engine,
      defaultTimeZone: config.DEFAULT_TIMEZONE,
      limits: (pauses) =>
        foreseenLimits(
          project(),
          transports.names.filter((transport) => !isPaused(pauses, { transport })),
        ),
    });
    const files = openFileDesk({
      root: config.PROJECT_DIR,
      isEditable: config.EDIT,
      examiner: openExaminer({ root: config.PROJECT_DIR }),
      newId,
      inForce: reloader.inForce,
      trouble: reloader.trouble,
      reload: reloader.reload,
      whatChanged,
    });

    const intake = openIntake(store, engine);
    const freshener = openFreshener({ store, now, project, defaultTimeZone: config.DEFAULT_TIMEZONE });
    const bulk = openBulk({ ...setting, store, engine, wake: () => void dispatcher.wake() });
    const importer = openImporter({
      store,
      engine,
      newId,
      defaultTimeZone: config.DEFAULT_TIMEZONE,
      folder: join(config.DATA_DIR, 'imports'),
      wake: () => void dispatcher.wake(),
      onFault,
    });
    const reception = openReception({ store, engine, keys: secrets.keys, waysBack, classify });
    const waysIn = waysInOf({ config, reception, store, now, wake: () => void dispatcher.wake(), say, onFault });
    const accounts = { store, passwords: openPasswords(secrets.pepper, passwordCost), now };
    const services = {
      store,
      engine,
      project,
      inForce: reloader.inForce,
      projectTrouble: reloader.trouble,
      files,
      simulator,
      forecasts,
      transportTroubles: outbox.troubles,
      keys: secrets.keys,
      newId,
      wake: () => void dispatcher.wake(),
      apiKey: key.secret,
      trustProxy: config.TRUST_PROXY,
      publicUrl: () => publicUrl,
      formOrigins: config.FORM_ORIGINS,
      siteOrigins: config.SITE_ORIGINS,
      defaultTimeZone: config.DEFAULT_TIMEZONE,
      transportName: transports.all.map(({ transport }) => transport.name).join(', '),
      transportNames: transports.names,
      reachesPeople: transports.reachesPeople,
      databaseName: databaseNames[database.kind],
      templatesDir: join(config.PROJECT_DIR, 'templates'),
      downloadsDir: absolute(config.PROJECT_DIR, 'templates', downloadsFolder),
      onFault,
      accounts,
      apiRate: config.API_RATE,
      noteChange: noteChangesIn({ store, now }),
      webhookKeys: config.WEBHOOK_KEYS,
      teller,
      checkup: openCheckup(async () => {
        const practice = { ...reloader.inForce(), keys: dkim, ...practiceIn(config) };
        return examine(await patientOf(practice, now()), { dns: openDns(), lookAtSmtp, now: now() });
      }, now),
      intake,
      importer,
      freshener,
      bulk,
      ownerRules: {
        messageOf: (address: string) => reception.read(address)?.message,
        isWayOut: (address: string) => reception.read(address)?.purpose === 'leave',
      },
      sns: openSns(),
    };
    return {
      ...services,
      dispatcher,
      reception,
      waysIn,
      /** Records the opens and clicks that have waited long enough for what else comes; answers how many are new. */
      judgeHits: () => judgeHits(store, engine),
      newApiKey: key.isNew ? key.secret : undefined,
      databaseKind: database.kind,
      /** Where the first admin chooses a password; undefined once somebody has an account. */
      firstLink: async (): Promise<string | undefined> => {
        const link = await firstLink(accounts);
        return link && welcomeUrl(publicUrl, link.token);
      },
      /** Answers HTTP; resolves to the address it answers at. */
      listen: async (): Promise<{ url: string; stop: () => Promise<void> }> => {
        const server = await listen(createApp(services), config);
        const { port } = addressOf(server);
        if (!config.PUBLIC_URL) publicUrl = `http://localhost:${port}`;
        return { url: `http://localhost:${port}`, stop: () => close(server) };
      },
      /** Lets time take its course: what falls due is sent, what comes round is done. */
      run: async (): Promise<{ stop: () => Promise<void> }> => {
        // Looks what is late before anything can be sent.
        const heart = await startHeartbeat({
          store,
          rules: () => project().delivery.catchUp,
          now,
          dataDir: config.DATA_DIR,
          say,
          onFault,
        });
        const jobs = await startRecurring(
          database.db,
          whatComesRound(),
          // An outage of the database would be told every second here; the dispatcher tells it once, and when it is over.
          (error) => (isUnreachable(error) ? services.wake() : onFault(error)),
        );
        recurring = jobs;
        const open = await waysIn.open().catch(async (error: unknown) => {
          await Promise.all([dispatcher.stop(), jobs.stop()]);
          await heart.stop();
          throw error;
        });
        services.wake();
        for (const { transport } of transports.all) void tellTrouble(transport, say);
        for (const line of lostTemplates(project(), inUse())) say(line);
        return {
          stop: async () => {
            await open.stop();
            teller.halt();
            // The jobs wait for the round that they asked for; with the dispatcher stopped it ends with what is in hand.
            await Promise.all([dispatcher.stop(), jobs.stop()]);
            await heart.stop();
          },
        };
      },
      /** Lets saved files come into force without a restart. */
      watch: reloader.watch,
      stop: async (): Promise<void> => {
        await dispatcher.stop();
        await teller.stop();
        await intake.stop();
        await importer.stop();
        await bulk.stop();
        await files.stop();
        await forecasts.stop();
        await simulator.stop();
        await store.hits.written();
        await transports.stop();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** What reads mails is large, and many a Rivulet gets none: it is loaded with the first. */
const classify: ReceptionSetting['classify'] = async (raw) => (await import('./inbound/classify.js')).classifyMail(raw);

/** Says at start what would else be found out with the first mail; nobody waits for it. */
async function tellTrouble(transport: Transport, say: (line: string) => void): Promise<void> {
  const trouble = await transport.check();
  if (trouble) say(`${transport.name} cannot be used now (${trouble}). Mails wait for it, and nothing is lost.`);
}

const databaseNames = {
  server: 'MongoDB server',
  embedded: 'embedded MongoDB',
  shared: 'embedded MongoDB of the running Rivulet',
} as const;

/** The checked project; a folder with any mistake in it is refused whole, with every one of them named. */
async function openProject(root: string): Promise<CheckedProject> {
  const files = await readProjectFolder(root);
  const { project, diagnostics } = await readProject(files, await openRenderedMails());
  if (project) return { project, files, warnings: diagnostics };
  throw badProject(root, diagnostics, 'nothing is started');
}

function listen(app: ReturnType<typeof createApp>, { HOST, PORT }: Config): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(PORT, HOST, (error?: Error) => {
      if (error) reject(whyNoListening(error, HOST, PORT));
      else resolve(server);
    });
  });
}

function whyNoListening(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  const reasons: Readonly<Record<string, [string, string]>> = {
    EADDRINUSE: [
      'this port is in use by another program',
      `Stop that program, or start with another port: PORT=${port + 1}`,
    ],
    EACCES: ['this port is not allowed to this user', 'Use a port above 1023, and a proxy in front for 80 and 443'],
    EADDRNOTAVAIL: ['this machine has no such address', 'Set HOST to 127.0.0.1 or 0.0.0.0'],
  };
  const [what, fix] = reasons[String(code)] ?? [];
  return what && fix
    ? new FixableError({ code: 'cannot-listen', where: `${host}:${port}`, what, fix }, { cause: error })
    : error;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // A client that keeps its connection open for ever must not keep the process alive.
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  });
}
