import react from '@vitejs/plugin-react';
import tailwindcss from '@tailwindcss/vite';
import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/** Puts the single-file verifier beside the page, under a name that stays. */
const verifier: Plugin = {
  name: 'milepost-verifier',
  apply: 'build',
  generateBundle() {
    const source = readFileSync(new URL('../packages/tlog/dist/milepost-verify.mjs', import.meta.url), 'utf8');
    this.emitFile({ type: 'asset', fileName: 'milepost-verify.mjs', source });
  },
};

/**
 * A static build. Chunks are split by `import()` only: a manual "web3" group would pull the chain
 * library's lazy parts into the first load.
 */
export default defineConfig({
  plugins: [react(), tailwindcss(), verifier],
  build: {
    target: 'es2023',
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: { index: 'index.html' } },
    reportCompressedSize: false,
  },
  worker: { format: 'iife' },
  server: { proxy: { '/api': process.env['API_URL'] ?? 'http://localhost:3000' } },
});
