import { useQueryClient } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';
import { count as written } from '../data/format.js';
import { useRead } from '../data/query.js';
import { Button, LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Select } from '../parts/field.js';
import { Note } from '../parts/note.js';
import { Skeleton } from '../parts/skeleton.js';
import { Stat, Stats } from '../parts/stat.js';
import { type Column, Table } from '../parts/table.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { Columns, Mapping } from './import.js';

type CheckParts = {
  readonly id: string;
  readonly columns: Columns;
  readonly mapping: Mapping;
  readonly map: (column: string, field: string) => void;
  readonly isBusy: boolean;
  /** The real thing, not the look beforehand. */
  readonly isImport: boolean;
  readonly go: () => void;
  readonly another: () => void;
};

const built = ['email', 'firstName', 'lastName', 'timezone', 'locale', 'tags', 'consent', 'consentAt', 'consentSource'];
const everyMs = 600;

/** What a list becomes: its columns, and how many it makes and changes. Then how far it is. */
export function ImportCheck({ id, columns, mapping, map, isBusy, isImport, go, another }: CheckParts) {
  const client = useQueryClient();
  // Another check has an id of its own.
  const [over, setOver] = useState<string>();
  const { data, trouble, again } = useRead(
    'GET /api/imports/:id',
    { params: { id } },
    { every: over === id ? undefined : everyMs },
  );
  const isRunning = data === undefined || data.state === 'running';
  if (!isRunning && over !== id) setOver(id);
  useEffect(() => {
    if (!isRunning && isImport) void client.invalidateQueries();
  }, [isRunning, isImport]);
  return (
    <>
      <Card
        title={isImport ? 'The import' : 'What would come of it'}
        {...(isImport ? {} : { tells: 'Nothing has been changed.' })}
      >
        <TroubleNote title="How far it is cannot be told now" trouble={trouble} again={again} />
        {data ? (
          <>
            <Stats>
              <Stat label="Rows" value={written(data.rows)} />
              <Stat label="New leads" value={written(data.created)} />
              <Stat label="Changed" value={written(data.changed)} />
              <Stat label="As they were" value={written(data.unchanged)} />
              <Stat label="Broken rows" value={written(data.broken)} />
            </Stats>
            {isRunning && (
              <progress
                className="progress"
                aria-label="How much of the list has been read"
                value={data.share}
                max={1}
              />
            )}
            {data.problem && (
              <Note tone="bad" title="It stopped">
                {data.problem}
              </Note>
            )}
            {data.broken > 0 && (
              <Note
                tone="warn"
                title={`${written(data.broken)} rows cannot be taken`}
                actions={
                  <LinkButton
                    isFile
                    isSmall
                    icon={Download}
                    download
                    to={`/api/imports/${encodeURIComponent(id)}/broken.csv`}
                  >
                    The broken rows, each with why
                  </LinkButton>
                }
              >
                The others are taken all the same. Mend these in their file, and import that one.
              </Note>
            )}
            {isImport && data.state === 'done' && (
              <Note
                tone="good"
                title="The list is in"
                actions={
                  <LinkButton to="/leads" look="primary">
                    See the leads
                  </LinkButton>
                }
              />
            )}
          </>
        ) : (
          !trouble && <Skeleton lines={4} />
        )}
        <div className="actions">
          {!isImport && (
            <Button
              look="primary"
              isBusy={isBusy || (isRunning && !trouble)}
              disabled={data?.state === 'failed' || (isRunning && trouble !== undefined)}
              onClick={go}
            >
              {data && !isRunning ? `Import ${written(data.created + data.changed)} leads` : 'Import'}
            </Button>
          )}
          <Button onClick={another}>{isImport ? 'Import another list' : 'Choose another list'}</Button>
        </div>
      </Card>
      {!isImport && <ColumnsCard columns={columns} mapping={mapping} map={map} isBusy={isBusy} />}
    </>
  );
}

type ColumnsParts = Pick<CheckParts, 'columns' | 'mapping' | 'map' | 'isBusy'>;

function ColumnsCard({ columns, mapping, map, isBusy }: ColumnsParts) {
  const { data } = useRead('GET /api/leads/choices');
  const known = [...new Set([...built, ...(data?.fields.map(({ name }) => name) ?? [])])];
  const shown: readonly Column<Columns[number]>[] = [
    {
      id: 'column',
      header: 'Column',
      isHead: true,
      cell: ({ column, example }) => (
        <>
          <bdi>{column}</bdi>
          <span className="under">
            <bdi>{example}</bdi>
          </span>
        </>
      ),
    },
    {
      id: 'field',
      header: 'Becomes',
      cell: ({ column, field }) => {
        const value = mapping.get(column) ?? field ?? '';
        const names = known.includes(value) || value === '' ? known : [value, ...known];
        return (
          <Select
            label={`What "${column}" becomes`}
            isLabelHidden
            value={value}
            disabled={isBusy}
            onChange={({ target }) => map(column, target.value)}
            options={[{ value: '', label: '– left out –' }, ...names.map((name) => ({ value: name, label: name }))]}
          />
        );
      },
    },
    { id: 'how', header: 'Why', cell: ({ how }) => <span className="quiet">{how}</span> },
  ];
  return (
    <Card
      title="Its columns"
      tells="Say what a column is where the guess is wrong; the list is then checked again."
      isFlush
      className="import-columns"
    >
      <Table label="The columns of the list" columns={shown} rows={columns} keyOf={({ column }) => column} />
    </Card>
  );
}
