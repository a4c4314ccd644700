// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title An account that re-enters whatever calls it
/// @notice For tests alone: it acts as a person's account does, and repeats its last act whenever it is called back.
contract Meddler {
    /// @notice How often something called this account back.
    uint256 public entered;
    address private _target;
    bytes private _data;

    /// @notice The act reverted, with this data.
    error Refused(bytes data);

    fallback() external payable {
        _reenter();
    }

    receive() external payable {
        _reenter();
    }

    /// @notice Call a contract as this account.
    function act(address target, bytes calldata data) external {
        _target = target;
        _data = data;
        (bool ok, bytes memory answer) = target.call(data);
        if (!ok) revert Refused(answer);
    }

    function _reenter() private {
        ++entered;
        (bool ok,) = _target.call(_data);
        ok;
    }
}
