import { useState } from 'react';
import { flawOfPassword, type Owner, shortestPassword } from '../../access/password.js';
import { Checkbox, Field } from '../parts/field.js';

type Parts = {
  readonly value: string;
  readonly owner: Owner;
  /** What Rivulet answered about it. */
  readonly trouble: string | undefined;
  readonly label?: string;
  readonly onChange: (password: string) => void;
};

/** A field for a password that is chosen. What is wrong is told once one leaves the field; it can be looked at. */
export function NewPassword({ value, owner, trouble, label = 'Password', onChange }: Parts) {
  const [isLeft, setLeft] = useState(false);
  const [isShown, setShown] = useState(false);
  const flaw = isLeft && value !== '' ? flawOfPassword(value, owner) : undefined;
  return (
    <>
      <Field
        label={label}
        type={isShown ? 'text' : 'password'}
        autoComplete="new-password"
        required
        spellCheck={false}
        hint={`At least ${shortestPassword} characters. Four words that do not belong together are easy to keep.`}
        error={sentence(flaw ?? trouble)}
        value={value}
        onBlur={() => setLeft(true)}
        onChange={({ target }) => {
          setLeft(false);
          onChange(target.value);
        }}
      />
      <Checkbox label="Show it" checked={isShown} onChange={({ target }) => setShown(target.checked)} />
    </>
  );
}

/** "it is too short" becomes "It is too short.". */
function sentence(text: string | undefined): string | undefined {
  return text && `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
