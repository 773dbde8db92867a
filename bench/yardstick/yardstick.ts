/** The conventional Go operator beside this file: built once into the cache of the control plane, and started as the product is. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../test/cluster/control-plane/binaries.ts';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import { followed, type Operator, type OperatorOptions } from '../../test/cluster/operator.ts';

const MODULE = fileURLToPath(new URL('.', import.meta.url));
const SOURCE = /^go\.(mod|sum)$|\.go$/;

/** Finds the program, or builds it; says on stderr what it builds. @throws Error when the build fails. */
export function buildYardstick(): string {
  // Beside the programs of the control plane, by what it was built from.
  const folder = join(dirname(dirname(cacheFolder())), 'yardstick');
  const bin = join(folder, sourceHash());
  if (existsSync(bin)) return bin;
  process.stderr.write(`building the yardstick into ${bin}: about two minutes on two cores, once\n`);
  mkdirSync(folder, { recursive: true });
  const building = `${bin}.building-${process.pid}`;
  execFileSync('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', building, '.'], {
    cwd: MODULE,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  renameSync(building, bin);
  return bin;
}

/** Starts it with all rights in the cluster. */
export function startYardstick(
  plane: ControlPlane,
  { bin, endpoint, key, args = [] }: Pick<OperatorOptions, 'bin' | 'endpoint' | 'key' | 'args'>,
): Operator {
  const child = spawn(bin, ['-kubeconfig', plane.kubeconfig, '-endpoint', endpoint, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: plane.folder,
      TENCENTCLOUD_SECRET_ID: key.secretId,
      TENCENTCLOUD_SECRET_KEY: key.secretKey,
    },
  });
  return followed(child);
}

function sourceHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(MODULE).toSorted()) {
    if (SOURCE.test(name)) hash.update(`${name}\0`).update(readFileSync(join(MODULE, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
