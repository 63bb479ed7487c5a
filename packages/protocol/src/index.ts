// One line per file; the generated ABIs stay behind their subpath (`@milepost/protocol/generated/abi`).
export * from './money.js';
export * from './decision.js';
export * from './status.js';
export * from './units.js';
