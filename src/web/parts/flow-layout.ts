import { Graph, layout } from '@dagrejs/dagre';
import type { FlowEdge, FlowNode } from './flow-chart.js';

export type Placed = { readonly node: FlowNode; readonly x: number; readonly y: number; readonly height: number };

export const nodeWidth = 232;

/** As high as what the node shows; the picture is laid out before anything of it is drawn. */
function heightOf({ tells, rates = [], title }: FlowNode): number {
  const titleLines = Math.min(3, Math.ceil(title.length / 27));
  const tellsLines = tells ? Math.min(2, Math.ceil(tells.length / 33)) : 0;
  return 24 + titleLines * 20 + tellsLines * 18 + (rates.length > 0 ? 24 : 0);
}

/** Where each node stands, from the top down. */
export function placed(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): readonly Placed[] {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 52, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, { width: nodeWidth, height: heightOf(node) });
  for (const [at, { from, to, label }] of edges.entries())
    graph.setEdge(from, to, label ? { width: label.length * 7 + 8, height: 20, labelpos: 'c' } : {}, String(at));
  layout(graph);
  return nodes.map((node) => {
    const { x = 0, y = 0, height = 60 } = graph.node(node.id);
    return { node, x: x - nodeWidth / 2, y: y - height / 2, height };
  });
}
