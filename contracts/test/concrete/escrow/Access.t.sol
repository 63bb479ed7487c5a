// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Auth, ChangeOrder, IMilestoneEscrow, Settlement} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev Every function by every kind of caller, on a clone and on the implementation: Access.tree.
contract AccessTest is EscrowFixture {
    function setUp() public {
        deployAll();
        addProfile(full());
        addMilestone(1_000e6, 30, 5, 0);
        create();
        fund(1_000e6);
    }

    /// @dev Calls that need a role, with the error that everybody else gets.
    function _restricted() private view returns (bytes[] memory calls, bytes4[] memory errors) {
        calls = new bytes[](14);
        errors = new bytes4[](14);
        ChangeOrder memory o;
        o.version = 1;
        for (uint256 i; i < 14; ++i) errors[i] = E.Escrow_NotParty.selector;
        calls[0] = abi.encodeCall(IMilestoneEscrow.unfund, (1, self()));
        calls[1] = abi.encodeCall(IMilestoneEscrow.cancel, (self()));
        calls[2] = abi.encodeCall(IMilestoneEscrow.openClaim, (1, REASON, self()));
        calls[3] = abi.encodeCall(IMilestoneEscrow.submit, (0, DIGEST, self()));
        calls[4] = abi.encodeCall(IMilestoneEscrow.dispute, (0, REASON, self()));
        calls[5] = abi.encodeCall(IMilestoneEscrow.terminate, (0, self()));
        calls[6] = abi.encodeCall(IMilestoneEscrow.answerClaim, (true, REASON, self()));
        calls[7] = abi.encodeCall(IMilestoneEscrow.settle, (Settlement(0, 0, 0, 1, false), self(), self()));
        calls[8] = abi.encodeCall(IMilestoneEscrow.amend, (o, "", "", "", self(), self(), new Auth[](0)));
        calls[9] = abi.encodeCall(IMilestoneEscrow.changePayee, (0, STRANGER, self()));
        calls[10] = abi.encodeCall(IMilestoneEscrow.claim, (worker, STRANGER, self()));
        calls[11] = abi.encodeCall(IMilestoneEscrow.approve, (0, 1, DIGEST, 1));
        calls[12] = abi.encodeCall(IMilestoneEscrow.reject, (0, 1, DIGEST, REASON));
        calls[13] = abi.encodeCall(IMilestoneEscrow.rule, (0, 1, 1, true));
        errors[11] = E.Escrow_NotGate.selector;
        errors[12] = E.Escrow_NotGate.selector;
        errors[13] = E.Escrow_NotArbitration.selector;
    }

    function test_StrangersGateDaoAndFactoryHaveNoPartysRight() public {
        (bytes[] memory calls, bytes4[] memory errors) = _restricted();
        address[5] memory callers = [STRANGER, gate, arbitration, address(factory), address(this)];
        for (uint256 c; c < callers.length; ++c) {
            for (uint256 i; i < calls.length; ++i) {
                bool allowed = (i >= 11 && i < 13 && callers[c] == gate) || (i == 13 && callers[c] == arbitration);
                if (allowed) continue;
                vm.prank(callers[c]);
                (bool ok, bytes memory answer) = address(escrow).call(calls[i]);
                isTrue(!ok, "refused");
                eq(bytes32(bytes4(answer)), bytes32(errors[i]), "by its error");
            }
        }
    }

    function test_ImplementationAndSecondPartAreNoEscrows() public {
        (bytes[] memory calls, ) = _restricted();
        address implementation = factory.implementation();
        bytes[9] memory open = [
            abi.encodeCall(IMilestoneEscrow.fund, (0, 1)),
            abi.encodeCall(IMilestoneEscrow.lapse, (0)),
            abi.encodeCall(IMilestoneEscrow.refund, ()),
            abi.encodeCall(IMilestoneEscrow.sync, ()),
            abi.encodeCall(IMilestoneEscrow.endWarranty, ()),
            abi.encodeCall(IMilestoneEscrow.recover, (address(token))),
            abi.encodeCall(IMilestoneEscrow.terms, ()),
            abi.encodeCall(IMilestoneEscrow.ledger, ()),
            abi.encodeCall(IMilestoneEscrow.finalBy, ())
        ];
        for (uint256 i; i < 11; ++i) _onlyClone(implementation, calls[i]);
        for (uint256 i; i < open.length; ++i) _onlyClone(implementation, open[i]);
        // Calls of the second part itself: those of `_restricted` that are its own.
        uint256[8] memory own = [uint256(0), 1, 2, 5, 6, 7, 8, 9];
        for (uint256 i; i < own.length; ++i) _onlyClone(secondPart, calls[own[i]]);
        _onlyClone(secondPart, abi.encodeCall(IMilestoneEscrow.endWarranty, ()));
        _onlyClone(secondPart, abi.encodeCall(IMilestoneEscrow.finalBy, ()));
    }

    function _onlyClone(address target, bytes memory data) private {
        (bool ok, bytes memory answer) = target.call(data);
        isTrue(!ok, "refused");
        eq(bytes32(bytes4(answer)), bytes32(E.Escrow_OnlyClone.selector), "as no clone");
    }

    function test_RevertWhen_ThePartsAreWiredApart() public {
        address other = deployCode(
            "EscrowAgreements.sol:EscrowAgreements",
            abi.encode(STRANGER, arbitration, treasury)
        );
        bytes memory code = bytes.concat(vm.getCode("EscrowFactory.sol:EscrowFactory"), factoryArguments(other));
        address deployed;
        assembly ("memory-safe") {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        eq(deployed, address(0), "refused");
    }

    /// @dev SmartInvoice trapped ether: no selector takes any.
    function test_NothingTakesEther() public {
        vm.deal(address(this), 1 ether);
        (bool ok, ) = address(escrow).call{value: 1}("");
        isTrue(!ok, "plain");
        (ok, ) = address(escrow).call{value: 1}(abi.encodeCall(IMilestoneEscrow.sync, ()));
        isTrue(!ok, "with a call");
        (ok, ) = address(escrow).call{value: 1}(abi.encodeCall(IMilestoneEscrow.finalBy, ()));
        isTrue(!ok, "second part");
    }

    function test_UnknownSelectorsAreRefused() public {
        (bool ok, ) = address(escrow).call(hex"deadbeef");
        isTrue(!ok, "unknown");
    }

    function test_MulticallMakesSeveralCallsAsTheSender() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IMilestoneEscrow.submit, (0, DIGEST, self()));
        calls[1] = abi.encodeCall(IMilestoneEscrow.changePayee, (0, mia, self()));
        vm.prank(worker);
        escrow.multicall(calls);
        eq(escrow.milestone(0).round, 1, "submitted");
    }

    function test_TypedDataDomainIsReadable() public view {
        (bool ok, bytes memory answer) = address(escrow).staticcall(abi.encodeWithSignature("eip712Domain()"));
        isTrue(ok, "answers");
        (, string memory name, string memory version, uint256 chainId, address where, , ) = abi.decode(
            answer,
            (bytes1, string, string, uint256, address, bytes32, uint256[])
        );
        eq(keccak256(bytes(name)), keccak256("Milepost Escrow"), "name");
        eq(keccak256(bytes(version)), keccak256("1"), "version");
        eq(chainId, block.chainid, "chain");
        eq(where, address(escrow), "this clone");
    }
}
