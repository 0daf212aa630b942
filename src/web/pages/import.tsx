import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { Told } from '../data/call.js';
import { bytes, count as written } from '../data/format.js';
import { useRead } from '../data/query.js';
import { type Trouble, troubleOf } from '../data/trouble.js';
import { uploadLeads } from '../data/upload.js';
import { Badge } from '../parts/badge.js';
import { LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Page } from '../parts/page.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { ImportCheck } from './import-check.js';
import { ImportChoose } from './import-choose.js';
import './import.css';

/** What is said of a list, beside what its columns are. */
export type Settings = {
  readonly tag: string;
  readonly source: string;
  readonly consent: string;
  readonly consentSource: string;
  readonly dates: string;
};
/** What each column is, where somebody said so: a field, or '' to leave it out. */
export type Mapping = ReadonlyMap<string, string>;
export type Columns = Told<'POST /api/imports'>['columns'];

const noSettings: Settings = { tag: '', source: '', consent: '', consentSource: '', dates: '' };

/** A list comes in: it is chosen, checked without changing anything, and then imported. */
export default function Import() {
  const client = useQueryClient();
  const [file, setFile] = useState<File>();
  const [settings, setSettings] = useState(noSettings);
  const [mapping, setMapping] = useState<Mapping>(new Map());
  const [checked, setChecked] = useState<{ readonly id: string; readonly columns: Columns }>();
  const [imported, setImported] = useState<string>();
  const [share, setShare] = useState<number>();
  const [trouble, setTrouble] = useState<Trouble>();

  const upload = async (dryRun: boolean, as: Mapping = mapping): Promise<void> => {
    if (!file) return;
    setTrouble(undefined);
    setShare(0);
    try {
      const told = await uploadLeads({
        file,
        query: queryOf(file, { settings, mapping: as, dryRun }),
        onShare: setShare,
      });
      if (dryRun) setChecked(told);
      else setImported(told.id);
      await client.invalidateQueries({ queryKey: ['GET /api/imports'] });
    } catch (error) {
      setTrouble(troubleOf(error));
    }
    setShare(undefined);
  };
  const map = (column: string, field: string): void => {
    const next = new Map(mapping).set(column, field);
    setMapping(next);
    void upload(true, next);
  };
  const another = (): void => {
    setFile(undefined);
    setChecked(undefined);
    setImported(undefined);
    setMapping(new Map());
    setTrouble(undefined);
  };
  const step = imported ? 3 : checked ? 2 : 1;

  return (
    <Page
      title="Import leads"
      up={{ label: 'Leads', to: '/leads' }}
      tells="A list in CSV, as spreadsheets and other systems write it."
    >
      <ol className="steps">
        {['Choose the list', 'Check what it becomes', 'Import it'].map((name, at) => (
          <li key={name} {...(at + 1 === step ? { 'aria-current': 'step' as const } : {})}>
            {name}
          </li>
        ))}
      </ol>
      <TroubleNote title="The list cannot be taken" trouble={trouble} />
      {share !== undefined && <Sending share={share} />}
      {step === 1 && (
        <ImportChoose
          file={file}
          choose={setFile}
          settings={settings}
          set={(more) => setSettings({ ...settings, ...more })}
          go={() => void upload(true)}
          isBusy={share !== undefined}
        />
      )}
      {checked && (
        <ImportCheck
          id={imported ?? checked.id}
          columns={checked.columns}
          mapping={mapping}
          map={map}
          isBusy={share !== undefined}
          isImport={imported !== undefined}
          go={() => void upload(false)}
          another={another}
        />
      )}
      <Earlier />
    </Page>
  );
}

type Said = { readonly settings: Settings; readonly mapping: Mapping; readonly dryRun: boolean };

function queryOf(file: File, { settings, mapping, dryRun }: Said): Readonly<Record<string, unknown>> {
  const { tag, ...rest } = settings;
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value.trim() !== ''));
  const tags = tag
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return {
    name: file.name.slice(0, 200),
    ...said,
    ...(tags.length > 0 ? { tag: tags } : {}),
    map: [...mapping].flatMap(([column, field]) => (field === '' ? [] : [`${column}=${field}`])),
    ignore: [...mapping].flatMap(([column, field]) => (field === '' ? [column] : [])),
    // What is no field is shown as left out, with the choice to make it one.
    ignoreUnknown: 'true',
    ...(dryRun ? { dryRun: 'true' } : {}),
  };
}

function Sending({ share }: { readonly share: number }) {
  return (
    <p role="status">
      {share < 1 ? 'The file is on its way… ' : 'Its columns are being read… '}
      <progress aria-label="How much of the file was sent" value={share} max={1} />
    </p>
  );
}

type Earlier = Told<'GET /api/imports'>['items'][number];
const columns: readonly Column<Earlier>[] = [
  {
    id: 'file',
    header: 'List',
    isHead: true,
    cell: ({ file, size }) => (
      <>
        <bdi>{file}</bdi>
        <span className="under">{bytes(size)}</span>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state, problem }) => (
      <>
        <Badge tone={state === 'done' ? 'good' : state === 'failed' ? 'bad' : 'accent'}>{state}</Badge>
        {problem && <span className="under">{problem}</span>}
      </>
    ),
  },
  { id: 'created', header: 'New', isNumber: true, cell: ({ created }) => written(created) },
  { id: 'changed', header: 'Changed', isNumber: true, cell: ({ changed }) => written(changed) },
  {
    id: 'broken',
    header: 'Broken',
    isNumber: true,
    cell: ({ id, broken }) =>
      broken > 0 ? (
        <a href={`/api/imports/${encodeURIComponent(id)}/broken.csv`} download>
          {written(broken)}
        </a>
      ) : (
        '0'
      ),
  },
  { id: 'at', header: 'When', cell: ({ startedAt }) => <Time at={startedAt} /> },
];

/** The lists that came in before. */
function Earlier() {
  const { data } = useRead('GET /api/imports');
  const real = data?.items.filter(({ dryRun }) => !dryRun).slice(0, 10) ?? [];
  if (real.length === 0) return null;
  return (
    <Card
      title="Earlier lists"
      isFlush
      actions={
        <LinkButton isSmall to="/leads">
          All leads
        </LinkButton>
      }
    >
      <Table label="Earlier lists" columns={columns} rows={real} keyOf={({ id }) => id} />
    </Card>
  );
}
