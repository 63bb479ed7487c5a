/** Errors of `ICreOracle`, so that a refused report says why. */
export const RECEIVER_ERRORS = [
  'error CreOracle_OnlyForwarder(address caller)',
  'error CreOracle_BadMetadata(uint256 length)',
  'error CreOracle_WrongWorkflow(address owner, bytes10 name)',
  'error CreOracle_BadPayload(uint256 length)',
  'error CreOracle_WrongDomain(bytes32 requestId, bytes32 expected)',
  'error CreOracle_StaleSubmission(bytes32 requestId)',
  'error CreOracle_WorkflowNotAllowed(bytes32 workflowId, uint40 activeAt, uint40 requestedAt)',
  'error CreOracle_AlreadyReported(bytes32 requestId)',
  'error CreOracle_BpsTooHigh(uint16 payBps)',
  'error CreOracle_BadVerdict(uint8 verdict, uint16 payBps)',
  'error CreOracle_BadTime(uint64 observedAt, uint64 validUntil)',
  'error CreOracle_NeedsGas(uint256 available, uint256 needed)',
] as const;
