// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev A smart account of one owner.
contract OwnedAccount {
    address public immutable owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(hash, signature);
        bool valid = failure == ECDSA.RecoverError.NoError && recovered == owner;
        return valid ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev A smart account that misbehaves when asked.
contract BadAccount {
    uint256 public immutable mode;

    constructor(uint256 mode_) {
        mode = mode_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (mode == 0) return 0xffffffff;
        if (mode == 1) revert("no");
        if (mode == 2) {
            for (uint256 i = 0; ; ++i) {
                if (i == type(uint256).max) break;
            }
        }
        if (mode == 3) {
            // A return bomb.
            assembly {
                return(0, 1000000)
            }
        }
        // Less than a word.
        assembly {
            mstore(0, shl(224, 0x1626ba7e))
            return(0, 4)
        }
    }
}
