import { Copy } from 'lucide-react';
import { copy } from '../data/copy.js';
import { Button } from './button.js';
import type { Tone } from './badge.js';

export type Mark = { readonly line: number; readonly tone: Tone; readonly says: string };

type CodeParts = {
  readonly label: string;
  readonly text: string;
  /** Lines (from 1) of which something is said. */
  readonly marks?: readonly Mark[];
  readonly isWrapped?: boolean;
  readonly hasNumbers?: boolean;
};

const said = { says: 'Copied', instead: 'Select the text and press Ctrl+C.' };

/** Text of a file, to be read and copied. */
export function CodeView({ label, text, marks = [], isWrapped = false, hasNumbers = true }: CodeParts) {
  const lines = text.split('\n');
  return (
    <div className="code">
      <div className="code-tools">
        <Button isSmall icon={Copy} onClick={() => void copy(text, said)}>
          Copy
        </Button>
      </div>
      <pre role="group" aria-label={label} tabIndex={0} className={isWrapped ? 'wrapped' : ''}>
        {lines.map((line, at) => (
          <CodeLine
            key={at}
            number={hasNumbers ? at + 1 : undefined}
            text={line}
            marks={marks.filter((mark) => mark.line === at + 1)}
          />
        ))}
      </pre>
    </div>
  );
}

function CodeLine({
  number,
  text,
  marks,
}: {
  readonly number: number | undefined;
  readonly text: string;
  readonly marks: readonly Mark[];
}) {
  return (
    <>
      <span className={`code-line ${marks[0]?.tone ?? ''}`}>
        {number !== undefined && (
          <span className="code-number" aria-hidden="true">
            {number}
          </span>
        )}
        <code>{text || ' '}</code>
      </span>
      {marks.map(({ says, tone }) => (
        <span key={says} className={`code-mark ${tone}`}>
          {says}
        </span>
      ))}
    </>
  );
}
