// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneEscrow, Profile, Progress, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {HostileToken, Wallet} from "../../support/escrow/Actors.sol";
import {EscrowFixture, IToken} from "../../support/escrow/EscrowFixture.sol";

/// @dev Money in and back: Fund.tree.
contract FundTest is EscrowFixture {
    function setUp() public {
        deployAll();
        addProfile(full());
        addMilestone(1_000e6, 30, 5, 0);
        addMilestone(2_000e6, 60, 40, 0);
        addMilestone(3_000e6, 90, 70, 0);
        create();
    }

    // ---- reserving: first 1,000 + covers 300 + 450, then 2,000 - 300, then 3,000 - 450

    function test_NothingIsHalfFunded() public {
        fund(1_749_999_999);
        checkLedger(1_749_999_999, 0, 0, 0, 0);
        isState(0, State.Planned, "not funded");
        fund(1);
        checkLedger(0, 1_000e6, 750e6, 0, 0);
        isState(0, State.Funded, "funded");
        isState(1, State.Planned, "next not");
    }

    function test_ReservesInIndexOrder() public {
        fund(1_750e6 + 1_700e6 - 1);
        checkLedger(1_700e6 - 1, 1_000e6, 750e6, 0, 0);
        fund(1);
        checkLedger(0, 3_000e6, 450e6, 0, 0);
        fund(2_550e6 + 5);
        checkLedger(5, 6_000e6, 0, 0, 0);
        Progress memory p = escrow.progress();
        eq(p.funded, 3, "funded");
        isTrue(p.activated, "activated");
    }

    function test_LateFundingMovesTheDueDate() public {
        vm.warp(START + 5 days);
        fund(1_750e6);
        eq(escrow.milestone(0).shift, 0, "in time");
        vm.warp(START + 40 days + 1);
        fund(1_700e6);
        eq(escrow.milestone(1).shift, 1, "one second late");
        eq(escrow.milestone(1).dueAt, START + 60 days + 1, "due");
    }

    function test_AnyonePaysForAFunder() public {
        token.mint(STRANGER, 10);
        fundAs(STRANGER, 0, 10);
        eq(escrow.ledger().pool, 10, "booked for the client");
    }

    function test_RevertWhen_NoSuchFunder() public {
        fails(abi.encodeWithSelector(E.Escrow_NoSuchFunder.selector, uint256(1)));
        vm.prank(client);
        escrow.fund(1, 10);
    }

    function test_RevertWhen_NothingArrives() public {
        fails(E.Escrow_NothingDue.selector);
        vm.prank(client);
        escrow.fund(0, 0);
    }

    // ---- EIP-2612

    function _permit(uint256 key, uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 typeHash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash = keccak256(
            abi.encode(typeHash, vm.addr(key), escrow, amount, token.nonces(vm.addr(key)), type(uint256).max)
        );
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash)));
    }

    function test_FundsWithPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(CLIENT_KEY, 1_750e6);
        vm.prank(client);
        escrow.fundWithPermit(0, 1_750e6, type(uint256).max, v, r, s);
        eq(escrow.ledger().milestones, 1_000e6, "funded");
    }

    function test_FrontRunPermitDoesNotBlock() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(CLIENT_KEY, 1_750e6);
        (bool ok, ) = address(token).call(
            abi.encodeWithSignature(
                "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
                client,
                escrow,
                1_750e6,
                type(uint256).max,
                v,
                r,
                s
            )
        );
        isTrue(ok, "front-run");
        vm.prank(client);
        escrow.fundWithPermit(0, 1_750e6, type(uint256).max, v, r, s);
        eq(escrow.ledger().milestones, 1_000e6, "funded");
    }

    function test_RevertWhen_PermitIsAnothers() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(CLIENT_KEY, 1_750e6);
        vm.prank(STRANGER);
        fails(
            abi.encodeWithSignature(
                "ERC20InsufficientAllowance(address,uint256,uint256)",
                escrow,
                uint256(0),
                uint256(1_750e6)
            )
        );
        escrow.fundWithPermit(0, 1_750e6, type(uint256).max, v, r, s);
    }

    // ---- EIP-3009

    function _authorization(
        uint256 key,
        address from,
        uint8 funder,
        uint96 amount
    ) private view returns (bytes memory) {
        bytes32 typeHash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 nonce = keccak256(abi.encode(escrow, funder, bytes32("salt")));
        bytes32 structHash = keccak256(abi.encode(typeHash, from, escrow, amount, 0, type(uint40).max, nonce));
        return signed(key, token.DOMAIN_SEPARATOR(), structHash);
    }

    function test_FundsWithAuthorization() public {
        bytes memory signature = _authorization(CLIENT_KEY, client, 0, 1_750e6);
        vm.prank(STRANGER);
        escrow.fundWithAuthorization(0, client, 1_750e6, 0, type(uint40).max, "salt", signature);
        eq(escrow.ledger().milestones, 1_000e6, "funded");
        fails(
            abi.encodeWithSignature(
                "ERC3009UsedAuthorization(address,bytes32)",
                client,
                keccak256(abi.encode(escrow, uint8(0), bytes32("salt")))
            )
        );
        escrow.fundWithAuthorization(0, client, 1_750e6, 0, type(uint40).max, "salt", signature);
    }

    function test_RevertWhen_AuthorizationIsForAnotherFunder() public {
        bytes memory signature = _authorization(CLIENT_KEY, client, 1, 1_750e6);
        fails(bytes4(keccak256("ERC3009InvalidSignature()")));
        escrow.fundWithAuthorization(0, client, 1_750e6, 0, type(uint40).max, "salt", signature);
    }

    function test_SmartAccountPaysByAuthorization() public {
        address wallet = address(new LongSignatureWallet(vm.addr(NOA_KEY)));
        token.mint(wallet, 1_750e6);
        bytes memory signature = abi.encodePacked(_authorization(NOA_KEY, wallet, 0, 1_750e6), hex"00");
        escrow.fundWithAuthorization(0, wallet, 1_750e6, 0, type(uint40).max, "salt", signature);
        eq(escrow.ledger().milestones, 1_000e6, "funded");
    }

    // ---- sync, recover, unfund, refund

    function test_SyncBooksForTheClient() public {
        vm.prank(client);
        token.transfer(address(escrow), 1_750e6);
        checkLedger(0, 0, 0, 0, 0);
        escrow.sync();
        checkLedger(0, 1_000e6, 750e6, 0, 0);
        escrow.sync();
        checkLedger(0, 1_000e6, 750e6, 0, 0);
    }

    function test_RecoverSendsOtherTokensToTheClient() public {
        IToken other = IToken(deployCode("TestToken.sol:TestToken", abi.encode(address(this))));
        other.mint(address(escrow), 77);
        fund(1_750e6);
        escrow.recover(address(other));
        eq(other.balanceOf(client), 77, "client");
        fails(E.Escrow_NothingDue.selector);
        escrow.recover(address(other));
        token.mint(address(escrow), 5);
        fails(E.Escrow_NothingDue.selector);
        escrow.recover(address(token));
    }

    function test_UnfundMakesRefundable() public {
        fund(1_750e6 + 100);
        vm.prank(client);
        fails(abi.encodeWithSelector(E.Escrow_Underfunded.selector, uint256(101), uint256(100)));
        escrow.unfund(101, self());
        vm.prank(client);
        fails(E.Escrow_NothingDue.selector);
        escrow.unfund(0, self());
        vm.prank(client);
        escrow.unfund(60, self());
        checkLedger(40, 1_000e6, 750e6, 0, 60);
        uint256 before = token.balanceOf(client);
        vm.prank(STRANGER);
        escrow.refund();
        eq(token.balanceOf(client) - before, 60, "refunded");
        fails(E.Escrow_NothingDue.selector);
        escrow.refund();
    }

    function test_RevertWhen_UnfundByAnother() public {
        fund(10);
        fails(E.Escrow_NotParty.selector);
        vm.prank(worker);
        escrow.unfund(1, self());
    }

    function test_UnfundBySignature() public {
        fund(10);
        bytes memory head = abi.encode(keccak256("Unfund(uint96 amount,uint256 nonce,uint48 deadline)"), uint96(4));
        escrow.unfund(4, consent(CLIENT_KEY, 0, 0, head, FOREVER));
        checkLedger(6, 0, 0, 0, 4);
    }

    /// @dev A project that nobody can fund any more takes no money: late payments go home.
    function test_MoneyAfterTheEndIsRefundable() public {
        vm.warp(START + 70 days + 44 days + 1);
        fund(10);
        checkLedger(0, 0, 0, 0, 10);
        for (uint8 m; m < 3; ++m) isState(m, State.Cancelled, "lapsed first");
    }

    function test_AllocationLapsesOverdueMilestonesFirst() public {
        fund(1_750e6);
        vm.warp(START + 40 days + 44 days);
        fund(1_700e6 - 1);
        isState(1, State.Planned, "last second");
        vm.warp(START + 40 days + 44 days + 1);
        uint256 before = token.balanceOf(worker);
        fund(1);
        isState(1, State.Cancelled, "over");
        isState(2, State.Planned, "2,550 are needed");
        // Milestone 0 was not delivered by day 44 either: the contributor defaulted first, so no kill fee.
        eq(token.balanceOf(worker) - before, 0, "no kill fee");
        eq(escrow.ledger().refundable, 300e6, "cover goes home");
        checkBooks();
    }
}

