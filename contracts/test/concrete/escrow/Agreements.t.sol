// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Auth,
    ChangeOp,
    ChangeOrder,
    Milestone,
    MilestoneChange,
    PayeeChange,
    Profile,
    Settlement,
    State
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {Recorder} from "../../support/escrow/Actors.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev Settlements and change orders: Agreements.tree.
contract AgreementsTest is EscrowFixture {
    uint96 private constant G = 1_000e6;

    function setUp() public {
        deployAll();
        addPayee(worker, 6_000);
        addPayee(mia, 4_000);
        addProfile(full());
        Profile memory p = plain();
        p.maxRounds = 1;
        addProfile(p);
        addMilestone(G, 30, 5, 0);
        addMilestone(2 * G, 60, 40, 0);
        create();
        fund(G + 300e6);
        vm.warp(START + 1 days);
    }

    function _wrong(uint256 m, State s) private {
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, m, uint256(s)));
    }

    // ---- settle

    function test_SettleSplitsAnOpenMilestone() public {
        settle(Settlement(0, 0, 0, 2_500, false));
        isState(0, State.Released, "released");
        // X = 250, H = 12.5, P = 237.5, F = 2.375, D = 235.125
        eq(token.balanceOf(worker) + token.balanceOf(mia), 235.125e6, "net");
        checkLedger(0, 0, 300e6, 12.5e6, 750e6);
    }

    function test_SettleWaivesTheLateCredit() public {
        vm.warp(START + 40 days);
        submit(0, DIGEST);
        eq(escrow.milestone(0).lateBps, 150, "three days late");
        settle(Settlement(0, 1, 0, 10_000, true));
        checkLedger(0, 0, 300e6, 50e6, 0);
    }

    function test_SettleAtZeroRefunds() public {
        submit(0, DIGEST);
        settle(Settlement(0, 1, 0, 0, false));
        isState(0, State.Refunded, "refunded");
        checkLedger(0, 0, 300e6, 0, G);
    }

    function test_RevertWhen_SettledWrongly() public {
        Settlement memory s = Settlement(0, 0, 0, 5_000, false);
        Auth memory a = consent(CLIENT_KEY, 7, 0, settleHead(s), FOREVER);
        fails(E.Escrow_NotParty.selector);
        escrow.settle(s, a, self());
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, worker));
        escrow.settle(s, a, a);
        s.m = 1;
        Auth memory x = consent(CLIENT_KEY, 7, 1, settleHead(s), FOREVER);
        Auth memory y = consent(WORKER_KEY, 7, 1, settleHead(s), FOREVER);
        _wrong(1, State.Planned);
        escrow.settle(s, x, y);
        s = Settlement(0, 1, 0, 5_000, false);
        x = consent(CLIENT_KEY, 7, 0, settleHead(s), FOREVER);
        y = consent(WORKER_KEY, 7, 0, settleHead(s), FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_WrongRound.selector, uint256(0), uint256(0)));
        escrow.settle(s, x, y);
        s = Settlement(0, 0, 1, 5_000, false);
        x = consent(CLIENT_KEY, 7, 0, settleHead(s), FOREVER);
        y = consent(WORKER_KEY, 7, 0, settleHead(s), FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_WrongVersion.selector, uint256(0), uint256(1)));
        escrow.settle(s, x, y);
        s = Settlement(0, 0, 0, 10_001, false);
        x = consent(CLIENT_KEY, 7, 0, settleHead(s), FOREVER);
        y = consent(WORKER_KEY, 7, 0, settleHead(s), FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_BpsOutOfRange.selector, uint256(10_001)));
        escrow.settle(s, x, y);
    }

    function test_RevertWhen_SettlementIsReplayed() public {
        submit(0, DIGEST);
        Settlement memory s = Settlement(0, 1, 0, 5_000, false);
        Auth memory a = consent(CLIENT_KEY, 7, 0, settleHead(s), FOREVER);
        Auth memory b = consent(WORKER_KEY, 7, 0, settleHead(s), FOREVER);
        escrow.settle(s, a, b);
        fails(abi.encodeWithSignature("InvalidAccountNonce(address,uint256)", client, a.nonce + 1));
        escrow.settle(s, a, b);
    }

    // ---- intents

    function test_SignatureCountsInTheLastSecond() public {
        Settlement memory s = Settlement(0, 0, 0, 5_000, false);
        uint48 end = uint48(block.timestamp + 5 days);
        Auth memory a = consent(CLIENT_KEY, 7, 0, settleHead(s), end);
        Auth memory b = consent(WORKER_KEY, 7, 0, settleHead(s), end);
        vm.warp(uint256(end) + 1);
        fails(abi.encodeWithSelector(E.Escrow_SignatureExpired.selector, uint256(end)));
        escrow.settle(s, a, b);
        vm.warp(end);
        escrow.settle(s, a, b);
    }

    function test_RevertWhen_Revoked() public {
        Settlement memory s = Settlement(0, 0, 0, 5_000, false);
        Auth memory a = consent(CLIENT_KEY, 7, 0, settleHead(s), FOREVER);
        Auth memory b = consent(WORKER_KEY, 7, 0, settleHead(s), FOREVER);
        uint192 key = escrow.intentKey(7, 0);
        vm.prank(worker);
        escrow.revoke(key);
        fails(abi.encodeWithSignature("InvalidAccountNonce(address,uint256)", worker, b.nonce + 1));
        escrow.settle(s, a, b);
        settle(s);
    }

    function test_RevertWhen_NonceHasAnotherKey() public {
        Settlement memory s = Settlement(0, 0, 0, 5_000, false);
        uint256 other = escrow.nonces(client, escrow.intentKey(7, 1));
        Auth memory a = consentWith(CLIENT_KEY, other, settleHead(s), FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, client));
        escrow.settle(s, a, a);
    }

    function test_RevertWhen_SignedForAnotherEscrowOrChain() public {
        Settlement memory s = Settlement(0, 0, 0, 5_000, false);
        Auth memory a = consent(CLIENT_KEY, 7, 0, settleHead(s), FOREVER);
        Auth memory b = consent(WORKER_KEY, 7, 0, settleHead(s), FOREVER);
        vm.chainId(2);
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, client));
        escrow.settle(s, a, b);
        vm.chainId(31337);
        t.start += 1;
        create();
        fund(G + 300e6);
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, client));
        escrow.settle(s, a, b);
    }

    // ---- amend: milestones

    function test_ChangeOrderReopensASubmission() public {
        submit(0, DIGEST);
        fund(500e6);
        amend(change(0, ChangeOp.Set, G + 500e6, 45, 5, 0));
        Milestone memory m = escrow.milestone(0);
        eq(uint256(m.state), uint256(State.Funded), "funded again");
        eq(m.amount, G + 500e6, "amount");
        eq(m.due, 45, "due");
        eq(m.round, 1, "rounds are never reused");
        eq(escrow.terms().version, 1, "version");
        vm.prank(gate);
        _wrong(0, State.Funded);
        escrow.approve(0, 1, DIGEST, 10_000);
        submit(0, DIGEST);
        eq(escrow.milestone(0).round, 2, "next round");
        checkLedger(0, G + 500e6, 300e6, 0, 0);
    }

    function test_RevertWhen_TheIncreaseIsNotCovered() public {
        ChangeOrder memory o = change(0, ChangeOp.Set, G + 1, 45, 5, 0);
        Auth memory a = consent(CLIENT_KEY, 8, 0, orderHead(o), FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, orderHead(o), FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_Underfunded.selector, uint256(G) + 1, uint256(G)));
        escrow.amend(o, "", "", "", a, b, new Auth[](0));
    }

    function test_DecreaseReturnsToThePool() public {
        amend(change(0, ChangeOp.Set, G - 100e6, 30, 5, 0));
        checkLedger(100e6, G - 100e6, 300e6, 0, 0);
        amend(change(1, ChangeOp.Set, G, 60, 40, 0));
        checkLedger(250e6, G - 100e6, 150e6, 0, 0);
    }

    function test_AgreedCancelHasNoKillFee() public {
        amend(change(0, ChangeOp.Cancel, 0, 0, 0, 0));
        isState(0, State.Cancelled, "cancelled");
        checkLedger(G, 0, 300e6, 0, 0);
        eq(escrow.feePaid(0), 0, "no fee");
        amend(change(1, ChangeOp.Cancel, 0, 0, 0, 0));
        // The last open milestone: what is left is refundable.
        checkLedger(0, 0, 0, 0, G + 300e6);
    }

    function test_AddedMilestoneIsFundedAndDecided() public {
        fund(150e6);
        amend(change(2, ChangeOp.Add, G, 90, 60, 0));
        eq(escrow.terms().milestones, 3, "count");
        fund(1_700e6 + 850e6);
        isState(2, State.Funded, "funded");
        submit(2, DIGEST);
        approve(2, 1, DIGEST, 10_000);
        isState(2, State.Released, "released");
        eq(escrow.progress().decided, 1, "one of three");
        checkBooks();
    }

    function test_RevertWhen_AChangedMilestoneDoesNotFitThePolicies() public {
        Recorder(gate).setUnfit();
        fund(150e6);
        // What touches neither policy nor profile asks nobody.
        amend(change(0, ChangeOp.Set, G - 1, 31, 5, 0));
        bytes memory unfit = abi.encodeWithSelector(Recorder.Unfit.selector);
        _refusedOrder(change(2, ChangeOp.Add, G, 90, 60, 0), unfit);
        _refusedOrder(change(0, ChangeOp.Set, G - 1, 31, 5, 1), unfit);
        ChangeOrder memory o = change(0, ChangeOp.Set, G - 1, 31, 5, 0);
        // Another policy with the same profile.
        o.milestones[0].profile = 0x10;
        _refusedOrder(o, unfit);
        eq(Recorder(gate).calls(), 0, "nothing registered");
    }

    /// @dev Signs and sends an order with bytes for the gate.
    function _amendWith(ChangeOrder memory o, bytes memory policy, bytes memory ladder, bytes memory roster) private {
        bytes memory head = orderHead(o);
        Auth memory a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        escrow.amend(o, policy, ladder, roster, a, b, new Auth[](0));
    }

    function test_NewPoliciesAndSeatsGoToTheGateAndCountFromThenOn() public {
        ChangeOrder memory o = order();
        o.policyHash = keccak256("policies");
        o.rosterHash = keccak256("roster");
        _amendWith(o, "policy", "ladder", "roster");
        bytes memory expected = abi.encodeWithSignature(
            "register(bytes32,bytes,bytes,bytes)",
            o.policyHash,
            bytes("roster"),
            bytes("policy"),
            bytes("ladder")
        );
        eq(keccak256(Recorder(gate).last()), keccak256(expected), "registered");
        submit(0, DIGEST);
        uint40 decideBy = uint40(START + 1 days + 15 days);
        expected = abi.encodeWithSignature(
            "open(uint8,uint8,bytes32,uint40,uint8,uint8)",
            uint8(0),
            uint8(1),
            DIGEST,
            decideBy,
            uint8(0),
            uint8(2)
        );
        eq(keccak256(Recorder(gate).last()), keccak256(expected), "opened under version 2");
        escalate(0, 1, DIGEST, true, 5_000);
        expected = abi.encodeWithSignature(
            "open(uint8,uint8,uint16,uint40,uint8)",
            uint8(0),
            uint8(1),
            uint16(5_000),
            uint40(START + 43 days),
            uint8(2)
        );
        eq(keccak256(Recorder(arbitration).last()), keccak256(expected), "disputed under version 2");
    }

    function test_OneOfPoliciesAndSeatsMayChangeAlone() public {
        ChangeOrder memory o = order();
        o.rosterHash = keccak256("roster");
        _amendWith(o, "", "", "roster");
        eq(Recorder(gate).calls(), 1, "seats");
        o = order();
        o.policyHash = keccak256("policies");
        _amendWith(o, "", "", "");
        eq(Recorder(gate).calls(), 2, "policies recorded before");
    }

    function test_RevertWhen_BytesAreNotThoseOfTheOrder() public {
        ChangeOrder memory o = order();
        bytes memory head = orderHead(o);
        Auth memory a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        bytes32 given = keccak256("roster");
        fails(abi.encodeWithSelector(E.Escrow_RosterMismatch.selector, bytes32(0), given));
        escrow.amend(o, "", "", "roster", a, b, new Auth[](0));
        given = keccak256(abi.encode(bytes("policy"), bytes("")));
        fails(abi.encodeWithSelector(E.Factory_PolicyMismatch.selector, bytes32(0), given));
        escrow.amend(o, "policy", "", "", a, b, new Auth[](0));
        o.rosterHash = keccak256("other");
        _refusedOrder(o, abi.encodeWithSelector(E.Escrow_RosterMismatch.selector, o.rosterHash, bytes32(0)));
    }

    /// @dev The version counts once; the nonce only lets a party take its word back.
    function test_RevertWhen_AnOrderIsReplayedOrRevoked() public {
        ChangeOrder memory o = change(0, ChangeOp.Set, G - 1, 31, 5, 0);
        bytes memory head = orderHead(o);
        Auth memory a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        escrow.amend(o, "", "", "", a, b, new Auth[](0));
        fails(abi.encodeWithSelector(E.Escrow_WrongVersion.selector, uint256(2), uint256(1)));
        escrow.amend(o, "", "", "", a, b, new Auth[](0));
        o = change(0, ChangeOp.Set, G - 2, 31, 5, 0);
        head = orderHead(o);
        a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        uint192 key = escrow.intentKey(8, 0);
        vm.prank(client);
        escrow.revoke(key);
        fails(abi.encodeWithSignature("InvalidAccountNonce(address,uint256)", client, a.nonce + 1));
        escrow.amend(o, "", "", "", a, b, new Auth[](0));
        amend(o);
        // The next index of the key that the party used is none of this intent.
        uint256 other = escrow.nonces(client, escrow.intentKey(7, 0));
        o = change(0, ChangeOp.Set, G - 3, 31, 5, 0);
        a = consentWith(CLIENT_KEY, other, orderHead(o), FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, client));
        escrow.amend(o, "", "", "", a, a, new Auth[](0));
    }

    function _refusedOrder(ChangeOrder memory o, bytes memory reason) private {
        bytes memory head = orderHead(o);
        Auth memory a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        fails(reason);
        escrow.amend(o, "", "", "", a, b, new Auth[](0));
    }

    function test_RevertWhen_TheOrderBreaksARule() public {
        ChangeOrder memory o = change(0, ChangeOp.Set, G, 30, 5, 0);
        o.version = 2;
        _refusedOrder(o, abi.encodeWithSelector(E.Escrow_WrongVersion.selector, uint256(1), uint256(2)));
        _refusedOrder(
            change(0, ChangeOp.Set, 0, 30, 5, 0),
            abi.encodeWithSelector(E.Terms_ZeroAmount.selector, uint8(0))
        );
        _refusedOrder(
            change(0, ChangeOp.Set, G, 30, 31, 0),
            abi.encodeWithSelector(E.Terms_FundByAfterDue.selector, uint8(0))
        );
        _refusedOrder(
            change(0, ChangeOp.Set, G, 30, 5, 2),
            abi.encodeWithSelector(E.Terms_Profile.selector, uint8(0), uint8(2))
        );
        _refusedOrder(
            change(3, ChangeOp.Add, G, 30, 5, 0),
            abi.encodeWithSelector(E.Escrow_NoSuchMilestone.selector, uint256(3))
        );
        _refusedOrder(
            change(2, ChangeOp.Set, G, 30, 5, 0),
            abi.encodeWithSelector(E.Escrow_NoSuchMilestone.selector, uint256(2))
        );
        _refusedOrder(
            change(0, ChangeOp.Set, type(uint96).max, 30, 5, 0),
            abi.encodeWithSelector(E.Terms_Total.selector, uint256(type(uint96).max) + 2 * G)
        );
        // One round is used; the other profile has only one.
        submit(0, DIGEST);
        _refusedOrder(
            change(0, ChangeOp.Set, G, 30, 5, 1),
            abi.encodeWithSelector(E.Escrow_RoundsUsedUp.selector, uint256(0), uint256(1))
        );
        escalate(0, 1, DIGEST, true, 0);
        _refusedOrder(
            change(0, ChangeOp.Set, G, 30, 5, 0),
            abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(0), uint256(State.Disputed))
        );
    }

    function test_RevertWhen_TheExitHasCome() public {
        vm.warp(START + 44 days + 1);
        _refusedOrder(
            change(0, ChangeOp.Set, G, 90, 5, 0),
            abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(0), START + 44 days)
        );
        // A due date that would already be over.
        _refusedOrder(
            change(1, ChangeOp.Set, G, 90, 0, 0),
            abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(1), START + 44 days)
        );
    }

    function test_RevertWhen_AllIsDecided() public {
        vm.warp(START + 100 days);
        escrow.lapse(0);
        escrow.lapse(1);
        ChangeOrder memory o = change(2, ChangeOp.Add, G, 200, 150, 0);
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(253), uint256(2)));
        escrow.amend(o, "", "", "", self(), self(), new Auth[](0));
    }

    function test_RevertWhen_OneSignatureIsMissing() public {
        ChangeOrder memory o = change(0, ChangeOp.Set, G - 1, 30, 5, 0);
        Auth memory a = consent(CLIENT_KEY, 8, 0, orderHead(o), FOREVER);
        fails(E.Escrow_NotParty.selector);
        escrow.amend(o, "", "", "", a, self(), new Auth[](0));
        o.termsHash = keccak256("altered");
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, client));
        escrow.amend(o, "", "", "", a, a, new Auth[](0));
    }

    function test_SeventeenthMilestoneIsRefused() public {
        // Milestone 1 is reserved first, the rest covers the kill fees.
        fund(1_700e6 + 14 * 150e6);
        for (uint8 i = 2; i < 16; ++i) amend(change(i, ChangeOp.Add, G, 90, 60, 0));
        ChangeOrder memory o = change(16, ChangeOp.Add, G, 90, 60, 0);
        bytes memory head = orderHead(o);
        Auth memory a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        fails(abi.encodeWithSelector(E.Terms_Count.selector, uint8(0), uint256(17)));
        escrow.amend(o, "", "", "", a, b, new Auth[](0));
    }

    function test_ChangeOrderClearsARunningNotice() public {
        vm.prank(client);
        escrow.cancel(self());
        amend(change(0, ChangeOp.Set, G, 31, 5, 0));
        eq(escrow.progress().cancelAt, 0, "cleared");
        (uint40 at_, , ) = escrow.exitOf(0);
        eq(at_, START + 45 days, "the due date counts again");
    }

    function test_NoticeThatEndedStays() public {
        vm.prank(client);
        escrow.cancel(self());
        uint256 end = block.timestamp + 7 days;
        vm.warp(end + 1);
        _refusedOrder(
            change(0, ChangeOp.Set, G, 60, 5, 0),
            abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(0), end)
        );
        amend(order());
        isTrue(escrow.progress().cancelAt != 0, "what it ended is final");
    }

    // ---- amend: payees

    function _payeeConsent(uint256 key, ChangeOrder memory o) private view returns (Auth[] memory list) {
        list = new Auth[](1);
        list[0] = consent(key, 8, 0, orderHead(o), FOREVER);
    }

    function test_PayeeWhosePartFallsMustSign() public {
        ChangeOrder memory o = order();
        o.payees = new PayeeChange[](2);
        o.payees[0] = PayeeChange(0, worker, 7_000);
        o.payees[1] = PayeeChange(1, mia, 3_000);
        bytes memory head = orderHead(o);
        Auth memory a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_ConsentMissing.selector, mia));
        escrow.amend(o, "", "", "", a, b, new Auth[](0));
        Auth[] memory wrong = _payeeConsent(NOA_KEY, o);
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, mia));
        escrow.amend(o, "", "", "", a, b, wrong);
        escrow.amend(o, "", "", "", a, b, _payeeConsent(MIA_KEY, o));
        (, uint16[] memory weights) = escrow.payees();
        eq(weights[0], 7_000, "first");
        eq(weights[1], 3_000, "second");
    }

    function test_ReplacedPayeeMustSignAndTheNewOneIsPaid() public {
        ChangeOrder memory o = payeeOrder(1, noa, 4_000);
        amend(o, _payeeConsent(MIA_KEY, o));
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        eq(token.balanceOf(mia), 0, "replaced");
        eq(token.balanceOf(noa), 376.2e6, "40 % of 940.5");
    }

    function test_AppendedPayeeNeedsNoSignatureOfOthers() public {
        ChangeOrder memory o = order();
        o.payees = new PayeeChange[](2);
        o.payees[0] = PayeeChange(0, worker, 5_000);
        o.payees[1] = PayeeChange(2, noa, 1_000);
        // The contributor signed the order already.
        amend(o);
        (address[] memory accounts, uint16[] memory weights) = escrow.payees();
        eq(accounts.length, 3, "three");
        eq(accounts[2], noa, "new");
        eq(weights[2], 1_000, "weight");
    }

    /// @dev Whoever is not on the list now can be appended, also a contributor that handed its place on.
    function test_AppendedPayeeMayBeWhoeverIsNotListed() public {
        vm.prank(worker);
        escrow.changePayee(0, noa, self());
        vm.warp(block.timestamp + 72 hours + 1);
        ChangeOrder memory o = order();
        o.payees = new PayeeChange[](2);
        o.payees[0] = PayeeChange(1, mia, 3_000);
        o.payees[1] = PayeeChange(2, worker, 1_000);
        amend(o, _payeeConsent(MIA_KEY, o));
        (address[] memory accounts, ) = escrow.payees();
        eq(accounts[0], noa, "successor");
        eq(accounts[2], worker, "appended");
    }

    function test_RevertWhen_PayeesBreakARule() public {
        ChangeOrder memory o = payeeOrder(0, worker, 5_000);
        _refusedOrder(o, abi.encodeWithSelector(E.Terms_WeightSum.selector, uint256(9_000)));
        o = payeeOrder(3, noa, 1);
        _refusedOrder(o, abi.encodeWithSelector(E.Escrow_NoSuchPayee.selector, uint256(3)));
        o = payeeOrder(2, mia, 1);
        _refusedOrder(o, abi.encodeWithSelector(E.Escrow_BadPayee.selector, mia));
        o = payeeOrder(2, address(escrow), 1);
        _refusedOrder(o, abi.encodeWithSelector(E.Escrow_BadPayee.selector, address(escrow)));
        o = order();
        o.payees = new PayeeChange[](2);
        o.payees[0] = PayeeChange(0, worker, 0);
        o.payees[1] = PayeeChange(2, noa, 6_000);
        _refusedOrder(o, abi.encodeWithSelector(E.Terms_WeightSum.selector, uint256(0)));
    }
}
