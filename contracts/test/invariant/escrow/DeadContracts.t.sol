// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ledger} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {ProjectEnd} from "./ProjectEnd.sol";
import {ProjectFixture} from "./ProjectFixture.sol";
import {ProjectHandler} from "./ProjectHandler.sol";

/// @dev Gate and arbitration die in the middle of a life and refuse every call from then on: no unit may hang on them.
contract DeadContractsInvariants is ProjectFixture {
    function _extra() internal pure override returns (bytes4) {
        return ProjectEnd.die.selector;
    }

    function invariant_E10_EndsWithDeadContracts() public view {
        Ledger memory l = escrow.ledger();
        eq(_token.balanceOf(address(escrow)), uint256(l.booked) + _handler.donated(), "balance = booked + donations");
        _kept(3);
        _kept(4);
    }

    function afterInvariant() public {
        _end(ProjectEnd.Way(false, false, 0, 0));
    }
}
