import { ActionRow } from '../../intents/tray';
import { dismissAction, useActions } from '../../intents/store';
import { Card, PageHead } from '../../ui/card';
import { EmptyState } from '../../ui/feedback';

/** Everything this browser signed or sent, with its end. */
export function ActivityPage() {
  const actions = useActions();
  return (
    <>
      <PageHead
        title="Activity"
        lead="What you signed and sent from this browser. Ended entries stay for a day; the audit trail keeps everything."
      />
      {actions.length === 0 ? (
        <EmptyState title="Nothing signed yet">
          When you sign, fund, submit or vote, each step is followed here to its end.
        </EmptyState>
      ) : (
        <Card className="py-1">
          <ul className="divide-y divide-hairline">
            {actions.map((action) => (
              <ActionRow key={action.id} action={action} onDismiss={() => dismissAction(action.id)} />
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
