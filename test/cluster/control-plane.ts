/** A real control plane: etcd and kube-apiserver as plain processes on free ports, RBAC on. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { type Binaries, controlPlaneBinaries } from './control-plane/binaries.ts';

const ADMIN_TOKEN = 'admin-token';

export interface KubeconfigUser {
  /** The `user` of the kubeconfig: a token, or a program that prints one. */
  readonly credentials: object;
  readonly namespace: string;
  /** Another address than the server's own, such as a proxy's. */
  readonly server?: string | undefined;
}

/** A running control plane. */
export interface ControlPlane extends AsyncDisposable {
  readonly server: string;
  readonly folder: string;
  /** A kubeconfig with all rights. */
  readonly kubeconfig: string;
  /** Writes a kubeconfig and returns its path. */
  kubeconfigFor(name: string, user: KubeconfigUser): string;
  /** Runs kubectl with all rights and returns its output. @throws with its stderr when it fails. */
  kubectl(args: readonly string[], input?: string): string;
  /** The same, while this process goes on: a simulated cloud in it can answer meanwhile. */
  kubectlAsync(args: readonly string[], input?: string): Promise<string>;
  /** Stops kube-apiserver at once. */
  killServer(): Promise<void>;
  /** Starts it again on the same port and waits until it is ready. */
  startServer(): Promise<void>;
  /** Stops everything at once, copies the store, and starts again. */
  backUp(): Promise<void>;
  /** Stops everything at once, puts the store back to its copy, and starts again. */
  restore(): Promise<void>;
  readonly etcdUrl: string;
  stop(): Promise<void>;
}

export async function startControlPlane(): Promise<ControlPlane> {
  const binaries = await controlPlaneBinaries();
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-control-plane-'));
  const [clientPort, peerPort, securePort] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const server = `https://127.0.0.1:${securePort}`;
  let etcd = startEtcd(binaries, folder, { clientPort, peerPort });
  writeServerFiles(folder);
  let api = startApi(binaries, folder, { etcdUrl, securePort });
  const write = (name: string, user: KubeconfigUser): string => {
    const path = join(folder, `${name}.kubeconfig`);
    writeFileSync(path, JSON.stringify(kubeconfig(user.server ?? server, user)), { mode: 0o600 });
    return path;
  };
  const admin = write('admin', { credentials: { token: ADMIN_TOKEN }, namespace: 'default' });
  await untilReady(server, folder, api);
  const stop = async () => {
    await Promise.all([end(api), end(etcd)]);
    rmSync(folder, { recursive: true, force: true });
  };
  const restarted = async (meanwhile: () => void): Promise<void> => {
    await Promise.all([end(api), end(etcd)]);
    meanwhile();
    etcd = startEtcd(binaries, folder, { clientPort, peerPort });
    api = startApi(binaries, folder, { etcdUrl, securePort });
    await untilReady(server, folder, api);
  };
  const [store, copy] = [join(folder, 'etcd'), join(folder, 'etcd-copy')];
  return {
    server,
    folder,
    backUp: () => restarted(() => cpSync(store, copy, { recursive: true })),
    restore: () =>
      restarted(() => {
        rmSync(store, { recursive: true });
        cpSync(copy, store, { recursive: true });
      }),
    kubeconfig: admin,
    etcdUrl,
    kubeconfigFor: write,
    kubectl: (args, input) =>
      execFileSync(binaries.kubectl, ['--kubeconfig', admin, ...args], {
        encoding: 'utf8',
        ...(input === undefined ? {} : { input }),
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      }),
    kubectlAsync: (args, input) => runAsync(binaries.kubectl, ['--kubeconfig', admin, ...args], input),
    killServer: () => end(api),
    startServer: async () => {
      api = startApi(binaries, folder, { etcdUrl, securePort });
      await untilReady(server, folder, api);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function startEtcd(
  binaries: Binaries,
  folder: string,
  ports: { readonly clientPort: number; readonly peerPort: number },
): ChildProcess {
  const client = `http://127.0.0.1:${ports.clientPort}`;
  const peer = `http://127.0.0.1:${ports.peerPort}`;
  const args = [
    '--data-dir',
    join(folder, 'etcd'),
    '--unsafe-no-fsync',
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    peer,
    '--initial-advertise-peer-urls',
    peer,
    '--initial-cluster',
    `default=${peer}`,
  ];
  return start(binaries.etcd, args, join(folder, 'etcd.log'));
}

function startApi(
  binaries: Binaries,
  folder: string,
  options: { readonly etcdUrl: string; readonly securePort: number },
): ChildProcess {
  const args = [
    '--etcd-servers',
    options.etcdUrl,
    '--secure-port',
    String(options.securePort),
    '--bind-address',
    '127.0.0.1',
    '--cert-dir',
    join(folder, 'certs'),
    '--service-account-issuer',
    'https://kubernetes.default.svc',
    '--service-account-key-file',
    join(folder, 'sa.pub'),
    '--service-account-signing-key-file',
    join(folder, 'sa.key'),
    '--service-cluster-ip-range',
    '10.0.0.0/24',
    '--authorization-mode',
    'RBAC',
    '--token-auth-file',
    join(folder, 'tokens.csv'),
    '--enable-admission-plugins',
    'NodeRestriction',
    // Nothing runs here that would fill in a ServiceAccount's defaults for pods.
    '--disable-admission-plugins',
    'ServiceAccount',
    '--watch-cache=true',
  ];
  return start(binaries['kube-apiserver'], args, join(folder, 'apiserver.log'));
}

function writeServerFiles(folder: string): void {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(join(folder, 'sa.pub'), publicKey);
  writeFileSync(join(folder, 'sa.key'), privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'tokens.csv'), `${ADMIN_TOKEN},admin,admin,system:masters\n`, { mode: 0o600 });
}

function start(program: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  return spawn(program, args, { stdio: ['ignore', output, output] });
}

async function untilReady(server: string, folder: string, api: ChildProcess): Promise<void> {
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  try {
    for (let tries = 0; tries < 1_200; tries++) {
      if (api.exitCode !== null) break;
      const reply = await request(`${server}/readyz`, { dispatcher, headers }).catch(() => undefined);
      await reply?.body.dump();
      if (reply?.statusCode === 200) return;
      await systemClock.sleep(50);
    }
  } finally {
    await dispatcher.destroy();
  }
  throw new Error(`kube-apiserver did not become ready; see ${folder}/apiserver.log`);
}

function runAsync(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.slice(2).join(' ')}: ${stderr}`));
    });
    // A kubectl that ends before it has read all says why by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function kubeconfig(server: string, user: KubeconfigUser): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: user.credentials }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: user.namespace } }],
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(),
      );
    });
  });
}
