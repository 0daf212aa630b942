import {
  Background,
  Controls,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useMemo, useRef } from 'react';
import { useIsDark } from '../app/theme.js';
import { FlowFace, type FlowNode, type FlowParts } from './flow-chart.js';
import { nodeWidth, type Placed, placed } from './flow-layout.js';
import './flow-canvas.css';

type Drawn = Node<{ readonly node: FlowNode; readonly isChosen: boolean }, 'step'>;

/** The picture of a flow; loaded with the first that is looked at. Tab goes from step to step, Enter opens one. */
export default function FlowCanvas({ label, nodes, edges, chosen, onChoose }: FlowParts) {
  const isDark = useIsDark();
  const box = useRef<HTMLDivElement>(null);
  const places = useMemo(() => placed(nodes, edges), [nodes, edges]);
  const drawn: Drawn[] = places.map(({ node, x, y, height }) => ({
    id: node.id,
    type: 'step',
    position: { x, y },
    width: nodeWidth,
    height,
    data: { node, isChosen: chosen === node.id },
    ariaLabel: [node.title, node.tells, ...(node.rates ?? []), node.waiting ? `${node.waiting} wait here` : '']
      .filter(Boolean)
      .join(', '),
  }));
  const lines = edges.map(({ from, to, label: says }, at) => ({
    id: String(at),
    source: from,
    target: to,
    type: 'smoothstep',
    focusable: false,
    markerEnd: { type: MarkerType.ArrowClosed, width: 18, height: 18 },
    ...(says
      ? { label: says, labelShowBg: true, labelBgPadding: [5, 3] as [number, number], labelBgBorderRadius: 4 }
      : {}),
  }));
  return (
    <div ref={box} className="flow-box">
      <ReactFlow
        aria-label={label}
        nodes={drawn}
        edges={lines}
        nodeTypes={nodeTypes}
        colorMode={isDark ? 'dark' : 'light'}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable={onChoose !== undefined}
        deleteKeyCode={null}
        onInit={({ setViewport }) => void setViewport(firstView(places, box.current))}
        minZoom={0.2}
        maxZoom={1.6}
        // The page scrolls with the wheel; with Ctrl or the buttons one comes nearer.
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_, { id }) => onChoose?.(id)}
        onKeyDown={({ key, target }) => {
          const id = target instanceof HTMLElement && target.dataset['id'];
          if (id && (key === 'Enter' || key === ' ')) onChoose?.(id);
        }}
      >
        <Background gap={18} size={1} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

/** All of it where that can still be read; else its beginning, as large as its width allows. */
function firstView(places: readonly Placed[], box: HTMLElement | null) {
  const { clientWidth = 800, clientHeight = 500 } = box ?? {};
  const wide = Math.max(...places.map(({ x }) => x + nodeWidth), 1) + margin;
  const high = Math.max(...places.map(({ y, height }) => y + height), 1) + margin;
  const whole = Math.min(1, clientWidth / wide, clientHeight / high);
  const zoom = whole >= 0.7 ? whole : Math.max(0.6, Math.min(1, clientWidth / wide));
  return { x: Math.max(0, (clientWidth - wide * zoom) / 2), y: 0, zoom };
}

const margin = 16;

const nodeTypes = { step: Step };

function Step({ data: { node, isChosen } }: NodeProps<Drawn>) {
  return (
    <div className={`flow-node drawn ${node.kind} ${node.tone ?? ''} ${isChosen ? 'chosen' : ''}`}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <FlowFace node={node} />
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}
