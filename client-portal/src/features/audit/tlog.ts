/** What the page takes from the log library, in one place. */
export {
  fromBase64,
  parsePolicy,
  toHex,
  TreeHasher,
  utf8,
  verifyBundle,
  verifyCheckpoint,
  verifyConsistency,
  verifyProof,
  type Bundle,
  type Checkpoint,
  type Policy,
  type Report,
} from '@milepost/tlog';
export { webCrypto } from '@milepost/tlog/web';
export { nobleEthereum } from '@milepost/tlog/secp256k1';
