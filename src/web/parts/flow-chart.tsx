import { lazy, Suspense } from 'react';
import { count } from '../data/format.js';
import type { Tone } from './badge.js';
import { Room } from './skeleton.js';
import { useIsNarrow } from './narrow.js';

export type FlowNode = {
  readonly id: string;
  /** Decides its shape and colour. */
  readonly kind: 'start' | 'mail' | 'wait' | 'choice' | 'split' | 'deed' | 'exit';
  readonly title: string;
  /** A second, quiet line. */
  readonly tells?: string | undefined;
  /** Numbers at its foot, such as "42 % opened". */
  readonly rates?: readonly string[];
  /** How many leads wait here now. */
  readonly waiting?: number | undefined;
  readonly tone?: Tone | undefined;
};

export type FlowEdge = { readonly from: string; readonly to: string; readonly label?: string | undefined };

export type FlowParts = {
  readonly label: string;
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
  readonly chosen?: string | undefined;
  readonly onChoose?: ((id: string) => void) | undefined;
  /** Any CSS length. */
  readonly height?: string;
};

const Canvas = lazy(() => import('./flow-canvas.js'));

/** A flow drawn from data: on a wide screen as a picture, on a phone as a list with the ways onward. */
export function FlowChart(parts: FlowParts) {
  const isNarrow = useIsNarrow();
  const { height = '32rem' } = parts;
  if (isNarrow) return <FlowList {...parts} />;
  return (
    <div className="flow" style={{ height }}>
      <Suspense fallback={<Room height={height} />}>
        <Canvas {...parts} />
      </Suspense>
    </div>
  );
}

/** The same as the picture, step by step. */
function FlowList({ label, nodes, edges, chosen, onChoose }: FlowParts) {
  const titles = new Map(nodes.map(({ id, title }) => [id, title]));
  return (
    <ol className="flow-list" aria-label={label}>
      {nodes.map((node, at) => {
        const onward = edges.filter(({ from }) => from === node.id);
        const isPlain = onward.length === 1 && !onward[0]?.label && onward[0]?.to === nodes[at + 1]?.id;
        return (
          <li
            key={node.id}
            className={`flow-node ${node.kind} ${node.tone ?? ''} ${chosen === node.id ? 'chosen' : ''}`}
          >
            <FlowFace node={node} {...(onChoose ? { onChoose } : {})} />
            {!isPlain && onward.length > 0 && (
              <ul className="onward">
                {onward.map(({ to, label: says }) => (
                  <li key={to + (says ?? '')}>
                    {says && <b>{says}: </b>}→ {titles.get(to) ?? to}
                  </li>
                ))}
              </ul>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** What a node shows, in the picture and in the list. */
export function FlowFace({ node, onChoose }: { readonly node: FlowNode; readonly onChoose?: (id: string) => void }) {
  const { id, title, tells, rates = [], waiting = 0 } = node;
  return (
    <>
      {onChoose ? (
        <button type="button" className="flow-title" onClick={() => onChoose(id)}>
          {title}
        </button>
      ) : (
        <p className="flow-title">{title}</p>
      )}
      {tells && <p className="flow-tells">{tells}</p>}
      {rates.length > 0 && (
        <p className="flow-rates">
          {rates.map((rate) => (
            <span key={rate}>{rate}</span>
          ))}
        </p>
      )}
      {waiting > 0 && (
        <span className="flow-waiting" title={`${count(waiting)} wait here`}>
          {count(waiting)}
          <span className="unseen"> wait here</span>
        </span>
      )}
    </>
  );
}
