import { useEffect, useEffectEvent } from 'react';
import { navigate } from 'wouter/use-browser-location';
import { places } from './navigation.js';

/** How long a `g` waits for its second key. */
const secondKeyMs = 1200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** `/` goes to the search of the page, `g` and a letter to a place, `?` tells all of this. */
export function useKeys(showKeys: () => void): void {
  const tell = useEffectEvent(showKeys);
  useEffect(() => {
    let goneAt = 0;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      const place = event.timeStamp - goneAt < secondKeyMs && places.flat().find(({ key }) => key === event.key);
      goneAt = 0;
      if (place) navigate(place.to);
      else if (event.key === 'g') goneAt = event.timeStamp;
      else if (event.key === '?') tell();
      else if (event.key === '/' && search()) event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

/** Puts the cursor into the search of the page; whether there is one. */
function search(): boolean {
  const field = document.querySelector<HTMLElement>('main input[type="search"]');
  field?.focus();
  return field !== null;
}
