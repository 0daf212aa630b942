import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { Link } from 'wouter';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';
type Dress = {
  readonly look?: Look;
  readonly icon?: LucideIcon;
  readonly isSmall?: boolean;
};

type ButtonParts = Dress & {
  /** Something is under way: it cannot be pressed again, and says so. */
  readonly isBusy?: boolean;
} & Omit<ComponentProps<'button'>, 'className'>;

export function Button({
  look = 'plain',
  icon: Icon,
  isSmall,
  isBusy = false,
  children,
  type = 'button',
  ...rest
}: ButtonParts) {
  return (
    <button
      {...rest}
      type={type}
      className={dressed(look, isSmall)}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : rest.onClick}
    >
      {isBusy ? <span className="spinner" aria-hidden="true" /> : Icon && <Icon size={16} aria-hidden />}
      {children}
    </button>
  );
}

/** Looks like a button and leads somewhere. `isFile`: to a file, past the pages of the application. */
export function LinkButton({
  to,
  isFile,
  look = 'plain',
  icon: Icon,
  isSmall,
  children,
  download,
}: Dress & {
  readonly to: string;
  readonly isFile?: boolean;
  readonly download?: string | boolean;
  readonly children: ReactNode;
}) {
  const inside = (
    <>
      {Icon && <Icon size={16} aria-hidden />}
      {children}
    </>
  );
  const className = dressed(look, isSmall);
  if (isFile) {
    return (
      <a className={className} href={to} download={download}>
        {inside}
      </a>
    );
  }
  return (
    <Link className={className} href={to}>
      {inside}
    </Link>
  );
}

/** A button that is only a picture; `label` says what it does. */
export function IconButton({
  label,
  icon: Icon,
  ...rest
}: { readonly label: string; readonly icon: LucideIcon } & Omit<ComponentProps<'button'>, 'className' | 'children'>) {
  return (
    <button type="button" {...rest} className="icon" aria-label={label} title={label}>
      <Icon size={18} aria-hidden />
    </button>
  );
}

function dressed(look: Look, isSmall: boolean | undefined): string {
  return `button ${look}${isSmall ? ' small' : ''}`;
}
