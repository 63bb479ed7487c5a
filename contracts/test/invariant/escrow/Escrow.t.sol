// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Auth,
    IMilestoneEscrow,
    Ledger,
    Milestone,
    Settlement,
    State
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {ProjectEnd} from "./ProjectEnd.sol";
import {ProjectFixture} from "./ProjectFixture.sol";

/// @dev E1 to E16 of the design page on random lives of a project; ../README.md lists them. The handler checks each move, the
/// functions here read what it found and look at the state.
contract EscrowInvariants is ProjectFixture {
    /// @dev Balance covers the books, the buckets sum, each credit has its account.
    function invariant_E1_Backed() public view {
        _kept(1);
        Ledger memory l = escrow.ledger();
        eq(_token.balanceOf(address(escrow)), uint256(l.booked) + _handler.donated(), "balance = booked + donations");
        uint256 sum = uint256(l.pool) + l.milestones + l.cover + l.holdback + l.refundable + l.credits;
        eq(sum, l.booked, "buckets");
        address[11] memory all = _handler.accounts_();
        uint256 credits;
        for (uint256 i; i < all.length; ++i) credits += escrow.credit(all[i]);
        eq(credits, l.credits, "each credit has its account");
    }

    /// @dev What came in is paid, fee, refunded or booked, to the unit; the token's own count agrees.
    function invariant_E2_Conserved() public view {
        _kept(2);
        uint256 out = _handler.net() + _handler.fees() + _handler.refunded();
        uint256 booked = escrow.ledger().booked;
        eq(_handler.paidIn() + _handler.credited(), out + _handler.claimed() + booked, "in = out + booked");
        eq(_token.sent(address(escrow)), out + _handler.claimed() - _handler.credited(), "the token's count");
        eq(escrow.contribution(0) + escrow.contribution(1), _handler.paidIn(), "all that came in has a giver");
    }

    function invariant_E3_FinalStays() public view {
        _kept(3);
    }

    function invariant_E4_Graph() public view {
        _kept(4);
    }

    /// @dev In each state somebody can act, or the exit can be taken: never both, never neither.
    function invariant_E5_ActorOrLapse() public {
        uint8 n = escrow.terms().milestones;
        for (uint8 m; m < n; ++m) {
            Milestone memory s = escrow.milestone(m);
            (uint40 exitAt, , ) = escrow.exitOf(m);
            bool lapses = _works(STRANGER, abi.encodeCall(IMilestoneEscrow.lapse, (m)), 0);
            if (s.state >= State.Released) {
                isTrue(!lapses && exitAt == 0, "a final state has no exit");
                continue;
            }
            isTrue(lapses == (_handler.time() > exitAt), "the exit is open after its second, not before");
            if (s.state != State.Planned) isTrue(_acts(m, s) != lapses, "actor or lapse");
        }
    }

    function _acts(uint8 m, Milestone memory s) private returns (bool) {
        if (s.state == State.Funded) {
            return _works(worker, abi.encodeCall(IMilestoneEscrow.submit, (m, bytes32("new"), self())), 0);
        }
        if (s.state == State.Submitted) {
            return _works(gate, abi.encodeCall(IMilestoneEscrow.approve, (m, s.round, s.digest, 10_000)), 0);
        }
        if (s.state == State.Rejected) {
            return _works(worker, abi.encodeCall(IMilestoneEscrow.dispute, (m, REASON, self())), 0);
        }
        return _works(arbitration, abi.encodeCall(IMilestoneEscrow.rule, (m, s.round, 1, true)), 0);
    }

    /// @dev A gift blocks no call that worked, and no ending gives anybody less.
    function invariant_E6_GiftsHarmNobody() public {
        uint256 gift = 1 + (_handler.moves() % 7);
        bytes[4] memory calls = [
            abi.encodeCall(IMilestoneEscrow.refund, ()),
            abi.encodeCall(IMilestoneEscrow.endWarranty, ()),
            abi.encodeCall(IMilestoneEscrow.lapse, (uint8(_handler.moves() % 3))),
            abi.encodeCall(IMilestoneEscrow.lapse, (255))
        ];
        for (uint256 i; i < calls.length; ++i) {
            if (_works(STRANGER, calls[i], 0)) isTrue(_works(STRANGER, calls[i], gift), "blocked by a gift");
        }
        if (!_sampled()) return;
        uint256[11] memory without = _end(ProjectEnd.Way(true, false, 0, 0));
        uint256[11] memory with = _end(ProjectEnd.Way(true, false, 0, gift));
        for (uint256 i; i < 11; ++i) isTrue(with[i] >= without[i], "less because of a gift");
    }

    /// @dev The right caller with yesterday's round, digest or version.
    function invariant_E7_StaleIsRefused() public {
        uint8 n = escrow.terms().milestones;
        uint32 version = escrow.terms().version;
        for (uint8 m; m < n; ++m) {
            Milestone memory s = escrow.milestone(m);
            if (s.state >= State.Released) continue;
            _refused(gate, abi.encodeCall(IMilestoneEscrow.approve, (m, s.round, bytes32("other"), 10_000)));
            _refused(gate, abi.encodeCall(IMilestoneEscrow.approve, (m, s.round + 1, s.digest, 10_000)));
            _refused(gate, abi.encodeCall(IMilestoneEscrow.reject, (m, s.round + 1, s.digest, REASON)));
            _refused(gate, abi.encodeCall(IMilestoneEscrow.escalate, (m, s.round, bytes32("other"), true, 1)));
            _refused(arbitration, abi.encodeCall(IMilestoneEscrow.rule, (m, s.round + 1, 1, true)));
            _refusedSettlement(Settlement(m, s.round + 1, version, 1, false));
            _refusedSettlement(Settlement(m, s.round, version + 1, 1, false));
            if (s.round == 0) continue;
            _refused(gate, abi.encodeCall(IMilestoneEscrow.approve, (m, s.round - 1, s.digest, 10_000)));
            _refusedSettlement(Settlement(m, s.round - 1, version, 1, false));
        }
    }

    function _refused(address from, bytes memory data) private {
        isTrue(!_works(from, data, 0), "stale, and not refused");
    }

    function _refusedSettlement(Settlement memory s) private {
        uint256 nonce = escrow.nonces(worker, escrow.intentKey(7, s.m));
        _refused(client, abi.encodeCall(IMilestoneEscrow.settle, (s, self(), Auth(nonce, FOREVER, "yes"))));
    }

    function invariant_E8_TermsStay() public view {
        _kept(8);
        eq(escrow.terms().feeBps, 100, "fee");
        eq(escrow.terms().client, client, "client");
        eq(escrow.terms().contributor, worker, "contributor");
    }

    function invariant_E9_SharesStay() public view {
        _kept(9);
    }

    /// @dev Time and one stranger, with gate and arbitration dead, bring every unit home, by the promised second if prompt.
    function invariant_E10_Ends() public {
        if (_sampled()) _end(ProjectEnd.Way(false, false, 0, 0));
    }

    /// @dev And from the last state of every run of every suite.
    function afterInvariant() public {
        _end(ProjectEnd.Way(false, false, 0, 0));
    }

    function invariant_E11_FinalByHolds() public view {
        _kept(11);
    }

    /// @dev Whoever is banned: all get, or can claim, the same.
    function invariant_E12_BansChangeNothing() public {
        if (!_sampled()) return;
        uint256 bans = uint256(keccak256(abi.encode(_handler.moves(), _handler.time())));
        uint256[11] memory a = _end(ProjectEnd.Way(true, false, 0, 0));
        uint256[11] memory b = _end(ProjectEnd.Way(true, false, bans, 0));
        for (uint256 i; i < 11; ++i) eq(a[i], b[i], "another amount because of a ban");
    }

    /// @dev Once all exits are due, their order changes nothing.
    function invariant_E13_AnyOrder() public {
        if (!_sampled()) return;
        uint256[11] memory a = _end(ProjectEnd.Way(true, false, 0, 0));
        uint256[11] memory b = _end(ProjectEnd.Way(true, true, 0, 0));
        for (uint256 i; i < 11; ++i) eq(a[i], b[i], "another amount because of the order");
    }

    /// @dev The gate has no power over what was not submitted.
    function invariant_E14_GateMovesSubmittedOnly() public {
        _kept(14);
        uint8 n = escrow.terms().milestones;
        for (uint8 m; m < n; ++m) {
            Milestone memory s = escrow.milestone(m);
            if (s.state == State.Submitted) continue;
            _refused(gate, abi.encodeCall(IMilestoneEscrow.approve, (m, s.round, s.digest, 10_000)));
            _refused(gate, abi.encodeCall(IMilestoneEscrow.reject, (m, s.round, s.digest, REASON)));
            _refused(gate, abi.encodeCall(IMilestoneEscrow.escalate, (m, s.round, s.digest, false, 0)));
        }
    }

    /// @dev 1 % of what payees and treasury share, floored each time, and none of anything else.
    function invariant_E15_FeeOnPaymentsOnly() public view {
        _kept(15);
        uint256 reached = _handler.fees() + _handler.feesClaimed() - _handler.feesRefused();
        eq(escrow.feesPaid(), reached, "fees that reached the treasury");
        isTrue(_handler.fees() * 100 <= _handler.fees() + _handler.net(), "fees within the agreed rate");
    }

    function invariant_E16_RoundsOnce() public view {
        _kept(16);
    }

    /// @dev All of them after each call of one run: what the deep run uses.
    function invariant_All() public {
        invariant_E1_Backed();
        invariant_E2_Conserved();
        invariant_E3_FinalStays();
        invariant_E4_Graph();
        invariant_E5_ActorOrLapse();
        invariant_E6_GiftsHarmNobody();
        invariant_E7_StaleIsRefused();
        invariant_E8_TermsStay();
        invariant_E9_SharesStay();
        invariant_E10_Ends();
        invariant_E11_FinalByHolds();
        invariant_E12_BansChangeNothing();
        invariant_E13_AnyOrder();
        invariant_E14_GateMovesSubmittedOnly();
        invariant_E15_FeeOnPaymentsOnly();
        invariant_E16_RoundsOnce();
    }

    /// @dev Whole endings are dear: one state in eight.
    function _sampled() private view returns (bool) {
        return uint256(keccak256(abi.encode(_handler.moves(), _handler.time()))) % 8 == 0;
    }
}
