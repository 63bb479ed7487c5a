import { useId, type ComponentProps, type ReactNode } from 'react';
import { twMerge } from 'tailwind-merge';

const CONTROL =
  'w-full min-w-0 rounded-md border border-border-strong bg-surface px-3 py-2 text-text placeholder:text-muted disabled:bg-raised disabled:text-muted aria-invalid:border-bad min-h-10';

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | null | undefined;
  /** Shows the label to assistive technology only. */
  hideLabel?: boolean;
  className?: string;
}

interface Wiring {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

/** Label, hint and error around one control, wired for assistive technology. */
export function Field({
  label,
  hint,
  error,
  hideLabel,
  className,
  children,
}: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;
  return (
    <div className={twMerge('grid min-w-0 content-start gap-1', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'font-medium'}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

type Control<T extends 'input' | 'textarea' | 'select'> = FieldProps & Omit<ComponentProps<T>, 'id' | 'className'>;

export function TextField({
  label,
  hint,
  error,
  hideLabel,
  className,
  ...rest
}: Control<'input'> & { suffix?: string }) {
  const { suffix, ...input } = rest;
  return (
    <Field {...{ label, hint, error, ...(hideLabel ? { hideLabel } : {}), ...(className ? { className } : {}) }}>
      {(wiring) =>
        suffix ? (
          <span className="relative block">
            <input {...wiring} {...input} className={`${CONTROL} pe-16`} />
            <span aria-hidden className="pointer-events-none absolute inset-y-0 end-3 flex items-center text-muted">
              {suffix}
            </span>
          </span>
        ) : (
          <input {...wiring} {...input} className={CONTROL} />
        )
      }
    </Field>
  );
}

export function TextArea({ label, hint, error, hideLabel, className, ...rest }: Control<'textarea'>) {
  return (
    <Field {...{ label, hint, error, ...(hideLabel ? { hideLabel } : {}), ...(className ? { className } : {}) }}>
      {(wiring) => <textarea rows={3} {...wiring} {...rest} className={CONTROL} />}
    </Field>
  );
}

export function SelectField({ label, hint, error, hideLabel, className, children, ...rest }: Control<'select'>) {
  return (
    <Field {...{ label, hint, error, ...(hideLabel ? { hideLabel } : {}), ...(className ? { className } : {}) }}>
      {(wiring) => (
        <select {...wiring} {...rest} className={CONTROL}>
          {children}
        </select>
      )}
    </Field>
  );
}

/** One choice of a group, with an explanation under its name. */
export function Choice({
  label,
  hint,
  className,
  ...rest
}: { label: ReactNode; hint?: ReactNode } & Omit<ComponentProps<'input'>, 'id'>) {
  const id = useId();
  return (
    <div
      className={twMerge(
        'flex gap-3 rounded-md border border-hairline p-3 has-checked:border-accent has-checked:bg-info-soft',
        className,
      )}
    >
      <input
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5 size-4 shrink-0 accent-accent"
        {...rest}
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-sm text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
