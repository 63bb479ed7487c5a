// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {GateFixture} from "./GateFixture.sol";

/// @dev A project with two policies (0: clients and panel, 1: the panel alone for questions) and the default ladder.
abstract contract DisputeFixture is GateFixture {
    uint96 internal constant FEE = 1_200_000_000;
    uint96 internal constant BOND = 50_000_001;
    address internal fallbackArbitrator = address(0xfa11);
    address internal clientSeat;
    address[5] internal panel;
    IMilestoneGate.Key internal key;
    bytes32 internal id;
    uint256 internal openedAt;

    function deployDispute(uint8 panelPolicy, address fallback_) internal {
        deployAll();
        clientSeat = addMember(1, CLIENTS, 1);
        for (uint256 i = 0; i < 5; ++i) {
            panel[i] = addMember(10 + i, PANEL, 1);
        }
        createProject(disputeDraft(LadderTerms(panelPolicy, fallback_, FEE, BOND, 2_500)));
        escrow.submit(0, DIGEST);
        key = reviewKey(1);
        id = arbitration.disputeIdOf(address(escrow), 0, 1);
        address[4] memory payers = [client, contributor, clientSeat, panel[0]];
        for (uint256 i = 0; i < payers.length; ++i) {
            token.mint(payers[i], 10_000_000_000);
            vm.prank(payers[i]);
            token.approve(address(arbitration), type(uint256).max);
        }
    }

    function disputeDraft(LadderTerms memory t) internal view returns (Draft memory d) {
        Profile memory p = profile(10, 0, 48, false);
        d = draftOf(0, p);
        d.words = new bytes32[](2);
        d.words[0] = word(3, 1, 0, p, sameRule(6_000, 6_000));
        d.words[1] = word(2, 1, 0, p, sameRule(6_000, 6_000));
        d.ladder = ladderBytes(t);
    }

    /// @dev Client and panel say no; the contributor disputes.
    function reject() internal {
        castAs(clientSeat, key, false);
        for (uint256 i = 0; i < 3; ++i) {
            if (statusOf(key) == uint256(IMilestoneGate.Status.Open)) castAs(panel[i], key, false);
        }
        expectStatus(key, IMilestoneGate.Status.Rejected, "rejected");
    }

    function disputed() internal {
        // The client alone rejects nothing here (need 1 of 2), so silence escalates at the deadlock share.
        vm.warp(START + 10 days + 1);
        gate.finalize(key);
        openedAt = block.timestamp;
    }

    /// @dev Held by the panel at 10,000.
    function held() internal {
        for (uint256 i = 0; i < 3; ++i) {
            castAs(panel[i], key, true);
        }
        expectStatus(key, IMilestoneGate.Status.Held, "held");
    }

    function rungOf() internal view returns (IArbitration.Rung) {
        return arbitration.dispute(id).rung;
    }

    function expectRung(IArbitration.Rung expected, string memory what) internal view {
        eq(uint256(rungOf()), uint256(expected), what);
    }

    function poke() internal {
        vm.prank(STRANGER);
        arbitration.poke(id);
    }

    /// @dev To the appeal rung: negotiation and panel (if any) are over.
    function toAppeal() internal {
        vm.warp(openedAt + 10 days + 1);
    }

    function appealAs(address who) internal {
        vm.prank(who);
        arbitration.appeal(id);
    }

    function depositAs(address who) internal {
        vm.prank(who);
        arbitration.deposit(id);
    }

    function ruleAs(address who, uint16 payBps) internal {
        vm.prank(who);
        arbitration.rule(id, payBps, keccak256("award"));
    }

    function wrongRung(IArbitration.Rung rung) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IArbitration.Arbitration_WrongRung.selector, id, rung);
    }

    function questionKey(uint8 question, uint16 payBps) internal view returns (IMilestoneGate.Key memory k) {
        k = key;
        k.question = question;
        k.payBps = payBps;
    }

    function askAs(address who, uint8 question, uint16 payBps) internal {
        IMilestoneGate.Key memory k = questionKey(question, payBps);
        uint8 seat = seatOf(who);
        vm.prank(who);
        gate.ask(k, seat, "", "");
    }
}