/// @dev Takes a signature of 66 bytes: its key's and a byte that says nothing.
contract LongSignatureWallet {
    Wallet private immutable _inner;

    constructor(address owner) {
        _inner = new Wallet(owner);
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return signature.length == 66 ? _inner.isValidSignature(hash, signature[0:65]) : bytes4(0);
    }
}

/// @dev Several funders: shares to the unit, accrued refunds first.
contract FundersTest is EscrowFixture {
    function setUp() public {
        deployAll();
        addFunder(cofunder);
        addProfile(plain());
        addMilestone(1_000, 30, 5, 0);
        addMilestone(2_000, 60, 40, 0);
        create();
    }

    function test_RefundIsProRataAndTheClientTakesTheRemainder() public {
        fundAs(client, 0, 700);
        fundAs(cofunder, 1, 300);
        eq(escrow.contribution(0), 700, "client");
        eq(escrow.contribution(1), 300, "cofunder");
        vm.warp(START + 30 days + 14 days + 1);
        escrow.lapse(0);
        vm.warp(START + 40 days + 44 days + 1);
        escrow.lapse(1);
        uint256 before = token.balanceOf(client);
        uint256 beforeCo = token.balanceOf(cofunder);
        escrow.refund();
        eq(token.balanceOf(client) - before, 700, "client");
        eq(token.balanceOf(cofunder) - beforeCo, 300, "cofunder");
        checkLedger(0, 0, 0, 0, 0);
    }

    function test_NewMoneyDoesNotShareOldRefunds() public {
        fundAs(client, 0, 1);
        fundAs(cofunder, 1, 2);
        vm.prank(client);
        escrow.unfund(3, self());
        uint256 before = token.balanceOf(cofunder);
        fundAs(client, 0, 1_000_000);
        eq(token.balanceOf(cofunder) - before, 2, "paid by the old shares");
    }

    function test_RemainderGoesToTheClient() public {
        fundAs(client, 0, 1);
        fundAs(cofunder, 1, 2);
        vm.prank(client);
        escrow.unfund(2, self());
        uint256 before = token.balanceOf(client);
        escrow.refund();
        // floor(2 * 2 / 3) = 1 for the cofunder, 1 for the client.
        eq(token.balanceOf(client) - before, 1, "client");
    }

    function test_BlockedFunderIsCredited() public {
        fundAs(client, 0, 1);
        fundAs(cofunder, 1, 2);
        vm.prank(client);
        escrow.unfund(3, self());
        token.setBlocked(cofunder, true);
        escrow.refund();
        eq(escrow.credit(cofunder), 2, "credit");
        checkBooks();
    }
}

