// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Where toys may be
/// @notice Tells the nets on which tokens have worth from those on which they have none.
library TestNets {
    /// @notice This is for test nets alone: on this net tokens have worth.
    error MainNet(uint256 chainId);

    /// @notice Reverts with MainNet on a net where tokens have worth: Ethereum, OP, Polygon, zkSync Era, Base, Arbitrum.
    function check() internal view {
        uint256 id = block.chainid;
        if (id == 1 || id == 10 || id == 137 || id == 324 || id == 8453 || id == 42161) revert MainNet(id);
    }
}
