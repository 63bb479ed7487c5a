// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Auth, IMilestoneEscrow, Profile, Terms} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {IPolicyBook} from "../../../src/interfaces/IPolicyBook.sol";
import {IZoneRoots} from "../../../src/interfaces/IEscrowFactory.sol";
import "../../../src/escrow/Errors.sol" as E;
import {Recorder, Wallet} from "../../support/escrow/Actors.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev The factory: Create.tree.
contract CreateTest is EscrowFixture {
    function setUp() public {
        deployAll();
        addProfile(full());
        addMilestone(1_000e6, 30, 5, 0);
    }

    function _create(Auth memory a, Auth memory b) private {
        factory.create(args(), gatePolicy(), arbitrationPolicy(), a, b, 0, new bytes[](0));
    }

    function test_CreatesAtThePredictedAddress() public {
        address predicted = factory.predict(args());
        isTrue(!factory.isEscrow(predicted), "none yet");
        create();
        eq(address(escrow), predicted, "address");
        isTrue(factory.isEscrow(predicted), "known");
        isTrue(!factory.isEscrow(address(factory)) && !factory.isEscrow(STRANGER), "others unknown");
        Terms memory terms = escrow.terms();
        eq(terms.client, client, "client");
        eq(terms.contributor, worker, "contributor");
        eq(terms.token, address(token), "token");
        eq(terms.feeBps, 100, "fee");
        eq(terms.warrantyDays, 30, "warranty");
        eq(terms.start, START, "start");
        eq(terms.milestones, 1, "milestones");
        eq(terms.termsHash, keccak256("terms"), "terms hash");
        eq(terms.policyHash, policyHash(), "policy hash");
        eq(escrow.factory(), address(factory), "factory");
        eq(escrow.gate(), gate, "gate");
        eq(escrow.arbitration(), arbitration, "arbitration");
        eq(escrow.treasury(), treasury, "treasury");
        eq(escrow.token(), address(token), "token view");
    }

    function test_RecordsThePoliciesOnceAndCallsNobody() public {
        IPolicyBook records = IPolicyBook(book);
        eq(records.addressOf(policyHash()).code.length, 0, "no record yet");
        create();
        (bytes memory gateBytes, bytes memory ladder) = records.policies(policyHash());
        eq(keccak256(gateBytes), keccak256(gatePolicy()), "gate policy");
        eq(keccak256(ladder), keccak256(arbitrationPolicy()), "ladder");
        eq(Recorder(gate).calls() + Recorder(arbitration).calls(), 0, "a new project concerns nobody else");
    }

    function test_RecordedPoliciesNeedNoBytes() public {
        IPolicyBook(book).record(gatePolicy(), arbitrationPolicy());
        Auth memory a = factorySignature(CLIENT_KEY, FOREVER);
        Auth memory b = factorySignature(WORKER_KEY, FOREVER);
        address made = factory.create(args(), "", "", a, b, 0, new bytes[](0));
        isTrue(factory.isEscrow(made), "created");
    }

    function test_RevertWhen_UnknownPoliciesAreNotGiven() public {
        Auth memory a = factorySignature(CLIENT_KEY, FOREVER);
        Auth memory b = factorySignature(WORKER_KEY, FOREVER);
        bytes32 given = keccak256(abi.encode(bytes(""), bytes("")));
        fails(abi.encodeWithSelector(E.Factory_PolicyMismatch.selector, policyHash(), given));
        factory.create(args(), "", "", a, b, 0, new bytes[](0));
    }

    function test_PartyThatCallsNeedsNoSignature() public {
        Auth memory signature = factorySignature(WORKER_KEY, FOREVER);
        vm.prank(client);
        _create(self(), signature);
        isTrue(factory.isEscrow(factory.predict(args())), "created");
    }

    function test_SmartAccountSigns() public {
        worker = address(new Wallet(vm.addr(WORKER_KEY)));
        create();
        eq(escrow.terms().contributor, worker, "wallet");
    }

    function test_RevertWhen_OneSignatureIsMissing() public {
        Auth memory signature = factorySignature(CLIENT_KEY, FOREVER);
        fails(abi.encodeWithSelector(E.Factory_BadSignature.selector, worker));
        _create(signature, Auth(0, FOREVER, ""));
        fails(abi.encodeWithSelector(E.Factory_BadSignature.selector, worker));
        _create(signature, signature);
    }

    function test_RevertWhen_SignatureExpired() public {
        uint48 deadline = uint48(block.timestamp);
        Auth memory a = factorySignature(CLIENT_KEY, deadline);
        Auth memory b = factorySignature(WORKER_KEY, deadline);
        vm.warp(uint256(deadline) + 1);
        fails(abi.encodeWithSelector(E.Factory_SignatureExpired.selector, deadline));
        _create(a, b);
        vm.warp(deadline);
        _create(a, b);
    }

    function test_RevertWhen_SignedOnAnotherChain() public {
        Auth memory a = factorySignature(CLIENT_KEY, FOREVER);
        Auth memory b = factorySignature(WORKER_KEY, FOREVER);
        vm.chainId(999);
        fails(abi.encodeWithSelector(E.Factory_BadSignature.selector, client));
        _create(a, b);
    }

    function test_SecondCreateOnlyMovesMoney() public {
        create();
        vm.startPrank(client);
        token.approve(address(factory), 1_000e6);
        Auth memory none = Auth(0, 0, "");
        factory.create(args(), "other", "other", none, none, 1_000e6, new bytes[](0));
        vm.stopPrank();
        eq(escrow.ledger().milestones, 1_000e6, "funded");
    }

    function test_FrontRunnerCreatesTheSameEscrow() public {
        address predicted = factory.predict(args());
        Auth memory a = factorySignature(CLIENT_KEY, FOREVER);
        Auth memory b = factorySignature(WORKER_KEY, FOREVER);
        vm.prank(STRANGER);
        _create(a, b);
        create();
        eq(address(escrow), predicted, "same address");
        eq(escrow.terms().client, client, "same terms");
    }

    function test_CreateFundsAndCalls() public {
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(IMilestoneEscrow.sync, ());
        vm.startPrank(client);
        token.approve(address(factory), 1_000e6);
        vm.stopPrank();
        Auth memory b = factorySignature(WORKER_KEY, FOREVER);
        vm.prank(client);
        escrow = IMilestoneEscrow(factory.create(args(), gatePolicy(), arbitrationPolicy(), self(), b, 1_000e6, calls));
        eq(escrow.ledger().milestones, 1_000e6, "funded");
    }

    function test_RevertWhen_CallNeedsTheCaller() public {
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(IMilestoneEscrow.cancel, (self()));
        Auth memory a = factorySignature(CLIENT_KEY, FOREVER);
        Auth memory b = factorySignature(WORKER_KEY, FOREVER);
        fails(E.Escrow_NotParty.selector);
        factory.create(args(), gatePolicy(), arbitrationPolicy(), a, b, 0, calls);
    }

    function test_MoneySentBeforeCreationIsBooked() public {
        address predicted = factory.predict(args());
        vm.prank(client);
        token.transfer(predicted, 1_000e6);
        create();
        escrow.sync();
        eq(escrow.ledger().milestones, 1_000e6, "booked");
    }

    function test_RevertWhen_PoliciesAreOthers() public {
        Auth memory a = factorySignature(CLIENT_KEY, FOREVER);
        Auth memory b = factorySignature(WORKER_KEY, FOREVER);
        bytes32 given = keccak256(abi.encode(bytes("x"), arbitrationPolicy()));
        fails(abi.encodeWithSelector(E.Factory_PolicyMismatch.selector, policyHash(), given));
        factory.create(args(), "x", arbitrationPolicy(), a, b, 0, new bytes[](0));
        // Also once the signed ones are known.
        IPolicyBook(book).record(gatePolicy(), arbitrationPolicy());
        fails(abi.encodeWithSelector(E.Factory_PolicyMismatch.selector, policyHash(), given));
        factory.create(args(), "x", arbitrationPolicy(), a, b, 0, new bytes[](0));
    }

    function test_RevertWhen_TokenIsNotAllowed() public {
        factory.setToken(address(token), false);
        fails(abi.encodeWithSelector(E.Factory_TokenNotAllowed.selector, address(token)));
        factory.check(args());
    }

    function test_FeeIsTheFactorysOrZeroWithinOneZone() public {
        factory.setFeeBps(200);
        fails(abi.encodeWithSelector(E.Factory_FeeChanged.selector, uint16(200), uint16(100)));
        factory.check(args());
        t.feeBps = 0;
        fails(abi.encodeWithSelector(E.Factory_FeeChanged.selector, uint16(200), uint16(0)));
        factory.check(args());
        address zones = address(0x20e);
        factory.setZoneFactory(zones);
        vm.mockCall(zones, abi.encodeCall(IZoneRoots.rootOf, (client)), abi.encode(address(7)));
        vm.mockCall(zones, abi.encodeCall(IZoneRoots.rootOf, (worker)), abi.encode(address(8)));
        fails(abi.encodeWithSelector(E.Factory_FeeChanged.selector, uint16(200), uint16(0)));
        factory.check(args());
        vm.mockCall(zones, abi.encodeCall(IZoneRoots.rootOf, (worker)), abi.encode(address(7)));
        factory.check(args());
        vm.mockCall(zones, abi.encodeCall(IZoneRoots.rootOf, (client)), abi.encode(address(0)));
        vm.mockCall(zones, abi.encodeCall(IZoneRoots.rootOf, (worker)), abi.encode(address(0)));
        fails(abi.encodeWithSelector(E.Factory_FeeChanged.selector, uint16(200), uint16(0)));
        factory.check(args());
    }

    /// @dev TalentLayer's live fee: a later change leaves old projects alone.
    function test_FeeChangeLeavesOldProjectsAlone() public {
        create();
        fund(1_000e6);
        factory.setFeeBps(500);
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        // 1 % of 950, and of the half of the pot that the last decision pays.
        eq(token.balanceOf(treasury), 9.5e6 + 0.25e6, "fee");
    }

    function test_StopEndsByItself() public {
        factory.stopCreation();
        uint40 until = uint40(block.timestamp + 7 days);
        vm.warp(until);
        fails(abi.encodeWithSelector(E.Factory_CreationStopped.selector, until));
        factory.check(args());
        vm.warp(uint256(until) + 1);
        create();
    }

    function test_DaoStopsAndReopens() public {
        factory.setCreationStopped(true);
        fails(abi.encodeWithSelector(E.Factory_CreationStopped.selector, type(uint40).max));
        factory.check(args());
        factory.stopCreation();
        eq(factory.stoppedUntil(), type(uint40).max, "the guardian never shortens it");
        factory.setCreationStopped(false);
        factory.check(args());
    }

    function test_CreationStopReachesNoExistingEscrow() public {
        create();
        fund(1_000e6);
        factory.setCreationStopped(true);
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        eq(token.balanceOf(worker), 940.5e6 + 24.75e6, "paid");
    }

    function test_RevertWhen_NotDaoOrGuardian() public {
        bytes memory notOwner = abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", STRANGER);
        vm.startPrank(STRANGER);
        fails(notOwner);
        factory.setCreationStopped(true);
        fails(notOwner);
        factory.setFeeBps(1);
        fails(notOwner);
        factory.setToken(STRANGER, true);
        fails(notOwner);
        factory.setZoneFactory(STRANGER);
        fails(notOwner);
        factory.setGuardian(STRANGER);
        fails(E.Factory_NotGuardian.selector);
        factory.stopCreation();
        vm.stopPrank();
        fails(abi.encodeWithSelector(E.Factory_FeeTooHigh.selector, uint16(501)));
        factory.setFeeBps(501);
    }

    // ---- the rules of the terms; each case breaks exactly one

    function _refused(bytes memory a, bytes memory reason) private {
        fails(reason);
        factory.check(a);
    }

    function _with(uint256 position, bytes memory value) private view returns (bytes memory a) {
        a = args();
        for (uint256 i; i < value.length; ++i) a[position + i] = value[i];
    }

    function test_RevertWhen_HeaderIsWrong() public {
        _refused(_with(0, hex"02"), abi.encodeWithSelector(E.Terms_Version.selector, uint8(2)));
        _refused(_with(1, hex"00"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(0), uint256(0)));
        _refused(_with(1, hex"11"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(0), uint256(17)));
        _refused(_with(2, hex"09"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(1), uint256(9)));
        _refused(_with(3, hex"08"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(2), uint256(8)));
        _refused(_with(4, hex"00"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(3), uint256(0)));
        _refused(_with(4, hex"05"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(3), uint256(5)));
        _refused(_with(7, hex"01f5"), abi.encodeWithSelector(E.Terms_Bps.selector, uint8(255), uint8(7)));
        _refused(_with(9, hex"02db"), abi.encodeWithSelector(E.Terms_Window.selector, uint8(255), uint8(9)));
        _refused(_with(5, hex"11"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(4), uint256(17)));
        _refused(_with(6, hex"41"), abi.encodeWithSelector(E.Terms_Count.selector, uint8(5), uint256(65)));
        _refused(hex"0101", abi.encodeWithSelector(E.Terms_Length.selector, uint256(140), uint256(2)));
        bytes memory longer = abi.encodePacked(args(), hex"00");
        _refused(longer, abi.encodeWithSelector(E.Terms_Length.selector, longer.length - 1, longer.length));
        factory.check(_with(9, hex"02da"));
    }

    function test_StartIsWithinAYear() public {
        uint40 edge = uint40(block.timestamp + 366 days);
        factory.check(_with(11, abi.encodePacked(edge)));
        _refused(_with(11, abi.encodePacked(edge + 1)), abi.encodeWithSelector(E.Terms_Start.selector, edge + 1));
        edge = uint40(block.timestamp - 366 days);
        factory.check(_with(11, abi.encodePacked(edge)));
        _refused(_with(11, abi.encodePacked(edge - 1)), abi.encodeWithSelector(E.Terms_Start.selector, edge - 1));
    }

    function test_RevertWhen_RolesOverlap() public {
        bytes20 zero;
        _refused(_with(16, abi.encodePacked(zero)), abi.encodeWithSelector(E.Terms_ZeroAddress.selector, uint8(0)));
        _refused(_with(36, abi.encodePacked(zero)), abi.encodeWithSelector(E.Terms_ZeroAddress.selector, uint8(1)));
        _refused(_with(56, abi.encodePacked(zero)), abi.encodeWithSelector(E.Terms_ZeroAddress.selector, uint8(2)));
        _refused(_with(56, abi.encodePacked(client)), abi.encodeWithSelector(E.Terms_SameParty.selector, client));
        address[4] memory reserved = [address(token), gate, arbitration, treasury];
        for (uint256 i; i < 4; ++i) {
            bytes memory same = abi.encodeWithSelector(E.Terms_SameParty.selector, reserved[i]);
            _refused(_with(36, abi.encodePacked(reserved[i])), same);
            _refused(_with(56, abi.encodePacked(reserved[i])), same);
        }
    }

    function test_RevertWhen_PayeesAreWrong() public {
        addPayee(mia, 6_000);
        addPayee(noa, 3_999);
        _refused(args(), abi.encodeWithSelector(E.Terms_WeightSum.selector, uint256(9_999)));
        addPayee(cofunder, 1);
        factory.check(args());
        uint256 position = 140 + 22;
        _refused(_with(position, abi.encodePacked(mia)), abi.encodeWithSelector(E.Terms_Duplicate.selector, mia));
        _refused(_with(position, new bytes(20)), abi.encodeWithSelector(E.Terms_ZeroAddress.selector, uint8(3)));
        _refused(_with(position, abi.encodePacked(gate)), abi.encodeWithSelector(E.Terms_SameParty.selector, gate));
        _refused(
            _with(position, abi.encodePacked(address(token))),
            abi.encodeWithSelector(E.Terms_SameParty.selector, address(token))
        );
        _refused(_with(position + 20, hex"0000"), abi.encodeWithSelector(E.Terms_WeightSum.selector, uint256(0)));
    }

    function test_RevertWhen_FundersAreWrong() public {
        addFunder(cofunder);
        addFunder(noa);
        factory.check(args());
        uint256 position = 140 + 20;
        _refused(
            _with(position, abi.encodePacked(cofunder)),
            abi.encodeWithSelector(E.Terms_Duplicate.selector, cofunder)
        );
        _refused(_with(position, abi.encodePacked(client)), abi.encodeWithSelector(E.Terms_Duplicate.selector, client));
        _refused(_with(position, new bytes(20)), abi.encodeWithSelector(E.Terms_ZeroAddress.selector, uint8(4)));
        _refused(
            _with(position, abi.encodePacked(treasury)),
            abi.encodeWithSelector(E.Terms_SameParty.selector, treasury)
        );
        _refused(
            _with(position, abi.encodePacked(address(token))),
            abi.encodeWithSelector(E.Terms_SameParty.selector, address(token))
        );
    }

    /// @dev Byte, lowest and highest value of each time; each rate's byte and highest value.
    function test_ProfileBounds() public {
        uint8[3][8] memory windows = [
            [uint8(0), 3, 60],
            [1, 0, 30],
            [2, 0, 168],
            [3, 3, 30],
            [4, 0, 30],
            [5, 0, 90],
            [6, 14, 120],
            [7, 1, 7]
        ];
        for (uint256 i; i < windows.length; ++i) {
            uint8[3] memory w = windows[i];
            bytes memory reason = abi.encodeWithSelector(E.Terms_Window.selector, uint8(0), w[0]);
            factory.check(_with(140 + w[0], abi.encodePacked(w[1])));
            factory.check(_with(140 + w[0], abi.encodePacked(w[2])));
            if (w[1] > 0) _refused(_with(140 + w[0], abi.encodePacked(w[1] - 1)), reason);
            _refused(_with(140 + w[0], abi.encodePacked(w[2] + 1)), reason);
        }
        uint16[2][5] memory rates = [[uint16(8), 5_000], [10, 2_000], [12, 500], [14, 2_000], [16, 10_000]];
        for (uint256 i; i < rates.length; ++i) {
            uint16[2] memory r = rates[i];
            factory.check(_with(140 + r[0], abi.encodePacked(r[1])));
            bytes memory reason = abi.encodeWithSelector(E.Terms_Bps.selector, uint8(0), uint8(r[0]));
            _refused(_with(140 + r[0], abi.encodePacked(r[1] + 1)), reason);
        }
    }

    function test_RevertWhen_MilestonesAreWrong() public {
        uint256 position = 140 + 18;
        _refused(_with(position, new bytes(12)), abi.encodeWithSelector(E.Terms_ZeroAmount.selector, uint8(0)));
        _refused(_with(position + 14, hex"001f"), abi.encodeWithSelector(E.Terms_FundByAfterDue.selector, uint8(0)));
        factory.check(_with(position + 14, hex"001e"));
        _refused(_with(position + 16, hex"01"), abi.encodeWithSelector(E.Terms_Profile.selector, uint8(0), uint8(1)));
        _refused(_with(position + 16, hex"f4"), abi.encodeWithSelector(E.Terms_Profile.selector, uint8(0), uint8(4)));
        // The upper half of the byte is the policy, which the record decides about.
        factory.check(_with(position + 16, hex"f0"));
        addMilestone(type(uint96).max - 1_000e6, 30, 5, 0);
        factory.check(args());
        addMilestone(1, 30, 5, 0);
        _refused(args(), abi.encodeWithSelector(E.Terms_Total.selector, uint256(1) << 96));
    }

    function test_LengthFollowsFromCriteriaAndSeats() public {
        addCriterion(keccak256("criteria"));
        addWeights(1, 0, 0);
        addSeat(client, 1, 0);
        bytes memory a = args();
        factory.check(a);
        eq(a.length, 140 + 18 + 17 + 32 + 6 + 23, "tail");
        bytes memory shorter = _with(6, hex"00");
        _refused(shorter, abi.encodeWithSelector(E.Terms_Length.selector, a.length - 29, a.length));
        shorter = _with(5, hex"00");
        _refused(shorter, abi.encodeWithSelector(E.Terms_Length.selector, a.length - 32, a.length));
    }

    // ---- the rules of one project under its policies; each case breaks exactly one

    bytes private _gate;
    bytes private _ladder;

    /// @dev Signs for policies that a test chose.
    function policyHash() internal view override returns (bytes32) {
        if (_gate.length == 0) return super.policyHash();
        return keccak256(abi.encode(_gate, _ladder));
    }

    function _under(bytes memory gate_, bytes memory ladder_) private {
        (_gate, _ladder) = (gate_, ladder_);
        IPolicyBook(book).record(gate_, ladder_);
    }

    function _try(bytes memory reason) private {
        bytes memory a = args();
        Auth memory x = factorySignature(CLIENT_KEY, FOREVER);
        Auth memory y = factorySignature(WORKER_KEY, FOREVER);
        if (reason.length != 0) fails(reason);
        factory.create(a, "", "", x, y, 0, new bytes[](0));
    }

    function _forgetTail() private {
        (t.tail, t.criteriaCount, t.seatCount) = ("", 0, 0);
    }

    function test_RevertWhen_APolicyIsMissing() public {
        _under(gatePolicy(), arbitrationPolicy());
        t.milestones[16] = 0x10;
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, uint8(1)));
        t.milestones[16] = 0xf0;
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, uint8(15)));
        t.milestones[16] = 0;
        _try("");
    }

    function test_RevertWhen_ClocksOrSilenceDiffer() public {
        _under(gatePolicy(), arbitrationPolicy());
        bytes memory profile = t.profiles;
        for (uint256 i; i < 4; ++i) {
            // reviewDays, extensionDays, holdHours; then the silence bit.
            uint256 position = i < 3 ? i : 7;
            t.profiles[position] = bytes1(uint8(profile[position]) ^ (i < 3 ? 1 : 0x80));
            uint256 unit =
                i < 2
                    ? 1 days
                    : i == 2
                        ? 1 hours
                        : 1;
            uint256 value = i < 3 ? uint8(profile[position]) * unit : 1;
            uint256 other = i < 3 ? uint8(t.profiles[position]) * unit : 0;
            _try(abi.encodeWithSelector(IMilestoneGate.Gate_BadWindow.selector, uint8(0), value, other));
            t.profiles[position] = profile[position];
        }
        _try("");
    }

    function test_RevertWhen_TheLadderIsTooLong() public {
        // 3 days besides the ruling, 3 to spare: 36 days fit into 42.
        _under(gatePolicy(), arbitrationPolicyOf(ARBITRATOR, 36 days + 1));
        bytes4 tooLong = IArbitration.Arbitration_LadderTooLong.selector;
        _try(abi.encodeWithSelector(tooLong, 42 days + 1, 42 days));
        _under(gatePolicy(), arbitrationPolicyOf(ARBITRATOR, 36 days));
        _try("");
    }

    function test_RevertWhen_TheArbitratorIsAnInsider() public {
        bytes4 bad = IArbitration.Arbitration_BadArbitrator.selector;
        address[3] memory insiders = [client, worker, mia];
        for (uint256 i; i < 3; ++i) {
            if (i == 2) addPayee(mia, 10_000);
            _under(gatePolicy(), arbitrationPolicyOf(insiders[i], 1 days));
            _try(abi.encodeWithSelector(bad, insiders[i]));
        }
        _under(gatePolicy(), arbitrationPolicyOf(noa, 1 days));
        addWeights(2, 0, 0);
        addSeat(noa, 2, 0);
        _try(abi.encodeWithSelector(bad, noa));
    }

    function test_RevertWhen_SeatsAreWrong() public {
        _under(gatePolicy(), arbitrationPolicy());
        (address low, address high) = mia < noa ? (mia, noa) : (noa, mia);
        addWeights(2, 0, 0);
        addSeat(high, 1, 0);
        addSeat(low, 1, 0);
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_SeatOrder.selector, uint8(1)));
        _forgetTail();
        addWeights(1, 0, 0);
        addSeat(low, 1, 0);
        addSeat(high, 0, 0);
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_ZeroWeight.selector, uint8(1)));
        _forgetTail();
        addWeights(1, 0, 0);
        addSeat(low, 1, 3);
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_BadSeat.selector, uint8(0), uint8(3)));
        _forgetTail();
        addWeights(2, 0, 0);
        addSeat(low, 1, 0);
        addSeat(high, 2, 0);
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_BadWeights.selector, uint8(0), uint256(2), uint256(3)));
        _forgetTail();
        addWeights(0, 5, 0);
        addSeat(low, 5, 1);
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, uint8(0), uint8(0), uint256(0)));
        _forgetTail();
        addWeights(10_001, 0, 0);
        addSeat(low, 10_001, 0);
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, uint8(0), uint8(0), uint256(10_001)));
        _forgetTail();
        addWeights(10_000, 0, 0);
        addSeat(low, 10_000, 0);
        _try("");
    }

    function test_RevertWhen_WhoIsPaidHasAVote() public {
        _under(gatePolicy(), arbitrationPolicy());
        bytes4 seated = IMilestoneGate.Gate_SeatNotExcluded.selector;
        addWeights(1, 0, 0);
        addSeat(worker, 1, 0);
        _try(abi.encodeWithSelector(seated, uint8(0), worker));
        _forgetTail();
        // Excluded seats count for nothing.
        addWeights(0, 0, 0);
        addSeat(worker, 1, 0x80);
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_EmptyBody.selector, uint8(0), uint8(0), uint256(0)));
        _forgetTail();
        // A client that is paid cannot be the one seat.
        addPayee(client, 10_000);
        _try(abi.encodeWithSelector(seated, uint8(0), client));
    }

    function test_RevertWhen_CriteriaAreWrong() public {
        _under(gatePolicy(), arbitrationPolicy());
        addCriterion(keccak256("criteria"));
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_BadCriteria.selector, uint256(1), uint256(0)));
        _forgetTail();
        // Clients and oracle, one of them; a hold is possible, so it lasts a day.
        t.profiles[2] = bytes1(uint8(24));
        _under(abi.encodePacked(gatePolicyOf(9, 1), address(0x0ac1e)), arbitrationPolicy());
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_BadCriteria.selector, uint256(0), uint256(1)));
        addCriterion(bytes32(0));
        _try(abi.encodeWithSelector(IMilestoneGate.Gate_BadOracle.selector, uint8(0), address(0x0ac1e)));
        _forgetTail();
        addCriterion(keccak256("criteria"));
        _try("");
    }
}
