import { createColumnHelper, rowSelectionFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';

export type Column<Row> = {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
  /** Names the row: the first thing on its card on a phone, and its heading for screen readers. */
  readonly isHead?: boolean;
  /** The server sorts by this. */
  readonly isSortable?: boolean;
  /** Left out where there is little room. */
  readonly isExtra?: boolean;
};

export type Sorting = { readonly by: string; readonly isDown: boolean };
export type Selection = { readonly keys: ReadonlySet<string>; readonly onChange: (keys: ReadonlySet<string>) => void };

type TableParts<Row> = {
  /** What it shows, for whoever cannot see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly sorting?: Sorting | undefined;
  readonly onSort?: (sorting: Sorting) => void;
  readonly selection?: Selection;
  readonly nameOf?: (row: Row) => string;
  readonly toneOf?: (row: Row) => 'warn' | 'bad' | undefined;
  /** Nothing of an earlier answer is true any more, and the new one is on its way. */
  readonly isStale?: boolean;
};

const features = tableFeatures({ rowSelectionFeature });

/** A table; on a phone each row becomes a card. It sorts only by what the server sorts by. */
export function Table<Row extends object>(parts: TableParts<Row>) {
  const { label, columns, rows, keyOf, sorting, onSort, selection, nameOf, toneOf, isStale = false } = parts;
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const defs = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return columns.map(({ id, header, cell }) => helper.display({ id, header, cell: ({ row }) => cell(row.original) }));
  }, [columns]);
  const rowSelection = Object.fromEntries([...(selection?.keys ?? [])].map((key) => [key, true as const]));
  const table = useTable({
    features,
    columns: defs,
    data: rows,
    getRowId: keyOf,
    state: { rowSelection },
    onRowSelectionChange: (change) => {
      const next = typeof change === 'function' ? change(rowSelection) : change;
      selection?.onChange(new Set(Object.keys(next).filter((key) => next[key])));
    },
  });
  return (
    <div className={isStale ? 'table-box stale' : 'table-box'} role="group" aria-label={label} tabIndex={0}>
      <table className="table">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {selection && (
                <th className="pick">
                  <input
                    type="checkbox"
                    aria-label="Choose all that are shown"
                    checked={rows.length > 0 && table.getIsAllRowsSelected()}
                    ref={(box) => {
                      if (box) box.indeterminate = table.getIsSomeRowsSelected() && !table.getIsAllRowsSelected();
                    }}
                    onChange={table.getToggleAllRowsSelectedHandler()}
                  />
                </th>
              )}
              {group.headers.map(({ id }) => (
                <Head key={id} column={byId.get(id)} sorting={sorting} onSort={onSort} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              className={toneOf?.(row.original) ?? ''}
              {...(row.getIsSelected() ? { 'aria-selected': true } : {})}
            >
              {selection && (
                <td className="pick">
                  <input
                    type="checkbox"
                    aria-label={`Choose ${nameOf?.(row.original) ?? row.id}`}
                    checked={row.getIsSelected()}
                    onChange={row.getToggleSelectedHandler()}
                  />
                </td>
              )}
              {row.getAllCells().map((cell) => (
                <Cell key={cell.id} column={byId.get(cell.column.id)}>
                  <table.FlexRender cell={cell} />
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Heading<Row> = {
  readonly column: Column<Row> | undefined;
  readonly sorting: Sorting | undefined;
  readonly onSort: ((sorting: Sorting) => void) | undefined;
};

function Head<Row>({ column, sorting, onSort }: Heading<Row>) {
  if (!column) return null;
  const { id, header, isSortable } = column;
  const way = sorting?.by === id ? (sorting.isDown ? 'descending' : 'ascending') : undefined;
  const Arrow = way === 'descending' ? ArrowDown : way === 'ascending' ? ArrowUp : ChevronsUpDown;
  return (
    <th scope="col" className={classOf(column)} {...(isSortable && way ? { 'aria-sort': way } : {})}>
      {isSortable && onSort ? (
        <button type="button" onClick={() => onSort({ by: id, isDown: way !== 'descending' })}>
          {header}
          <Arrow size={13} aria-hidden />
        </button>
      ) : (
        header
      )}
    </th>
  );
}

function Cell<Row>({ column, children }: { readonly column: Column<Row> | undefined; readonly children: ReactNode }) {
  if (!column) return null;
  const shown = <span className="cell">{children}</span>;
  return column.isHead ? (
    <th scope="row" className={classOf(column)}>
      {shown}
    </th>
  ) : (
    <td className={classOf(column)} data-label={column.header}>
      {shown}
    </td>
  );
}

function classOf<Row>({ isNumber, isExtra }: Column<Row>): string {
  return [isNumber && 'number', isExtra && 'extra'].filter(Boolean).join(' ');
}
