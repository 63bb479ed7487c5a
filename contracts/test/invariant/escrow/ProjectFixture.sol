// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneEscrow, Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";
import {IssuerToken} from "./IssuerToken.sol";
import {ProjectEnd} from "./ProjectEnd.sol";
import {ProjectHandler} from "./ProjectHandler.sol";
import {Cast} from "./ProjectStore.sol";

/// @dev A smart account that agrees to everything: the handler's joint calls need no keys.
contract YesWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0x1626ba7e;
    }
}

/// @dev Two funders, three payees, three milestones of odd amounts, every rate above zero, a token whose issuer is hostile.
abstract contract ProjectFixture is EscrowFixture {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    ProjectHandler internal _handler;
    IssuerToken internal _token;

    function setUp() public virtual {
        _token = new IssuerToken();
        deployWith(address(_token));
        worker = address(new YesWallet());
        (mia, noa) = (address(new YesWallet()), address(new YesWallet()));
        addFunder(cofunder);
        addPayee(worker, 5_000);
        addPayee(mia, 3_333);
        addPayee(noa, 1_667);
        addProfile(full());
        Profile memory p = full();
        p.silenceApproves = false;
        p.killBps = 333;
        p.maxRounds = 2;
        addProfile(p);
        addMilestone(101, 20, 5, 0);
        addMilestone(203, 40, 20, 1);
        addMilestone(307, 60, 40, 0);
        create();
        _handler = new ProjectHandler(
            Cast(escrow, _token, client, worker, cofunder, gate, arbitration, treasury, mia, noa, address(this))
        );
    }

    /// @dev The handler's next project, when one is over.
    function another() external returns (IMilestoneEscrow) {
        t.start = uint40(block.timestamp + 1 days);
        create();
        return escrow;
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(_handler);
    }

    /// @dev Everything that people do; `die` only where a suite wants it.
    function targetSelectors() external view returns (Selectors[] memory list) {
        bytes4[25] memory all = [
            ProjectHandler.fund.selector,
            ProjectHandler.donate.selector,
            ProjectHandler.sync.selector,
            ProjectHandler.retreat.selector,
            ProjectHandler.collect.selector,
            ProjectHandler.issuer.selector,
            ProjectHandler.submit.selector,
            ProjectHandler.submit.selector,
            ProjectHandler.approve.selector,
            ProjectHandler.reject.selector,
            ProjectHandler.escalate.selector,
            ProjectHandler.dispute.selector,
            ProjectHandler.rule.selector,
            ProjectHandler.lapse.selector,
            ProjectHandler.terminate.selector,
            ProjectHandler.settle.selector,
            ProjectHandler.amend.selector,
            ProjectHandler.amendShares.selector,
            ProjectHandler.changePayee.selector,
            ProjectHandler.warranty.selector,
            ProjectHandler.intrude.selector,
            ProjectHandler.pass.selector,
            ProjectHandler.passToExit.selector,
            ProjectHandler.fund.selector,
            _extra()
        ];
        list = new Selectors[](1);
        list[0].addr = address(_handler);
        list[0].selectors = new bytes4[](all.length);
        for (uint256 i; i < all.length; ++i) list[0].selectors[i] = all[i];
    }

    function _extra() internal pure virtual returns (bytes4) {
        return ProjectHandler.pass.selector;
    }

    function _kept(uint256 rule) internal view {
        string memory what = _handler.breach(rule);
        isTrue(bytes(what).length == 0, what);
    }

    /// @dev The ending that `way` leads to, undone afterwards; fails if anything on the way is refused or left.
    function _end(ProjectEnd.Way memory way) internal returns (uint256[11] memory amounts) {
        (, bytes memory answer) = address(_handler).call(abi.encodeCall(ProjectEnd.end, (way)));
        if (bytes4(answer) != ProjectEnd.Ended.selector) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        bytes memory data = new bytes(answer.length - 4);
        for (uint256 i; i < data.length; ++i) data[i] = answer[i + 4];
        uint256 missed;
        (amounts, missed) = abi.decode(data, (uint256[11], uint256));
        eq(missed, 0, "seconds after finalBy");
    }

    /// @dev Whether a call would go through now, after a gift; undone afterwards.
    function _works(address from, bytes memory data, uint256 gift) internal returns (bool) {
        (, bytes memory answer) = address(_handler).call(abi.encodeCall(ProjectEnd.tryCall, (from, data, gift)));
        isTrue(bytes4(answer) == ProjectEnd.Tried.selector, "tried");
        return answer[35] == 0x01;
    }
}
