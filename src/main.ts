#!/usr/bin/env node
/** Starts the command line. Nothing may be imported here that an older Node cannot load: the check below comes first. */

const OLDEST_NODE = 24;

const found = Number(process.versions.node.split('.')[0]);
if (found < OLDEST_NODE) {
  process.stderr.write(
    `error: cvmsg needs Node.js ${OLDEST_NODE} or newer, and this is ${process.versions.node}; ` +
      'install a newer Node.js, or run the one that `npm ci` brings along: npm run cvmsg -- ARGS\n',
  );
  process.exitCode = 1;
} else {
  const { runProcess } = await import('./cli/run-process.ts');
  await runProcess(process.argv.slice(2));
}
