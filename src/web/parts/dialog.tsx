import { X } from 'lucide-react';
import { type FormEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { Address } from './address.js';
import { Button, IconButton } from './button.js';
import { Field } from './field.js';

type DialogParts = {
  readonly title: ReactNode;
  readonly isOpen: boolean;
  readonly close: () => void;
  /** Buttons at the foot, the chief one last. */
  readonly actions?: ReactNode;
  readonly isWide?: boolean;
  readonly children: ReactNode;
};

/** The browser's own dialog: it keeps the focus, and Escape closes it. What is inside exists while it is open only. */
export function Dialog({ title, isOpen, close, actions, isWide = false, children }: DialogParts) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const { current } = dialog;
    if (isOpen && !current?.open) {
      current?.showModal();
      // What is to be filled in first, and not the button that closes it.
      current?.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea)')?.focus();
    }
    if (!isOpen) current?.close();
  }, [isOpen]);
  useLayoutEffect(() => {
    const { current } = dialog;
    // Taken off the page while it is open, it would take the focus along; closed first, it gives it back.
    return () => current?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={isWide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      // What is told late of an earlier closing does not close it again.
      onClose={({ currentTarget }) => !currentTarget.open && close()}
      onClick={({ target, currentTarget }) => target === currentTarget && close()}
    >
      {isOpen && (
        <div className="dialog-inside">
          <header>
            <h2 id={id}>{title}</h2>
            <IconButton label="Close" icon={X} onClick={close} />
          </header>
          <div className="dialog-body">{children}</div>
          {actions && <footer className="actions">{actions}</footer>}
        </div>
      )}
    </dialog>
  );
}

type FormParts = Omit<DialogParts, 'actions'> & {
  /** What the button says: the deed, not "OK". */
  readonly does: string;
  readonly send: () => Promise<unknown>;
  readonly isBusy?: boolean;
  readonly isDanger?: boolean;
  /** Something that it takes is not there yet. */
  readonly isOff?: boolean;
  /** The server alone says what is wrong, and the fields tell it. */
  readonly noValidate?: boolean;
};

/** Asks for something and sends it: Enter in a field sends as the button does. */
export function FormDialog({
  does,
  send,
  isBusy = false,
  isDanger = false,
  isOff = false,
  noValidate = false,
  children,
  ...rest
}: FormParts) {
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void send();
  };
  return (
    <Dialog
      {...rest}
      actions={
        <>
          <Button onClick={rest.close}>Cancel</Button>
          <Button type="submit" form={id} look={isDanger ? 'danger' : 'primary'} isBusy={isBusy} disabled={isOff}>
            {does}
          </Button>
        </>
      }
    >
      <form id={id} className="stack" onSubmit={submit} noValidate={noValidate}>
        {children}
      </form>
    </Dialog>
  );
}

type ConfirmParts = {
  readonly title: string;
  readonly isOpen: boolean;
  readonly close: () => void;
  /** What the button says: the deed, not "OK". */
  readonly does: string;
  readonly onYes: () => Promise<unknown> | void;
  readonly isDanger?: boolean;
  /** What has to be typed first, where there is no way back. */
  readonly typed?: string;
  readonly isBusy?: boolean;
  /** What will happen. */
  readonly children: ReactNode;
};

/** Asks once more, and says what will happen. */
export function Confirm({
  title,
  isOpen,
  close,
  does,
  onYes,
  isDanger = false,
  typed,
  isBusy = false,
  children,
}: ConfirmParts) {
  const [text, setText] = useState('');
  const isReady = typed === undefined || text.trim() === typed;
  const leave = (): void => {
    setText('');
    close();
  };
  const yes = async (): Promise<void> => {
    if (!isReady) return;
    await onYes();
    setText('');
  };
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      close={leave}
      actions={
        <>
          <Button onClick={leave}>Cancel</Button>
          <Button look={isDanger ? 'danger' : 'primary'} isBusy={isBusy} disabled={!isReady} onClick={() => void yes()}>
            {does}
          </Button>
        </>
      }
    >
      {children}
      {typed !== undefined && (
        <Field
          label={
            <>
              Type{' '}
              <code>
                <Address of={typed} />
              </code>{' '}
              to go on
            </>
          }
          value={text}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => setText(target.value)}
        />
      )}
    </Dialog>
  );
}
