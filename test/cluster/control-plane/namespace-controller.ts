/** The controller that empties a namespace that is being deleted, which no API server does by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane.ts';
import { type GoProgram, programBinary } from './go-program.ts';

export const CONTROLLER_MANAGER: GoProgram = {
  name: 'kube-controller-manager',
  module: '.',
  package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  file: 'kube-controller-manager',
  takes: 'about six minutes',
};

/** Starts it; it ends with the result. */
export async function startNamespaceController(plane: ControlPlane): Promise<AsyncDisposable> {
  const program = await programBinary(CONTROLLER_MANAGER);
  const log = openSync(join(plane.folder, 'controller-manager.log'), 'a');
  const args = ['--kubeconfig', plane.kubeconfig, '--controllers', 'namespace-controller'];
  const child = spawn(program, [...args, '--leader-elect=false', '--secure-port=0'], {
    stdio: ['ignore', log, log],
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
