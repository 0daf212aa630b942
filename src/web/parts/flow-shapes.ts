import type { FlowNode } from './flow-chart.js';

/** As what the steps of a sequence are drawn, by their kind; a deed unless it stands here. */
export const flowShapes: Readonly<Record<string, FlowNode['kind']>> = {
  start: 'start',
  send: 'mail',
  wait: 'wait',
  'wait-until': 'wait',
  'wait-for': 'wait',
  branch: 'choice',
  choose: 'choice',
  goal: 'choice',
  split: 'split',
  pick: 'split',
  exit: 'exit',
  end: 'exit',
};
