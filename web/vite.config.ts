/** The build of the web client: static files, which any server delivers. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// eslint-disable-next-line no-restricted-syntax -- Vite reads the default export
export default defineConfig({
  plugins: [react()],
  // Another package of the repository has an older React.
  resolve: { dedupe: ['react', 'react-dom'], conditions: ['source', 'module', 'browser', 'development|production'] },
  build: { target: 'es2022', sourcemap: true },
});
