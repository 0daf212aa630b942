import type { Config } from '../config.js';
import type { Store } from '../store/open-store.js';
import { watchMailbox } from './imap.js';
import { readImapUrl } from './imap-target.js';
import type { Reception } from './reception.js';
import { openListener } from './listener.js';

type Settings = Pick<
  Config,
  | 'RETURN_ADDRESS'
  | 'REPLY_ADDRESS'
  | 'INBOUND_SMTP'
  | 'INBOUND_MAX_SIZE'
  | 'INBOUND_TLS_CERT'
  | 'INBOUND_TLS_KEY'
  | 'IMAP_URL'
>;

export type WaysInSetting = {
  readonly config: Settings;
  readonly reception: Reception;
  readonly store: Pick<Store, 'mailboxProgress'>;
  readonly now: () => Date;
  /** What came back may end what was about to be sent, and begin other things. */
  readonly wake: () => void;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
};

/** The ways by which mail reaches Rivulet itself, as the environment names them; a mistake in one is told before any opens. */
export function waysInOf({ config, reception, store, now, wake, say, onFault }: WaysInSetting) {
  const { INBOUND_SMTP, INBOUND_MAX_SIZE: maxSize, INBOUND_TLS_CERT: cert, INBOUND_TLS_KEY: key } = config;
  const target = config.IMAP_URL ? readImapUrl(config.IMAP_URL) : undefined;
  const name = (config.RETURN_ADDRESS ?? config.REPLY_ADDRESS)?.domain ?? 'localhost';
  const woken = async <T>(taken: Promise<T>): Promise<T> => {
    const what = await taken;
    wake();
    return what;
  };

  const listen = () =>
    INBOUND_SMTP &&
    openListener({
      ...INBOUND_SMTP,
      name,
      maxSize,
      ...(cert && key ? { tls: { cert, key } } : {}),
      read: reception.read,
      take: (arrived) => woken(reception.takeOnly(arrived)),
      now,
      onFault,
    });
  const watch = () =>
    target &&
    watchMailbox({
      target,
      maxSize,
      progress: store.mailboxProgress,
      take: (arrived) => woken(reception.take(arrived)),
      say,
      onFault,
    });

  return {
    /** Lets mail come in; `port` is the one that the mail server of ours listens at. */
    open: async (): Promise<{ readonly port: number | undefined; readonly stop: () => Promise<void> }> => {
      const listener = await listen();
      const watcher = watch();
      return {
        port: listener?.port,
        stop: async () => {
          await Promise.all([listener?.stop(), watcher?.stop()]);
        },
      };
    },
  };
}
