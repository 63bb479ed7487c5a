import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, post, request } from '../../api/client';
import type { Auditor, Person, Project } from '../../api/types';
import { sameAddress } from '../../app/session';
import { Button, TxButton } from '../../ui/button';
import { Card, CardHead } from '../../ui/card';
import { ErrorPanel } from '../../ui/feedback';
import { TextField } from '../../ui/field';
import { AddressChip, DateTime } from '../../ui/values';

const key = (project: string) => ['auditors', project];

/** Client and contributor let somebody read the trail for a time, and take it back. */
export function AuditorsCard({ project, person }: { project: Project; person: Person }) {
  const mayGrant = sameAddress(person.address, project.client) || sameAddress(person.address, project.contributor);
  const client = useQueryClient();
  const [account, setAccount] = useState('');
  const [days, setDays] = useState('30');
  const path = `/projects/${project.id}/auditors`;
  const list = useQuery({
    queryKey: key(project.id),
    queryFn: async () => (await get<{ items: Auditor[] }>(path)).items,
    enabled: mayGrant,
  });
  const refresh = () => client.invalidateQueries({ queryKey: key(project.id) });
  const grant = useMutation({
    mutationFn: () => post<Auditor>(path, { account: account.trim(), days: Number(days) }),
    onSuccess: async () => {
      setAccount('');
      await refresh();
    },
  });
  const revoke = useMutation({
    mutationFn: (id: string) => request('DELETE', `${path}/${id}`),
    onSuccess: refresh,
  });
  if (!mayGrant) return null;
  const now = Date.now();
  const live = (list.data ?? []).filter((auditor) => !auditor.revokedAt && Date.parse(auditor.expiresAt) > now);
  return (
    <Card aria-labelledby="auditors">
      <CardHead id="auditors" title="Auditors" />
      <p className="text-muted">
        An auditor reads this trail and its proofs until the day you set, and nothing else. Each look is an entry of the
        trail.
      </p>
      {live.length > 0 && (
        <ul aria-label="Auditors now" className="mt-3 divide-y divide-hairline">
          {live.map((auditor) => (
            <li key={auditor.id} className="flex flex-wrap items-center justify-between gap-2 py-2">
              <span className="min-w-0">
                <AddressChip address={auditor.account} plain />{' '}
                <span className="text-muted">
                  until <DateTime at={auditor.expiresAt} mode="date" />
                </span>
              </span>
              <Button size="sm" aria-busy={revoke.isPending} onClick={() => revoke.mutate(auditor.id)}>
                Take back
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form
        className="mt-3 grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          grant.mutate();
        }}
      >
        <TextField
          label="Wallet address of the auditor"
          value={account}
          placeholder="0x…"
          spellCheck={false}
          onChange={(event) => setAccount(event.target.value)}
        />
        <TextField
          label="For how many days"
          type="number"
          min={1}
          max={366}
          value={days}
          onChange={(event) => setDays(event.target.value)}
        />
        {(grant.error ?? revoke.error) && (
          <ErrorPanel error={grant.error ?? revoke.error} what="The auditors were not changed." />
        )}
        <div>
          <TxButton type="submit" busy={grant.isPending} busyLabel="Saving…" disabled={!account.trim() || !days}>
            Let in
          </TxButton>
        </div>
      </form>
    </Card>
  );
}
