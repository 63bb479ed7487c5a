// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneEscrow, Profile, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {HostileToken} from "../../support/escrow/Actors.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev Splits, refused payments, claims and payees that move: Pay.tree.
contract PayTest is EscrowFixture {
    uint96 private constant G = 9_333_333_333;

    function setUp() public {
        deployAll();
        addPayee(worker, 5_000);
        addPayee(mia, 3_333);
        addPayee(noa, 1_667);
        addProfile(plain());
        addMilestone(G, 30, 5, 0);
        addMilestone(G, 30, 5, 0);
        create();
        fund(2 * G);
        vm.warp(START + 1 days);
        submit(0, DIGEST);
    }

    function _pay() private {
        approve(0, 1, DIGEST, 10_000);
    }

    // F = 93,333,333; D = 9,240,000,000

    function test_RemainderGoesToTheFirstPayee() public {
        _pay();
        uint256 d = uint256(G) - 93_333_333;
        uint256 second = (d * 3_333) / 10_000;
        uint256 third = (d * 1_667) / 10_000;
        eq(token.balanceOf(mia), second, "second");
        eq(token.balanceOf(noa), third, "third");
        eq(token.balanceOf(worker), d - second - third, "first and remainder");
        eq(token.balanceOf(treasury), 93_333_333, "fee");
    }

    function test_BlockedPayeeIsCreditedAndOthersPaid() public {
        token.setBlocked(mia, true);
        _pay();
        uint256 d = uint256(G) - 93_333_333;
        uint256 part = (d * 3_333) / 10_000;
        eq(escrow.credit(mia), part, "credit");
        eq(escrow.ledger().credits, part, "in the books");
        eq(token.balanceOf(noa), (d * 1_667) / 10_000, "paid");
        checkBooks();
    }

    /// @dev E12: whoever is banned, all others get the same; the banned are credited in full.
    function test_AnyBannedSubsetChangesNothingForOthers() public {
        address[4] memory all = [worker, mia, noa, treasury];
        uint256[4] memory due;
        uint256 snapshot = vm.snapshotState();
        _pay();
        for (uint256 i; i < 4; ++i) due[i] = token.balanceOf(all[i]);
        for (uint256 banned = 1; banned < 16; ++banned) {
            vm.revertToState(snapshot);
            snapshot = vm.snapshotState();
            for (uint256 i; i < 4; ++i) if ((banned >> i) & 1 == 1) token.setBlocked(all[i], true);
            _pay();
            for (uint256 i; i < 4; ++i) {
                bool out = (banned >> i) & 1 == 1;
                eq(token.balanceOf(all[i]), out ? 0 : due[i], "wallet");
                eq(escrow.credit(all[i]), out ? due[i] : 0, "credit");
            }
            eq(escrow.feesPaid(), (banned >> 3) & 1 == 1 ? 0 : due[3], "only fees that arrived count");
            checkBooks();
        }
    }

    function test_RefusedFeeCountsOnceClaimed() public {
        token.setBlocked(treasury, true);
        _pay();
        eq(escrow.feesPaid(), 0, "not yet");
        token.setBlocked(treasury, false);
        escrow.claim(treasury, treasury, self());
        eq(escrow.feesPaid(), 93_333_333, "now");
        eq(token.balanceOf(treasury), 93_333_333, "there");
        checkBooks();
    }

    function test_ClaimToAnyAddress() public {
        token.setBlocked(mia, true);
        _pay();
        uint256 part = escrow.credit(mia);
        vm.startPrank(STRANGER);
        fails(E.Escrow_NotParty.selector);
        escrow.claim(mia, STRANGER, self());
        fails(abi.encodeWithSelector(E.Escrow_TokenRefused.selector, mia, mia));
        escrow.claim(mia, mia, self());
        vm.stopPrank();
        eq(escrow.credit(mia), part, "kept");
        vm.startPrank(mia);
        fails(abi.encodeWithSelector(E.Escrow_TokenRefused.selector, mia, address(escrow)));
        escrow.claim(mia, address(escrow), self());
        escrow.claim(mia, address(0xbeef), self());
        vm.stopPrank();
        eq(token.balanceOf(address(0xbeef)), part, "paid");
        fails(E.Escrow_NothingDue.selector);
        escrow.claim(mia, mia, self());
        checkBooks();
    }

    function test_ClaimBySignatureOnce() public {
        token.setBlocked(mia, true);
        _pay();
        bytes32 typeHash = keccak256("Claim(address account,address to,uint256 nonce,uint48 deadline)");
        bytes memory head = abi.encode(typeHash, mia, noa);
        uint256 nonce = escrow.nonces(mia, escrow.intentKey(10, 0));
        escrow.claim(mia, noa, consentWith(MIA_KEY, nonce, head, FOREVER));
        fails(abi.encodeWithSignature("InvalidAccountNonce(address,uint256)", mia, nonce + 1));
        escrow.claim(mia, noa, consentWith(MIA_KEY, nonce, head, FOREVER));
    }

    // ---- payees that move

    function test_ChangedPayeeIsPaidAfterThreeDays() public {
        vm.prank(mia);
        escrow.changePayee(1, address(0xbeef), self());
        vm.warp(block.timestamp + 72 hours);
        (address[] memory accounts, ) = escrow.payees();
        eq(accounts[1], mia, "old one in the last second");
        vm.warp(block.timestamp + 1);
        (accounts, ) = escrow.payees();
        eq(accounts[1], address(0xbeef), "then the new one");
        _pay();
        eq(token.balanceOf(mia), 0, "old");
        isTrue(token.balanceOf(address(0xbeef)) > 0, "new");
    }

    function test_ChangeIsRevokedByNamingTheOld() public {
        vm.startPrank(mia);
        escrow.changePayee(1, address(0xbeef), self());
        escrow.changePayee(1, mia, self());
        vm.stopPrank();
        vm.warp(block.timestamp + 4 days);
        (address[] memory accounts, uint16[] memory weights) = escrow.payees();
        eq(accounts[1], mia, "old");
        eq(weights[1], 3_333, "weight");
    }

    function test_SuccessorActsAfterTheDelay() public {
        vm.prank(mia);
        escrow.changePayee(1, address(0xbeef), self());
        vm.prank(address(0xbeef));
        fails(E.Escrow_NotParty.selector);
        escrow.changePayee(1, address(0xcafe), self());
        vm.warp(block.timestamp + 72 hours + 1);
        vm.prank(mia);
        fails(E.Escrow_NotParty.selector);
        escrow.changePayee(1, mia, self());
        vm.prank(address(0xbeef));
        escrow.changePayee(1, address(0xcafe), self());
        (address[] memory accounts, ) = escrow.payees();
        eq(accounts[1], address(0xbeef), "successor until then");
    }

    function test_RevertWhen_SuccessorCannotBePaid() public {
        address[8] memory bad = [address(0), address(escrow), address(token), gate, arbitration, treasury, worker, noa];
        vm.startPrank(mia);
        for (uint256 i; i < bad.length; ++i) {
            fails(abi.encodeWithSelector(E.Escrow_BadPayee.selector, bad[i]));
            escrow.changePayee(1, bad[i], self());
        }
        fails(abi.encodeWithSelector(E.Escrow_NoSuchPayee.selector, uint256(3)));
        escrow.changePayee(3, address(1), self());
        vm.stopPrank();
        vm.prank(client);
        fails(E.Escrow_NotParty.selector);
        escrow.changePayee(1, client, self());
    }

    function test_ChangePayeeBySignature() public {
        bytes32 typeHash = keccak256("ChangePayee(uint8 index,address next,uint256 nonce,uint48 deadline)");
        bytes memory head = abi.encode(typeHash, uint8(1), address(0xbeef));
        escrow.changePayee(1, address(0xbeef), consent(MIA_KEY, 9, 1, head, FOREVER));
        vm.warp(block.timestamp + 72 hours + 1);
        (address[] memory accounts, ) = escrow.payees();
        eq(accounts[1], address(0xbeef), "new");
    }
}

/// @dev A token that burns all gas or bombs the return cannot stop others.
contract PayHostileTest is EscrowFixture {
    HostileToken private _hostile;

    function setUp() public {
        _hostile = new HostileToken();
        deployWith(address(_hostile));
        addPayee(worker, 9_999);
        addPayee(mia, 1);
        addProfile(plain());
        addMilestone(10_000, 30, 5, 0);
        create();
        fund(10_000);
        submit(0, DIGEST);
    }

    function test_FalseAnswerIsARefusal() public {
        _hostile.setVices(true, false, 0);
        token.setBlocked(worker, true);
        approve(0, 1, DIGEST, 10_000);
        eq(escrow.credit(worker), 9_900, "credited, floor(0.99) = 0 for the other");
        eq(token.balanceOf(mia), 0, "zero parts are not sent");
        checkBooks();
    }
}
