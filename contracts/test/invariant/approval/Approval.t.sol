// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {ApprovalHandler} from "../../support/approval/ApprovalHandler.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";
import {TestBase} from "../../support/approval/Vm.sol";

/// @dev See README.md beside this file.
contract ApprovalInvariants is TestBase {
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

    /// @dev The ballot's word says what the seats said.
    function invariant_G1_Tally() public view {
        (uint256[3] memory yes, uint256[3] memory no, ) = _tally();
        uint256 word = _handler.currentWord();
        for (uint256 body = 0; body < 3; ++body) {
            eq(uint16(word >> (160 + 16 * body)), yes[body], "yes");
            eq(uint16(word >> (208 + 16 * body)), no[body], "no");
        }
    }

    /// @dev Each seat once, the payee's nowhere, and never more than the body has.
    function invariant_G2_OneSeatOneBallot() public view {
        (uint256[3] memory yes, uint256[3] memory no, uint64 voted) = _tally();
        eq(uint64(_handler.currentWord() >> 96), voted, "each seat once");
        uint16[3] memory eligible = _handler.eligible();
        for (uint256 body = 0; body < 3; ++body) isTrue(yes[body] + no[body] <= eligible[body], "yes + no <= W");
    }

    function _tally() private view returns (uint256[3] memory yes, uint256[3] memory no, uint64 voted) {
        GateFixture.Member[] memory members = _handler.people();
        for (uint8 i = 0; i < members.length; ++i) {
            uint8 ballot = _handler.ballotOf(_handler.round(), i);
            if (ballot == 0) continue;
            voted |= uint64(1) << i;
            if (ballot == 1) yes[members[i].body] += members[i].weight;
            else no[members[i].body] += members[i].weight;
            isTrue(members[i].weight != 4, "the payee's seat counts nowhere");
        }
    }

    function invariant_G3_Graph() public view {
        string memory what = _handler.breach(3);
        isTrue(bytes(what).length == 0, what);
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

    /// @dev Time and one stranger end ballot and dispute within the printed bound.
    function invariant_G7_Ends() public {
        (, bytes memory answer) = address(_handler).call(abi.encodeCall(ApprovalHandler.end, ()));
        isTrue(bytes4(answer) == ApprovalHandler.Ended.selector, "an ending that is refused");
        uint256[4] memory words;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(answer, add(36, mul(32, i))))
            }
            words[i] = word;
        }
        uint256 open_ = uint256(IMilestoneGate.Status.Open);
        isTrue(words[0] != open_ && words[0] != uint256(IMilestoneGate.Status.Held), "the ballot has ended");
        eq(words[1], uint256(IArbitration.Rung.Closed), "the dispute has ended");
        eq(words[2], words[3], "what is left has its owner");
    }

    function afterInvariant() public {
        invariant_G7_Ends();
    }

    /// @dev All of them after each call of one run: what the deep run uses.
    function invariant_All() public {
        invariant_G1_Tally();
        invariant_G2_OneSeatOneBallot();
        invariant_G3_Graph();
        invariant_G4_PaidOnce();
        invariant_G7_Ends();
        invariant_G8_Balances();
        invariant_G9_OtherMilestone();
    }
}
