// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Milestone, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";

/// @dev For gas only: the least an escrow can be. Clones of it, with terms as immutable arguments, hold one packed status slot
/// and one digest per milestone, and make one status write and one ERC-20 transfer per decision.
contract ReferenceEscrow {
    address public immutable factory = msg.sender;
    address public immutable gate;
    address public immutable arbitration;
    address public immutable token;
    address public constant treasury = address(0xfee);

    struct Slot {
        State state;
        uint8 round;
        uint16 standingBps;
        uint40 clock;
        uint96 amount;
    }

    mapping(uint8 m => Slot) private _slots;
    mapping(uint8 m => bytes32) private _digests;

    constructor(address gate_, address arbitration_, address token_) {
        gate = gate_;
        arbitration = arbitration_;
        token = token_;
    }

    function setAmount(uint8 m, uint96 amount) external {
        _slots[m].amount = amount;
    }

    function submit(uint8 m, bytes32 digest) external {
        Slot storage slot = _slots[m];
        slot.state = State.Submitted;
        ++slot.round;
        slot.clock = uint40(block.timestamp);
        _digests[m] = digest;
        IMilestoneGate(gate).open(m, slot.round, digest, uint40(block.timestamp + 30 days), 0, 1);
    }

    function approve(uint8 m, uint8, bytes32, uint16 payBps) external {
        _pay(m, payBps);
    }

    function reject(uint8 m, uint8, bytes32, bytes32) external {
        _slots[m].state = State.Rejected;
    }

    function dispute(uint8 m) external {
        Slot storage slot = _slots[m];
        slot.state = State.Disputed;
        slot.clock = uint40(block.timestamp);
        IArbitration(arbitration).open(m, slot.round, 0, uint40(block.timestamp + 42 days), 1);
    }

    function rule(uint8 m, uint8, uint16 payBps, bool isFinal) external {
        if (isFinal) _pay(m, payBps);
    }

    function submission(uint8 m) external view returns (State, uint8, bytes32, uint40, uint8) {
        Slot storage slot = _slots[m];
        return (slot.state, slot.round, _digests[m], slot.clock, 0);
    }

    function milestone(uint8 m) external view returns (Milestone memory x) {
        Slot memory slot = _slots[m];
        (x.state, x.round, x.clock) = (slot.state, slot.round, slot.clock);
        (x.standingBps, x.amount, x.digest) = (slot.standingBps, slot.amount, _digests[m]);
    }

    function _pay(uint8 m, uint16 payBps) private {
        Slot storage slot = _slots[m];
        slot.state = State.Released;
        slot.standingBps = payBps;
        address contributor = _contributor();
        IERC20(token).transfer(contributor, (uint256(slot.amount) * payBps) / 10_000);
    }

    function _contributor() private view returns (address account) {
        bytes memory args = Clones.fetchCloneArgs(address(this));
        assembly ("memory-safe") {
            account := shr(96, mload(add(args, 88)))
        }
    }
}
