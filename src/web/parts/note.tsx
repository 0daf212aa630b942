import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const icons = { plain: Info, accent: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert } as const;

/** Something that has to be known before the rest is read. */
export function Note({
  tone = 'plain',
  title,
  actions,
  children,
}: {
  readonly tone?: keyof typeof icons;
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) {
  const Icon = icons[tone];
  return (
    <div className={`note ${tone}`}>
      <Icon size={18} aria-hidden />
      <div>
        {title && <p className="note-title">{title}</p>}
        {children}
        {actions && <div className="actions">{actions}</div>}
      </div>
    </div>
  );
}
