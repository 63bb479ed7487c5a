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
        hex"010403040901030d2f0002a30002a300138913890000000000000000000000000000000003010006978000000003f4800fa0"
        hex"17700fa0177000000000000000000000000009010206978000000003f4801389138900000000000000000000000000000000"
        hex"0201010d2f0002a30002a3000000000017701770000000000000000000000000000000000000000000000000000000000000"
        hex"000a000000000000000000000000000000000000000000000000000000000000000c00000000000000000000000000000000"
        hex"0000000a000000000000000000000000000000000000000000000000000000000000000c0001020000000000000000000000"
        hex"0000000000000000100038000000000000000000000000000000000000000011000302000000000000000000000000000000"
        hex"00000000200001810000000000000000000000000000000000000030000101";
    bytes private constant LADDER_BYTES =
        hex"010300000000000000000000000000000000000000ad00000000000000000000000000000000000000fa0000000000000000"
        hex"47868c00000000000000000002faf08109c406978003f48002a30003f480069780127500093a80";

    function setUp() public {
        deployAll();
    }

    function test_GatePolicyVector() public {
        escrow.setProfile(0, profile(10, 2, 48, true));
        escrow.setProfile(1, profile(5, 0, 72, false));
        escrow.setProfile(2, profile(5, 0, 72, false));
        gate.register(address(escrow), GATE_BYTES);
        // Stored: the same bytes with W of clients, panel, reviewers in bytes 24 to 29 of each word.
        bytes memory expected = GATE_BYTES;
        for (uint256 i = 0; i < 4; ++i) {
            (expected[29 + 32 * i], expected[31 + 32 * i], expected[33 + 32 * i]) = (0x38, 0x01, 0x03);
        }
        eq(keccak256(gate.rosterBytes(address(escrow), 1)), keccak256(expected), "stored bytes");
        (bool found, uint8 index, uint8 body, uint16 weight, bool excluded) = gate.seatOf(
            address(escrow),
            address(0x20)
        );
        isTrue(found && index == 2 && body == PANEL && weight == 1 && excluded, "seat 2");
        (found, , , , ) = gate.seatOf(address(escrow), address(0x99));
        isTrue(!found, "no seat");
        arbitration.register(address(escrow), LADDER_BYTES);
        IArbitration.Policy memory p = arbitration.ladder(address(escrow));
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
        escrow.setProfile(0, profile(11, 3, 49, true));
        registerNothing();
        escrow.submit(0, DIGEST);
        IMilestoneEscrow typed = IMilestoneEscrow(address(escrow));
        IEscrowWords words = IEscrowWords(address(escrow));
        Milestone memory m = typed.milestone(0);
        (uint256 state, uint256 round, bytes32 digest) = words.submission(0);
        eq(state, uint256(m.state), "state");
        eq(state, uint256(State.Submitted), "submitted");
        eq(round, m.round, "round");
        eq(digest, m.digest, "digest");
        Terms memory t = typed.terms();
        uint256[10] memory tw = words.terms();
        eq(address(uint160(tw[EscrowWords.TERMS_CONTRIBUTOR])), t.contributor, "contributor");
        eq(tw[EscrowWords.TERMS_MILESTONES], t.milestones, "milestones");
        Profile memory p = typed.profile(0);
        uint256[14] memory pw = words.profile(0);
        eq(pw[EscrowWords.PROFILE_REVIEW_DAYS], p.reviewDays, "reviewDays");
        eq(pw[EscrowWords.PROFILE_EXTENSION_DAYS], p.extensionDays, "extensionDays");
        eq(pw[EscrowWords.PROFILE_HOLD_HOURS], p.holdHours, "holdHours");
        eq(pw[EscrowWords.PROFILE_SILENCE_APPROVES], 1, "silence");
        uint256[5] memory cw = words.warrantyClaim();
        eq(cw[EscrowWords.CLAIM_STATE] + cw[EscrowWords.CLAIM_ROUND], 0, "no claim");
    }

    function registerNothing() private {
        addMember(1, CLIENTS, 1);
        registerSimple(1, 1, SILENCE_APPROVES, profile(11, 3, 49, true), 5_001, 5_001);
    }
}
