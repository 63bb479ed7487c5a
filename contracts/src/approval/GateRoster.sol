// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {Factory_PolicyMismatch} from "../escrow/Errors.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {IPolicyBook} from "../interfaces/IPolicyBook.sol";
import {Bytes} from "./Bytes.sol";
import {PolicyRecord} from "./PolicyRecord.sol";
import {PolicyWord} from "./PolicyWord.sol";
import {Roster, Rosters} from "./Roster.sol";

/// @title Rosters and policies
/// @notice Version 1 of a project's roster is the end of its terms, in the code of its clone; versions that a change order
/// brings are checked and stored as code, one after another.
abstract contract GateRoster is IMilestoneGate {
    using Bytes for bytes;

    /// @inheritdoc IMilestoneGate
    address public immutable policyBook;

    /// @dev Newest stored version of an escrow: pointer u160, version u8; 0 while the terms' own is in force.
    mapping(address escrow => uint256 packed) private _newest;
    /// @dev Pointers of older stored versions.
    mapping(address escrow => mapping(uint256 version => address pointer)) private _older;

    constructor(address policyBook_) {
        policyBook = policyBook_;
    }

    /// @inheritdoc IMilestoneGate
    function register(
        bytes32 policyHash,
        bytes calldata roster,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy
    ) external returns (uint8) {
        // checks
        uint256 packed = _newest[msg.sender];
        uint256 version = _version(packed) + 1;
        if (version > type(uint8).max) revert Gate_BadVersion(msg.sender, version);
        bytes memory data = rosterBytes(msg.sender, uint8(version - 1));
        if (policyHash == 0) policyHash = bytes32(data);
        if (gatePolicy.length + arbitrationPolicy.length != 0) {
            bytes32 given = IPolicyBook(policyBook).record(gatePolicy, arbitrationPolicy);
            if (given != policyHash) revert Factory_PolicyMismatch(policyHash, given);
        }
        data = bytes.concat(policyHash, roster.length == 0 ? data.slice(32, data.length - 32) : roster);
        IPolicyBook(policyBook).check(msg.sender, data);

        // effects
        if (packed != 0) _older[msg.sender][version - 1] = address(uint160(packed));
        address pointer = _write(data, bytes32((uint256(uint160(msg.sender)) << 8) | version));
        _newest[msg.sender] = uint256(uint160(pointer)) | (version << 160);
        emit RosterRegistered(msg.sender, uint8(version), data);
        return uint8(version);
    }

    /// @inheritdoc IMilestoneGate
    function recheck() external view {
        uint8 version = uint8(_version(_newest[msg.sender]));
        IPolicyBook(policyBook).check(msg.sender, rosterBytes(msg.sender, version));
    }

    /// @inheritdoc IMilestoneGate
    function policyOf(address escrow) external view returns (uint8 version, bytes32 policyHash) {
        version = uint8(_version(_newest[escrow]));
        (, policyHash) = _bare(escrow, version);
    }

    /// @inheritdoc IMilestoneGate
    function rosterBytes(address escrow, uint8 version) public view returns (bytes memory) {
        (Roster memory r, bytes32 policyHash) = _bare(escrow, version);
        uint256 size = Rosters.tailSize(r.criteria, r.seats);
        return
            bytes.concat(
                policyHash,
                bytes1(uint8(r.criteria)),
                bytes1(uint8(r.seats)),
                r.data.slice(r.data.length - size, size)
            );
    }

    /// @inheritdoc IMilestoneGate
    function policyWord(address escrow, uint8 policy) external view returns (bytes32) {
        return bytes32(PolicyWord.unwrap(_roster(escrow, uint8(_version(_newest[escrow]))).policy(policy)));
    }

    /// @inheritdoc IMilestoneGate
    function seatOf(
        address escrow,
        address account
    ) external view returns (bool found, uint8 index, uint8 body, uint16 weight, bool excluded) {
        (Roster memory r, ) = _bare(escrow, uint8(_version(_newest[escrow])));
        uint256 seats = r.seatCount();
        for (uint256 i = 0; i < seats; ++i) {
            (address id, uint16 seatWeight, uint256 seatBody, bool out) = r.seat(i);
            if (id == account) return (true, uint8(i), uint8(seatBody), seatWeight, out);
        }
    }

    /// @dev A version with its policies; reverts if there is none.
    function _roster(address escrow, uint8 version) internal view returns (Roster memory r) {
        bytes32 policyHash;
        (r, policyHash) = _bare(escrow, version);
        r.record = PolicyRecord.load(policyBook, policyHash);
        if (r.record.length == 0) revert Gate_NoRecord(policyHash);
    }

    /// @dev A version without the record of its policies.
    function _bare(address escrow, uint8 version) private view returns (Roster memory r, bytes32 policyHash) {
        if (version == 1) return Rosters.ofTerms(escrow.code);
        uint256 packed = _newest[escrow];
        address pointer = version == uint8(packed >> 160) ? address(uint160(packed)) : _older[escrow][version];
        if (pointer == address(0)) revert Gate_BadVersion(escrow, version);
        (r, policyHash) = Rosters.ofStored(pointer.code);
        // The client never changes.
        if (r.seats == 0) {
            (Roster memory first, ) = Rosters.ofTerms(escrow.code);
            r.client = first.client;
        }
    }

    function _version(uint256 packed) private pure returns (uint256) {
        return packed == 0 ? 1 : packed >> 160;
    }

    /// @dev Deploys `data` as code behind a zero byte (no call can run it). The init code copies what follows its ten bytes.
    function _write(bytes memory data, bytes32 salt) private returns (address) {
        bytes memory initCode = bytes.concat(
            hex"61",
            bytes2(uint16(data.length + 1)),
            hex"80600a3d393df3",
            hex"00",
            data
        );
        return Create2.deploy(0, salt, initCode);
    }
}
