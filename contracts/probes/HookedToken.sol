// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A token that tells its receivers
/// @notice For tests alone: whoever is a contract is called when it is sent something, and can re-enter whoever sent it.
contract HookedToken is ERC20, ERC20Permit {
    /// @param treasury Who has all of it at first.
    constructor(address treasury) ERC20("Hooked", "HOOK") ERC20Permit("Crowd Label") {
        _mint(treasury, 1e27);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (to.code.length != 0 && from != address(0)) {
            (bool ok,) = to.call("");
            ok;
        }
    }
}
