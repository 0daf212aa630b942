import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import {
  aFunnel,
  anEnrollment,
  anEvent,
  aProgram,
  aProject,
  aScoring,
  aWorld,
  at,
  changesOf,
  facts,
} from './builders.js';

// What a visitor did before it was known whose it is, told when that is known.

const now = at('2026-03-02T12:00Z');
const prices = aProgram({ enroll: { on: 'page.viewed:/pricing' } }, 'prices');
const aboard = aProgram({ stage: 'customer', enroll: { on: 'stage.entered' } }, 'aboard');
const offer = aProgram({ exit: { on: 'converted' } }, 'offer');
const project = aProject({
  programs: [prices, aboard, offer],
  funnel: aFunnel({ lead: { on: 'lead.created' }, customer: { on: 'converted' } }),
  scoring: aScoring([{ id: 'prices', on: 'page.viewed:/pricing', points: 10, why: 'looked at the prices' }]),
});
const viewed = (more: Partial<LeadEvent> = {}) =>
  anEvent('page.viewed', { about: '/pricing', at: at('2026-03-02T10:00Z'), ...more });
const kinds = (event: LeadEvent) => changesOf(event, aWorld(), project, now).map(({ kind }) => kind);

describe('what became known late', () => {
  test('gives its points, at its own time', () => {
    expect(changesOf(viewed({ late: true }), aWorld(), project, now)).toContainEqual({
      kind: 'score',
      entries: [expect.objectContaining({ points: 10, at: at('2026-03-02T10:00Z') })],
    });
  });

  test('starts no sequence, which it would have started in time', () => {
    expect(kinds(viewed())).toContain('enroll');
    expect(kinds(viewed({ late: true }))).not.toContain('enroll');
  });

  test('leads to a stage that is entered now, so that its series begins now', () => {
    const stageOf = (event: LeadEvent) =>
      changesOf(event, aWorld({ facts: facts({ lead: { stage: 'lead' } }) }), project, now).flatMap((change) =>
        change.kind === 'raise' ? change.event : [],
      );
    const converted = anEvent('converted', { at: at('2026-03-02T10:00Z') });
    expect(stageOf(converted)).toMatchObject([{ about: 'customer', at: at('2026-03-02T10:00Z') }]);
    const [entered] = stageOf({ ...converted, late: true });
    expect(entered).toMatchObject({ type: 'stage.entered', about: 'customer', at: now });
    expect(entered?.late).toBeUndefined();
  });

  test('ends what it ends: whoever has bought needs no offer', () => {
    const running = [{ program: offer, enrollment: anEnrollment(offer, { startedAt: at('2026-03-02T11:00Z') }) }];
    const converted = anEvent('converted', { at: at('2026-03-02T10:00Z'), late: true });
    expect(changesOf(converted, aWorld({ running }), project, now).map(({ kind }) => kind)).toContain('leave');
  });
});
