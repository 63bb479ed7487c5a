// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

interface VmP256 {
    function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
}

/// @dev Passkey seats (see Batch.tree), with the verifier that is deployed and the chain's P-256 precompile.
contract PasskeyTest is GateFixture {
    uint256 private constant KEY = 0x9a55;
    uint256 private constant ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    VmP256 private constant P256 = VmP256(address(uint160(uint256(keccak256("hevm cheat code")))));
    bytes32 private _x;
    bytes32 private _y;
    bytes private _signer;
    address private _seatId;
    IMilestoneGate.Key private _key;

    function setUp() public {
        deployAll();
        (uint256 x, uint256 y) = P256.publicKeyP256(KEY);
        (_x, _y) = (bytes32(x), bytes32(y));
        _signer = abi.encodePacked(verifier, _x, _y);
        _seatId = address(uint160(uint256(keccak256(_signer))));
        addSeat(0, _seatId, CLIENTS, 1, CLIENTS);
        addMember(1, CLIENTS, 2);
        createSimple(1, 1, 0, profile(10, 0, 0, false), 10_000, 10_000);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
    }

    struct Assertion {
        bytes32 r;
        bytes32 s;
        bytes authenticator;
        string json;
    }

    /// @dev Client data and authenticator data as a browser makes them, signed with a low s.
    function _assertion(bytes1 flags) private view returns (Assertion memory a) {
        bytes32 challenge = gate.hashBallot(_key, true, 0, _seatId);
        a.json = string.concat(
            '{"type":"webauthn.get","challenge":"',
            Base64.encodeURL(abi.encodePacked(challenge)),
            '","origin":"https://milepost.example"}'
        );
        a.authenticator = abi.encodePacked(keccak256("milepost.example"), flags, uint32(7));
        (a.r, a.s) = P256.signP256(KEY, sha256(abi.encodePacked(a.authenticator, sha256(bytes(a.json)))));
        if (uint256(a.s) > ORDER / 2) a.s = bytes32(ORDER - uint256(a.s));
    }

    /// @dev The six fields as a flat list: what the verifier reads.
    function _flat(Assertion memory a) private pure returns (bytes memory) {
        return abi.encode(a.r, a.s, uint256(23), uint256(1), a.authenticator, a.json);
    }

    function _expectBad(bytes memory signer, bytes memory signature) private {
        uint8 seat = seatOf(_seatId);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadSignature.selector, seat));
        gate.castBySig(_key, seat, true, 0, signer, signature);
    }

    function test_PasskeyCounts() public {
        gate.castBySig(_key, seatOf(_seatId), true, 0, _signer, _flat(_assertion(0x05)));
        eq(gate.status(_key).yes[CLIENTS], 1, "yes");
    }

    function test_PasskeyInBatch() public {
        IMilestoneGate.LongEntry[] memory list = new IMilestoneGate.LongEntry[](1);
        list[0] = IMilestoneGate.LongEntry(seatOf(_seatId), true, 0, _signer, _flat(_assertion(0x05)));
        gate.castBatch(_key, compactYes(_key, 1, seatOf(vm.addr(1))), list);
        expectStatus(_key, IMilestoneGate.Status.Approved, "both");
    }

    function test_PasskeyOtherVerifier() public {
        bytes memory signature = _flat(_assertion(0x05));
        _expectBad(abi.encodePacked(address(this), _x, _y), signature);
        _expectBad(abi.encodePacked(verifier, _y, _x), signature);
        _expectBad(abi.encodePacked(_signer, uint8(0)), signature);
        // A seat whose signer names another verifier, even one that says yes to all, is never counted.
        bytes memory foreign = abi.encodePacked(address(this), _x, _y);
        address foreignSeat = address(uint160(uint256(keccak256(foreign))));
        addSeat(0, foreignSeat, CLIENTS, 1, CLIENTS);
        createSimple(1, 1, 0, profile(10, 0, 0, false), 10_000, 10_000);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        uint8 seat = seatOf(foreignSeat);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadSignature.selector, seat));
        gate.castBySig(_key, seat, true, 0, foreign, signature);
    }

    /// @dev ERC-7913: this contract would accept anything, if it were asked.
    function verify(bytes calldata, bytes32, bytes calldata) external pure returns (bytes4) {
        return this.verify.selector;
    }

    function test_PasskeyMalformed() public {
        Assertion memory a = _assertion(0x05);
        // One tuple instead of a flat list: an offset word in front.
        _expectBad(_signer, bytes.concat(bytes32(uint256(32)), _flat(a)));
        // The user was present, but not verified.
        _expectBad(_signer, _flat(_assertion(0x01)));
        // High s: the mirrored signature.
        a.s = bytes32(ORDER - uint256(a.s));
        _expectBad(_signer, _flat(a));
        // A signature without a signer, and nothing at all.
        _expectBad("", _flat(_assertion(0x05)));
        _expectBad(_signer, "");
    }
}
