import { Download } from 'lucide-react';
import { useState } from 'react';
import { call, type Told } from '../data/call.js';
import { type Trouble, troubleOf } from '../data/trouble.js';
import { Button } from '../parts/button.js';
import { CodeView } from '../parts/code-view.js';
import { Dialog } from '../parts/dialog.js';
import { Field } from '../parts/field.js';
import { Note } from '../parts/note.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { type Body, bodyOf, type Script } from './simulator-script.js';

type Written = Extract<Told<'POST /api/simulations/journey-file'>, { kind: 'written' }>;

/** The journey as a test file: what comes of it now is what is expected of every edit to come. */
export function JourneyFile({
  script,
  isOpen,
  close,
}: {
  readonly script: Script;
  readonly isOpen: boolean;
  readonly close: () => void;
}) {
  const [name, setName] = useState('');
  const [written, setWritten] = useState<Written>();
  const [trouble, setTrouble] = useState<Trouble>();
  const [isBusy, setBusy] = useState(false);
  const write = async (): Promise<void> => {
    setBusy(true);
    setTrouble(undefined);
    try {
      setWritten(await fileOf(name.trim() || 'a journey from the simulator', bodyOf(script)));
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };
  const leave = (): void => {
    setWritten(undefined);
    close();
  };
  return (
    <Dialog
      title="A test file of this journey"
      isOpen={isOpen}
      close={leave}
      isWide
      actions={
        written ? (
          <Button look="primary" icon={Download} onClick={() => download(written)}>
            Download
          </Button>
        ) : (
          <Button look="primary" isBusy={isBusy} onClick={() => void write()}>
            Write it
          </Button>
        )
      }
    >
      <p>
        “npx rivulet test” plays it with every edit of the files, and tells what became different. What comes of the
        journey today is what it expects.
      </p>
      {trouble && <TroubleNote trouble={trouble} />}
      {written ? (
        <>
          {written.leftOut.length > 0 && (
            <Note title="What it leaves out">
              <p>{written.leftOut.join('; ')}.</p>
            </Note>
          )}
          <p>
            It belongs into <code>{written.file}</code>.
          </p>
          <CodeView label={written.file} text={written.text} />
        </>
      ) : (
        <Field
          label="What it shows, as a rule"
          placeholder="who clicks on day 2 is offered the case study"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      )}
    </Dialog>
  );
}

async function fileOf(name: string, simulation: Body): Promise<Written | undefined> {
  const told = await call('POST /api/simulations/journey-file', { body: { name, simulation } });
  return told.kind === 'written' ? told : undefined;
}

/** Hands a text to the browser as a file. */
function download({ file, text }: Written): void {
  const link = document.createElement('a');
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.href = address;
  link.download = file.split('/').at(-1) ?? file;
  link.click();
  URL.revokeObjectURL(address);
}
