import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, loadEnv, type Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Beside each file that is text, the same file as browsers take it over the wire: compressed once, and not with every answer. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    // Once they are written: a bundle is still being put together while its parts are made.
    writeBundle: async ({ dir = '' }, bundle) => {
      const texts = Object.keys(bundle).filter((name) => /\.(?:js|css|html|svg)$/.test(name));
      await Promise.all(texts.map((name) => compress(join(dir, name))));
    },
  };
}

async function compress(path: string): Promise<void> {
  const whole = await readFile(path);
  // The last percents of something large take as long as all the rest of the build.
  const quality = whole.length > 400_000 ? 9 : constants.BROTLI_MAX_QUALITY;
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
  await Promise.all([
    writeFile(`${path}.br`, brotliCompressSync(whole, { params })),
    writeFile(`${path}.gz`, gzipSync(whole, { level: constants.Z_BEST_COMPRESSION })),
  ]);
}

/** `npm run dev` asks the Rivulet that runs beside it, at RIVULET_URL. */
export default defineConfig(({ mode }) => {
  const { RIVULET_URL = 'http://localhost:3000' } = loadEnv(mode, process.cwd(), 'RIVULET_');
  const asked = { target: RIVULET_URL, changeOrigin: false };
  return {
    root: here,
    publicDir: `${here}public`,
    build: {
      outDir: fileURLToPath(new URL('../../dist/web', import.meta.url)),
      emptyOutDir: true,
      assetsDir: 'app',
      target: 'es2022',
      // A source map would hand out every comment; whoever wants the source has the repository.
      sourcemap: false,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        // Says on a busy machine how long plugins took, which nobody asked.
        checks: { pluginTimings: false },
        input: [`${here}index.html`, `${here}docs.html`],
        // Libraries mark what runs in browsers only ("use client"); all of this does.
        onwarn: (warning, warn) => void (warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning)),
      },
      // The reference of the API is one large library, loaded by its own page alone.
      chunkSizeWarningLimit: 2000,
      // A picture inside a style sheet is one that the content security policy lets through as data alone.
      assetsInlineLimit: 2048,
    },
    plugins: [compressed()],
    server: { port: 5173, proxy: { '/api': asked, '/frames': asked, '/assets': asked, '/openapi.json': asked } },
  };
});
