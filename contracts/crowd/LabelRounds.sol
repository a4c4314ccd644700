// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {DomainGate} from "./DomainGate.sol";
import {Payouts} from "./Payouts.sol";
import {StakeRegistry} from "./StakeRegistry.sol";

/// @title Rounds of labeling
/// @notice A requester pays in a budget. Labelers commit to their labels before anybody can read them, each once. The
/// commitments are sealed, all of them, then an audit is drawn, then a consensus and a pay are proposed. Whoever
/// committed may dispute. After the window the pay is released, and what is left returns to the requester.
/// @dev Leaf of a labeler's tree: (round, labeler, place, value, salt), hashed twice; salt = keccak256(abi.encode(secret,
/// place)). A commitment is one bit here and one event: `acc` is the digest of all of them in their order, so that no
/// seal leaves one out. A budget is given back only where nobody committed: a requester who keeps the seed of a draw to
/// itself loses the budget by it.
contract LabelRounds is AccessControl, EIP712 {
    using SafeERC20 for IERC20;

    /// @notice How far a round is.
    enum Phase {
        None,
        Open,
        Sealed,
        Drawn,
        Proposed,
        Disputed,
        Finalized,
        Cancelled
    }

    /// @dev `lot` is the digest of the seed, and once the audit is drawn its beacon: neither is needed with the other.
    struct Round {
        address requester;
        uint40 commitEnd;
        uint32 window;
        Phase phase;
        bytes32 domain;
        bytes32 lot;
        bytes32 acc;
        uint96 budget;
        uint96 stake;
        uint32 committed;
        uint32 redraws;
        uint96 paid;
        uint48 drawBlock;
        uint40 until;
        uint40 epoch;
        uint24 openClaims;
        bytes32 consensusRoot;
        bytes32 payoutRoot;
        bytes32 contentDigest;
    }

    /// @notice A round, for whoever looks. `seedHash` is zero once the audit is drawn, `beacon` until then.
    struct State {
        address requester;
        uint40 commitEnd;
        uint32 window;
        Phase phase;
        bytes32 domain;
        bytes32 seedHash;
        bytes32 beacon;
        bytes32 acc;
        uint96 budget;
        uint96 stake;
        uint32 committed;
        uint32 redraws;
        uint96 paid;
        uint48 drawBlock;
        uint40 until;
        uint40 epoch;
        uint24 openClaims;
        bytes32 consensusRoot;
        bytes32 payoutRoot;
        bytes32 contentDigest;
    }

    /// @notice The commitment of one labeler, and its signature on `Labels`, which only `commitMany` wants.
    struct Commitment {
        address labeler;
        bytes32 root;
        uint32 count;
        bytes signature;
    }

    /// @notice A commitment as `acc` has it.
    struct Entry {
        address labeler;
        bytes32 root;
        uint32 count;
    }

    /// @dev A claim that a labeler's labels were never opened. `deadline` is 0 where there was none.
    struct Withholding {
        bytes32 root;
        uint32 count;
        uint64 deadline;
        bool open;
    }

    /// @notice Who may propose: the aggregator, which may seal too.
    bytes32 public constant AGGREGATOR_ROLE = keccak256("AGGREGATOR_ROLE");
    /// @notice The least seconds in which a proposal can be disputed.
    uint256 public constant LEAST_WINDOW = 1;
    /// @notice The most seconds in which a proposal can be disputed.
    uint256 public constant MOST_WINDOW = 7 days;
    /// @notice The most seconds in which labelers commit. With the next two it is less than `UNSTAKE_DELAY` of the
    /// stakes: whoever commits has a stake that can still be slashed for it.
    uint256 public constant MOST_COMMITTING = 14 days;
    /// @notice Seconds after the end of committing in which labels can be claimed to be withheld.
    uint256 public constant CLAIMING = 7 days;
    /// @notice Seconds in which a labeler answers that claim.
    uint256 public constant ANSWERING = 1 days;
    /// @dev The last block whose hash a contract can still see.
    uint256 private constant _SEEN = 256;
    bytes32 private constant _LABELS = keccak256("Labels(bytes32 round,bytes32 root,uint32 count)");

    /// @notice The token.
    IERC20 public immutable crol;
    /// @notice The stakes of labelers.
    StakeRegistry public immutable stakes;
    /// @notice Who is qualified.
    DomainGate public immutable gate;
    /// @notice Where labelers claim.
    Payouts public immutable payouts;

    mapping(bytes32 round => Round) private _rounds;
    mapping(bytes32 round => mapping(uint256 word => uint256)) private _committed;
    mapping(bytes32 round => mapping(address labeler => bool)) private _disputed;
    mapping(bytes32 round => mapping(address labeler => Withholding)) private _withheld;

    /// @notice A round was opened.
    /// @custom:makes round
    event RoundOpened(
        bytes32 indexed round,
        address indexed requester,
        bytes32 indexed domain,
        bytes32 itemsRoot,
        uint256 budget,
        uint64 commitEnd,
        uint32 window,
        uint256 stake,
        bytes32 seedHash
    );
    /// @notice A labeler committed to its labels.
    /// @custom:makes round
    event LabelsCommitted(bytes32 indexed round, address indexed labeler, bytes32 root, uint32 count);
    /// @notice A round was sealed: nobody commits any more.
    /// @param round The round.
    /// @param acc The digest of all commitments in their order.
    /// @param votesDigest The SHA-256 digest in the CID under which the votes are kept.
    /// @param count How many labelers committed.
    /// @param drawBlock The block whose hash draws the audit.
    /// @custom:makes round, votesDigest
    event RoundSealed(
        bytes32 indexed round, bytes32 acc, bytes32 indexed votesDigest, uint32 count, uint64 drawBlock
    );
    /// @notice The audit was drawn: `beacon` says which labels it looks at.
    event AuditDrawn(bytes32 indexed round, bytes32 beacon, bytes32 seed);
    /// @notice Nobody drew the audit in time: another block draws it. `times` counts how often that was.
    event Redrawn(bytes32 indexed round, uint32 times, uint64 drawBlock);
    /// @notice A labeler's labels are claimed to be withheld.
    event LabelsWithheld(bytes32 indexed round, address indexed labeler, bytes32 root, uint32 count, uint64 deadline);
    /// @notice A labeler showed its labels: they are in the data of this transaction.
    event LabelsRevealed(bytes32 indexed round, address indexed labeler, bytes32 root);
    /// @notice A labeler withheld its labels and lost a part of its stake.
    event LabelerPunished(bytes32 indexed round, address indexed labeler, uint256 amount);
    /// @notice A consensus and a pay were proposed.
    /// @custom:makes payoutRoot, contentDigest
    event RoundProposed(
        bytes32 indexed round,
        bytes32 indexed consensusRoot,
        bytes32 indexed payoutRoot,
        uint256 paid,
        uint64 epoch,
        bytes32 contentDigest,
        uint64 until
    );
    /// @notice A labeler disputes the proposal.
    event RoundDisputed(bytes32 indexed round, address indexed labeler, bytes32 reasonHash);
    /// @notice The pay of a round was released.
    /// @custom:makes round, consensusRoot
    event RoundFinalized(
        bytes32 indexed round,
        bytes32 indexed consensusRoot,
        bytes32 indexed contentDigest,
        bytes32 payoutRoot,
        uint256 paid,
        uint256 returned
    );
    /// @notice Nobody committed, and the requester has the budget back.
    event RoundCancelled(bytes32 indexed round, uint256 returned);

    /// @notice There is no such round.
    error NoSuchRound(bytes32 round);
    /// @notice This sender has opened a round with this salt before.
    error RoundExists(bytes32 round);
    /// @notice The window for disputes is too short or too long.
    error BadWindow(uint256 window, uint256 least, uint256 most);
    /// @notice Labelers commit from now on, for 14 days at most.
    error BadCommitEnd(uint64 commitEnd);
    /// @notice A round has a budget, items and the digest of a seed.
    error EmptyRound();
    /// @notice The round is not at the point at which this can be done.
    error WrongPhase(bytes32 round, Phase phase);
    /// @notice The time to commit is over.
    error CommittingOver(bytes32 round, uint64 commitEnd);
    /// @notice The time to commit is not over.
    error StillCommitting(bytes32 round, uint64 commitEnd);
    /// @notice The labeler is not qualified in the domain of the round.
    error NotQualified(address labeler, bytes32 domain);
    /// @notice The labeler has not staked what the round wants.
    error NotEnoughStaked(address labeler, uint256 staked, uint256 wanted);
    /// @notice The labeler has committed in this round already.
    error AlreadyCommitted(bytes32 round, address labeler);
    /// @notice A commitment has a root and at least one label.
    error EmptyCommitment(address labeler);
    /// @notice The signature is not the labeler's on this commitment in this round.
    error BadSignature(address labeler, address signer);
    /// @notice Only the requester of the round or the aggregator may do this.
    error NotInCharge(bytes32 round, address account);
    /// @notice Only the requester of the round may do this.
    error NotRequester(bytes32 round, address account);
    /// @notice The seal leaves out commitments, or has others than those of the chain.
    error CommitmentsLeftOut(bytes32 round, bytes32 acc, uint32 count);
    /// @notice Nobody has committed: there is nothing to seal.
    error NothingCommitted(bytes32 round);
    /// @notice Labelers have committed: the budget is theirs to earn.
    error LabelersCommitted(bytes32 round, uint32 committed);
    /// @notice The seed is not the one whose digest the round was opened with.
    error WrongSeed(bytes32 round);
    /// @notice The block that draws the audit is not mined yet: wait for the next one.
    error DrawTooEarly(bytes32 round, uint64 drawBlock);
    /// @notice The block that should draw the audit is too long ago: redraw names another.
    error DrawTooLate(bytes32 round, uint64 drawBlock);
    /// @notice The block that draws the audit can still be seen: draw.
    error DrawStillOpen(bytes32 round, uint64 drawBlock);
    /// @notice The commitments that were given do not come to the round's digest of them.
    error NotCommitted(bytes32 round, address labeler);
    /// @notice Labels can no longer be claimed to be withheld.
    error ClaimingOver(bytes32 round, uint256 end);
    /// @notice This labeler's labels were claimed to be withheld before.
    error ClaimedBefore(bytes32 round, address labeler);
    /// @notice No claim is open against this labeler.
    error NoOpenClaim(bytes32 round, address labeler);
    /// @notice The time to answer is over.
    error AnsweringOver(bytes32 round, uint64 deadline);
    /// @notice The labeler may still answer.
    error StillAnswering(bytes32 round, uint64 deadline);
    /// @notice The labels that were shown are not those that were committed to.
    error WrongLabels(bytes32 round, address labeler);
    /// @notice Claims of withheld labels are open: they are answered or punished first.
    error ClaimsOpen(bytes32 round, uint32 open);
    /// @notice The pay is more than the budget.
    error PastBudget(uint256 paid, uint256 budget);
    /// @notice A proposal names its consensus, its pay and their content by digests that are not zeros.
    error EmptyProposal();
    /// @notice The window for disputes is over.
    error WindowOver(bytes32 round, uint64 until);
    /// @notice The window for disputes is still open.
    error WindowOpen(bytes32 round, uint64 until);
    /// @notice Only a labeler who committed in the round may dispute.
    error NotALabeler(bytes32 round, address account);
    /// @notice A labeler disputes once in a round.
    error AlreadyDisputed(bytes32 round, address labeler);

    /// @param token The token.
    /// @param stakes_ The stakes, where this contract is to slash.
    /// @param gate_ Who is qualified.
    /// @param payouts_ Where labelers claim; it is to know this contract.
    /// @param admin Who says who aggregates.
    constructor(IERC20 token, StakeRegistry stakes_, DomainGate gate_, Payouts payouts_, address admin)
        EIP712("Crowd label rounds", "1")
    {
        crol = token;
        stakes = stakes_;
        gate = gate_;
        payouts = payouts_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @notice Open a round, and pay in its budget.
    /// @param salt What tells the sender's rounds apart.
    /// @param domain In which labelers are to be qualified.
    /// @param itemsRoot The root of what is to be labeled.
    /// @param budget What the round can pay, in units of the token, which this contract is allowed to take.
    /// @param commitEnd The last second, since 1970, in which labelers commit.
    /// @param window Seconds in which a proposal can be disputed.
    /// @param stake What a labeler must have staked.
    /// @param seedHash keccak256(abi.encode(seed)) of the seed that the audit is drawn with.
    /// @return round The id: see `roundId`.
    function open(
        bytes32 salt,
        bytes32 domain,
        bytes32 itemsRoot,
        uint256 budget,
        uint64 commitEnd,
        uint32 window,
        uint256 stake,
        bytes32 seedHash
    ) external returns (bytes32 round) {
        if (window < LEAST_WINDOW || window > MOST_WINDOW) revert BadWindow(window, LEAST_WINDOW, MOST_WINDOW);
        if (commitEnd <= block.timestamp || commitEnd > block.timestamp + MOST_COMMITTING) {
            revert BadCommitEnd(commitEnd);
        }
        if (budget == 0 || itemsRoot == 0 || seedHash == 0) revert EmptyRound();
        round = roundId(msg.sender, salt);
        Round storage made = _rounds[round];
        if (made.phase != Phase.None) revert RoundExists(round);
        (made.requester, made.commitEnd, made.window) = (msg.sender, SafeCast.toUint40(commitEnd), window);
        (made.domain, made.lot) = (domain, seedHash);
        (made.budget, made.stake) = (SafeCast.toUint96(budget), SafeCast.toUint96(stake));
        made.phase = Phase.Open;
        emit RoundOpened(round, msg.sender, domain, itemsRoot, budget, commitEnd, window, stake, seedHash);
        crol.safeTransferFrom(msg.sender, address(this), budget);
    }

    /// @notice Commit to one's labels, once.
    /// @param round The round.
    /// @param root The root of one's labels.
    /// @param count How many there are.
    function commit(bytes32 round, bytes32 root, uint32 count) external {
        Round storage found = _committing(round);
        found.acc = _commit(round, found.domain, found.stake, found.acc, msg.sender, root, count);
        found.committed += 1;
    }

    /// @notice Bring the commitments of many labelers, each signed by its labeler; where one is refused, none counts.
    /// @param round The round.
    /// @param commitments The commitments.
    function commitMany(bytes32 round, Commitment[] calldata commitments) external {
        Round storage found = _committing(round);
        (bytes32 domain, uint256 stake, bytes32 acc) = (found.domain, found.stake, found.acc);
        for (uint256 i = 0; i < commitments.length; ++i) {
            Commitment calldata one = commitments[i];
            bytes32 hash = _hashTypedDataV4(keccak256(abi.encode(_LABELS, round, one.root, one.count)));
            (address signer,,) = ECDSA.tryRecoverCalldata(hash, one.signature);
            if (signer != one.labeler) revert BadSignature(one.labeler, signer);
            acc = _commit(round, domain, stake, acc, signer, one.root, one.count);
        }
        found.acc = acc;
        found.committed += SafeCast.toUint32(commitments.length);
    }

    /// @notice End committing: by the requester at any time, by the aggregator once the time is over.
    /// @param round The round.
    /// @param acc The digest of all commitments in their order.
    /// @param votesDigest The SHA-256 digest in the CID under which the votes are kept.
    /// @param count How many labelers committed.
    function seal(bytes32 round, bytes32 acc, bytes32 votesDigest, uint32 count) external {
        Round storage found = _inCharge(round);
        if (found.phase != Phase.Open) revert WrongPhase(round, found.phase);
        if (block.timestamp <= found.commitEnd && msg.sender != found.requester) {
            revert StillCommitting(round, found.commitEnd);
        }
        if (found.committed == 0) revert NothingCommitted(round);
        if (acc != found.acc || count != found.committed) revert CommitmentsLeftOut(round, found.acc, found.committed);
        found.phase = Phase.Sealed;
        found.drawBlock = SafeCast.toUint48(block.number + 1);
        emit RoundSealed(round, acc, votesDigest, count, found.drawBlock);
    }

    /// @notice Draw the audit with the seed, whoever sends this. It is the same whenever that is, and by whom.
    function draw(bytes32 round, bytes32 seed) external {
        Round storage found = _at(round, Phase.Sealed);
        if (keccak256(abi.encode(seed)) != found.lot) revert WrongSeed(round);
        uint64 drawBlock = found.drawBlock;
        if (block.number <= drawBlock) revert DrawTooEarly(round, drawBlock);
        if (block.number - drawBlock > _SEEN) revert DrawTooLate(round, drawBlock);
        found.phase = Phase.Drawn;
        bytes32 beacon = keccak256(abi.encode(blockhash(drawBlock), seed, round));
        found.lot = beacon;
        emit AuditDrawn(round, beacon, seed);
    }

    /// @notice Name another block for the draw, once the one before can no longer be seen. Everybody sees how often.
    function redraw(bytes32 round) external {
        Round storage found = _at(round, Phase.Sealed);
        if (block.number <= found.drawBlock + _SEEN) revert DrawStillOpen(round, found.drawBlock);
        found.drawBlock = SafeCast.toUint48(block.number + 1);
        found.redraws += 1;
        emit Redrawn(round, found.redraws, found.drawBlock);
    }

    /// @notice Claim that the labels of a labeler were never shown to whoever counts them.
    /// @dev `acc` is a chain of digests: who claims gives what came before the commitment and all that came after. A
    /// labeler who is claimed against without need has the gas of an answer to pay: only who is in charge may claim.
    /// @param round The round.
    /// @param before The digest of the commitments before this one.
    /// @param entry The commitment.
    /// @param later Those after it, in their order.
    function withheld(bytes32 round, bytes32 before, Entry calldata entry, Entry[] calldata later) external {
        Round storage found = _inCharge(round);
        if (found.phase != Phase.Sealed && found.phase != Phase.Drawn) revert WrongPhase(round, found.phase);
        if (block.timestamp > found.commitEnd + CLAIMING) revert ClaimingOver(round, found.commitEnd + CLAIMING);
        bytes32 acc = _added(before, entry.labeler, entry.root, entry.count);
        for (uint256 i = 0; i < later.length; ++i) {
            acc = _added(acc, later[i].labeler, later[i].root, later[i].count);
        }
        if (acc != found.acc) revert NotCommitted(round, entry.labeler);
        Withholding storage made = _withheld[round][entry.labeler];
        if (made.deadline != 0) revert ClaimedBefore(round, entry.labeler);
        uint64 deadline = SafeCast.toUint64(block.timestamp + ANSWERING);
        _withheld[round][entry.labeler] = Withholding(entry.root, entry.count, deadline, true);
        found.openClaims += 1;
        emit LabelsWithheld(round, entry.labeler, entry.root, entry.count, deadline);
    }

    /// @notice Answer such a claim by showing one's labels, which anybody can read from then on.
    /// @param round The round.
    /// @param places The places of the labels, in the order of the tree's leaves.
    /// @param values Their values.
    /// @param secret What their salts were made from.
    function reveal(bytes32 round, uint32[] calldata places, bytes32[] calldata values, bytes32 secret) external {
        Withholding storage claimed = _withheld[round][msg.sender];
        if (!claimed.open) revert NoOpenClaim(round, msg.sender);
        if (block.timestamp > claimed.deadline) revert AnsweringOver(round, claimed.deadline);
        if (places.length != claimed.count || values.length != claimed.count) revert WrongLabels(round, msg.sender);
        if (_root(round, places, values, secret) != claimed.root) revert WrongLabels(round, msg.sender);
        claimed.open = false;
        _rounds[round].openClaims -= 1;
        emit LabelsRevealed(round, msg.sender, claimed.root);
    }

    /// @notice Slash the stake of a labeler who did not answer, for the requester, whoever sends this.
    function punish(bytes32 round, address labeler) external {
        Withholding storage claimed = _withheld[round][labeler];
        if (!claimed.open) revert NoOpenClaim(round, labeler);
        if (block.timestamp <= claimed.deadline) revert StillAnswering(round, claimed.deadline);
        claimed.open = false;
        Round storage found = _rounds[round];
        found.openClaims -= 1;
        uint256 taken = stakes.slash(labeler, found.stake, found.requester);
        emit LabelerPunished(round, labeler, taken);
    }

    /// @notice Propose a consensus and a pay, or others in their place. The window begins anew.
    /// @param round The round.
    /// @param consensusRoot The root of the labels that were agreed on.
    /// @param payoutRoot The root of what everybody has earned in all rounds: see `Payouts`.
    /// @param paid What this round adds to that, in units of the token.
    /// @param epoch The epoch of `Payouts` that the root makes.
    /// @param contentDigest The SHA-256 digest in the CID under which both are kept.
    function propose(
        bytes32 round,
        bytes32 consensusRoot,
        bytes32 payoutRoot,
        uint256 paid,
        uint64 epoch,
        bytes32 contentDigest
    ) external onlyRole(AGGREGATOR_ROLE) {
        Round storage found = _there(round);
        if (found.phase < Phase.Drawn || found.phase > Phase.Disputed) revert WrongPhase(round, found.phase);
        if (found.openClaims != 0) revert ClaimsOpen(round, found.openClaims);
        if (paid > found.budget) revert PastBudget(paid, found.budget);
        if (consensusRoot == 0 || payoutRoot == 0 || contentDigest == 0) revert EmptyProposal();
        uint40 until = SafeCast.toUint40(block.timestamp + found.window);
        (found.phase, found.until, found.epoch) = (Phase.Proposed, until, SafeCast.toUint40(epoch));
        found.paid = uint96(paid);
        (found.consensusRoot, found.payoutRoot, found.contentDigest) = (consensusRoot, payoutRoot, contentDigest);
        emit RoundProposed(round, consensusRoot, payoutRoot, paid, epoch, contentDigest, until);
    }

    /// @notice Dispute the proposal: another one has to be made.
    /// @dev Once for each labeler in a round: one alone cannot hold up everybody's pay for ever.
    /// @param round The round.
    /// @param reasonHash The digest of the reason, which is kept elsewhere.
    function dispute(bytes32 round, bytes32 reasonHash) external {
        Round storage found = _at(round, Phase.Proposed);
        if (block.timestamp > found.until) revert WindowOver(round, found.until);
        if (!committed(round, msg.sender)) revert NotALabeler(round, msg.sender);
        if (_disputed[round][msg.sender]) revert AlreadyDisputed(round, msg.sender);
        _disputed[round][msg.sender] = true;
        found.phase = Phase.Disputed;
        emit RoundDisputed(round, msg.sender, reasonHash);
    }

    /// @notice Release the pay once the window is over, whoever sends this. What is left returns to the requester.
    function finalize(bytes32 round) external {
        Round storage found = _at(round, Phase.Proposed);
        if (block.timestamp <= found.until) revert WindowOpen(round, found.until);
        found.phase = Phase.Finalized;
        uint256 paid = found.paid;
        uint256 rest = found.budget - paid;
        emit RoundFinalized(round, found.consensusRoot, found.contentDigest, found.payoutRoot, paid, rest);
        crol.safeTransfer(address(payouts), paid);
        payouts.advance(found.payoutRoot, paid, found.epoch, found.contentDigest);
        if (rest != 0) crol.safeTransfer(found.requester, rest);
    }

    /// @notice Have the budget back where the time to commit is over and nobody committed.
    function cancel(bytes32 round) external {
        Round storage found = _at(round, Phase.Open);
        if (msg.sender != found.requester) revert NotRequester(round, msg.sender);
        if (block.timestamp <= found.commitEnd) revert StillCommitting(round, found.commitEnd);
        if (found.committed != 0) revert LabelersCommitted(round, found.committed);
        found.phase = Phase.Cancelled;
        emit RoundCancelled(round, found.budget);
        crol.safeTransfer(msg.sender, found.budget);
    }

    /// @notice A round. Reverts with NoSuchRound if there is none.
    function roundOf(bytes32 round) external view returns (State memory state) {
        Round storage found = _there(round);
        (state.requester, state.commitEnd, state.window) = (found.requester, found.commitEnd, found.window);
        (state.phase, state.domain, state.acc) = (found.phase, found.domain, found.acc);
        if (found.phase >= Phase.Drawn && found.phase != Phase.Cancelled) state.beacon = found.lot;
        else state.seedHash = found.lot;
        (state.budget, state.stake, state.committed) = (found.budget, found.stake, found.committed);
        (state.redraws, state.paid, state.drawBlock) = (found.redraws, found.paid, found.drawBlock);
        (state.until, state.epoch, state.openClaims) = (found.until, found.epoch, found.openClaims);
        (state.consensusRoot, state.payoutRoot) = (found.consensusRoot, found.payoutRoot);
        state.contentDigest = found.contentDigest;
    }

    /// @notice The claim that a labeler's labels were withheld: until when it is answered, and whether it still is open.
    function claimOf(bytes32 round, address labeler) external view returns (uint64 deadline, bool isOpen) {
        Withholding storage found = _withheld[round][labeler];
        return (found.deadline, found.open);
    }

    /// @notice Whether an account has committed in a round.
    function committed(bytes32 round, address account) public view returns (bool) {
        uint256 index = stakes.indexOf(account);
        return index != 0 && _committed[round][index >> 8] & (1 << (index & 0xff)) != 0;
    }

    /// @notice The id of the round that a requester opens with a salt.
    function roundId(address requester, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(requester, salt));
    }

    function _commit(
        bytes32 round,
        bytes32 domain,
        uint256 stake,
        bytes32 acc,
        address labeler,
        bytes32 root,
        uint32 count
    ) private returns (bytes32) {
        if (root == 0 || count == 0) revert EmptyCommitment(labeler);
        if (!gate.isQualified(labeler, domain)) revert NotQualified(labeler, domain);
        (uint256 staked, uint256 index,,) = stakes.standing(labeler);
        if (staked < stake || index == 0) revert NotEnoughStaked(labeler, staked, stake);
        uint256 word = _committed[round][index >> 8];
        uint256 bit = 1 << (index & 0xff);
        if (word & bit != 0) revert AlreadyCommitted(round, labeler);
        _committed[round][index >> 8] = word | bit;
        emit LabelsCommitted(round, labeler, root, count);
        return _added(acc, labeler, root, count);
    }

    function _there(bytes32 round) private view returns (Round storage found) {
        found = _rounds[round];
        if (found.phase == Phase.None) revert NoSuchRound(round);
    }

    function _at(bytes32 round, Phase phase) private view returns (Round storage found) {
        found = _there(round);
        if (found.phase != phase) revert WrongPhase(round, found.phase);
    }

    function _committing(bytes32 round) private view returns (Round storage found) {
        found = _at(round, Phase.Open);
        if (block.timestamp > found.commitEnd) revert CommittingOver(round, found.commitEnd);
    }

    function _inCharge(bytes32 round) private view returns (Round storage found) {
        found = _there(round);
        if (msg.sender != found.requester && !hasRole(AGGREGATOR_ROLE, msg.sender)) {
            revert NotInCharge(round, msg.sender);
        }
    }

    /// @dev The root of the sender's labels, by OpenZeppelin's standard tree over the leaves in the order given.
    function _root(bytes32 round, uint32[] calldata places, bytes32[] calldata values, bytes32 secret)
        private
        view
        returns (bytes32)
    {
        uint256 count = places.length;
        bytes32[] memory tree = new bytes32[](2 * count - 1);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 salt = keccak256(abi.encode(secret, places[i]));
            bytes memory leaf = abi.encode(round, msg.sender, places[i], values[i], salt);
            tree[2 * count - 2 - i] = keccak256(bytes.concat(keccak256(leaf)));
        }
        for (uint256 i = count - 1; i > 0; --i) {
            tree[i - 1] = Hashes.commutativeKeccak256(tree[2 * i - 1], tree[2 * i]);
        }
        return tree[0];
    }

    function _added(bytes32 acc, address labeler, bytes32 root, uint32 count) private pure returns (bytes32) {
        return keccak256(abi.encode(acc, labeler, root, count));
    }
}
