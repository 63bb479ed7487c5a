import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonStyle } from './button';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  /** A sheet stands at the side (at the bottom on phones); a plain dialog in the middle. */
  shape?: 'center' | 'sheet';
}

const SHAPES = {
  center:
    'inset-x-4 top-[8dvh] mx-auto max-h-[84dvh] max-w-xl rounded-xl data-starting-style:opacity-0 data-ending-style:opacity-0',
  sheet:
    'inset-x-0 bottom-0 max-h-[92dvh] rounded-t-xl sm:inset-y-0 sm:start-auto sm:end-0 sm:max-h-none sm:w-[30rem] sm:rounded-none data-starting-style:translate-y-6 data-starting-style:opacity-0 data-ending-style:translate-y-6 data-ending-style:opacity-0 sm:data-starting-style:translate-x-6 sm:data-starting-style:translate-y-0 sm:data-ending-style:translate-x-6 sm:data-ending-style:translate-y-0',
};

/** Modal; focus is kept inside and returns to where it came from. */
export function Dialog({ open, onClose, title, description, children, footer, shape = 'center' }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-starting-style:opacity-0 data-ending-style:opacity-0" />
        <Base.Popup
          className={`fixed z-50 flex flex-col border border-hairline bg-surface shadow-float outline-none transition-[opacity,translate] duration-150 ${SHAPES[shape]}`}
        >
          <div className="flex items-start justify-between gap-4 border-b border-hairline px-5 py-4">
            <div className="min-w-0">
              <Base.Title className="text-xl font-semibold">{title}</Base.Title>
              {description && <Base.Description className="mt-0.5 text-muted">{description}</Base.Description>}
            </div>
            <Base.Close
              className={buttonStyle({ variant: 'ghost', size: 'icon', className: '-me-2 -mt-1' })}
              aria-label="Close"
            >
              <X aria-hidden className="size-5" />
            </Base.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4" tabIndex={-1}>
            {children}
          </div>
          {footer && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-hairline px-5 py-4">{footer}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
