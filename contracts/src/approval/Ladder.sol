// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../interfaces/IArbitration.sol";

/// @title The ladder's terms and arithmetic
/// @notice Codec of the signed bytes (layout in `IArbitration`), lengths of rungs, who bears what. Pure.
library Ladder {
    uint256 internal constant SIZE = 89;
    uint8 internal constant CODEC = 1;
    uint8 internal constant NO_PANEL = 255;
    uint16 internal constant FULL = 10_000;

    /// @dev The escrow's own exit must come after the ladder's longest way, with this to spare.
    uint256 internal constant SPARE = 3 days;

    /// @dev The ladder at the end of a policy book's record.
    function ofRecord(bytes memory record) internal pure returns (IArbitration.Policy memory) {
        return decode(record, record.length - SIZE);
    }

    /// @dev Reverts on terms that no project can live by.
    function check(IArbitration.Policy memory p) internal pure {
        if (p.arbitrator == address(0) || p.arbitrator == p.fallbackArbitrator) {
            revert IArbitration.Arbitration_BadArbitrator(p.arbitrator);
        }
        if (p.settleFeeBps > FULL) revert IArbitration.Arbitration_BadTerms(66, p.settleFeeBps);
        if (p.panelPolicy != NO_PANEL && p.panel == 0) revert IArbitration.Arbitration_BadTerms(71, 0);
        if (p.appeal == 0) revert IArbitration.Arbitration_BadTerms(77, 0);
        if (p.deposit == 0) revert IArbitration.Arbitration_BadTerms(80, 0);
        if (p.ruling == 0) revert IArbitration.Arbitration_BadTerms(83, 0);
        bool second = p.fallbackArbitrator != address(0);
        if (second && p.fallbackWindow == 0) revert IArbitration.Arbitration_BadTerms(86, 0);
    }

    /// @dev Reads 89 bytes that start at `offset` of `data`; the caller has checked the length.
    function decode(bytes memory data, uint256 offset) internal pure returns (IArbitration.Policy memory p) {
        p.panelPolicy = uint8(_read(data, offset + 1, 1));
        p.arbitrator = address(uint160(_read(data, offset + 2, 20)));
        p.fallbackArbitrator = address(uint160(_read(data, offset + 22, 20)));
        p.fee = uint96(_read(data, offset + 42, 12));
        p.bond = uint96(_read(data, offset + 54, 12));
        p.settleFeeBps = uint16(_read(data, offset + 66, 2));
        p.negotiate = uint24(_read(data, offset + 68, 3));
        p.panel = uint24(_read(data, offset + 71, 3));
        p.panelExtension = uint24(_read(data, offset + 74, 3));
        p.appeal = uint24(_read(data, offset + 77, 3));
        p.deposit = uint24(_read(data, offset + 80, 3));
        p.ruling = uint24(_read(data, offset + 83, 3));
        p.fallbackWindow = uint24(_read(data, offset + 86, 3));
    }

    /// @dev Longest way through the ladder, s.
    function longest(IArbitration.Policy memory p) internal pure returns (uint256 time) {
        time = uint256(p.negotiate) + p.appeal + p.deposit + p.ruling;
        if (p.panelPolicy != NO_PANEL) time += uint256(p.panel) + p.panelExtension;
        if (p.fallbackArbitrator != address(0)) time += p.fallbackWindow;
    }

    /// @dev How a cost of the arbitrator's is borne: payees `cost * (10000 - payBps) / 10000` floored, the client the rest.
    function shares(uint96 cost, uint16 payBps) internal pure returns (uint96 client, uint96 payees) {
        payees = uint96((uint256(cost) * (FULL - payBps)) / FULL);
        client = cost - payees;
    }

    /// @dev The result after a side without a deposit has paid its share through it: `share * 10000 / amount` floored
    /// against that side, within 0 to 10,000.
    /// @param toPayees Whether the client is the side that has not deposited.
    function shifted(
        uint16 payBps,
        uint96 share,
        uint96 amount,
        bool toPayees
    ) internal pure returns (uint16 result, uint16 shift) {
        uint256 full = amount == 0 ? 0 : (uint256(share) * FULL) / amount;
        uint256 room = toPayees ? FULL - payBps : payBps;
        shift = uint16(full < room ? full : room);
        result = toPayees ? payBps + shift : payBps - shift;
    }

    /// @dev Whether the result moved a challenger's way.
    function moved(uint16 before, uint16 payBps, IArbitration.Side side) internal pure returns (bool) {
        return side == IArbitration.Side.Client ? payBps < before : payBps > before;
    }

    /// @dev Big-endian number of `size` bytes.
    function _read(bytes memory data, uint256 offset, uint256 size) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := shr(sub(256, mul(8, size)), mload(add(add(data, 0x20), offset)))
        }
    }
}
