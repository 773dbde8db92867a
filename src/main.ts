#!/usr/bin/env node
/**
 * Starts the command line. An older Node has to be able to load this file: it starts the Node that the package brings along.
 * Nothing may be imported here that an older Node cannot load; the check below comes first.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;
/** Says to the newer one that it was started by an older one, so that two that take each other for older do not go on for ever. */
const STARTED_AGAIN = 'CVMSG_INTERNAL_STARTED_AGAIN';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;

const isStartedAgain = process.env[STARTED_AGAIN] !== undefined;
delete process.env[STARTED_AGAIN];
const found = Number(process.versions.node.split('.')[0]);
if (found >= OLDEST_NODE) {
  const { runProcess } = await import('./cli/run-process.ts');
  await runProcess(process.argv.slice(2));
} else {
  const newer = isStartedAgain ? undefined : bundledNode();
  if (newer === undefined) {
    process.stderr.write(
      `error: cvmsg needs Node.js ${OLDEST_NODE} or newer, and this is ${process.versions.node}; ` +
        'install a newer Node.js, or install cvmsg with its optional packages, which bring one along for Linux\n',
    );
    process.exitCode = 1;
  } else {
    startAgain(newer);
  }
}

/** The optional package of this platform, beside this one or above it. */
function bundledNode(): string | undefined {
  const name = `node-${process.platform}-${process.arch}`;
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name, 'bin', 'node');
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Runs this very command line with another Node: its signals, streams and end are those of this process. */
function startAgain(node: string): void {
  const [, script = '', ...args] = process.argv;
  const child = spawn(node, [...process.execArgv, script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [STARTED_AGAIN]: '1' },
  });
  // A terminal sends its signals to both; then this process only waits.
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal);
    });
  }
  child.once('error', (error) => {
    process.stderr.write(`error: "${node}" cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}
