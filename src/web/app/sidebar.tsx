import { Keyboard, LogOut, Menu as MenuIcon, Moon, Sun, SunMoon } from 'lucide-react';
import { useRef } from 'react';
import { Link } from 'wouter';
import { mayDo } from '../../access/rights.js';
import { call } from '../data/call.js';
import { queries } from '../data/query.js';
import { useSession } from '../data/session.js';
import { isWithin, type Place, places } from './navigation.js';
import { loadAhead, pageAt } from './pages.js';
import { chooseTheme, themes, useTheme } from './theme.js';

type Where = { readonly address: string };

/** The main navigation at the left. */
export function Sidebar({ address, showKeys }: Where & { readonly showKeys: () => void }) {
  return (
    <header className="side">
      <Wordmark />
      <PlaceList address={address} />
      <Foot showKeys={showKeys} />
    </header>
  );
}

function Wordmark() {
  return (
    <Link className="wordmark" href="/">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="7" />
        <path d="M7 10c4-3 6 3 10 0s5-2 8 0M7 16c4-3 6 3 10 0s5-2 8 0M7 22c4-3 6 3 10 0s5-2 8 0" />
      </svg>
      Rivulet
    </Link>
  );
}

function usePlaces(): readonly (readonly Place[])[] {
  const { rights } = useSession();
  return places
    .map((group) => group.filter(({ right }) => !right || mayDo(rights, right)))
    .filter(({ length }) => length > 0);
}

function PlaceList({ address, then }: Where & { readonly then?: () => void }) {
  return (
    <nav aria-label="Main" className="places">
      {usePlaces().map((group) => (
        <ul key={group[0]?.to}>
          {group.map((place) => (
            <li key={place.to}>
              <PlaceLink place={place} address={address} {...(then ? { then } : {})} />
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

function PlaceLink({ place, address, then }: Where & { readonly place: Place; readonly then?: () => void }) {
  const { to, label, icon: Icon } = place;
  return (
    <Link
      href={to}
      className="place"
      {...(isWithin(address, to) ? { 'aria-current': 'page' as const } : {})}
      onClick={then}
      onPointerEnter={() => void loadAhead(pageAt(to))}
    >
      <Icon size={18} aria-hidden />
      <span>{label}</span>
    </Link>
  );
}

const themeLook = {
  auto: { icon: SunMoon, label: 'Theme: as the system' },
  light: { icon: Sun, label: 'Theme: light' },
  dark: { icon: Moon, label: 'Theme: dark' },
} as const;

function Foot({ showKeys }: { readonly showKeys: () => void }) {
  const { who, role } = useSession();
  const theme = useTheme();
  const { icon: ThemeIcon, label } = themeLook[theme];
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto';
  return (
    <div className="side-foot">
      <p className="who">
        <bdi>{who.name}</bdi>
        {role && <small>{role}</small>}
      </p>
      <div className="side-tools">
        <button
          type="button"
          className="icon"
          aria-label={`${label}. Change it`}
          title={label}
          onClick={() => chooseTheme(next)}
        >
          <ThemeIcon size={18} aria-hidden />
        </button>
        <button
          type="button"
          className="icon keys-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={showKeys}
        >
          <Keyboard size={18} aria-hidden />
        </button>
        <button type="button" className="icon" aria-label="Sign out" title="Sign out" onClick={() => void signOut()}>
          <LogOut size={18} aria-hidden />
        </button>
      </div>
    </div>
  );
}

async function signOut(): Promise<void> {
  // Whatever the answer, nothing of the person stays in this browser.
  await call('DELETE /api/session').catch(() => undefined);
  queries.clear();
  location.assign('/sign-in');
}

/** On a phone: the first places at the thumb, all others one press away. */
export function BottomBar({ address }: Where) {
  const drawer = useRef<HTMLDialogElement>(null);
  const close = (): void => drawer.current?.close();
  const first = usePlaces()
    .flat()
    .filter(({ isFirst }) => isFirst);
  return (
    <>
      <nav aria-label="Main, short" className="bottom">
        {first.map((place) => (
          <PlaceLink key={place.to} place={place} address={address} />
        ))}
        <button type="button" className="place" aria-haspopup="dialog" onClick={() => drawer.current?.showModal()}>
          <MenuIcon size={18} aria-hidden />
          <span>More</span>
        </button>
      </nav>
      <dialog
        ref={drawer}
        className="drawer"
        aria-label="All pages"
        onClick={({ target, currentTarget }) => target === currentTarget && close()}
      >
        <div>
          <PlaceList address={address} then={close} />
          <Foot showKeys={close} />
          <button type="button" className="button" onClick={close}>
            Close
          </button>
        </div>
      </dialog>
    </>
  );
}
