/** Longest name, in UTF-16 units. */
export const MAX_NAME = 80;

/** Control characters and marks that turn the writing direction: they could make one name look like another. */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A name as it is stored: NFC, without invisible marks, single spaces. May be empty. */
export const cleanName = (text: string): string =>
  text.normalize('NFC').replace(INVISIBLE, '').replace(/\s+/g, ' ').trim();

/** The name of somebody who gave none. */
export const nameFromAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`;
