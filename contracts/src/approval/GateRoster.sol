// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IMilestoneEscrow} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {EscrowWords, IEscrowWords} from "./EscrowWords.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";
import {Roster} from "./Roster.sol";

/// @title Rosters and policies
/// @notice Checks the signed bytes against the escrow's terms and stores them as code, one version after another.
abstract contract GateRoster is IMilestoneGate {
    using Roster for bytes;

    uint8 internal constant CODEC = 1;
    uint256 internal constant MAX_POLICIES = 16;
    uint256 internal constant MAX_SEATS = 64;
    uint256 internal constant MAX_WEIGHT = 10_000;
    uint256 internal constant MIN_CHALLENGE = 24 hours;

    /// @dev Newest version of an escrow: pointer u160, version u8.
    mapping(address escrow => uint256 packed) private _newest;
    /// @dev Pointers of older versions.
    mapping(address escrow => mapping(uint256 version => address pointer)) private _older;

    /// @inheritdoc IMilestoneGate
    function register(address escrow, bytes calldata policy) external {
        // checks
        if (msg.sender != escrow && msg.sender != IMilestoneEscrow(escrow).factory()) {
            revert Gate_NotEscrow(escrow, msg.sender);
        }
        uint256 packed = _newest[escrow];
        uint256 version = (packed >> 160) + 1;
        if (version > type(uint8).max) revert Gate_BadVersion(escrow, version);
        bytes memory data = _validated(escrow, policy);

        // effects
        if (packed != 0) _older[escrow][version - 1] = address(uint160(packed));
        address pointer = _write(data, bytes32((uint256(uint160(escrow)) << 8) | version));
        _newest[escrow] = uint256(uint160(pointer)) | (version << 160);
        emit RosterRegistered(escrow, uint8(version), data);
    }

    /// @inheritdoc IMilestoneGate
    function roster(address escrow) public view returns (uint8 version, address pointer) {
        uint256 packed = _newest[escrow];
        return (uint8(packed >> 160), address(uint160(packed)));
    }

    /// @inheritdoc IMilestoneGate
    function rosterBytes(address escrow, uint8 version) external view returns (bytes memory data) {
        bytes memory stored = _roster(escrow, version);
        data = new bytes(stored.length - 1);
        for (uint256 i = 0; i < data.length; ++i) {
            data[i] = stored[i + 1];
        }
    }

    /// @inheritdoc IMilestoneGate
    function policyWord(address escrow, uint8 policy) external view returns (bytes32) {
        (uint8 version, ) = roster(escrow);
        bytes memory data = _roster(escrow, version);
        if (policy >= data.policyCount()) revert Gate_UnknownPolicy(policy);
        return bytes32(PolicyWord.unwrap(data.policy(policy)));
    }

    /// @inheritdoc IMilestoneGate
    function seatOf(
        address escrow,
        address account
    ) external view returns (bool found, uint8 index, uint8 body, uint16 weight, bool excluded) {
        (uint8 version, ) = roster(escrow);
        bytes memory data = _roster(escrow, version);
        uint256 seats = data.seatCount();
        for (uint256 i = 0; i < seats; ++i) {
            (address id, uint16 seatWeight, uint256 seatBody, bool out) = data.seat(i);
            if (id == account) return (true, uint8(i), uint8(seatBody), seatWeight, out);
        }
    }

    /// @dev Bytes of a version, the zero byte in front; reverts if there is none.
    function _roster(address escrow, uint8 version) internal view returns (bytes memory data) {
        uint256 packed = _newest[escrow];
        address pointer = version == uint8(packed >> 160) ? address(uint160(packed)) : _older[escrow][version];
        if (pointer == address(0)) revert Gate_BadVersion(escrow, version);
        return Roster.load(pointer);
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

    /// @dev The bytes to store: `policy` with exclusions and weights filled in. Reverts on anything that is not canonical.
    function _validated(address escrow, bytes calldata policy) private view returns (bytes memory data) {
        uint256 length = policy.length;
        if (length < Roster.HEADER) revert Gate_BadLength(length, Roster.HEADER);
        if (uint8(policy[0]) != CODEC) revert Gate_BadCodec(uint8(policy[0]));
        uint256 policies = uint8(policy[1]);
        uint256 milestones = uint8(policy[2]);
        uint256 seats = uint8(policy[3]);
        if (policies == 0 || policies > MAX_POLICIES) revert Gate_UnknownPolicy(uint8(policies));
        uint256[10] memory terms = IEscrowWords(escrow).terms();
        if (milestones != terms[EscrowWords.TERMS_MILESTONES]) {
            revert Gate_BadCount(milestones, terms[EscrowWords.TERMS_MILESTONES]);
        }
        if (seats > MAX_SEATS) revert Gate_SeatLimit(seats);

        uint256 cursor = Roster.HEADER + Roster.POLICY_SIZE * policies;
        if (length < cursor) revert Gate_BadLength(length, cursor);
        PolicyWord[] memory words = new PolicyWord[](policies);
        uint256 oracles = 0;
        for (uint256 i = 0; i < policies; ++i) {
            uint256 offset = Roster.HEADER + Roster.POLICY_SIZE * i;
            words[i] = PolicyWord.wrap(uint256(bytes32(policy[offset:offset + Roster.POLICY_SIZE])));
            if (words[i].names(PolicyWords.ORACLE)) ++oracles;
        }
        uint256 expected = cursor + Roster.ORACLE_SIZE * oracles + milestones + Roster.SEAT_SIZE * seats;
        if (length != expected) revert Gate_BadLength(length, expected);

        data = policy;
        uint16[3] memory weights = _checkSeats(
            data,
            policy,
            expected - Roster.SEAT_SIZE * seats,
            escrow,
            address(uint160(terms[EscrowWords.TERMS_CONTRIBUTOR]))
        );
        for (uint256 i = 0; i < policies; ++i) {
            words[i] = words[i].reservedZero() ? words[i].withWeights(weights) : words[i];
            _checkPolicy(uint8(i), words[i], weights, policy);
            _put(data, Roster.HEADER + Roster.POLICY_SIZE * i, words[i]);
            if (!words[i].names(PolicyWords.ORACLE)) continue;
            address oracle = address(bytes20(policy[cursor:cursor + 20]));
            if (oracle == address(0) || bytes32(policy[cursor + 20:cursor + 52]) == 0)
                revert Gate_BadOracle(uint8(i), oracle);
            cursor += Roster.ORACLE_SIZE;
        }
        for (uint256 i = 0; i < milestones; ++i) {
            uint8 index = uint8(policy[cursor + i]);
            if (index >= policies) revert Gate_UnknownPolicy(index);
            _checkWindows(uint8(i), words[index], IEscrowWords(escrow).profile(uint8(i)));
        }
    }

    /// @dev Checks the seats, marks those of payees and of the contributor, and sums the weights of the others.
    function _checkSeats(
        bytes memory data,
        bytes calldata policy,
        uint256 cursor,
        address escrow,
        address contributor
    ) private view returns (uint16[3] memory weights) {
        (address[] memory payees, ) = IMilestoneEscrow(escrow).payees();
        uint256[3] memory sums;
        uint160 last = 0;
        uint256 seats = (policy.length - cursor) / Roster.SEAT_SIZE;
        for (uint256 i = 0; i < seats; ++i) {
            bytes23 seat = bytes23(policy[cursor:cursor + Roster.SEAT_SIZE]);
            address id = address(bytes20(seat));
            uint16 weight = uint16(uint184(seat) >> 8);
            uint8 flags = uint8(uint184(seat));
            if (uint160(id) <= last) revert Gate_SeatOrder(uint8(i));
            last = uint160(id);
            if (weight == 0) revert Gate_ZeroWeight(uint8(i));
            if (flags & ~(Roster.EXCLUDED | 3) != 0 || flags & 3 == 3) revert Gate_BadSeat(uint8(i), flags);
            if (flags & Roster.EXCLUDED == 0) {
                if (id == contributor || _contains(payees, id)) {
                    data[cursor + Roster.SEAT_SIZE - 1] = bytes1(flags | Roster.EXCLUDED);
                } else {
                    sums[flags & 3] += weight;
                }
            }
            cursor += Roster.SEAT_SIZE;
        }
        for (uint256 body = 0; body < 3; ++body) {
            // A body above the limit fails where a policy names it; here it only has to fit.
            weights[body] = sums[body] > type(uint16).max ? type(uint16).max : uint16(sums[body]);
        }
    }

    /// @dev Refuses what could approve by accident: empty bodies, zero quorum, ties, oracle alone with silent approval.
    function _checkPolicy(uint8 index, PolicyWord word, uint16[3] memory weights, bytes calldata policy) private pure {
        uint256 offset = Roster.HEADER + Roster.POLICY_SIZE * index;
        bytes32 signed = bytes32(policy[offset:offset + Roster.POLICY_SIZE]);
        uint8 bodies = word.bodies();
        bool known = bodies != 0 && bodies < 16 && word.flags() < 4;
        bool oracleAlone = bodies == uint8(1 << PolicyWords.ORACLE);
        bool zero = PolicyWord.wrap(uint256(signed)).reservedZero();
        if (!known || !zero || word.window() == 0 || (oracleAlone && word.silenceApproves())) {
            revert Gate_BadPolicy(index, signed);
        }
        for (uint256 body = 0; body < PolicyWords.ORACLE; ++body) {
            uint16 quorum = word.quorumBps(body);
            uint16 approval = word.approvalBps(body);
            if (!word.names(body)) {
                if (quorum != 0 || approval != 0) revert Gate_BadThreshold(index, uint8(body), quorum, approval);
                continue;
            }
            if (quorum == 0 || quorum > 10_000 || approval < 5_001 || approval > 10_000) {
                revert Gate_BadThreshold(index, uint8(body), quorum, approval);
            }
            if (weights[body] == 0 || weights[body] > MAX_WEIGHT) {
                revert Gate_EmptyBody(index, uint8(body), weights[body]);
            }
        }
        if (word.need() == 0 || word.need() > word.named()) {
            revert Gate_BadNeed(index, word.need(), uint8(word.named()));
        }
        if (word.canHold() && word.challenge() < MIN_CHALLENGE) revert Gate_BadChallenge(index, word.challenge());
    }

    /// @dev A milestone's policy keeps the clocks and the silence that its profile states.
    function _checkWindows(uint8 milestone, PolicyWord word, uint256[14] memory profile) private pure {
        _same(milestone, word.window(), profile[EscrowWords.PROFILE_REVIEW_DAYS] * 1 days);
        _same(milestone, word.extension(), profile[EscrowWords.PROFILE_EXTENSION_DAYS] * 1 days);
        _same(milestone, word.challenge(), profile[EscrowWords.PROFILE_HOLD_HOURS] * 1 hours);
        _same(milestone, word.silenceApproves() ? 1 : 0, profile[EscrowWords.PROFILE_SILENCE_APPROVES]);
    }

    function _same(uint8 milestone, uint256 value, uint256 expected) private pure {
        if (value != expected) revert Gate_BadWindow(milestone, value, expected);
    }

    function _contains(address[] memory accounts, address account) private pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    function _put(bytes memory data, uint256 offset, PolicyWord word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), offset), word)
        }
    }
}
