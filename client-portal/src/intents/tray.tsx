import { Link } from '@tanstack/react-router';
import { AlarmClock, Check, CircleX, LoaderCircle, X } from 'lucide-react';
import { useNow } from '../ui/values';
import { HashChip, DateTime } from '../ui/values';
import { actionWord, ended, stalled, type Action } from './model';
import { dismissAction, useActions } from './store';

function Icon({ action, late }: { action: Action; late: boolean }) {
  if (action.state === 'done') return <Check aria-hidden className="size-4 text-ok" />;
  if (action.state === 'declined' || action.state === 'expired')
    return <CircleX aria-hidden className="size-4 text-muted" />;
  if (action.state === 'reverted') return <CircleX aria-hidden className="size-4 text-bad" />;
  if (late) return <AlarmClock aria-hidden className="size-4 text-warn" />;
  return <LoaderCircle aria-hidden className="size-4 animate-spin text-accent" />;
}

/** One action with its state in words. */
export function ActionRow({
  action,
  onDismiss,
  brief,
}: {
  action: Action;
  onDismiss?: () => void;
  /** Without the transaction's hash. */
  brief?: boolean;
}) {
  const now = useNow();
  const late = stalled(action, now.getTime());
  return (
    <li className="flex items-start gap-3 py-3">
      <span className="mt-0.5">
        <Icon action={action} late={late} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {action.project ? (
            <Link to="/p/$project" params={{ project: action.project }} className="hover:underline">
              {action.label}
            </Link>
          ) : (
            action.label
          )}
        </p>
        <p className="text-sm text-muted">
          {action.error ?? actionWord(action, now.getTime())} · <DateTime at={new Date(action.updatedAt)} />
        </p>
        {late && (
          <p className="text-sm">
            It may still go through: wait, or open the page again and choose “Send it myself”. It is not lost.
          </p>
        )}
        {action.txHash && !brief && <HashChip value={action.txHash} label="Copy the transaction's hash" />}
      </div>
      {onDismiss && ended(action) && (
        <button
          type="button"
          className="grid size-8 place-items-center rounded-sm text-muted hover:bg-raised"
          aria-label={`Remove “${action.label}” from the list`}
          onClick={onDismiss}
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </li>
  );
}

/** What is under way and what just ended, in a polite live region. */
export function ActivityTray() {
  const now = useNow();
  const shown = useActions().filter((action) => !ended(action) || now.getTime() - action.updatedAt < 5_000);
  return (
    <section
      aria-label="Activity"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-20 z-30 sm:inset-x-auto sm:end-4 sm:w-88 lg:bottom-4"
    >
      {shown.length > 0 && (
        <ul className="pointer-events-auto divide-y divide-hairline rounded-lg border border-hairline bg-surface px-4 shadow-float">
          {shown.slice(0, 3).map((action) => (
            <ActionRow brief key={action.id} action={action} onDismiss={() => dismissAction(action.id)} />
          ))}
        </ul>
      )}
    </section>
  );
}
