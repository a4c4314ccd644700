// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ImageRegistry} from "./ImageRegistry.sol";

/// @title A market of labeled data sets that pays the owners of the images
/// @notice A data set is a token; whoever holds it sells it. A purchase pays the holder a part and the owners of its
/// images the rest. Training on it is prepaid, and each iteration pays the owners. What a purchase or a use costs in gas
/// does not depend on how many owners there are: each withdraws its own part.
/// @dev Leaf of `imageRoot`: (sha256, owner). Leaf of `shareRoot`: (owner, shares), one for each owner. Both are hashed
/// twice. An owner's part of all that came is shares / terms.shares; what does not divide is carried to the next
/// payment. Whatever the share root says, no data set pays out more than came in for it. Terms never change.
/// Everything is written down before a token moves, so there is nothing to re-enter.
contract DatasetMarket is ERC721, ERC2981, EIP712 {
    using SafeERC20 for IERC20;

    /// @notice What a data set is, and on what terms it is sold and used.
    struct DatasetTerms {
        bytes32 imageRoot;
        bytes32 shareRoot;
        uint64 shares;
        bytes32 manifestDigest;
        bytes32 round;
        uint128 price;
        uint128 pricePerIteration;
        uint16 publisherBps;
        uint16 royaltyBps;
        address trainer;
    }

    /// @notice What is kept of a data set. `perShare` is what came for each share, times 1e18.
    struct Dataset {
        bytes32 imageRoot;
        bytes32 shareRoot;
        uint128 price;
        uint128 pricePerIteration;
        address trainer;
        uint64 shares;
        uint16 publisherBps;
        uint256 perShare;
        uint96 received;
        uint96 withdrawn;
        uint64 remainder;
    }

    /// @notice What a buyer prepaid: iterations, and how many of them were used. `refundAt` is 0 where none was asked.
    struct Meter {
        uint64 prepaid;
        uint64 used;
        uint64 refundAt;
    }

    /// @notice The most of a price that goes to the holder, in ten thousandths: the owners have half of it at least.
    uint16 public constant MOST_PUBLISHER_BPS = 5_000;
    /// @notice The most of a resale that is due to the publisher, in ten thousandths.
    uint16 public constant MOST_ROYALTY_BPS = 1_000;
    /// @notice Seconds from the request of a refund to the refund, in which the trainer brings its last receipts.
    uint256 public constant REFUND_DELAY = 1 days;
    uint256 private constant _SCALE = 1e18;
    uint256 private constant _WHOLE = 10_000;
    bytes32 private constant _USE =
        keccak256("Use(uint256 dataset,address buyer,uint64 total,bytes32 run,bytes32 result)");

    /// @notice The token that is paid in.
    IERC20 public immutable crol;
    /// @notice Where owners say whether their images may be used.
    ImageRegistry public immutable images;

    mapping(uint256 id => Dataset) private _datasets;
    mapping(uint256 id => mapping(bytes32 buyer => bool)) private _bought;
    mapping(uint256 id => mapping(address buyer => Meter)) private _meters;
    mapping(uint256 id => mapping(address account => uint256)) private _taken;
    mapping(uint256 id => mapping(address account => uint256)) private _income;
    mapping(uint256 id => bytes32[]) private _suspended;
    mapping(uint256 id => mapping(bytes32 image => uint256)) private _place;

    /// @notice A data set was published.
    /// @custom:makes dataset, manifestDigest, imageRoot
    event DatasetPublished(
        bytes32 indexed dataset,
        address indexed publisher,
        bytes32 indexed manifestDigest,
        bytes32 round,
        bytes32 imageRoot,
        DatasetTerms terms
    );
    /// @notice It was shown that an image is in a data set.
    /// @custom:joins dataset
    event ImageShown(bytes32 indexed dataset, bytes32 indexed image, address indexed owner);
    /// @notice A data set was bought. `beneficiary` is zero, or whom the buyer bought for.
    event DatasetBought(
        bytes32 indexed dataset,
        address indexed buyer,
        bytes32 indexed imageRoot,
        bytes32 beneficiary,
        uint256 toHolder,
        uint256 toOwners
    );
    /// @notice A buyer prepaid iterations of training.
    event IterationsPrepaid(bytes32 indexed dataset, address indexed buyer, uint64 iterations, uint256 paid);
    /// @notice A data set was used: training on it went on by so many iterations.
    /// @param dataset The data set.
    /// @param buyer Who pays for it.
    /// @param imageRoot The root of the images that were used.
    /// @param iterations How many iterations these are.
    /// @param total How many the buyer has used by now.
    /// @param run What tells the run of training from others.
    /// @param result The digest of what came of it.
    /// @param paid What the owners have of it.
    /// @custom:makes result
    event DatasetUsed(
        bytes32 indexed dataset,
        address indexed buyer,
        bytes32 indexed imageRoot,
        uint64 iterations,
        uint64 total,
        bytes32 run,
        bytes32 result,
        uint256 paid
    );
    /// @notice A buyer asked for what was prepaid and not used.
    event RefundRequested(bytes32 indexed dataset, address indexed buyer, uint64 refundAt);
    /// @notice A buyer has it back.
    event Refunded(bytes32 indexed dataset, address indexed buyer, uint64 iterations, uint256 paid);
    /// @notice An owner of images was paid.
    event OwnerPaid(bytes32 indexed dataset, address indexed owner, uint256 paid);
    /// @notice A holder was paid.
    event HolderPaid(bytes32 indexed dataset, address indexed holder, uint256 paid);
    /// @notice A data set is suspended, as the consent to an image of it was revoked.
    event DatasetSuspended(bytes32 indexed dataset, bytes32 indexed image, address indexed by);
    /// @notice The consent to an image of a suspended data set is there again; `left` others are missing.
    event DatasetResumed(bytes32 indexed dataset, bytes32 indexed image, uint256 left);

    /// @notice There is no such data set.
    error NoSuchDataset(uint256 id);
    /// @notice This sender has published a data set with this salt before.
    error DatasetExists(uint256 id);
    /// @notice A data set has the roots of its images and of its owners' shares, a manifest, and at least one share.
    error EmptyDataset();
    /// @notice The holder has half of the price at most, the publisher a tenth of a resale.
    error BadCut(uint256 bps, uint256 most);
    /// @notice The buyer has bought this data set before.
    error AlreadyBought(uint256 id, address buyer);
    /// @notice The holder of a data set does not buy it.
    error SelfPurchase(uint256 id, address holder);
    /// @notice The consent to an image of the data set was revoked: it is neither sold nor used.
    error ConsentRevoked(uint256 id, bytes32 image);
    /// @notice The consent to this image was not revoked.
    error ConsentStands(uint256 id, bytes32 image);
    /// @notice The data set is suspended for this image already.
    error AlreadySuspended(uint256 id, bytes32 image);
    /// @notice The data set is not suspended for this image.
    error NotSuspended(uint256 id, bytes32 image);
    /// @notice The proof does not show that this owner's image is in the data set.
    error NotInDataset(uint256 id, bytes32 image);
    /// @notice The data set has no trainer: nobody can sign a use of it.
    error NoTrainer(uint256 id);
    /// @notice Prepay at least one iteration.
    error NoIterations();
    /// @notice The receipt is not signed by the trainer of this data set, or says something else.
    error BadReceipt(uint256 id, address signer);
    /// @notice A receipt counts all iterations of a buyer: this one is no newer than those before.
    error StaleReceipt(uint64 total, uint64 used);
    /// @notice More was used than was prepaid.
    error PastPrepayment(uint64 total, uint64 prepaid);
    /// @notice Nothing that was prepaid is left.
    error NothingPrepaid(uint256 id, address buyer);
    /// @notice Ask for the refund first.
    error RefundNotRequested(uint256 id, address buyer);
    /// @notice The refund comes only after its delay.
    error RefundTooEarly(uint64 refundAt);
    /// @notice The proof does not show that the account has these shares of the data set.
    error BadShares(uint256 id, address account, uint64 shares);
    /// @notice Nothing has come for the account since it withdrew.
    error NothingDue(uint256 id, address account);
    /// @notice The shares of the data set are more than its terms say: this would pay out what never came in.
    error PastReceived(uint256 id, uint256 wanted, uint256 left);

    /// @param token The token that is paid in.
    /// @param images_ Where owners say whether their images may be used.
    constructor(IERC20 token, ImageRegistry images_) ERC721("Crowd data set", "CSET") EIP712("Crowd data sets", "1") {
        crol = token;
        images = images_;
    }

    /// @notice Publish a data set, and hold it.
    /// @dev That the images were claimed by these owners, and that the round is finalized, is for buyers to see: the
    /// registry and the rounds say it. Consent counts as the registry has it, whomever the leaf of an image names.
    /// @param salt What tells the sender's data sets apart.
    /// @param terms What it is, and on what terms.
    /// @return id The id: see `datasetId`.
    function publish(bytes32 salt, DatasetTerms calldata terms) external returns (uint256 id) {
        if (terms.imageRoot == 0 || terms.shareRoot == 0 || terms.manifestDigest == 0 || terms.shares == 0) {
            revert EmptyDataset();
        }
        if (terms.publisherBps > MOST_PUBLISHER_BPS) revert BadCut(terms.publisherBps, MOST_PUBLISHER_BPS);
        if (terms.royaltyBps > MOST_ROYALTY_BPS) revert BadCut(terms.royaltyBps, MOST_ROYALTY_BPS);
        id = datasetId(msg.sender, salt);
        Dataset storage made = _datasets[id];
        if (made.shares != 0) revert DatasetExists(id);
        (made.imageRoot, made.shareRoot, made.shares) = (terms.imageRoot, terms.shareRoot, terms.shares);
        (made.price, made.pricePerIteration) = (terms.price, terms.pricePerIteration);
        (made.trainer, made.publisherBps) = (terms.trainer, terms.publisherBps);
        _setTokenRoyalty(id, msg.sender, terms.royaltyBps);
        _mint(msg.sender, id);
        emit DatasetPublished(bytes32(id), msg.sender, terms.manifestDigest, terms.round, terms.imageRoot, terms);
    }

    /// @notice Show that an image is in a data set, for all who look at the image's story.
    function show(uint256 id, bytes32 image, address owner, bytes32[] calldata proof) external {
        _within(id, image, owner, proof);
        emit ImageShown(bytes32(id), image, owner);
    }

    /// @notice Buy a data set, whose price this contract is allowed to take.
    function buy(uint256 id) external {
        _buy(id, 0);
    }

    /// @notice Buy with a signed allowance of the price. Whoever uses the signature first does not stop the purchase.
    function buyWithPermit(uint256 id, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        uint256 price = _datasets[id].price;
        try IERC20Permit(address(crol)).permit(msg.sender, address(this), price, deadline, v, r, s) {} catch {}
        _buy(id, 0);
    }

    /// @notice Buy for somebody whom the sender keeps apart from others, such as one of many groups. Once for each.
    function buyFor(uint256 id, bytes32 beneficiary) external {
        _buy(id, beneficiary);
    }

    /// @notice Prepay iterations of training. It takes a request for a refund back.
    function prepay(uint256 id, uint64 iterations) external {
        Dataset storage found = _sold(id);
        if (found.trainer == address(0)) revert NoTrainer(id);
        if (iterations == 0) revert NoIterations();
        Meter storage meter_ = _meters[id][msg.sender];
        meter_.prepaid += iterations;
        meter_.refundAt = 0;
        uint256 paid = uint256(found.pricePerIteration) * iterations;
        emit IterationsPrepaid(bytes32(id), msg.sender, iterations, paid);
        crol.safeTransferFrom(msg.sender, address(this), paid);
    }

    /// @notice Bring a receipt of the trainer: the buyer has used so many iterations by now. Whoever sends it.
    /// @param id The data set.
    /// @param buyer Who prepaid.
    /// @param total All iterations that it has used.
    /// @param run What tells the run of training from others.
    /// @param result The digest of what came of it.
    /// @param signature The trainer's, on `Use`.
    function meter(uint256 id, address buyer, uint64 total, bytes32 run, bytes32 result, bytes calldata signature)
        external
    {
        Dataset storage found = _sold(id);
        bytes32 hash = _hashTypedDataV4(keccak256(abi.encode(_USE, id, buyer, total, run, result)));
        (address signer,,) = ECDSA.tryRecoverCalldata(hash, signature);
        if (signer == address(0) || signer != found.trainer) revert BadReceipt(id, signer);
        Meter storage meter_ = _meters[id][buyer];
        if (total <= meter_.used) revert StaleReceipt(total, meter_.used);
        if (total > meter_.prepaid) revert PastPrepayment(total, meter_.prepaid);
        uint64 iterations = total - meter_.used;
        meter_.used = total;
        uint256 paid = uint256(found.pricePerIteration) * iterations;
        _share(found, paid);
        emit DatasetUsed(bytes32(id), buyer, found.imageRoot, iterations, total, run, result, paid);
    }

    /// @notice Ask for what one prepaid and has not used. A trainer trains for nobody who asked.
    function requestRefund(uint256 id) external {
        Meter storage meter_ = _meters[id][msg.sender];
        if (meter_.used == meter_.prepaid) revert NothingPrepaid(id, msg.sender);
        meter_.refundAt = SafeCast.toUint64(block.timestamp + REFUND_DELAY);
        emit RefundRequested(bytes32(id), msg.sender, meter_.refundAt);
    }

    /// @notice Have it back after the delay; at once where the data set is suspended.
    function refund(uint256 id) external {
        Meter storage meter_ = _meters[id][msg.sender];
        uint64 iterations = meter_.prepaid - meter_.used;
        if (iterations == 0) revert NothingPrepaid(id, msg.sender);
        if (_suspended[id].length == 0) {
            if (meter_.refundAt == 0) revert RefundNotRequested(id, msg.sender);
            if (block.timestamp < meter_.refundAt) revert RefundTooEarly(meter_.refundAt);
        }
        meter_.prepaid = meter_.used;
        meter_.refundAt = 0;
        uint256 paid = uint256(_datasets[id].pricePerIteration) * iterations;
        emit Refunded(bytes32(id), msg.sender, iterations, paid);
        crol.safeTransfer(msg.sender, paid);
    }

    /// @notice Pay an owner of images its part of what has come, whoever sends this.
    /// @param id The data set.
    /// @param account The owner.
    /// @param shares Its shares.
    /// @param proof The path from its leaf to the root of shares.
    function withdraw(uint256 id, address account, uint64 shares, bytes32[] calldata proof) external {
        Dataset storage found = _there(id);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, shares))));
        if (!MerkleProof.verifyCalldata(proof, found.shareRoot, leaf)) revert BadShares(id, account, shares);
        uint256 earned = (found.perShare * shares) / _SCALE;
        uint256 before = _taken[id][account];
        if (earned <= before) revert NothingDue(id, account);
        uint256 due = earned - before;
        uint256 left = found.received - found.withdrawn;
        if (due > left) revert PastReceived(id, due, left);
        _taken[id][account] = earned;
        found.withdrawn += uint96(due);
        emit OwnerPaid(bytes32(id), account, due);
        crol.safeTransfer(account, due);
    }

    /// @notice Have the holder's part of the purchases that were made while one held the data set.
    function withdrawIncome(uint256 id) external {
        uint256 due = _income[id][msg.sender];
        if (due == 0) revert NothingDue(id, msg.sender);
        _income[id][msg.sender] = 0;
        emit HolderPaid(bytes32(id), msg.sender, due);
        crol.safeTransfer(msg.sender, due);
    }

    /// @notice Suspend a data set by showing an image of it whose owner took the consent back, whoever sends this.
    /// @param id The data set.
    /// @param image The SHA-256 digest of the image.
    /// @param owner The owner that its leaf names.
    /// @param proof The path from its leaf to the root of images.
    function suspend(uint256 id, bytes32 image, address owner, bytes32[] calldata proof) external {
        _within(id, image, owner, proof);
        if (!images.revoked(image)) revert ConsentStands(id, image);
        if (_place[id][image] != 0) revert AlreadySuspended(id, image);
        _suspended[id].push(image);
        _place[id][image] = _suspended[id].length;
        emit DatasetSuspended(bytes32(id), image, msg.sender);
    }

    /// @notice Show that the consent to an image is there again. Without any that is missing the data set is sold again.
    function resume(uint256 id, bytes32 image) external {
        uint256 place = _place[id][image];
        if (place == 0) revert NotSuspended(id, image);
        if (images.revoked(image)) revert ConsentRevoked(id, image);
        bytes32[] storage waiting = _suspended[id];
        bytes32 last = waiting[waiting.length - 1];
        (waiting[place - 1], _place[id][last]) = (last, place);
        waiting.pop();
        delete _place[id][image];
        emit DatasetResumed(bytes32(id), image, waiting.length);
    }

    /// @notice A data set. Reverts with NoSuchDataset if there is none.
    function datasetOf(uint256 id) external view returns (Dataset memory) {
        return _there(id);
    }

    /// @notice What a buyer prepaid and used.
    function meterOf(uint256 id, address buyer) external view returns (Meter memory) {
        return _meters[id][buyer];
    }

    /// @notice What the holder's part has come to for an account and was not withdrawn.
    function incomeOf(uint256 id, address account) external view returns (uint256) {
        return _income[id][account];
    }

    /// @notice What an owner with so many shares could withdraw now.
    function dueOf(uint256 id, address account, uint64 shares) external view returns (uint256) {
        uint256 earned = (_datasets[id].perShare * shares) / _SCALE;
        uint256 before = _taken[id][account];
        return earned > before ? earned - before : 0;
    }

    /// @notice The images for which a data set is suspended.
    function suspendedFor(uint256 id) external view returns (bytes32[] memory) {
        return _suspended[id];
    }

    /// @notice Whether an account may have the key of a data set: its holder, and who bought it.
    function mayRead(uint256 id, address account) external view returns (bool) {
        return _ownerOf(id) == account || _bought[id][buyerKey(account, 0)];
    }

    /// @notice Whether an account has bought a data set for a beneficiary, or with zero for itself.
    function hasBought(uint256 id, address buyer, bytes32 beneficiary) external view returns (bool) {
        return _bought[id][buyerKey(buyer, beneficiary)];
    }

    /// @notice The price of a data set. Reverts with NoSuchDataset if there is none.
    function priceOf(uint256 id) external view returns (uint256) {
        return _there(id).price;
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, ERC2981) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    /// @notice The id of the data set that a publisher makes with a salt.
    function datasetId(address publisher, bytes32 salt) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(publisher, salt)));
    }

    /// @notice What a purchase is kept under.
    function buyerKey(address buyer, bytes32 beneficiary) public pure returns (bytes32) {
        return keccak256(abi.encode(buyer, beneficiary));
    }

    function _buy(uint256 id, bytes32 beneficiary) private {
        Dataset storage found = _sold(id);
        address holder = _ownerOf(id);
        if (msg.sender == holder) revert SelfPurchase(id, holder);
        bytes32 buyer = buyerKey(msg.sender, beneficiary);
        if (_bought[id][buyer]) revert AlreadyBought(id, msg.sender);
        _bought[id][buyer] = true;
        uint256 price = found.price;
        uint256 toHolder = (price * found.publisherBps) / _WHOLE;
        _income[id][holder] += toHolder;
        _share(found, price - toHolder);
        emit DatasetBought(bytes32(id), msg.sender, found.imageRoot, beneficiary, toHolder, price - toHolder);
        crol.safeTransferFrom(msg.sender, address(this), price);
    }

    /// @dev Divide what came among the shares; what does not divide waits for the next payment.
    function _share(Dataset storage found, uint256 paid) private {
        uint256 scaled = paid * _SCALE + found.remainder;
        found.perShare += scaled / found.shares;
        found.remainder = uint64(scaled % found.shares);
        found.received += SafeCast.toUint96(paid);
    }

    function _there(uint256 id) private view returns (Dataset storage found) {
        found = _datasets[id];
        if (found.shares == 0) revert NoSuchDataset(id);
    }

    function _sold(uint256 id) private view returns (Dataset storage found) {
        found = _there(id);
        if (_suspended[id].length != 0) revert ConsentRevoked(id, _suspended[id][0]);
    }

    function _within(uint256 id, bytes32 image, address owner, bytes32[] calldata proof) private view {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(image, owner))));
        if (!MerkleProof.verifyCalldata(proof, _there(id).imageRoot, leaf)) revert NotInDataset(id, image);
    }
}
