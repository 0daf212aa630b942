import { Fragment } from 'react';

/** An address of mail or of the web. In the next line it goes on after its "@", before a dot or a slash, not within a name. */
export function Address({ of }: { readonly of: string }) {
  return (
    <bdi>
      {of.split(/(?<=@)|(?=\.)|(?<=\w)(?=\/\w)/).map((piece, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- the pieces of one text have their places and nothing else
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {piece}
        </Fragment>
      ))}
    </bdi>
  );
}
