// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Profile, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {IPolicyBook} from "../../../src/interfaces/IPolicyBook.sol";
import {EscrowDouble} from "./EscrowDouble.sol";
import {ProjectCheck} from "./ProjectCheck.sol";
import {TestBase, Vm} from "./Vm.sol";

/// @dev The test's own copy of the token's calls.
interface IToken {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
    function setBlocked(address account, bool value) external;
    function transfer(address to, uint256 amount) external returns (bool);
}

/// @dev One project on the reference escrow with people who can sign. Seats are added in any order and sorted by id; those of
/// people who are paid are flagged, as a draft does.
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

    /// @dev What a project's terms say of its policies; the seats are `members`.
    struct Draft {
        bytes32[] words;
        address[] oracles;
        bytes32[] criteria;
        Profile[] profiles;
        uint8[] pairs;
        bytes ladder;
    }

    IPolicyBook internal book;
    IMilestoneGate internal gate;
    IArbitration internal arbitration;
    EscrowDouble internal escrow;
    IToken internal token;
    address internal verifier;
    address internal client = address(0xc11e);
    address internal contributor = address(0x1ead);
    address internal arbitrator = address(0xada);
    Member[] internal members;
    /// @dev Payees; none: the contributor alone.
    address[] internal paid;
    ProjectCheck internal projectCheck;
    EscrowDouble private _double;

    function deployAll() internal {
        vm.warp(START);
        verifier = deployCode("ERC7913WebAuthnVerifier.sol:ERC7913WebAuthnVerifier", "");
        book = IPolicyBook(deployCode("PolicyBook.sol:PolicyBook", ""));
        gate = IMilestoneGate(deployCode("MilestoneGate.sol:MilestoneGate", abi.encode(verifier, book)));
        arbitration = IArbitration(deployCode("Arbitration.sol:Arbitration", abi.encode(book)));
        token = IToken(deployCode("TestToken.sol:TestToken", abi.encode(address(this))));
        projectCheck = new ProjectCheck();
        _double = new EscrowDouble();
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

    // --------------------------------------------------------------------------------------------------------- project

    function isPaid(address account) internal view returns (bool) {
        if (account == contributor) return true;
        for (uint256 i = 0; i < paid.length; ++i) {
            if (paid[i] == account) return true;
        }
        return false;
    }

    /// @dev Weights of the three bodies and the seats; nothing without seats.
    function seatBytes() internal view returns (bytes memory data) {
        if (members.length == 0) return "";
        uint256[3] memory sums;
        for (uint256 i = 0; i < members.length; ++i) {
            Member memory m = members[i];
            if (isPaid(m.id)) m.flags |= 0x80;
            if (m.flags & 0x80 == 0) sums[m.flags & 3] += m.weight;
            data = bytes.concat(data, bytes20(m.id), bytes2(m.weight), bytes1(m.flags));
        }
        return bytes.concat(bytes2(uint16(sums[0])), bytes2(uint16(sums[1])), bytes2(uint16(sums[2])), data);
    }

    /// @dev Roster bytes of a change order.
    function rosterBytes(bytes32[] memory criteria) internal view returns (bytes memory) {
        return
            bytes.concat(
                bytes1(uint8(criteria.length)),
                bytes1(uint8(members.length)),
                abi.encodePacked(criteria),
                seatBytes()
            );
    }

    /// @dev Shared bytes of policies.
    function gateBytes(bytes32[] memory words, address[] memory oracles) internal pure returns (bytes memory data) {
        data = bytes.concat(hex"01", bytes1(uint8(words.length)), abi.encodePacked(words));
        for (uint256 i = 0; i < oracles.length; ++i) {
            data = bytes.concat(data, bytes20(oracles[i]));
        }
    }

    function profileBytes(Profile memory p) internal pure returns (bytes memory) {
        return
            bytes.concat(
                abi.encodePacked(p.reviewDays, p.extensionDays, p.holdHours, p.reworkDays, p.graceDays, p.lateDays),
                abi.encodePacked(p.arbitrationDays, (p.silenceApproves ? 0x80 : 0) | p.maxRounds),
                abi.encodePacked(p.killBps, p.holdbackBps, p.lateDailyBps, p.lateCapBps, p.deadlockBps)
            );
    }

    /// @dev Terms as the factory takes them.
    function argsOf(Draft memory d, bytes32 policyHash) internal view returns (bytes memory args) {
        args = abi.encodePacked(
            uint8(1),
            uint8(d.pairs.length),
            uint8(paid.length),
            uint8(0),
            uint8(d.profiles.length)
        );
        args = abi.encodePacked(args, uint8(d.criteria.length), uint8(members.length), uint32(0), uint40(START));
        args = abi.encodePacked(args, address(token), client, contributor, keccak256("terms"), policyHash);
        for (uint256 i = 0; i < paid.length; ++i) {
            args = abi.encodePacked(args, paid[i], uint16(1));
        }
        for (uint256 i = 0; i < d.profiles.length; ++i) {
            args = bytes.concat(args, profileBytes(d.profiles[i]));
        }
        for (uint256 m = 0; m < d.pairs.length; ++m) {
            args = abi.encodePacked(args, uint96(1_000_000_000), uint32(0), d.pairs[m]);
        }
        args = bytes.concat(args, abi.encodePacked(d.criteria), seatBytes());
    }

    function pairsOf(Draft memory d) internal pure returns (uint256 pairs) {
        for (uint256 m = 0; m < d.pairs.length; ++m) {
            pairs |= 1 << d.pairs[m];
        }
    }

    /// @dev What the factory does: records the policies, checks the project, clones.
    function createProject(Draft memory d) internal {
        bytes32 policyHash = book.record(gateBytes(d.words, d.oracles), d.ladder);
        bytes memory args = argsOf(d, policyHash);
        projectCheck.check(args, pairsOf(d), book.addressOf(policyHash).code);
        escrow = cloneOf(args, d);
    }

    /// @dev Any terms, checked by nobody.
    function cloneOf(bytes memory args, Draft memory d) internal returns (EscrowDouble made) {
        made = EscrowDouble(Clones.cloneWithImmutableArgs(address(_double), args));
        made.init(
            EscrowDouble.Setup({
                gate: address(gate),
                arbitration: address(arbitration),
                token: address(token),
                client: client,
                contributor: contributor,
                payees: paid,
                profiles: d.profiles,
                pairs: d.pairs
            })
        );
    }

    /// @dev One policy, one profile, one milestone, no panel in disputes.
    function draftOf(bytes32 policy, Profile memory p) internal view returns (Draft memory d) {
        d.words = new bytes32[](1);
        d.words[0] = policy;
        d.profiles = new Profile[](1);
        d.profiles[0] = p;
        d.pairs = new uint8[](1);
        d.ladder = ladderBytes(LadderTerms(255, address(0), 0, 0, 0));
    }

    /// @dev The same with the oracle that the policy names.
    function oracleDraft(
        bytes32 policy,
        Profile memory p,
        address oracle_,
        bytes32 criteria
    ) internal view returns (Draft memory d) {
        d = draftOf(policy, p);
        (d.oracles, d.criteria) = (new address[](1), new bytes32[](1));
        (d.oracles[0], d.criteria[0]) = (oracle_, criteria);
    }

    /// @dev A project of one policy over `bodies` with equal thresholds.
    function createSimple(
        uint8 bodies,
        uint8 need,
        uint8 flags,
        Profile memory p,
        uint16 quorumBps,
        uint16 approvalBps
    ) internal {
        createProject(draftOf(word(bodies, need, flags, p, sameRule(quorumBps, approvalBps)), p));
    }

    /// @dev A change order: the draft's policies and the members of today, for ballots opened later.
    function amendTo(Draft memory d) internal {
        escrow.amend(
            keccak256(abi.encode(gateBytes(d.words, d.oracles), d.ladder)),
            rosterBytes(d.criteria),
            gateBytes(d.words, d.oracles),
            d.ladder
        );
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

    /// @dev The ballot's word, or the one that what was logged since `vm.recordLogs` decided it with.
    function lastWord(bytes32 ballot) internal returns (uint256 word) {
        word = gate.ballotWord(ballot);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            bool decided = logs[i].topics[0] == IMilestoneGate.BallotDecided.selector && logs[i].topics[1] == ballot;
            if (decided) (, , word) = abi.decode(logs[i].data, (uint8, uint16, uint256));
        }
    }

    /// @dev Status of a ballot; of a review that ended without a slot what its escrow says.
    function statusOf(IMilestoneGate.Key memory key) internal view returns (uint256) {
        IMilestoneGate.Status status = gate.status(key).status;
        if (status != IMilestoneGate.Status.None || key.question != 0 || key.payBps != 10_000) return uint256(status);
        (State state, uint8 round, bytes32 digest, , ) = escrow.submission(key.milestone);
        if (round != key.round || digest != key.digest) return uint256(status);
        if (state == State.Released) return uint256(IMilestoneGate.Status.Approved);
        if (state == State.Rejected) return uint256(IMilestoneGate.Status.Rejected);
        return uint256(state == State.Disputed ? IMilestoneGate.Status.Escalated : status);
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
