#!/usr/bin/env node
// Prints the address that signs the log's heads, for the constructor of AuditAnchor: log-address.js LOG_KEY.pem
import { readFileSync } from 'node:fs';
import { headKeyFromPem } from '../dist/head-key.js';

const [file] = process.argv.slice(2);
try {
  if (file === undefined) throw new Error('Usage: log-address.js LOG_KEY.pem');
  process.stdout.write(`0x${Buffer.from(headKeyFromPem(readFileSync(file, 'utf8')).address).toString('hex')}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
