// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {EscrowDouble} from "./EscrowDouble.sol";
import {TestBase} from "./Vm.sol";

/// @dev The test's own copy of the token's calls.
interface IToken {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
    function setBlocked(address account, bool value) external;
    function transfer(address to, uint256 amount) external returns (bool);
}

/// @dev One project on the reference escrow with people who can sign. Seats are added in any order and sorted by id.
abstract contract GateFixture is TestBase {
    uint8 internal constant CLIENTS = 0;
    uint8 internal constant PANEL = 1;
    uint8 internal constant REVIEWERS = 2;
    uint8 internal constant SILENCE_APPROVES = 1;
    uint8 internal constant HOLD_ORACLE = 2;
    uint256 internal constant START = 1_800_000_000;
    bytes32 internal constant DIGEST = keccak256("deliverable");
    bytes32 internal constant REASON = keccak256("reason");
    address internal constant STRANGER = address(0x57a);

    struct Member {
        uint256 key;
        address id;
        uint8 body;
        uint16 weight;
        uint8 flags;
    }

    struct Rule {
        uint16 quorumBps;
        uint16 approvalBps;
    }

    IMilestoneGate internal gate;
    IArbitration internal arbitration;
    EscrowDouble internal escrow;
    IToken internal token;
    address internal verifier;
    address internal client = address(0xc11e);
    address internal contributor = address(0x1ead);
    address internal arbitrator = address(0xada);
    Member[] internal members;

    function deployAll() internal {
        vm.warp(START);
        verifier = deployCode("ERC7913WebAuthnVerifier.sol:ERC7913WebAuthnVerifier", "");
        gate = IMilestoneGate(deployCode("MilestoneGate.sol:MilestoneGate", abi.encode(verifier)));
        arbitration = IArbitration(deployCode("Arbitration.sol:Arbitration", ""));
        token = IToken(deployCode("TestToken.sol:TestToken", abi.encode(address(this))));
        escrow = new EscrowDouble(address(gate), address(arbitration), address(token), client, contributor);
    }

    // --------------------------------------------------------------------------------------------------------- people

    function addMember(uint256 key, uint8 body, uint16 weight) internal returns (address id) {
        id = vm.addr(key);
        addSeat(key, id, body, weight, body);
    }

    /// @dev Keeps `members` sorted, as rosters are.
    function addSeat(uint256 key, address id, uint8 body, uint16 weight, uint8 flags) internal {
        members.push(Member(key, id, body, weight, flags));
        for (uint256 i = members.length - 1; i > 0 && members[i].id < members[i - 1].id; --i) {
            Member memory other = members[i - 1];
            members[i - 1] = members[i];
            members[i] = other;
        }
    }

    function seatOf(address id) internal view returns (uint8) {
        for (uint8 i = 0; i < members.length; ++i) {
            if (members[i].id == id) return i;
        }
        revert("no such member");
    }

    function memberOf(address id) internal view returns (Member memory) {
        return members[seatOf(id)];
    }

    // -------------------------------------------------------------------------------------------------------- policies

    /// @dev A policy word; unnamed bodies carry no thresholds.
    function word(
        uint8 bodies,
        uint8 need,
        uint8 flags,
        Profile memory p,
        Rule[3] memory rules
    ) internal pure returns (bytes32) {
        uint256 w = (uint256(bodies) << 248) | (uint256(need) << 240) | (uint256(flags) << 232);
        w |= (uint256(p.reviewDays) * 1 days) << 208;
        w |= (uint256(p.extensionDays) * 1 days) << 184;
        w |= (uint256(p.holdHours) * 1 hours) << 160;
        for (uint256 i = 0; i < 3; ++i) {
            if (bodies & (1 << i) == 0) continue;
            w |= uint256(rules[i].quorumBps) << (144 - 32 * i);
            w |= uint256(rules[i].approvalBps) << (128 - 32 * i);
        }
        return bytes32(w);
    }

    function sameRule(uint16 quorumBps, uint16 approvalBps) internal pure returns (Rule[3] memory rules) {
        for (uint256 i = 0; i < 3; ++i) {
            rules[i] = Rule(quorumBps, approvalBps);
        }
    }

    function profile(
        uint8 reviewDays,
        uint8 extensionDays,
        uint8 holdHours,
        bool silenceApproves
    ) internal pure returns (Profile memory p) {
        p.reviewDays = reviewDays;
        p.extensionDays = extensionDays;
        p.holdHours = holdHours;
        p.silenceApproves = silenceApproves;
        p.arbitrationDays = 42;
        p.maxRounds = 3;
        p.deadlockBps = 5_000;
    }

    function seatBytes() internal view returns (bytes memory data) {
        for (uint256 i = 0; i < members.length; ++i) {
            data = bytes.concat(data, bytes20(members[i].id), bytes2(members[i].weight), bytes1(members[i].flags));
        }
    }

    /// @dev Signed bytes of one policy for one milestone.
    function policyBytes(bytes32 policy, bytes memory oracleEntry) internal view returns (bytes memory) {
        return
            bytes.concat(
                bytes1(uint8(1)),
                bytes1(uint8(1)),
                bytes1(uint8(1)),
                bytes1(uint8(members.length)),
                policy,
                oracleEntry,
                bytes1(uint8(0)),
                seatBytes()
            );
    }

    /// @dev Registers one policy over `bodies` with equal thresholds, as the escrow's factory (this test).
    function registerSimple(
        uint8 bodies,
        uint8 need,
        uint8 flags,
        Profile memory p,
        uint16 quorumBps,
        uint16 approvalBps
    ) internal {
        escrow.setProfile(0, p);
        gate.register(address(escrow), policyBytes(word(bodies, need, flags, p, sameRule(quorumBps, approvalBps)), ""));
    }

    // --------------------------------------------------------------------------------------------------------- ballots

    function reviewKey(uint8 round) internal view returns (IMilestoneGate.Key memory) {
        return IMilestoneGate.Key(address(escrow), 0, round, 0, 10_000, DIGEST);
    }

    function ballotId(IMilestoneGate.Key memory key) internal pure returns (bytes32) {
        return keccak256(abi.encode(key));
    }

    function castAs(address id, IMilestoneGate.Key memory key, bool approve) internal {
        uint8 seat = seatOf(id);
        vm.prank(id);
        gate.cast(key, seat, approve, approve ? bytes32(0) : REASON);
    }

    /// @dev 65 bytes r, s, v of a plain key.
    function signBallot(
        IMilestoneGate.Key memory key,
        uint256 privateKey,
        bool approve,
        bytes32 reason
    ) internal view returns (bytes memory) {
        bytes32 hash = gate.hashBallot(key, approve, reason, address(0));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, hash);
        return abi.encodePacked(r, s, v);
    }

    /// @dev 65 bytes of a compact Yes: seat, r, and s with the parity of v in the top bit.
    function compactYes(
        IMilestoneGate.Key memory key,
        uint256 privateKey,
        uint8 seat
    ) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, gate.hashBallot(key, true, 0, address(0)));
        return abi.encodePacked(seat, r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function statusOf(IMilestoneGate.Key memory key) internal view returns (uint256) {
        return uint256(gate.status(key).status);
    }

    function expectStatus(
        IMilestoneGate.Key memory key,
        IMilestoneGate.Status expected,
        string memory what
    ) internal view {
        eq(statusOf(key), uint256(expected), what);
    }

    // ----------------------------------------------------------------------------------------------------- arbitration

    struct LadderTerms {
        uint8 panelPolicy;
        address fallbackArbitrator;
        uint96 fee;
        uint96 bond;
        uint16 settleFeeBps;
    }

    /// @dev Signed bytes of the default windows.
    function ladderBytes(LadderTerms memory t) internal view returns (bytes memory) {
        return
            bytes.concat(
                abi.encodePacked(
                    uint8(1),
                    t.panelPolicy,
                    arbitrator,
                    t.fallbackArbitrator,
                    t.fee,
                    t.bond,
                    t.settleFeeBps
                ),
                abi.encodePacked(
                    uint24(5 days),
                    uint24(3 days),
                    uint24(2 days),
                    uint24(3 days),
                    uint24(5 days),
                    uint24(14 days),
                    uint24(7 days)
                )
            );
    }
}
