import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { recordEvent } from '../src/engine.js';
import type { ProviderEvent } from '../src/event/canonical.js';
import { idFrom } from '../src/event/id.js';
import { recordProviderEvents } from '../src/lead/attribute.js';
import type { Message } from '../src/store/message-row.js';
import { jobsOf, startTestRivulet, type TestRivulet } from './support.js';
import { captureLead } from '../src/lead/capture.js';

let rivulet: TestRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startTestRivulet();
});
afterAll(() => rivulet.close());

const minuteMs = 60_000;

/** A lead with its first mail, of an hour ago. */
async function aReader(): Promise<{ readonly id: string; readonly email: string; readonly mail: Message }> {
  const email = `reader-${(number += 1)}@example.org`;
  const { lead } = await captureLead({ email, emailKey: email }, 'api', rivulet.store, rivulet.engine, rivulet.newId);
  await rivulet.dispatcher.wake();
  const [mail] = await rivulet.store.messages.ofLead(lead.id);
  if (!mail) throw new Error('the lead got no mail');
  return { id: lead.id, email, mail };
}

/** What a provider tells of a mail, so many minutes after it went. */
function told(mail: Message, type: ProviderEvent['type'], more: Partial<ProviderEvent> & { minute?: number } = {}): ProviderEvent {
  const { minute = 1, ...rest } = more;
  const at = new Date((mail.settledAt ?? mail.plannedAt).getTime() + minute * minuteMs);
  const key = [type, minute, rest.url, rest.hard, rest.machine].join(' ');
  return {
    type,
    recipient: 'somebody@example.net',
    at,
    dedupeKey: `${mail.id} ${key}`,
    machine: false,
    metadata: { rivulet: mail.id },
    ...(type === 'bounced' ? { hard: false } : {}),
    ...(type === 'replied' ? { reply: { text: 'Yes', auto: false, inReplyTo: [], to: [] } } : {}),
    ...rest,
  };
}

const record = (...events: readonly ProviderEvent[]) =>
  recordProviderEvents('provider', events, rivulet.store, rivulet.engine);

/** An hour goes by without anything falling due. */
function later(): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 60 * minuteMs);
}

/** All that events leave behind them at a lead. */
async function stateOf(id: string) {
  const world = await rivulet.engine.gatherWorld({ id: '', type: '', lead: id, at: rivulet.clock.now, source: '', machine: false });
  if (!world) throw new Error('there is no such lead');
  const { facts } = world;
  const [mail] = await rivulet.store.messages.ofLead(id);
  const { openedAt, clickedAt, clickedLinks = [], repliedAt, bouncedAt, unsubscribedAt, state } = mail ?? {};
  const enrollments = await rivulet.store.enrollments.ofLead(id);
  const events = await rivulet.store.events.ofLead(id);
  return {
    score: facts.score.total,
    lines: facts.score.lines.map(({ why, points }) => `${why} ${points}`).toSorted(),
    stage: facts.lead.stage,
    suppression: facts.suppression,
    mail: { openedAt, clickedAt, clickedLinks: clickedLinks.toSorted(), repliedAt, bouncedAt, unsubscribedAt, state },
    welcome: enrollments.find(({ sequence }) => sequence === 'welcome')?.status,
    running: enrollments
      .filter(({ status }) => status === 'active')
      .map(({ sequence }) => sequence)
      .toSorted(),
    told: events.filter(({ source }) => source === 'provider').map(({ type, at }) => `${type} ${at.toISOString()}`).toSorted(),
  };
}

const takers = ['bounced', 'complained', 'unsubscribed'];

/** What may come of one mail, in the order in which it happens. */
const happenings: readonly ((mail: Message) => ProviderEvent)[] = [
  (mail) => told(mail, 'deferred', { minute: 1 }),
  (mail) => told(mail, 'delivered', { minute: 2 }),
  (mail) => told(mail, 'opened', { minute: 3, machine: true }),
  (mail) => told(mail, 'bounced', { minute: 4 }),
  (mail) => told(mail, 'opened', { minute: 5 }),
  (mail) => told(mail, 'clicked', { minute: 6, url: 'https://tallybay.example.com/pricing' }),
  (mail) => told(mail, 'clicked', { minute: 7, url: 'https://tallybay.example.com/more' }),
  (mail) => told(mail, 'bounced', { minute: 8, hard: true, reason: '550 5.1.1 no such user' }),
  (mail) => told(mail, 'opened', { minute: 9 }),
  (mail) => told(mail, 'complained', { minute: 10 }),
  (mail) => told(mail, 'unsubscribed', { minute: 11 }),
  (mail) => told(mail, 'replied', { minute: 12 }),
];

const kinds = ['deferred', 'delivered', 'opened', 'bounced', 'opened', 'clicked', 'clicked', 'bounced', 'opened', 'complained', 'unsubscribed', 'replied'];

/** Whether something that takes points away happened before something that gives some. */
function mayBeAhead(which: readonly number[]): boolean {
  const [types, gives] = [which.map((i) => kinds[i] ?? ''), ['opened', 'clicked', 'replied']];
  const first = types.findIndex((type) => takers.includes(type));
  return first >= 0 && types.slice(first).some((type) => gives.includes(type));
}

describe('events of one mail', () => {
  test('settle to the same state in whatever order, in whatever batches and however often they come', async () => {
    const picked = fc.uniqueArray(fc.nat({ max: happenings.length - 1 }), { minLength: 2, maxLength: 8 });
    const orders = picked.chain((all) =>
      fc.record({
        inOrder: fc.constant(all.toSorted((a, b) => a - b)),
        shuffled: fc.shuffledSubarray([...all, ...all.slice(0, 2)], { minLength: all.length + Math.min(2, all.length) }),
        cut: fc.nat({ max: all.length }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ({ inOrder, shuffled, cut }) => {
        const [one, other] = [await aReader(), await aReader()];
        later();
        const of = (mail: Message, which: readonly number[]) => which.flatMap((i) => happenings[i]?.(mail) ?? []);
        for (const event of of(one.mail, inOrder)) await record(event);
        await record(...of(other.mail, shuffled.slice(0, cut)));
        await record(...of(other.mail, shuffled.slice(cut)));
        const [{ stage: reached, ...settled }, { stage, ...expected }] = [await stateOf(other.id), await stateOf(one.id)];
        expect(settled).toEqual(expected);
        // Bad news that is told late may find the lead in a stage already, and nobody moves backwards.
        if (mayBeAhead(inOrder)) expect([stage, 'consideration']).toContain(reached);
        else expect(reached).toBe(stage);
      }),
      { numRuns: 40 },
    );
    expect(rivulet.faults).toEqual([]);
  }, 120_000);
});
