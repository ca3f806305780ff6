import path from 'node:path'
import { defineConfig } from 'vite'
import vue from '@vitejs/plugin-vue'
import frappeui from 'frappe-ui/vite'

// The page is served by Frappe as a website page (www/erp.html) and its files as the app's assets.
const out = path.resolve(__dirname, '../erp_rules/public/frontend')

export default defineConfig({
  base: '/assets/erp_rules/frontend/',
  plugins: [
    frappeui({ frappeProxy: false, jinjaBootData: false, buildConfig: false, lucideIcons: true }),
    vue(),
  ],
  resolve: { alias: { '@': path.resolve(__dirname, 'src') } },
  build: {
    outDir: out,
    emptyOutDir: true,
    target: 'es2020',
    manifest: 'manifest.json',
    rollupOptions: {
      input: path.resolve(__dirname, 'src/main.ts'),
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
})
