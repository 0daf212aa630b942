import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Classified, InboundClass } from '../../src/inbound/classified.js';
import { inboundClasses } from '../../src/inbound/classified.js';
import { classifyMail } from '../../src/inbound/classify.js';

const Address = z.looseObject({ address: z.string() });
/** One message of the folder, as its index.jsonl labels it. */
const Labelled = z.looseObject({
  file: z.string(),
  class: z.enum(inboundClasses),
  also_ok: z.array(z.string()).default([]),
  hardness_by: z.string().optional(),
  recipients: z.array(Address).default([]),
  final_recipient: z.string().optional(),
  recipient_accept: z.array(z.string()).default([]),
});
type Labelled = z.infer<typeof Labelled>;

/** What the rules made of one message, beside what its label asks for. */
type Checked = {
  readonly label: Labelled;
  readonly got: Classified;
  readonly ms: number;
  readonly isClassRight: boolean;
  /** Undefined where the label does not say. */
  readonly isHardnessRight: boolean | undefined;
  readonly isRecipientRight: boolean | undefined;
};

/** How well the rules do on a folder of labelled messages. Fractions, 0 to 1. */
export type InboundScore = {
  readonly total: number;
  readonly classAccuracy: number;
  readonly hardSoftAccuracy: number;
  readonly recipientAccuracy: number;
  readonly repliesLost: number;
  readonly perClass: Readonly<Record<string, { precision: number; recall: number; count: number }>>;
  readonly slowestMs: number;
};

/** What must be reached at least. */
const bar = { classAccuracy: 0.98, hardSoftAccuracy: 0.97, recipientAccuracy: 0.97, repliesLost: 0, slowestMs: 1000 };

/** Classifies every message of a folder, prints how right that was, and answers the exit code: 1 below the bar. */
export async function conformInbound(
  folder: string,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  if (!existsSync(join(folder, 'index.jsonl'))) {
    process.stderr.write(
      `${folder}: no index.jsonl. Give a folder of labelled mails, such as ../shared/fixtures/inbound.\n`,
    );
    return 2;
  }
  const checked = await checkFolder(folder);
  const score = scoreOf(checked);
  const last = json ? JSON.stringify(score) : summaryText(score);
  process.stdout.write([...checked.filter(isMiss).map(missText), tableText(score), last, ''].join('\n'));
  return isAboveBar(score) ? 0 : 1;
}

