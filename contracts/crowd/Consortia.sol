// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {DatasetMarket} from "./DatasetMarket.sol";

/// @title Groups that buy data sets together
/// @notice Members put together the price of a data set, buy it once for all of them, and split what they earn with it.
/// @dev Each contribution is for one data set, whose price never changes, and all of them together never pass it: no
/// member can spend what others gave on something else, and nothing is left over after a purchase. Who belongs to a
/// consortium, and its split, are fixed while anything is given, and by its first purchase for ever: nobody gives for a
/// share that shrinks before the purchase.
contract Consortia {
    using SafeERC20 for IERC20;

    /// @dev A `creator` of zero means that there is no such consortium. `given` is what is together towards data sets that
    /// were not bought, `perShare` what came for each share, times 1e18.
    struct Consortium {
        address creator;
        uint64 shares;
        bool fixed_;
        uint256 given;
        uint256 perShare;
        uint256 remainder;
    }

    /// @dev `shares` is 0 for who is not on the list.
    struct Member {
        uint64 shares;
        bool joined;
    }

    /// @notice The most bytes that a consortium's name may have.
    uint256 public constant NAME_BYTES = 64;
    uint256 private constant _SCALE = 1e18;

    /// @notice The token.
    IERC20 public immutable crol;
    /// @notice Where data sets are bought.
    DatasetMarket public immutable market;

    mapping(bytes32 consortium => Consortium) private _consortia;
    mapping(bytes32 consortium => mapping(address account => Member)) private _members;
    mapping(bytes32 consortium => mapping(uint256 dataset => uint256)) private _pots;
    mapping(bytes32 consortium => mapping(uint256 dataset => mapping(address account => uint256))) private _gave;
    mapping(bytes32 consortium => mapping(uint256 dataset => bool)) private _purchased;
    mapping(bytes32 consortium => mapping(address account => uint256)) private _collected;

    /// @notice A consortium was created.
    /// @custom:makes consortium
    event ConsortiumCreated(bytes32 indexed consortium, address indexed creator, string name);
    /// @notice An account is on the list, with its shares of what the consortium earns.
    event MemberAllowed(bytes32 indexed consortium, address indexed account, uint64 shares);
    /// @notice An account is on the list no more.
    event MemberDisallowed(bytes32 indexed consortium, address indexed account);
    /// @notice An account that is on the list joined.
    event ConsortiumJoined(bytes32 indexed consortium, address indexed account);
    /// @notice A member gave something towards a data set.
    event Contributed(bytes32 indexed consortium, bytes32 indexed dataset, address indexed account, uint256 amount);
    /// @notice A member took it back.
    event TakenBack(bytes32 indexed consortium, bytes32 indexed dataset, address indexed account, uint256 amount);
    /// @notice A consortium bought a data set.
    event ConsortiumBought(bytes32 indexed consortium, bytes32 indexed dataset, address indexed by, uint256 paid);
    /// @notice Something came to be split.
    event RevenueDeposited(bytes32 indexed consortium, address indexed from, uint256 amount);
    /// @notice A member has its part.
    event RevenueCollected(bytes32 indexed consortium, address indexed account, uint256 amount);

    /// @notice There is no such consortium.
    error NoSuchConsortium(bytes32 consortium);
    /// @notice This sender has created a consortium with this salt before.
    error ConsortiumExists(bytes32 consortium);
    /// @notice A consortium's name has 1 to 64 bytes.
    error BadName(uint256 length);
    /// @notice A member has shares, and is somebody.
    error BadMember(address account, uint64 shares);
    /// @notice There are as many shares as members.
    error UnequalLists(uint256 members, uint256 shares);
    /// @notice Only who created the consortium may do this.
    error NotCreator(bytes32 consortium, address account);
    /// @notice Something was given or bought: who belongs to the consortium is fixed.
    error MembersFixed(bytes32 consortium);
    /// @notice The account is on the list already.
    error AlreadyAllowed(bytes32 consortium, address account);
    /// @notice The account is not on the list.
    error NotAllowed(bytes32 consortium, address account);
    /// @notice The account has joined already.
    error AlreadyJoined(bytes32 consortium, address account);
    /// @notice The account has not joined.
    error NotJoined(bytes32 consortium, address account);
    /// @notice An amount of nothing changes nothing.
    error NoAmount();
    /// @notice That is more than what is missing to the price.
    error PastPrice(uint256 amount, uint256 missing);
    /// @notice The account has not given that much towards this data set.
    error NotGiven(uint256 amount, uint256 given);
    /// @notice The price is not together yet.
    error PriceMissing(uint256 pot, uint256 price);
    /// @notice The consortium has bought this data set.
    error AlreadyPurchased(bytes32 consortium, uint256 dataset);
    /// @notice The consortium has bought nothing that could earn something.
    error NothingPurchased(bytes32 consortium);
    /// @notice Nothing has come for the account since it collected.
    error NothingDue(bytes32 consortium, address account);

    /// @param token The token.
    /// @param market_ Where data sets are bought.
    constructor(IERC20 token, DatasetMarket market_) {
        crol = token;
        market = market_;
    }

    /// @notice Create a consortium with its first members. The creator is one only where the list names it.
    /// @param salt What tells the sender's consortia apart.
    /// @param name 1 to 64 bytes.
    /// @param members Who may join.
    /// @param shares Their shares of what the consortium earns.
    /// @return consortium The id: see `consortiumId`.
    function create(bytes32 salt, string calldata name, address[] calldata members, uint64[] calldata shares)
        external
        returns (bytes32 consortium)
    {
        uint256 length = bytes(name).length;
        if (length == 0 || length > NAME_BYTES) revert BadName(length);
        if (members.length != shares.length) revert UnequalLists(members.length, shares.length);
        consortium = consortiumId(msg.sender, salt);
        if (_consortia[consortium].creator != address(0)) revert ConsortiumExists(consortium);
        _consortia[consortium].creator = msg.sender;
        emit ConsortiumCreated(consortium, msg.sender, name);
        for (uint256 i = 0; i < members.length; ++i) {
            _allow(consortium, members[i], shares[i]);
        }
    }

    /// @notice Put an account on the list.
    function allow(bytes32 consortium, address account, uint64 shares) external {
        _open(consortium);
        _allow(consortium, account, shares);
    }

    /// @notice Take an account off the list. What it gave it can still take back.
    function disallow(bytes32 consortium, address account) external {
        _open(consortium);
        uint64 shares = _members[consortium][account].shares;
        if (shares == 0) revert NotAllowed(consortium, account);
        delete _members[consortium][account];
        _consortia[consortium].shares -= shares;
        emit MemberDisallowed(consortium, account);
    }

    /// @notice Join a consortium on whose list one is.
    function join(bytes32 consortium) external {
        Member storage found = _members[consortium][msg.sender];
        if (found.shares == 0) revert NotAllowed(consortium, msg.sender);
        if (found.joined) revert AlreadyJoined(consortium, msg.sender);
        found.joined = true;
        emit ConsortiumJoined(consortium, msg.sender);
    }

    /// @notice Give something towards a data set.
    function contribute(bytes32 consortium, uint256 dataset, uint256 amount) external {
        _joined(consortium);
        if (_purchased[consortium][dataset]) revert AlreadyPurchased(consortium, dataset);
        if (amount == 0) revert NoAmount();
        uint256 missing = market.priceOf(dataset) - _pots[consortium][dataset];
        if (amount > missing) revert PastPrice(amount, missing);
        _pots[consortium][dataset] += amount;
        _gave[consortium][dataset][msg.sender] += amount;
        _consortia[consortium].given += amount;
        emit Contributed(consortium, bytes32(dataset), msg.sender, amount);
        crol.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Take back what one gave, before the purchase.
    function takeBack(bytes32 consortium, uint256 dataset, uint256 amount) external {
        if (_purchased[consortium][dataset]) revert AlreadyPurchased(consortium, dataset);
        if (amount == 0) revert NoAmount();
        uint256 given = _gave[consortium][dataset][msg.sender];
        if (amount > given) revert NotGiven(amount, given);
        _gave[consortium][dataset][msg.sender] = given - amount;
        _consortia[consortium].given -= amount;
        _pots[consortium][dataset] -= amount;
        emit TakenBack(consortium, bytes32(dataset), msg.sender, amount);
        crol.safeTransfer(msg.sender, amount);
    }

    /// @notice Buy a data set for the consortium, once its price is together.
    function purchase(bytes32 consortium, uint256 dataset) external {
        _joined(consortium);
        if (_purchased[consortium][dataset]) revert AlreadyPurchased(consortium, dataset);
        uint256 price = market.priceOf(dataset);
        uint256 pot = _pots[consortium][dataset];
        if (pot != price) revert PriceMissing(pot, price);
        _pots[consortium][dataset] = 0;
        _purchased[consortium][dataset] = true;
        _consortia[consortium].given -= price;
        _consortia[consortium].fixed_ = true;
        emit ConsortiumBought(consortium, bytes32(dataset), msg.sender, price);
        crol.forceApprove(address(market), price);
        market.buyFor(dataset, consortium);
    }

    /// @notice Bring something that the members split by their shares.
    function deposit(bytes32 consortium, uint256 amount) external {
        Consortium storage found = _there(consortium);
        if (!found.fixed_) revert NothingPurchased(consortium);
        if (amount == 0) revert NoAmount();
        uint256 scaled = amount * _SCALE + found.remainder;
        found.perShare += scaled / found.shares;
        found.remainder = scaled % found.shares;
        emit RevenueDeposited(consortium, msg.sender, amount);
        crol.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Have one's part of what came.
    function collect(bytes32 consortium) external {
        _joined(consortium);
        uint256 due = dueOf(consortium, msg.sender);
        if (due == 0) revert NothingDue(consortium, msg.sender);
        _collected[consortium][msg.sender] += due;
        emit RevenueCollected(consortium, msg.sender, due);
        crol.safeTransfer(msg.sender, due);
    }

    /// @notice Whether an account may have the key of a data set: it is on the list of a consortium that bought it.
    function mayRead(bytes32 consortium, address account, uint256 dataset) external view returns (bool) {
        return _purchased[consortium][dataset] && _members[consortium][account].shares != 0;
    }

    /// @notice A consortium. Reverts with NoSuchConsortium if there is none.
    /// @return creator Who created it.
    /// @return shares The sum of its members' shares.
    /// @return isFixed Whether it has bought something, or members gave something: then its members are fixed.
    function consortiumOf(bytes32 consortium) external view returns (address creator, uint64 shares, bool isFixed) {
        Consortium storage found = _there(consortium);
        return (found.creator, found.shares, found.fixed_ || found.given != 0);
    }

    /// @notice What an account is in a consortium: its shares, 0 where it is not on the list, and whether it joined.
    function memberOf(bytes32 consortium, address account) external view returns (uint64 shares, bool joined) {
        Member storage found = _members[consortium][account];
        return (found.shares, found.joined);
    }

    /// @notice What is together towards a data set, and what an account gave of it.
    function potOf(bytes32 consortium, uint256 dataset, address account)
        external
        view
        returns (uint256 pot, uint256 given, bool purchased)
    {
        purchased = _purchased[consortium][dataset];
        return (_pots[consortium][dataset], _gave[consortium][dataset][account], purchased);
    }

    /// @notice What a member could collect now.
    function dueOf(bytes32 consortium, address account) public view returns (uint256) {
        uint256 earned = (_consortia[consortium].perShare * _members[consortium][account].shares) / _SCALE;
        return earned - _collected[consortium][account];
    }

    /// @notice The id of the consortium that a creator makes with a salt.
    function consortiumId(address creator, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(creator, salt));
    }

    function _allow(bytes32 consortium, address account, uint64 shares) private {
        if (account == address(0) || shares == 0) revert BadMember(account, shares);
        if (_members[consortium][account].shares != 0) revert AlreadyAllowed(consortium, account);
        _members[consortium][account] = Member(shares, false);
        _consortia[consortium].shares += shares;
        emit MemberAllowed(consortium, account, shares);
    }

    function _there(bytes32 consortium) private view returns (Consortium storage found) {
        found = _consortia[consortium];
        if (found.creator == address(0)) revert NoSuchConsortium(consortium);
    }

    function _open(bytes32 consortium) private view {
        Consortium storage found = _there(consortium);
        if (found.creator != msg.sender) revert NotCreator(consortium, msg.sender);
        if (found.fixed_ || found.given != 0) revert MembersFixed(consortium);
    }

    function _joined(bytes32 consortium) private view {
        _there(consortium);
        if (!_members[consortium][msg.sender].joined) revert NotJoined(consortium, msg.sender);
    }
}
