// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {
    Auth,
    ClaimState,
    IMilestoneEscrow,
    Ledger,
    Milestone,
    Profile,
    Progress,
    State,
    Terms,
    WarrantyClaim
} from "../interfaces/IMilestoneEscrow.sol";
import {Escrow_NothingDue, Escrow_TokenRefused, Escrow_WrongWiring} from "./Errors.sol";
import {EscrowAgreements} from "./EscrowAgreements.sol";
import {EscrowState} from "./EscrowState.sol";
import {Funding} from "./Funding.sol";
import {Money} from "./Money.sol";
import {Claim, Entry, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title One project's escrow
/// @notice See `IMilestoneEscrow`. What happens in every project is here; agreements, notices, claims and forecasts are in
/// `EscrowAgreements`, reached by the fallback at a fixed address.
contract MilestoneEscrow is Funding, Multicall {
    using SafeERC20 for IERC20;
    using TermsCodec for bytes;

    bytes32 private constant CLAIM_TYPEHASH = keccak256(
        "Claim(address account,address to,uint256 nonce,uint48 deadline)"
    );

    address private immutable _FACTORY;
    address private immutable _AGREEMENTS;

    constructor(
        address factory_,
        address gate_,
        address arbitration_,
        address treasury_,
        EscrowAgreements agreements_
    ) EscrowState(gate_, arbitration_, treasury_) {
        (address g, address a, address t) = agreements_.wiring();
        if (g != gate_ || a != arbitration_ || t != treasury_) revert Escrow_WrongWiring(address(agreements_));
        _FACTORY = factory_;
        _AGREEMENTS = address(agreements_);
    }

    /// @dev Everything else is the second part's; not payable.
    fallback() external {
        _onlyClone();
        address part = _AGREEMENTS;
        // Assembly: forwards any call and its answer unchanged, which Solidity cannot express.
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), part, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(ok) {
                revert(0, returndatasize())
            }
            return(0, returndatasize())
        }
    }

    // ---- credits

    function claim(address account, address to, Auth calldata auth) external nonReentrant {
        Context memory c;
        _open(c);
        if (to != account && _signs(account, auth)) {
            _checkSigned(account, CLAIM_CREDIT, 0, abi.encode(CLAIM_TYPEHASH, account, to), auth);
        }
        uint256 amount = _credits[account];
        if (amount == 0) revert Escrow_NothingDue();
        // Paying the escrow itself would turn a credit into a donation.
        if (to == address(this)) revert Escrow_TokenRefused(account, to);
        delete _credits[account];
        c.b = c.b.minusBooked(amount);
        if (account == TREASURY) c.b = c.b.withFeesPaid(Money.saturatingAdd(c.b.feesPaid(), amount));
        _saveBook(c);
        emit IMilestoneEscrow.CreditClaimed(account, to, uint96(amount));
        if (!IERC20(c.a.token()).trySafeTransfer(to, amount)) revert Escrow_TokenRefused(account, to);
    }

    // ---- views that answer at any time

    function factory() external view returns (address) {
        return _FACTORY;
    }

    function gate() external view returns (address) {
        return GATE;
    }

    function arbitration() external view returns (address) {
        return ARBITRATION;
    }

    function treasury() external view returns (address) {
        return TREASURY;
    }

    function token() external view returns (address) {
        return _args().token();
    }

    function terms() external view returns (Terms memory) {
        Context memory c;
        _openFull(c);
        return
            Terms({
                client: c.a.client(),
                contributor: c.a.contributor(),
                token: c.a.token(),
                feeBps: uint16(c.a.feeBps()),
                warrantyDays: uint16(c.a.warrantyDays()),
                start: uint40(c.a.start()),
                milestones: uint8(_count(c)),
                version: uint32(c.p.version()),
                termsHash: c.a.termsHash(),
                policyHash: c.a.policyHash()
            });
    }

    function profile(uint8 m) external view returns (Profile memory) {
        Context memory c;
        _openAt(c, m);
        return TermsCodec.expand(_profile(c));
    }

    function payees() external view returns (address[] memory accounts, uint16[] memory weights) {
        Context memory c;
        _open(c);
        uint256 n = _payeeCount(c);
        accounts = new address[](n);
        weights = new uint16[](n);
        for (uint256 i; i < n; ++i) {
            (address account, uint256 weight) = _payeeOf(c, i);
            (accounts[i], weights[i]) = (account, uint16(weight));
        }
    }

    function funders() external view returns (address[] memory accounts) {
        bytes memory a = _args();
        accounts = new address[](a.furtherFunders() + 1);
        for (uint256 i; i < accounts.length; ++i) accounts[i] = a.funder(i);
    }

    function milestone(uint8 m) external view returns (Milestone memory) {
        Context memory c;
        _openAt(c, m);
        Entry e = c.e;
        return
            Milestone({
                state: State(e.state()),
                round: uint8(e.round()),
                clock: uint40(e.clock()),
                shift: uint32(e.shift()),
                standingBps: uint16(e.standingBps()),
                lateBps: uint16(e.lateBps()),
                amount: uint96(e.amount()),
                due: uint16(e.due()),
                fundBy: uint16(e.fundBy()),
                profile: uint8(e.profile()),
                policy: uint8(e.policy()),
                dueAt: uint40(_dueAt(c, e)),
                digest: _digests[m]
            });
    }

    function progress() external view returns (Progress memory) {
        Context memory c;
        _openFull(c);
        return
            Progress({
                milestones: uint8(_count(c)),
                funded: uint8(c.b.funded()),
                decided: uint8(c.b.decided()),
                activated: c.b.has(Slots.ACTIVE),
                version: uint32(c.p.version()),
                lastDecidedAt: uint40(c.b.lastDecidedAt()),
                cancelAt: uint40(c.r.cancelAt()),
                defaultedAt: uint40(c.r.defaultedAt())
            });
    }

    function warrantyClaim() external view returns (WarrantyClaim memory) {
        _args();
        Claim k = _loadClaim();
        return
            WarrantyClaim({
                state: ClaimState(k.state()),
                round: uint8(k.round()),
                clock: uint40(k.clock()),
                standingBps: uint16(k.standingBps()),
                amount: uint96(k.amount())
            });
    }

    // ---- money views

    function ledger() external view nonReentrantView returns (Ledger memory books) {
        Context memory c;
        _openFull(c);
        books.booked = uint96(c.b.booked());
        books.pool = uint96(c.p.pool());
        books.holdback = uint96(c.p.holdback());
        books.refundable = uint96(c.r.refundable());
        uint256 n = _count(c);
        for (uint256 m; m < n; ++m) {
            Entry e = _entry(c, m);
            uint256 state = e.state();
            if (_isFinal(state)) continue;
            if (state != PLANNED) books.milestones += uint96(e.amount());
            else books.cover += uint96(_reservedCover(c, e));
        }
        books.credits = books.booked - books.pool - books.milestones - books.cover - books.holdback - books.refundable;
    }

    function credit(address account) external view nonReentrantView returns (uint256) {
        _args();
        return _credits[account];
    }

    function feesPaid() external view nonReentrantView returns (uint96) {
        Context memory c;
        _open(c);
        return uint96(c.b.feesPaid());
    }
}
