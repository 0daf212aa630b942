import cliProgress from 'cli-progress';

/** A bar on a terminal; elsewhere nothing, so that logs and pipes stay readable. */
export function progressBar(what: string, unit = '') {
  const bar = new cliProgress.SingleBar(
    {
      format: `${what} {bar} {percentage}% ${unit}{note}`,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
    },
    cliProgress.Presets.shades_classic,
  );
  const isShown = process.stdout.isTTY;
  if (isShown) bar.start(1, 0, { note: '' });
  return {
    /** `done` is the share done, 0 to 1. */
    update: (done: number, note = ''): void => {
      if (isShown) bar.update(done, { note });
    },
    stop: (): void => {
      if (isShown) bar.stop();
    },
  };
}
