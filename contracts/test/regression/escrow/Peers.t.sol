// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Auth,
    ChangeOp,
    ChangeOrder,
    IMilestoneEscrow,
    MilestoneChange,
    Profile,
    State
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {HostileToken, Recorder} from "../../support/escrow/Actors.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev One named test for each fault read or measured in peers (design page 10, section 11).
contract PeersTest is EscrowFixture {
    uint96 private constant G = 1_000_000_001;

    function setUp() public {
        deployAll();
        addProfile(plain());
    }

    function _project(uint8 n) private {
        for (uint8 i; i < n; ++i) addMilestone(G, 30, 5, 0);
        create();
        fund(n * G);
    }

    function _net(uint256 amount) private pure returns (uint256) {
        return amount - (amount * 100) / 10_000;
    }

    function test_SmartInvoiceH01_BlockedPayeeStopsNoSplit() public {
        addPayee(worker, 5_000);
        addPayee(mia, 5_000);
        _project(1);
        submit(0, DIGEST);
        token.setBlocked(worker, true);
        approve(0, 1, DIGEST, 10_000);
        isTrue(token.balanceOf(mia) != 0 && escrow.credit(worker) != 0, "one paid, one credited");
        checkBooks();
    }

    function test_KlerosV2_RefusedTransferIsCreditedInFull() public {
        _project(1);
        submit(0, DIGEST);
        token.setBlocked(worker, true);
        approve(0, 1, DIGEST, 10_000);
        eq(escrow.credit(worker), _net(G), "nothing is lost");
    }

    function test_TalentLayer_FeeIsThatOfTheTerms() public {
        _project(1);
        factory.setFeeBps(500);
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        eq(token.balanceOf(worker), _net(G), "1 %, not 5 %");
        eq(token.balanceOf(address(escrow)), 0, "never more than there is");
    }

    function test_SmartInvoiceM01M02_DonationBlocksNoCall() public {
        _project(2);
        submit(0, DIGEST);
        escalate(0, 1, DIGEST, false, 0);
        token.mint(address(escrow), 12_345);
        rule(0, 1, 10_000, true);
        submit(1, DIGEST);
        token.mint(address(escrow), 1);
        approve(1, 1, DIGEST, 10_000);
        escrow.sync();
        escrow.refund();
        eq(token.balanceOf(address(escrow)), 0, "the donation went to the client");
    }

    function test_SmartInvoiceM03_OneSideCannotAddMilestones() public {
        _project(1);
        ChangeOrder memory o = change(1, ChangeOp.Add, 1, 30, 5, 0);
        Auth memory a = consent(CLIENT_KEY, 8, 0, orderHead(o), FOREVER);
        fails(abi.encodeWithSelector(E.Escrow_BadSignature.selector, worker));
        escrow.amend(o, "", "", "", a, a, new Auth[](0));
    }

    function test_Allo_SubmissionCannotBeSwappedAfterAVote() public {
        _project(1);
        submit(0, DIGEST);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(0), uint256(State.Submitted)));
        escrow.submit(0, DIGEST_2, self());
        reject(0, 1, DIGEST);
        vm.prank(gate);
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(0), uint256(State.Rejected)));
        escrow.approve(0, 1, DIGEST, 10_000);
        submit(0, DIGEST_2);
        vm.prank(gate);
        fails(abi.encodeWithSelector(E.Escrow_WrongRound.selector, uint256(0), uint256(2)));
        escrow.approve(0, 1, DIGEST, 10_000);
    }

    function test_Allo_EachMilestonePaysItsOwnAmount() public {
        for (uint8 n = 1; n <= 16; ++n) {
            t.milestones = "";
            t.milestoneCount = 0;
            t.start += 1;
            uint256 before = token.balanceOf(worker);
            _project(n);
            for (uint8 m; m < n; ++m) {
                submit(m, DIGEST);
                approve(m, 1, DIGEST, 10_000);
            }
            eq(token.balanceOf(worker) - before, uint256(n) * _net(G), "sum");
            eq(token.balanceOf(address(escrow)), 0, "nothing left");
        }
    }

    function test_TrustlessWork_HalfFundedMilestoneLocksNothing() public {
        addMilestone(G, 30, 5, 0);
        create();
        fund(G - 1);
        vm.startPrank(client);
        escrow.unfund(G - 1, self());
        vm.stopPrank();
        escrow.refund();
        eq(token.balanceOf(address(escrow)), 0, "all back");
    }

    function test_SmartInvoice_SilentArbitratorFreezesNothing() public {
        _project(1);
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        dispute(0);
        Recorder(arbitration).kill();
        vm.warp(block.timestamp + 42 days + 1);
        escrow.lapse(0);
        escrow.refund();
        eq(token.balanceOf(address(escrow)), 0, "standing result executed");
    }

    function test_TrustlessWork_DigestIsWrittenOncePerRound() public {
        _project(1);
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(0), uint256(State.Released)));
        escrow.submit(0, DIGEST_2, self());
        eq(escrow.milestone(0).digest, DIGEST, "what was paid");
    }

    function test_SmartInvoiceV3_NoFeeOnRefunds() public {
        _project(1);
        submit(0, DIGEST);
        escalate(0, 1, DIGEST, true, 0);
        rule(0, 1, 2_500, true);
        uint256 gross = (uint256(G) * 2_500) / 10_000;
        eq(token.balanceOf(treasury), (gross * 100) / 10_000, "fee on what was paid only");
        uint256 before = token.balanceOf(client);
        escrow.refund();
        eq(token.balanceOf(client) - before, uint256(G) - gross, "the rest in full");
    }

    function test_Kleros_OddUnitHasAnOwner() public {
        _project(1);
        submit(0, DIGEST);
        escalate(0, 1, DIGEST, false, 0);
        rule(0, 1, 5_000, true);
        uint256 gross = uint256(G) / 2;
        eq(escrow.ledger().refundable, uint256(G) - gross, "the odd unit is the funders'");
        escrow.refund();
        eq(token.balanceOf(address(escrow)), 0, "to the last unit");
    }

    /// @dev A starved call reverts or pays; it never turns a payment that works into a credit.
    function test_TalentLayer_StarvedCallNeverCredits() public {
        _project(1);
        submit(0, DIGEST);
        uint256 paid;
        for (uint256 limit = 40_000; limit <= 240_000; limit += 2_500) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(gate);
            (bool ok, ) = address(escrow).call{gas: limit}(
                abi.encodeCall(IMilestoneEscrow.approve, (0, 1, DIGEST, 10_000))
            );
            if (ok) {
                ++paid;
                eq(escrow.credit(worker), 0, "no credit");
                eq(token.balanceOf(worker), _net(G), "paid");
            } else {
                isState(0, State.Submitted, "nothing changed");
            }
            vm.revertToState(snapshot);
        }
        isTrue(paid != 0, "enough gas pays");
    }

    function test_Inverter_CancellingAnyMilestoneLeavesTheOthers() public {
        for (uint8 gone; gone < 5; ++gone) {
            t.milestones = "";
            t.milestoneCount = 0;
            t.start += 1;
            _project(5);
            amend(change(gone, ChangeOp.Cancel, 0, 0, 0, 0));
            for (uint8 m; m < 5; ++m) {
                if (m == gone) continue;
                submit(m, DIGEST);
                approve(m, 1, DIGEST, 10_000);
            }
            escrow.refund();
            eq(token.balanceOf(address(escrow)), 0, "empty");
        }
    }

    function test_Kleros_NoSetterReachesAnEscrow() public {
        _project(1);
        address before = escrow.arbitration();
        factory.setFeeBps(0);
        factory.setGuardian(STRANGER);
        factory.setZoneFactory(STRANGER);
        factory.setToken(address(token), false);
        factory.setCreationStopped(true);
        eq(escrow.arbitration(), before, "arbitration stays");
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        isState(0, State.Released, "and everything works");
    }

    function test_SmartInvoice_NoProjectDateSweepsAnything() public {
        addMilestone(G, 30, 5, 0);
        addMilestone(G, 300, 5, 0);
        create();
        fund(2 * G);
        vm.warp(START + 200 days);
        escrow.lapse(0);
        isState(1, State.Funded, "the later one stands");
        submit(1, DIGEST);
        approve(1, 1, DIGEST, 10_000);
        isState(1, State.Released, "and is paid");
    }
}

/// @dev Allo: a token that takes a fee on transfer.
contract PeersFeeTokenTest is EscrowFixture {
    function test_Allo_TransferFeeTokenBooksWhatArrives() public {
        HostileToken hostile = new HostileToken();
        deployWith(address(hostile));
        addProfile(plain());
        addMilestone(1_000, 30, 5, 0);
        factory.setToken(address(hostile), false);
        fails(abi.encodeWithSelector(E.Factory_TokenNotAllowed.selector, address(hostile)));
        factory.check(args());
        factory.setToken(address(hostile), true);
        create();
        hostile.setVices(false, false, 1);
        fund(10_000);
        eq(escrow.ledger().booked, 9_999, "the delta");
    }
}
