import { Copy } from 'lucide-react';
import { useRef } from 'react';
import { copy } from '../data/copy.js';
import { Button } from '../parts/button.js';
import { Field } from '../parts/field.js';

/** Something that is shown this once, to be copied. */
export function Secret({ label, text }: { readonly label: string; readonly text: string }) {
  const box = useRef<HTMLDivElement>(null);
  const take = (): Promise<void> => {
    box.current?.querySelector('input')?.select();
    return copy(text, { says: 'Copied.', instead: 'It is selected: press Ctrl+C.' });
  };
  return (
    <div className="secret" ref={box}>
      <Field
        label={label}
        value={text}
        readOnly
        spellCheck={false}
        autoComplete="off"
        onFocus={({ target }) => target.select()}
      />
      <Button icon={Copy} onClick={() => void take()}>
        Copy
      </Button>
    </div>
  );
}
