import * as z from 'zod';
import { contract } from '../src/api/contract.js';
import type { Route } from '../src/api/route.js';

const routes = Object.entries<Route>(contract).map(([name, route]) => {
  const [method = '', path = ''] = name.split(' ');
  const pattern = path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+').replace(/\*\w+/g, '.+');
  return { name, route, method, pattern: new RegExp(`^${pattern}$`), varies: path.includes(':') || path.includes('*') };
});

/** What the contract says of a request; what is spelled out goes before what varies. */
export function routeOf(method: string, address: string) {
  const [path = ''] = address.split('?');
  const fitting = routes.filter((one) => one.method === method && one.pattern.test(path));
  // "/api/mailbox/:id.eml" says more of an address than "/api/mailbox/:id" does.
  const [closest] = fitting.toSorted((a, b) => b.name.length - a.name.length);
  return fitting.find(({ varies }) => !varies) ?? closest;
}

/** Every answer of every test is looked at: what the contract does not promise is a mistake of the one or the other. */
export function assertAsPromised(
  method: string,
  address: string,
  { status, body }: { readonly status: number; readonly body: unknown },
): void {
  const known = routeOf(method, address);
  if (!known || status >= 300) return;
  const { name, route } = known;
  const statuses = route.status ?? [route.answer ? 200 : 204];
  if (!statuses.includes(status)) throw new Error(`${name} answered ${status}, which its contract does not name`);
  const result = (route.answer ?? z.literal('')).safeParse(body);
  if (result.success) return;
  throw new Error(`${name} answered what its contract does not promise:\n${z.prettifyError(result.error)}`);
}
