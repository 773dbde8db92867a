/**
 * `npm run bundle [-- --out DIR]`: the program and what it loads of its dependencies as a few files, for the image. The
 * output is readable, and the licences of what is in it stand beside it.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, type Metafile, type Plugin } from 'esbuild';
import { LIBRARY, standInFor } from '../src/kubernetes/client/client-config.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Packages written for CommonJS ask for Node's own modules by `require`. */
const BANNER = `import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url);`;

/** What the program replaces in the Kubernetes client when it runs, replaced when it is bundled. */
const clientStandIns: Plugin = {
  name: 'stand-ins of the Kubernetes client',
  setup({ onResolve, onLoad }) {
    const folders = new Map<string, string>();
    onResolve({ filter: /.*/ }, ({ path, importer }) => {
      if (!LIBRARY.test(importer) || standInFor(path, () => '') === undefined) return undefined;
      folders.set(path, dirname(importer));
      return { path, namespace: 'stand-in' };
    });
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({
      contents: standInFor(path, () => path) ?? '',
      resolveDir: folders.get(path) ?? ROOT,
    }));
  },
};

/** Text that is replaced in a file that reaches into a package by a `require` of its own. */
const REWRITTEN: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  'src/runtime/http-dispatcher.ts': [['const require = createRequire(import.meta.url);', '']],
  'src/http/metric-library.ts': [
    ['const require = createRequire(import.meta.url);', ''],
    [
      "withStandIn('@opentelemetry/api', () => require('prom-client') as typeof library)",
      "require('prom-client')",
    ],
  ],
};

const ownRequires: Plugin = {
  name: 'requires of our own',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /(?:http-dispatcher|metric-library)\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const [from, to] of REWRITTEN[relative(ROOT, path)] ?? []) {
        if (!contents.includes(from)) throw new Error(`${path} no longer has: ${from}`);
        contents = contents.replace(from, to);
      }
      return { contents, loader: 'ts' };
    });
    onResolve({ filter: /^@opentelemetry\/api$/ }, () => ({ path: 'none', namespace: 'empty' }));
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** What runs in a thread of its own, and who starts it by a path beside its own file. */
const THREADS = [
  {
    entry: 'src/directory/reading-thread-entry.ts',
    starter: 'src/directory/reading-thread.ts',
  },
];

/** @throws when a thread would be looked for where its entry is not. */
function checkThreads({ outputs }: Metafile): void {
  const folderOf = (input: string) => {
    const found = Object.entries(outputs).find(([, { inputs }]) => input in inputs);
    return found && dirname(found[0]);
  };
  for (const { entry, starter } of THREADS) {
    const written = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry);
    const at = written && dirname(written[0]);
    if (at === undefined || at !== folderOf(starter))
      throw new Error(
        `${entry} is in ${at}, and ${starter}, which starts it from beside, in ${folderOf(starter)}`,
      );
  }
}

/** Bundles into a fresh folder. Returns the names of the packages that are in it. */
async function bundle(out: string): Promise<readonly string[]> {
  rmSync(out, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [
      { in: 'src/main.ts', out: 'main' },
      ...THREADS.map(({ entry }) => ({ in: entry, out: `parts/${basename(entry, '.ts')}` })),
    ],
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The version is read from package.json two folders above its own file.
    chunkNames: 'parts/[name]-[hash]',
    banner: { js: BANNER },
    legalComments: 'inline',
    metafile: true,
    logLevel: 'warning',
    plugins: [clientStandIns, ownRequires],
  });
  checkThreads(metafile);
  const packages = new Set(
    Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput === 0 ? [] : (packageOf(path) ?? []),
      ),
    ),
  );
  const names = [...packages].sort();
  writeFileSync(
    join(out, 'THIRD-PARTY-LICENSES.txt'),
    names.map(licenceText).join(`\n${'-'.repeat(80)}\n\n`),
  );
  return names;
}

/** `node_modules/a/node_modules/@b/c`, the folder of the package that a file is of; undefined for our own. */
function packageOf(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** @throws when a package does not say its licence: it must not be shipped then. */
function licenceText(folder: string): string {
  const path = join(ROOT, folder);
  const require = createRequire(join(path, 'package.json'));
  const { name, version, license } = require('./package.json') as Record<string, unknown>;
  const files = readdirSync(path).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file));
  if (typeof license !== 'string' && files.length === 0) throw new Error(`${folder} names no licence`);
  const texts = files.sort().map((file) => readFileSync(join(path, file), 'utf8').trim());
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
const out = resolve(ROOT, values.out);
if (existsSync(join(out, 'package.json'))) throw new Error(`${out} is no folder of output`);
const packages = await bundle(out);
process.stdout.write(
  `bundled ${packages.length} packages: ${packages.map((one) => one.replace(/^.*node_modules\//, '')).join(', ')}\n`,
);
