import { Component, type ReactNode } from 'react';
import { TroubleNote } from '../parts/trouble-note.js';
import { troubleOf } from '../data/trouble.js';

type Fall = { readonly thrown?: unknown };

/** Keeps a fault of one page from taking the others along. React knows no other way to catch one than a class. */
export class Fallible extends Component<{ readonly children: ReactNode }, Fall> {
  override state: Fall = {};

  static getDerivedStateFromError(thrown: unknown): Fall {
    return { thrown };
  }

  override render(): ReactNode {
    const { thrown } = this.state;
    if (thrown === undefined) return this.props.children;
    return (
      <div className="page">
        <TroubleNote title="This page has a fault" trouble={troubleOf(thrown)} again={() => location.reload()} />
      </div>
    );
  }
}
