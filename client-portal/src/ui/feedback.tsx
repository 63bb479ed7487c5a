import { CloudOff, Inbox, Lock, SearchX, TriangleAlert } from 'lucide-react';
import { useSyncExternalStore, type ReactNode } from 'react';
import { ApiError, NetworkError } from '../lib/errors';
import { Button } from './button';

/** Grey block in the size of what will stand there. */
export function Skeleton({ className = 'h-5 w-full' }: { className?: string }) {
  return <div aria-hidden className={`skeleton ${className}`} />;
}

/** Skeleton of a page, announced once. */
export function LoadingPage({ label = 'Loading' }: { label?: string }) {
  return (
    <div role="status" aria-label={label} className="grid gap-6">
      <div className="grid gap-2">
        <Skeleton className="h-8 w-2/5" />
        <Skeleton className="h-5 w-3/5" />
      </div>
      <Skeleton className="h-40" />
      <div className="grid gap-4 sm:grid-cols-2">
        <Skeleton className="h-56" />
        <Skeleton className="h-56" />
      </div>
    </div>
  );
}

export function LoadingRows({ rows = 3, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="grid gap-3">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className="h-11" />
      ))}
    </div>
  );
}

const EMPTY_ICONS = { first: Inbox, nomatch: SearchX, noright: Lock } as const;

/** Nothing to show, and why: first use, no match, or no right. */
export function EmptyState({
  kind = 'first',
  title,
  children,
  action,
  page,
}: {
  kind?: keyof typeof EMPTY_ICONS;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** It is all there is on the page, so its title is the page's heading. */
  page?: boolean;
}) {
  const Icon = EMPTY_ICONS[kind];
  const Title = page ? 'h1' : 'p';
  return (
    <div className="grid justify-items-center gap-2 rounded-lg border border-dashed border-hairline px-6 py-10 text-center">
      <Icon aria-hidden className="size-6 text-muted" />
      <Title className="text-lg font-semibold">{title}</Title>
      {children && <div className="max-w-[52ch] text-muted">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** What happened, what did not change, what to do. */
export interface Failure {
  what: string;
  unchanged?: string;
  next?: string;
  detail?: string;
}

/** Words for any error. */
export function explain(error: unknown, what = 'This could not be loaded.'): Failure {
  if (error instanceof NetworkError)
    return { what, unchanged: 'Nothing was changed.', next: 'Check your connection, then try again.' };
  if (error instanceof ApiError) {
    const issues = error.problem.issues?.map((issue) => `${issue.path}: ${issue.message ?? issue.code}`).join('; ');
    return {
      what: error.problem.detail ?? error.problem.title,
      ...(issues ? { next: issues } : {}),
      detail: `${error.code}${error.problem.requestId ? ` · request ${error.problem.requestId}` : ''}`,
    };
  }
  return { what: error instanceof Error && error.message ? error.message : what };
}

/** An error in words, with a way on. */
export function ErrorPanel({ error, what, onRetry }: { error: unknown; what?: string; onRetry?: () => void }) {
  const failure = explain(error, what);
  const denied = error instanceof ApiError && (error.status === 401 || error.status === 403);
  if (denied)
    return (
      <EmptyState kind="noright" title={error.status === 401 ? 'Sign in to see this' : 'You have no access to this'}>
        {failure.what}
      </EmptyState>
    );
  return (
    <div role="alert" className="min-w-0 rounded-lg border border-bad bg-bad-soft p-4 [overflow-wrap:anywhere]">
      <p className="flex items-start gap-2 font-semibold text-bad">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        {failure.what}
      </p>
      {failure.unchanged && <p className="mt-1">{failure.unchanged}</p>}
      {failure.next && <p className="mt-1">{failure.next}</p>}
      {failure.detail && <p className="hash mt-2 text-muted">{failure.detail}</p>}
      {onRetry && (
        <Button size="sm" className="mt-3" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

const subscribeOnline = (listener: () => void) => {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
};

/** Shown while the browser has no network. */
export function OfflineBanner() {
  const online = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  if (online) return null;
  return (
    <p role="status" className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-2 text-warn">
      <CloudOff aria-hidden className="size-4" /> You are offline. What you see may be old; nothing can be sent.
    </p>
  );
}
