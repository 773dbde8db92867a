/** The built controller as a process in a real cluster, with its own ServiceAccount and the shipped rights. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { ControlPlane } from './control-plane.ts';
import { inPod, podEnvironment } from './pod.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMESPACE = 'cvmsg-system';

/** A running controller. */
export interface Operator {
  readonly process: ChildProcess;
  /** What it logged so far, line by line. */
  readonly log: () => string;
  /** Ends it with a signal and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Applies the CRD and the shipped base, and waits until the kind is served. */
export function install(plane: ControlPlane): void {
  plane.kubectl(['apply', '-f', join(ROOT, 'crds')]);
  plane.kubectl([
    'wait',
    '--for=condition=Established',
    'crd/cvmsecuritygroupbindings.cvmsg.dev',
    '--timeout=30s',
  ]);
  plane.kubectl(['apply', '-f', '-'], shippedBase(plane));
}

/** The shipped base as kubectl builds it. */
export function shippedBase(plane: ControlPlane): string {
  return plane.kubectl(['kustomize', join(ROOT, 'manifests/base')]);
}

/** The objects of some YAML. */
export function objectsOf(
  text: string,
): { kind: string; metadata: { name: string }; [field: string]: unknown }[] {
  return parseAllDocuments(text).flatMap((document) => document.toJS() ?? []);
}

/** Builds the program once for a test run and returns the path of its bin. */
export function buildProgram(): string {
  // Beside the sources, because the program finds its packages from where it stands.
  const folder = `dist-cluster-${process.pid}`;
  execFileSync(process.execPath, ['scripts/build.ts', '--out', folder], { cwd: ROOT, stdio: 'pipe' });
  return join(ROOT, folder, 'main.js');
}

/** Removes what {@link buildProgram} made. */
export function removeProgram(bin: string): void {
  rmSync(dirname(bin), { recursive: true, force: true });
}

export interface OperatorOptions {
  readonly bin: string;
  readonly endpoint: string;
  readonly key: { readonly secretId: string; readonly secretKey: string };
  readonly args?: readonly string[];
  /** The `user` of its kubeconfig; a fresh token of its ServiceAccount without it. */
  readonly credentials?: object | undefined;
  /** Another address of the API server, such as a proxy's. */
  readonly server?: string | undefined;
  /** Runs as in a pod, without a kubeconfig: the folder that the kubelet would mount for its ServiceAccount. */
  readonly podFolder?: string | undefined;
}

/** A fresh token of the controller's ServiceAccount. */
export function serviceAccountToken(plane: ControlPlane): string {
  return plane.kubectl(['create', 'token', 'cvmsg', '-n', NAMESPACE]).trim();
}

let started = 0;

function ownKubeconfig(plane: ControlPlane, options: OperatorOptions): string {
  return plane.kubeconfigFor(`operator-${started++}`, {
    credentials: options.credentials ?? { token: serviceAccountToken(plane) },
    namespace: NAMESPACE,
    server: options.server,
  });
}

/** Starts the controller. */
export function startOperator(plane: ControlPlane, options: OperatorOptions): Operator {
  const command = [process.execPath, options.bin, 'run', '--kubernetes', '--log-format', 'json'];
  const args = ['--endpoint', options.endpoint, ...(options.args ?? [])];
  const { podFolder } = options;
  const [program = '', ...rest] =
    podFolder === undefined
      ? [...command, '--kubeconfig', ownKubeconfig(plane, options), ...args]
      : [...inPod(podFolder), ...command, ...args];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: plane.folder,
      // As the image sets it.
      MALLOC_ARENA_MAX: '1',
      TENCENTCLOUD_SECRET_ID: options.key.secretId,
      TENCENTCLOUD_SECRET_KEY: options.key.secretKey,
      ...(podFolder === undefined ? {} : podEnvironment(plane)),
    },
  });
  return followed(child);
}

/** A started controller whose log is on stderr. */
export function followed(child: ChildProcess): Operator {
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    process: child,
    log: () => log,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** The text of a file of the checkout. */
export function checkoutText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
