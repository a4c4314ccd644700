// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Rooms in which people train models together
/// @notice A room has one owner and the members who accepted the owner's invitation. They alone commit versions of the
/// room's models. A version is a digest and its place in the room's history; the model itself is kept elsewhere.
/// @dev What is not needed to decide is in events alone. A room is one slot, a person's role one, a version one.
/// No function calls another contract, takes value or writes after its event, so there is nothing to re-enter.
/// Roles are not OpenZeppelin's AccessControl: its `grantRole` makes members of people who did not accept, and its
/// `renounceRole` leaves a room without an owner.
contract ModelRegistry {
    /// @notice What an account is in a room.
    enum Role {
        None,
        Invited,
        Member,
        Owner
    }

    /// @dev One slot. An `owner` of zero means that there is no such room.
    struct Room {
        address owner;
        bool begun;
    }

    /// @dev One slot. A `committer` of zero means that there is no such version.
    struct Version {
        address committer;
        uint32 round;
        uint64 number;
    }

    /// @notice The most bytes that a room's name may have.
    uint256 public constant NAME_BYTES = 64;

    mapping(bytes32 room => Room) private _rooms;
    mapping(bytes32 room => mapping(address account => Role)) private _roles;
    mapping(bytes32 room => mapping(bytes32 version => Version)) private _versions;

    /// @notice A room was created.
    /// @custom:makes room
    event RoomCreated(bytes32 indexed room, address indexed owner, string name, bytes32 descriptionHash);
    /// @notice The owner of a room invited an account.
    event MemberInvited(bytes32 indexed room, address indexed account, address indexed by);
    /// @notice An invited account became a member.
    event MemberJoined(bytes32 indexed room, address indexed account);
    /// @notice A member left, or an invited account declined.
    event MemberLeft(bytes32 indexed room, address indexed account);
    /// @notice The owner removed a member, or took an invitation back.
    event MemberRemoved(bytes32 indexed room, address indexed account, address indexed by);
    /// @notice A member became the owner; the owner before is a member now.
    event OwnershipTransferred(bytes32 indexed room, address indexed from, address indexed to);
    /// @notice A version was committed.
    /// @param room The room.
    /// @param contentDigest The SHA-256 digest in the CID under which the model is kept.
    /// @param committer Who committed it.
    /// @param version Its id: see `versionId`.
    /// @param parent The version that it was made from, or zero for the first of a room.
    /// @param round The parent's round + 1, or 0 for the first of a room.
    /// @param contributionsRoot The root of the contributions that were aggregated, or zero for none.
    /// @param metricsHash The digest of its metrics, or zero for none.
    /// @custom:makes version, contentDigest
    event VersionCommitted(
        bytes32 indexed room,
        bytes32 indexed contentDigest,
        address indexed committer,
        bytes32 version,
        bytes32 parent,
        uint32 round,
        bytes32 contributionsRoot,
        bytes32 metricsHash
    );

    /// @notice There is no such room.
    error NoSuchRoom(bytes32 room);
    /// @notice This sender has created a room with this salt before.
    error RoomExists(bytes32 room);
    /// @notice A room's name has 1 to 64 bytes.
    error BadName(uint256 length);
    /// @notice Only the owner of the room may do this.
    error NotOwner(bytes32 room, address account);
    /// @notice The account is neither a member nor the owner of the room.
    error NotMember(bytes32 room, address account);
    /// @notice The account has no open invitation to the room.
    error NotInvited(bytes32 room, address account);
    /// @notice The account has an open invitation already.
    error AlreadyInvited(bytes32 room, address account);
    /// @notice The account is a member or the owner already.
    error AlreadyMember(bytes32 room, address account);
    /// @notice The zero address is nobody.
    error NobodyInvited();
    /// @notice The owner cannot leave or be removed: a room has an owner at all times. Transfer the ownership first.
    error OwnerStays(bytes32 room);
    /// @notice There is no such version in this room.
    error NoSuchVersion(bytes32 room, bytes32 version);
    /// @notice The same sender has committed the same version before.
    error VersionExists(bytes32 room, bytes32 version);
    /// @notice The room has its first version: a further one has a parent.
    error ParentMissing(bytes32 room);
    /// @notice A version's round is that of its parent + 1, and 0 for the first.
    error WrongRound(uint256 given, uint256 expected);
    /// @notice A content digest of zeros names no model.
    error EmptyDigest();

    modifier onlyOwner(bytes32 room) {
        if (_ownerOf(room) != msg.sender) revert NotOwner(room, msg.sender);
        _;
    }

    /// @notice Create a room, and invite its first members.
    /// @dev The id comes from the sender and a salt of theirs: nobody can take the id of another's pending room, and a
    /// transaction that is sent twice makes one room. Names need not differ, so there are none to squat.
    /// @param salt What tells the sender's rooms apart.
    /// @param name 1 to 64 bytes.
    /// @param descriptionHash The digest of the description, which is kept elsewhere.
    /// @param invited Whom to invite; may be empty.
    /// @return room The id: see `roomId`.
    function createRoom(bytes32 salt, string calldata name, bytes32 descriptionHash, address[] calldata invited)
        external
        returns (bytes32 room)
    {
        uint256 length = bytes(name).length;
        if (length == 0 || length > NAME_BYTES) revert BadName(length);
        room = roomId(msg.sender, salt);
        if (_rooms[room].owner != address(0)) revert RoomExists(room);
        _rooms[room].owner = msg.sender;
        emit RoomCreated(room, msg.sender, name, descriptionHash);
        _invite(room, invited);
    }

    /// @notice Invite accounts. Each is a member once it has joined.
    function invite(bytes32 room, address[] calldata accounts) external onlyOwner(room) {
        if (accounts.length == 0) revert NobodyInvited();
        _invite(room, accounts);
    }

    /// @notice Accept an invitation.
    function join(bytes32 room) external {
        Role role = roleOf(room, msg.sender);
        if (role == Role.Member || role == Role.Owner) revert AlreadyMember(room, msg.sender);
        if (role != Role.Invited) revert NotInvited(room, msg.sender);
        _roles[room][msg.sender] = Role.Member;
        emit MemberJoined(room, msg.sender);
    }

    /// @notice Leave a room, or decline its invitation. What the sender committed stays.
    function leaveRoom(bytes32 room) external {
        Role role = roleOf(room, msg.sender);
        if (role == Role.Owner) revert OwnerStays(room);
        if (role == Role.None) revert NotMember(room, msg.sender);
        delete _roles[room][msg.sender];
        emit MemberLeft(room, msg.sender);
    }

    /// @notice Remove a member, or take an invitation back. What the account committed stays.
    function remove(bytes32 room, address account) external onlyOwner(room) {
        if (account == msg.sender) revert OwnerStays(room);
        if (_roles[room][account] == Role.None) revert NotMember(room, account);
        delete _roles[room][account];
        emit MemberRemoved(room, account, msg.sender);
    }

    /// @notice Make a member the owner; the sender stays as a member.
    /// @dev A member has joined by a transaction of its own, so the key exists: no second step is needed.
    function transferOwnership(bytes32 room, address to) external onlyOwner(room) {
        if (to == msg.sender) revert AlreadyMember(room, to);
        if (_roles[room][to] != Role.Member) revert NotMember(room, to);
        delete _roles[room][to];
        _roles[room][msg.sender] = Role.Member;
        _rooms[room].owner = to;
        emit OwnershipTransferred(room, msg.sender, to);
    }

    /// @notice Commit a version of the room's model.
    /// @dev The first of a room is the owner's, as all others descend from it: a member cannot take its place. The
    /// committer is part of the id, so a member who copies a pending commit makes a version of their own: they neither
    /// block it nor become its author.
    /// @param room The room.
    /// @param parent The version that it was made from, or zero for the first of the room.
    /// @param round The parent's round + 1, or 0 for the first.
    /// @param contentDigest The SHA-256 digest in the CID under which the model is kept.
    /// @param contributionsRoot The root of the contributions that were aggregated, or zero for none.
    /// @param metricsHash The digest of its metrics, or zero for none.
    /// @return id The id of the version: see `versionId`.
    function commit(
        bytes32 room,
        bytes32 parent,
        uint32 round,
        bytes32 contentDigest,
        bytes32 contributionsRoot,
        bytes32 metricsHash
    ) external returns (bytes32 id) {
        address owner = _ownerOf(room);
        if (msg.sender != owner && _roles[room][msg.sender] != Role.Member) revert NotMember(room, msg.sender);
        if (contentDigest == 0) revert EmptyDigest();
        if (parent == 0) {
            if (msg.sender != owner) revert NotOwner(room, msg.sender);
            if (_rooms[room].begun) revert ParentMissing(room);
            if (round != 0) revert WrongRound(round, 0);
            _rooms[room].begun = true;
        } else {
            Version storage before = _versions[room][parent];
            if (before.committer == address(0)) revert NoSuchVersion(room, parent);
            uint256 expected = uint256(before.round) + 1;
            if (round != expected) revert WrongRound(round, expected);
        }
        id = versionId(room, parent, round, contentDigest, contributionsRoot, metricsHash, msg.sender);
        if (_versions[room][id].committer != address(0)) revert VersionExists(room, id);
        _versions[room][id] = Version(msg.sender, round, SafeCast.toUint64(block.number));
        emit VersionCommitted(room, contentDigest, msg.sender, id, parent, round, contributionsRoot, metricsHash);
    }

    /// @notice The owner of a room. Reverts with NoSuchRoom if there is none.
    function ownerOf(bytes32 room) external view returns (address) {
        return _ownerOf(room);
    }

    /// @notice What a version is. Reverts with NoSuchVersion if this room has none of this id.
    /// @return committer Who committed it.
    /// @return round Its round.
    /// @return number The number of the block, whose event `VersionCommitted` has the rest.
    function version(bytes32 room, bytes32 id) external view returns (address committer, uint32 round, uint64 number) {
        Version storage found = _versions[room][id];
        if (found.committer == address(0)) revert NoSuchVersion(room, id);
        return (found.committer, found.round, found.number);
    }

    /// @notice What an account is in a room. Reverts with NoSuchRoom if there is none.
    function roleOf(bytes32 room, address account) public view returns (Role) {
        return _ownerOf(room) == account ? Role.Owner : _roles[room][account];
    }

    /// @notice The id of the room that a sender creates with a salt.
    function roomId(address creator, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(creator, salt));
    }

    /// @notice The id of a version.
    function versionId(
        bytes32 room,
        bytes32 parent,
        uint32 round,
        bytes32 contentDigest,
        bytes32 contributionsRoot,
        bytes32 metricsHash,
        address committer
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(room, parent, round, contentDigest, contributionsRoot, metricsHash, committer));
    }

    function _ownerOf(bytes32 room) private view returns (address owner) {
        owner = _rooms[room].owner;
        if (owner == address(0)) revert NoSuchRoom(room);
    }

    function _invite(bytes32 room, address[] calldata accounts) private {
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            Role role = account == msg.sender ? Role.Owner : _roles[room][account];
            if (account == address(0)) revert NobodyInvited();
            if (role == Role.Invited) revert AlreadyInvited(room, account);
            if (role != Role.None) revert AlreadyMember(room, account);
            _roles[room][account] = Role.Invited;
            emit MemberInvited(room, account, msg.sender);
        }
    }
}
