import react from '@vitejs/plugin-react';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

/**
 * A static build. Chunks are split by `import()` only: a manual "web3" group would pull the chain
 * library's lazy parts into the first load.
 */
export default defineConfig({
  plugins: [react(), tailwindcss()],
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
