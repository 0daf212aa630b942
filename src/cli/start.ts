import { relative } from 'node:path';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { openRivulet } from '../main.js';
import { reportFault, say } from './terminal.js';
import { tellFirstLink } from './first-link.js';

/** Runs until a signal: SIGTERM or Ctrl-C finishes what is in hand, a second one ends at once. */
export async function start(): Promise<void> {
  const config = readConfig(process.env);
  const surroundings = {
    say,
    onFault: reportFault,
    onLost: (error: Error) => {
      console.error(
        pc.red('✖'),
        `The embedded MongoDB ended (${error.message}). What was acknowledged is kept; start Rivulet again.`,
      );
      process.exit(1);
    },
  };
  const rivulet = await openRivulet(config, surroundings, false);
  const server = await rivulet.listen().catch(async (error) => {
    await rivulet.stop();
    throw error;
  });
  const clock = await rivulet.run().catch(async (error) => {
    await server.stop();
    await rivulet.stop();
    throw error;
  });
  const watch = await rivulet.watch();

  const dataDir = relative(process.cwd(), config.DATA_DIR) || '.';
  say(`${pc.bold('Rivulet')} is running: ${pc.underline(server.url)}`);
  if (rivulet.databaseKind === 'embedded') {
    say(
      `  Database  embedded MongoDB in ${dataDir}/. It is an early build of MongoDB's own code, for trying out, tests and`,
    );
    say('            small single-machine use; production sets MONGODB_URI.');
  } else say('  Database  the server of MONGODB_URI');
  say('  Files     what you save in sequences/ and templates/ takes effect at once, if it has no mistakes');
  say(
    `  Mails     ${rivulet.reachesPeople ? rivulet.transportName : `local mailbox: nothing leaves this machine. Set SMTP_URL to really send.`}`,
  );
  say(
    `  API key   ${rivulet.newApiKey ? `${pc.bold(rivulet.newApiKey)}  (shown once; kept in ${dataDir}/api-key)` : config.API_KEY ? 'from API_KEY' : `in ${dataDir}/api-key`}`,
  );
  tellFirstLink(await rivulet.firstLink());

  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) process.exit(1);
    isStopping = true;
    say('Stopping: finishing what is in hand…');
    await server.stop();
    await watch.stop();
    await clock.stop();
    await rivulet.stop();
    say('Stopped.');
    process.exit(0);
  };
  const onSignal = (): void =>
    void stop().catch((error) => {
      reportFault(error);
      process.exit(1);
    });
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
