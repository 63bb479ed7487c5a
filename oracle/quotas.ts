/**
 * Limits of the real network as data (service quotas of the CRE documentation, read 2026-08). The local network enforces
 * them, so a workflow that works here does not fail there for size. `localCron` is the one thing that differs.
 */
export const quotas = {
  /** One execution of a workflow. */
  execution: {
    httpCalls: 5,
    evmReads: 15,
    reports: 1,
    writes: 1,
    logBytes: 100_000,
    /** Bytes of linear memory. */
    memoryBytes: 100 * 1024 * 1024,
    /** The real limit is 5 minutes; a local node that takes longer than a minute is counted as faulty. */
    milliseconds: 60_000,
  },
  http: { requestBytes: 10_000, responseBytes: 100_000, milliseconds: 10_000 },
  consensus: { observationBytes: 25_000 },
  report: { bytes: 5_000 },
  write: { gas: 5_000_000n },
  trigger: { logAddresses: 5, logsPerWindow: 10, logWindowMilliseconds: 6_000, cronSeconds: 30 },
  config: { bytes: 50_000 },
  /** Blocks in one log query. */
  logSpan: 100,
} as const;
