import { describe, expect, test } from '@jest/globals';
import { assertSigned } from '../src/delivery/signing.js';
import { aProgram } from './builders.js';
import { aProjectFolder, aSequenceFile, startTestRivulet } from './support.js';

const program = aProgram({
  send: { from: 'Mara <mara@mail.example.com>' },
  steps: [{ id: 'hello', send: 'hello', subject: 'Hello' }],
});

describe('where every mail must be signed', () => {
  test('a domain without a key is named with its mend', () => {
    const none = { keyFor: (domain: string) => ({ missing: `no key for ${domain}` }) };
    expect(() => assertSigned([program, program], none)).toThrow(
      /^DKIM_REQUIRED: there is no DKIM key for mail\.example\.com, from which sequences send\. Make one: rivulet dkim generate mail\.example\.com$/,
    );
  });

  test('nothing starts without a key', async () => {
    const PROJECT_DIR = await aProjectFolder({
      'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'Hello' }]),
    });
    await expect(startTestRivulet({ PROJECT_DIR, DKIM_REQUIRED: 'true' })).rejects.toThrow(/^DKIM_REQUIRED: /);
  });
});
