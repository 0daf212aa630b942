import type { ReactNode } from 'react';
import './sign-in.css';

/** The heading of a page that stands alone, under the name of the house. */
export function Doorway({ children }: { readonly children: ReactNode }) {
  return (
    <span className="doorway">
      <span className="doorway-name">
        <img src="/rivulet.svg" alt="" width="28" height="28" />
        Rivulet
      </span>
      {children}
    </span>
  );
}
