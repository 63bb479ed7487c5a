import { cva, type VariantProps } from 'class-variance-authority';
import { LoaderCircle } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { twMerge } from 'tailwind-merge';

export const buttonStyle = cva(
  'inline-flex select-none items-center justify-center gap-2 rounded-md font-medium transition-colors duration-150 disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:opacity-55',
  {
    variants: {
      variant: {
        primary: 'bg-accent text-on-accent hover:not-disabled:bg-accent-hover',
        secondary: 'border border-border-strong bg-surface text-text hover:not-disabled:bg-raised',
        ghost: 'text-text hover:not-disabled:bg-raised',
        danger: 'border border-bad bg-surface text-bad hover:not-disabled:bg-bad-soft',
      },
      size: {
        md: 'min-h-10 px-4 py-2 text-base',
        sm: 'min-h-8 px-3 py-1 text-sm',
        icon: 'size-10 shrink-0',
      },
    },
    defaultVariants: { variant: 'secondary', size: 'md' },
  },
);

export type ButtonProps = ComponentProps<'button'> & VariantProps<typeof buttonStyle>;

/** A button; `type` is "button" unless said otherwise, so that nothing submits a form by accident. */
export function Button({ variant, size, className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={twMerge(buttonStyle({ variant, size }), className)} {...rest} />;
}

export interface TxButtonProps extends ButtonProps {
  /** Something is under way: the button stays in place, says so and cannot be pressed again. */
  busy?: boolean;
  busyLabel?: ReactNode;
}

/** The button of an action that signs, sends or saves. Pressing it twice acts once. */
export function TxButton({
  busy = false,
  busyLabel,
  children,
  disabled,
  onClick,
  variant = 'primary',
  ...rest
}: TxButtonProps) {
  return (
    <Button
      variant={variant}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) {
          event.preventDefault();
          return;
        }
        onClick?.(event);
      }}
      {...rest}
    >
      {busy && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      <span aria-live="polite">{busy ? (busyLabel ?? children) : children}</span>
    </Button>
  );
}
