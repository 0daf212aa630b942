import { Note } from '../parts/note.js';
import { Secret } from './settings-secret.js';
import './settings.css';

/** The secret of an endpoint, which nobody sees again. */
export function ShownSecret({ secret }: { readonly secret: string }) {
  return (
    <>
      <Note tone="accent" title="Keep it now: it is shown this once">
        <p>
          The receiver checks with it that a call is ours. Every library for Standard Webhooks takes it as it is; where
          it is lost, give the endpoint a new one.
        </p>
      </Note>
      <Secret label="Signing secret" text={secret} />
    </>
  );
}
