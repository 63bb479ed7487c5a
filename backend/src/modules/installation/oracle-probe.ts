import { Inject, Injectable } from '@nestjs/common';
import { getAddress, isAddress } from 'ethers';
import { z } from 'zod';
import { CONFIG, type Config } from '../../platform/config/index.js';

const networkStatus = z.object({ ok: z.boolean().optional(), lastBlock: z.number().int().nullable().optional() });
const runnerStatus = z.object({ address: z.string().refine(isAddress) });

/** Answers are believed for this long, in ms. */
const FRESH = 5_000;
const TIMEOUT = 1_000;
/** Longest status that is read, in characters. */
const MAX_ANSWER = 1_000_000;

/** What the oracle's processes say about themselves. A silent one is no error: the oracle is not part of this service. */
@Injectable()
export class OracleProbe {
  #runner: string | undefined;
  #status: { at: number; value: z.infer<typeof networkStatus> | null } = { at: 0, value: null };

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Address that signs the acceptance runner's results; undefined until the runner has answered once. */
  async runnerAddress(): Promise<string | undefined> {
    const url = this.config.oracle.runnerUrl;
    if (this.#runner === undefined && url !== undefined) {
      const found = runnerStatus.safeParse(await ask(new URL('/status', url).href));
      if (found.success) this.#runner = getAddress(found.data.address);
    }
    return this.#runner;
  }

  /** Null when the network does not answer, or none is known. */
  async network(): Promise<z.infer<typeof networkStatus> | null> {
    const url = this.config.oracle.statusUrl;
    if (url === undefined) return null;
    if (Date.now() - this.#status.at > FRESH) {
      const found = networkStatus.safeParse(await ask(url));
      this.#status = { at: Date.now(), value: found.success ? found.data : null };
    }
    return this.#status.value;
  }
}

/** The JSON at a configured address; undefined for any failure. */
async function ask(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT), redirect: 'error' });
    const text = await response.text();
    return response.ok && text.length <= MAX_ANSWER ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}
