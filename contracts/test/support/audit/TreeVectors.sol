// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev packages/tlog/vectors/tree.json in Solidity; audit-vectors.spec.ts holds the two equal.
library TreeVectors {
    /// @dev Leaf hashes of the Certificate Transparency test tree.
    function leafHashes() internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](8);
        leaves[0] = sha256(hex"00");
        leaves[1] = sha256(hex"0000");
        leaves[2] = sha256(hex"0010");
        leaves[3] = sha256(hex"002021");
        leaves[4] = sha256(hex"003031");
        leaves[5] = sha256(hex"0040414243");
        leaves[6] = sha256(hex"005051525354555657");
        leaves[7] = sha256(hex"00606162636465666768696a6b6c6d6e6f");
    }

    /// @dev Root of each prefix, from 0 leaves on.
    function prefixRoots() internal pure returns (bytes32[] memory roots) {
        roots = new bytes32[](9);
        roots[0] = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;
        roots[1] = 0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d;
        roots[2] = 0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125;
        roots[3] = 0xaeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77;
        roots[4] = 0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7;
        roots[5] = 0x4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4;
        roots[6] = 0x76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef;
        roots[7] = 0xddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c;
        roots[8] = 0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328;
    }
}
