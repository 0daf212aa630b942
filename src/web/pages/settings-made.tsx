import type { Column } from '../parts/table.js';
import { Time } from '../parts/time.js';

type Made = { readonly createdBy: string; readonly createdAt: string };

/** A column that says who made something, and on which day. */
export function madeBy(id: string, header: string): Column<Made> {
  return {
    id,
    header,
    isExtra: true,
    cell: ({ createdBy, createdAt }) => (
      <>
        <bdi>{createdBy}</bdi>
        <span className="under nowrap">
          <Time at={createdAt} as="day" />
        </span>
      </>
    ),
  };
}
