import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { afterAnswer, afterFailure, type Circuit, closedCircuit, remedyFor, tryNow } from '../src/delivery/circuit.js';

const open = (until: number, pauseMs = 1000): Circuit => ({ kind: 'open', until, pauseMs });
const failed = (times: number, now = 0): Circuit => {
  let circuit = closedCircuit;
  for (let i = 0; i < times; i += 1) circuit = afterFailure(circuit, now);
  return circuit;
};

describe('a circuit', () => {
  test('stays closed for two failures in a row, and opens with the third', () => {
    expect(tryNow(failed(2), 0).mayGo).toBe(true);
    expect(failed(3)).toEqual(open(1000));
    expect(tryNow(failed(3), 999)).toEqual({ mayGo: false, circuit: open(1000) });
  });

  test('counts only failures in a row', () => {
    expect(afterFailure(afterFailure(afterAnswer(), 0), 0)).toEqual({ kind: 'closed', failures: 2 });
  });

  test('lets one mail find out when its pause is over, and no second one', () => {
    const first = tryNow(failed(3), 1000);
    expect(first.mayGo).toBe(true);
    expect(tryNow(first.circuit, 1000).mayGo).toBe(false);
    expect(tryNow(first.circuit, 60_000).mayGo).toBe(false);
    expect(first.circuit.kind).toBe('half-open');
  });

  test('closes with the first answer', () => {
    expect(afterAnswer()).toEqual(closedCircuit);
  });

  test('doubles its pause with each mail that found out in vain, up to a minute', () => {
    let circuit = failed(3);
    const pauses: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      if (circuit.kind !== 'open') throw new Error('it is not open');
      const { until, pauseMs } = circuit;
      pauses.push(pauseMs);
      circuit = afterFailure(tryNow(circuit, until).circuit, until);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  test('that opened is not changed by mails that were under way', () => {
    expect(afterFailure(failed(3, 0), 500)).toEqual(open(1000));
  });

  test('lets another mail find out when the first never came back', () => {
    const { circuit } = tryNow(failed(3), 1000);
    expect(tryNow(circuit, 1000 + 15 * 60_000 - 1).mayGo).toBe(false);
    expect(tryNow(circuit, 1000 + 15 * 60_000).mayGo).toBe(true);
  });

  test('never lets a second mail find out within the pause, nor waits longer than a minute, whatever happens', () => {
    const happenings = fc.array(
      fc.record({ afterMs: fc.nat(70_000), what: fc.constantFrom('try', 'try', 'fail', 'fail', 'answer') }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(happenings, (all) => {
        let circuit = closedCircuit;
        let now = 0;
        const wrong: string[] = [];
        for (const { afterMs, what } of all) {
          now += afterMs;
          const tried = tryNow(circuit, now);
          if (tried.mayGo && circuit.kind === 'open' && now < circuit.until) wrong.push('too early');
          if (tried.mayGo && circuit.kind !== 'closed' && tryNow(tried.circuit, now).mayGo) wrong.push('two at once');
          if (what === 'try') circuit = tried.circuit;
          else circuit = what === 'fail' ? afterFailure(circuit, now) : afterAnswer();
          if (circuit.kind === 'open' && circuit.until - now > 60_000) wrong.push('too long');
        }
        expect(wrong).toEqual([]);
      }),
    );
  });
});

test.each(['connection', 'busy'] as const)('a server that cannot be used (%s) is tried again', (because) => {
  expect(remedyFor(because)).toBe('try-again');
});
test('a server that refuses the login is left alone until a person has seen to it', () => {
  expect(remedyFor('login')).toBe('pause');
});
