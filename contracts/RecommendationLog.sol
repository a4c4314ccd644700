// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title A public log of what was recommended
/// @notice Anyone logs a salted commitment to what they were shown, and the root of the model that chose it. Whoever is
/// given the salt and the items later can check that they were logged, when, by whom, and from which model.
/// @dev Taste and items never come here: a commitment is a digest, and its salt keeps it from being guessed.
/// Entries are kept by (sender, commitment). Somebody who sees a pending commitment and logs it first makes an entry of
/// their own: they neither block that of the other sender nor become its author.
/// One slot is written per entry. The model's root is in the event of the block that `entry` names.
contract RecommendationLog {
    /// @dev One slot. A `time` of 0 means that there is no entry.
    struct Entry {
        uint64 time;
        uint64 number;
    }

    mapping(address sender => mapping(bytes32 commitment => Entry)) private _entries;

    /// @notice A commitment was logged.
    /// @param commitment The digest of the salted commitment.
    /// @param sender Who logged it.
    /// @param modelRoot The root of the model that made the recommendation.
    /// @param time The time of the block, in seconds since 1970.
    /// @custom:makes commitment
    event Logged(bytes32 indexed commitment, address indexed sender, bytes32 indexed modelRoot, uint256 time);

    /// @notice This sender has logged this commitment before.
    error AlreadyLogged(address sender, bytes32 commitment);
    /// @notice This sender has not logged this commitment.
    error NotLogged(address sender, bytes32 commitment);
    /// @notice A commitment of zeros commits to nothing.
    error EmptyCommitment();
    /// @notice A root of zeros names no model.
    error EmptyModelRoot();

    /// @notice Log a commitment under the sender's name, once.
    /// @param commitment The digest of a salted commitment to what was shown.
    /// @param modelRoot The root of the model that made the recommendation.
    function log(bytes32 commitment, bytes32 modelRoot) external {
        if (commitment == 0) revert EmptyCommitment();
        if (modelRoot == 0) revert EmptyModelRoot();
        Entry storage found = _entries[msg.sender][commitment];
        if (found.time != 0) revert AlreadyLogged(msg.sender, commitment);
        found.time = SafeCast.toUint64(block.timestamp);
        found.number = SafeCast.toUint64(block.number);
        emit Logged(commitment, msg.sender, modelRoot, block.timestamp);
    }

    /// @notice When a sender logged a commitment. Reverts with NotLogged if they did not.
    /// @return time The time of the block, in seconds since 1970.
    /// @return number The number of the block, whose event `Logged` has the model's root.
    function entry(address sender, bytes32 commitment) external view returns (uint256 time, uint256 number) {
        Entry storage found = _entries[sender][commitment];
        if (found.time == 0) revert NotLogged(sender, commitment);
        return (found.time, found.number);
    }
}
