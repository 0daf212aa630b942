import { useEffect, useState } from 'react';
import { call, type Told } from '../data/call.js';
import { type Trouble, troubleOf } from '../data/trouble.js';
import type { Problem } from './editor-code.js';

type Diagnostic = Told<'POST /api/files/check'>['diagnostics'][number];
export type Flow = Told<'POST /api/files/check'>['flows'][string];
export type Preview = NonNullable<Told<'POST /api/previews'>['preview']>;

/** What the server says of the project with what is written here laid over it. */
export type Look = {
  readonly isSound: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly lint: readonly Diagnostic[];
  readonly flows: Readonly<Record<string, Flow>>;
  readonly preview: Preview | undefined;
};

export type Looking = {
  /** The last answer; what was asked since is on its way as long as `isStale`. */
  readonly look: Look | undefined;
  readonly isStale: boolean;
  readonly trouble: Trouble | undefined;
};

/** Nobody wants to be told of every letter. */
const restMs = 450;

/** Has the project looked at whenever a text rests; with `mail`, that mail is rendered too. */
export function useLook(texts: Readonly<Record<string, string>>, mail: string | undefined): Looking {
  const [looking, setLooking] = useState<Looking>({ look: undefined, isStale: true, trouble: undefined });
  const asked = JSON.stringify([texts, mail]);
  useEffect(() => {
    const ended = new AbortController();
    setLooking((before) => ({ ...before, isStale: true }));
    const rest = setTimeout(() => {
      void lookAt(texts, mail, ended.signal).then(
        (look) => setLooking((before) => ({ look: withLast(look, before.look), isStale: false, trouble: undefined })),
        (error: unknown) => {
          if (!ended.signal.aborted) setLooking((before) => ({ ...before, isStale: false, trouble: troubleOf(error) }));
        },
      );
    }, restMs);
    return () => {
      clearTimeout(rest);
      ended.abort();
    };
  }, [asked]);
  return looking;
}

async function lookAt(
  files: Readonly<Record<string, string>>,
  mail: string | undefined,
  signal: AbortSignal,
): Promise<Look> {
  if (mail === undefined)
    return { ...(await call('POST /api/files/check', { body: { files }, signal })), preview: undefined };
  const { diagnostics, lint, preview } = await call('POST /api/previews', { body: { mail, files }, signal });
  const isSound = diagnostics.every(({ severity }) => severity !== 'error');
  return { isSound, diagnostics, lint, flows: {}, preview: preview ?? undefined };
}

/** While there are mistakes, the last picture without them stays. */
function withLast(look: Look, last: Look | undefined): Look {
  if (look.isSound || !last) return look;
  return { ...look, flows: last.flows, preview: last.preview };
}

/** What is said of one file, in the order of its lines. */
export function problemsOf(path: string, look: Look | undefined): readonly Problem[] {
  return [...(look?.diagnostics ?? []), ...(look?.lint ?? [])]
    .filter(({ file }) => file === path)
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}
