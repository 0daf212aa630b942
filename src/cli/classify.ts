import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import pc from 'picocolors';
import { FixableError } from '../errors.js';
import { classifyMail } from '../inbound/classify.js';
import type { Classified } from '../inbound/classified.js';
import { say } from './terminal.js';

type ClassifyOptions = { readonly json?: boolean };

/** Tells what each mail is, and by what that was told. Nothing is recorded, and no lead is touched. */
export async function classifyFiles(files: readonly string[], { json }: ClassifyOptions): Promise<void> {
  for (const file of files) {
    const classified = await classifyMail(await mailOf(file));
    const heading = files.length > 1 ? `${pc.bold(file)}\n` : '';
    say(json ? JSON.stringify(asJson(classified, files.length > 1 ? file : undefined)) : heading + asText(classified));
  }
}

async function mailOf(file: string): Promise<Buffer> {
  if (file === '-') return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (cause) {
    const what =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'no such file' : 'it cannot be read';
    const fix = 'Name a file that holds one mail as it was received (.eml), or "-" to read it from standard input.';
    throw new FixableError({ code: 'no-mail', where: file, what, fix }, { cause });
  }
}

/** What programs get: always the same keys, null for what is not known. */
function asJson(classified: Classified, file: string | undefined) {
  const { recipient = null, messageId = null, status = null, reason = null, returnsAt } = classified;
  const { class: kind, hard, confidence, evidence } = classified;
  return {
    ...(file !== undefined && { file }),
    class: kind,
    recipient,
    messageId,
    status,
    reason,
    hard,
    confidence,
    evidence,
    ...(returnsAt && { returnsAt: returnsAt.toISOString().slice(0, 10) }),
  };
}

function asText(classified: Classified): string {
  const { class: kind, confidence, recipients, messageId, status, reason, words, returnsAt, evidence } = classified;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['who', recipients.join(', ') || undefined],
    ['about', messageId],
    ['status', status],
    ['reason', reason],
    ['words', words?.slice(0, 200)],
    ['back on', returnsAt?.toISOString().slice(0, 10)],
    ['because', evidence.join('; ')],
  ];
  const told = rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(8)} ${value}`]));
  return [`${pc.bold(kind)}  ${Math.round(confidence * 100)} % sure`, ...told].join('\n');
}
