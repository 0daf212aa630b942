import { type ReactNode, useId } from 'react';

type CardParts = {
  readonly title?: ReactNode;
  readonly tells?: ReactNode;
  readonly actions?: ReactNode;
  /** Without space around its content: tables and lists reach the edges. */
  readonly isFlush?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
};

/** What belongs together, with a heading of its own. */
export function Card({ title, tells, actions, isFlush = false, className = '', children }: CardParts) {
  const id = useId();
  return (
    <section className={`card ${isFlush ? 'flush' : ''} ${className}`} {...(title ? { 'aria-labelledby': id } : {})}>
      {(title || actions) && (
        <header className="card-head">
          <div>
            {title && <h2 id={id}>{title}</h2>}
            {tells && <p className="quiet">{tells}</p>}
          </div>
          {actions && <div className="actions">{actions}</div>}
        </header>
      )}
      <div className="card-body">{children}</div>
    </section>
  );
}

/** Cards beside each other as there is room; `wide` ones take two places. */
export function Cards({ children, least = '18rem' }: { readonly children: ReactNode; readonly least?: string }) {
  const columns = `repeat(auto-fit, minmax(min(100%, ${least}), 1fr))`;
  return (
    <div className="cards" style={{ gridTemplateColumns: columns }}>
      {children}
    </div>
  );
}
