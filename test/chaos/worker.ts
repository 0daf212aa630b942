import { readConfig } from '../../src/config.js';
import { openRivulet } from '../../src/main.js';
import { jobsOf } from '../support.js';
import { FastClock, timeOn } from './clock.js';
import { startRelay } from './relay.js';

// One Rivulet without its web server, on a fast clock. Settings are environment variables, CHAOS_CLOCK among them.
const clock = FastClock.parse(JSON.parse(process.env['CHAOS_CLOCK'] ?? ''));
const now = (): Date => timeOn(clock);
const say = (line: string): void => console.log(line);
const onFault = (error: unknown): void => {
  console.log('FAULT', error);
};

const { SMTP_URL: sink = '', CHAOS_BREAK: fault } = process.env;
const config = readConfig({ ...process.env, SMTP_URL: fault === 'retry-all' ? await startRelay(sink) : sink });
const rivulet = await openRivulet(config, { say, onFault, now }, false);
const recurring = await rivulet.run();
// What comes round each minute does so on Agenda's clock, which is the wall's. Here its minutes are short.
const minutely = jobsOf({ ...rivulet, said: [] }).filter(({ every }) => every === '1 minute');
let inHand = Promise.resolve();
let isStopping = false;
const round = async (): Promise<void> => {
  for (const { run } of minutely) await run();
  // Not waited for: what is on its way must not hold up who looks after what is lost.
  void rivulet.dispatcher.dispatch();
};
const ticker = setInterval(() => {
  if (!isStopping)
    inHand = inHand.then(round).catch((error: unknown) => console.log('round broken off:', String(error)));
}, 60_000 / clock.speed);

const stop = async (): Promise<void> => {
  isStopping = true;
  clearInterval(ticker);
  await recurring.stop();
  await rivulet.stop();
  process.exit(0);
};
process.once('SIGTERM', () => {
  stop().catch((error: unknown) => {
    console.log('FAULT', error);
    process.exit(1);
  });
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(1));
process.send?.({ ready: true });
