// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16} from "./parts/Groth16.sol";

/// @title Receipts: proofs that what was shown came from a model
/// @notice A receipt says that somebody knows a history under their committed profile, and a list under a commitment,
/// such that the model ranks exactly this list first for that history. The proof is checked here. History, list and
/// scores never come here.
/// @dev Keys and proofs are in events and calls alone; storage has what is needed to decide. The four public inputs of
/// a proof are the model's root, the profile, the list and the context, in this order. The context binds a proof to this
/// chain, contract, account, model and place in the account's own row: a proof that was copied is worth nothing.
/// Two things that no contract can see: whether a history is real, and how a key was made.
contract ReceiptBook {
    /// @notice How a key was made, as its registrar says.
    enum Kind {
        None,
        Dev,
        Ceremony
    }

    /// @dev Three slots. A `kind` of None means that there is no such model.
    struct Model {
        bytes32 root;
        bytes32 keyDigest;
        address registrar;
        Kind kind;
    }

    mapping(bytes32 model => Model) private _models;
    mapping(address account => bytes32) private _profiles;
    mapping(address account => uint256) private _counts;

    /// @notice A model was registered.
    /// @param model Its id: see `modelId`.
    /// @param registrar Who registered it, and says how its key was made.
    /// @param root The commitment to the model's numbers.
    /// @param keyDigest The digest of the key: see `digestOf`.
    /// @param kind Dev: whoever made the key can forge. Ceremony: only all who made it together can.
    /// @param key The key itself, with which anybody can check a proof.
    /// @custom:makes model
    event ModelRegistered(
        bytes32 indexed model,
        address indexed registrar,
        bytes32 indexed root,
        bytes32 keyDigest,
        Kind kind,
        Groth16.Key key
    );
    /// @notice An account committed to its profile: receipts are about this history from now on.
    /// @custom:makes profile
    event ProfileCommitted(bytes32 indexed profile, address indexed account);
    /// @notice A proof was checked here, and is good.
    /// @param receipt Its id: see `receiptId`.
    /// @param model The model that ranked the list.
    /// @param account Whose.
    /// @param number How many receipts the account had before.
    /// @param profile The commitment to the history.
    /// @param shown The commitment to the list that was shown.
    /// @custom:makes receipt, shown
    event ReceiptKept(
        bytes32 indexed receipt,
        bytes32 indexed model,
        address indexed account,
        uint256 number,
        bytes32 profile,
        bytes32 shown
    );

    /// @notice There is no such model.
    error NoSuchModel(bytes32 model);
    /// @notice The same sender has registered this model with this key before.
    error ModelExists(bytes32 model);
    /// @notice A key is of the kind dev or ceremony.
    error NoKind();
    /// @notice A root of zeros names no model, and one that is not below the order of the groups is none.
    error BadRoot(bytes32 root);
    /// @notice A profile is not zero, and below the order of the groups.
    error BadProfile(bytes32 profile);
    /// @notice The account has not committed to a profile.
    error NoProfile(address account);
    /// @notice This is another key than the one that the model was registered with.
    error WrongKey(bytes32 given, bytes32 expected);
    /// @notice The receipt is not the next of the account: it was kept before, or another came between.
    error WrongNumber(uint256 given, uint256 expected);
    /// @notice The proof is not good for this account, its profile, this list, model and place.
    error WrongProof();

    /// @notice Register a model with the key that proofs about it are checked with.
    /// @dev The registrar is a part of the id: nobody can say in the place of another how a key was made.
    /// @param root The commitment to the model's numbers.
    /// @param kind How the key was made.
    /// @param key The key.
    /// @return model The id: see `modelId`.
    function register(bytes32 root, Kind kind, Groth16.Key calldata key) external returns (bytes32 model) {
        if (kind == Kind.None) revert NoKind();
        if (!_isElement(root)) revert BadRoot(root);
        Groth16.check(key);
        bytes32 digest = digestOf(key);
        model = modelId(msg.sender, root, digest, kind);
        if (_models[model].kind != Kind.None) revert ModelExists(model);
        _models[model] = Model(root, digest, msg.sender, kind);
        emit ModelRegistered(model, msg.sender, root, digest, kind, key);
    }

    /// @notice Commit to a profile: a history under a salt. A later one takes its place.
    function commitProfile(bytes32 profile) external {
        if (!_isElement(profile)) revert BadProfile(profile);
        _profiles[msg.sender] = profile;
        emit ProfileCommitted(profile, msg.sender);
    }

    /// @notice Have a proof checked, and a receipt kept.
    /// @param model Which model ranked the list.
    /// @param number How many receipts the sender has: each is kept once.
    /// @param shown The commitment to the list.
    /// @param key The model's key, as it was registered.
    /// @param proof The proof.
    /// @return receipt The id: see `receiptId`.
    function submit(
        bytes32 model,
        uint256 number,
        bytes32 shown,
        Groth16.Key calldata key,
        Groth16.Proof calldata proof
    ) external returns (bytes32 receipt) {
        Model storage found = _models[model];
        if (found.kind == Kind.None) revert NoSuchModel(model);
        if (digestOf(key) != found.keyDigest) revert WrongKey(digestOf(key), found.keyDigest);
        if (_counts[msg.sender] != number) revert WrongNumber(number, _counts[msg.sender]);
        bytes32 profile = _profiles[msg.sender];
        if (profile == 0) revert NoProfile(msg.sender);
        receipt = receiptId(msg.sender, model, number);
        uint256[4] memory inputs = [uint256(found.root), uint256(profile), uint256(shown), uint256(receipt) % Groth16.R];
        if (!Groth16.verify(key, proof, inputs)) revert WrongProof();
        _counts[msg.sender] = number + 1;
        emit ReceiptKept(receipt, model, msg.sender, number, profile, shown);
    }

    /// @notice What a model is. Reverts with NoSuchModel if there is none.
    function modelOf(bytes32 model) external view returns (Model memory) {
        if (_models[model].kind == Kind.None) revert NoSuchModel(model);
        return _models[model];
    }

    /// @notice The profile of an account; zero where it has committed to none.
    function profileOf(address account) external view returns (bytes32) {
        return _profiles[account];
    }

    /// @notice How many receipts an account has: the number of its next one.
    function countOf(address account) external view returns (uint256) {
        return _counts[account];
    }

    /// @notice The id of a receipt. The context that its proof is made for is this number modulo the groups' order.
    function receiptId(address account, bytes32 model, uint256 number) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), account, model, number));
    }

    /// @notice The id of a model.
    function modelId(address registrar, bytes32 root, bytes32 keyDigest, Kind kind) public pure returns (bytes32) {
        return keccak256(abi.encode(registrar, root, keyDigest, kind));
    }

    /// @notice The digest of a key: Keccak-256 of its 24 words.
    function digestOf(Groth16.Key calldata key) public pure returns (bytes32) {
        return keccak256(abi.encode(key));
    }

    function _isElement(bytes32 number) private pure returns (bool) {
        return number != 0 && uint256(number) < Groth16.R;
    }
}
