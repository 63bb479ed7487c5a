// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {Milestone, Profile, State, Terms} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";

/// @dev For gas only: the least an escrow can be. One packed status slot and one digest per milestone, one status write and
/// one ERC-20 transfer per decision.
contract ReferenceEscrow {
    address public immutable factory = msg.sender;
    address public immutable gate;
    address public immutable arbitration;
    address public immutable token;
    address public immutable client;
    address public immutable contributor;
    address public constant treasury = address(0xfee);

    struct Slot {
        State state;
        uint8 round;
        uint16 standingBps;
        uint40 clock;
        uint96 amount;
    }

    uint8 private _milestones;
    mapping(uint8 m => Slot) private _slots;
    mapping(uint8 m => bytes32) private _digests;
    mapping(uint8 m => Profile) private _profiles;

    constructor(address gate_, address arbitration_, address token_, address client_, address contributor_) {
        gate = gate_;
        arbitration = arbitration_;
        token = token_;
        client = client_;
        contributor = contributor_;
    }

    function setProfile(uint8 m, Profile calldata profile_) external {
        _profiles[m] = profile_;
        _slots[m].amount = 1_000_000_000;
        if (m >= _milestones) _milestones = m + 1;
    }

    function submit(uint8 m, bytes32 digest) external {
        Slot storage slot = _slots[m];
        slot.state = State.Submitted;
        ++slot.round;
        _digests[m] = digest;
        IMilestoneGate(gate).open(m, slot.round, digest, uint40(block.timestamp + 30 days));
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
        IArbitration(arbitration).open(m, slot.round, 0, uint40(block.timestamp + 42 days));
    }

    function rule(uint8 m, uint8, uint16 payBps, bool isFinal) external {
        if (isFinal) _pay(m, payBps);
    }

    function terms() external view returns (Terms memory t) {
        t.client = client;
        t.contributor = contributor;
        t.token = token;
        t.milestones = _milestones;
    }

    function profile(uint8 m) external view returns (Profile memory) {
        return _profiles[m];
    }

    function payees() external view returns (address[] memory accounts, uint16[] memory weights) {
        accounts = new address[](1);
        weights = new uint16[](1);
        (accounts[0], weights[0]) = (contributor, 10_000);
    }

    function submission(uint8 m) external view returns (State, uint8, bytes32) {
        return (_slots[m].state, _slots[m].round, _digests[m]);
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
        IERC20(token).transfer(contributor, (uint256(slot.amount) * payBps) / 10_000);
    }
}
