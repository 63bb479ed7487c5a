// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Profile, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {EscrowDouble} from "../../support/approval/EscrowDouble.sol";
import {GateFixture, IToken} from "../../support/approval/GateFixture.sol";
import {Vm} from "../../support/approval/Vm.sol";

/// @dev A token whose transfer calls back.
contract CallingToken {
    address private _target;
    bytes[] private _calls;
    uint256 public refused;
    uint256 public taken;

    function arm(address target, bytes[] calldata calls) external {
        _target = target;
        delete _calls;
        for (uint256 i = 0; i < calls.length; ++i) {
            _calls.push(calls[i]);
        }
    }

    function balanceOf(address) external pure returns (uint256) {
        return type(uint256).max;
    }

    function transfer(address, uint256) external returns (bool) {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool ok, ) = _target.call(_calls[i]);
            if (ok) ++taken;
            else ++refused;
        }
        return true;
    }
}

/// @dev Reviews without a storage slot, and what could go wrong with them: Slotless.tree.
contract SlotlessTest is GateFixture {
    address private _client;
    address[3] private _panel;
    IMilestoneGate.Key private _key;
    bytes32 private _id;

    function setUp() public {
        deployAll();
        _client = addMember(1, CLIENTS, 1);
        for (uint256 i = 0; i < 3; ++i) {
            _panel[i] = addMember(10 + i, PANEL, 1);
        }
    }

    /// @dev A review of 10 d + 2 d, 72 h of hold, by clients and panel as `bodies` says; the oracle is this test.
    function _draft(uint8 bodies, uint8 need, bool silenceApproves) private view returns (Draft memory d) {
        Profile memory p = profile(10, 2, 72, silenceApproves);
        bytes32 policy = word(bodies, need, silenceApproves ? SILENCE_APPROVES : 0, p, sameRule(5_001, 6_000));
        return bodies & 8 == 0 ? draftOf(policy, p) : oracleDraft(policy, p, address(this), keccak256("criteria"));
    }

    function _open(uint8 bodies, uint8 need, bool silenceApproves) private {
        createProject(_draft(bodies, need, silenceApproves));
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        _id = ballotId(_key);
    }

    function request(address, uint8, uint8, bytes32, bytes32, uint40) external pure returns (bytes32) {
        return 0;
    }

    function _report(uint8 verdict, uint16 payBps) private returns (bool) {
        return gate.report(address(escrow), 0, _key.round, _key.digest, verdict, payBps, REASON);
    }

    function _noWord(string memory what) private view {
        eq(gate.ballotWord(_id), 0, what);
    }

    function _notOpen(IMilestoneGate.Key memory key, IMilestoneGate.Status status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, ballotId(key), status);
    }

    /// @dev Every way to vote or finalize finds nothing open.
    function _closed(IMilestoneGate.Key memory key) private {
        uint8 seat = seatOf(_client);
        bytes memory reason = _notOpen(key, IMilestoneGate.Status.None);
        bytes memory signature = signBallot(key, 1, true, 0);
        bytes memory compact = compactYes(key, 1, seat);
        vm.prank(_client);
        vm.expectRevert(reason);
        gate.cast(key, seat, true, 0);
        vm.expectRevert(reason);
        gate.castBySig(key, seat, true, 0, "", signature);
        vm.expectRevert(reason);
        gate.finalize(key);
        eq(gate.castBatch(key, compact, new IMilestoneGate.LongEntry[](0)), 0, "a batch counts nothing");
        eq(uint256(gate.status(key).status), 0, "status None");
        eq(uint256(gate.status(key).outcome), 0, "outcome None");
        IMilestoneGate.LongEntry memory entry = IMilestoneGate.LongEntry(seat, true, 0, "", signature);
        eq(uint256(gate.check(key, entry)), uint256(IMilestoneGate.Verdict.NotOpen), "check");
        eq(gate.ballotWord(ballotId(key)), 0, "nothing stored");
    }

    /// @dev Decisions in what was logged since `vm.recordLogs`.
    function _decisions() private returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == IMilestoneGate.BallotDecided.selector) ++count;
        }
    }

    // -------------------------------------------------------------------------------------------- nothing was said yet

    function test_OpenWithoutASlot() public {
        _open(3, 2, false);
        _noWord("no slot");
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(uint256(v.status), uint256(IMilestoneGate.Status.Open), "open");
        eq(v.deadline, START + 10 days, "deadline");
        eq(v.version, 1, "version");
        eq(v.eligible[PANEL], 3, "weights");
        // The same review under a stored version: the same timeline, second by second.
        Draft memory d = _draft(3, 2, false);
        EscrowDouble first = escrow;
        createProject(d);
        escrow.amend(0, "", "", "");
        escrow.submit(0, DIGEST);
        IMilestoneGate.Key memory stored = reviewKey(1);
        isTrue(gate.ballotWord(ballotId(stored)) != 0, "a slot");
        uint256[6] memory times = [
            START,
            START + 10 days,
            START + 10 days + 1,
            START + 12 days,
            START + 12 days + 1,
            START + 60 days
        ];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            IMilestoneGate.BallotView memory a = gate.status(_key);
            IMilestoneGate.BallotView memory b = gate.status(stored);
            (a.version, b.version) = (0, 0);
            eq(keccak256(abi.encode(a)), keccak256(abi.encode(b)), "same");
        }
        escrow = first;
        vm.warp(START + 10 days);
        castAs(_client, _key, true);
        eq(gate.status(_key).yes[CLIENTS], 1, "in the last second");
    }

    function test_OtherKeysAreNotOpen() public {
        _open(1, 1, false);
        IMilestoneGate.Key memory key = reviewKey(1);
        key.payBps = 9_999;
        _closed(key);
        key.payBps = 0;
        _closed(key);
        for (uint8 question = 1; question < 4; ++question) {
            key = reviewKey(1);
            key.question = question;
            _closed(key);
        }
        _closed(reviewKey(0));
        _closed(reviewKey(2));
        key = reviewKey(1);
        key.digest = keccak256("another");
        _closed(key);
        key = reviewKey(1);
        key.milestone = 1;
        _closed(key);
        key.milestone = 255;
        _closed(key);
        key = reviewKey(1);
        key.escrow = STRANGER;
        _closed(key);
        (address oracle_, ) = gate.oracleOf(key);
        eq(oracle_, address(0), "no oracle of an address without code");
        castAs(_client, reviewKey(1), true);
        eq(escrow.approvals(), 1, "the review's own key decides");
    }

    function test_FirstBallotStores() public {
        _open(3, 2, false);
        castAs(_panel[0], _key, false);
        IMilestoneGate.BallotView memory v = gate.status(_key);
        isTrue(gate.ballotWord(_id) != 0, "stored");
        eq(v.deadline, START + 10 days, "the deadline it had");
        eq(v.no[PANEL], 1, "the ballot");
        uint8 seat = seatOf(_panel[0]);
        vm.prank(_panel[0]);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_AlreadyCast.selector, seat));
        gate.cast(_key, seat, true, 0);
    }

    function test_LateBallotInTheExtension() public {
        _open(3, 2, false);
        vm.warp(START + 12 days);
        castAs(_panel[0], _key, true);
        IMilestoneGate.BallotView memory v = gate.status(_key);
        isTrue(v.extended, "extended");
        eq(v.deadline, START + 12 days, "from the old deadline");
        eq(v.yes[PANEL], 1, "counted");
        vm.warp(START + 12 days + 1);
        uint8 seat = seatOf(_panel[1]);
        vm.prank(_panel[1]);
        vm.expectRevert(
            abi.encodeWithSelector(IMilestoneGate.Gate_DeadlinePassed.selector, _id, uint40(START + 12 days))
        );
        gate.cast(_key, seat, true, 0);
    }

    function test_ExtensionIsStored() public {
        _open(3, 2, false);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotDue.selector, _id, uint40(START + 10 days)));
        gate.finalize(_key);
        vm.warp(START + 10 days + 1);
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.BallotExtended(_id, uint40(START + 12 days));
        gate.finalize(_key);
        isTrue(gate.ballotWord(_id) != 0, "stored");
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotDue.selector, _id, uint40(START + 12 days)));
        gate.finalize(_key);
        // Withdrawn meanwhile: a stored ballot ends as void, by an event.
        escrow.supersede(0);
        vm.warp(START + 12 days + 1);
        gate.finalize(_key);
        eq(uint256(gate.status(_key).status), uint256(IMilestoneGate.Status.Void), "void");
        eq(escrow.escalations(), 0, "nothing happened");
    }

    function test_NothingToChallenge() public {
        _open(3, 1, true);
        bytes32 dispute = arbitration.disputeIdOf(address(escrow), 0, 1);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IArbitration.Arbitration_NotHeld.selector, _id, IMilestoneGate.Status.Open)
        );
        arbitration.challenge(_key);
        vm.prank(address(arbitration));
        vm.expectRevert(_notOpen(_key, IMilestoneGate.Status.Open));
        gate.challenged(_key);
        // Silence has approved it already: too late, recorded or not.
        vm.warp(START + 12 days + 1);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IArbitration.Arbitration_NotHeld.selector, _id, IMilestoneGate.Status.Approved)
        );
        arbitration.challenge(_key);
        vm.prank(address(arbitration));
        vm.expectRevert(
            abi.encodeWithSelector(IMilestoneGate.Gate_DeadlinePassed.selector, _id, uint40(START + 12 days))
        );
        gate.challenged(_key);
        gate.finalize(_key);
        eq(escrow.approvals(), 1, "paid");
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NoDispute.selector, dispute));
        arbitration.dispute(dispute);
    }

    function test_HoldIsStored() public {
        _open(3, 1, false);
        bytes memory compact;
        for (uint256 i = 0; i < 3; ++i) {
            compact = bytes.concat(compact, compactYes(_key, 10 + i, seatOf(_panel[i])));
        }
        gate.castBatch(_key, compact, new IMilestoneGate.LongEntry[](0));
        eq(uint256(gate.status(_key).status), uint256(IMilestoneGate.Status.Held), "held");
        isTrue(gate.ballotWord(_id) != 0, "stored");
        eq(escrow.approvals(), 0, "not yet");
        vm.warp(START + 3 days + 1);
        gate.finalize(_key);
        eq(escrow.approvals(), 1, "paid");
        vm.expectRevert(_notOpen(_key, IMilestoneGate.Status.Approved));
        gate.finalize(_key);
    }

    function test_RefusedStaysOpen() public {
        _open(1, 1, false);
        escrow.setBroken(true);
        uint8 seat = seatOf(_client);
        vm.prank(_client);
        vm.expectRevert(abi.encodeWithSelector(EscrowDouble.WrongCaller.selector, address(gate)));
        gate.cast(_key, seat, true, 0);
        _noWord("nothing stored");
        escrow.setBroken(false);
        castAs(_client, _key, true);
        eq(escrow.approvals(), 1, "later");
    }

    // ----------------------------------------------------------------------------------------------- one call decides

    function test_DecidesWithoutASlot() public {
        _open(1, 1, false);
        uint256 snapshot = vm.snapshotState();
        vm.recordLogs();
        castAs(_client, _key, true);
        eq(_decisions(), 1, "decided once");
        eq(escrow.approvals(), 1, "paid");
        _closed(_key);
        vm.revertToState(snapshot);
        castAs(_client, _key, false);
        eq(escrow.rejections(), 1, "rejected");
        eq(escrow.reason(), REASON, "with its reason");
        _closed(_key);
        // The next round is another ballot.
        escrow.submit(0, DIGEST);
        _closed(_key);
        castAs(_client, reviewKey(2), true);
        eq(escrow.approvals(), 1, "paid");
    }

    function test_SilenceWithoutASlot() public {
        _open(3, 2, true);
        vm.warp(START + 12 days + 1);
        vm.recordLogs();
        vm.prank(STRANGER);
        gate.finalize(_key);
        eq(_decisions(), 1, "decided once");
        eq(escrow.approvals(), 1, "paid");
        _closed(_key);
        eq(escrow.approvals(), 1, "once");
    }

    function test_Reentrancy() public {
        CallingToken hostile = new CallingToken();
        token = IToken(address(hostile));
        addMember(2, CLIENTS, 1);
        uint8 last = seatOf(vm.addr(2));
        _open(9, 1, false);
        castAs(_client, _key, true);
        _armAndDecide(hostile, last);
        // The same where nothing is stored when the deciding call comes.
        escrow.submit(0, keccak256("second"));
        _key = reviewKey(2);
        _key.digest = keccak256("second");
        _id = ballotId(_key);
        uint256 before = hostile.taken();
        bytes[] memory calls = _attack(last);
        hostile.arm(address(gate), calls);
        vm.recordLogs();
        isTrue(_report(1, 10_000), "the oracle decides");
        eq(_decisions(), 1, "decided once");
        eq(escrow.approvals(), 2, "paid once more");
        // A batch never reverts for what it finds; nothing else may pass.
        eq(hostile.taken() - before, 1, "only the empty batch");
        _noWord("no word");
    }

    function _armAndDecide(CallingToken hostile, uint8 last) private {
        hostile.arm(address(gate), _attack(last));
        bytes memory signature = signBallot(_key, 2, true, 0);
        vm.recordLogs();
        gate.castBySig(_key, last, true, 0, "", signature);
        eq(_decisions(), 1, "decided once");
        eq(escrow.approvals(), 1, "paid once");
        eq(hostile.refused(), 6, "refused");
    }

    /// @dev Everything that could decide again, on the current key.
    function _attack(uint8 seat) private view returns (bytes[] memory calls) {
        bytes memory signature = signBallot(_key, 2, true, 0);
        bytes memory compact = bytes.concat(compactYes(_key, 2, seat), compactYes(_key, 1, seatOf(_client)));
        calls = new bytes[](7);
        calls[0] = abi.encodeCall(IMilestoneGate.cast, (_key, seat, true, 0));
        calls[1] = abi.encodeCall(IMilestoneGate.castBySig, (_key, seat, true, 0, "", signature));
        calls[2] = abi.encodeCall(IMilestoneGate.castBatch, (_key, compact, new IMilestoneGate.LongEntry[](0)));
        calls[3] = abi.encodeCall(
            IMilestoneGate.report,
            (address(escrow), 0, _key.round, _key.digest, 1, 10_000, REASON)
        );
        calls[4] = abi.encodeCall(IMilestoneGate.finalize, (_key));
        calls[5] = abi.encodeCall(IMilestoneGate.challenged, (_key));
        calls[6] = abi.encodeCall(IMilestoneGate.open, (0, _key.round, _key.digest, 0, 0, 1));
    }

    function test_PanelRejectionIsStored() public {
        // One No of three leaves 2, above 60 %; two at once reject.
        Draft memory d = _draft(2, 1, false);
        d.words = new bytes32[](2);
        d.words[0] = word(2, 1, 0, d.profiles[0], sameRule(5_001, 6_000));
        d.words[1] = d.words[0];
        d.ladder = ladderBytes(LadderTerms(1, address(0), 0, 0, 0));
        createProject(d);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        _id = ballotId(_key);
        IMilestoneGate.LongEntry[] memory entries = new IMilestoneGate.LongEntry[](2);
        for (uint256 i = 0; i < 2; ++i) {
            entries[i] = IMilestoneGate.LongEntry(
                seatOf(_panel[i]),
                false,
                REASON,
                "",
                signBallot(_key, 10 + i, false, REASON)
            );
        }
        gate.castBatch(_key, "", entries);
        eq(uint256(gate.status(_key).status), uint256(IMilestoneGate.Status.Rejected), "kept");
        escrow.dispute(0);
        IArbitration.PanelWindow memory window = arbitration.panelWindow(address(escrow), 0, 1);
        eq(window.until, 0, "the panel is not asked what it has answered");
    }

    function test_StarvedIsAllOrNothing() public {
        token.mint(contributor, 1);
        _open(1, 1, false);
        token.mint(address(escrow), 1_000_000_000);
        bytes memory compact = compactYes(_key, 1, seatOf(_client));
        uint256 ran = 0;
        uint256 reverted = 0;
        for (uint256 gasLimit = 30_000; gasLimit < 260_000; gasLimit += 2_000) {
            uint256 snapshot = vm.snapshotState();
            try gate.castBatch{gas: gasLimit}(_key, compact, new IMilestoneGate.LongEntry[](0)) returns (
                uint64 counted
            ) {
                eq(counted, uint64(1) << seatOf(_client), "counted");
                eq(escrow.approvals(), 1, "and paid");
                ++ran;
            } catch {
                eq(uint256(gate.status(_key).status), uint256(IMilestoneGate.Status.Open), "open as before");
                eq(escrow.approvals(), 0, "and not paid");
                ++reverted;
            }
            vm.revertToState(snapshot);
        }
        isTrue(ran > 10 && reverted > 10, "both were seen");
    }

    // ---------------------------------------------------------------------------------------------------------- oracle

    function test_ReportDecides() public {
        _open(9, 1, false);
        isTrue(_report(1, 10_000), "latched");
        eq(escrow.approvals(), 1, "paid");
        _noWord("no word");
        (address named, ) = gate.oracleOf(_key);
        eq(named, address(this), "still known");
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.Reported(_id, 2, 0, REASON, false);
        isTrue(!_report(2, 0), "too late");
        eq(escrow.approvals() + escrow.rejections(), 1, "nothing changed");
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOracle.selector, address(this), STRANGER));
        gate.report(address(escrow), 0, 1, DIGEST, 1, 10_000, REASON);
    }

    function test_ReportLatches() public {
        _open(9, 2, false);
        isTrue(_report(1, 10_000), "latched");
        isTrue(gate.ballotWord(_id) != 0, "stored");
        isTrue(!_report(2, 0), "the first stands");
        eq(gate.status(_key).bodies[3], 1, "passed");
        castAs(_client, _key, true);
        eq(escrow.approvals(), 1, "both");
        isTrue(!_report(2, 0), "decided");
        eq(escrow.approvals() + escrow.rejections(), 1, "once");
    }

    function test_LateReport() public {
        _open(9, 1, false);
        castAs(_client, _key, true);
        isTrue(!_report(1, 10_000), "decided by the client");
        escrow.submit(0, keccak256("second"));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOracle.selector, address(0), address(this)));
        _report(1, 10_000);
        _key = reviewKey(2);
        _key.digest = keccak256("second");
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOracle.selector, address(this), STRANGER));
        gate.report(address(escrow), 0, 2, _key.digest, 1, 10_000, REASON);
        escrow.supersede(0);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOracle.selector, address(0), address(this)));
        _report(1, 10_000);
        eq(escrow.approvals(), 1, "paid once in all");
    }

    // ---------------------------------------------------------------------------------------------- the escrow moved on

    function test_MovedOn() public {
        _open(1, 1, true);
        uint256 snapshot = vm.snapshotState();
        State[5] memory states = [State.Funded, State.Released, State.Refunded, State.Cancelled, State.Disputed];
        for (uint256 i = 0; i < states.length; ++i) {
            escrow.setState(0, states[i]);
            _closed(_key);
            vm.warp(START + 40 days);
            _closed(_key);
            vm.revertToState(snapshot);
            snapshot = vm.snapshotState();
        }
        escrow.settle(0, 5_000);
        _closed(_key);
        eq(escrow.approvals(), 0, "settled, not approved");
    }

    function test_SameSecond() public {
        _open(1, 1, true);
        bytes memory signature = signBallot(_key, 1, true, 0);
        escrow.supersede(0);
        escrow.submit(0, DIGEST);
        // Same digest, same second; the round is another.
        _closed(_key);
        IMilestoneGate.Key memory next = reviewKey(2);
        eq(gate.status(next).deadline, START + 10 days, "the new round's own window");
        uint8 seat = seatOf(_client);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadSignature.selector, seat));
        gate.castBySig(next, seat, true, 0, "", signature);
        castAs(_client, next, true);
        eq(escrow.approvals(), 1, "once");
        _closed(_key);
        // A ballot that was stored before the change order stays dead after it.
        _open(3, 2, true);
        castAs(_client, _key, true);
        escrow.supersede(0);
        escrow.submit(0, DIGEST);
        castAs(_panel[0], _key, true);
        seat = seatOf(_panel[1]);
        vm.prank(_panel[1]);
        vm.expectRevert(_notOpen(_key, IMilestoneGate.Status.Void));
        gate.cast(_key, seat, true, 0);
        eq(escrow.approvals(), 0, "not by the old round's ballots");
        eq(gate.status(reviewKey(2)).yes[CLIENTS], 0, "the new round starts at nothing");
    }

    function test_RosterChangesDuringReview() public {
        _open(3, 2, false);
        Draft memory d = _draft(3, 2, false);
        address newcomer = vm.addr(50);
        members.push(Member(50, newcomer, CLIENTS, 5, CLIENTS));
        for (uint256 i = members.length - 1; i > 0 && members[i].id < members[i - 1].id; --i) {
            (Member memory a, Member memory b) = (members[i], members[i - 1]);
            (members[i], members[i - 1]) = (b, a);
        }
        amendTo(d);
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.version, 1, "still version 1");
        eq(v.eligible[CLIENTS], 1, "with its weights");
        for (uint8 seat = 0; seat < members.length; ++seat) {
            vm.prank(newcomer);
            vm.expectRevert();
            gate.cast(_key, seat, true, 0);
        }
        // Seat numbers are those of version 1: the newcomer is not among them.
        (uint8 own, uint8 place) = (0, 0);
        for (uint8 seat = 0; seat < members.length; ++seat) {
            if (members[seat].id == newcomer) continue;
            if (members[seat].id == _client) own = place;
            ++place;
        }
        vm.prank(_client);
        gate.cast(_key, own, true, 0);
        eq(gate.status(_key).version, 1, "stored as version 1");
        eq(gate.status(_key).bodies[CLIENTS], 1, "the old client body has decided");
        escrow.supersede(0);
        escrow.submit(0, DIGEST);
        v = gate.status(reviewKey(2));
        eq(v.version, 2, "the next round");
        eq(v.eligible[CLIENTS], 6, "has the new weights");
        castAs(newcomer, reviewKey(2), true);
        eq(gate.status(reviewKey(2)).yes[CLIENTS], 5, "and the new seat");
    }

    function test_PolicyChanges() public {
        Draft memory d = _draft(3, 2, false);
        d.words = new bytes32[](2);
        d.words[0] = word(3, 2, 0, d.profiles[0], sameRule(5_001, 6_000));
        d.words[1] = word(1, 1, 0, d.profiles[0], sameRule(5_001, 6_000));
        createProject(d);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        escrow.supersede(0);
        escrow.setPair(0, 0x10);
        escrow.recheck();
        _closed(_key);
        escrow.submit(0, DIGEST);
        _closed(_key);
        eq(gate.status(reviewKey(2)).policy, 1, "the new policy");
        castAs(_client, reviewKey(2), true);
        eq(escrow.approvals(), 1, "decides alone");
    }

    // --------------------------------------------------------------------------------------------------------- dispute

    function test_QuestionsHaveSlots() public {
        Draft memory d = _draft(3, 2, false);
        d.words = new bytes32[](2);
        d.words[0] = word(3, 2, 0, d.profiles[0], sameRule(5_001, 6_000));
        d.words[1] = word(2, 1, 0, d.profiles[0], sameRule(5_001, 6_000));
        d.ladder = ladderBytes(LadderTerms(1, address(0), 0, 0, 0));
        createProject(d);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        _id = ballotId(_key);
        vm.warp(START + 12 days + 1);
        gate.finalize(_key);
        eq(escrow.escalations(), 1, "silence goes to dispute");
        _closed(_key);
        uint256 opened = block.timestamp;
        // During the dispute a change order replaces the panel and swaps the policies.
        (d.words[0], d.words[1]) = (d.words[1], d.words[0]);
        d.ladder = ladderBytes(LadderTerms(0, address(0), 0, 0, 0));
        amendTo(d);
        vm.warp(opened + 5 days + 1);
        IMilestoneGate.Key memory question = reviewKey(1);
        (question.question, question.payBps) = (1, 7_000);
        _closed(question);
        uint8 seat = seatOf(_panel[0]);
        vm.prank(_panel[0]);
        gate.ask(question, seat, "", "");
        IMilestoneGate.BallotView memory v = gate.status(question);
        eq(v.version, 1, "the dispute's roster");
        eq(v.policy, 1, "and its policy");
        isTrue(gate.ballotWord(ballotId(question)) != 0, "stored");
        castAs(_panel[1], question, true);
        eq(uint256(gate.status(question).status), uint256(IMilestoneGate.Status.Approved), "answered");
        eq(escrow.milestone(0).standingBps, 7_000, "stands");
    }
}
