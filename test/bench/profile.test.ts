import { expect, test } from '@jest/globals';
import { type CallNode, callTree, hottest, sharesOf } from './profile.js';

const aFile = (file: string) => ({ file, line: 1 });
function call(file: string, selfMs: number, children: readonly CallNode[] = [], name = 'f'): CallNode {
  return { name, place: aFile(file), selfMs, children };
}
const root = (...children: readonly CallNode[]) => call('', 0, children, '(root)');
const owned = (tree: CallNode) => Object.fromEntries([...sharesOf(tree).owned].filter(([, ms]) => ms > 0));

test.each([
  ['src/delivery/smtp-line.ts', 'SMTP'],
  ['node_modules/nodemailer/dist/esm/smtp-connection/index.js', 'SMTP'],
  ['node_modules/nodemailer/dist/esm/qp/index.js', 'MIME and DKIM'],
  ['src/message/mime.ts', 'MIME and DKIM'],
  ['src/message/dkim-body.ts', 'MIME and DKIM'],
  ['src/message/template.ts', 'rendering'],
  ['node_modules/handlebars/dist/cjs/handlebars/runtime.js', 'rendering'],
  ['node_modules/mongodb/lib/collection.js', 'database'],
  ['src/store/messages.ts', 'database'],
  ['src/journey/advance.ts', 'decisions'],
  ['src/engine.ts', 'decisions'],
  ['src/delivery/outbox.ts', 'dispatch'],
])('time in %s is of %s', (file, owner) => {
  expect(owned(root(call(file, 5)))).toEqual({ [owner]: 5 });
});

test("a call of Node's, of zod or for an id is its caller's", () => {
  const tree = root(
    call('src/store/leads.ts', 1, [call('node_modules/zod/v4/core/parse.js', 2), call('src/event/id.ts', 4)]),
    call('src/delivery/smtp.ts', 8, [call('node:net', 16, [call('', 32, [], 'writev')])]),
  );
  expect(owned(tree)).toEqual({ database: 7, SMTP: 56 });
});

test('of two owners in a path the inner one has the time', () => {
  const tree = root(
    call('src/delivery/outbox.ts', 1, [call('src/message/mail.ts', 2, [call('src/message/mime.ts', 4)])]),
  );
  expect(owned(tree)).toEqual({ dispatch: 1, rendering: 2, 'MIME and DKIM': 4 });
});

test("a call of Node's that nobody made is of those that it calls, by their shares", () => {
  const read = call('node:internal/stream_base_commons', 8, [
    call('src/delivery/smtp.ts', 1),
    call('node_modules/mongodb/lib/cmap/connection.js', 3),
  ]);
  expect(owned(root(read))).toEqual({ SMTP: 3, database: 9 });
});

test('idle time, garbage and what belongs to nobody are told apart', () => {
  const tree = root(
    call('', 1, [], '(idle)'),
    call('', 2, [], '(garbage collector)'),
    call('', 4, [], '(program)'),
    call('node:internal/timers', 8),
  );
  expect(sharesOf(tree)).toMatchObject({ idleMs: 1, collectorMs: 2, nobodysMs: 12 });
  expect(owned(tree)).toEqual({});
});

test('a sample lasts until the next one', () => {
  const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0, columnNumber: 0 });
  const tree = callTree(
    {
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2, 3] },
        { id: 2, callFrame: frame('a') },
        { id: 3, callFrame: frame('b') },
      ],
      samples: [2, 3, 2],
      timeDeltas: [7000, 1000, 2000],
    },
    () => aFile('src/engine.ts'),
  );
  expect(tree.children.map(({ name, selfMs }) => [name, selfMs])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

test('the hottest functions are added up over all who call them', () => {
  const tree = root(
    call('src/engine.ts', 3, [call('src/event/id.ts', 2, [], 'idFrom')], 'decide'),
    call('src/store/messages.ts', 1, [call('src/event/id.ts', 4, [], 'idFrom')], 'plan'),
    call('', 100, [], '(idle)'),
  );
  expect(hottest(tree, 2).map(({ name, selfMs }) => [name, selfMs])).toEqual([
    ['idFrom', 6],
    ['decide', 3],
  ]);
});
