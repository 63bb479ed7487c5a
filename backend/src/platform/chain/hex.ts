/** Hex strings of the API and the chain against the `bytea` columns of the database. */

/** `0x…` to bytes. Throws on anything that is not an even number of hex digits after `0x`. */
export const toBytes = (hex: string): Buffer => {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(hex)) throw new TypeError(`not a hex string: ${hex.slice(0, 80)}`);
  return Buffer.from(hex.slice(2), 'hex');
};

/** Bytes to lower-case `0x…`. */
export const toHex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
