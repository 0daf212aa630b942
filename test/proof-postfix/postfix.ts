import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Postfix of this test alone: own folders, own port, own log; what it takes it throws away. */
export async function openPostfix() {
  const root = await mkdtemp(join(tmpdir(), 'rvpf-'));
  // Its processes run as the user "postfix" and must be able to come here.
  await chmod(root, 0o755);
  const [conf, log] = [join(root, 'conf'), join(root, 'mail.log')];
  for (const folder of ['conf', 'queue', 'data']) await mkdir(join(root, folder));
  await run('chown', ['postfix', join(root, 'data')]).catch((cause: unknown) => {
    throw new Error('there is no Postfix here: as root, apt-get install -y postfix', { cause });
  });
  const port = await freePort();
  await writeFile(join(conf, 'main.cf'), mainCf(root, log));
  await writeFile(join(conf, 'master.cf'), masterCf(port));
  const postfix = (command: string) => run('postfix', ['-c', conf, command]);
  await postfix('start');

  return {
    url: `smtp://127.0.0.1:${port}`,
    /** Ends it: at once with `abort`, in the middle of whatever it does. */
    end: (how: 'stop' | 'abort') => postfix(how),
    start: () => postfix('start'),
    /** Message-IDs of the mails that it took into its queue, as often as it took them. */
    taken: async (): Promise<readonly string[]> =>
      [...(await readFile(log, 'utf8')).matchAll(/cleanup\[\d+\]: [0-9A-F]+: message-id=(\S+)/g)].map(
        ([, id = '']) => id,
      ),
    close: async (): Promise<void> => {
      await postfix('abort');
      await rm(root, { recursive: true, force: true });
    },
  };
}

function mainCf(root: string, log: string): string {
  return `compatibility_level = 3.6
queue_directory = ${root}/queue
data_directory = ${root}/data
maillog_file = ${log}
maillog_file_prefixes = ${root}
inet_interfaces = 127.0.0.1
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = discard
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
alias_maps =
`;
}

function masterCf(port: number): string {
  const services = [
    `127.0.0.1:${port} inet n - n - 20 smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'proxymap unix - - n - - proxymap',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  return `${services.join('\n')}\n`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}
