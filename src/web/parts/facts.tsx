import type { ReactNode } from 'react';

export type Fact = readonly [name: ReactNode, value: ReactNode, key?: string];

/** Names and their values, one under the other. What has no value is left out. */
export function Facts({ facts }: { readonly facts: readonly (Fact | undefined | false)[] }) {
  const there = facts.flatMap((fact) =>
    fact && fact[1] !== undefined && fact[1] !== null && fact[1] !== '' && fact[1] !== false ? [fact] : [],
  );
  return (
    <dl className="facts">
      {there.map(([name, value, key], at) => (
        <div key={key ?? (typeof name === 'string' ? name : at)}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
