/** Configuration of a deployed workflow: addresses and mirrors only. What is judged, and how, is in the signed criteria. */
export interface Config {
  /** EVM chain id. */
  readonly chainId: number;
  /** Chainlink's selector of the chain, decimal. */
  readonly chainSelector: string;
  /** The CreOracle that is watched and reported to. */
  readonly oracle: string;
  /** The MilestoneGate that asks it. */
  readonly gate: string;
  /** `finalized` on public chains, `latest` on a local one. */
  readonly confidence: 'finalized' | 'latest';
  /** Bases of mirrors of signed documents: a document is at `<mirror>/<sha256>`. */
  readonly mirrors: readonly string[];
  /** Bases of acceptance runners: a result is at `<runner>/results/<requestId>.json`. */
  readonly runners: readonly string[];
  /** Base of evidence kept beside a request: a document is at `<evidence>/<requestId>/evidence/<name>`. */
  readonly evidence: string;
  /**
   * Addresses that live sources named by criteria may begin with. Criteria come from anyone: without this list a node could be
   * sent to places in its operator's own network.
   */
  readonly sources: readonly string[];
  /** Cron expression of the retry, and its period in seconds. */
  readonly retrySchedule: string;
  readonly retrySeconds: number;
  /** Gas of the delivering transaction. Never estimated: an estimate settles where the inner call has failed. */
  readonly gasLimit: string;
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const BASE = /^https?:\/\/[^\s?#]+[^/\s?#]$/;

/** Reads the configuration; the engine has no URL parser, so addresses are checked by pattern. */
export function parseConfig(bytes: Uint8Array): Config {
  const value = JSON.parse(new TextDecoder().decode(bytes)) as Config;
  const check = (ok: boolean, what: string): void => {
    if (!ok) throw new Error(`workflow configuration: ${what}`);
  };
  check(Number.isSafeInteger(value.chainId) && value.chainId > 0, 'chainId is a positive integer');
  check(/^[1-9][0-9]{0,19}$/.test(value.chainSelector), 'chainSelector is a decimal number');
  check(ADDRESS.test(value.oracle) && ADDRESS.test(value.gate), 'oracle and gate are addresses');
  check(value.confidence === 'finalized' || value.confidence === 'latest', 'confidence is finalized or latest');
  check(isBaseList(value.mirrors, 1, 2), 'mirrors has one or two http(s) addresses without a trailing slash');
  check(isBaseList(value.runners, 1, 4), 'runners has one to four http(s) addresses without a trailing slash');
  check(BASE.test(String(value.evidence)), 'evidence is an http(s) address without a trailing slash');
  check(isBaseList(value.sources, 0, 20), 'sources has at most twenty http(s) addresses without a trailing slash');
  check(
    value.mirrors.length + value.runners.length <= 5,
    'mirrors and runners together are at most five: one HTTP call each',
  );
  check(Number.isSafeInteger(value.retrySeconds) && value.retrySeconds > 0, 'retrySeconds is a positive integer');
  check(/^[1-9][0-9]{0,6}$/.test(value.gasLimit), 'gasLimit is a decimal number');
  return value;
}

/** Whether a live source is on the list: the whole address, or something below it. */
export function isAllowedSource(config: Config, url: string): boolean {
  return config.sources.some((base) => url.startsWith(`${base}/`) || url.startsWith(`${base}?`));
}

function isBaseList(value: unknown, least: number, most: number): boolean {
  return (
    Array.isArray(value) &&
    value.length >= least &&
    value.length <= most &&
    value.every((item) => BASE.test(String(item)))
  );
}
