import { Copy } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../parts/button.js';
import { Field } from '../parts/field.js';
import { toast } from '../parts/toast.js';

/** Something that is shown this once, to be copied. */
export function Secret({ label, text }: { readonly label: string; readonly text: string }) {
  const box = useRef<HTMLDivElement>(null);
  const copy = async (): Promise<void> => {
    box.current?.querySelector('input')?.select();
    try {
      await navigator.clipboard.writeText(text);
      toast('Copied.');
    } catch {
      // Browsers let pages at the clipboard over TLS alone, and on this machine.
      toast({ tone: 'bad', text: 'This browser does not let the page copy it. It is selected: press Ctrl+C.' });
    }
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
      <Button icon={Copy} onClick={() => void copy()}>
        Copy
      </Button>
    </div>
  );
}
