import * as z from 'zod';
import { type ReadMail, readMail } from './mail-reader.js';

const Page = z.object({ items: z.array(z.object({ id: z.string() })), next: z.string().nullable() });
const Captured = z.object({
  id: z.string(),
  to: z.string(),
  html: z.string(),
  headers: z.record(z.string(), z.string()),
});

/** Calls that a CRM or a mail program would make to a running Rivulet. */
export function openApiClient(url: string, apiKey: string) {
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
  const get = async (path: string): Promise<unknown> =>
    (await assertTaken(await fetch(url + path, { headers }))).json();
  const seen = new Set<string>();

  return {
    post: (path: string, body: object): Promise<Response> =>
      fetch(url + path, { headers, method: 'POST', body: JSON.stringify(body) }),
    /** The mails that came in since the last call, by address: the order of sending must not matter to those who react. */
    newMails: async (): Promise<readonly ReadMail[]> => {
      const mails: ReadMail[] = [];
      for (let after = ''; ; ) {
        const { items, next } = Page.parse(await get(`/api/mailbox?limit=20${after && `&after=${after}`}`));
        const fresh = items.filter(({ id }) => !seen.has(id));
        for (const { id } of fresh) {
          mails.push(readMail(Captured.parse(await get(`/api/mailbox/${id}`))));
          seen.add(id);
        }
        if (fresh.length < items.length || next === null) return mails.toSorted((a, b) => (a.to < b.to ? -1 : 1));
        after = next;
      }
    },
  };
}
export type ApiClient = ReturnType<typeof openApiClient>;

/** Refusals are faults of the demo or of Rivulet, and must not pass as a quiet person. */
export async function assertTaken(response: Response): Promise<Response> {
  if (response.status >= 400) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}
