import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronDown, CircleUser } from 'lucide-react';
import { useId, useRef } from 'react';
import { configQuery } from '../api/queries';
import { buttonStyle } from '../ui/button';
import { explain } from '../ui/feedback';
import { shortHex } from '../ui/values';
import { continueAs, sameAddress, signOut, usePerson, useSessionChange } from './session';

const ITEM =
  'flex min-h-10 w-full items-center justify-between gap-3 rounded-md px-3 text-start hover:bg-raised disabled:opacity-55';

/** Who is signed in; on a local test chain also a quick change to another ready-made account. */
export function AccountMenu() {
  const person = usePerson();
  const config = useQuery(configQuery);
  const change = useSessionChange();
  const navigate = useNavigate();
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const close = () => panel.current?.hidePopover();
  const switchTo = useMutation({
    mutationFn: continueAs,
    onSuccess: async (next) => {
      close();
      await change(next);
    },
  });
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      close();
      await change(null);
      await navigate({ to: '/' });
    },
  });
  if (person === undefined) return <span className="skeleton size-10 rounded-md" aria-hidden />;
  if (person === null)
    return (
      <Link to="/sign-in" className={buttonStyle({ variant: 'primary', size: 'sm' })}>
        Sign in
      </Link>
    );
  const name = person.name || shortHex(person.address);
  const failed = switchTo.error ?? leave.error;
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-haspopup="dialog"
        aria-label={`Account: ${name}`}
        className={buttonStyle({ variant: 'ghost', size: 'sm' })}
      >
        <CircleUser aria-hidden className="size-4.5" />
        <span className="max-w-40 truncate max-sm:sr-only">{name}</span>
        <ChevronDown aria-hidden className="size-4 text-muted" />
      </button>
      {/* The browser's own popover: Escape and a click outside close it, focus returns to the button. */}
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={`Account of ${name}`}
        className="fixed inset-auto end-3 top-14 m-0 w-72 max-w-[calc(100vw-1.5rem)] rounded-lg border border-hairline bg-surface p-2 text-text shadow-float sm:end-6"
      >
        <p className="px-3 pt-2 font-semibold">{name}</p>
        <p className="hash px-3 pb-2 text-muted">{shortHex(person.address)}</p>
        {config.data?.localAccounts && (
          <section aria-label="Local test accounts" className="border-t border-hairline py-2">
            <p className="px-3 py-1 text-sm text-muted">Local test accounts: switch to</p>
            <ul className="max-h-[45dvh] overflow-y-auto">
              {config.data.localAccounts.map((account) => (
                <li key={account.index}>
                  <button
                    type="button"
                    className={ITEM}
                    disabled={switchTo.isPending || sameAddress(account.address, person.address)}
                    onClick={() => switchTo.mutate(account.index)}
                  >
                    <span className="truncate">
                      <span className="sr-only">Switch to </span>
                      {account.name}
                    </span>
                    <span className="truncate text-sm text-muted">
                      {sameAddress(account.address, person.address) ? 'you' : account.role}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <div className="border-t border-hairline pt-2">
          {failed && (
            <p role="alert" className="px-3 pb-2 text-sm text-bad">
              {explain(failed).what}
            </p>
          )}
          <Link to="/audit" className={ITEM} onClick={close}>
            Audit room
          </Link>
          <Link to="/settings" className={ITEM} onClick={close}>
            Settings
          </Link>
          <button type="button" className={ITEM} onClick={() => leave.mutate()}>
            Sign out
          </button>
        </div>
      </div>
    </>
  );
}
