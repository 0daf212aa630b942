import { Fragment } from 'react';

/** An e-mail address. Where it has to go on in the next line, it does so after its "@" or before a dot, not within a name. */
export function Address({ of }: { readonly of: string }) {
  return (
    <bdi>
      {of.split(/(?<=@)|(?=\.)/).map((piece, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- the pieces of one text have their places and nothing else
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {piece}
        </Fragment>
      ))}
    </bdi>
  );
}
