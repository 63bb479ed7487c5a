// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {ClaimState, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {DisputeFixture} from "../../support/approval/DisputeFixture.sol";
import {IToken} from "../../support/approval/GateFixture.sol";

/// @dev Rulings, costs, bonds and credits: Arbitration.tree.
contract CostsTest is DisputeFixture {
    uint256 private constant PURSE = 10_000_000_000;

    function setUp() public {
        deployDispute(1, fallbackArbitrator);
    }

    /// @dev To the ruling rung; `who` has appealed and deposited.
    function _ruling(address who) private {
        disputed();
        toAppeal();
        appealAs(who);
        depositAs(who);
        expectRung(IArbitration.Rung.Ruling, "ruling");
    }

    function _spent(address who) private view returns (uint256) {
        return PURSE - token.balanceOf(who);
    }

    function test_Rule_Reverts() public {
        disputed();
        vm.prank(arbitrator);
        vm.expectRevert(wrongRung(IArbitration.Rung.Negotiate));
        arbitration.rule(id, 0, REASON);
        toAppeal();
        appealAs(client);
        depositAs(client);
        address[3] memory others = [STRANGER, client, fallbackArbitrator];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IArbitration.Arbitration_NotArbitrator.selector, arbitrator, others[i])
            );
            arbitration.rule(id, 0, REASON);
        }
        vm.prank(arbitrator);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_BpsTooHigh.selector, 10_001));
        arbitration.rule(id, 10_001, REASON);
        vm.prank(arbitrator);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_ZeroHash.selector));
        arbitration.rule(id, 7_000, 0);
        uint256 snapshot = vm.snapshotState();
        // One second late, the fallback's time has begun; and later it is over.
        vm.warp(block.timestamp + 14 days + 1);
        vm.prank(arbitrator);
        vm.expectRevert(
            abi.encodeWithSelector(IArbitration.Arbitration_NotArbitrator.selector, fallbackArbitrator, arbitrator)
        );
        arbitration.rule(id, 7_000, REASON);
        uint256 end = arbitration.dispute(id).until;
        vm.warp(end + 1);
        vm.prank(fallbackArbitrator);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_TooLate.selector, id, end));
        arbitration.rule(id, 7_000, REASON);
        vm.revertToState(snapshot);
        vm.warp(block.timestamp + 14 days);
        ruleAs(arbitrator, 7_000);
        vm.prank(arbitrator);
        vm.expectRevert(wrongRung(IArbitration.Rung.Closed));
        arbitration.rule(id, 7_000, REASON);
    }

    function test_Rule_SharesCosts() public {
        _ruling(client);
        depositAs(contributor);
        vm.expectEmit(true, false, false, true, address(arbitration));
        emit IArbitration.CostsSettled(id, 840_000_000, 360_000_000, 0);
        ruleAs(arbitrator, 7_000);
        eq(token.balanceOf(arbitrator), FEE, "arbitrator");
        eq(_spent(client), 840_000_000, "client");
        eq(_spent(contributor), 360_000_000, "payees");
        eq(escrow.milestone(0).standingBps, 7_000, "unshifted");
        eq(token.balanceOf(address(arbitration)), 0, "empty");
        expectRung(IArbitration.Rung.Closed, "closed");
    }

    function test_Rule_ShiftsResult() public {
        // Amount 1,000.000000, fee 1,200.000000. At 7,000 the payees' share of costs is 360: 3,600 bps against them.
        _ruling(client);
        uint256 snapshot = vm.snapshotState();
        ruleAs(arbitrator, 7_000);
        eq(escrow.milestone(0).standingBps, 3_400, "7,000 less 3,600");
        eq(_spent(client), FEE, "the depositor paid the fee");
        vm.revertToState(snapshot);
        ruleAs(arbitrator, 2_000);
        eq(escrow.milestone(0).standingBps, 0, "not below 0: 960 would be 9,600 bps");
        vm.revertToState(snapshot);
        ruleAs(arbitrator, 10_000);
        eq(escrow.milestone(0).standingBps, 10_000, "the payees bear nothing");
    }

    function test_Rule_ShiftsTowardsPayees() public {
        _ruling(contributor);
        uint256 snapshot = vm.snapshotState();
        ruleAs(arbitrator, 1_000);
        eq(escrow.milestone(0).standingBps, 2_200, "the client's 120 are 1,200 bps");
        eq(_spent(contributor), FEE, "the depositor paid the fee");
        vm.revertToState(snapshot);
        ruleAs(arbitrator, 9_999);
        eq(escrow.milestone(0).standingBps, 10_000, "not above 10,000");
    }

    function test_Silent_Fallback() public {
        _ruling(client);
        vm.warp(block.timestamp + 14 days + 1);
        ruleAs(fallbackArbitrator, 10_000);
        eq(token.balanceOf(fallbackArbitrator), FEE, "fallback is paid");
        eq(token.balanceOf(arbitrator), 0, "the silent one is not");
    }

    function test_Silent_AllBack() public {
        _ruling(client);
        depositAs(contributor);
        vm.warp(block.timestamp + 21 days);
        poke();
        expectRung(IArbitration.Rung.Fallback, "the fallback has its time");
        vm.warp(block.timestamp + 1);
        poke();
        eq(_spent(client) + _spent(contributor), 0, "all back");
        eq(escrow.milestone(0).standingBps, 5_000, "standing");
        eq(uint256(escrow.milestone(0).state), uint256(State.Released), "executed");
    }

    function test_Settled_BeforeRuling() public {
        disputed();
        toAppeal();
        appealAs(client);
        depositAs(contributor);
        escrow.settle(0, 6_000);
        isTrue(arbitration.dispute(id).due, "due at once");
        poke();
        eq(_spent(contributor), 0, "back whole");
        expectRung(IArbitration.Rung.Closed, "closed");
    }

    function test_Settled_DuringRuling() public {
        _ruling(client);
        uint256 snapshot = vm.snapshotState();
        depositAs(contributor);
        escrow.settle(0, 6_000);
        vm.prank(arbitrator);
        vm.expectRevert(wrongRung(IArbitration.Rung.Closed));
        arbitration.rule(id, 7_000, REASON);
        poke();
        eq(token.balanceOf(arbitrator), FEE / 4, "a quarter");
        eq(_spent(client), FEE / 8, "half of it");
        eq(_spent(contributor), FEE / 8, "half of it");
        vm.revertToState(snapshot);
        // Alone, the depositor bears it all.
        escrow.settle(0, 6_000);
        poke();
        eq(_spent(client), FEE / 4, "all of it");
    }

    function test_Settled_WhoeverPokes() public {
        _ruling(client);
        uint256 begun = block.timestamp;
        uint256 snapshot = vm.snapshotState();
        // In the ruling's last second: the arbitrator's work is paid, whether that is recorded at once or much later.
        vm.warp(begun + 14 days);
        escrow.settle(0, 6_000);
        uint40[4] memory times = [uint40(0), 1, 8 days, 60 days];
        for (uint256 i = 0; i < times.length; ++i) {
            uint256 settled = vm.snapshotState();
            vm.warp(block.timestamp + times[i]);
            poke();
            eq(token.balanceOf(arbitrator), FEE / 4, "the arbitrator at work");
            eq(token.balanceOf(fallbackArbitrator), 0, "not the fallback");
            eq(_spent(client), FEE / 4, "borne by the depositor");
            vm.revertToState(settled);
        }
        // Somebody records the fallback's rung first: it began after the settlement.
        vm.warp(begun + 14 days + 1);
        depositAs(contributor);
        expectRung(IArbitration.Rung.Fallback, "recorded");
        poke();
        eq(token.balanceOf(arbitrator), FEE / 4, "still the arbitrator's");
        eq(_spent(client), FEE / 8, "both have deposited");
        eq(_spent(contributor), FEE / 8, "both have deposited");
        vm.revertToState(snapshot);
        // One second later it is the fallback's turn.
        vm.warp(begun + 14 days + 1);
        escrow.settle(0, 6_000);
        vm.warp(block.timestamp + 30 days);
        poke();
        eq(token.balanceOf(fallbackArbitrator), FEE / 4, "the fallback's");
        eq(token.balanceOf(arbitrator), 0, "a silent arbitrator earns nothing");
    }

    function test_Settled_AfterRuling() public {
        _ruling(client);
        vm.warp(block.timestamp + 21 days + 1);
        escrow.settle(0, 6_000);
        poke();
        eq(_spent(client), 0, "whose time is over earns nothing");
    }

    function test_Settled_BeforeRulingRecordedLate() public {
        disputed();
        toAppeal();
        escrow.settle(0, 6_000);
        vm.warp(block.timestamp + 1);
        // The ladder is climbed on after the parties have settled.
        appealAs(client);
        depositAs(client);
        expectRung(IArbitration.Rung.Ruling, "recorded");
        poke();
        eq(_spent(client), 0, "no ruling was asked for when they settled");
        eq(token.balanceOf(arbitrator), 0, "nothing owed");
    }

    function test_Lapse_ByPoke() public {
        _ruling(client);
        vm.warp(openedAt + 42 days + 1);
        poke();
        eq(_spent(client), 0, "back");
        eq(escrow.milestone(0).standingBps, 5_000, "standing");
        expectRung(IArbitration.Rung.Closed, "closed");
    }

    // ---------------------------------------------------------------------------------------------------------- bonds

    function _challengeAs(address who) private {
        vm.prank(who);
        arbitration.challenge(key);
    }

    function test_Challenge_Reverts() public {
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IArbitration.Arbitration_NotHeld.selector, ballotId(key), IMilestoneGate.Status.Open)
        );
        arbitration.challenge(key);
        held();
        vm.prank(panel[0]);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NotParty.selector, address(escrow), panel[0]));
        arbitration.challenge(key);
        vm.expectRevert(
            abi.encodeWithSelector(IMilestoneGate.Gate_NotArbitration.selector, address(escrow), address(this))
        );
        gate.challenged(key);
        uint256 until = gate.status(key).deadline;
        vm.warp(until + 1);
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_TooLate.selector, id, until));
        arbitration.challenge(key);
        vm.prank(address(arbitration));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_DeadlinePassed.selector, ballotId(key), until));
        gate.challenged(key);
        vm.warp(until);
        _challengeAs(client);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitration.Arbitration_NotHeld.selector,
                ballotId(key),
                IMilestoneGate.Status.Escalated
            )
        );
        arbitration.challenge(key);
        // Without the bond nothing happens.
        eq(token.balanceOf(address(arbitration)), BOND, "one bond");
    }

    function test_Challenge_BondLost() public {
        held();
        openedAt = block.timestamp;
        _challengeAs(clientSeat);
        expectStatus(key, IMilestoneGate.Status.Escalated, "escalated");
        eq(arbitration.dispute(id).standingBps, 10_000, "the held share stands");
        // The panel carried it, so it is not asked again: negotiate 5 d, appeal 3 d.
        vm.warp(openedAt + 8 days + 1);
        poke();
        eq(escrow.milestone(0).standingBps, 10_000, "executed");
        eq(token.balanceOf(contributor), PURSE + 25_000_000, "first payee: half, floored");
        eq(token.balanceOf(escrow.treasury()), 25_000_001, "treasury: the rest");
        eq(_spent(clientSeat), BOND, "lost");
        eq(token.balanceOf(address(arbitration)), 0, "empty");
    }

    function test_Challenge_BondBack() public {
        held();
        openedAt = block.timestamp;
        _challengeAs(client);
        vm.warp(openedAt + 5 days + 1);
        appealAs(client);
        depositAs(client);
        depositAs(contributor);
        ruleAs(arbitrator, 9_999);
        eq(_spent(client), (uint256(FEE) * 9_999) / 10_000 + 0, "bond back, costs paid");
        eq(token.balanceOf(escrow.treasury()), 0, "nothing to the treasury");
    }

    function test_Challenge_CostsDoNotWinTheBond() public {
        // Ruled 10,000, though shifted by nothing here: the bond follows the decision, not the costs.
        held();
        openedAt = block.timestamp;
        _challengeAs(client);
        vm.warp(openedAt + 5 days + 1);
        appealAs(client);
        depositAs(client);
        ruleAs(arbitrator, 10_000);
        eq(_spent(client), uint256(FEE) + BOND, "bond lost");
    }

    function test_Challenge_ContributorLoses() public {
        held();
        _challengeAs(contributor);
        vm.warp(START + 8 days + 1);
        poke();
        eq(token.balanceOf(client), PURSE + 25_000_000, "the client's half");
        eq(_spent(contributor), BOND, "lost");
    }

    function test_Claim() public {
        escrow.contest(400_000_000);
        id = arbitration.disputeIdOf(address(escrow), 255, 1);
        openedAt = block.timestamp;
        key = IMilestoneGate.Key(address(escrow), 255, 1, 1, 8_000, 0);
        vm.warp(openedAt + 5 days + 1);
        askAs(panel[0], 1, 8_000);
        castAs(panel[1], key, true);
        castAs(panel[2], key, true);
        eq(escrow.warrantyClaim().standingBps, 8_000, "the panel's share stands");
        appealAs(client);
        depositAs(client);
        // 6,000 of 400.000000: the payees' 480 would be more than all of it.
        ruleAs(arbitrator, 6_000);
        eq(escrow.warrantyClaim().standingBps, 0, "shifted to 0");
        eq(uint256(escrow.warrantyClaim().state), uint256(ClaimState.None), "decided");
    }

    // --------------------------------------------------------------------------------------------------------- credits

    function test_Credit() public {
        _ruling(client);
        depositAs(contributor);
        token.setBlocked(client, true);
        ruleAs(arbitrator, 7_000);
        uint256 owed = uint256(FEE) - 840_000_000;
        eq(arbitration.credit(client, address(token)), owed, "credited");
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_TokenRefused.selector, client, client));
        arbitration.claim(client, address(token), client);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NotAccount.selector, client, STRANGER));
        arbitration.claim(client, address(token), STRANGER);
        vm.prank(client);
        arbitration.claim(client, address(token), address(0xcafe));
        eq(token.balanceOf(address(0xcafe)), owed, "paid elsewhere");
        eq(arbitration.credit(client, address(token)), 0, "collected");
        vm.expectRevert(abi.encodeWithSelector(IArbitration.Arbitration_NothingDue.selector, client, address(token)));
        arbitration.claim(client, address(token), client);
    }

    function test_TokenIsPinned() public {
        // Somebody else's deposits lie in the contract; an escrow that replaces its code must not reach them.
        _ruling(client);
        IToken other = IToken(deployCode("TestToken.sol:TestToken", abi.encode(address(this))));
        other.mint(address(arbitration), FEE);
        bytes memory own = address(escrow).code;
        bytes memory changed = bytes.concat(own);
        bytes20 asset = bytes20(address(other));
        for (uint256 i = 0; i < 20; ++i) {
            changed[45 + 16 + i] = asset[i];
        }
        vm.warp(block.timestamp + 21 days + 1);
        bytes memory replaced = abi.encodeWithSelector(IArbitration.Arbitration_Replaced.selector, address(escrow));
        vm.etch(address(escrow), changed);
        vm.expectRevert(replaced);
        arbitration.poke(id);
        eq(other.balanceOf(address(arbitration)), FEE, "the other token untouched");
        // Nor with policies of a larger fee.
        Draft memory d = disputeDraft(LadderTerms(1, fallbackArbitrator, FEE * 2, BOND, 2_500));
        bytes32 policyHash = book.record(gateBytes(d.words, d.oracles), d.ladder);
        changed = bytes.concat(own);
        for (uint256 i = 0; i < 32; ++i) {
            changed[45 + 108 + i] = policyHash[i];
        }
        vm.etch(address(escrow), changed);
        vm.expectRevert(replaced);
        arbitration.poke(id);
        // Nor shorter than terms are.
        vm.etch(address(escrow), abi.encodePacked(hex"ef0100", address(1)));
        vm.expectRevert();
        arbitration.poke(id);
        vm.etch(address(escrow), own);
        poke();
        eq(_spent(client), 0, "in the token of the deposit");
    }
}
