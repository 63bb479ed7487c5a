import { Inject, Injectable } from '@nestjs/common';
import { getAddress } from 'ethers';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { invalidInput, Problem } from '../../../platform/http/index.js';
import { type CompiledTerms, compileTerms, TermsRefused } from '../domain/compile-terms.js';
import { membersOf } from '../domain/members.js';
import { type TermsDraft, totalOf } from '../domain/terms-draft.js';
import type { ProjectContent, ProjectRecord } from '../persistence/project.repository.js';

/** What a person sends when saving a draft. */
export interface DraftInput {
  readonly title: string;
  readonly summary: string;
  readonly terms: TermsDraft;
}

/** Turns drafts into the bytes that are signed, against this installation's contracts. */
@Injectable()
export class DraftContent {
  constructor(@Inject(DEPLOYMENT) private readonly deployment: Deployment | null) {}

  /** The deployment record. @throws {Problem} 503 `no-deployment` */
  requireDeployment(): Deployment {
    if (this.deployment !== null) return this.deployment;
    throw new Problem(
      503,
      'no-deployment',
      'This installation has no deployment record yet. Nothing was changed. Deploy the contracts first.',
    );
  }

  /**
   * Checks a draft in full, as the contracts will.
   * @param salt 16 bytes, 0x hex
   * @throws {Problem} 422 `invalid-terms` with each issue
   */
  check(input: DraftInput, salt: string): ProjectContent {
    const deployment = this.requireDeployment();
    if (input.terms.token !== deployment.token.address) {
      throw invalidInput([
        {
          path: 'terms.token',
          code: 'token-not-allowed',
          message: `must be ${deployment.token.symbol} (${deployment.token.address})`,
        },
      ]);
    }
    const compiled = this.compile(input, salt);
    return {
      ...input,
      total: totalOf(input.terms),
      termsHash: compiled.termsHash,
      argsHash: compiled.argsHash,
      escrow: compiled.escrow,
      members: membersOf(input.terms),
    };
  }

  /** The signed bytes of a stored project. */
  compiled(record: ProjectRecord): CompiledTerms {
    return this.compile(record, record.salt);
  }

  private compile({ title, summary, terms }: DraftInput, salt: string): CompiledTerms {
    const { contracts } = this.requireDeployment();
    try {
      const compiled = compileTerms({ title, summary, terms, salt, contracts });
      return { ...compiled, escrow: getAddress(compiled.escrow) };
    } catch (error) {
      if (error instanceof TermsRefused) {
        throw new Problem(
          422,
          'invalid-terms',
          `${error.message} Nothing was changed. Correct the listed fields and save again.`,
          { issues: error.issues },
        );
      }
      throw error;
    }
  }
}
