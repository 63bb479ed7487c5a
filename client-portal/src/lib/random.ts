/** Random bytes as `0x…`; works on plain http too, where `crypto.randomUUID` does not exist. */
export function randomHex(bytes: number): `0x${string}` {
  const values = crypto.getRandomValues(new Uint8Array(bytes));
  return `0x${Array.from(values, (value) => value.toString(16).padStart(2, '0')).join('')}`;
}
