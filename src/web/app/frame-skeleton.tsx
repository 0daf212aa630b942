/** The frame of all pages, before it is known who looks: of the same size, so that nothing moves. */
export function FrameSkeleton() {
  return (
    <div className="shell" aria-busy="true">
      <div className="side" />
      <main className="main" />
    </div>
  );
}