/** Classifies every message that the index of a folder names. */
export async function checkFolder(folder: string): Promise<readonly Checked[]> {
  const lines = readFileSync(join(folder, 'index.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const checked: Checked[] = [];
  // The first mail waits for what mailparser loads only then; that is no mail's own time.
  await classifyMail(Buffer.from('Subject: first'));
  for (const line of lines) checked.push(await check(folder, Labelled.parse(JSON.parse(line))));
  return checked;
}

async function check(folder: string, label: Labelled): Promise<Checked> {
  const raw = readFileSync(join(folder, label.file));
  const began = performance.now();
  const got = await classifyMail(raw);
  const ms = performance.now() - began;
  const isClassRight = got.class === label.class || label.also_ok.includes(got.class);
  return {
    label,
    got,
    ms,
    isClassRight,
    isHardnessRight: hardness(label, got),
    isRecipientRight: recipient(label, got),
  };
}

function isBounce(kind: string): boolean {
  return kind === 'hard-bounce' || kind === 'soft-bounce';
}

/** Only where the source itself says it, of true bounces. One that is not even seen as a bounce is wrong. */
function hardness(label: Labelled, got: Classified): boolean | undefined {
  if (!isBounce(label.class) || label.hardness_by !== 'source') return undefined;
  return got.class === label.class;
}

/** Right if one that is named is an accepted one and none is any other. */
function recipient(label: Labelled, got: Classified): boolean | undefined {
  const known = [
    ...label.recipients.map(({ address }) => address),
    ...label.recipient_accept,
    ...(label.final_recipient ? [label.final_recipient] : []),
  ].map((one) => one.toLowerCase());
  if (label.recipients.length === 0) return undefined;
  return got.recipients.length > 0 && got.recipients.every((one) => known.includes(one.toLowerCase()));
}

export function scoreOf(checked: readonly Checked[]): InboundScore {
  return {
    total: checked.length,
    classAccuracy: share(checked.map(({ isClassRight }) => isClassRight)),
    hardSoftAccuracy: share(checked.map(({ isHardnessRight }) => isHardnessRight)),
    recipientAccuracy: share(checked.map(({ isRecipientRight }) => isRecipientRight)),
    repliesLost: checked.filter(isLostReply).length,
    perClass: Object.fromEntries(inboundClasses.map((kind) => [kind, perClass(checked, kind)])),
    slowestMs: Math.round(Math.max(0, ...checked.map(({ ms }) => ms))),
  };
}

/** A person's reply that is taken for a bounce or an auto-reply. */
function isLostReply({ label, got, isClassRight }: Checked): boolean {
  return label.class === 'reply' && !isClassRight && (isBounce(got.class) || got.class === 'auto-reply');
}

function share(rights: readonly (boolean | undefined)[]): number {
  const known = rights.filter((right) => right !== undefined);
  return known.length === 0 ? 1 : round(known.filter(Boolean).length / known.length);
}

function round(fraction: number): number {
  return Math.round(fraction * 10_000) / 10_000;
}

/** A label that allows two classes counts as the one that was given. */
function perClass(checked: readonly Checked[], kind: InboundClass) {
  const asked = checked.map(({ label, got, isClassRight }) => ({
    wanted: isClassRight ? got.class : label.class,
    got: got.class,
  }));
  const wanted = asked.filter((one) => one.wanted === kind);
  const given = asked.filter((one) => one.got === kind);
  const both = wanted.filter((one) => one.got === kind).length;
  return {
    precision: given.length ? round(both / given.length) : 1,
    recall: wanted.length ? round(both / wanted.length) : 1,
    count: wanted.length,
  };
}

export function isAboveBar(score: InboundScore): boolean {
  const { classAccuracy, hardSoftAccuracy, recipientAccuracy, repliesLost, slowestMs } = score;
  const isAccurate = classAccuracy >= bar.classAccuracy && hardSoftAccuracy >= bar.hardSoftAccuracy;
  return (
    isAccurate &&
    recipientAccuracy >= bar.recipientAccuracy &&
    repliesLost <= bar.repliesLost &&
    slowestMs < bar.slowestMs
  );
}

function isMiss({ isClassRight, isHardnessRight, isRecipientRight }: Checked): boolean {
  return !isClassRight || isHardnessRight === false || isRecipientRight === false;
}

function missText({ label, got, isRecipientRight }: Checked): string {
  const wanted = [label.class, ...label.also_ok].join(' or ');
  const who =
    isRecipientRight === false
      ? [
          `  about ${label.recipients.map(({ address }) => address).join(', ')}, got ${got.recipients.join(', ') || 'nobody'}`,
        ]
      : [];
  return [
    `${label.file}: expected ${wanted}, got ${got.class}${got.reason ? ` (${got.reason})` : ''}`,
    ...who,
    `  ${got.evidence.join('; ')}`,
    `  ${got.words ?? ''}`,
  ].join('\n');
}

function tableText({ perClass: classes }: InboundScore): string {
  const rows = Object.entries(classes).map(([kind, { precision, recall, count }]) =>
    [kind.padEnd(20), percent(precision), percent(recall), String(count).padStart(6)].join(' '),
  );
  return ['class                precision   recall  count', ...rows].join('\n');
}

function summaryText(score: InboundScore): string {
  const { total, classAccuracy, hardSoftAccuracy, recipientAccuracy, repliesLost, slowestMs } = score;
  return `${total} messages: class ${percent(classAccuracy)}, hard or soft ${percent(hardSoftAccuracy)}, recipient ${percent(recipientAccuracy)}, replies lost ${repliesLost}, slowest ${slowestMs} ms`;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`.padStart(8);
}
