import type { ReactNode } from 'react';
import { Button, LinkButton } from './button.js';

type Way = { readonly label: string } & ({ readonly to: string } | { readonly onPress: () => void });

/** Nothing is here: why, and what to do next. */
export function Empty({
  title,
  action,
  children,
}: {
  readonly title: string;
  readonly action?: Way;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <div className="empty-tells">{children}</div>}
      {action &&
        ('to' in action ? (
          <LinkButton look="primary" to={action.to}>
            {action.label}
          </LinkButton>
        ) : (
          <Button look="primary" onClick={action.onPress}>
            {action.label}
          </Button>
        ))}
    </div>
  );
}
