/** Oldest Node that runs the project (native ESM in Jest, node:wasi as used by the oracle). */
export const NODE_MINIMUM = '24.9.0';
/** The Node fetched from npm where the machine's is older. */
export const NODE_VERSION = '24.21.0';

/** True when `version` ("24.21.0") is at least NODE_MINIMUM. */
export function isNodeRecentEnough(version) {
  const have = version.split('.').map(Number);
  const need = NODE_MINIMUM.split('.').map(Number);
  for (let i = 0; i < need.length; i++) {
    if (have[i] !== need[i]) return have[i] > need[i];
  }
  return true;
}
