// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {BoundedCall} from "./BoundedCall.sol";

/// @title Signatures on ballots
/// @notice Plain keys, smart accounts (ERC-1271) and passkeys (ERC-7913, one verifier fixed at deployment). External
/// checks are static calls with a fixed gas limit, so no seat can starve a batch.
abstract contract BallotSignatures is IMilestoneGate, EIP712 {
    bytes32 internal constant BALLOT_TYPEHASH = keccak256(
        "Ballot(address escrow,uint8 milestone,uint8 round,uint8 question,uint16 payBps,bytes32 digest,bool approve,bytes32 reason,address account)"
    );

    /// @dev Gas of one external signature check.
    uint256 internal constant CHECK_GAS = 150_000;
    /// @dev What must be left before such a check, so that exactly `CHECK_GAS` is passed on (EIP-150 keeps 1/64).
    uint256 internal constant CHECK_FLOOR = (CHECK_GAS * 64) / 63 + 5_000;
    /// @dev verifier (20) ‖ x (32) ‖ y (32).
    uint256 private constant PASSKEY_SIGNER = 84;

    /// @inheritdoc IMilestoneGate
    address public immutable passkeyVerifier;

    constructor(address verifier) EIP712("MilestoneGate", "1") {
        passkeyVerifier = verifier;
    }

    /// @inheritdoc IMilestoneGate
    function hashBallot(Key memory key, bool approve, bytes32 reason, address account) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(BALLOT_TYPEHASH, key, approve, reason, account)));
    }

    /// @dev Whether `signature` is that of the seat `id` on the ballot.
    function _signed(
        Key memory key,
        bool approve,
        bytes32 reason,
        address id,
        bytes calldata signer,
        bytes calldata signature
    ) internal view returns (bool) {
        if (signer.length != 0) return _passkeySigned(hashBallot(key, approve, reason, id), id, signer, signature);
        if (signature.length == 65) {
            bytes32 plain = hashBallot(key, approve, reason, address(0));
            (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(plain, signature);
            if (failure == ECDSA.RecoverError.NoError && recovered == id) return true;
        }
        if (id.code.length == 0) return false;
        bytes32 hash = hashBallot(key, approve, reason, id);
        return
            _accepts(
                id,
                abi.encodeCall(IERC1271.isValidSignature, (hash, signature)),
                IERC1271.isValidSignature.selector
            );
    }

    function _passkeySigned(
        bytes32 hash,
        address id,
        bytes calldata signer,
        bytes calldata signature
    ) private view returns (bool) {
        if (signer.length != PASSKEY_SIGNER || address(bytes20(signer[:20])) != passkeyVerifier) return false;
        if (address(uint160(uint256(keccak256(signer)))) != id) return false;
        bytes memory data = abi.encodeCall(IERC7913SignatureVerifier.verify, (signer[20:], hash, signature));
        return _accepts(passkeyVerifier, data, IERC7913SignatureVerifier.verify.selector);
    }

    function _accepts(address target, bytes memory data, bytes4 magic) private view returns (bool) {
        // A relayer that gives too little gas must not turn a valid ballot into a skipped one.
        if (gasleft() < CHECK_FLOOR) revert Gate_NeedsGas(gasleft(), CHECK_FLOOR);
        (bool ok, bytes32 answer) = BoundedCall.staticWord(target, CHECK_GAS, data);
        return ok && answer == bytes32(magic);
    }
}
