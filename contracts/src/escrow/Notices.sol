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
import {Claim, Slots} from "./Slots.sol";
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
        address client = c.a.client();
        if (_signs(client, auth)) _checkSigned(client, UNFUND, 0, abi.encode(UNFUND_TYPEHASH, amount), auth);
        if (amount == 0) revert Escrow_NothingDue();
        uint256 pool = c.p.pool();
        if (amount > pool) revert Escrow_Underfunded(amount, pool);
        pool -= amount;
        c.p = c.p.withPool(pool);
        _savePots(c);
        c.r = c.r.withRefundable(c.r.refundable() + amount);
        _saveRare(c);
        emit IMilestoneEscrow.Unfunded(amount, uint96(pool));
    }

    function cancel(Auth calldata auth) external nonReentrant {
        Context memory c;
        _openFull(c);
        address client = c.a.client();
        if (_signs(client, auth)) _checkSigned(client, CANCEL, 0, abi.encode(CANCEL_TYPEHASH), auth);
        if (c.b.decided() == _count(c)) _wrongState(PROJECT, 2);
        if (c.r.cancelAt() != 0) _wrongState(PROJECT, 1);
        c.r = c.r.withCancelAt(block.timestamp);
        _saveRare(c);
        c.b = c.b.withFlag(Slots.RARE);
        _saveBook(c);
        emit IMilestoneEscrow.CancelNotice(uint40(block.timestamp + NOTICE));
    }

    function terminate(uint8 m, Auth calldata auth) external nonReentrant {
        Context memory c;
        _openAt(c, m);
        address contributor = c.a.contributor();
        if (_signs(contributor, auth)) {
            _checkSigned(contributor, TERMINATE, m, abi.encode(TERMINATE_TYPEHASH, m), auth);
        }
        if (c.e.state() != PLANNED) _wrongState(m, c.e.state());
        _after(m, _dayOf(c, c.e.fundBy()) + CURE);
        _inTime(c);
        uint256 defaultAt = _defaultAt(c);
        if (defaultAt < block.timestamp) revert Escrow_ProviderDefaulted(defaultAt);
        c.cause = Cause.Default;
        _cancel(c, _reservedCover(c, c.e));
    }

    function openClaim(uint96 amount, bytes32 evidenceHash, Auth calldata auth) external nonReentrant {
        Context memory c;
        _open(c);
        address client = c.a.client();
        if (_signs(client, auth)) {
            _checkSigned(client, OPEN_CLAIM, 0, abi.encode(OPEN_CLAIM_TYPEHASH, amount, evidenceHash), auth);
        }
        _before(CLAIM, _warrantyEnd(c, CLAIM));
        Claim k = _loadClaim();
        uint256 round = k.round();
        if (k.state() != NO_CLAIM) revert Escrow_ClaimPending(round);
        if (amount == 0) revert Escrow_NothingDue();
        if (round == type(uint8).max) revert Escrow_RoundsUsedUp(CLAIM, round);
        _loadPots(c);
        uint256 pot = c.p.holdback();
        if (amount > pot) revert Escrow_ClaimTooLarge(amount, pot);
        ++round;
        k = Slots.claimOf(amount, CLAIM_OPEN, round, block.timestamp, 0);
        _saveClaim(k);
        emit IMilestoneEscrow.ClaimOpened(uint8(round), amount, evidenceHash, uint40(_claimExit(c.a, k)));
    }

    function answerClaim(bool accept, bytes32 reasonHash, Auth calldata auth) external nonReentrant {
        Context memory c;
        _open(c);
        Claim k = _loadClaim();
        uint8 round = uint8(k.round());
        address contributor = c.a.contributor();
        if (_signs(contributor, auth)) {
            bytes memory head = abi.encode(ANSWER_CLAIM_TYPEHASH, round, accept, reasonHash);
            _checkSigned(contributor, ANSWER_CLAIM, 0, head, auth);
        }
        if (k.state() != CLAIM_OPEN) _wrongState(CLAIM, k.state());
        _before(CLAIM, _claimExit(c.a, k));
        emit IMilestoneEscrow.ClaimAnswered(round, accept, reasonHash);
        if (accept) {
            c.cause = Cause.Joint;
            _decideClaim(c, k);
            return;
        }
        uint16 standing = uint16(c.a.profile(0).deadlockBps());
        k = Slots.claimOf(k.amount(), CLAIM_CONTESTED, round, block.timestamp, standing);
        _saveClaim(k);
        uint40 ruleBy = uint40(_claimExit(c.a, k));
        emit IMilestoneEscrow.Disputed(uint8(CLAIM), round, DisputeCause.Claim, standing, ruleBy, reasonHash);
        IArbitration(ARBITRATION).open(uint8(CLAIM), round, standing, ruleBy, _rosterVersion(c));
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
        if (balance < c.b.booked()) revert Escrow_Shortfall(balance, c.b.booked());
        emit IMilestoneEscrow.Recovered(token_, amount);
    }

    /// @dev Last second of the warranty; reverts while a milestone is open.
    function _warrantyEnd(Context memory c, uint256 m) private pure returns (uint256) {
        if (c.b.decided() != _count(c)) revert Escrow_TooEarly(m, type(uint256).max);
        return c.b.lastDecidedAt() + c.a.warrantyDays() * 1 days;
    }
}
