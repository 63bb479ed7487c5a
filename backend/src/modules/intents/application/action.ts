import type { ChainAction } from '../../../platform/chain/index.js';
import type { IntentInput } from '../http/schemas.js';

/** What was asked, as the relayer takes it. */
export const actionOf = (input: IntentInput, escrow: string): ChainAction => {
  switch (input.kind) {
    case 'fund':
      return { kind: 'fund', escrow, funding: input.payload };
    case 'submit':
      return { kind: 'submit', escrow, milestone: input.milestone, ...input.payload };
    case 'dispute': {
      const { reasonHash, auth } = input.payload;
      return { kind: 'dispute', escrow, milestone: input.milestone, reasonHash, auth };
    }
    case 'terminate':
      return { kind: 'terminate', escrow, milestone: input.milestone, ...input.payload };
    case 'settle':
      return { kind: 'settle', escrow, milestone: input.milestone, ...input.payload };
    case 'finalize':
      return { kind: 'finalize', key: { escrow, milestone: input.milestone, ...input.payload } };
    case 'lapse':
      return { kind: 'lapse', escrow, milestone: input.milestone };
    case 'unfund':
      return { kind: 'unfund', escrow, ...input.payload };
    case 'cancel':
      return { kind: 'cancel', escrow, ...input.payload };
    case 'openClaim':
      return { kind: 'openClaim', escrow, ...input.payload };
    case 'answerClaim':
      return { kind: 'answerClaim', escrow, ...input.payload };
    case 'claim':
      return { kind: 'claim', escrow, ...input.payload };
    case 'refund':
    case 'sync':
    case 'endWarranty':
      return { kind: input.kind, escrow };
  }
};
