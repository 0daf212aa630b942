import { readFile } from 'node:fs/promises';
import type { SMTPServer } from 'smtp-server';
import { FixableError } from '../errors.js';

/** Where certificate and key are, in PEM. */
export type CertificateFiles = { readonly cert: string; readonly key: string };

/** Reads both; a FixableError says which of them cannot be. */
export async function readCertificate({ cert, key }: CertificateFiles) {
  const read = (setting: string, file: string): Promise<Buffer> =>
    readFile(file).catch((cause: unknown) => {
      throw new FixableError(
        {
          code: 'no-file',
          where: setting,
          what: 'this file cannot be read',
          fix: 'Check its name, and who may read it',
        },
        { cause },
      );
    });
  return { cert: await read('INBOUND_TLS_CERT', cert), key: await read('INBOUND_TLS_KEY', key) };
}

const renewedMs = 60 * 60_000;

/** Certificates are renewed every few weeks, by programs that do not know of us. */
export function renewed(
  server: SMTPServer,
  files: CertificateFiles,
  onFault: (error: unknown) => void,
): NodeJS.Timeout {
  return setInterval(() => {
    readCertificate(files)
      .then((certificate) => server.updateSecureContext(certificate))
      .catch(onFault);
  }, renewedMs).unref();
}
