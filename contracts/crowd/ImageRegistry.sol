// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Whose images these are, and whether they may be used
/// @notice An owner registers a batch of images by one root, which shows nothing of them. Then each image is claimed by
/// its digest. Whose batch came first has the image: who sees an image later and registers it too comes too late.
/// @dev Leaf: (sha256, owner, consent), hashed twice. The owner in it must be who registered the batch, so nobody's
/// proof works for another. One slot for each batch, one for each image that was claimed.
contract ImageRegistry {
    /// @dev One slot. An `owner` of zero means that there is no such batch.
    struct Batch {
        address owner;
        uint64 order;
        uint32 count;
    }

    /// @dev One slot. An `owner` of zero means that nobody claimed it. `order` is that of the batch.
    struct Image {
        address owner;
        uint64 order;
        bool revoked;
    }

    /// @notice How many batches there are.
    uint256 public batches;
    mapping(bytes32 batch => Batch) private _batches;
    mapping(bytes32 image => Image) private _images;

    /// @notice A batch of images was registered.
    /// @param batch Its id: see `batchId`.
    /// @param owner Whose.
    /// @param contentDigest The SHA-256 digest in the CID under which the list of the leaves is kept.
    /// @param root The root of its leaves.
    /// @param count How many images it has.
    /// @param order Its place among all batches, from 1.
    /// @custom:makes batch, contentDigest, root
    event BatchRegistered(
        bytes32 indexed batch,
        address indexed owner,
        bytes32 indexed contentDigest,
        bytes32 root,
        uint32 count,
        uint64 order
    );
    /// @notice An image has an owner now.
    /// @custom:makes image
    event ImageClaimed(bytes32 indexed image, address indexed owner, bytes32 indexed batch, bytes32 consent);
    /// @notice An image went to who had registered it earlier.
    event Superseded(bytes32 indexed image, address indexed from, address indexed to, bytes32 batch);
    /// @notice The owner of an image took the consent to its use back.
    event ConsentRevoked(bytes32 indexed image, address indexed owner);
    /// @notice The owner of an image consents to its use again.
    event ConsentGiven(bytes32 indexed image, address indexed owner, bytes32 indexed consent);

    /// @notice A batch has a root, a content digest and at least one image.
    error EmptyBatch();
    /// @notice The sender has registered this root before.
    error BatchExists(bytes32 batch);
    /// @notice There is no such batch.
    error NoSuchBatch(bytes32 batch);
    /// @notice The proof does not show that this image, with its owner and this consent, is in the batch.
    error NotInBatch(bytes32 batch, bytes32 image);
    /// @notice The image belongs to somebody who registered it no later.
    error AlreadyOwned(bytes32 image, address owner);
    /// @notice Only the owner of the image may do this.
    error NotImageOwner(bytes32 image, address account);
    /// @notice The consent is in that state already.
    error ConsentUnchanged(bytes32 image);
    /// @notice A consent names its terms by a digest.
    error EmptyConsent();

    /// @notice Register a batch of one's own images, which may not be changed after.
    /// @param root The root of the leaves.
    /// @param count How many there are.
    /// @param contentDigest The SHA-256 digest in the CID under which their list is kept.
    /// @return batch The id: see `batchId`.
    function register(bytes32 root, uint32 count, bytes32 contentDigest) external returns (bytes32 batch) {
        if (root == 0 || count == 0 || contentDigest == 0) revert EmptyBatch();
        batch = batchId(msg.sender, root);
        if (_batches[batch].owner != address(0)) revert BatchExists(batch);
        uint64 order = SafeCast.toUint64(++batches);
        _batches[batch] = Batch(msg.sender, order, count);
        emit BatchRegistered(batch, msg.sender, contentDigest, root, count, order);
    }

    /// @notice Claim an image for the owner of a batch that it is in, whoever sends this.
    /// @param batch The batch.
    /// @param image The SHA-256 digest of the image.
    /// @param consent The digest of the terms of use that its owner agreed to.
    /// @param proof The path from its leaf to the root.
    function claim(bytes32 batch, bytes32 image, bytes32 consent, bytes32[] calldata proof) external {
        Batch storage from = _batches[batch];
        address owner = from.owner;
        if (owner == address(0)) revert NoSuchBatch(batch);
        if (consent == 0) revert EmptyConsent();
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(image, owner, consent))));
        if (batchId(owner, MerkleProof.processProofCalldata(proof, leaf)) != batch) revert NotInBatch(batch, image);
        Image storage found = _images[image];
        address before = found.owner;
        if (before != address(0)) {
            if (before == owner || found.order <= from.order) revert AlreadyOwned(image, before);
            emit Superseded(image, before, owner, batch);
        }
        _images[image] = Image(owner, from.order, false);
        emit ImageClaimed(image, owner, batch, consent);
    }

    /// @notice Take back the consent to the use of an image.
    function revokeConsent(bytes32 image) external {
        Image storage found = _owned(image);
        if (found.revoked) revert ConsentUnchanged(image);
        found.revoked = true;
        emit ConsentRevoked(image, msg.sender);
    }

    /// @notice Consent again to the use of an image.
    /// @param consent The digest of the terms.
    function giveConsent(bytes32 image, bytes32 consent) external {
        if (consent == 0) revert EmptyConsent();
        Image storage found = _owned(image);
        if (!found.revoked) revert ConsentUnchanged(image);
        found.revoked = false;
        emit ConsentGiven(image, msg.sender, consent);
    }

    /// @notice The owner of an image; the zero address where nobody claimed it.
    function ownerOf(bytes32 image) external view returns (address) {
        return _images[image].owner;
    }

    /// @notice Whether the owner of an image took the consent back.
    function revoked(bytes32 image) external view returns (bool) {
        return _images[image].revoked;
    }

    /// @notice A batch: its owner, its place among all, and how many images it has; zeros where there is none.
    function batchOf(bytes32 batch) external view returns (address owner, uint64 order, uint32 count) {
        Batch storage found = _batches[batch];
        return (found.owner, found.order, found.count);
    }

    /// @notice The id of the batch that an owner registers with a root.
    function batchId(address owner, bytes32 root) public pure returns (bytes32) {
        return keccak256(abi.encode(owner, root));
    }

    function _owned(bytes32 image) private view returns (Image storage found) {
        found = _images[image];
        if (found.owner != msg.sender) revert NotImageOwner(image, msg.sender);
    }
}
