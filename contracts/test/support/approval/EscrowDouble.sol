// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {
    ClaimState,
    Milestone,
    Profile,
    State,
    Terms,
    WarrantyClaim
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";

/// @dev A reference escrow: the views and calls that gate, oracle and arbitration meet, one status write and one transfer
/// per decision. A clone with terms as immutable arguments, as real ones are. Everything else can be set by the test, also what
/// a real escrow would refuse.
contract EscrowDouble {
    struct Setup {
        address gate;
        address arbitration;
        address token;
        address client;
        address contributor;
        address[] payees;
        Profile[] profiles;
        /// Per milestone policy << 4 | profile.
        uint8[] pairs;
    }

    error WrongCaller(address caller);
    error WrongState(uint8 m, State state);

    address public factory;
    address public gate;
    address public arbitration;
    address public treasury;
    address public token;
    address public client;
    address public contributor;
    uint8 public milestones;
    uint8 public version;
    uint16 public constant deadlockBps = 5_000;
    uint96 public constant amount = 1_000_000_000;
    uint40 public constant arbitrationTime = 42 days;

    address[] private _payees;
    Profile[] private _profiles;
    mapping(uint8 m => Milestone) private _milestones;
    WarrantyClaim private _claim;

    // What the gate said last.
    bytes32 public reason;
    uint256 public approvals;
    uint256 public rejections;
    uint256 public escalations;
    bool public broken;

    function init(Setup calldata s) external {
        if (version != 0) revert WrongCaller(msg.sender);
        factory = msg.sender;
        gate = s.gate;
        arbitration = s.arbitration;
        token = s.token;
        client = s.client;
        contributor = s.contributor;
        treasury = address(0xfee);
        version = 1;
        _payees = s.payees;
        if (s.payees.length == 0) _payees.push(s.contributor);
        for (uint256 i = 0; i < s.profiles.length; ++i) {
            _profiles.push(s.profiles[i]);
        }
        for (uint256 m = 0; m < s.pairs.length; ++m) {
            setPair(uint8(m), s.pairs[m]);
        }
    }

    /// @dev Policy and profile of a milestone, as a change order sets them.
    function setPair(uint8 m, uint8 pair) public {
        _milestones[m].policy = pair >> 4;
        _milestones[m].profile = pair & 15;
        if (m >= milestones) milestones = m + 1;
    }

    function setPayees(address[] calldata payees_) external {
        _payees = payees_;
    }

    function setState(uint8 m, State state) external {
        _milestones[m].state = state;
    }

    function setBroken(bool broken_) external {
        broken = broken_;
    }

    function setClaim(WarrantyClaim calldata claim_) external {
        _claim = claim_;
    }

    // -------------------------------------------------------------------------------------------------- as an escrow

    function submit(uint8 m, bytes32 digest) public {
        Milestone storage x = _milestones[m];
        x.state = State.Submitted;
        ++x.round;
        x.digest = digest;
        x.clock = uint40(block.timestamp);
        Profile memory p = _profiles[x.profile];
        uint40 decideBy = uint40(
            block.timestamp + (uint256(p.reviewDays) + p.extensionDays + 3) * 1 days + uint256(p.holdHours) * 1 hours
        );
        IMilestoneGate(gate).open(m, x.round, digest, decideBy, x.policy, version);
    }

    /// @dev A change order's new policies, seats or criteria.
    function amend(
        bytes32 policyHash,
        bytes calldata roster,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy
    ) external {
        version = IMilestoneGate(gate).register(policyHash, roster, gatePolicy, arbitrationPolicy);
    }

    /// @dev A change order that touches policies or profiles of milestones only.
    function recheck() external view {
        IMilestoneGate(gate).recheck();
    }

    /// @dev A change order: the submission is withdrawn, its round is used.
    function supersede(uint8 m) external {
        _milestones[m].state = State.Funded;
    }

    function approve(uint8 m, uint8 round, bytes32 digest, uint16 payBps) external {
        _fromGate(m, round, digest);
        _milestones[m].state = State.Released;
        _milestones[m].standingBps = payBps;
        _milestones[m].clock = uint40(block.timestamp);
        ++approvals;
        _pay(payBps);
    }

    function reject(uint8 m, uint8 round, bytes32 digest, bytes32 reasonHash) external {
        _fromGate(m, round, digest);
        _milestones[m].state = State.Rejected;
        _milestones[m].clock = uint40(block.timestamp);
        reason = reasonHash;
        ++rejections;
    }

    function escalate(uint8 m, uint8 round, bytes32 digest, bool decided, uint16 standingBps) external {
        _fromGate(m, round, digest);
        ++escalations;
        _dispute(m, decided ? standingBps : deadlockBps);
    }

    function dispute(uint8 m) external {
        if (_milestones[m].state != State.Rejected) revert WrongState(m, _milestones[m].state);
        _dispute(m, 0);
    }

    function contest(uint96 amount_) external {
        _claim.state = ClaimState.Contested;
        ++_claim.round;
        _claim.amount = amount_;
        _claim.standingBps = deadlockBps;
        _claim.clock = uint40(block.timestamp);
        IArbitration(arbitration).open(
            255,
            _claim.round,
            deadlockBps,
            uint40(block.timestamp) + arbitrationTime,
            version
        );
    }

    function rule(uint8 m, uint8 round, uint16 payBps, bool isFinal) external {
        if (msg.sender != arbitration) revert WrongCaller(msg.sender);
        if (m == 255) {
            if (_claim.state != ClaimState.Contested || _claim.round != round) revert WrongState(m, State.Disputed);
            _claim.standingBps = payBps;
            if (isFinal) (_claim.state, _claim.clock) = (ClaimState.None, uint40(block.timestamp));
            return;
        }
        Milestone storage x = _milestones[m];
        if (x.state != State.Disputed || x.round != round) revert WrongState(m, x.state);
        if (block.timestamp > uint256(x.clock) + arbitrationTime) revert WrongState(m, x.state);
        x.standingBps = payBps;
        if (!isFinal) return;
        x.state = payBps == 0 ? State.Refunded : State.Released;
        x.clock = uint40(block.timestamp);
        _pay(payBps);
    }

    /// @dev Both parties agree.
    function settle(uint8 m, uint16 payBps) external {
        _milestones[m].clock = uint40(block.timestamp);
        _milestones[m].standingBps = payBps;
        _milestones[m].state = payBps == 0 ? State.Refunded : State.Released;
        _pay(payBps);
    }

    function lapse(uint8 m) external {
        Milestone storage x = _milestones[m];
        if (x.state != State.Disputed || block.timestamp <= uint256(x.clock) + arbitrationTime) {
            revert WrongState(m, x.state);
        }
        x.state = x.standingBps == 0 ? State.Refunded : State.Released;
        x.clock = uint40(block.timestamp);
        _pay(x.standingBps);
    }

    // ---------------------------------------------------------------------------------------------------------- views

    function terms() external view returns (Terms memory t) {
        t.client = client;
        t.contributor = contributor;
        t.token = token;
        t.milestones = milestones;
    }

    function profile(uint8 m) external view returns (Profile memory) {
        return _profiles[_milestones[m].profile];
    }

    function payees() external view returns (address[] memory, uint16[] memory weights) {
        weights = new uint16[](_payees.length);
        return (_payees, weights);
    }

    function submission(uint8 m) external view returns (State, uint8, bytes32, uint40, uint8) {
        Milestone storage x = _milestones[m];
        return (x.state, x.round, x.digest, x.clock, x.policy);
    }

    function milestone(uint8 m) external view returns (Milestone memory x) {
        x = _milestones[m];
        x.amount = amount;
    }

    function warrantyClaim() external view returns (WarrantyClaim memory) {
        return _claim;
    }

    // ------------------------------------------------------------------------------------------------------- internal

    function _fromGate(uint8 m, uint8 round, bytes32 digest) private view {
        Milestone storage x = _milestones[m];
        if (broken || msg.sender != gate) revert WrongCaller(msg.sender);
        if (x.state != State.Submitted || x.round != round || x.digest != digest) revert WrongState(m, x.state);
    }

    function _dispute(uint8 m, uint16 standingBps) private {
        Milestone storage x = _milestones[m];
        x.state = State.Disputed;
        x.clock = uint40(block.timestamp);
        x.standingBps = standingBps;
        IArbitration(arbitration).open(m, x.round, standingBps, uint40(block.timestamp) + arbitrationTime, version);
    }

    function _pay(uint16 payBps) private {
        uint256 pay = (uint256(amount) * payBps) / 10_000;
        if (pay != 0 && IERC20(token).balanceOf(address(this)) >= pay) IERC20(token).transfer(_payees[0], pay);
    }
}
