import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { removeAtEnd } from './ending.js';

/** The sources as they are now, compiled as they are shipped, in a folder of their own. */
export type Compiled = {
  /** The compiled file of a script in `test/bench`. */
  readonly script: (name: string) => string;
  /** The folder that stands for the repository's. */
  readonly root: string;
};

const options = { rootDir: '', noEmit: false, noCheck: true, declaration: false, sourceMap: true };
const scripts = ['worker-process', 'sender-process', 'sink-process', 'engine-process', 'import-process'];

/**
 * Compiles what the measured processes run. Not taken from `dist/`, which may be of yesterday, and not run through a loader,
 * which nobody has in production. Types are not checked: `npm run typecheck` does that.
 */
export async function compileSources(): Promise<Compiled> {
  // Below node_modules, where packages are found and no tool looks for sources.
  const caches = resolve('node_modules/.cache');
  await mkdir(caches, { recursive: true });
  const folder = await mkdtemp(join(caches, 'rivulet-bench-'));
  removeAtEnd(folder);
  const outDir = join(folder, 'out');
  const config = {
    extends: resolve('tsconfig.json'),
    compilerOptions: { ...options, rootDir: resolve('.'), outDir },
    include: [],
    files: scripts.map((name) => resolve(`test/bench/${name}.ts`)),
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  // Rivulet reads its version there, and Node that these are modules.
  await mkdir(outDir);
  await copyFile('package.json', join(outDir, 'package.json'));
  try {
    const tsc = resolve('node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', folder]);
  } catch (cause) {
    const told = cause instanceof Error && 'stdout' in cause ? String(cause.stdout) : String(cause);
    throw new Error(`the sources do not compile: ${told}`, { cause });
  }
  return { root: outDir, script: (name) => join(outDir, 'test/bench', `${name}.js`) };
}
