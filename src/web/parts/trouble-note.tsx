import { CircleAlert } from 'lucide-react';
import { elsewhere, type Trouble } from '../data/trouble.js';
import { Button } from './button.js';

type Note = {
  readonly trouble: Trouble | undefined | null;
  readonly title?: string;
  readonly again?: () => void;
  /** Pointers that the form shows at their fields. */
  readonly shownAt?: readonly string[];
};

/** What went wrong and how it is mended; nothing where nothing did. */
export function TroubleNote({ trouble, title = 'This did not work', again, shownAt = [] }: Note) {
  if (!trouble) return null;
  const others = elsewhere(trouble, shownAt);
  return (
    <div className="note bad" role="alert">
      <CircleAlert size={18} aria-hidden />
      <div>
        <p className="note-title">{title}</p>
        <p>{trouble.message}</p>
        {others.length > 0 && (
          <ul>
            {others.map(({ pointer, detail }) => (
              <li key={pointer + detail}>
                {pointer && <code>{pointer.slice(1).replaceAll('/', ' → ')}</code>} {detail}
              </li>
            ))}
          </ul>
        )}
        {again && (
          <Button isSmall onClick={again}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
