import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { lowestToHighest, median } from './figures.js';
import type { Flags } from './flags.js';
import { type Lab, progress } from './lab.js';
import { type Finding, span } from './report.js';
import { captureMails, openField, startWorker, type WorkerSetting } from './worker.js';

/** As `rivulet dkim generate` leaves it. */
const key = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'der' },
});
const [domain, selector] = ['mail.tallybay.example.com', 'bench'];

/** What signing costs: the same worker with and without a key in its data directory. */
export async function measureDkim(lab: Lab, { mails, rounds, warmUp }: Flags): Promise<Finding> {
  const figure = { key: 'dkimRatio', label: 'DKIM on (rsa-sha256, 2048) ÷ DKIM off', bar: { atLeast: 0.6 } };
  if (!(await isSigned(lab)))
    return { figures: [{ ...figure, value: undefined, note: `not signed with ${domain}.${selector}.pem` }] };
  const plain = await openSigning(lab, warmUp);
  const signed = await openSigning(lab, warmUp, { prepare: writeKey });
  const ratios: number[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const first = round % 2 === 0 ? await signed.measure(mails) : undefined;
      const off = await plain.measure(mails);
      const on = first ?? (await signed.measure(mails));
      progress(`dkim: round ${round} of ${rounds}: on ${on.toFixed(0)} mails/s, off ${off.toFixed(0)}`);
      ratios.push(on / off);
    }
  } finally {
    await plain.stop();
    await signed.stop();
  }
  return { figures: [{ ...figure, value: median(ratios), note: span(lowestToHighest(ratios)) }] };
}

async function openSigning(lab: Lab, warmUp: number, setting: WorkerSetting = {}) {
  const worker = await startWorker(lab, setting);
  const field = await openField(lab, worker);
  const measure = async (mails: number): Promise<number> => {
    const batch = await field.plant(mails);
    const { tookMs } = await worker.drain();
    await field.check(batch, mails);
    return (mails / tookMs) * 1000;
  };
  await measure(warmUp);
  return { measure, stop: worker.stop };
}

async function writeKey(dataDir: string): Promise<void> {
  await mkdir(join(dataDir, 'dkim'), { recursive: true });
  await writeFile(join(dataDir, 'dkim', `${domain}.${selector}.pem`), key.privateKey, { mode: 0o600 });
}

/** Whether mails are signed with the key; a signature that does not verify is an error, as its speed would say nothing. */
async function isSigned(lab: Lab): Promise<boolean> {
  const [mime = Buffer.alloc(0)] = await captureMails(lab, 1, { prepare: writeKey });
  const record = `v=DKIM1; k=rsa; p=${key.publicKey.toString('base64')}`;
  const { results } = await dkimVerify(mime, { resolver: async () => [[record]] });
  const found = results.filter(({ signingDomain }) => signingDomain === domain);
  for (const { status } of found)
    if (status.result !== 'pass') throw new Error(`the DKIM signature does not verify: ${status.comment}`);
  return found.length > 0;
}
