import type { AuditLog } from '../store/audit-log.js';
import type { Change } from './answering.js';

export type Noting = { readonly auditLog: AuditLog; readonly newId: () => string; readonly now: () => Date };

/** Puts changes that were made over the API into the audit log. */
export function noteChangesIn({ auditLog, newId, now }: Noting): (change: Change) => Promise<void> {
  return async ({ who: { kind, id, name }, route, params, fields, status }) => {
    const things = Object.entries(params).map(([key, value]) => ({ name: key, value }));
    await auditLog.note({ id: newId(), at: now(), who: { kind, id, name }, route, things, fields, status });
  };
}
