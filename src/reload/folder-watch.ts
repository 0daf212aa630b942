import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { watch } from 'chokidar';

export type FolderWatchSetting = {
  readonly root: string;
  /** Folders directly under `root`; they may go and come. */
  readonly folders: readonly string[];
  /** Called once after each burst of saves. */
  readonly onChange: () => void;
  readonly say: (line: string) => void;
};

/** How long a file must keep its size to count as written, and the folders must be quiet to count as saved. */
const writtenAfterMs = 150;
const quietMs = 100;

/** Watches folders with all that is in them. Resolves when every later change will be noticed. */
export async function watchFolders({ root, folders, onChange, say }: FolderWatchSetting) {
  const top = resolve(root);
  // The folder above is watched, for of a watched folder that goes away its return would never be heard.
  const watcher = watch(top, {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: writtenAfterMs, pollInterval: 20 },
    ignored: (path) => {
      const [first = ''] = relative(top, path).split(/[\\/]/);
      return first !== '' && !folders.includes(first);
    },
  });
  let quiet: NodeJS.Timeout | undefined;
  let isBlind = false;
  watcher.on('all', () => {
    clearTimeout(quiet);
    quiet = setTimeout(onChange, quietMs);
  });
  watcher.on('error', (error) => {
    // Each file that cannot be watched brings this again.
    if (!isBlind) say(`Some changed files will not be noticed until the next start: ${String(error)}`);
    isBlind = true;
  });
  await once(watcher, 'ready');

  return {
    stop: async (): Promise<void> => {
      clearTimeout(quiet);
      await watcher.close();
    },
  };
}
