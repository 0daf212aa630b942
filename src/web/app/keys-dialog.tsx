import { Dialog } from '../parts/dialog.js';
import { places } from './navigation.js';

/** What can be done by keyboard. */
export function KeysDialog({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" isOpen={isOpen} close={close}>
      <dl className="keys">
        <Shortcut keys={['/']} does="Search on this page" />
        <Shortcut keys={['?']} does="Show these shortcuts" />
        {places.flat().map(({ key, label, to }) => (
          <Shortcut key={to} keys={['g', key]} does={`Go to ${label}`} />
        ))}
      </dl>
    </Dialog>
  );
}

function Shortcut({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}
