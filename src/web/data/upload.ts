import { addressOf } from '../../client/client.js';
import { ownHeaders, type Told } from './call.js';
import { Trouble, type FieldTrouble } from './trouble.js';

type Upload = {
  readonly file: Blob;
  readonly query: Readonly<Record<string, unknown>>;
  /** How much has been sent, 0 to 1. */
  readonly onShare: (share: number) => void;
};

/** Sends a file to be imported. By the older way to ask, as it alone tells how much of a large file has gone. */
export function uploadLeads({ file, query, onShare }: Upload): Promise<Told<'POST /api/imports'>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', addressOf('/api/imports', { query }));
    request.responseType = 'json';
    request.setRequestHeader('Content-Type', 'text/csv');
    for (const [name, value] of Object.entries(ownHeaders())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => onShare(total > 0 ? loaded / total : 1));
    request.addEventListener('error', () =>
      reject(new Trouble(0, 'The file did not get through. Is Rivulet running? Try again.')),
    );
    request.addEventListener('load', () => {
      if (request.status < 300) resolve(request.response);
      else reject(troubleIn(request.status, request.response));
    });
    request.send(file);
  });
}

function troubleIn(
  status: number,
  body: { readonly detail?: string; readonly problems?: readonly FieldTrouble[] } | null,
) {
  return new Trouble(status, body?.detail ?? `The answer was ${status}.`, body?.problems, body);
}
