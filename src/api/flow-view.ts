import * as z from 'zod';

/** A place in the picture of a sequence, as its file says it. */
export const DrawnNode = z
  .strictObject({
    id: z.string().describe('a step, "@start" or "@end"'),
    kind: z.string(),
    words: z.string().describe('what it does; of a mail its subject'),
    isNamed: z.boolean().describe('false for a step that is called by its place'),
    onlyIf: z.string().optional(),
    template: z.string().optional(),
    sequence: z.string().optional().describe('the sequence that it starts or ends'),
    leaving: z.string().optional().describe('who leaves here, though others go on'),
    isReached: z.boolean().describe('false when no way leads to it'),
    line: z.number().int().optional().describe('where it stands in the file, from 1'),
    column: z.number().int().optional(),
  })
  .meta({ id: 'DrawnNode' });

export const DrawnEdge = z
  .strictObject({
    from: z.string(),
    to: z.string(),
    label: z.string().optional().describe('when it is taken'),
    share: z.number().optional().describe('how many of a hundred a split sends along it'),
  })
  .meta({ id: 'DrawnEdge' });

/** How a sequence would run. */
export const DrawnFlow = z.strictObject({ nodes: z.array(DrawnNode), edges: z.array(DrawnEdge) }).meta({ id: 'Flow' });
