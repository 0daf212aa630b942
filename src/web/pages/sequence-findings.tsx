import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { counted } from '../data/format.js';
import { Note } from '../parts/note.js';
import { addressOf } from './editor-tree.js';

export type Finding = Told<'GET /api/sequences/:name'>['findings'][number];

/** What is wrong or probably not meant, each with its place and its mend. Nothing where nothing was found. */
export function Findings({ findings, title }: { readonly findings: readonly Finding[]; readonly title?: string }) {
  if (findings.length === 0) return null;
  const tone = findings.some(({ severity }) => severity === 'error') ? 'bad' : 'warn';
  return (
    <Note tone={tone} title={title ?? `${counted(findings.length, 'finding')} to look at`}>
      <ul className="findings">
        {findings.map(({ file, line, column, message, hint, code }) => (
          <li key={`${file}:${line}:${column}:${code}:${message}`}>
            <Link href={addressOf(file, line)}>
              <code>
                {file}:{line}:{column}
              </code>
            </Link>{' '}
            {message}. {hint}
          </li>
        ))}
      </ul>
    </Note>
  );
}
