import { FileUp } from 'lucide-react';
import { useState } from 'react';
import { bytes } from '../data/format.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Field, Fields, Select } from '../parts/field.js';
import type { Settings } from './import.js';

type ChooseParts = {
  readonly file: File | undefined;
  readonly choose: (file: File | undefined) => void;
  readonly settings: Settings;
  readonly set: (more: Partial<Settings>) => void;
  readonly go: () => void;
  readonly isBusy: boolean;
};

/** Which list it is, and what is said of it. */
export function ImportChoose({ file, choose, settings, set, go, isBusy }: ChooseParts) {
  const [isOver, setOver] = useState(false);
  return (
    <Card>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <div
          className={isOver ? 'drop over' : 'drop'}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            choose(event.dataTransfer.files[0]);
          }}
        >
          <FileUp size={28} aria-hidden />
          <p>
            {file ? (
              <>
                <strong>{file.name}</strong>, {bytes(file.size)}
              </>
            ) : (
              'Drop a CSV file here, or choose one'
            )}
          </p>
          <Field
            label="CSV file"
            isLabelHidden
            type="file"
            accept=".csv,text/csv,text/plain"
            onChange={({ target }) => choose(target.files?.[0])}
          />
        </div>
        <Fields>
          <Field
            label="Tags for everybody"
            hint="Separated by commas"
            value={settings.tag}
            maxLength={300}
            onChange={({ target }) => set({ tag: target.value })}
          />
          <Field
            label="Where the list is from"
            placeholder="fair 2026"
            value={settings.source}
            maxLength={200}
            onChange={({ target }) => set({ source: target.value })}
          />
          <Select
            label="Consent of new leads"
            value={settings.consent}
            onChange={({ target }) => set({ consent: target.value })}
            hint="Where the list itself says nothing of it. Nobody’s unsubscribe is lifted by a list."
            options={[
              { value: '', label: 'granted: I vouch for it' },
              { value: 'pending', label: 'pending: they are asked first' },
              { value: 'denied', label: 'denied' },
            ]}
          />
          <Field
            label="What they agreed at"
            placeholder="stand 4, 12 March"
            value={settings.consentSource}
            maxLength={200}
            onChange={({ target }) => set({ consentSource: target.value })}
          />
          <Select
            label="Dates are written"
            value={settings.dates}
            onChange={({ target }) => set({ dates: target.value })}
            options={[
              { value: '', label: 'as the list shows' },
              { value: 'dmy', label: 'day first: 31/12/2026' },
              { value: 'mdy', label: 'month first: 12/31/2026' },
            ]}
          />
        </Fields>
        <div className="actions">
          <Button type="submit" look="primary" disabled={!file} isBusy={isBusy}>
            Check the list
          </Button>
          <span className="quiet">Nothing is changed yet.</span>
        </div>
      </form>
    </Card>
  );
}
