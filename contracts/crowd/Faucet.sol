// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {TestNets} from "./parts/TestNets.sol";

/// @title Tokens for whoever tries this out
/// @notice Gives each account some of the token once a day, while it has any. It cannot be created on a main net.
contract Faucet {
    using SafeERC20 for IERC20;

    /// @notice What an account is given.
    uint256 public constant DRIP = 1_000e18;
    /// @notice Seconds between two gifts to the same account.
    uint256 public constant PAUSE = 1 days;

    /// @notice The token.
    IERC20 public immutable crol;
    /// @notice From when an account is given something again, in seconds since 1970.
    mapping(address account => uint256) public opensAt;

    /// @notice An account was given something.
    event Dripped(address indexed account, uint256 amount);

    /// @notice This account was given something within a day.
    error TooSoon(address account, uint256 opensAt);
    /// @notice Nothing is left to give.
    error Dry(uint256 balance);

    /// @param token The token.
    constructor(IERC20 token) {
        TestNets.check();
        crol = token;
    }

    /// @notice Be given some of the token.
    function drip() external {
        if (block.timestamp < opensAt[msg.sender]) revert TooSoon(msg.sender, opensAt[msg.sender]);
        uint256 balance = crol.balanceOf(address(this));
        if (balance < DRIP) revert Dry(balance);
        opensAt[msg.sender] = block.timestamp + PAUSE;
        emit Dripped(msg.sender, DRIP);
        crol.safeTransfer(msg.sender, DRIP);
    }
}
