import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  DocumentError,
  readCriteria,
  readSuiteResult,
  suiteHash,
  type Hex,
  type SuiteResult,
} from '@milepost/protocol';
import { CONFIG, DEPLOYMENT, type Config, type Deployment } from '../../../platform/config/index.js';
import { OracleRepository, type OracleRequestRecord } from '../persistence/oracle.repository.js';

const TIMEOUT = 2_000;
const MAX_BYTES = 100_000;

/** Fetches what the acceptance runner found, for people to read. It decides nothing: the verdict is the contract's. */
@Injectable()
export class RunnerResults {
  private readonly logger = new Logger('oracle');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly repository: OracleRepository,
  ) {}

  /**
   * The result with a valid signature of a runner that the criteria name, and its exact text; null if there is none. Not for
   * transactions.
   */
  async fetch(
    request: OracleRequestRecord,
  ): Promise<{ readonly runner: string; readonly results: SuiteResult['results']; readonly text: string } | null> {
    const url = this.config.oracle.runnerUrl;
    const criteria = await this.repository.document(request.criteria);
    if (url === undefined || criteria === null || this.deployment === null) return null;
    try {
      const document = readCriteria(criteria.toString('utf8'), request.criteria as Hex);
      if (document.kind !== 'acceptance-suite') return null;
      const { suite, runners } = document;
      const answer = await fetch(new URL(`/results/${request.id}.json`, url), {
        signal: AbortSignal.timeout(TIMEOUT),
        redirect: 'error',
      });
      const text = await answer.text();
      if (!answer.ok || text.length > MAX_BYTES) return null;
      const result = readSuiteResult(
        JSON.parse(text),
        {
          chainId: BigInt(this.deployment.chainId),
          oracle: this.deployment.contracts.CreOracle.toLowerCase() as Hex,
          requestId: request.id as Hex,
          digest: request.digest as Hex,
          suiteHash: suiteHash(suite),
        },
        suite,
      );
      return runners.includes(result.runner) ? { runner: result.runner, results: result.results, text } : null;
    } catch (error) {
      if (!(
        error instanceof DocumentError ||
        error instanceof SyntaxError ||
        error instanceof TypeError ||
        (error instanceof Error && error.name === 'TimeoutError')
      ))
        throw error;
      this.logger.warn(`no readable runner result for request ${request.id}: ${error.message}`);
      return null;
    }
  }
}
