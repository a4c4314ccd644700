// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Who may label in which domain
/// @notice A labeler who passed the gold tasks of a domain is attested, and is qualified there until a day. It cannot be
/// handed on: there is no transfer.
/// @dev An attestation is signed (EIP-712) with the number of those before it, of the same account in the same domain:
/// each is used once, and none of them is good any more after a revocation.
contract DomainGate is AccessControl, EIP712 {
    /// @notice What was attested. One slot.
    struct Standing {
        uint64 validUntil;
        uint64 nonce;
        uint32 seen;
        uint32 right;
    }

    /// @notice Who may attest and revoke.
    bytes32 public constant ATTESTOR_ROLE = keccak256("ATTESTOR_ROLE");
    bytes32 private constant _QUALIFICATION = keccak256(
        "Qualification(address account,bytes32 domain,uint32 seen,uint32 right,uint64 validUntil,uint64 nonce)"
    );

    mapping(bytes32 domain => mapping(address account => Standing)) private _standings;

    /// @notice An account is qualified in a domain.
    event Qualified(
        address indexed account, bytes32 indexed domain, uint32 seen, uint32 right, uint64 validUntil, address attestor
    );
    /// @notice An account is qualified in a domain no more.
    event QualificationRevoked(address indexed account, bytes32 indexed domain, address indexed by);

    /// @notice The signature is of nobody who may attest, or of something else: another account, domain, score or day,
    /// or an attestation that was used or revoked.
    error NotAttested(address account, bytes32 domain, address signer);
    /// @notice The qualification is over already.
    error QualificationOver(uint64 validUntil);
    /// @notice Nobody has more tasks right than it saw, and who saw none is not qualified.
    error BadScore(uint32 seen, uint32 right);
    /// @notice The account is not qualified in the domain.
    error NotQualified(address account, bytes32 domain);

    /// @param admin Who says who may attest.
    constructor(address admin) EIP712("Crowd domain gate", "1") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @notice Make an account qualified by a signed attestation, whoever sends it.
    /// @param account Whose.
    /// @param domain In which domain.
    /// @param seen How many gold tasks it saw.
    /// @param right How many of them it had right.
    /// @param validUntil The last second, since 1970, in which it is qualified.
    /// @param signature An attestor's, on `Qualification` with `nonceOf(account, domain)`.
    function qualify(
        address account,
        bytes32 domain,
        uint32 seen,
        uint32 right,
        uint64 validUntil,
        bytes calldata signature
    ) external {
        if (right > seen || seen == 0) revert BadScore(seen, right);
        if (validUntil < block.timestamp) revert QualificationOver(validUntil);
        Standing storage found = _standings[domain][account];
        uint64 nonce = found.nonce;
        bytes32 hash = keccak256(abi.encode(_QUALIFICATION, account, domain, seen, right, validUntil, nonce));
        (address signer,,) = ECDSA.tryRecoverCalldata(_hashTypedDataV4(hash), signature);
        if (!hasRole(ATTESTOR_ROLE, signer)) revert NotAttested(account, domain, signer);
        _standings[domain][account] = Standing(validUntil, nonce + 1, seen, right);
        emit Qualified(account, domain, seen, right, validUntil, signer);
    }

    /// @notice Take a qualification away.
    function revoke(address account, bytes32 domain) external onlyRole(ATTESTOR_ROLE) {
        Standing storage found = _standings[domain][account];
        if (found.validUntil == 0) revert NotQualified(account, domain);
        _standings[domain][account] = Standing(0, found.nonce + 1, 0, 0);
        emit QualificationRevoked(account, domain, msg.sender);
    }

    /// @notice Whether an account may label in a domain now.
    function isQualified(address account, bytes32 domain) external view returns (bool) {
        return _standings[domain][account].validUntil >= block.timestamp;
    }

    /// @notice The number that the next attestation of an account in a domain is signed with.
    function nonceOf(address account, bytes32 domain) external view returns (uint64) {
        return _standings[domain][account].nonce;
    }

    /// @notice What was attested of an account in a domain last; zeros where nothing was, or it was revoked.
    function qualification(address account, bytes32 domain) external view returns (Standing memory) {
        return _standings[domain][account];
    }
}
