import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { request } from '../../api/client';
import { keys } from '../../api/queries';
import type { Person } from '../../api/types';
import { usePerson } from '../../app/session';
import { setTheme, useTheme, type Theme } from '../../app/theme';
import { TxButton, buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts, PageHead } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingPage } from '../../ui/feedback';
import { Choice, TextField } from '../../ui/field';
import { AddressChip } from '../../ui/values';
import { ErasureCard } from './erasure';

const THEMES: [Theme, string, string][] = [
  ['system', 'As the system', 'Follows your device.'],
  ['light', 'Light', ''],
  ['dark', 'Dark', ''],
];

export function SettingsPage() {
  const person = usePerson();
  if (person === undefined) return <LoadingPage label="Loading settings" />;
  return (
    <>
      <PageHead title="Settings" />
      <div className="grid max-w-2xl gap-4">
        {person ? (
          <Profile person={person} />
        ) : (
          <EmptyState
            kind="noright"
            title="Sign in to change your profile"
            action={
              <Link to="/sign-in" className={buttonStyle({ variant: 'primary' })}>
                Sign in
              </Link>
            }
          />
        )}
        <Appearance />
        {person && <ErasureCard />}
      </div>
    </>
  );
}

function Profile({ person }: { person: Person }) {
  const client = useQueryClient();
  const [name, setName] = useState(person.name);
  const save = useMutation({
    mutationFn: () => request<Person>('PATCH', '/me', { body: { name: name.trim() } }),
    onSuccess: async () => {
      client.setQueryData(keys.session, { ...person, name: name.trim() });
      await client.invalidateQueries({ queryKey: keys.people });
    },
  });
  return (
    <Card aria-labelledby="profile">
      <CardHead id="profile" title="Profile" />
      <Facts className="mb-4" rows={[['Account', <AddressChip key="a" address={person.address} />]]} />
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField
          label="Name"
          hint="Shown to people in your projects. It is never written to the chain."
          value={name}
          maxLength={80}
          autoComplete="name"
          onChange={(event) => setName(event.target.value)}
        />
        {save.error && <ErrorPanel error={save.error} what="The name was not saved." />}
        <div className="flex items-center gap-3">
          <TxButton
            type="submit"
            busy={save.isPending}
            busyLabel="Saving…"
            disabled={!name.trim() || name.trim() === person.name}
          >
            Save name
          </TxButton>
          <span role="status" className="text-muted">
            {save.isSuccess && name.trim() === person.name ? 'Saved' : ''}
          </span>
        </div>
      </form>
    </Card>
  );
}

function Appearance() {
  const theme = useTheme();
  return (
    <Card aria-labelledby="appearance">
      <CardHead id="appearance" title="Appearance" />
      <fieldset className="grid gap-2">
        <legend className="sr-only">Theme</legend>
        {THEMES.map(([value, label, hint]) => (
          <Choice
            key={value}
            type="radio"
            name="theme"
            value={value}
            label={label}
            hint={hint}
            checked={theme === value}
            onChange={() => setTheme(value)}
          />
        ))}
      </fieldset>
    </Card>
  );
}
