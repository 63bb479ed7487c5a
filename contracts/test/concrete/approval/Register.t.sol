// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Factory_PolicyMismatch} from "../../../src/escrow/Errors.sol";
import {Profile, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {EscrowDouble} from "../../support/approval/EscrowDouble.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev Which project can be signed under shared policies, and its rosters: Register.tree.
contract RegisterTest is GateFixture {
    Profile private _profile;

    function setUp() public {
        deployAll();
        addMember(1, CLIENTS, 1);
        addMember(2, PANEL, 2);
        addMember(3, REVIEWERS, 3);
        _profile = profile(10, 2, 48, false);
    }

    function _word(uint8 bodies, uint8 need) private view returns (bytes32) {
        return word(bodies, need, 0, _profile, sameRule(5_001, 5_001));
    }

    function _draft(uint8 bodies) private view returns (Draft memory) {
        return draftOf(_word(bodies, 1), _profile);
    }

    /// @dev Refused at creation; with a change order's roster, too.
    function _refuse(Draft memory d, bytes memory reason) private {
        bytes32 policyHash = book.record(gateBytes(d.words, d.oracles), d.ladder);
        _refuseArgs(argsOf(d, policyHash), d, policyHash, reason);
    }

    function _refuseArgs(bytes memory args, Draft memory d, bytes32 policyHash, bytes memory reason) private {
        bytes memory record = book.addressOf(policyHash).code;
        vm.expectRevert(reason);
        projectCheck.check(args, pairsOf(d), record);
        EscrowDouble other = cloneOf(args, d);
        vm.prank(address(other));
        vm.expectRevert(reason);
        gate.recheck();
    }

    function _seatError(bytes4 selector, uint256 seat) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, seat);
    }

    function test_RevertWhen_SeatOrder() public {
        Member memory first = members[0];
        members[0] = members[1];
        members[1] = first;
        _refuse(_draft(1), _seatError(IMilestoneGate.Gate_SeatOrder.selector, 1));
        members[0] = first;
        _refuse(_draft(1), _seatError(IMilestoneGate.Gate_SeatOrder.selector, 1));
        members[0].id = address(0);
        _refuse(_draft(1), _seatError(IMilestoneGate.Gate_SeatOrder.selector, 0));
    }

    function test_RevertWhen_BadSeat() public {
        members[1].weight = 0;
        _refuse(_draft(1), _seatError(IMilestoneGate.Gate_ZeroWeight.selector, 1));
        members[1].weight = 1;
        Draft memory d = _draft(1);
        bytes32 policyHash = book.record(gateBytes(d.words, d.oracles), d.ladder);
        uint8[4] memory bad = [3, 4, 0x40, 0x83];
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes memory args = argsOf(d, policyHash);
            args[args.length - 23 - 1] = bytes1(bad[i]);
            _refuseArgs(args, d, policyHash, abi.encodeWithSelector(IMilestoneGate.Gate_BadSeat.selector, 1, bad[i]));
        }
    }

    function test_SeatLimit() public {
        for (uint256 i = 0; i < 61; ++i) {
            addMember(100 + i, PANEL, 1);
        }
        eq(members.length, 64, "seats");
        createProject(_draft(2));
        escrow.submit(0, DIGEST);
        for (uint8 i = 63; i > 60; --i) {
            if (members[i].body == PANEL) castAs(members[i].id, reviewKey(1), true);
        }
        isTrue(gate.status(reviewKey(1)).voted >> 61 != 0, "the last seats vote");
        addMember(999, PANEL, 1);
        _refuse(_draft(2), abi.encodeWithSelector(IMilestoneGate.Gate_SeatLimit.selector, 65));
    }

    function test_RevertWhen_SeatNotExcluded() public {
        // Payees first, flagged by the fixture; then the same seats with the flag taken away.
        address payee = vm.addr(2);
        paid.push(payee);
        paid.push(contributor);
        Draft memory d = _draft(1);
        bytes32 policyHash = book.record(gateBytes(d.words, d.oracles), d.ladder);
        uint8 seat = seatOf(payee);
        bytes memory args = argsOf(d, policyHash);
        projectCheck.check(args, pairsOf(d), book.addressOf(policyHash).code);
        args[args.length - 23 * (members.length - seat) + 22] = bytes1(PANEL);
        _refuseArgs(
            args,
            d,
            policyHash,
            abi.encodeWithSelector(IMilestoneGate.Gate_SeatNotExcluded.selector, seat, payee)
        );
        // The contributor without being listed.
        delete paid;
        addSeat(0, contributor, PANEL, 1, PANEL);
        seat = seatOf(contributor);
        args = argsOf(d, policyHash);
        args[args.length - 23 * (members.length - seat) + 22] = bytes1(PANEL);
        _refuseArgs(
            args,
            d,
            policyHash,
            abi.encodeWithSelector(IMilestoneGate.Gate_SeatNotExcluded.selector, seat, contributor)
        );
        // A client that is paid cannot be the one seat.
        delete members;
        paid.push(client);
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_SeatNotExcluded.selector, 0, client));
    }

    function test_RevertWhen_BadWeights() public {
        Draft memory d = _draft(1);
        bytes32 policyHash = book.record(gateBytes(d.words, d.oracles), d.ladder);
        for (uint256 body = 0; body < 3; ++body) {
            bytes memory args = argsOf(d, policyHash);
            args[args.length - 23 * 3 - 6 + 2 * body + 1] = bytes1(uint8(9));
            _refuseArgs(
                args,
                d,
                policyHash,
                abi.encodeWithSelector(IMilestoneGate.Gate_BadWeights.selector, body, 9, body + 1)
            );
        }
        // A sum beyond 16 bits does not wrap around.
        members[seatOf(vm.addr(2))].weight = 65_535;
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 65_535), 2);
        addMember(50, PANEL, 1);
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadWeights.selector, 1, 0, 65_536));
    }

    /// @dev The same draft over other bodies.
    function _refuse(Draft memory d, bytes memory reason, uint8 bodies) private {
        bytes32 kept = d.words[0];
        d.words[0] = _word(bodies, 1);
        _refuse(d, reason);
        d.words[0] = kept;
    }

    function test_RevertWhen_EmptyBody() public {
        uint8 seat = seatOf(vm.addr(2));
        members[seat].flags = PANEL | 0x80;
        _refuse(_draft(2), abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 0));
        members[seat].flags = PANEL;
        members[seat].weight = 10_001;
        _refuse(_draft(2), abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 10_001));
        members[seat].weight = 10_000;
        createProject(_draft(2));
        // A body that no milestone's policy names may be empty.
        Draft memory d = _draft(1);
        members[seat].flags = PANEL | 0x80;
        createProject(d);
        d.words = new bytes32[](2);
        (d.words[0], d.words[1]) = (_word(1, 1), _word(2, 1));
        createProject(d);
        // The panel that disputes ask may not.
        d.ladder = ladderBytes(LadderTerms(1, address(0), 0, 0, 0));
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 1, 1, 0));
        // Without seats there are clients only.
        delete members;
        _refuse(_draft(2), abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, 0, 1, 0));
    }

    function test_RevertWhen_BadCriteria() public {
        Draft memory d = oracleDraft(_word(9, 1), _profile, address(0x0a), bytes32(uint256(1)));
        createProject(d);
        d.criteria[0] = 0;
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadOracle.selector, 0, address(0x0a)));
        d.criteria = new bytes32[](0);
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadCriteria.selector, 0, 1));
        d.criteria = new bytes32[](2);
        (d.criteria[0], d.criteria[1]) = (bytes32(uint256(1)), bytes32(uint256(2)));
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadCriteria.selector, 2, 1));
    }

    function test_RevertWhen_BadWindow() public {
        Draft memory d = _draft(1);
        d.profiles[0] = profile(11, 2, 48, false);
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 10 days, 11 days));
        d.profiles[0] = profile(10, 3, 48, false);
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 2 days, 3 days));
        d.profiles[0] = profile(10, 2, 49, false);
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 48 hours, 49 hours));
        d.profiles[0] = profile(10, 2, 48, true);
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 0, 1));
        // A profile that no milestone uses may be anything; one that any uses may not.
        d.profiles = new Profile[](2);
        (d.profiles[0], d.profiles[1]) = (_profile, profile(30, 2, 48, true));
        createProject(d);
        d.pairs = new uint8[](2);
        d.pairs[1] = 1;
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 1, 10 days, 30 days));
    }

    function test_RevertWhen_UnknownPolicy() public {
        Draft memory d = _draft(1);
        d.pairs[0] = 0x10;
        _refuse(d, abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 1));
        createProject(_draft(1));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 1));
        gate.policyWord(address(escrow), 1);
    }

    function test_VersionOne() public {
        addSeat(0, contributor, PANEL, 7, PANEL);
        Draft memory d = draftOf(_word(7, 2), _profile);
        vm.recordLogs();
        createProject(d);
        eq(vm.getRecordedLogs().length, 1, "the record's event only");
        bytes32 policyHash = keccak256(abi.encode(gateBytes(d.words, d.oracles), d.ladder));
        (uint8 version, bytes32 inForce) = gate.policyOf(address(escrow));
        eq(version, 1, "version");
        eq(inForce, policyHash, "policies");
        eq(
            keccak256(gate.rosterBytes(address(escrow), 1)),
            keccak256(bytes.concat(policyHash, rosterBytes(d.criteria))),
            "bytes"
        );
        isTrue(uint48(uint256(gate.policyWord(address(escrow), 0)) >> 16) == 0x000100020003, "weights");
        (bool found, uint8 index, uint8 body, uint16 weight, bool excluded) = gate.seatOf(address(escrow), contributor);
        isTrue(found && index == seatOf(contributor) && body == PANEL && weight == 7 && excluded, "payee's seat");
    }

    function test_ClientAlone() public {
        delete members;
        createProject(_draft(1));
        (bool found, uint8 index, uint8 body, uint16 weight, bool excluded) = gate.seatOf(address(escrow), client);
        isTrue(found && index == 0 && body == CLIENTS && weight == 1 && !excluded, "seat 0");
        (found, , , , ) = gate.seatOf(address(escrow), STRANGER);
        isTrue(!found, "nobody else");
        escrow.submit(0, DIGEST);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotSeat.selector, 0, STRANGER));
        gate.cast(reviewKey(1), 0, true, 0);
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotSeat.selector, 1, client));
        gate.cast(reviewKey(1), 1, true, 0);
        vm.prank(client);
        gate.cast(reviewKey(1), 0, true, 0);
        eq(escrow.approvals(), 1, "the client decides");
        // By change order as well.
        createProject(_draft(1));
        escrow.amend(0, hex"0000", "", "");
        escrow.submit(0, DIGEST);
        vm.prank(client);
        gate.cast(reviewKey(1), 0, true, 0);
        expectStatus(reviewKey(1), IMilestoneGate.Status.Approved, "under version 2");
    }

    function test_NewVersion() public {
        createProject(_draft(1));
        escrow.submit(0, DIGEST);
        addMember(9, CLIENTS, 1);
        Draft memory d = _draft(1);
        bytes32 policyHash = keccak256(abi.encode(gateBytes(d.words, d.oracles), d.ladder));
        bytes memory data = bytes.concat(policyHash, rosterBytes(d.criteria));
        vm.expectEmit(true, true, false, true, address(gate));
        emit IMilestoneGate.RosterRegistered(address(escrow), 2, data);
        amendTo(d);
        eq(keccak256(gate.rosterBytes(address(escrow), 2)), keccak256(data), "bytes");
        eq(gate.rosterBytes(address(escrow), 1).length, data.length - 23, "version 1 stays");
        eq(gate.status(reviewKey(1)).eligible[CLIENTS], 1, "an open ballot keeps its roster");
        eq(gate.status(reviewKey(1)).version, 1, "version 1");
        castAs(vm.addr(1), reviewKey(1), false);
        expectStatus(reviewKey(1), IMilestoneGate.Status.Rejected, "and decides under it");
        escrow.submit(0, DIGEST);
        eq(gate.status(reviewKey(2)).eligible[CLIENTS], 2, "the next one has the new");
        eq(gate.status(reviewKey(2)).version, 2, "version");
        isTrue(gate.ballotWord(ballotId(reviewKey(2))) != 0, "stored when it opens");
    }

    function test_KeepsWhatStays() public {
        Draft memory d = _draft(1);
        createProject(d);
        bytes memory first = gate.rosterBytes(address(escrow), 1);
        addMember(9, CLIENTS, 1);
        escrow.amend(0, rosterBytes(d.criteria), "", "");
        bytes memory second = gate.rosterBytes(address(escrow), 2);
        eq(bytes32(second), bytes32(first), "policies");
        eq(second.length, first.length + 23, "seats");
        Draft memory other = _draft(3);
        bytes32 policyHash = book.record(gateBytes(other.words, other.oracles), other.ladder);
        escrow.amend(policyHash, "", "", "");
        bytes memory third = gate.rosterBytes(address(escrow), 3);
        eq(bytes32(third), policyHash, "new policies");
        eq(third.length, second.length, "seats stay");
        eq(keccak256(gate.rosterBytes(address(escrow), 2)), keccak256(second), "older ones can be read");
        (uint8 version, bytes32 inForce) = gate.policyOf(address(escrow));
        eq(version, 3, "version");
        eq(inForce, policyHash, "in force");
    }

    function test_RevertWhen_WrongBytes() public {
        Draft memory d = _draft(1);
        createProject(d);
        Draft memory other = _draft(3);
        bytes memory shared = gateBytes(other.words, other.oracles);
        bytes32 given = keccak256(abi.encode(shared, other.ladder));
        vm.expectRevert(abi.encodeWithSelector(Factory_PolicyMismatch.selector, keccak256("signed"), given));
        escrow.amend(keccak256("signed"), "", shared, other.ladder);
        // Unsigned bytes do not slip in under a hash that stays.
        (, bytes32 inForce) = gate.policyOf(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(Factory_PolicyMismatch.selector, inForce, given));
        escrow.amend(0, "", shared, other.ladder);
    }

    function test_RevertWhen_NoRecord() public {
        createProject(_draft(1));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NoRecord.selector, keccak256("signed")));
        escrow.amend(keccak256("signed"), "", "", "");
        // A project whose policies are in no record is nobody's: what it opens reverts.
        Draft memory d = _draft(1);
        escrow = cloneOf(argsOf(d, keccak256("unknown")), d);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NoRecord.selector, keccak256("unknown")));
        escrow.submit(0, DIGEST);
    }

    function test_RevertWhen_BadRosterLength() public {
        Draft memory d = _draft(1);
        createProject(d);
        bytes memory roster = rosterBytes(d.criteria);
        uint256 right = 32 + roster.length;
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, right + 1, right));
        escrow.amend(0, bytes.concat(roster, hex"00"), "", "");
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 33, 34));
        escrow.amend(0, hex"00", "", "");
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 34, 66));
        escrow.amend(0, hex"0100", "", "");
    }

    function test_ChecksTheProjectOfToday() public {
        Draft memory d = _draft(1);
        d.words = new bytes32[](2);
        (d.words[0], d.words[1]) = (
            _word(1, 1),
            word(1, 1, SILENCE_APPROVES, profile(5, 0, 48, true), sameRule(6_000, 6_000))
        );
        d.profiles = new Profile[](2);
        (d.profiles[0], d.profiles[1]) = (_profile, profile(5, 0, 48, true));
        d.pairs = new uint8[](2);
        d.pairs[1] = 0x11;
        createProject(d);
        escrow.recheck();
        // A change order that sets a milestone to a policy with other clocks than its profile's.
        escrow.setPair(0, 0x10);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 5 days, 10 days));
        escrow.recheck();
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, 0, 5 days, 10 days));
        escrow.amend(0, hex"0000", "", "");
        escrow.setPair(0, 0x20);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 2));
        escrow.recheck();
        // A milestone that is over asks nothing of anyone.
        escrow.setState(0, State.Refunded);
        escrow.recheck();
        // A payee who came later has a seat.
        address[] memory payees = new address[](1);
        payees[0] = vm.addr(1);
        escrow.setPayees(payees);
        uint8 seat = seatOf(vm.addr(1));
        bytes memory notExcluded = abi.encodeWithSelector(
            IMilestoneGate.Gate_SeatNotExcluded.selector,
            seat,
            vm.addr(1)
        );
        vm.expectRevert(notExcluded);
        escrow.recheck();
        bytes memory roster = rosterBytes(d.criteria);
        vm.expectRevert(notExcluded);
        escrow.amend(0, roster, "", "");
    }

    function test_Versions() public {
        createProject(_draft(1));
        for (uint256 i = 1; i < 255; ++i) {
            escrow.amend(0, "", "", "");
        }
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, address(escrow), 256));
        escrow.amend(0, "", "", "");
        eq(
            gate.rosterBytes(address(escrow), 7).length,
            gate.rosterBytes(address(escrow), 1).length,
            "older ones can be read"
        );
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, STRANGER, 3));
        gate.rosterBytes(STRANGER, 3);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, address(escrow), 0));
        gate.rosterBytes(address(escrow), 0);
    }

    function test_OpenTwice() public {
        createProject(_draft(1));
        escrow.amend(0, "", "", "");
        escrow.submit(0, DIGEST);
        bytes32 id = ballotId(reviewKey(1));
        vm.prank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BallotExists.selector, id));
        gate.open(0, 1, DIGEST, 0, 0, 2);
    }

    function test_OpenWithoutTerms() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 0, 185));
        gate.open(0, 1, DIGEST, 0, 0, 1);
        createProject(_draft(1));
        vm.prank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 1));
        gate.open(0, 1, DIGEST, 0, 1, 1);
        vm.prank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadVersion.selector, address(escrow), 2));
        gate.open(0, 1, DIGEST, 0, 0, 2);
        // Counts that promise more than there is.
        Draft memory d = _draft(1);
        bytes memory args = argsOf(d, book.record(gateBytes(d.words, d.oracles), d.ladder));
        args[6] = bytes1(uint8(64));
        escrow = cloneOf(args, d);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 45 + args.length, 185 + 1_478));
        escrow.submit(0, DIGEST);
    }

    function test_OpenByStranger() public {
        Draft memory d = _draft(1);
        createProject(d);
        EscrowDouble own = escrow;
        createProject(d);
        // A stranger's ballot carries its own address and touches nobody else's.
        escrow.submit(0, DIGEST);
        expectStatus(reviewKey(1), IMilestoneGate.Status.Open, "its own");
        escrow = own;
        expectStatus(reviewKey(1), IMilestoneGate.Status.None, "the project's ballot is not open");
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
