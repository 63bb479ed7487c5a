// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {ApprovalHandler} from "../../support/approval/ApprovalHandler.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";
import {TestBase} from "../../support/approval/Vm.sol";

/// @dev See README.md beside this file.
contract ApprovalInvariant is TestBase {
    ApprovalHandler private _handler;

    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public {
        _handler = new ApprovalHandler();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory list) {
        bytes4[17] memory all = [
            ApprovalHandler.vote.selector,
            ApprovalHandler.batch.selector,
            ApprovalHandler.report.selector,
            ApprovalHandler.finalize.selector,
            ApprovalHandler.pass.selector,
            ApprovalHandler.resubmit.selector,
            ApprovalHandler.supersede.selector,
            ApprovalHandler.disputeIt.selector,
            ApprovalHandler.challenge.selector,
            ApprovalHandler.ask.selector,
            ApprovalHandler.answer.selector,
            ApprovalHandler.pokeIt.selector,
            ApprovalHandler.appeal.selector,
            ApprovalHandler.deposit.selector,
            ApprovalHandler.rule.selector,
            ApprovalHandler.settle.selector,
            ApprovalHandler.block_.selector
        ];
        list = new Selectors[](1);
        list[0].addr = address(_handler);
        list[0].selectors = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            list[0].selectors[i] = all[i];
        }
    }

    function invariant_G1_G2_Tally() public view {
        uint256 word = _handler.currentWord();
        uint16[3] memory eligible = _handler.eligible();
        GateFixture.Member[] memory members = _handler.people();
        uint256[3] memory yes;
        uint256[3] memory no;
        uint64 voted = 0;
        for (uint8 i = 0; i < members.length; ++i) {
            uint8 ballot = _handler.ballotOf(_handler.round(), i);
            if (ballot == 0) continue;
            voted |= uint64(1) << i;
            if (ballot == 1) yes[members[i].body] += members[i].weight;
            else no[members[i].body] += members[i].weight;
            isTrue(members[i].weight != 4, "G2: the payee's seat counts nowhere");
        }
        eq(uint64(word >> 96), voted, "G2: each seat once");
        for (uint256 body = 0; body < 3; ++body) {
            eq(uint16(word >> (160 + 16 * body)), yes[body], "G1: yes");
            eq(uint16(word >> (208 + 16 * body)), no[body], "G1: no");
            isTrue(yes[body] + no[body] <= eligible[body], "G2: yes + no <= W");
        }
    }

    function invariant_G4_PaidOnce() public view {
        (uint256 ballots, ) = _handler.counts();
        for (uint256 i = 0; i < ballots; ++i) {
            isTrue(_handler.decisions(_handler.ballots(i)) <= 1, "G4: decided once, with a slot or without");
        }
        // The reference escrow counts what it paid by the gate's word, and pays only the submission that waits.
        eq(_handler.approvals(), _handler.approvedEvents(), "G4: paid as often as approved");
        isTrue(_handler.approvals() <= _handler.round(), "G4: at most once per round");
    }

    function invariant_G8_Balances() public view {
        (uint256 ofArbitration, uint256 ofGate) = _handler.balances();
        eq(ofGate, 0, "G8: the gate holds nothing");
        eq(ofArbitration, _handler.owed(), "G8: deposits, bonds and credits, to the unit");
    }

    function invariant_G9_OtherMilestone() public view {
        eq(uint256(_handler.otherMilestone()), uint256(State.Submitted), "G9: the other milestone waits");
    }

    function afterInvariant() public {
        _handler.drain();
        IMilestoneGate.Status status = _handler.theGate().status(_handler.currentKey()).status;
        isTrue(
            status != IMilestoneGate.Status.Open && status != IMilestoneGate.Status.Held,
            "G7: the ballot has ended"
        );
        (, uint256 disputes) = _handler.counts();
        try _handler.theArbitration().dispute(_handler.disputes(disputes - 1)) returns (
            IArbitration.DisputeView memory d
        ) {
            eq(uint256(d.rung), uint256(IArbitration.Rung.Closed), "G7: the dispute has ended");
        } catch {}
        invariant_G8_Balances();
    }
}
