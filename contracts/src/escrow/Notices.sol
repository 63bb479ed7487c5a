// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IArbitration} from "../interfaces/IArbitration.sol";
import {Auth, Cause, DisputeCause, IMilestoneEscrow} from "../interfaces/IMilestoneEscrow.sol";
import {
    Escrow_ClaimPending,
    Escrow_ClaimTooLarge,
    Escrow_NothingDue,
    Escrow_ProviderDefaulted,
    Escrow_RoundsUsedUp,
    Escrow_Shortfall,
    Escrow_TokenRefused,
    Escrow_TooEarly,
    Escrow_Underfunded
} from "./Errors.sol";
import {Money} from "./Money.sol";
import {Outcomes} from "./Outcomes.sol";
import {Claim, Pots, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title What one party does alone: notices, terminations, warranty claims
abstract contract Notices is Outcomes {
    using SafeERC20 for IERC20;
    using TermsCodec for bytes;

    bytes32 private constant UNFUND_TYPEHASH = keccak256("Unfund(uint96 amount,uint256 nonce,uint48 deadline)");
    bytes32 private constant CANCEL_TYPEHASH = keccak256("Cancel(uint256 nonce,uint48 deadline)");
    bytes32 private constant TERMINATE_TYPEHASH = keccak256("Terminate(uint8 milestone,uint256 nonce,uint48 deadline)");
    bytes32 private constant OPEN_CLAIM_TYPEHASH = keccak256(
        "OpenClaim(uint96 amount,bytes32 evidenceHash,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant ANSWER_CLAIM_TYPEHASH = keccak256(
        "AnswerClaim(uint8 claim,bool accept,bytes32 reasonHash,uint256 nonce,uint48 deadline)"
    );

    function unfund(uint96 amount, Auth calldata auth) external nonReentrant {
        Context memory c;
        _openFull(c);
        _consent(_intent(c.a.client(), UNFUND, 0, abi.encode(UNFUND_TYPEHASH, amount)), auth);
        if (amount == 0) revert Escrow_NothingDue();
        Pots memory p = _loadPots();
        if (amount > p.pool) revert Escrow_Underfunded(amount, p.pool);
        p.pool -= amount;
        _savePots(p);
        c.r.refundable += amount;
        _saveRare(c);
        emit IMilestoneEscrow.Unfunded(uint96(amount), uint96(p.pool));
    }

    function cancel(Auth calldata auth) external nonReentrant {
        Context memory c;
        _openFull(c);
        _consent(_intent(c.a.client(), CANCEL, 0, abi.encode(CANCEL_TYPEHASH)), auth);
        if (c.b.decided == _count(c)) _wrongState(PROJECT, 2);
        if (c.r.cancelAt != 0) _wrongState(PROJECT, 1);
        c.r.cancelAt = block.timestamp;
        _saveRare(c);
        c.b.flags |= Slots.RARE;
        _saveBook(c);
        emit IMilestoneEscrow.CancelNotice(uint40(block.timestamp + NOTICE));
    }

    function terminate(uint8 m, Auth calldata auth) external nonReentrant {
        Context memory c;
        _openAt(c, m);
        _consent(_intent(c.a.contributor(), TERMINATE, m, abi.encode(TERMINATE_TYPEHASH, m)), auth);
        if (c.e.state != PLANNED) _wrongState(m, c.e.state);
        _after(m, _dayOf(c, c.e.fundBy) + CURE);
        _inTime(c);
        uint256 defaultAt = _defaultAt(c);
        if (defaultAt < block.timestamp) revert Escrow_ProviderDefaulted(defaultAt);
        c.cause = Cause.Default;
        _cancel(c, _reservedCover(c, c.e));
    }

    function openClaim(uint96 amount, bytes32 evidenceHash, Auth calldata auth) external nonReentrant {
        Context memory c;
        _open(c);
        bytes memory head = abi.encode(OPEN_CLAIM_TYPEHASH, amount, evidenceHash);
        _consent(_intent(c.a.client(), OPEN_CLAIM, 0, head), auth);
        _before(CLAIM, _warrantyEnd(c, CLAIM));
        Claim memory k = _loadClaim();
        if (k.state != NO_CLAIM) revert Escrow_ClaimPending(k.round);
        if (amount == 0) revert Escrow_NothingDue();
        if (k.round == type(uint8).max) revert Escrow_RoundsUsedUp(CLAIM, k.round);
        uint256 pot = _loadPots().holdback;
        if (amount > pot) revert Escrow_ClaimTooLarge(amount, pot);
        k.amount = amount;
        k.state = CLAIM_OPEN;
        ++k.round;
        k.clock = block.timestamp;
        k.standingBps = 0;
        _saveClaim(k);
        emit IMilestoneEscrow.ClaimOpened(uint8(k.round), uint96(amount), evidenceHash, uint40(_claimExit(c.a, k)));
    }

    function answerClaim(bool accept, bytes32 reasonHash, Auth calldata auth) external nonReentrant {
        Context memory c;
        _open(c);
        Claim memory k = _loadClaim();
        bytes memory head = abi.encode(ANSWER_CLAIM_TYPEHASH, k.round, accept, reasonHash);
        _consent(_intent(c.a.contributor(), ANSWER_CLAIM, 0, head), auth);
        if (k.state != CLAIM_OPEN) _wrongState(CLAIM, k.state);
        _before(CLAIM, _claimExit(c.a, k));
        emit IMilestoneEscrow.ClaimAnswered(uint8(k.round), accept, reasonHash);
        if (accept) {
            c.cause = Cause.Joint;
            _decideClaim(c, k);
            return;
        }
        k.state = CLAIM_CONTESTED;
        k.clock = block.timestamp;
        k.standingBps = c.a.profile(0).deadlockBps();
        _saveClaim(k);
        uint40 ruleBy = uint40(_claimExit(c.a, k));
        emit IMilestoneEscrow.Disputed(
            uint8(CLAIM),
            uint8(k.round),
            DisputeCause.Claim,
            uint16(k.standingBps),
            ruleBy,
            reasonHash
        );
        IArbitration(ARBITRATION).open(uint8(CLAIM), uint8(k.round), uint16(k.standingBps), ruleBy);
    }

    function endWarranty() external nonReentrant {
        Context memory c;
        _open(c);
        _after(POT, _warrantyEnd(c, POT));
        _payPotShare(c, Money.BPS);
    }

    function recover(address token_) external nonReentrant {
        Context memory c;
        _open(c);
        address asset = c.a.token();
        uint256 amount = IERC20(token_).balanceOf(address(this));
        if (token_ == asset || amount == 0) revert Escrow_NothingDue();
        address client = c.a.client();
        if (!IERC20(token_).trySafeTransfer(client, amount)) revert Escrow_TokenRefused(client, client);
        // A token with two entry points could have moved the project's own money.
        uint256 balance = IERC20(asset).balanceOf(address(this));
        if (balance < c.b.booked) revert Escrow_Shortfall(balance, c.b.booked);
        emit IMilestoneEscrow.Recovered(token_, amount);
    }

    /// @dev Last second of the warranty; reverts while a milestone is open.
    function _warrantyEnd(Context memory c, uint256 m) private pure returns (uint256) {
        if (c.b.decided != _count(c)) revert Escrow_TooEarly(m, type(uint256).max);
        return c.b.lastDecidedAt + uint256(c.a.warrantyDays()) * 1 days;
    }
}