/// @dev Tokens that should never be listed.
contract FundHostileTest is EscrowFixture {
    HostileToken private _hostile;

    function setUp() public {
        _hostile = new HostileToken();
        deployWith(address(_hostile));
        addProfile(plain());
        addMilestone(1_000, 30, 5, 0);
        create();
    }

    function test_BooksTheMeasuredDelta() public {
        _hostile.setVices(false, false, 100);
        fund(1_000);
        checkLedger(990, 0, 0, 0, 0);
        isState(0, State.Planned, "not half funded");
    }

    function test_TokenWithoutAnswer() public {
        _hostile.setVices(false, true, 0);
        fund(1_000);
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        eq(token.balanceOf(worker), 990, "paid");
    }

    function test_RevertWhen_TokenAnswersFalse() public {
        _hostile.setVices(true, false, 0);
        token.setBlocked(client, true);
        vm.startPrank(client);
        token.approve(address(escrow), 10);
        fails(abi.encodeWithSignature("SafeERC20FailedOperation(address)", address(token)));
        escrow.fund(0, 10);
        vm.stopPrank();
    }

    function test_RevertWhen_BalanceShrank() public {
        fund(1_000);
        _hostile.burn(address(escrow), 1);
        fails(abi.encodeWithSelector(E.Escrow_Shortfall.selector, uint256(999), uint256(1_000)));
        escrow.sync();
    }

    function test_AmountsBeyondTheLedgerAreRefused() public {
        token.mint(client, type(uint128).max);
        fund(type(uint96).max - 5);
        vm.startPrank(client);
        token.approve(address(escrow), 6);
        fails(abi.encodeWithSelector(E.Escrow_AmountTooLarge.selector, uint256(6), uint256(5)));
        escrow.fund(0, 6);
        token.transfer(address(escrow), 100);
        vm.stopPrank();
        escrow.sync();
        eq(escrow.ledger().booked, type(uint96).max, "sync takes what fits");
    }

    function test_CallbackMeetsTheGuard() public {
        bytes memory guard = abi.encodeWithSignature("ReentrancyGuardReentrantCall()");
        bytes[9] memory calls = [
            abi.encodeCall(IMilestoneEscrow.refund, ()),
            abi.encodeCall(IMilestoneEscrow.sync, ()),
            abi.encodeCall(IMilestoneEscrow.lapse, (0)),
            abi.encodeCall(IMilestoneEscrow.endWarranty, ()),
            abi.encodeCall(IMilestoneEscrow.fund, (0, 1)),
            abi.encodeCall(IMilestoneEscrow.claim, (worker, worker, self())),
            abi.encodeCall(IMilestoneEscrow.ledger, ()),
            abi.encodeCall(IMilestoneEscrow.feesPaid, ()),
            abi.encodeCall(IMilestoneEscrow.contribution, (0))
        ];
        fund(1_009);
        for (uint256 i; i < calls.length; ++i) {
            _hostile.setHook(address(escrow), calls[i]);
            vm.prank(client);
            escrow.unfund(1, self());
            escrow.refund();
            isTrue(!_hostile.hookOk(), "refused");
            eq(keccak256(_hostile.hookAnswer()), keccak256(guard), "by the guard");
        }
    }
}
