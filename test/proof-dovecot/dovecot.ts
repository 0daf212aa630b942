import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const login = { user: 'replies@in.example.com', pass: 'p@ss/word' };
export type Dovecot = Awaited<ReturnType<typeof openDovecot>>;

/** A Dovecot of this test alone: own folders, own port, one mailbox, no encryption. */
export async function openDovecot() {
  const root = await mkdtemp(join(tmpdir(), 'rvdc-'));
  // Its processes run as other users and must be able to come here.
  await chmod(root, 0o755);
  const maildir = join(root, 'Maildir');
  const owner = await ownerOfMails();
  for (const folder of ['run', 'state', 'Maildir', 'Maildir/tmp', 'Maildir/new', 'Maildir/cur'])
    await mkdir(join(root, folder));
  for (const folder of [maildir, ...['tmp', 'new', 'cur'].map((name) => join(maildir, name))])
    await chown(folder, owner.uid, owner.gid);
  const port = await freePort();
  const conf = join(root, 'dovecot.conf');
  await writeFile(conf, dovecotConf(root, port, owner));
  const start = async (): Promise<void> => {
    // It goes on in the background, and holds what it was given to write to.
    const [code] = await once(spawn('dovecot', ['-c', conf], { stdio: 'ignore' }), 'exit').catch((cause: unknown) => {
      throw new Error('there is no Dovecot here: as root, apt-get install -y dovecot-imapd', { cause });
    });
    if (code !== 0) throw new Error(`Dovecot does not start: ${await readFile(join(root, 'dovecot.log'), 'utf8')}`);
  };
  await start();
  let delivered = 0;

  return {
    port,
    url: (through = port, mailbox = 'INBOX'): string =>
      `imap://${encodeURIComponent(login.user)}:${encodeURIComponent(login.pass)}@127.0.0.1:${through}/${mailbox}?requireTLS=false`,
    login,
    maildir,
    /** Puts a mail into the mailbox, as a delivery agent does: written whole, then moved to where it is seen. */
    deliver: async (raw: string): Promise<void> => {
      delivered += 1;
      const name = `${1_772_000_000 + delivered}.M${delivered}.test`;
      await writeFile(join(maildir, 'tmp', name), raw, 'latin1');
      await chown(join(maildir, 'tmp', name), owner.uid, owner.gid);
      await rename(join(maildir, 'tmp', name), join(maildir, 'new', name));
    },
    /** The marks of the mails in it: for each, the letters of its flags and the names of its keywords. */
    marks: async (): Promise<readonly string[]> => {
      const keywords = await readFile(join(maildir, 'dovecot-keywords'), 'latin1').catch(() => '');
      const nameOf = new Map(
        keywords.split('\n').flatMap((line) => {
          const [number, name] = line.split(' ');
          return name === undefined ? [] : [[String.fromCharCode(97 + Number(number)), name] as const];
        }),
      );
      const files = await Promise.all(['cur', 'new'].map((folder) => readdir(join(maildir, folder))));
      return files
        .flat()
        .map((file) => Array.from(/,([A-Za-z]*)$/.exec(file)?.[1] ?? '', (flag) => nameOf.get(flag) ?? flag).join(' '));
    },
    /** Gives the mailbox new UIDs, as a server does that lost its own book of them. */
    forget: async (): Promise<void> => {
      await run('doveadm', ['-c', conf, 'stop']);
      const names = (await readdir(maildir)).filter((name) => name.startsWith('dovecot'));
      for (const name of names) await rm(join(maildir, name));
      await start();
    },
    /** Ends it, with what it has begun for those who are connected. */
    stop: async (): Promise<void> => {
      await run('doveadm', ['-c', conf, 'stop']);
      for (const [, pid] of (await readFile(join(root, 'dovecot.log'), 'utf8')).matchAll(/ mpid=(\d+)/g))
        end(Number(pid));
    },
    start,
    log: (): Promise<string> => readFile(join(root, 'dovecot.log'), 'utf8'),
    close: async (): Promise<void> => {
      await run('doveadm', ['-c', conf, 'stop']).catch(() => {});
      await rm(root, { recursive: true, force: true });
    },
  };
}

function end(pid: number): void {
  try {
    process.kill(pid);
  } catch {
    // It has ended by itself.
  }
}

type Owner = { readonly uid: number; readonly gid: number; readonly isRoot: boolean; readonly name: string };

/** Dovecot gives no mails of root's to anybody, so there it is nobody. */
async function ownerOfMails(): Promise<Owner> {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { uid, gid, isRoot: false, name: username };
  const [nobody, group] = await Promise.all(['-u', '-g'].map((what) => run('id', [what, 'nobody'])));
  return { uid: Number(nobody?.stdout), gid: Number(group?.stdout), isRoot: true, name: 'nobody' };
}

function dovecotConf(root: string, port: number, { uid, gid, isRoot, name }: Owner): string {
  const unprivileged = `default_internal_user = ${name}
default_login_user = ${name}
default_internal_group =
service anvil {
  chroot =
}
service imap-login {
  chroot =
}
`;
  return `protocols = imap
listen = 127.0.0.1
base_dir = ${root}/run
state_dir = ${root}/state
log_path = ${root}/dovecot.log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:${root}/Maildir
imap_idle_notify_interval = 10 secs
mail_max_userip_connections = 100
auth_failure_delay = 0
${isRoot ? '' : unprivileged}passdb {
  driver = static
  args = password=${login.pass}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${root} allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
`;
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
