// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Proofs of Groth16 over BN254 with four public inputs
/// @notice A proof is good under a key for some inputs where
/// e(A, B) = e(alpha, beta) * e(ic0 + sum of input * ic, gamma) * e(C, delta).
/// @dev From the paper (Groth 2016, ePrint 2016/260); the curve's operations are Ethereum's own contracts 6, 7 and 8
/// (EIP-196 and EIP-197), which refuse points off the curve, outside its subgroup and over the field. A point of G1 is
/// x, y; of G2 x and y, each with its imaginary part first, as EIP-197 has them.
library Groth16 {
    /// @notice What a proof is checked with. 24 words.
    struct Key {
        uint256[2] alpha;
        uint256[4] beta;
        uint256[4] gamma;
        uint256[4] delta;
        uint256[2][5] ic;
    }

    /// @notice A proof. 8 words.
    struct Proof {
        uint256[2] a;
        uint256[4] b;
        uint256[2] c;
    }

    /// @notice The order of the groups: inputs are below it.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @notice The prime of the field: coordinates are below it.
    uint256 internal constant P = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    address private constant _ADD = address(6);
    address private constant _MUL = address(7);
    address private constant _PAIRING = address(8);

    /// @notice A point is off its curve or outside its group, or a coordinate is not below the field's prime.
    error BadPoint();
    /// @notice A public input is not below the order of the groups.
    error BadInput(uint256 input);

    /// @notice Whether a proof is good for some inputs. Reverts with BadPoint or BadInput for what is no proof at all.
    function verify(Key calldata key, Proof calldata proof, uint256[4] memory inputs) internal view returns (bool) {
        uint256[2] memory sum = key.ic[0];
        for (uint256 i = 0; i < 4; ++i) {
            if (inputs[i] >= R) revert BadInput(inputs[i]);
            uint256[2] calldata point = key.ic[i + 1];
            sum = _point(_ADD, abi.encode(sum, _point(_MUL, abi.encode(point, inputs[i]))));
        }
        // The right side minus the left: -A is (x, P - y), and (0, 0), which stands for zero, is its own opposite.
        if (proof.a[1] >= P) revert BadPoint();
        uint256 opposite = (P - proof.a[1]) % P;
        bytes memory left = abi.encode(proof.a[0], opposite, proof.b, key.alpha, key.beta);
        bytes memory right = abi.encode(sum, key.gamma, proof.c, key.delta);
        (bool done, bytes memory found) = _PAIRING.staticcall(bytes.concat(left, right));
        if (!done || found.length != 32) revert BadPoint();
        return abi.decode(found, (uint256)) == 1;
    }

    /// @notice Refuse a key whose points are not on the curve, or are zero: it would bind a proof to less.
    /// @dev Whether the points of G2 are in their group is checked with each proof, by the pairing.
    function check(Key calldata key) internal pure {
        _check(key.alpha);
        for (uint256 i = 0; i < 5; ++i) {
            _check(key.ic[i]);
        }
        _check(key.beta);
        _check(key.gamma);
        _check(key.delta);
    }

    function _check(uint256[2] calldata point) private pure {
        (uint256 x, uint256 y) = (point[0], point[1]);
        // y^2 = x^3 + 3, which (0, 0) does not solve.
        uint256 cube = mulmod(mulmod(x, x, P), x, P);
        if (x >= P || y >= P || mulmod(y, y, P) != addmod(cube, 3, P)) revert BadPoint();
    }

    function _check(uint256[4] calldata point) private pure {
        uint256 any = 0;
        for (uint256 i = 0; i < 4; ++i) {
            if (point[i] >= P) revert BadPoint();
            any |= point[i];
        }
        if (any == 0) revert BadPoint();
    }

    function _point(address operation, bytes memory input) private view returns (uint256[2] memory) {
        (bool done, bytes memory found) = operation.staticcall(input);
        if (!done || found.length != 64) revert BadPoint();
        return abi.decode(found, (uint256[2]));
    }
}
