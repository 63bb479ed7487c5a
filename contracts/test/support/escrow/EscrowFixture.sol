// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrowFactory} from "../../../src/interfaces/IEscrowFactory.sol";
import {
    Auth,
    ChangeOp,
    ChangeOrder,
    IMilestoneEscrow,
    Ledger,
    Milestone,
    MilestoneChange,
    PayeeChange,
    Profile,
    Settlement,
    State
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {TestBase} from "../approval/Vm.sol";
import {HostileToken, Recorder, Wallet} from "./Actors.sol";

/// @dev The test's own view of the token.
interface IToken {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
    function setBlocked(address account, bool value) external;
    function transfer(address to, uint256 amount) external returns (bool);
    function DOMAIN_SEPARATOR() external view returns (bytes32);
    function nonces(address owner) external view returns (uint256);
}

/// @dev One project with people who can sign, terms that a test can change before `create`, and the gate and arbitration
/// played by the test. Deployed from the built artifacts.
abstract contract EscrowFixture is TestBase {
    struct Terms_ {
        uint16 feeBps;
        uint16 warrantyDays;
        uint40 start;
        bytes payees;
        uint8 payeeCount;
        bytes funders;
        uint8 funderCount;
        bytes profiles;
        uint8 profileCount;
        bytes milestones;
        uint8 milestoneCount;
        bytes tail;
        uint8 criteriaCount;
        uint8 seatCount;
    }

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant CLIENT_KEY = 0xc11e;
    uint256 internal constant WORKER_KEY = 0x3044;
    uint256 internal constant MIA_KEY = 0x1a;
    uint256 internal constant NOA_KEY = 0x0a;
    uint48 internal constant FOREVER = type(uint48).max;
    bytes32 internal constant DIGEST = keccak256("deliverable");
    bytes32 internal constant DIGEST_2 = keccak256("deliverable 2");
    bytes32 internal constant REASON = keccak256("reason");
    address internal constant STRANGER = address(0x57a6);
    address internal constant ARBITRATOR = address(0xa4b);

    address internal client;
    address internal worker;
    address internal mia;
    address internal noa;
    address internal cofunder = address(0xc0f);
    address internal treasury = address(0x7ea5);
    address internal gate;
    address internal arbitration;
    address internal secondPart;
    address internal book;
    IToken internal token;
    IEscrowFactory internal factory;
    IMilestoneEscrow internal escrow;
    Terms_ internal t;

    function deployAll() internal {
        deployWith(deployCode("TestToken.sol:TestToken", abi.encode(address(this))));
    }

    function deployWith(address token_) internal {
        vm.warp(START - 1 days);
        client = vm.addr(CLIENT_KEY);
        worker = vm.addr(WORKER_KEY);
        mia = vm.addr(MIA_KEY);
        noa = vm.addr(NOA_KEY);
        gate = address(new Recorder());
        arbitration = address(new Recorder());
        token = IToken(token_);
        secondPart = deployCode("EscrowAgreements.sol:EscrowAgreements", abi.encode(gate, arbitration, treasury));
        book = deployCode("PolicyBook.sol:PolicyBook", "");
        factory = IEscrowFactory(deployCode("EscrowFactory.sol:EscrowFactory", factoryArguments(secondPart)));
        factory.setToken(token_, true);
        token.mint(client, 1e15);
        token.mint(cofunder, 1e15);
        t.feeBps = 100;
        t.warrantyDays = 30;
        t.start = uint40(START);
    }

    function factoryArguments(address agreements) internal view returns (bytes memory) {
        bytes memory owners = abi.encode(address(this), address(this));
        return bytes.concat(owners, abi.encode(gate, arbitration, treasury, agreements), abi.encode(book, uint16(100)));
    }

    // ---- terms

    function addPayee(address account, uint16 weight) internal {
        t.payees = abi.encodePacked(t.payees, account, weight);
        ++t.payeeCount;
    }

    function addFunder(address account) internal {
        t.funders = abi.encodePacked(t.funders, account);
        ++t.funderCount;
    }

    function addProfile(Profile memory p) internal {
        t.profiles = abi.encodePacked(
            t.profiles,
            abi.encodePacked(p.reviewDays, p.extensionDays, p.holdHours, p.reworkDays, p.graceDays, p.lateDays),
            abi.encodePacked(p.arbitrationDays, (p.silenceApproves ? 0x80 : 0) | p.maxRounds, p.killBps, p.holdbackBps),
            abi.encodePacked(p.lateDailyBps, p.lateCapBps, p.deadlockBps)
        );
        ++t.profileCount;
    }

    /// @dev Decided by the policy of the same index as its profile: see `gatePolicy`.
    function addMilestone(uint96 amount, uint16 due, uint16 fundBy, uint8 profile) internal {
        t.milestones = abi.encodePacked(t.milestones, amount, due, fundBy, signedProfile(profile));
        ++t.milestoneCount;
    }

    function addCriterion(bytes32 hash) internal {
        t.tail = abi.encodePacked(t.tail, hash);
        ++t.criteriaCount;
    }

    /// @dev After the criteria: the weights, then each seat.
    function addWeights(uint16 clients, uint16 panel, uint16 reviewers) internal {
        t.tail = abi.encodePacked(t.tail, clients, panel, reviewers);
    }

    function addSeat(address id, uint16 weight, uint8 flags) internal {
        t.tail = abi.encodePacked(t.tail, id, weight, flags);
        ++t.seatCount;
    }

    function signedProfile(uint8 profile) internal pure returns (uint8) {
        return (profile << 4) | profile;
    }

    /// @dev Per profile one policy: the clients decide, with the profile's clocks and silence.
    function gatePolicy() internal view returns (bytes memory policy) {
        return gatePolicyOf(1, 1);
    }

    /// @dev `gatePolicy` with other bodies and need.
    function gatePolicyOf(uint8 bodies, uint8 need) internal view returns (bytes memory policy) {
        policy = abi.encodePacked(uint8(1), t.profileCount);
        bytes memory profiles = t.profiles;
        for (uint256 i; i < t.profileCount; ++i) {
            policy = abi.encodePacked(policy, bodies, need, _clocksAt(profiles, 18 * i));
            policy = abi.encodePacked(policy, uint32(bodies & 1 == 0 ? 0 : 0x13891389));
            policy = abi.encodePacked(policy, uint32(bodies & 2 == 0 ? 0 : 0x13891389), bytes12(0));
        }
    }

    /// @dev Silence, window, extension and challenge of the profile at `position`.
    function _clocksAt(bytes memory profiles, uint256 position) private pure returns (bytes memory) {
        uint24 window = uint24(uint256(uint8(profiles[position])) * 1 days);
        uint24 extension = uint24(uint256(uint8(profiles[position + 1])) * 1 days);
        uint24 challenge = uint24(uint256(uint8(profiles[position + 2])) * 1 hours);
        return abi.encodePacked(uint8(profiles[position + 7]) >> 7, window, extension, challenge);
    }

    /// @dev A ladder of four days, without panel and second arbitrator.
    function arbitrationPolicy() internal pure returns (bytes memory) {
        return arbitrationPolicyOf(ARBITRATOR, 1 days);
    }

    function arbitrationPolicyOf(address arbitrator, uint24 ruling) internal pure returns (bytes memory) {
        return
            abi.encodePacked(
                abi.encodePacked(uint8(1), uint8(255), arbitrator, address(0), uint96(1), uint96(0), uint16(0)),
                abi.encodePacked(uint24(1 days), uint48(0), uint24(1 days), uint24(1 days), ruling, uint24(0))
            );
    }

    /// @dev review 10 + 2 d, rework 7, grace 7, late 7, arbitration 42, silence approves, 3 rounds, no rates at all.
    function plain() internal pure returns (Profile memory p) {
        p.reviewDays = 10;
        p.extensionDays = 2;
        p.reworkDays = 7;
        p.graceDays = 7;
        p.lateDays = 7;
        p.arbitrationDays = 42;
        p.silenceApproves = true;
        p.maxRounds = 3;
        p.deadlockBps = 5_000;
    }

    /// @dev `plain` with 15 % kill fee, 5 % holdback, late credit 0.5 % a day up to 5 %.
    function full() internal pure returns (Profile memory p) {
        p = plain();
        p.killBps = 1_500;
        p.holdbackBps = 500;
        p.lateDailyBps = 50;
        p.lateCapBps = 500;
    }

    function args() internal view returns (bytes memory) {
        bytes memory head = abi.encodePacked(
            abi.encodePacked(uint8(1), t.milestoneCount, t.payeeCount, t.funderCount, t.profileCount),
            abi.encodePacked(t.criteriaCount, t.seatCount, t.feeBps, t.warrantyDays, t.start)
        );
        bytes memory parties = abi.encodePacked(address(token), client, worker, keccak256("terms"), policyHash());
        return abi.encodePacked(head, parties, t.payees, t.funders, t.profiles, t.milestones, t.tail);
    }

    function policyHash() internal view virtual returns (bytes32) {
        return keccak256(abi.encode(gatePolicy(), arbitrationPolicy()));
    }

    function total() internal view returns (uint96 sum) {
        bytes memory m = t.milestones;
        for (uint256 i; i < t.milestoneCount; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(m, 32), mul(17, i)))
            }
            sum += uint96(word >> 160);
        }
    }

    function factorySignature(uint256 key, uint48 deadline) internal view returns (Auth memory) {
        bytes memory a = args();
        bytes32 typeHash = keccak256(
            "Terms(address client,address contributor,address token,uint96 total,uint16 feeBps,bytes32 termsHash,bytes32 policyHash,bytes32 argsHash,uint48 deadline)"
        );
        bytes32 structHash = keccak256(
            bytes.concat(
                abi.encode(typeHash, client, worker, address(token), total(), t.feeBps),
                abi.encode(keccak256("terms"), policyHash(), keccak256(a), deadline)
            )
        );
        return Auth(0, deadline, signed(key, domain("Milepost Factory", address(factory)), structHash));
    }

    function create() internal {
        escrow = IMilestoneEscrow(createWith(0, new bytes[](0)));
    }

    function createWith(uint96 amount, bytes[] memory calls) internal returns (address) {
        return
            factory.create(
                args(),
                gatePolicy(),
                arbitrationPolicy(),
                factorySignature(CLIENT_KEY, FOREVER),
                factorySignature(WORKER_KEY, FOREVER),
                amount,
                calls
            );
    }

    // ---- acts

    function fund(uint96 amount) internal {
        vm.startPrank(client);
        token.approve(address(escrow), amount);
        escrow.fund(0, amount);
        vm.stopPrank();
    }

    function fundAs(address account, uint8 funder, uint96 amount) internal {
        vm.startPrank(account);
        token.approve(address(escrow), amount);
        escrow.fund(funder, amount);
        vm.stopPrank();
    }

    function submit(uint8 m, bytes32 digest) internal {
        vm.prank(worker);
        escrow.submit(m, digest, self());
    }

    function approve(uint8 m, uint8 round, bytes32 digest, uint16 payBps) internal {
        vm.prank(gate);
        escrow.approve(m, round, digest, payBps);
    }

    function reject(uint8 m, uint8 round, bytes32 digest) internal {
        vm.prank(gate);
        escrow.reject(m, round, digest, REASON);
    }

    function escalate(uint8 m, uint8 round, bytes32 digest, bool decided, uint16 bps) internal {
        vm.prank(gate);
        escrow.escalate(m, round, digest, decided, bps);
    }

    function dispute(uint8 m) internal {
        vm.prank(worker);
        escrow.dispute(m, REASON, self());
    }

    function rule(uint8 m, uint8 round, uint16 bps, bool isFinal) internal {
        vm.prank(arbitration);
        escrow.rule(m, round, bps, isFinal);
    }

    // ---- consent

    function self() internal pure returns (Auth memory) {
        return Auth(0, 0, "");
    }

    function domain(string memory name, address where) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                    keccak256(bytes(name)),
                    keccak256("1"),
                    block.chainid,
                    where
                )
            );
    }

    function signed(uint256 key, bytes32 separator, bytes32 structHash) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", separator, structHash)));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Consent by signature: `head` is the type hash and fields, ABI-encoded.
    function consent(
        uint256 key,
        uint8 purpose,
        uint8 index,
        bytes memory head,
        uint48 deadline
    ) internal view returns (Auth memory) {
        uint256 nonce = escrow.nonces(vm.addr(key), escrow.intentKey(purpose, index));
        return consentWith(key, nonce, head, deadline);
    }

    function consentWith(
        uint256 key,
        uint256 nonce,
        bytes memory head,
        uint48 deadline
    ) internal view returns (Auth memory) {
        bytes32 structHash = keccak256(bytes.concat(head, abi.encode(nonce, deadline)));
        return Auth(nonce, deadline, signed(key, domain("Milepost Escrow", address(escrow)), structHash));
    }

    function settleHead(Settlement memory s) internal pure returns (bytes memory) {
        return
            abi.encode(
                keccak256(
                    "Settle(uint8 milestone,uint8 round,uint32 version,uint16 payBps,bool waiveLate,uint256 nonce,uint48 deadline)"
                ),
                s
            );
    }

    function settle(Settlement memory s) internal {
        Auth memory a = consent(CLIENT_KEY, 7, s.m, settleHead(s), FOREVER);
        Auth memory b = consent(WORKER_KEY, 7, s.m, settleHead(s), FOREVER);
        escrow.settle(s, a, b);
    }

    function orderHead(ChangeOrder memory o) internal pure returns (bytes memory) {
        string memory m = "MilestoneChange(uint8 index,uint8 op,uint96 amount,uint16 due,uint16 fundBy,uint8 profile)";
        string memory p = "PayeeChange(uint8 index,address payee,uint16 weight)";
        bytes memory milestones;
        for (uint256 i; i < o.milestones.length; ++i) {
            milestones = bytes.concat(milestones, keccak256(abi.encode(keccak256(bytes(m)), o.milestones[i])));
        }
        bytes memory payees;
        for (uint256 i; i < o.payees.length; ++i) {
            payees = bytes.concat(payees, keccak256(abi.encode(keccak256(bytes(p)), o.payees[i])));
        }
        bytes32 typeHash = keccak256(
            abi.encodePacked(
                "ChangeOrder(uint32 version,bytes32 termsHash,bytes32 policyHash,bytes32 rosterHash,MilestoneChange[] milestones,PayeeChange[] payees,uint256 nonce,uint48 deadline)",
                m,
                p
            )
        );
        bytes32[2] memory lists = [keccak256(milestones), keccak256(payees)];
        return abi.encode(typeHash, o.version, o.termsHash, o.policyHash, o.rosterHash, lists);
    }

    function order() internal view returns (ChangeOrder memory o) {
        o.version = escrow.terms().version + 1;
        o.termsHash = keccak256("change order");
    }

    function change(
        uint8 index,
        ChangeOp op,
        uint96 amount,
        uint16 due,
        uint16 fundBy,
        uint8 profile
    ) internal view returns (ChangeOrder memory o) {
        o = order();
        o.milestones = new MilestoneChange[](1);
        o.milestones[0] = MilestoneChange(index, op, amount, due, fundBy, signedProfile(profile));
    }

    function amend(ChangeOrder memory o, Auth[] memory payees) internal {
        bytes memory head = orderHead(o);
        Auth memory a = consent(CLIENT_KEY, 8, 0, head, FOREVER);
        Auth memory b = consent(WORKER_KEY, 8, 0, head, FOREVER);
        escrow.amend(o, "", "", "", a, b, payees);
    }

    function amend(ChangeOrder memory o) internal {
        amend(o, new Auth[](0));
    }

    function payeeOrder(uint8 index, address payee, uint16 weight) internal view returns (ChangeOrder memory o) {
        o = order();
        o.payees = new PayeeChange[](1);
        o.payees[0] = PayeeChange(index, payee, weight);
    }

    // ---- checks

    function state(uint8 m) internal view returns (State) {
        return escrow.milestone(m).state;
    }

    function isState(uint8 m, State expected, string memory what) internal view {
        eq(uint256(state(m)), uint256(expected), what);
    }

    /// @dev E1 and Q4 for the accounts of the fixture: the books are covered, and the credits sum to their bucket.
    function checkBooks() internal view {
        Ledger memory l = escrow.ledger();
        isTrue(token.balanceOf(address(escrow)) >= l.booked, "balance below booked");
        uint256 credits =
            escrow.credit(client) +
                escrow.credit(worker) +
                escrow.credit(mia) +
                escrow.credit(noa) +
                escrow.credit(cofunder) +
                escrow.credit(treasury);
        eq(credits, l.credits, "credits");
    }

    function checkLedger(
        uint256 pool,
        uint256 milestones,
        uint256 cover,
        uint256 holdback,
        uint256 refundable
    ) internal view {
        Ledger memory l = escrow.ledger();
        eq(l.pool, pool, "pool");
        eq(l.milestones, milestones, "milestones");
        eq(l.cover, cover, "cover");
        eq(l.holdback, holdback, "holdback");
        eq(l.refundable, refundable, "refundable");
        checkBooks();
    }

    function fails(bytes4 selector) internal {
        vm.expectRevert(abi.encodePacked(selector));
    }

    function fails(bytes memory reason) internal {
        vm.expectRevert(reason);
    }
}
