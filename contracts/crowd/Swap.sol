// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {TestNets} from "./parts/TestNets.sol";

/// @title A place to change test ether into the token, and back
/// @notice The product of both sides stays constant, but for a fee of 0.3% that stays with them. It cannot be created on
/// a main net.
/// @dev Sides are counted here and not by balances: what somebody sends without asking changes no price.
contract Swap {
    using SafeERC20 for IERC20;

    /// @notice What remains of a thousand after the fee.
    uint256 public constant KEPT = 997;

    /// @notice The token.
    IERC20 public immutable crol;
    /// @notice Who brings both sides, and may take them away.
    address public immutable owner;
    /// @notice What is there of the token.
    uint256 public crolSide;
    /// @notice What is there of ether, in wei.
    uint256 public etherSide;

    /// @notice The owner brought something.
    event LiquidityAdded(uint256 crol, uint256 ether_);
    /// @notice The owner took something away.
    event LiquidityTaken(uint256 crol, uint256 ether_);
    /// @notice An account changed one into the other.
    event Swapped(address indexed account, bool indexed forCrol, uint256 given, uint256 got);

    /// @notice Only who created this place brings and takes its sides.
    error NotOwner(address account);
    /// @notice The deadline is over: the price may be another by now.
    error DeadlineOver(uint256 deadline);
    /// @notice For that there would be less than what was asked for.
    error TooLittle(uint256 got, uint256 least);
    /// @notice Nothing was given, or nothing is there to change it into.
    error NothingToSwap();
    /// @notice There is not that much here.
    error NotThere(uint256 crol, uint256 ether_);

    /// @param token The token.
    /// @param owner_ Who brings both sides.
    constructor(IERC20 token, address owner_) {
        TestNets.check();
        (crol, owner) = (token, owner_);
    }

    /// @notice Bring ether, and an amount of the token that this contract is allowed to take.
    function add(uint256 amount) external payable {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        crolSide += amount;
        etherSide += msg.value;
        emit LiquidityAdded(amount, msg.value);
        crol.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Take some of both sides away.
    function take(uint256 amount, uint256 ether_) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        if (amount > crolSide || ether_ > etherSide) revert NotThere(crolSide, etherSide);
        crolSide -= amount;
        etherSide -= ether_;
        emit LiquidityTaken(amount, ether_);
        crol.safeTransfer(msg.sender, amount);
        Address.sendValue(payable(msg.sender), ether_);
    }

    /// @notice Change ether into the token.
    /// @param least How much of the token there should be at least.
    /// @param deadline The last second, since 1970, in which this counts.
    /// @return got How much there is.
    function buyCrol(uint256 least, uint256 deadline) external payable returns (uint256 got) {
        got = _checked(quote(true, msg.value), least, deadline);
        etherSide += msg.value;
        crolSide -= got;
        emit Swapped(msg.sender, true, msg.value, got);
        crol.safeTransfer(msg.sender, got);
    }

    /// @notice Change the token into ether.
    /// @param amount How much of the token, which this contract is allowed to take.
    /// @param least How much ether there should be at least, in wei.
    /// @param deadline The last second, since 1970, in which this counts.
    /// @return got How much there is.
    function sellCrol(uint256 amount, uint256 least, uint256 deadline) external returns (uint256 got) {
        got = _checked(quote(false, amount), least, deadline);
        crolSide += amount;
        etherSide -= got;
        emit Swapped(msg.sender, false, amount, got);
        crol.safeTransferFrom(msg.sender, address(this), amount);
        Address.sendValue(payable(msg.sender), got);
    }

    /// @notice What a swap would give now.
    /// @param forCrol Whether ether is given for the token; else the token for ether.
    /// @param given How much is given.
    function quote(bool forCrol, uint256 given) public view returns (uint256) {
        (uint256 from, uint256 to) = forCrol ? (etherSide, crolSide) : (crolSide, etherSide);
        if (from == 0 || to == 0) return 0;
        return (given * KEPT * to) / (from * 1_000 + given * KEPT);
    }

    function _checked(uint256 got, uint256 least, uint256 deadline) private view returns (uint256) {
        if (block.timestamp > deadline) revert DeadlineOver(deadline);
        if (got == 0) revert NothingToSwap();
        if (got < least) revert TooLittle(got, least);
        return got;
    }
}
