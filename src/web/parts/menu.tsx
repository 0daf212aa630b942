import { ChevronDown, type LucideIcon } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';

export type Choice = {
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly onChoose: () => void;
  readonly isDanger?: boolean;
  readonly isOff?: boolean;
};

/** What arrows stop at: what is off cannot have the focus. */
const choosable = '[role=menuitem]:not(:disabled)';

/** A button that opens a short list of deeds; arrows move in it, Escape closes it. */
export function Menu({
  label,
  choices,
  icon: Icon,
}: {
  readonly label: ReactNode;
  readonly choices: readonly Choice[];
  readonly icon?: LucideIcon;
}) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [opensRightwards, openRightwards] = useState(false);
  const id = useId();
  // It ends where its button ends, unless it would begin beyond the edge of the page.
  useLayoutEffect(() => {
    if (isOpen && list.current && list.current.getBoundingClientRect().left < 0) openRightwards(true);
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) return;
    box.current?.querySelector<HTMLElement>(choosable)?.focus();
    const outside = ({ target }: Event): void => {
      if (target instanceof Node && !box.current?.contains(target)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [isOpen]);
  const back = (): void => {
    setOpen(false);
    box.current?.querySelector<HTMLElement>('button')?.focus();
  };
  const move = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') return back();
    if (event.key === 'Tab') return setOpen(false);
    const items = [...(box.current?.querySelectorAll<HTMLElement>(choosable) ?? [])];
    const at = items.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[to % items.length]?.focus();
  };
  return (
    <div className="menu" ref={box}>
      <button
        type="button"
        className="button plain"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {Icon && <Icon size={16} aria-hidden />}
        {label}
        <ChevronDown size={14} aria-hidden />
      </button>
      {isOpen && (
        <div
          role="menu"
          id={id}
          ref={list}
          className={`menu-list ${opensRightwards ? 'rightwards' : ''}`}
          onKeyDown={move}
          tabIndex={-1}
        >
          {choices.map(({ label: says, icon: ChoiceIcon, onChoose, isDanger, isOff }) => (
            <button
              key={says}
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={isOff}
              className={isDanger ? 'danger' : ''}
              onClick={() => {
                back();
                onChoose();
              }}
            >
              {ChoiceIcon && <ChoiceIcon size={16} aria-hidden />}
              {says}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
