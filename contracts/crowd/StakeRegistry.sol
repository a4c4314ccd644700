// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title What labelers stake
/// @notice A labeler who breaks a round's rules loses its stake. Nobody else can take it, and it comes back after a
/// delay that is longer than any claim against it can take.
/// @dev One slot for each staker. The sum of all stakes, those that are leaving included, is `totalStaked`, and this
/// contract holds at least as much. One stake stands for every round at once: a round that needs more of it says so.
contract StakeRegistry is AccessControl {
    using SafeERC20 for IERC20;

    /// @dev One slot. `index` is 0 for who never staked.
    struct Staker {
        uint96 staked;
        uint96 leaving;
        uint40 leavesAt;
        uint24 index;
    }

    /// @notice Who may slash: the rounds.
    bytes32 public constant SLASHER_ROLE = keccak256("SLASHER_ROLE");
    /// @notice Seconds from the request to the return of a stake: more than a round takes from its first commitment to
    /// the last moment at which one may be punished.
    uint256 public constant UNSTAKE_DELAY = 30 days;

    /// @notice The token.
    IERC20 public immutable crol;

    /// @notice The sum of all stakes, in units of the token.
    uint256 public totalStaked;
    /// @notice How many accounts have ever staked: the last index that was given out.
    uint256 public stakers;
    mapping(address account => Staker) private _stakers;

    /// @notice An account staked.
    event Staked(address indexed account, uint256 amount, uint256 staked, uint256 index);
    /// @notice An account asked for a part of its stake back.
    event UnstakeRequested(address indexed account, uint256 amount, uint256 leavesAt);
    /// @notice An account has a part of its stake back.
    event Unstaked(address indexed account, uint256 amount);
    /// @notice A stake was slashed.
    event Slashed(address indexed account, uint256 amount, address indexed beneficiary, address indexed by);

    /// @notice An amount of nothing changes nothing.
    error NoAmount();
    /// @notice The account has not staked that much.
    error NotEnoughStaked(address account, uint256 staked, uint256 wanted);
    /// @notice The account has asked for nothing back.
    error NothingLeaving(address account);
    /// @notice A stake comes back only after its delay.
    error StillLocked(address account, uint256 leavesAt);

    /// @param token The token.
    /// @param admin Who says which contract may slash.
    constructor(IERC20 token, address admin) {
        crol = token;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @notice Stake an amount that this contract is allowed to take.
    function stake(uint256 amount) external {
        _stake(amount);
    }

    /// @notice Stake an amount with a signed allowance.
    /// @dev Whoever sees the signature may use it first: then the allowance is there, and the stake goes through.
    function stakeWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        try IERC20Permit(address(crol)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _stake(amount);
    }

    /// @notice Ask for a part of one's stake back. It counts for no round from now on; a further request begins the
    /// delay of all that is leaving anew.
    function requestUnstake(uint256 amount) external {
        if (amount == 0) revert NoAmount();
        Staker storage found = _stakers[msg.sender];
        if (found.staked < amount) revert NotEnoughStaked(msg.sender, found.staked, amount);
        uint96 leaving = uint96(amount);
        found.staked -= leaving;
        found.leaving += leaving;
        found.leavesAt = SafeCast.toUint40(block.timestamp + UNSTAKE_DELAY);
        emit UnstakeRequested(msg.sender, amount, found.leavesAt);
    }

    /// @notice Have back what one asked for, after the delay.
    function unstake() external {
        Staker storage found = _stakers[msg.sender];
        uint256 amount = found.leaving;
        if (amount == 0) revert NothingLeaving(msg.sender);
        if (block.timestamp < found.leavesAt) revert StillLocked(msg.sender, found.leavesAt);
        found.leaving = 0;
        totalStaked -= amount;
        emit Unstaked(msg.sender, amount);
        crol.safeTransfer(msg.sender, amount);
    }

    /// @notice Take a part of a stake for a beneficiary; what is leaving can be taken too.
    /// @param amount How much; where there is less, all that there is.
    /// @return taken How much was taken.
    function slash(address account, uint256 amount, address beneficiary)
        external
        onlyRole(SLASHER_ROLE)
        returns (uint256 taken)
    {
        Staker storage found = _stakers[account];
        uint256 there = uint256(found.staked) + found.leaving;
        taken = amount < there ? amount : there;
        uint256 bonded = taken < found.staked ? taken : found.staked;
        found.staked -= uint96(bonded);
        found.leaving -= uint96(taken - bonded);
        totalStaked -= taken;
        emit Slashed(account, taken, beneficiary, msg.sender);
        crol.safeTransfer(beneficiary, taken);
    }

    /// @notice What an account has staked, without what is leaving.
    function stakeOf(address account) external view returns (uint256) {
        return _stakers[account].staked;
    }

    /// @notice The number of a staker, from 1 in the order of first stakes; 0 for who never staked.
    function indexOf(address account) external view returns (uint256) {
        return _stakers[account].index;
    }

    /// @notice All about a staker.
    /// @return staked What counts for rounds.
    /// @return index The staker's number.
    /// @return leaving What it asked back.
    /// @return leavesAt From when it can have that, in seconds since 1970.
    function standing(address account)
        external
        view
        returns (uint256 staked, uint256 index, uint256 leaving, uint256 leavesAt)
    {
        Staker storage found = _stakers[account];
        return (found.staked, found.index, found.leaving, found.leavesAt);
    }

    function _stake(uint256 amount) private {
        if (amount == 0) revert NoAmount();
        Staker storage found = _stakers[msg.sender];
        if (found.index == 0) found.index = SafeCast.toUint24(++stakers);
        found.staked += SafeCast.toUint96(amount);
        totalStaked += amount;
        emit Staked(msg.sender, amount, found.staked, found.index);
        crol.safeTransferFrom(msg.sender, address(this), amount);
    }
}
