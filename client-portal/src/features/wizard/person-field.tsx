import { useState } from 'react';
import { SelectField, TextField } from '../../ui/field';

export type Choices = readonly { address: string; name: string }[];

/** Choose someone known, or paste an address. */
export function PersonField({
  label,
  value,
  onChange,
  people,
  error,
  hideLabel,
}: {
  label: string;
  value: string;
  onChange: (address: string) => void;
  people: Choices;
  error: string | null;
  hideLabel?: boolean;
}) {
  const known = people.find((person) => person.address.toLowerCase() === value.toLowerCase());
  const [other, setOther] = useState(value !== '' && !known);
  return (
    <div className="grid min-w-0 gap-2">
      <SelectField
        label={label}
        {...(hideLabel ? { hideLabel } : {})}
        error={other ? null : error}
        value={other ? 'other' : (known?.address ?? '')}
        onChange={(event) => {
          const chosen = event.target.value;
          setOther(chosen === 'other');
          onChange(chosen === 'other' ? '' : chosen);
        }}
      >
        <option value="" disabled>
          Choose a person
        </option>
        {people.map((person) => (
          <option key={person.address} value={person.address}>
            {person.name || person.address}
          </option>
        ))}
        <option value="other">Another address…</option>
      </SelectField>
      {other && (
        <TextField
          label={`Address of ${label.toLowerCase()}`}
          hideLabel
          placeholder="0x…"
          spellCheck={false}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value.trim())}
          error={error}
        />
      )}
    </div>
  );
}
