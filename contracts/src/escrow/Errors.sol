// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// One error per failure, with the values that explain it. `m` is a milestone index, 253 the project, 254 the holdback
// pot, 255 the warranty claim. `state` is a `State` (for 253: 1 = a notice runs, 2 = all is decided; for 255: a `ClaimState`).

/// @dev Only the gate may approve, reject and escalate.
error Escrow_NotGate();
/// @dev Only arbitration may rule.
error Escrow_NotArbitration();
/// @dev The caller is not the party whose consent is needed, and no signature was given.
error Escrow_NotParty();
/// @dev The signature is not `party`'s for exactly this call, or its nonce has another key.
error Escrow_BadSignature(address party);
/// @dev The signature's deadline has passed.
error Escrow_SignatureExpired(uint256 deadline);
/// @dev The call does not fit the state.
error Escrow_WrongState(uint256 m, uint256 state);
/// @dev Another round is current.
error Escrow_WrongRound(uint256 m, uint256 current);
/// @dev Another submission is current.
error Escrow_WrongDigest(uint256 m, bytes32 current);
/// @dev A resubmission must differ from what was rejected.
error Escrow_SameDigest(uint256 m);
/// @dev A submission needs a digest.
error Escrow_ZeroDigest();
/// @dev The time to act ended at `deadline`.
error Escrow_TooLate(uint256 m, uint256 deadline);
/// @dev Possible only after `until`; the largest value: no time is set yet.
error Escrow_TooEarly(uint256 m, uint256 until);
/// @dev No round is left.
error Escrow_RoundsUsedUp(uint256 m, uint256 maxRounds);
/// @dev Outside the allowed basis points.
error Escrow_BpsOutOfRange(uint256 bps);
/// @dev No such milestone (or, in a change order, not the next free index).
error Escrow_NoSuchMilestone(uint256 m);
/// @dev No such funder.
error Escrow_NoSuchFunder(uint256 funder);
/// @dev No such payee.
error Escrow_NoSuchPayee(uint256 index);
/// @dev The document is for another version of the terms.
error Escrow_WrongVersion(uint256 expected, uint256 given);
/// @dev The pool does not cover it.
error Escrow_Underfunded(uint256 needed, uint256 available);
/// @dev The seats and criteria given are not those of the change order (zero: it changes none).
error Escrow_RosterMismatch(bytes32 expected, bytes32 given);
/// @dev A payee whose part falls must sign.
error Escrow_ConsentMissing(address payee);
/// @dev The contributor defaulted first.
error Escrow_ProviderDefaulted(uint256 defaultedAt);
/// @dev Nothing to pay, book or take.
error Escrow_NothingDue();
/// @dev The token refuses to pay `to`; the credit stays.
error Escrow_TokenRefused(address account, address to);
/// @dev A warranty claim is open already.
error Escrow_ClaimPending(uint256 round);
/// @dev The pot is smaller.
error Escrow_ClaimTooLarge(uint256 amount, uint256 pot);
/// @dev The escrow holds less than it booked.
error Escrow_Shortfall(uint256 balance, uint256 booked);
/// @dev More than the ledger can hold (2^96 - 1 units).
error Escrow_AmountTooLarge(uint256 amount, uint256 room);
/// @dev An address that cannot be paid: zero, the escrow, its token, gate, arbitration, treasury, or a payee already listed.
error Escrow_BadPayee(address payee);
/// @dev The second part of the escrow was deployed for another gate, arbitration or treasury.
error Escrow_WrongWiring(address part);
/// @dev The implementation itself is no escrow.
error Escrow_OnlyClone();

/// @dev No new escrows up to and including `until`.
error Factory_CreationStopped(uint40 until);
/// @dev The DAO does not allow this token for new projects.
error Factory_TokenNotAllowed(address token);
/// @dev The terms carry another fee rate.
error Factory_FeeChanged(uint16 expected, uint16 given);
/// @dev The policies are not the signed ones.
error Factory_PolicyMismatch(bytes32 expected, bytes32 given);
/// @dev The signature is not `party`'s for these terms.
error Factory_BadSignature(address party);
/// @dev The signature's deadline has passed.
error Factory_SignatureExpired(uint48 deadline);
/// @dev Only the guardian may call.
error Factory_NotGuardian();
/// @dev Above 500.
error Factory_FeeTooHigh(uint16 feeBps);

/// @dev Unknown codec version.
error Terms_Version(uint8 codec);
/// @dev The bytes do not have the length that their counts ask for.
error Terms_Length(uint256 expected, uint256 given);
/// @dev Too few or too many: part 0 milestones, 1 payees, 2 funders, 3 profiles, 4 criteria, 5 seats.
error Terms_Count(uint8 part, uint256 count);
/// @dev A party, payee, funder or token is zero: part 0 token, 1 client, 2 contributor, 3 payee, 4 funder.
error Terms_ZeroAddress(uint8 part);
/// @dev Two roles that must differ are one address.
error Terms_SameParty(address account);
/// @dev A payee or funder is listed twice.
error Terms_Duplicate(address account);
/// @dev Weights must be above 0 and sum to 10,000.
error Terms_WeightSum(uint256 sum);
/// @dev A milestone has no amount.
error Terms_ZeroAmount(uint8 m);
/// @dev The amounts exceed 2^96 - 1.
error Terms_Total(uint256 total);
/// @dev A milestone names a profile that is not there.
error Terms_Profile(uint8 m, uint8 profile);
/// @dev A time of a profile (255: the header) is out of bounds; `field` is its byte in the profile (header: 9 warranty).
error Terms_Window(uint8 profile, uint8 field);
/// @dev A rate of a profile (255: the header) is out of bounds; `field` is its byte in the profile (header: 7 fee).
error Terms_Bps(uint8 profile, uint8 field);
/// @dev A milestone must be funded by its due date.
error Terms_FundByAfterDue(uint8 m);
/// @dev The start is more than 366 days away.
error Terms_Start(uint40 start);
