// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Where labelers claim what they earned
/// @notice One root says what each account has earned in all rounds so far. A claim pays what is above what was claimed
/// before: whoever claims late claims for many rounds at once, and nobody claims twice.
/// @dev Leaf: (account, cumulative), hashed twice. What was claimed never passes what was paid in, whatever a root says.
/// Each claim is written down before it is paid, so there is nothing to re-enter.
contract Payouts {
    using SafeERC20 for IERC20;

    /// @notice A claim of one account.
    struct Claim {
        address account;
        uint256 cumulative;
        bytes32[] proof;
    }

    /// @notice The token.
    IERC20 public immutable crol;
    /// @notice Who says once which contract the rounds are.
    address public immutable admin;

    /// @notice The rounds, which alone bring new roots.
    address public rounds;
    /// @notice The root of what everybody has earned.
    bytes32 public root;
    /// @notice How many roots there have been.
    uint64 public epoch;
    /// @notice What was paid in, in units of the token. It never falls.
    uint96 public total;
    /// @notice What was claimed of it.
    uint96 public claimed;
    /// @notice What an account has claimed so far.
    mapping(address account => uint256) public claimedBy;

    /// @notice The rounds were named.
    event RoundsSet(address indexed rounds);
    /// @notice A new root says what everybody has earned.
    /// @param root The root.
    /// @param contentDigest The SHA-256 digest in the CID under which the earnings are kept, of which proofs are made.
    /// @param epoch Its number, from 1.
    /// @param added What it adds to the total.
    /// @param total What was paid in by now.
    event Advanced(bytes32 indexed root, bytes32 indexed contentDigest, uint64 epoch, uint256 added, uint256 total);
    /// @notice An account was paid.
    event Claimed(address indexed account, bytes32 indexed root, uint256 amount, uint256 cumulative);

    /// @notice Only the admin may name the rounds.
    error NotAdmin(address account);
    /// @notice The rounds are named once, and are a contract.
    error RoundsAreSet(address rounds);
    /// @notice Only the rounds bring a new root.
    error NotRounds(address account);
    /// @notice A root follows the newest one: earnings were brought up to date meanwhile.
    error StaleRoot(uint64 epoch, uint64 expected);
    /// @notice The roots and their content are named by digests that are not zeros.
    error EmptyRoot();
    /// @notice There is less of the token here than what would be outstanding.
    error Unfunded(uint256 outstanding, uint256 balance);
    /// @notice The proof does not show that the account has earned this in the newest root.
    error BadProof(address account, uint256 cumulative);
    /// @notice The account has claimed this already.
    error NothingToClaim(address account, uint256 claimedBy);
    /// @notice The root promises more than was paid in.
    error PastTotal(uint256 claimed, uint256 total);

    /// @param token The token.
    /// @param owner Who names the rounds, once.
    constructor(IERC20 token, address owner) {
        crol = token;
        admin = owner;
    }

    /// @notice Name the rounds, once.
    function setRounds(address contract_) external {
        if (msg.sender != admin) revert NotAdmin(msg.sender);
        if (rounds != address(0) || contract_.code.length == 0) revert RoundsAreSet(rounds);
        rounds = contract_;
        emit RoundsSet(contract_);
    }

    /// @notice Bring a new root, for which the tokens are here already.
    /// @param newRoot What everybody has earned by now.
    /// @param added What that adds to the total.
    /// @param newEpoch The present epoch + 1: a root that was made for another time is refused.
    /// @param contentDigest The SHA-256 digest in the CID under which the earnings are kept.
    function advance(bytes32 newRoot, uint256 added, uint64 newEpoch, bytes32 contentDigest) external {
        if (msg.sender != rounds) revert NotRounds(msg.sender);
        if (newRoot == 0 || contentDigest == 0) revert EmptyRoot();
        if (newEpoch != epoch + 1) revert StaleRoot(newEpoch, epoch + 1);
        uint96 sum = SafeCast.toUint96(total + added);
        uint256 balance = crol.balanceOf(address(this));
        if (sum - claimed > balance) revert Unfunded(sum - claimed, balance);
        root = newRoot;
        epoch = newEpoch;
        total = sum;
        emit Advanced(newRoot, contentDigest, newEpoch, added, sum);
    }

    /// @notice Pay an account what it has earned and not claimed yet, whoever sends this.
    /// @param account Whom to pay.
    /// @param cumulative What it has earned in all rounds, as the newest root says.
    /// @param proof The path from its leaf to the root.
    function claim(address account, uint256 cumulative, bytes32[] calldata proof) external {
        _pay(account, cumulative, proof);
    }

    /// @notice Pay several accounts, as `claim` does each; where one is refused, none is paid.
    function claimMany(Claim[] calldata claims) external {
        for (uint256 i = 0; i < claims.length; ++i) {
            _pay(claims[i].account, claims[i].cumulative, claims[i].proof);
        }
    }

    function _pay(address account, uint256 cumulative, bytes32[] calldata proof) private {
        bytes32 newest = root;
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, cumulative))));
        if (!MerkleProof.verifyCalldata(proof, newest, leaf)) revert BadProof(account, cumulative);
        uint256 before = claimedBy[account];
        if (cumulative <= before) revert NothingToClaim(account, before);
        uint256 amount = cumulative - before;
        uint256 sum = claimed + amount;
        if (sum > total) revert PastTotal(sum, total);
        claimedBy[account] = cumulative;
        claimed = uint96(sum);
        emit Claimed(account, newest, amount, cumulative);
        crol.safeTransfer(account, amount);
    }
}
