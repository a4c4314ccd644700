// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The token in which a crowd is paid and its data sets are bought
/// @notice A fixed supply: all of it is made at once, and nobody can make more or take any away.
/// @dev A signed allowance (ERC-2612) spares the transaction that allows, and the gas of it.
contract Crol is ERC20, ERC20Permit {
    /// @notice All that there will ever be: a thousand million, in units of 18 decimals.
    uint256 public constant SUPPLY = 1e27;

    /// @param treasury Who has all of it at first.
    constructor(address treasury) ERC20("Crowd Label", "CROL") ERC20Permit("Crowd Label") {
        _mint(treasury, SUPPLY);
    }
}
