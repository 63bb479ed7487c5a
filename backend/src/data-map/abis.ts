import * as generated from '@milepost/protocol/generated/abi';
import type { AbiItem } from './chain.js';

/** Every contract that has an ABI here, by its name. The test token is no part of a live deployment. */
export const abis: Readonly<Record<string, readonly AbiItem[]>> = Object.fromEntries(
  Object.entries(generated as Readonly<Record<string, unknown>>).flatMap(([name, abi]) =>
    Array.isArray(abi) && name.endsWith('Abi') && name !== 'testTokenAbi'
      ? [[name.charAt(0).toUpperCase() + name.slice(1, -3), abi as AbiItem[]]]
      : [],
  ),
);
