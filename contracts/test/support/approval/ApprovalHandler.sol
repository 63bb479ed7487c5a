// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Profile, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {DisputeFixture} from "./DisputeFixture.sol";
import {Vm} from "./Vm.sol";

/// @dev Everybody at once: seats, oracle, parties, arbitrators, a stranger, time. Calls may be refused, but only by a
/// declared error; the store below remembers what must not be forgotten.
contract ApprovalHandler is DisputeFixture {
    error UndeclaredError(bytes data);
    error BadTransition(uint256 from, uint256 to);

    uint8 public round;
    bytes32[] public digests;
    /// @dev Ghost: how each seat voted in the current round.
    mapping(uint8 round => mapping(uint8 seat => uint8)) public ballotOf;
    /// @dev Ghost: status a ballot was last seen in, by its word or by its event.
    mapping(bytes32 ballot => uint256) public seen;
    /// @dev Ghost: the word that a ballot was decided with, and how often that was said.
    mapping(bytes32 ballot => uint256) public decidedWord;
    mapping(bytes32 ballot => uint256) public decisions;
    uint256 public approvedEvents;
    bytes32[] public ballots;
    bytes32[] public disputes;
    uint256 public tokensIn;
    mapping(bytes4 selector => uint256) public effective;

    constructor() {
        deployAll();
        clientSeat = addMember(1, CLIENTS, 3);
        addMember(2, CLIENTS, 2);
        for (uint256 i = 0; i < 5; ++i) {
            panel[i] = addMember(10 + i, PANEL, 1);
        }
        address payeeSeat = addMember(20, PANEL, 4);
        paid.push(contributor);
        paid.push(payeeSeat);
        createProject(_draft());
        address[3] memory payers = [client, contributor, clientSeat];
        for (uint256 i = 0; i < payers.length; ++i) {
            token.mint(payers[i], 1e18);
            vm.prank(payers[i]);
            token.approve(address(arbitration), type(uint256).max);
        }
        // The other milestone stays as it is: nothing done here may touch it.
        escrow.submit(1, DIGEST);
        _submit();
    }

    function _draft() private view returns (Draft memory d) {
        Profile memory p = profile(10, 2, 48, true);
        d = oracleDraft(0, p, address(this), keccak256("criteria"));
        d.words = new bytes32[](2);
        d.words[0] = word(11, 1, SILENCE_APPROVES | HOLD_ORACLE, p, sameRule(5_001, 6_000));
        d.words[1] = word(2, 1, 0, profile(10, 2, 48, false), sameRule(6_000, 6_000));
        d.pairs = new uint8[](2);
        d.ladder = ladderBytes(LadderTerms(1, fallbackArbitrator, FEE, BOND, 2_500));
    }

    /// @dev As the oracle that the policy names.
    function request(address, uint8, uint8, bytes32, bytes32, uint40) external pure returns (bytes32) {
        return 0;
    }

    function _submit() private {
        ++round;
        bytes32 digest = keccak256(abi.encode("digest", round));
        digests.push(digest);
        escrow.submit(0, digest);
        key = IMilestoneGate.Key(address(escrow), 0, round, 0, 10_000, digest);
        id = arbitration.disputeIdOf(address(escrow), 0, round);
        ballots.push(ballotId(key));
        disputes.push(id);
    }

    function _do(address who, address target, bytes memory data) private returns (bool ok) {
        (ok, ) = _call(who, target, data);
    }

    /// @dev Runs a call as `who`; a refusal must be a declared error. Notes the ballots' transitions and decisions.
    function _call(address who, address target, bytes memory data) private returns (bool ok, bytes memory result) {
        vm.recordLogs();
        vm.prank(who);
        (ok, result) = target.call(data);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (!ok && (result.length < 4 || bytes4(result) == 0x4e487b71)) revert UndeclaredError(result);
        if (ok) ++effective[bytes4(data)];
        for (uint256 i = 0; i < ballots.length; ++i) {
            _note(ballots[i], gate.ballotWord(ballots[i]) & 0xff);
        }
        for (uint256 i = 0; i < logs.length && ok; ++i) {
            if (logs[i].topics[0] != IMilestoneGate.BallotDecided.selector) continue;
            (uint8 outcome, , uint256 word) = abi.decode(logs[i].data, (uint8, uint16, uint256));
            bytes32 ballot = logs[i].topics[1];
            ++decisions[ballot];
            decidedWord[ballot] = word;
            _note(ballot, outcome);
            bool question = (word >> 90) & 1 != 0;
            if (outcome == uint8(IMilestoneGate.Status.Approved) && !question) ++approvedEvents;
        }
    }

    /// @dev G3: Open → Held, Approved, Rejected, Escalated, Void; Held → Approved, Escalated, Void; the rest absorb.
    function _note(bytes32 ballot, uint256 status) private {
        uint256 before = seen[ballot];
        // A review that was decided without a slot has no word.
        if (status == 0 && gate.ballotWord(ballot) == 0) return;
        bool fine =
            status == before ||
                before == 0 ||
                before == 1 ||
                (before == 2 && (status == 3 || status == 5 || status == 6));
        if (!fine) revert BadTransition(before, status);
        seen[ballot] = status;
    }

    // --------------------------------------------------------------------------------------------------------- actions

    function vote(uint8 who, bool approve, bool signed) external {
        Member memory m = members[who % members.length];
        uint8 seat = seatOf(m.id);
        bytes32 reason = approve ? bytes32(0) : REASON;
        bytes memory data = abi.encodeCall(IMilestoneGate.cast, (key, seat, approve, reason));
        if (signed) {
            bytes memory signature = signBallot(key, m.key, approve, reason);
            data = abi.encodeCall(IMilestoneGate.castBySig, (key, seat, approve, reason, "", signature));
        }
        if (_do(signed ? STRANGER : m.id, address(gate), data)) ballotOf[round][seat] = approve ? 1 : 2;
    }

    function batch(uint64 mask, bool stale) external {
        IMilestoneGate.Key memory target = key;
        if (stale) target.digest = DIGEST;
        bytes memory compact;
        for (uint8 seat = 0; seat < members.length; ++seat) {
            if ((mask >> seat) & 1 == 0) continue;
            // Half of them sign the current key, all are posted under it.
            compact = bytes.concat(compact, compactYes(target, members[seat].key, seat));
        }
        bytes memory data = abi.encodeCall(IMilestoneGate.castBatch, (key, compact, new IMilestoneGate.LongEntry[](0)));
        (bool ok, bytes memory result) = _call(STRANGER, address(gate), data);
        isTrue(ok, "a batch never reverts");
        uint64 counted = abi.decode(result, (uint64));
        isTrue(!stale || counted == 0, "other digests count nowhere");
        for (uint8 seat = 0; seat < members.length; ++seat) {
            if ((counted >> seat) & 1 != 0) ballotOf[round][seat] = 1;
        }
    }

    function report(bool passes, uint16 bps) external {
        uint16 payBps = passes ? uint16(bound(bps, 1, 10_000)) : 0;
        if (bps % 3 == 0 && passes) payBps = 10_000;
        bytes memory data = abi.encodeCall(
            IMilestoneGate.report,
            (address(escrow), 0, round, key.digest, passes ? 1 : 2, payBps, REASON)
        );
        _do(address(this), address(gate), data);
    }

    function finalize() external {
        _do(STRANGER, address(gate), abi.encodeCall(IMilestoneGate.finalize, (key)));
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + bound(time, 1, 3 days));
    }

    function resubmit() external {
        State state = escrow.milestone(0).state;
        if (state == State.Submitted || state == State.Disputed || round > 60) return;
        _submit();
    }

    function supersede(uint8 chance) external {
        if (chance % 8 == 0 && escrow.milestone(0).state == State.Submitted) escrow.supersede(0);
    }

    function disputeIt() external {
        if (escrow.milestone(0).state == State.Rejected) {
            isTrue(_do(STRANGER, address(escrow), abi.encodeCall(escrow.dispute, (0))), "dispute");
        }
    }

    function challenge(uint8 who) external {
        address[3] memory people = [client, contributor, panel[0]];
        if (_do(people[who % 3], address(arbitration), abi.encodeCall(IArbitration.challenge, (key)))) tokensIn += BOND;
    }

    function ask(uint8 who, uint16 bps) external {
        (uint8 asked, , ) = gate.questions(address(escrow), 0, round);
        address asker = panel[who % 5];
        IMilestoneGate.Key memory k = questionKey(asked + 1, uint16(bound(bps, 0, 10_000)));
        if (_do(asker, address(gate), abi.encodeCall(IMilestoneGate.ask, (k, seatOf(asker), "", "")))) {
            ballots.push(ballotId(k));
        }
    }

    function answer(uint8 who, bool approve) external {
        (uint8 asked, , uint16 payBps) = gate.questions(address(escrow), 0, round);
        address voter = members[who % members.length].id;
        bytes memory data = abi.encodeCall(
            IMilestoneGate.cast,
            (questionKey(asked, payBps), seatOf(voter), approve, approve ? bytes32(0) : REASON)
        );
        if (asked != 0) _do(voter, address(gate), data);
    }

    function pokeIt() external {
        _do(STRANGER, address(arbitration), abi.encodeCall(IArbitration.poke, (id)));
    }

    function appeal(bool clientSide) external {
        _do(clientSide ? client : contributor, address(arbitration), abi.encodeCall(IArbitration.appeal, (id)));
    }

    function deposit(bool clientSide) external {
        address who = clientSide ? clientSeat : contributor;
        if (_do(who, address(arbitration), abi.encodeCall(IArbitration.deposit, (id)))) tokensIn += FEE;
    }

    function rule(uint16 bps, bool second) external {
        bytes memory data = abi.encodeCall(IArbitration.rule, (id, uint16(bound(bps, 0, 10_500)), REASON));
        _do(second ? fallbackArbitrator : arbitrator, address(arbitration), data);
    }

    function settle(uint8 chance, uint16 bps) external {
        if (chance % 6 == 0 && escrow.milestone(0).state == State.Disputed) {
            escrow.settle(0, uint16(bound(bps, 0, 10_000)));
        }
    }

    function block_(bool blocked) external {
        token.setBlocked(contributor, blocked);
    }

    // ----------------------------------------------------------------------------------------------------------- views

    function theGate() external view returns (IMilestoneGate) {
        return gate;
    }

    function theArbitration() external view returns (IArbitration) {
        return arbitration;
    }

    function people() external view returns (Member[] memory) {
        return members;
    }

    function currentKey() external view returns (IMilestoneGate.Key memory) {
        return key;
    }

    function counts() external view returns (uint256 ballotCount, uint256 disputeCount) {
        return (ballots.length, disputes.length);
    }

    /// @dev Tally of the current review: of the word, or of the one it was decided with.
    function currentWord() external view returns (uint256 word) {
        bytes32 ballot = ballotId(key);
        word = gate.ballotWord(ballot);
        if (word == 0) word = decidedWord[ballot];
    }

    function approvals() external view returns (uint256) {
        return escrow.approvals();
    }

    function eligible() external view returns (uint16[3] memory weights) {
        uint256 word = uint256(gate.policyWord(address(escrow), 0));
        for (uint256 body = 0; body < 3; ++body) {
            weights[body] = uint16(word >> (48 - 16 * body));
        }
    }

    function otherMilestone() external view returns (State) {
        return escrow.milestone(1).state;
    }

    /// @dev Deposits and bonds of disputes that are open, and credits: what the contract must hold.
    function owed() external view returns (uint256 sum) {
        for (uint256 i = 0; i < disputes.length; ++i) {
            try arbitration.dispute(disputes[i]) returns (IArbitration.DisputeView memory d) {
                if (d.rung == IArbitration.Rung.Closed) continue;
                sum += d.bond;
                if (d.depositor[0] != address(0)) sum += FEE;
                if (d.depositor[1] != address(0)) sum += FEE;
            } catch {}
        }
        address[7] memory all = [
            client,
            contributor,
            clientSeat,
            arbitrator,
            fallbackArbitrator,
            address(0xfee),
            panel[0]
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            sum += arbitration.credit(all[i], address(token));
        }
    }

    function balances() external view returns (uint256 ofArbitration, uint256 ofGate) {
        return (token.balanceOf(address(arbitration)), token.balanceOf(address(gate)));
    }

    /// @dev G7: time and one stranger. The longest a ballot and then its dispute can take, printed before signature.
    function drain() external {
        vm.warp(block.timestamp + 15 days);
        _tryFinalize();
        vm.warp(block.timestamp + 3 days);
        _tryFinalize();
        vm.warp(block.timestamp + 43 days);
        vm.prank(STRANGER);
        try arbitration.poke(id) {} catch {}
    }

    function _tryFinalize() private {
        vm.prank(STRANGER);
        try gate.finalize(key) {} catch {}
    }
}
