import type { Config } from '../config.js';
import { openDatabase } from '../store/database.js';
import { openStore, type Store } from '../store/open-store.js';
import { deriveSecrets, keptSecret } from '../store/secrets.js';
import { say } from './terminal.js';

/** The database alone, also beside a running Rivulet: files on their way to be saved are not deployed by a look. */
export async function withStore<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const database = await openDatabase({ dataDir: config.DATA_DIR, uri: config.MONGODB_URI, mayShare: true, say });
  try {
    const { secret } = await keptSecret(config.DATA_DIR, 'signing-secret', config.SIGNING_SECRET);
    return await work(await openStore(database.db, deriveSecrets(secret)));
  } finally {
    await database.stop();
  }
}
