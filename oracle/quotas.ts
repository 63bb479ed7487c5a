/**
 * Limits of the real network as data (service quotas of the CRE documentation, read 2026-08; where its simulator's file is
 * looser, the documentation counts). The local network enforces them, so a workflow that works here does not fail there
 * for size. A test per quota is in `network/quotas.e2e.spec.ts`.
 */
export const quotas = {
  /** One execution of a workflow. */
  execution: {
    httpCalls: 5,
    evmReads: 15,
    consensusCalls: 50,
    reports: 1,
    writes: 1,
    logEvents: 1_000,
    /** Bytes of one log line; the rest of the line is cut. */
    logLineBytes: 1_000,
    /** Bytes of what a run returns. */
    responseBytes: 100_000,
    /** Bytes of linear memory. */
    memoryBytes: 100 * 1024 * 1024,
    /** The real limit is 5 minutes; a local node that takes longer than a minute is counted as faulty. */
    milliseconds: 60_000,
  },
  /** One capability call. */
  call: { milliseconds: 180_000 },
  http: { requestBytes: 10_000, responseBytes: 100_000, milliseconds: 10_000 },
  read: { payloadBytes: 5_000 },
  consensus: { observationBytes: 25_000 },
  report: { bytes: 5_000 },
  write: { gas: 5_000_000n },
  trigger: { logAddresses: 5, logsPerWindow: 10, logWindowMilliseconds: 6_000, logBytes: 5_000, cronSeconds: 30 },
  config: { bytes: 50_000 },
  /** Blocks in one log query. */
  logSpan: 100,
} as const;
