// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev What can be signed and what cannot: Register.tree.
contract RegisterTest is GateFixture {
    Profile private _profile;

    function setUp() public {
        deployAll();
        addMember(1, CLIENTS, 1);
        addMember(2, PANEL, 2);
        addMember(3, REVIEWERS, 3);
        _profile = profile(10, 2, 48, false);
        escrow.setProfile(0, _profile);
    }

    function _word(uint8 bodies, uint8 need, uint8 flags) private view returns (bytes32) {
        return word(bodies, need, flags, _profile, sameRule(5_001, 5_001));
    }

    function _refuse(bytes memory policy, bytes memory reason) private {
        vm.expectRevert(reason);
        gate.register(address(escrow), policy);
    }

    /// @dev The same word with 16 bits at `shift` replaced.
    function _with(bytes32 policy, uint256 shift, uint16 value) private pure returns (bytes32) {
        return bytes32((uint256(policy) & ~(uint256(0xffff) << shift)) | (uint256(value) << shift));
    }

    function test_RevertWhen_Stranger() public {
        bytes memory policy = policyBytes(_word(1, 1, 0), "");
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotEscrow.selector, address(escrow), STRANGER));
        gate.register(address(escrow), policy);
        vm.prank(address(escrow));
        gate.register(address(escrow), policy);
    }

    function test_RevertWhen_Malformed() public {
        bytes memory good = policyBytes(_word(1, 1, 0), "");
        _refuse("", abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 0, 4));
        _refuse(hex"02010100", abi.encodeWithSelector(IMilestoneGate.Gate_BadCodec.selector, 2));
        _refuse(hex"01000100", abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 0));
        _refuse(hex"01110100", abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 17));
        _refuse(hex"01010200", abi.encodeWithSelector(IMilestoneGate.Gate_BadCount.selector, 2, 1));
        _refuse(hex"01010100", abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 4, 36));
        _refuse(
            bytes.concat(good, hex"00"),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, good.length + 1, good.length)
        );
    }

    function test_RevertWhen_SeatOrder() public {
        Member memory first = members[0];
        members[0] = members[1];
        members[1] = first;
        _refuse(policyBytes(_word(1, 1, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_SeatOrder.selector, 1));
        members[0] = first;
        _refuse(policyBytes(_word(1, 1, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_SeatOrder.selector, 1));
        members[0].id = address(0);
        _refuse(policyBytes(_word(1, 1, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_SeatOrder.selector, 0));
    }

    function test_RevertWhen_BadSeat() public {
        members[1].weight = 0;
        _refuse(policyBytes(_word(1, 1, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_ZeroWeight.selector, 1));
        members[1].weight = 1;
        uint8[4] memory bad = [3, 4, 0x40, 0x83];
        for (uint256 i = 0; i < bad.length; ++i) {
            members[1].flags = bad[i];
            _refuse(
                policyBytes(_word(1, 1, 0), ""),
                abi.encodeWithSelector(IMilestoneGate.Gate_BadSeat.selector, 1, bad[i])
            );
        }
    }

    function test_SeatLimit() public {
        for (uint256 i = 0; i < 61; ++i) {
            addMember(100 + i, PANEL, 1);
        }
        eq(members.length, 64, "seats");
        gate.register(address(escrow), policyBytes(_word(2, 1, 0), ""));
        escrow.submit(0, DIGEST);
        castAs(members[63].id, reviewKey(1), members[63].body == PANEL);
        addMember(999, PANEL, 1);
        _refuse(policyBytes(_word(2, 1, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_SeatLimit.selector, 65));
    }

    function test_RevertWhen_BadThreshold() public {
        // quorum, approval of clients at bits 144 and 128.
        uint16[2][5] memory bad = [
            [uint16(0), 6_000],
            [uint16(10_001), 6_000],
            [uint16(1), 5_000],
            [uint16(1), 10_001],
            [uint16(1), 0]
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes32 w = _with(_with(_word(1, 1, 0), 144, bad[i][0]), 128, bad[i][1]);
            _refuse(
                policyBytes(w, ""),
                abi.encodeWithSelector(IMilestoneGate.Gate_BadThreshold.selector, 0, 0, bad[i][0], bad[i][1])
            );
        }
        _refuse(
            policyBytes(_with(_word(1, 1, 0), 112, 7), ""),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadThreshold.selector, 0, 1, 7, 0)
        );
        // The limits themselves.
        gate.register(address(escrow), policyBytes(_with(_with(_word(1, 1, 0), 144, 1), 128, 5_001), ""));
        gate.register(address(escrow), policyBytes(_with(_with(_word(1, 1, 0), 144, 10_000), 128, 10_000), ""));
    }

    function test_RevertWhen_EmptyBody() public {
        uint8 seat = seatOf(vm.addr(2));
        members[seat].flags = PANEL | 0x80;
        _refuse(
            policyBytes(_word(2, 1, 0), ""),
            abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 0)
        );
        members[seat].flags = PANEL;
        members[seat].weight = 10_001;
        _refuse(
            policyBytes(_word(2, 1, 0), ""),
            abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 10_001)
        );
        members[seat].weight = 10_000;
        gate.register(address(escrow), policyBytes(_word(2, 1, 0), ""));
        // Only payees in a named body.
        address[] memory paid = new address[](1);
        paid[0] = vm.addr(2);
        escrow.setPayees(paid);
        _refuse(
            policyBytes(_word(2, 1, 0), ""),
            abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 0)
        );
        // A sum beyond 16 bits does not wrap around.
        for (uint256 i = 0; i < 3; ++i) {
            addMember(50 + i, PANEL, 65_535);
        }
        _refuse(
            policyBytes(_word(2, 1, 0), ""),
            abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 65_535)
        );
    }

    function test_RevertWhen_BadNeed() public {
        _refuse(policyBytes(_word(3, 0, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadNeed.selector, 0, 0, 2));
        _refuse(policyBytes(_word(3, 3, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadNeed.selector, 0, 3, 2));
    }

    function test_RevertWhen_BadPolicy() public {
        bytes memory entry = abi.encodePacked(address(0x0a), bytes32(uint256(1)));
        bytes32[5] memory bad = [
            _word(0, 1, 0), // nobody
            bytes32(uint256(_word(1, 1, 0)) | (uint256(16) << 248)), // an unknown body
            _word(1, 1, 4), // an unknown flag
            bytes32(uint256(_word(1, 1, 0)) | 1), // reserved bytes
            bytes32(uint256(_word(1, 1, 0)) & ~(uint256(type(uint24).max) << 208)) // no window
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            _refuse(policyBytes(bad[i], ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadPolicy.selector, 0, bad[i]));
        }
        bytes32 alone = _word(8, 1, SILENCE_APPROVES);
        _refuse(policyBytes(alone, entry), abi.encodeWithSelector(IMilestoneGate.Gate_BadPolicy.selector, 0, alone));
        // Weights are the gate's to fill in: a signed word that carries any is refused.
        bytes32 weighty = bytes32(uint256(_word(1, 1, 0)) | (uint256(1) << 48));
        _refuse(policyBytes(weighty, ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadPolicy.selector, 0, weighty));
    }

    function test_RevertWhen_BadOracle() public {
        _refuse(
            policyBytes(_word(9, 1, 0), abi.encodePacked(address(0), bytes32(uint256(1)))),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadOracle.selector, 0, address(0))
        );
        _refuse(
            policyBytes(_word(9, 1, 0), abi.encodePacked(address(0x0a), bytes32(0))),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadOracle.selector, 0, address(0x0a))
        );
    }

    function test_RevertWhen_BadChallenge() public {
        bytes memory entry = abi.encodePacked(address(0x0a), bytes32(uint256(1)));
        bytes memory reason = abi.encodeWithSelector(IMilestoneGate.Gate_BadChallenge.selector, 0, 23 hours);
        _profile = profile(10, 2, 23, false);
        escrow.setProfile(0, _profile);
        _refuse(policyBytes(_word(3, 1, 0), ""), reason);
        _refuse(policyBytes(_word(9, 2, 0), entry), reason);
        // Where nothing can be held, none is needed.
        gate.register(address(escrow), policyBytes(_word(3, 2, 0), ""));
        gate.register(address(escrow), policyBytes(_word(2, 1, 0), ""));
        _profile = profile(10, 2, 24, false);
        escrow.setProfile(0, _profile);
        gate.register(address(escrow), policyBytes(_word(3, 1, 0), ""));
    }

    function test_RevertWhen_BadWindow() public {
        bytes memory policy = policyBytes(_word(1, 1, 0), "");
        escrow.setProfile(0, profile(11, 2, 48, false));
        _refuse(policy, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 10 days, 11 days));
        escrow.setProfile(0, profile(10, 3, 48, false));
        _refuse(policy, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 2 days, 3 days));
        escrow.setProfile(0, profile(10, 2, 49, false));
        _refuse(policy, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 48 hours, 49 hours));
        escrow.setProfile(0, profile(10, 2, 48, true));
        _refuse(policy, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 0, 1));
    }

    function test_RevertWhen_UnknownPolicy() public {
        bytes memory policy = policyBytes(_word(1, 1, 0), "");
        policy[36] = 0x01;
        _refuse(policy, abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 1));
        gate.register(address(escrow), policyBytes(_word(1, 1, 0), ""));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 1));
        gate.policyWord(address(escrow), 1);
    }

    function test_Registers() public {
        addSeat(0, contributor, PANEL, 7, PANEL);
        bytes memory policy = policyBytes(_word(7, 2, 0), "");
        bytes memory stored = bytes.concat(policy);
        (stored[29], stored[31], stored[33]) = (0x01, 0x02, 0x03);
        stored[37 + 23 * (uint256(seatOf(contributor)) + 1) - 1] = 0x81;
        vm.expectEmit(true, true, false, true, address(gate));
        emit IMilestoneGate.RosterRegistered(address(escrow), 1, stored);
        gate.register(address(escrow), policy);
        (uint8 version, address pointer) = gate.roster(address(escrow));
        eq(version, 1, "version");
        eq(keccak256(pointer.code), keccak256(bytes.concat(hex"00", stored)), "as code behind a zero byte");
        eq(keccak256(gate.rosterBytes(address(escrow), 1)), keccak256(stored), "bytes");
        isTrue(uint48(uint256(gate.policyWord(address(escrow), 0)) >> 16) == 0x000100020003, "weights");
    }

    function test_NewVersion() public {
        gate.register(address(escrow), policyBytes(_word(1, 1, 0), ""));
        escrow.submit(0, DIGEST);
        addMember(9, CLIENTS, 1);
        gate.register(address(escrow), policyBytes(_word(1, 1, 0), ""));
        eq(gate.status(reviewKey(1)).eligible[CLIENTS], 1, "an open ballot keeps its roster");
        escrow.submit(0, DIGEST);
        eq(gate.status(reviewKey(2)).eligible[CLIENTS], 2, "the next one has the new");
        eq(gate.status(reviewKey(2)).version, 2, "version");
    }

    function test_Versions() public {
        bytes memory policy = policyBytes(_word(1, 1, 0), "");
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, address(escrow), 0));
        gate.policyWord(address(escrow), 0);
        for (uint256 i = 0; i < 255; ++i) {
            gate.register(address(escrow), policy);
        }
        _refuse(policy, abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, address(escrow), 256));
        eq(gate.rosterBytes(address(escrow), 7).length, policy.length, "older ones can be read");
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, STRANGER, 3));
        gate.rosterBytes(STRANGER, 3);
    }

    function test_OpenTwice() public {
        gate.register(address(escrow), policyBytes(_word(1, 1, 0), ""));
        escrow.submit(0, DIGEST);
        bytes32 id = ballotId(reviewKey(1));
        vm.prank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BallotExists.selector, id));
        gate.open(0, 1, DIGEST, 0);
    }

    function test_OpenWithoutRoster() public {
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, address(this), 0));
        gate.open(0, 1, DIGEST, 0);
        gate.register(address(escrow), policyBytes(_word(1, 1, 0), ""));
        vm.prank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadCount.selector, 1, 1));
        gate.open(1, 1, DIGEST, 0);
    }

    function test_OpenByStranger() public {
        gate.register(address(escrow), policyBytes(_word(1, 1, 0), ""));
        // Registered for itself, a stranger's ballot carries its own address and touches nobody else's.
        gate.register(address(this), policyBytes(_word(1, 1, 0), ""));
        gate.open(0, 1, DIGEST, 0);
        expectStatus(reviewKey(1), IMilestoneGate.Status.None, "the project's ballot is not open");
    }

    // What `register` reads of this test as an escrow of its own.
    function terms() external pure returns (uint256[10] memory t) {
        t[6] = 1;
    }

    function payees() external pure returns (address[] memory, uint16[] memory) {
        return (new address[](0), new uint16[](0));
    }

    function profile(uint8) external view returns (Profile memory) {
        return _profile;
    }

    function test_HoldsNothing() public {
        (bool ok, ) = address(gate).call{value: 0}("");
        isTrue(!ok, "no fallback");
        vm.deal(address(this), 1);
        (ok, ) = address(gate).call{value: 1}("");
        isTrue(!ok, "no ether");
        eq(token.balanceOf(address(gate)), 0, "no token");
    }
}
