export type SkeletonKind = 'list' | 'cards' | 'detail' | 'bare';

/** Lines where text will be; `lines` of them, as high as the text. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div className="bones" aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className="bone" />
      ))}
    </div>
  );
}

/** A room of a fixed height, where something large will be. */
export function Room({ height }: { readonly height: string }) {
  return <div className="bone room" style={{ height }} aria-hidden="true" />;
}

/** A page that is still loading: of the size that it will have. */
export function PageSkeleton({ kind }: { readonly kind: SkeletonKind }) {
  if (kind === 'bare') return <div className="page" aria-busy="true" />;
  return (
    <div className="page" aria-busy="true">
      <p className="unseen" role="status">
        Loading
      </p>
      <header className="page-head">
        <div className="page-title">
          <span className="bone title" />
        </div>
      </header>
      {kind === 'cards' && (
        <>
          <Room height="6rem" />
          <Room height="20rem" />
        </>
      )}
      {kind === 'list' && <Room height="34rem" />}
      {kind === 'detail' && <Room height="24rem" />}
    </div>
  );
}
