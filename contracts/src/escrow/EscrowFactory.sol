// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {PolicyRecord} from "../approval/PolicyRecord.sol";
import {ProjectPolicy} from "../approval/ProjectPolicy.sol";
import {IEscrowFactory, IZoneRoots} from "../interfaces/IEscrowFactory.sol";
import {Auth, IMilestoneEscrow} from "../interfaces/IMilestoneEscrow.sol";
import {IPolicyBook} from "../interfaces/IPolicyBook.sol";
import {
    Factory_BadSignature,
    Factory_CreationStopped,
    Factory_FeeChanged,
    Factory_FeeTooHigh,
    Factory_NotGuardian,
    Factory_PolicyMismatch,
    Factory_SignatureExpired,
    Factory_TokenNotAllowed
} from "./Errors.sol";
import {EscrowAgreements} from "./EscrowAgreements.sol";
import {MilestoneEscrow} from "./MilestoneEscrow.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title Creates project escrows
/// @dev Deploys the implementation itself, so that no escrow can name a false factory. The salt is 0: the terms alone make
/// the address, and front-running `create` gives the same escrow with the same terms.
contract EscrowFactory is IEscrowFactory, Ownable2Step, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using TermsCodec for bytes;

    bytes32 private constant TERMS_TYPEHASH = keccak256(
        "Terms(address client,address contributor,address token,uint96 total,uint16 feeBps,bytes32 termsHash,"
        "bytes32 policyHash,bytes32 argsHash,uint48 deadline)"
    );
    uint256 private constant STOP_LIMIT = 7 days;
    /// @dev Length of a clone's code before its arguments.
    uint256 private constant CLONE_CODE = 45;

    address public immutable implementation;
    address private immutable _GATE;
    address private immutable _ARBITRATION;
    address private immutable _TREASURY;
    address private immutable _BOOK;

    uint16 public feeBps;
    uint40 public stoppedUntil;
    address public guardian;
    address public zoneFactory;
    mapping(address token => bool allowed) public tokenAllowed;

    constructor(
        address owner_,
        address guardian_,
        address gate_,
        address arbitration_,
        address treasury_,
        EscrowAgreements agreements_,
        address book_,
        uint16 feeBps_
    ) Ownable(owner_) EIP712("Milepost Factory", "1") {
        _GATE = gate_;
        _ARBITRATION = arbitration_;
        _TREASURY = treasury_;
        _BOOK = book_;
        implementation = address(new MilestoneEscrow(address(this), gate_, arbitration_, treasury_, agreements_));
        _setFeeBps(feeBps_);
        _setGuardian(guardian_);
    }

    function create(
        bytes calldata args,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy,
        Auth calldata client,
        Auth calldata contributor,
        uint96 amount,
        bytes[] calldata calls
    ) external nonReentrant returns (address escrow) {
        bytes memory a = args;
        bytes memory code = _creationCode(a);
        escrow = Create2.computeAddress(0, keccak256(code));
        if (escrow.code.length == 0) {
            (uint96 total, uint256 pairs) = _checkTerms(a);
            _checkConsent(a, total, client, contributor);
            ProjectPolicy.check(a, pairs, _record(a.policyHash(), gatePolicy, arbitrationPolicy));
            Create2.deploy(0, 0, code);
            emit EscrowCreated(
                escrow,
                a.client(),
                a.contributor(),
                a.token(),
                total,
                a.termsHash(),
                a.policyHash(),
                args
            );
        }
        if (amount != 0) {
            IERC20(a.token()).safeTransferFrom(msg.sender, escrow, amount);
            IMilestoneEscrow(escrow).sync();
        }
        if (calls.length != 0) IMilestoneEscrow(escrow).multicall(calls);
    }

    function predict(bytes calldata args) external view returns (address) {
        return _predict(args);
    }

    function isEscrow(address account) external view returns (bool) {
        if (account.code.length <= CLONE_CODE) return false;
        return _predict(Clones.fetchCloneArgs(account)) == account;
    }

    function check(bytes calldata args) external view {
        _checkTerms(args);
    }

    // ---- DAO and guardian: new escrows only

    function setCreationStopped(bool stopped) external onlyOwner {
        _setStop(stopped ? type(uint40).max : 0);
    }

    function setFeeBps(uint16 feeBps_) external onlyOwner {
        _setFeeBps(feeBps_);
    }

    function setToken(address token, bool allowed) external onlyOwner {
        tokenAllowed[token] = allowed;
        emit TokenSet(token, allowed);
    }

    function setZoneFactory(address zoneFactory_) external onlyOwner {
        emit ZoneFactorySet(zoneFactory, zoneFactory_);
        zoneFactory = zoneFactory_;
    }

    function setGuardian(address guardian_) external onlyOwner {
        _setGuardian(guardian_);
    }

    function stopCreation() external {
        if (msg.sender != guardian) revert Factory_NotGuardian();
        uint40 until = SafeCast.toUint40(block.timestamp + STOP_LIMIT);
        // Never shortens a stop of the DAO.
        if (until > stoppedUntil) _setStop(until);
    }

    // ---- checks

    function _checkTerms(bytes memory a) private view returns (uint96 total, uint256 pairs) {
        if (block.timestamp <= stoppedUntil) revert Factory_CreationStopped(stoppedUntil);
        (total, pairs) = a.check([_GATE, _ARBITRATION, _TREASURY]);
        if (!tokenAllowed[a.token()]) revert Factory_TokenNotAllowed(a.token());
        uint256 given = a.feeBps();
        if (given != feeBps && (given != 0 || !_sameZone(a.client(), a.contributor()))) {
            revert Factory_FeeChanged(feeBps, uint16(given));
        }
    }

    /// @dev Zones of one root trade without a fee.
    function _sameZone(address client, address contributor) private view returns (bool) {
        if (zoneFactory == address(0)) return false;
        address root = IZoneRoots(zoneFactory).rootOf(client);
        return root != address(0) && root == IZoneRoots(zoneFactory).rootOf(contributor);
    }

    function _checkConsent(bytes memory a, uint96 total, Auth calldata client, Auth calldata contributor) private view {
        _checkSignature(a.client(), a, total, client);
        _checkSignature(a.contributor(), a, total, contributor);
    }

    function _checkSignature(address party, bytes memory a, uint96 total, Auth calldata auth) private view {
        if (msg.sender == party) return;
        if (block.timestamp > auth.deadline) revert Factory_SignatureExpired(auth.deadline);
        bytes32 terms = keccak256(
            abi.encode(
                TERMS_TYPEHASH,
                a.client(),
                a.contributor(),
                a.token(),
                total,
                a.feeBps(),
                a.termsHash(),
                a.policyHash(),
                keccak256(a),
                auth.deadline
            )
        );
        if (!SignatureChecker.isValidSignatureNowCalldata(party, _hashTypedDataV4(terms), auth.signature)) {
            revert Factory_BadSignature(party);
        }
    }

    /// @dev The record of the signed policies, defined first if it is new. What is given must be what was signed.
    function _record(
        bytes32 policyHash,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy
    ) private returns (bytes memory record) {
        record = PolicyRecord.load(_BOOK, policyHash);
        bool known = record.length != 0;
        if (known && gatePolicy.length + arbitrationPolicy.length == 0) return record;
        bytes32 given = keccak256(abi.encode(gatePolicy, arbitrationPolicy));
        if (given != policyHash) revert Factory_PolicyMismatch(policyHash, given);
        if (known) return record;
        IPolicyBook(_BOOK).record(gatePolicy, arbitrationPolicy);
        return PolicyRecord.load(_BOOK, policyHash);
    }

    function _predict(bytes memory args) private view returns (address) {
        return Create2.computeAddress(0, keccak256(_creationCode(args)));
    }

    /// @dev What `Clones` deploys for a clone with immutable arguments, built once for its address and its deployment.
    function _creationCode(bytes memory args) private view returns (bytes memory) {
        return
            abi.encodePacked(
                hex"61",
                SafeCast.toUint16(args.length + CLONE_CODE),
                hex"3d81600a3d39f3363d3d373d3d3d363d73",
                implementation,
                hex"5af43d82803e903d91602b57fd5bf3",
                args
            );
    }

    function _setStop(uint40 until) private {
        emit CreationStopSet(stoppedUntil, until);
        stoppedUntil = until;
    }

    function _setFeeBps(uint16 feeBps_) private {
        if (feeBps_ > TermsCodec.MAX_FEE_BPS) revert Factory_FeeTooHigh(feeBps_);
        emit FeeBpsSet(feeBps, feeBps_);
        feeBps = feeBps_;
    }

    function _setGuardian(address guardian_) private {
        emit GuardianSet(guardian, guardian_);
        guardian = guardian_;
    }
}
