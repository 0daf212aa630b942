import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { count, counted, shareOf } from '../data/format.js';
import { Card } from '../parts/card.js';
import { LinkButton } from '../parts/button.js';
import { Facts } from '../parts/facts.js';
import { Dialog } from '../parts/dialog.js';
import { Note } from '../parts/note.js';
import { useIsNarrow } from '../parts/narrow.js';
import { FlowChart, type FlowEdge, type FlowNode } from '../parts/flow-chart.js';
import { flowShapes } from '../parts/flow-shapes.js';
import { addressOf } from './editor-tree.js';
import type { SequenceInFull } from './sequence.js';

type Node = SequenceInFull['flow']['nodes'][number];

/** The flow of a sequence with its people, and of the step that is chosen all that is known. */
export function SequenceFlow({ sequence }: { readonly sequence: SequenceInFull }) {
  const [chosen, setChosen] = useState<string>();
  const nodes = useMemo(() => sequence.flow.nodes.map((node) => drawn(node, sequence)), [sequence]);
  const edges = useMemo(() => sequence.flow.edges.map(drawnEdge), [sequence]);
  const node = sequence.flow.nodes.find(({ id }) => id === chosen);
  const isNarrow = useIsNarrow();
  const toMail = node && ['send', 'notify'].includes(node.kind) && (
    <LinkButton look="primary" to={mailAddress(sequence.name, node.id)}>
      See the mail
    </LinkButton>
  );
  const elsewhere = sequence.waiting.filter(({ isHere }) => !isHere);
  return (
    <>
      {elsewhere.length > 0 && <Elsewhere standing={elsewhere} />}
      <div className={node && !isNarrow ? 'flow-and-step' : ''}>
        <FlowChart
          label={`Flow of ${sequence.title}`}
          nodes={nodes}
          edges={edges}
          chosen={chosen}
          onChoose={setChosen}
          height="38rem"
        />
        {node && !isNarrow && (
          <Card title={node.words} actions={toMail}>
            <Step node={node} sequence={sequence} />
          </Card>
        )}
        {node && isNarrow && (
          <Dialog title={node.words} isOpen close={() => setChosen(undefined)} actions={toMail}>
            <Step node={node} sequence={sequence} />
          </Dialog>
        )}
      </div>
    </>
  );
}

/** Who stands at steps that the picture has not, as they run through an earlier revision. */
function Elsewhere({ standing }: { readonly standing: SequenceInFull['waiting'] }) {
  const all = standing.reduce((sum, one) => sum + one.count, 0);
  return (
    <Note title={`${counted(all, 'lead')} on earlier revisions, at steps that the file has no more`}>
      <ul>
        {standing.map(({ revision, where, count: many }) => (
          <li key={revision + where}>
            {counted(many, 'lead')} at {where}, in <code>{revision}</code>
          </li>
        ))}
      </ul>
    </Note>
  );
}

function drawn(node: Node, { mails }: SequenceInFull): FlowNode {
  const { id, kind, words, onlyIf, leaving, waiting, left, isReached, isNamed } = node;
  const mail = mails.find(({ step }) => step === id);
  const rates = mail && mail.sent > 0 ? ratesOf(mail) : [];
  const sent = mail && mail.sent > 0 ? `${count(mail.sent)} sent` : undefined;
  const name = isNamed && !['start', 'end'].includes(kind) ? id : undefined;
  const tells = [
    isReached ? undefined : 'No way leads here',
    onlyIf && `only if ${onlyIf}`,
    leaving && `leaves: ${leaving}`,
    [name, sent].filter((one) => one !== undefined).join(' · '),
  ].filter((one) => one !== undefined && one !== '');
  return {
    id,
    kind: flowShapes[kind] ?? 'deed',
    title: words,
    tells: tells[0],
    rates: [...rates, ...(left > 0 ? [`${count(left)} left here`] : [])],
    waiting,
    tone: isReached ? undefined : 'warn',
  };
}

function ratesOf({ sent, opened, clicked }: SequenceInFull['mails'][number]): readonly string[] {
  return [`${shareOf(opened, sent)} opened`, `${shareOf(clicked, sent)} clicked`];
}

function drawnEdge({ from, to, label, share }: SequenceInFull['flow']['edges'][number]): FlowEdge {
  const short = label !== undefined && label.length > 42 ? `${label.slice(0, 41)}…` : label;
  const says = [short, share === undefined ? undefined : `${share} %`].filter((one) => one !== undefined);
  return { from, to, label: says.length > 0 ? says.join(', ') : undefined };
}

function Step({ node, sequence }: { readonly node: Node; readonly sequence: SequenceInFull }) {
  const { id, onlyIf, leaving, line, waiting, kind } = node;
  const mail = sequence.mails.find(({ step }) => step === id);
  const left = sequence.left.filter(({ step, where }) => (step ?? (where === 'the end' ? '@end' : '')) === id);
  const standing = sequence.waiting.filter(({ step, isHere }) => isHere && step === id);
  return (
    <div className="stack">
      <Facts
        facts={[
          ['How', kind === 'start' ? sequence.enters : undefined],
          ['Step', id.startsWith('@') ? undefined : <code key="id">{id}</code>],
          ['In the file', line === undefined ? undefined : <InFile key="line" file={sequence.file} line={line} />],
          ['Only if', onlyIf],
          ['Leaves here', leaving],
          ['Starts or ends', node.sequence && <Link href={`/sequences/${node.sequence}`}>{node.sequence}</Link>],
          ['Wait here now', waiting > 0 ? counted(waiting, 'lead') : undefined],
          ...(mail ? mailFacts(mail) : []),
        ]}
      />
      {standing.length > 1 && (
        <div>
          <h3>By revision</h3>
          <ul>
            {standing.map((one) => (
              <li key={one.revision}>
                {counted(one.count, 'lead')} on <code>{one.revision}</code>
                {one.isInForce ? ', the one in force' : ''}
              </li>
            ))}
          </ul>
        </div>
      )}
      {left.length > 0 && (
        <div>
          <h3>Why leads left here</h3>
          <ul>
            {left.map(({ because, count: many }) => (
              <li key={because}>
                {counted(many, 'lead')}: {because}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function InFile({ file, line }: { readonly file: string; readonly line: number }) {
  return <Link href={addressOf(file, line)}>line {line}</Link>;
}

function mailFacts(mail: SequenceInFull['mails'][number]): readonly (readonly [string, string])[] {
  const { sent, opened, clicked, replied, bounced, complained, unsubscribed, machineOpens, machineClicks } = mail;
  const part = (many: number): string => `${count(many)}, ${shareOf(many, sent)}`;
  return [
    ['Sent', count(sent)],
    ['Opened', part(opened)],
    ['Clicked', part(clicked)],
    ['Replied', part(replied)],
    ['Bounced', part(bounced)],
    ['Complained', part(complained)],
    ['Unsubscribed', part(unsubscribed)],
    ['Machines', `opened ${count(machineOpens)}, clicked in ${count(machineClicks)}`],
  ];
}

/** Where a mail is looked at. */
export function mailAddress(sequence: string, step: string): string {
  return `/sequences/${encodeURIComponent(sequence)}/mails/${encodeURIComponent(step)}`;
}
