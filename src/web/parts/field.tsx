import { type ComponentProps, type ReactNode, useId } from 'react';

type Said = {
  readonly label: ReactNode;
  /** What may be written here, and what comes of it. */
  readonly hint?: ReactNode;
  /** What is wrong with it, and how it is mended. */
  readonly error?: string | undefined;
  /** The label is for screen readers alone. */
  readonly isLabelHidden?: boolean;
};
type Ids = { readonly id: string; readonly 'aria-describedby'?: string; readonly 'aria-invalid'?: true };

function Labelled({
  label,
  hint,
  error,
  isLabelHidden,
  children,
}: Said & { readonly children: (ids: Ids) => ReactNode }) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id} className={isLabelHidden ? 'unseen' : ''}>
        {label}
      </label>
      {children({
        id,
        ...(describedBy ? { 'aria-describedby': describedBy } : {}),
        ...(error ? { 'aria-invalid': true as const } : {}),
      })}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

/** One line of text, or whatever `type` says. */
export function Field({
  label,
  hint,
  error,
  isLabelHidden = false,
  ...input
}: Said & Omit<ComponentProps<'input'>, 'id' | 'className'>) {
  return (
    <Labelled label={label} hint={hint} error={error} isLabelHidden={isLabelHidden}>
      {(ids) => <input {...input} {...ids} className="input" />}
    </Labelled>
  );
}

export function TextArea({
  label,
  hint,
  error,
  isLabelHidden = false,
  ...area
}: Said & Omit<ComponentProps<'textarea'>, 'id' | 'className'>) {
  return (
    <Labelled label={label} hint={hint} error={error} isLabelHidden={isLabelHidden}>
      {(ids) => <textarea rows={4} {...area} {...ids} className="input" />}
    </Labelled>
  );
}

export type Option = { readonly value: string; readonly label: string };

export function Select({
  label,
  hint,
  error,
  isLabelHidden = false,
  options,
  ...select
}: Said & {
  readonly options: readonly Option[];
} & Omit<ComponentProps<'select'>, 'id' | 'className' | 'children'>) {
  return (
    <Labelled label={label} hint={hint} error={error} isLabelHidden={isLabelHidden}>
      {(ids) => (
        <select {...select} {...ids} className="input">
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function Checkbox({
  label,
  hint,
  ...input
}: Pick<Said, 'label' | 'hint'> & Omit<ComponentProps<'input'>, 'id' | 'className' | 'type'>) {
  const id = useId();
  return (
    <div className="checkbox">
      <input {...input} type="checkbox" id={id} {...(hint ? { 'aria-describedby': `${id}-hint` } : {})} />
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Fields beside each other as there is room. */
export function Fields({ children }: { readonly children: ReactNode }) {
  return <div className="fields">{children}</div>;
}
