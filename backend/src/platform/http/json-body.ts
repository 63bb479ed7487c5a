import { Problem } from './problem.js';

/** Deepest nesting of arrays and objects that is read; our own inputs need less than 10. */
const MAX_DEPTH = 64;

/** Parses a JSON body; an empty one is `{}` so that a POST without content needs no body. */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  if (nestingOf(body) > MAX_DEPTH) {
    throw new Problem(
      400,
      'malformed-json',
      `The request body nests deeper than ${MAX_DEPTH} levels; nothing was changed. Send flatter JSON.`,
    );
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new Problem(
      400,
      'malformed-json',
      'The request body is not valid JSON; nothing was changed. Correct it and send it again.',
    );
  }
}

/** Greatest depth of brackets outside of strings. */
function nestingOf(body: Buffer): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (inString) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return deepest;
}
