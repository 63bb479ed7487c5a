// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Ladder} from "../../../src/approval/Ladder.sol";
import {TestBase} from "../../support/approval/Vm.sol";

/// @dev Costs of a ruling: exact sums, and a shift that never takes more than the missing share (G9).
contract LadderFuzz is TestBase {
    function test_fuzz_SharesSumToTheFee(uint96 cost, uint16 bps) public pure {
        uint16 payBps = uint16(bound(bps, 0, 10_000));
        (uint96 client, uint96 payees) = Ladder.shares(cost, payBps);
        eq(uint256(client) + payees, cost, "to the unit");
        eq(payees, (uint256(cost) * (10_000 - payBps)) / 10_000, "payees, floored");
    }

    function test_fuzz_G9_ShiftAtMostTheShare(uint96 share, uint96 amount_, uint16 bps, bool toPayees) public pure {
        uint96 amount = uint96(bound(amount_, 1, type(uint96).max));
        uint16 payBps = uint16(bound(bps, 0, 10_000));
        (uint16 result, uint16 shift) = Ladder.shifted(payBps, share, amount, toPayees);
        isTrue(result <= 10_000, "within 0 and 10,000");
        eq(toPayees ? uint256(payBps) + shift : uint256(payBps) - shift, result, "by the shift");
        isTrue((uint256(amount) * shift) / 10_000 <= share, "never more than the share");
        uint256 room = toPayees ? 10_000 - payBps : payBps;
        bool full = shift == room || (uint256(share) * 10_000) / amount == shift;
        isTrue(full, "the whole share, unless there is no room");
    }

    function test_ShiftWithoutAmount() public pure {
        (uint16 result, uint16 shift) = Ladder.shifted(7_000, 1, 0, true);
        eq(result, 7_000, "nothing to shift");
        eq(shift, 0, "nothing to shift");
    }

    function test_fuzz_DecodesEveryField(IArbitration.Policy memory p) public pure {
        bytes memory data = abi.encodePacked(
            uint8(1),
            p.panelPolicy,
            p.arbitrator,
            p.fallbackArbitrator,
            p.fee,
            p.bond,
            p.settleFeeBps,
            p.negotiate
        );
        data = bytes.concat(data, abi.encodePacked(p.panel, p.panelExtension, p.appeal, p.deposit));
        data = bytes.concat(data, abi.encodePacked(p.ruling, p.fallbackWindow));
        eq(data.length, Ladder.SIZE, "size");
        eq(keccak256(abi.encode(Ladder.decode(data, 0))), keccak256(abi.encode(p)), "fields");
        eq(keccak256(abi.encode(Ladder.decode(bytes.concat(hex"00", data), 1))), keccak256(abi.encode(p)), "offset");
    }
}
