// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {DisputeFixture} from "../../support/approval/DisputeFixture.sol";

/// @dev Registration, the clock of the rungs, appeals and deposits: Arbitration.tree.
contract LadderTest is DisputeFixture {
    function setUp() public {
        deployDispute(1, address(0));
    }

    // ---------------------------------------------------------------------------------------------------- registration

    /// @dev Neither the book nor a project takes it.
    function _refuse(bytes memory policy, bytes memory reason) private {
        Draft memory d = disputeDraft(LadderTerms(1, fallbackArbitrator, FEE, BOND, 2_500));
        bytes memory shared = gateBytes(d.words, d.oracles);
        vm.expectRevert(reason);
        book.record(shared, policy);
    }

    function _refuseProject(bytes memory policy, bytes memory reason) private {
        Draft memory d = disputeDraft(LadderTerms(1, fallbackArbitrator, FEE, BOND, 2_500));
        bytes32 policyHash = book.record(gateBytes(d.words, d.oracles), policy);
        bytes memory args = argsOf(d, policyHash);
        bytes memory record = book.addressOf(policyHash).code;
        vm.expectRevert(reason);
        projectCheck.check(args, pairsOf(d), record);
    }

    function _good() private view returns (bytes memory) {
        return ladderBytes(LadderTerms(1, fallbackArbitrator, FEE, BOND, 2_500));
    }

    function test_Record() public {
        disputed();
        IArbitration.Policy memory p = arbitration.policyOf(id);
        eq(p.fallbackArbitrator, address(0), "none signed");
        eq(p.fee, FEE, "fee");
        eq(p.bond, BOND, "bond");
        eq(p.fallbackWindow, 7 days, "last field");
    }

    function test_Record_RevertWhen_Malformed() public {
        bytes memory policy = bytes.concat(_good(), hex"00");
        _refuse(policy, abi.encodeWithSelector(IArbitration.Arbitration_BadLength.selector, 90));
        policy = _good();
        policy[0] = 0x02;
        _refuse(policy, abi.encodeWithSelector(IArbitration.Arbitration_BadCodec.selector, 2));
    }

    function test_RevertWhen_BadArbitrator() public {
        address outside = arbitrator;
        address[4] memory insiders = [client, contributor, panel[2], clientSeat];
        for (uint256 i = 0; i < insiders.length; ++i) {
            arbitrator = insiders[i];
            _refuseProject(
                _good(),
                abi.encodeWithSelector(IArbitration.Arbitration_BadArbitrator.selector, insiders[i])
            );
            arbitrator = outside;
            bytes memory policy = ladderBytes(LadderTerms(1, insiders[i], FEE, BOND, 2_500));
            _refuseProject(
                policy,
                abi.encodeWithSelector(IArbitration.Arbitration_BadArbitrator.selector, insiders[i])
            );
        }
        // A payee without a seat.
        paid.push(contributor);
        paid.push(outside);
        _refuseProject(_good(), abi.encodeWithSelector(IArbitration.Arbitration_BadArbitrator.selector, outside));
        arbitrator = address(0);
        _refuse(_good(), abi.encodeWithSelector(IArbitration.Arbitration_BadArbitrator.selector, address(0)));
        arbitrator = fallbackArbitrator;
        _refuse(_good(), abi.encodeWithSelector(IArbitration.Arbitration_BadArbitrator.selector, fallbackArbitrator));
    }

    function test_Record_RevertWhen_BadTerms() public {
        bytes memory policy = ladderBytes(LadderTerms(1, address(0), FEE, BOND, 10_001));
        _refuse(policy, abi.encodeWithSelector(IArbitration.Arbitration_BadTerms.selector, 66, 10_001));
        uint8[5] memory fields = [71, 77, 80, 83, 86];
        for (uint256 i = 0; i < fields.length; ++i) {
            policy = _good();
            for (uint256 j = 0; j < 3; ++j) {
                policy[fields[i] + j] = 0;
            }
            _refuse(policy, abi.encodeWithSelector(IArbitration.Arbitration_BadTerms.selector, fields[i], 0));
        }
    }

    function test_Record_RevertWhen_BadPanelPolicy() public {
        bytes memory policy = ladderBytes(LadderTerms(0, address(0), FEE, BOND, 2_500));
        _refuse(policy, abi.encodeWithSelector(IArbitration.Arbitration_BadPanelPolicy.selector, 0));
        policy = ladderBytes(LadderTerms(2, address(0), FEE, BOND, 2_500));
        _refuse(policy, abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 2));
    }

    function test_RevertWhen_TooLong() public {
        // 39 days and 3 to spare are 42. One day more in the negotiation is too much.
        Draft memory d = disputeDraft(LadderTerms(1, fallbackArbitrator, FEE, BOND, 2_500));
        createProject(d);
        bytes memory policy = _good();
        bytes3 longer = bytes3(uint24(5 days + 1));
        (policy[68], policy[69], policy[70]) = (longer[0], longer[1], longer[2]);
        bytes memory reason = abi.encodeWithSelector(
            IArbitration.Arbitration_LadderTooLong.selector,
            42 days + 1,
            42 days
        );
        _refuseProject(policy, reason);
        d.ladder = policy;
        bytes32 policyHash = keccak256(abi.encode(gateBytes(d.words, d.oracles), policy));
        vm.expectRevert(reason);
        escrow.amend(policyHash, "", gateBytes(d.words, d.oracles), policy);
    }

    function test_Amended_KeepsOpenDisputes() public {
        disputed();
        amendTo(disputeDraft(LadderTerms(255, address(0), 7, 8, 9)));
        eq(arbitration.policyOf(id).fee, FEE, "as opened");
        escrow.submit(0, keccak256("again"));
        vm.warp(block.timestamp + 10 days + 1);
        IMilestoneGate.Key memory k = reviewKey(2);
        k.digest = keccak256("again");
        gate.finalize(k);
        eq(arbitration.policyOf(arbitration.disputeIdOf(address(escrow), 0, 2)).fee, 7, "for the next");
    }

    function test_RevertWhen_CallerHasNoTerms() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 0, 185));
        arbitration.open(0, 1, 0, 0, 1);
    }

    // ----------------------------------------------------------------------------------------------------------- clock

    function test_Open() public {
        reject();
        escrow.dispute(0);
        IArbitration.DisputeView memory d = arbitration.dispute(id);
        eq(uint256(d.rung), uint256(IArbitration.Rung.Negotiate), "rung");
        eq(d.until, START + 5 days, "until");
        eq(d.standingBps, 0, "standing after a rejection");
        eq(d.ruleBy, START + 42 days, "ruleBy");
        eq(d.token, address(token), "token");
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NoDispute.selector, bytes32(uint256(1))));
        arbitration.dispute(bytes32(uint256(1)));
    }

    function test_Open_RevertWhen_Twice() public {
        disputed();
        vm.prank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_DisputeExists.selector, id));
        arbitration.open(0, 1, 0, 0, 1);
        vm.prank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_BpsTooHigh.selector, 10_001));
        arbitration.open(0, 2, 10_001, 0, 1);
    }

    function test_Poke_RevertWhen_NotDue() public {
        disputed();
        uint256[3] memory ends = [openedAt + 5 days, openedAt + 10 days, openedAt + 13 days];
        for (uint256 i = 0; i < ends.length; ++i) {
            vm.warp(ends[i]);
            vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NotDue.selector, id, ends[i]));
            arbitration.poke(id);
            vm.warp(ends[i] + 1);
            poke();
        }
        expectRung(IArbitration.Rung.Closed, "executed");
        vm.expectRevert(wrongRung(IArbitration.Rung.Closed));
        arbitration.poke(id);
    }

    function test_Silence_ExecutesStanding() public {
        disputed();
        vm.warp(openedAt + 13 days);
        eq(escrow.milestone(0).standingBps, 5_000, "waiting");
        vm.warp(openedAt + 13 days + 1);
        poke();
        eq(uint256(escrow.milestone(0).state), uint256(State.Released), "executed");
        eq(escrow.milestone(0).standingBps, 5_000, "the deadlock share");
    }

    function test_SameClockWhoeverPokes() public {
        disputed();
        uint256[3] memory when = [openedAt + 5 days, openedAt + 10 days, openedAt + 13 days];
        for (uint256 mask = 0; mask < 4; ++mask) {
            uint256 snapshot = vm.snapshotState();
            for (uint256 i = 0; i < 2; ++i) {
                if (mask & (1 << i) == 0) continue;
                vm.warp(when[i] + 1 hours);
                poke();
            }
            vm.warp(when[1] + 2 days);
            expectRung(IArbitration.Rung.Appeal, "appeal");
            eq(arbitration.dispute(id).until, when[2], "same end");
            vm.revertToState(snapshot);
        }
    }

    // ------------------------------------------------------------------------------------------------ appeals, deposits

    function test_Appeal_RevertWhen_WrongRungOrStranger() public {
        disputed();
        vm.prank(client);
        vm.expectRevert(wrongRung(IArbitration.Rung.Negotiate));
        arbitration.appeal(id);
        toAppeal();
        address[3] memory strangers = [STRANGER, panel[0], arbitrator];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(strangers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IArbitration.Arbitration_NotParty.selector, address(escrow), strangers[i])
            );
            arbitration.appeal(id);
        }
        vm.warp(openedAt + 13 days + 1);
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_TooLate.selector, id, openedAt + 13 days));
        arbitration.appeal(id);
    }

    function test_Appeal_StartsDeposit() public {
        disputed();
        toAppeal();
        appealAs(clientSeat);
        expectRung(IArbitration.Rung.Deposit, "deposit");
        eq(arbitration.dispute(id).until, block.timestamp + 5 days, "from the notice");
        isTrue(arbitration.dispute(id).appealed[0] && !arbitration.dispute(id).appealed[1], "client side");
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IArbitration.Arbitration_AlreadyAppealed.selector, id, IArbitration.Side.Client)
        );
        arbitration.appeal(id);
    }

    function test_Appeal_OtherSideToo() public {
        disputed();
        toAppeal();
        appealAs(client);
        // The contributor deposits, but has not appealed: the ruling does not begin.
        depositAs(contributor);
        expectRung(IArbitration.Rung.Deposit, "deposit");
        vm.warp(openedAt + 13 days);
        appealAs(contributor);
        expectRung(IArbitration.Rung.Ruling, "now an appellant has deposited");
        // After the original end it is too late for a notice.
        vm.prank(client);
        vm.expectRevert(wrongRung(IArbitration.Rung.Ruling));
        arbitration.appeal(id);
    }

    function test_Deposit_NobodyPays() public {
        disputed();
        toAppeal();
        appealAs(client);
        vm.warp(block.timestamp + 3 days);
        vm.prank(contributor);
        vm.expectRevert(wrongRung(IArbitration.Rung.Deposit));
        arbitration.appeal(id);
        vm.warp(block.timestamp + 2 days + 1);
        poke();
        eq(escrow.milestone(0).standingBps, 5_000, "standing");
        eq(uint256(escrow.milestone(0).state), uint256(State.Released), "executed");
    }

    function test_Deposit_Reverts() public {
        disputed();
        vm.prank(client);
        vm.expectRevert(wrongRung(IArbitration.Rung.Negotiate));
        arbitration.deposit(id);
        toAppeal();
        vm.prank(client);
        vm.expectRevert(wrongRung(IArbitration.Rung.Appeal));
        arbitration.deposit(id);
        appealAs(client);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NotParty.selector, address(escrow), STRANGER));
        arbitration.deposit(id);
        depositAs(contributor);
        vm.prank(contributor);
        vm.expectRevert(
            abi.encodeWithSelector(IArbitration.Arbitration_AlreadyDeposited.selector, id, IArbitration.Side.Payees)
        );
        arbitration.deposit(id);
        uint40 until = arbitration.dispute(id).until;
        vm.warp(uint256(until) + 1);
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_TooLate.selector, id, until));
        arbitration.deposit(id);
    }

    function test_Deposit_RespondentAlone() public {
        disputed();
        toAppeal();
        appealAs(client);
        depositAs(contributor);
        eq(token.balanceOf(address(arbitration)), FEE, "held");
        vm.warp(block.timestamp + 5 days + 1);
        poke();
        eq(token.balanceOf(contributor), 10_000_000_000, "back whole");
        eq(token.balanceOf(address(arbitration)), 0, "empty");
    }

    function test_Deposit_AppellantOpensRuling() public {
        disputed();
        toAppeal();
        appealAs(client);
        vm.warp(block.timestamp + 1 days);
        depositAs(clientSeat);
        expectRung(IArbitration.Rung.Ruling, "ruling");
        eq(arbitration.dispute(id).until, block.timestamp + 14 days, "from the deposit");
        eq(arbitration.dispute(id).depositor[0], clientSeat, "depositor");
        depositAs(contributor);
        eq(token.balanceOf(address(arbitration)), 2 * uint256(FEE), "both");
    }

    function test_Evidence() public {
        disputed();
        vm.expectEmit(true, true, false, true, address(arbitration));
        emit IArbitration.EvidenceAdded(id, contributor, IArbitration.Side.Payees, REASON);
        vm.prank(contributor);
        arbitration.addEvidence(id, REASON);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NotParty.selector, address(escrow), STRANGER));
        arbitration.addEvidence(id, REASON);
        vm.prank(contributor);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_ZeroHash.selector));
        arbitration.addEvidence(id, 0);
        vm.warp(openedAt + 13 days + 1);
        poke();
        vm.prank(contributor);
        vm.expectRevert(wrongRung(IArbitration.Rung.Closed));
        arbitration.addEvidence(id, REASON);
    }
}
