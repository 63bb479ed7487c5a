// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IArbitration} from "../interfaces/IArbitration.sol";
import {IEscrowFactory, IZoneRoots} from "../interfaces/IEscrowFactory.sol";
import {Auth, IMilestoneEscrow} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
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
        uint16 feeBps_
    ) Ownable(owner_) EIP712("Milepost Factory", "1") {
        _GATE = gate_;
        _ARBITRATION = arbitration_;
        _TREASURY = treasury_;
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
        escrow = _predict(a);
        if (escrow.code.length == 0) {
            uint96 total = _checkTerms(a);
            _checkConsent(a, keccak256(args), total, client, contributor);
            bytes32 policies = keccak256(abi.encode(gatePolicy, arbitrationPolicy));
            if (policies != a.policyHash()) revert Factory_PolicyMismatch(a.policyHash(), policies);
            Clones.cloneDeterministicWithImmutableArgs(implementation, a, bytes32(0));
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
            IMilestoneGate(_GATE).register(escrow, gatePolicy);
            IArbitration(_ARBITRATION).register(escrow, arbitrationPolicy);
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

    function _checkTerms(bytes memory a) private view returns (uint96 total) {
        if (block.timestamp <= stoppedUntil) revert Factory_CreationStopped(stoppedUntil);
        total = a.check([_GATE, _ARBITRATION, _TREASURY], block.timestamp);
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

    function _checkConsent(
        bytes memory a,
        bytes32 argsHash,
        uint96 total,
        Auth calldata client,
        Auth calldata contributor
    ) private view {
        bytes memory head = abi.encode(
            TERMS_TYPEHASH,
            a.client(),
            a.contributor(),
            a.token(),
            total,
            a.feeBps(),
            a.termsHash(),
            a.policyHash(),
            argsHash
        );
        _checkSignature(a.client(), head, client);
        _checkSignature(a.contributor(), head, contributor);
    }

    function _checkSignature(address party, bytes memory head, Auth calldata auth) private view {
        if (msg.sender == party) return;
        if (block.timestamp > auth.deadline) revert Factory_SignatureExpired(auth.deadline);
        bytes32 hash = _hashTypedDataV4(keccak256(bytes.concat(head, abi.encode(auth.deadline))));
        if (!SignatureChecker.isValidSignatureNowCalldata(party, hash, auth.signature)) {
            revert Factory_BadSignature(party);
        }
    }

    function _predict(bytes memory args) private view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, args, bytes32(0));
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
