// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {IMilestoneEscrow, Milestone, Profile, State, Terms} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {EscrowWords, IEscrowWords} from "../../../src/approval/EscrowWords.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev The vectors of packages/protocol (gate-policy.spec.ts, arbitration-policy.spec.ts, ballot.spec.ts): Vectors.tree.
contract VectorsTest is GateFixture {
    bytes private constant GATE_BYTES =
        hex"01040901030d2f0002a30002a300138913890000000000000000000000000000000003010006978000000003f4800fa017700f"
        hex"a0177000000000000000000000000009010206978000000003f48013891389000000000000000000000000000000000201010d"
        hex"2f0002a30002a3000000000017701770000000000000000000000000000000000000000000000000000000000000000a000000"
        hex"000000000000000000000000000000000a";
    bytes private constant ROSTER_BYTES =
        hex"0204000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000"
        hex"00000000000000000000000000000c003800010003000000000000000000000000000000000000001000380000000000000000"
        hex"000000000000000000000000110003020000000000000000000000000000000000000020000181000000000000000000000000"
        hex"0000000000000030000101";
    bytes private constant LADDER_BYTES =
        hex"010300000000000000000000000000000000000000ad00000000000000000000000000000000000000fa0000000000000000"
        hex"47868c00000000000000000002faf08109c406978003f48002a30003f480069780127500093a80";

    function setUp() public {
        deployAll();
    }

    function test_GatePolicyVector() public {
        addSeat(0, address(0x10), CLIENTS, 56, CLIENTS);
        addSeat(0, address(0x11), REVIEWERS, 3, REVIEWERS);
        addSeat(0, address(0x20), PANEL, 1, PANEL | 0x80);
        addSeat(0, address(0x30), PANEL, 1, PANEL);
        Draft memory d;
        (d.oracles, d.criteria) = (new address[](2), new bytes32[](2));
        (d.criteria[0], d.criteria[1]) = (bytes32(uint256(12)), bytes32(uint256(12)));
        eq(keccak256(rosterBytes(d.criteria)), keccak256(ROSTER_BYTES), "roster bytes");
        d.profiles = new Profile[](2);
        (d.profiles[0], d.profiles[1]) = (profile(10, 2, 48, true), profile(5, 0, 72, false));
        d.pairs = new uint8[](3);
        (d.pairs[0], d.pairs[1], d.pairs[2]) = (0x00, 0x11, 0x21);
        bytes32 policyHash = book.record(GATE_BYTES, LADDER_BYTES);
        eq(policyHash, keccak256(abi.encode(GATE_BYTES, LADDER_BYTES)), "policyHash");
        bytes memory args = argsOf(d, policyHash);
        projectCheck.check(args, pairsOf(d), book.addressOf(policyHash).code);
        escrow = cloneOf(args, d);
        eq(
            keccak256(gate.rosterBytes(address(escrow), 1)),
            keccak256(bytes.concat(policyHash, ROSTER_BYTES)),
            "version 1 is the end of the terms"
        );
        (bool found, uint8 index, uint8 body, uint16 weight, bool excluded) = gate.seatOf(
            address(escrow),
            address(0x20)
        );
        isTrue(found && index == 2 && body == PANEL && weight == 1 && excluded, "seat 2");
        (found, , , , ) = gate.seatOf(address(escrow), address(0x99));
        isTrue(!found, "no seat");
        isTrue(uint48(uint256(gate.policyWord(address(escrow), 3)) >> 16) == 0x003800010003, "weights");
        vm.prank(address(escrow));
        arbitration.open(0, 1, 0, 0, 1);
        IArbitration.Policy memory p = arbitration.policyOf(arbitration.disputeIdOf(address(escrow), 0, 1));
        eq(p.panelPolicy, 3, "panelPolicy");
        eq(p.arbitrator, address(0xad), "arbitrator");
        eq(p.fallbackArbitrator, address(0xfa), "fallback");
        eq(p.fee, 1_200_000_000, "fee");
        eq(p.bond, 50_000_001, "bond");
        eq(p.settleFeeBps, 2_500, "settleFeeBps");
        eq(p.negotiate + p.panel + p.panelExtension + p.appeal, 13 days, "first windows");
        eq(uint256(p.deposit) + p.ruling + p.fallbackWindow, 26 days, "last windows");
    }

    function test_BallotVector() public {
        // The same contract at the vector's address; the domain follows the address.
        vm.etch(address(0x6a7e), address(gate).code);
        IMilestoneGate other = IMilestoneGate(address(0x6a7e));
        IMilestoneGate.Key memory key = IMilestoneGate.Key(address(0xe5c), 2, 1, 0, 10_000, bytes32(uint256(0xd1)));
        eq(ballotId(key), 0x27071a26fe452696f479875efc32fd1f8f5fde35af558cc5fc40b7512b61ec39, "id");
        eq(
            other.hashBallot(key, true, 0, address(0)),
            0x0dafad6c17daae78b7aaee55a6e14e95b8f743b3c31c9cb81a84aa181e054035,
            "yes"
        );
        eq(
            other.hashBallot(key, false, bytes32(uint256(0x4e)), address(0x11)),
            0x40f07e9970d88452646e3ddbbf3b7dbe52acbde4cbff1b2970fac001439a9feb,
            "no"
        );
        eq(
            arbitration.disputeIdOf(address(0xe5c), 2, 1),
            0xf582aa87b8a8a0fffb2441cc692e5906e3b669e4c6e88f5da80840d7f6992d39,
            "dispute"
        );
        vm.chainId(1);
        isTrue(
            other.hashBallot(key, true, 0, address(0)) !=
                0x0dafad6c17daae78b7aaee55a6e14e95b8f743b3c31c9cb81a84aa181e054035,
            "another chain"
        );
        vm.chainId(31337);
    }

    function test_EscrowWords() public {
        addMember(1, CLIENTS, 1);
        Profile memory p = profile(11, 3, 49, true);
        Draft memory d = draftOf(word(1, 1, SILENCE_APPROVES, p, sameRule(5_001, 5_001)), p);
        d.words = new bytes32[](2);
        d.words[0] = word(1, 1, 0, p, sameRule(5_001, 5_001));
        d.words[1] = word(1, 1, SILENCE_APPROVES, p, sameRule(5_001, 5_001));
        d.profiles = new Profile[](2);
        (d.profiles[0], d.profiles[1]) = (p, p);
        d.pairs[0] = 0x11;
        createProject(d);
        escrow.submit(0, DIGEST);
        IMilestoneEscrow typed = IMilestoneEscrow(address(escrow));
        IEscrowWords words = IEscrowWords(address(escrow));
        Milestone memory m = typed.milestone(0);
        (uint256 state, uint256 round, bytes32 digest, uint256 clock, uint256 policy) = words.submission(0);
        eq(state, uint256(m.state), "state");
        eq(state, uint256(State.Submitted), "submitted");
        eq(round, m.round, "round");
        eq(digest, m.digest, "digest");
        eq(clock, m.clock, "clock");
        eq(policy, m.policy, "policy");
        eq(policy, 1, "policy 1");
        uint256[13] memory mw = words.milestone(0);
        eq(mw[EscrowWords.MILESTONE_STATE], state, "state of the milestone");
        eq(mw[EscrowWords.MILESTONE_PROFILE], m.profile, "profile");
        eq(mw[EscrowWords.MILESTONE_POLICY], m.policy, "policy of the milestone");
        Terms memory t = typed.terms();
        uint256[10] memory tw = words.terms();
        eq(tw[EscrowWords.TERMS_MILESTONES], t.milestones, "milestones");
        uint256[5] memory cw = words.warrantyClaim();
        eq(cw[EscrowWords.CLAIM_STATE] + cw[EscrowWords.CLAIM_ROUND], 0, "no claim");
    }
}
