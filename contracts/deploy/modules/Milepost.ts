// Everything a chain needs for Milepost. Order follows what each contract must know at its birth; nothing has a setter for it.
import { buildModule } from '@nomicfoundation/hardhat-ignition/modules';

const NOBODY = '0x0000000000000000000000000000000000000000';
const NO_ROOT = `0x${'0'.repeat(64)}`;

/** Which optional parts to deploy. */
export interface Parts {
  /** The local test token; real chains bring their own. */
  readonly testToken: boolean;
  /** The audit log's anchor. */
  readonly auditAnchor: boolean;
  /** A forwarder that stands on the chain already (Chainlink's), in `forwarder`; otherwise one of our own is deployed. */
  readonly knownForwarder: boolean;
}

/**
 * Parameters (`Milepost` in Ignition's parameters): `owner` (DAO timelock; locally the operator), `guardian`, `treasury`,
 * `feeBps`, `chainSelector`, `workflowOwner`, `workflowName` (10 bytes), `workflowId`, and either `issuer` (test token) or
 * `token`; `logKey` (signs heads of the audit log); for a network that brings no forwarder: `donId`, `configVersion`, `f`, `signers`.
 */
export function milepostModule({ testToken, auditAnchor, knownForwarder }: Parts) {
  return buildModule('Milepost', (m) => {
    const owner = m.getParameter('owner');
    const token = testToken ? m.contract('TestToken', [m.getParameter('issuer')]) : undefined;

    const verifier = m.contract('ERC7913WebAuthnVerifier', []);
    const book = m.contract('PolicyBook', []);
    const gate = m.contract('MilestoneGate', [verifier, book]);
    const arbitration = m.contract('Arbitration', [book]);
    const feeInbox = m.contract('FeeInbox', [owner, m.getParameter('treasury')]);
    const agreements = m.contract('EscrowAgreements', [gate, arbitration, feeInbox]);
    const factory = m.contract('EscrowFactory', [
      owner,
      m.getParameter('guardian'),
      gate,
      arbitration,
      feeInbox,
      agreements,
      book,
      m.getParameter('feeBps'),
    ]);
    m.call(factory, 'setToken', [token ?? m.getParameter('token'), true]);

    const forwarder = knownForwarder
      ? m.contractAt('KeystoneForwarder', m.getParameter('forwarder'))
      : m.contract('KeystoneForwarder', []);
    const oracle = m.contract('CreOracle', [
      owner,
      forwarder,
      gate,
      m.getParameter('chainSelector'),
      m.getParameter('workflowOwner'),
      m.getParameter('workflowName'),
      m.getParameter('workflowId'),
    ]);
    if (!knownForwarder) {
      m.call(forwarder, 'setConfig', [
        m.getParameter('donId'),
        m.getParameter('configVersion'),
        m.getParameter('f'),
        m.getParameter('signers'),
      ]);
    }

    return {
      verifier,
      book,
      gate,
      arbitration,
      feeInbox,
      agreements,
      factory,
      forwarder,
      oracle,
      ...(token === undefined ? {} : { token }),
      ...(auditAnchor
        ? { anchor: m.contract('AuditAnchor', [m.getParameter('logKey'), owner, NOBODY, 0, NO_ROOT]) }
        : {}),
    };
  });
}
