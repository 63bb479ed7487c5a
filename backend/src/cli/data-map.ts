import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderDataMap } from '../data-map/render.js';

/** `data-map`: writes docs/data-map.md. Needs neither database nor chain. */
const file = fileURLToPath(new URL('../../../docs/data-map.md', import.meta.url));
writeFileSync(file, renderDataMap());
process.stdout.write(`${file}\n`);
