import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CurrentPerson, Idempotency, Idempotent, type SessionPerson } from '../../../platform/http/index.js';
import { ProjectAccess } from '../../../platform/outbox/index.js';
import { Audited, AuditService } from '../../audit/index.js';
import { unknownProject } from '../../projects/index.js';
import { ReadApproval, type ApprovalView } from '../application/read-approval.js';
import { ReceiveBallot, type BallotReceipt } from '../application/receive-ballot.js';
import { approvalParamsSchema, approvalSchema, ballotInputSchema, ballotReceiptSchema } from './schemas.js';

/** Votes on submissions. */
@ApiTags('approvals')
@Controller()
export class ApprovalsController {
  constructor(
    private readonly receiving: ReceiveBallot,
    private readonly reading: ReadApproval,
    private readonly access: ProjectAccess,
    private readonly audit: AuditService,
    private readonly idempotency: Idempotency,
  ) {}

  /** Takes a signed ballot and answers with a signed receipt. It goes on chain at the latest at `postBy`. */
  @Post('ballots')
  @Audited('ballot.received')
  @HttpCode(201)
  @Idempotent()
  @ApiCreatedResponse({ standardSchema: ballotReceiptSchema })
  async cast(
    @CurrentPerson() person: SessionPerson,
    @Body({ schema: ballotInputSchema }) input: z.infer<typeof ballotInputSchema>,
    @Req() request: FastifyRequest,
  ): Promise<{ receipt: BallotReceipt & { note?: string } }> {
    const checked = await this.receiving.check(person, input);
    const receipt = await this.idempotency.once(request, (tx) => this.receiving.keep(tx, checked));
    // A signature is a promise: given only for what is committed.
    return { receipt: { ...receipt, note: await this.audit.sign(receipt.entry) } };
  }

  /** How the decision of a milestone stands. */
  @Get('projects/:id/milestones/:n/approval')
  @ApiOkResponse({ standardSchema: approvalSchema })
  async approval(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: approvalParamsSchema }) { id, n }: z.infer<typeof approvalParamsSchema>,
  ): Promise<ApprovalView> {
    if (!(await this.access.mayRead(person.id, id))) throw unknownProject();
    return this.reading.read(id, n);
  }
}
