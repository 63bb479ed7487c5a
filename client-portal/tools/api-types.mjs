// Writes src/api/schema.d.ts from the backend's OpenAPI description, the one file of the backend that the portal reads.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../backend/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

const text = `// Generated from backend/openapi.json; do not edit.\n${astToString(await openapiTS(JSON.parse(readFileSync(source, 'utf8'))))}`;
if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
