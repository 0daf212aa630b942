import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { skipLate } from '../jobs/catch-up.js';
import { openRivulet, type Rivulet } from '../main.js';
import { durationInWords, durationMs, parseDuration } from '../sequence/duration.js';
import type { PauseStore } from '../store/pauses.js';
import { counted, reportFault, say } from './terminal.js';

/** Sends everything that was held, late as it is. */
export async function sendLate(): Promise<void> {
  await withHold(async (goOn) => {
    await goOn();
    say(`${pc.green('✔')} Everything goes on, and what is late goes now.`);
  });
}

/** Skips the mails that are late; their runs go on from there. */
export async function skipLateMails(): Promise<void> {
  await withHold(async (goOn, rivulet) => {
    const skipped = await skipLate(lateSince(rivulet), 'it was late, and was skipped by hand', rivulet);
    await goOn();
    say(`${pc.green('✔')} ${counted(skipped, 'late mail')} skipped; their runs go on from there.`);
  });
}

/** Sends what is late little by little. */
export async function spreadLate({ over }: { over: string }): Promise<void> {
  const length = parseDuration(over);
  if (!length)
    throw new FixableError({
      code: 'bad-duration',
      where: '--over',
      what: 'this is not a length of time',
      fix: 'Write a number and minutes, hours or days: --over "2 hours"',
    });
  await withHold(async (goOn, rivulet) => {
    const moved = await rivulet.store.late.spread(lateSince(rivulet), rivulet.engine.now(), durationMs(length));
    await goOn();
    say(`${pc.green('✔')} ${counted(moved, 'late step')} spread over ${durationInWords(length)}; everything goes on.`);
  });
}

function lateSince({ engine, project }: Rivulet): Date {
  return new Date(engine.now().getTime() - project().delivery.catchUp.lateByMs);
}

/** Does something about a hold, and then ends it. Beside a running Rivulet, which goes on within seconds. */
async function withHold(work: (goOn: () => Promise<void>, rivulet: Rivulet) => Promise<void>): Promise<void> {
  const rivulet = await openRivulet(readConfig(process.env), { say, onFault: reportFault }, true);
  try {
    const { store, engine } = rivulet;
    assertHeld(store.pauses);
    await work(async () => void (await store.resume('everything', engine.now())), rivulet);
  } finally {
    await rivulet.stop();
  }
}

/** While mails go, there is no telling which of them would be skipped or moved. */
function assertHeld(pauses: PauseStore): void {
  if (pauses.known().has('everything')) return;
  throw new FixableError({
    code: 'not-held',
    where: 'rivulet catch-up',
    what: 'nothing is held up, so what is late is being sent already',
    fix: 'To decide about it, stop it first: rivulet pause --all',
  });
}
