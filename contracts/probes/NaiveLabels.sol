// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Labels as earlier projects keep them
/// @notice For measurements alone: one struct in storage for each label, and one transfer for each payment.
contract NaiveLabels {
    using SafeERC20 for IERC20;

    /// @dev Three slots.
    struct Label {
        address labeler;
        bytes32 image;
        uint8 class;
        uint16 left;
        uint16 top;
        uint16 right;
        uint16 bottom;
        uint64 time;
    }

    /// @notice The token.
    IERC20 public immutable crol;
    /// @notice The labels of each image.
    mapping(bytes32 image => Label[]) public labels;
    /// @notice How many labels an account has made.
    mapping(address labeler => uint256) public counts;

    /// @notice A label was made.
    event Labeled(bytes32 indexed image, address indexed labeler, uint8 class);

    /// @param token The token.
    constructor(IERC20 token) {
        crol = token;
    }

    /// @notice Label an image.
    function label(bytes32 image, uint8 class, uint16 left, uint16 top, uint16 right, uint16 bottom) external {
        labels[image].push(Label(msg.sender, image, class, left, top, right, bottom, uint64(block.timestamp)));
        ++counts[msg.sender];
        emit Labeled(image, msg.sender, class);
    }

    /// @notice Pay a labeler from what is here.
    function pay(address labeler, uint256 amount) external {
        crol.safeTransfer(labeler, amount);
    }
}
