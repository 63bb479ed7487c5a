// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimState, IMilestoneEscrow, Ledger, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {Recorder} from "../../support/escrow/Actors.sol";
import {Cast, ProjectStore} from "./ProjectStore.sol";

/// @dev What would happen from here: whole endings and single calls, tried and undone. Everything here reverts with its answer.
abstract contract ProjectEnd is ProjectStore {
    address internal constant STRANGER = address(0x57a6);

    /// @dev An ending: what each account has or can claim, and by how many seconds it missed the promised date although prompt.
    error Ended(uint256[11] amounts, uint256 missed);
    /// @dev Whether a call went through.
    error Tried(bool ok);
    error MoneyLeft(uint256 booked, uint256 credits);

    /// @param late All exits first run out, then are taken (else each as soon as it comes).
    /// @param reverse From the last milestone to the first.
    /// @param bans Which accounts the issuer bans meanwhile.
    /// @param gift Given to the escrow before.
    struct Way {
        bool late;
        bool reverse;
        uint256 bans;
        uint256 gift;
    }

    constructor(Cast memory cast) ProjectStore(cast) {}

    /// @dev Gate and arbitration refuse everything from now on.
    function die() external {
        vm.assume(!dead && moves > 40);
        dead = true;
        Recorder(_c.gate).kill();
        Recorder(_c.arbitration).kill();
    }

    /// @dev Time and one stranger, with gate and arbitration dead.
    function end(Way calldata way) external {
        vm.warp(time);
        Recorder(_c.gate).kill();
        Recorder(_c.arbitration).kill();
        address[11] memory all = accounts_();
        for (uint256 i; i < 11; ++i) _c.token.ban(all[i], (way.bans >> i) & 1 != 0);
        _c.token.mint(address(_c.escrow), way.gift);
        uint256 promised = _c.escrow.finalBy();
        bool prompt = !_overdue();
        if (way.late) _takeLate(way.reverse);
        else _takePrompt();
        _endWarranty();
        if (_c.escrow.ledger().refundable != 0) _stranger(abi.encodeCall(IMilestoneEscrow.refund, ()));
        Ledger memory l = _c.escrow.ledger();
        if (l.booked != l.credits) revert MoneyLeft(l.booked, l.credits);
        uint256[11] memory amounts;
        for (uint256 i; i < 11; ++i) amounts[i] = _c.token.balanceOf(all[i]) + _c.escrow.credit(all[i]);
        // Each exit is taken one second after its last. What is over at once may be long over.
        bool missed = prompt && block.timestamp > time && block.timestamp > promised + 8;
        revert Ended(amounts, missed ? block.timestamp - promised : 0);
    }

    function tryCall(address from, bytes calldata data, uint256 gift) external {
        vm.warp(time);
        _c.token.mint(address(_c.escrow), gift);
        vm.prank(from);
        (bool ok, ) = address(_c.escrow).call(data);
        revert Tried(ok);
    }

    function _overdue() private view returns (bool) {
        for (uint8 m; m < _count; ++m) {
            (uint40 exitAt, , ) = _c.escrow.exitOf(m);
            if (exitAt != 0 && exitAt < time) return true;
        }
        if (!_allDecided()) return false;
        // The pot and the claim, once all is decided.
        (uint40 at_, , ) = _c.escrow.exitOf(255);
        return
            (at_ != 0 && at_ < time) ||
            (_c.escrow.ledger().holdback != 0 && time > uint256(_c.escrow.progress().lastDecidedAt) + 30 days);
    }

    function _takeLate(bool reverse) private {
        uint256 latest = time;
        for (uint8 m; m < _count; ++m) {
            (uint40 exitAt, , ) = _c.escrow.exitOf(m);
            if (exitAt >= latest) latest = uint256(exitAt) + 1;
        }
        vm.warp(latest);
        for (uint8 i; i < _count; ++i) {
            uint8 m = reverse ? _count - 1 - i : i;
            if (_c.escrow.milestone(m).state < State.Released) _lapse(m);
        }
    }

    function _takePrompt() private {
        for (uint8 i; i < _count; ++i) {
            (uint8 m, uint256 exitAt) = _earliest();
            if (exitAt == 0) return;
            if (exitAt >= block.timestamp) vm.warp(exitAt + 1);
            _lapse(m);
        }
    }

    function _claimExit() internal view returns (uint256) {
        (uint40 at_, , ) = _c.escrow.exitOf(255);
        return at_;
    }

    function _earliest() internal view returns (uint8 first, uint256 exitAt) {
        for (uint8 m; m < _count; ++m) {
            (uint40 at_, , ) = _c.escrow.exitOf(m);
            if (at_ != 0 && (exitAt == 0 || at_ < exitAt)) (first, exitAt) = (m, at_);
        }
    }

    function _endWarranty() private {
        if (_c.escrow.warrantyClaim().state != ClaimState.None) {
            (uint40 at_, , ) = _c.escrow.exitOf(255);
            if (at_ >= block.timestamp) vm.warp(uint256(at_) + 1);
            _lapse(255);
        }
        if (_c.escrow.ledger().holdback == 0) return;
        uint256 ends = uint256(_c.escrow.progress().lastDecidedAt) + 30 days;
        if (ends >= block.timestamp) vm.warp(ends + 1);
        _stranger(abi.encodeCall(IMilestoneEscrow.endWarranty, ()));
    }

    function _lapse(uint8 m) private {
        _stranger(abi.encodeCall(IMilestoneEscrow.lapse, (m)));
    }

    function _stranger(bytes memory data) private {
        vm.prank(STRANGER);
        (bool ok, bytes memory answer) = address(_c.escrow).call(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}
