/** What a pod sees of its cluster, without containers: its environment, and its ServiceAccount in a mount namespace of its own. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';

const MOUNT_POINT = '/var/run/secrets/kubernetes.io/serviceaccount';
const MOUNT = `set -e
mount -t tmpfs tmpfs "$(realpath /var/run)"
mkdir -p ${MOUNT_POINT}
mount --bind "$1" ${MOUNT_POINT}
shift
exec "$@"`;
const PRIVATE = ['unshare', '--mount', '--propagation', 'private'] as const;

/** Why no process can be given mounts of its own here; undefined when it can. */
export function whyNoPods(): string | undefined {
  const { status, error } = spawnSync(PRIVATE[0], [
    ...PRIVATE.slice(1),
    'mount',
    '-t',
    'tmpfs',
    'tmpfs',
    '/mnt',
  ]);
  if (status === 0) return undefined;
  return error === undefined ? 'needs root: unshare --mount is not permitted' : 'needs unshare';
}

/** The words before a command that has this folder where a pod has its ServiceAccount. */
export function inPod(folder: string): readonly string[] {
  return [...PRIVATE, 'sh', '-c', MOUNT, 'sh', folder];
}

/** What the kubelet sets. */
export function podEnvironment({ server }: ControlPlane): Record<string, string> {
  const { hostname, port } = new URL(server);
  return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
}

export interface ServiceAccountFolder {
  readonly folder: string;
  /** Replaces all files at once, as the kubelet does: a link to a new folder. */
  rotate(token: string): void;
}

export function serviceAccountFolder(
  plane: ControlPlane,
  options: { readonly namespace: string; readonly token: string },
): ServiceAccountFolder {
  const folder = mkdtempSync(join(plane.folder, 'service-account-'));
  let count = 0;
  const rotate = (token: string) => {
    const version = `..version-${count++}`;
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'token'), token);
    writeFileSync(join(folder, version, 'namespace'), options.namespace);
    copyFileSync(join(plane.folder, 'certs', 'apiserver.crt'), join(folder, version, 'ca.crt'));
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  rotate(options.token);
  for (const file of ['token', 'namespace', 'ca.crt']) symlinkSync(join('..data', file), join(folder, file));
  return { folder, rotate };
}
