// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeInbox} from "../../../src/interfaces/IFeeInbox.sol";
import {TestBase} from "../../support/approval/Vm.sol";

/// @dev What the inbox needs of a token.
interface IInboxToken {
    function mint(address to, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
}

/// @dev Remembers what was booked.
contract VaultDouble {
    uint256 public booked;

    function book(uint256 amount) external {
        booked += amount;
    }
}

/// @dev FeeInbox.tree.
contract FeeInboxTest is TestBase {
    address private constant TREASURY = address(0x7ea5);
    address private constant STRANGER = address(0x57a6);
    IFeeInbox private _inbox;
    IInboxToken private _token;

    function setUp() public {
        _inbox = IFeeInbox(deployCode("FeeInbox.sol:FeeInbox", abi.encode(address(this), TREASURY)));
        _token = IInboxToken(deployCode("TestToken.sol:TestToken", abi.encode(address(this))));
    }

    function test_SweepLeavesOneUnit() public {
        _token.mint(address(_inbox), 1_000);
        vm.prank(STRANGER);
        eq(_inbox.sweep(address(_token)), 999, "amount");
        eq(_token.balanceOf(TREASURY), 999, "treasury");
        eq(_token.balanceOf(address(_inbox)), 1, "stays");
    }

    function test_RevertWhen_OnlyTheUnitIsLeft() public {
        _token.mint(address(_inbox), 1);
        vm.expectRevert(abi.encodeWithSelector(IFeeInbox.FeeInbox_NothingDue.selector, address(_token)));
        _inbox.sweep(address(_token));
    }

    function test_VaultBooksItsAssetOnly() public {
        VaultDouble vault = new VaultDouble();
        _inbox.setVault(address(vault), address(_token));
        _token.mint(address(_inbox), 501);
        _inbox.sweep(address(_token));
        eq(vault.booked(), 500, "booked");
        IInboxToken other = IInboxToken(deployCode("TestToken.sol:TestToken", abi.encode(address(this))));
        other.mint(address(_inbox), 501);
        _inbox.sweep(address(other));
        eq(vault.booked(), 500, "not another token");
    }

    function test_GovernorSetsTheTreasury() public {
        _inbox.setTreasury(address(9));
        eq(_inbox.treasury(), address(9), "set");
        vm.expectRevert(abi.encodeWithSelector(IFeeInbox.FeeInbox_BadTreasury.selector, address(0)));
        _inbox.setTreasury(address(0));
        vm.expectRevert(abi.encodeWithSelector(IFeeInbox.FeeInbox_BadTreasury.selector, address(_inbox)));
        _inbox.setTreasury(address(_inbox));
    }

    function test_RevertWhen_NotTheGovernor() public {
        bytes memory refused = abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", STRANGER);
        vm.startPrank(STRANGER);
        vm.expectRevert(refused);
        _inbox.setTreasury(STRANGER);
        vm.expectRevert(refused);
        _inbox.setVault(STRANGER, STRANGER);
        vm.stopPrank();
    }
}
