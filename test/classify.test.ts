import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aDeliveryReport, aMail } from './inbound-mails.js';

let dir: string;
let bounce: string;
let away: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rivulet-classify-'));
  [bounce, away] = [join(dir, 'bounce.eml'), join(dir, 'away.eml')];
  await writeFile(bounce, aBounce());
  await writeFile(away, aMail({ subject: 'Automatic reply: Our offer', text: 'I am back on 9 March 2026.' }));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function aBounce(): Buffer {
  return aDeliveryReport({
    blocks: [
      'Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown',
    ],
  });
}

/** The program as it stands in src, in a process of its own. */
async function classify(args: readonly string[], input: Buffer | string = '') {
  const program = spawn(process.execPath, ['--import', 'tsx', 'src/cli/rivulet.ts', 'classify', ...args], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  program.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => program.on('close', resolve));
  const [out, err, code] = await Promise.all([text(program.stdout), text(program.stderr), ended]);
  return { out, err, code };
}

describe('rivulet classify', () => {
  test('tells a person what the mail is, about whom, and why', async () => {
    const { out, code } = await classify([bounce]);
    expect(out).toBe(
      [
        'hard-bounce  99 % sure',
        '  who      ada@example.com',
        '  about    ours@rivulet.example',
        '  status   5.1.1',
        '  reason   no-mailbox',
        '  words    550 5.1.1 User unknown',
        '  because  a delivery report says "failed" (RFC 3464); the words of the server mean no-mailbox',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('gives programs the same keys for every mail', async () => {
    const { out } = await classify([bounce, '--json']);
    expect(JSON.parse(out)).toEqual({
      class: 'hard-bounce',
      recipient: 'ada@example.com',
      messageId: 'ours@rivulet.example',
      status: '5.1.1',
      reason: 'no-mailbox',
      hard: true,
      confidence: 0.99,
      evidence: ['a delivery report says "failed" (RFC 3464)', 'the words of the server mean no-mailbox'],
    });
  });

  test('takes several, and names each', async () => {
    const { out } = await classify([bounce, away, '--json']);
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told).toMatchObject([
      { file: bounce, class: 'hard-bounce' },
      {
        file: away,
        class: 'auto-reply',
        recipient: 'ada@example.com',
        messageId: null,
        status: null,
        reason: null,
        hard: false,
        returnsAt: '2026-03-09',
      },
    ]);
  });

  test('reads one from standard input', async () => {
    expect((await classify(['-', '--json'], aBounce())).out).toContain('"class":"hard-bounce"');
  });

  test('names the file that is not there, what to give instead, and ends with 1', async () => {
    const { err, code } = await classify([join(dir, 'nothing.eml')]);
    expect(err).toMatch(/nothing\.eml: no such file\. Name a file that holds one mail/);
    expect(code).toBe(1);
  });

  test('a folder is not read', async () => {
    const { err, code } = await classify([dir]);
    expect(err).toMatch(/it cannot be read/);
    expect(code).toBe(1);
  });
});
