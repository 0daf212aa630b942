import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react';
import { Link } from 'wouter';
import { arrive } from '../app/scroll.js';

let isFirst = true;

type PageParts = {
  readonly title: string;
  /** Shown as heading in place of the title, which then is the title of the window alone. */
  readonly heading?: ReactNode;
  /** One sentence under the heading. */
  readonly tells?: ReactNode;
  /** Buttons at the right of the heading. */
  readonly actions?: ReactNode;
  /** The page above this one. */
  readonly up?: { readonly label: string; readonly to: string };
  readonly children: ReactNode;
};

/** A page: its heading, which gets the focus when one comes here, and what can be done with the whole. */
export function Page({ title, heading, tells, actions, up, children }: PageParts) {
  const headingRef = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Rivulet`;
  }, [title]);
  useLayoutEffect(() => {
    arrive();
    // The first page is announced by the browser itself; stealing the focus from it would skip the skip link.
    if (!isFirst) headingRef.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          {up && (
            <Link className="page-up" href={up.to}>
              {up.label}
            </Link>
          )}
          <h1 ref={headingRef} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {tells && <p className="page-tells">{tells}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
