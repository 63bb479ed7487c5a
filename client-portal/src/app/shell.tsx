import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import {
  Activity,
  Coins,
  FolderKanban,
  House,
  Monitor,
  Moon,
  Plus,
  ScrollText,
  ShieldCheck,
  Signal,
  Sun,
} from 'lucide-react';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { configQuery, sessionQuery, statusQuery } from '../api/queries';
import { ActivityTray } from '../intents/tray';
import { useActions } from '../intents/store';
import { ended } from '../intents/model';
import { Button, buttonStyle } from '../ui/button';
import { OfflineBanner } from '../ui/feedback';
import { setChainTime } from '../ui/values';
import { AccountMenu } from './account-menu';
import { setTheme, useTheme, type Theme } from './theme';

/** Brings the log library along, so it loads after the page. */
const WitnessAlarm = lazy(() =>
  import('../features/audit/witness-alarm').then((module) => ({ default: module.WitnessAlarm })),
);

const NAV = [
  { to: '/', label: 'Home', icon: House, exact: true },
  { to: '/projects', label: 'Projects', icon: FolderKanban, exact: false },
  { to: '/earnings', label: 'Earnings', icon: Coins, exact: false },
  { to: '/activity', label: 'Activity', icon: Activity, exact: false },
  { to: '/audit', label: 'Audit room', icon: ScrollText, exact: false },
  { to: '/verify', label: 'Verify', icon: ShieldCheck, exact: false },
  { to: '/status', label: 'Status', icon: Signal, exact: false },
] as const;

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const THEME_ICON = { system: Monitor, light: Sun, dark: Moon };

function ThemeButton() {
  const theme = useTheme();
  const Icon = THEME_ICON[theme];
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-label={`Theme: ${theme}. Switch to ${NEXT[theme]}`}
      title={`Theme: ${theme}`}
      onClick={() => setTheme(NEXT[theme])}
    >
      <Icon aria-hidden className="size-4.5" />
    </Button>
  );
}

function Mark() {
  return (
    <Link to="/" className="flex items-center gap-2.5 text-lg font-semibold" aria-label="Milepost, home">
      <svg viewBox="0 0 32 32" className="size-7 text-accent" aria-hidden>
        <rect width="32" height="32" rx="7" fill="currentColor" />
        <path
          d="M9 23V10l7 7.5L23 10v13"
          fill="none"
          stroke="var(--on-accent)"
          strokeWidth="3"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      Milepost
    </Link>
  );
}

/** Keeps countdowns on the chain's clock and says which network this is. */
function NetworkLine() {
  const config = useQuery(configQuery);
  const status = useQuery(statusQuery);
  const time = status.data?.chain.time;
  useEffect(() => {
    if (time) setChainTime(new Date(time));
  }, [time]);
  if (!config.data) return null;
  return (
    <p className="text-sm text-muted">
      {config.data.mode === 'local' ? 'Local test chain' : `Chain ${config.data.chainId}`}
      {status.data?.chain.block != null && (
        <span className="num"> · block {status.data.chain.block.toLocaleString('en')}</span>
      )}
    </p>
  );
}

const LINK =
  'flex min-h-10 items-center gap-3 rounded-md px-3 text-muted hover:bg-raised hover:text-text aria-[current=page]:bg-info-soft aria-[current=page]:font-medium aria-[current=page]:text-accent';

function Rail({ open }: { open: number }) {
  return (
    <nav
      aria-label="Main"
      className="sticky top-0 hidden h-dvh w-58 shrink-0 flex-col gap-1 border-e border-hairline bg-surface px-3 py-4 lg:flex"
    >
      <div className="px-3 pb-4">
        <Mark />
      </div>
      {NAV.map(({ to, label, icon: Icon, exact }) => (
        <Link key={to} to={to} activeOptions={{ exact }} className={LINK}>
          <Icon aria-hidden className="size-4.5" />
          {label}
          {to === '/activity' && open > 0 && (
            <span className="num ms-auto rounded-sm bg-info-soft px-1.5 text-sm font-medium text-accent">
              {open} open
            </span>
          )}
        </Link>
      ))}
      <div className="mt-auto px-3">
        <NetworkLine />
      </div>
    </nav>
  );
}

function BottomBar() {
  return (
    <nav aria-label="Main" className="fixed inset-x-0 bottom-0 z-20 flex border-t border-hairline bg-surface lg:hidden">
      {NAV.filter(({ to }) => to !== '/audit').map(({ to, label, icon: Icon, exact }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact }}
          className="flex min-h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 px-0.5 text-xs text-muted aria-[current=page]:font-medium aria-[current=page]:text-accent"
        >
          <Icon aria-hidden className="size-5" />
          <span className="max-w-full truncate">{label}</span>
        </Link>
      ))}
    </nav>
  );
}

/** Frame of every page: rail or bottom bar, account, theme, activity. */
export function Shell() {
  const session = useQuery(sessionQuery);
  const open = useActions().filter((action) => !ended(action)).length;
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // A new page starts at its top with focus in it, as after a real page load.
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-surface px-4 py-2 font-medium focus:not-sr-only focus:fixed focus:start-4 focus:top-4"
      >
        Skip to content
      </a>
      <Rail open={open} />
      <div className="flex min-w-0 flex-1 flex-col">
        <OfflineBanner />
        <Suspense fallback={null}>
          <WitnessAlarm />
        </Suspense>
        <header className="sticky top-0 z-20 flex min-h-14 items-center gap-2 border-b border-hairline bg-bg px-4 sm:px-6 lg:px-8">
          <div className="lg:hidden">
            <Mark />
          </div>
          <div className="ms-auto flex items-center gap-1">
            {session.data && (
              <Link to="/new" className={buttonStyle({ size: 'sm', className: 'me-1 max-sm:sr-only' })}>
                <Plus aria-hidden className="size-4" /> New project
              </Link>
            )}
            <ThemeButton />
            <AccountMenu />
          </div>
        </header>
        <main
          id="main"
          ref={main}
          tabIndex={-1}
          className="mx-auto w-full max-w-300 min-w-0 flex-1 px-4 pt-6 pb-28 outline-none sm:px-6 lg:px-8 lg:pb-16"
        >
          <Outlet />
        </main>
      </div>
      <BottomBar />
      <ActivityTray />
    </div>
  );
}
