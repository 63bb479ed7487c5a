// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ClaimState,
    IMilestoneEscrow,
    Ledger,
    Profile,
    Progress,
    State
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {HostileToken, Recorder} from "../../support/escrow/Actors.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";
import {Cast, Handler} from "./Handler.t.sol";

/// @dev A contributor's smart account that agrees to everything: the handler's joint calls need no keys.
contract YesWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0x1626ba7e;
    }
}

/// @dev Stateful invariants of page 10: README.md beside this file names them.
contract EscrowInvariantTest is EscrowFixture {
    Handler private _handler;
    HostileToken private _token;
    bool private _dead;

    function setUp() public virtual {
        _token = new HostileToken();
        deployWith(address(_token));
        worker = address(new YesWallet());
        addFunder(cofunder);
        addPayee(worker, 5_000);
        addPayee(mia, 3_333);
        addPayee(noa, 1_667);
        addProfile(full());
        Profile memory p = full();
        p.silenceApproves = false;
        p.killBps = 333;
        p.maxRounds = 2;
        addProfile(p);
        addMilestone(101, 20, 5, 0);
        addMilestone(203, 40, 20, 1);
        addMilestone(307, 60, 40, 0);
        create();
        Cast memory cast = Cast(escrow, _token, client, worker, cofunder, gate, arbitration, treasury, mia, noa);
        _handler = new Handler(cast);
    }

    /// @dev Only the handler's functions are called.
    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(_handler);
    }

    function _credits() private view returns (uint256 sum) {
        address[11] memory all = [
            client,
            cofunder,
            worker,
            mia,
            noa,
            treasury,
            address(0xa000),
            address(0xa001),
            address(0xa002),
            address(0xa003),
            address(0xa004)
        ];
        for (uint256 i; i < all.length; ++i) sum += escrow.credit(all[i]);
    }

    /// @dev E1, E2 (Q1 to Q4): the balance is the booked sum and donations not yet synced; the credits sum to their bucket.
    function invariant_E1_E2_Conservation() public view {
        Ledger memory l = escrow.ledger();
        eq(_token.balanceOf(address(escrow)), uint256(l.booked) + _handler.donated(), "balance = booked + donations");
        eq(_credits(), l.credits, "credits");
        uint256 sum = uint256(l.pool) + l.milestones + l.cover + l.holdback + l.refundable + l.credits;
        eq(sum, l.booked, "buckets");
        uint256 contributions = escrow.contribution(0) + escrow.contribution(1);
        eq(contributions, _handler.paidIn(), "all that came in has a giver");
    }

    /// @dev E8: fee and parties stay.
    function invariant_E8_TermsStay() public view {
        eq(escrow.terms().feeBps, 100, "fee");
        eq(escrow.terms().client, client, "client");
        eq(escrow.terms().contributor, worker, "contributor");
    }

    /// @dev E10: from any state, time and one stranger empty the escrow, with gate and arbitration dead.
    function invariant_E10_Drain() public {
        vm.warp(_handler.time());
        if (!_dead) {
            Recorder(gate).kill();
            Recorder(arbitration).kill();
            _dead = true;
        }
        uint256 deadline = escrow.finalBy();
        uint8 n = escrow.terms().milestones;
        // Each pass takes the exits that are due; a milestone needs at most one, the claim one.
        for (uint256 pass; pass < 2; ++pass) {
            for (uint8 m; m < n; ++m) {
                if (escrow.milestone(m).state >= State.Released) continue;
                (uint40 at_, , ) = escrow.exitOf(m);
                if (at_ >= block.timestamp) vm.warp(uint256(at_) + 1);
                escrow.lapse(m);
            }
        }
        eq(escrow.progress().decided, n, "all decided");
        if (escrow.warrantyClaim().state != ClaimState.None) {
            (uint40 at_, , ) = escrow.exitOf(255);
            if (at_ >= block.timestamp) vm.warp(uint256(at_) + 1);
            escrow.lapse(255);
        }
        if (escrow.ledger().holdback != 0) {
            uint256 end = uint256(escrow.progress().lastDecidedAt) + 30 days;
            if (end >= block.timestamp) vm.warp(end + 1);
            escrow.endWarranty();
        }
        if (escrow.ledger().refundable != 0) escrow.refund();
        Ledger memory l = escrow.ledger();
        eq(l.booked, l.credits, "paid, refunded or credited");
        // With prompt callers by the promised date; the drain waits for one exit after the other, one second each.
        isTrue(block.timestamp <= deadline + 86 days + 20 || block.timestamp <= _handler.time() + 400 days, "in time");
    }
}
