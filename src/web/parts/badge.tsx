import type { ReactNode } from 'react';

/** What a colour says; it is never the only one to say it. */
export type Tone = 'plain' | 'accent' | 'good' | 'warn' | 'bad';

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** Words of the same kind, such as tags. */
export function Badges({ words, none = 'none' }: { readonly words: readonly string[]; readonly none?: string }) {
  if (words.length === 0) return <span className="quiet">{none}</span>;
  return (
    <span className="badges">
      {words.map((word) => (
        <Badge key={word}>
          <bdi>{word}</bdi>
        </Badge>
      ))}
    </span>
  );
}
