import { useSyncExternalStore } from 'react';

export type OnDisk = { readonly text: string; readonly etag: string };
/** A text that is not saved yet, and the version on disk that it began from; null: the file is new. */
export type Draft = { readonly text: string; readonly base: OnDisk | null };
export type Drafts = Readonly<Record<string, Draft>>;

/** Kept by the tab until it is closed: nothing is lost when the page is loaded anew, or left for another one. */
const place = 'rivulet.drafts';

let drafts: Drafts = kept();
const listeners = new Set<() => void>();

/** What somebody has written and not saved, by the paths of its files. */
export function useDrafts(): Drafts {
  return useSyncExternalStore(listen, () => drafts);
}

/** Keeps a draft; a text that is on disk already is none. */
export function keepDraft(path: string, draft: Draft): void {
  if (draft.base?.text === draft.text) return dropDraft(path);
  put({ ...drafts, [path]: draft });
}

export function dropDraft(path: string): void {
  put(Object.fromEntries(Object.entries(drafts).filter(([one]) => one !== path)));
}

/** The texts of all drafts, as the API lays them over the project. */
export function textsOf(all: Drafts): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([path, { text }]) => [path, text]));
}

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => void listeners.delete(tell);
}

function put(next: Drafts): void {
  drafts = next;
  try {
    sessionStorage.setItem(place, JSON.stringify(drafts));
  } catch {
    // Full, or forbidden: the drafts then live as long as the page does.
  }
  for (const tell of listeners) tell();
}

function kept(): Drafts {
  try {
    const read: unknown = JSON.parse(sessionStorage.getItem(place) ?? '{}');
    if (typeof read !== 'object' || read === null) return {};
    return Object.fromEntries(Object.entries(read).filter((entry): entry is [string, Draft] => isDraft(entry[1])));
  } catch {
    return {};
  }
}

function isDraft(value: unknown): value is Draft {
  if (!isObject(value) || typeof value['text'] !== 'string') return false;
  const { base } = value;
  return base === null || (isObject(base) && typeof base['text'] === 'string' && typeof base['etag'] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
