/** `cvmsg simulate`: the simulated cloud on a socket, until it is stopped. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../../api/message-of.ts';
import { longRegionName } from '../../api/region.ts';
import { count } from '../../core/text/words.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import type { FaultSpec } from '../../simulator/fault.ts';
import { parseFault, parseFaultText } from '../../simulator/fault-input.ts';
import type { Fleet } from '../../simulator/fleet.ts';
import { generateFleet } from '../../simulator/generate-fleet.ts';
import { parseFleet } from '../../simulator/parse-fleet.ts';
import { type ServerOptions, startServer } from '../../simulator/server.ts';
import { createSimulator, type Simulator } from '../../simulator/simulator.ts';
import { openSimulator } from '../../simulator/state-file.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { regionDoubt } from '../flags/region.ts';
import { createLogger } from '../logging/logger.ts';
import { onStopSignals } from '../signals.ts';

type SimulateFlags = {
  readonly listen: Flag<string | undefined>;
  readonly fleet: Flag<string | undefined>;
  readonly instances: Flag<number>;
  readonly regions: Flag<string | undefined>;
  readonly tlsCert: Flag<string | undefined>;
  readonly tlsKey: Flag<string | undefined>;
  readonly state: Flag<string | undefined>;
  readonly latency: Flag<number>;
  readonly fault: Flag<readonly string[]>;
};

export async function performSimulate(
  context: CommandContext,
  { flags }: CommandInput<SimulateFlags>,
): Promise<ExitCode> {
  const { io } = context;
  const log = createLogger(context);
  const listen = listenAddress(flags.listen ?? '127.0.0.1:8099');
  const faults = readFaults(flags.fault);
  const tls = readTls(flags.tlsCert, flags.tlsKey);
  const options = {
    clock: systemClock,
    random: systemRandom,
    fleet: buildFleet(flags, (doubt) => io.stderr.write(`warning: ${doubt}\n`)),
    latencyMs: flags.latency,
  };
  const kept =
    flags.state === undefined
      ? undefined
      : await explained('--state', () =>
          openSimulator(options, flags.state ?? '', (error) =>
            log.error({ error: messageOf(error) }, 'the state could not be saved; it is tried again'),
          ),
        );
  const simulator = kept?.simulator ?? createSimulator(options);
  for (const fault of faults) simulator.faults.add(fault);
  const server = await explained('--listen', () =>
    startServer(simulator, { listen, ...(tls === undefined ? {} : { tls }) }),
  );
  // Before it says that it listens: who reads that may stop it.
  const stopped = stopSignal();
  io.stdout.write(greeting(simulator, { url: server.url, restored: kept?.restored === true }));
  const signal = await stopped;
  await server.close();
  await kept?.close();
  log.info({ signal, calls: simulator.calls.entries().length }, 'the simulator has stopped');
  return EXIT.ok;
}

function greeting(
  simulator: Simulator,
  { url, restored }: { readonly url: string; readonly restored: boolean },
): string {
  const instances = [...simulator.state.instances()];
  const regions = [...new Set(instances.map((instance) => instance.region))];
  const [key, ...others] = simulator.credentials;
  const more = others.map(
    ({ accountName, secretId, secretKey }) =>
      `\n# account ${accountName}, as a profile of a credentials file:\n# [${accountName}]\n# secret_id = ${secretId}\n# secret_key = ${secretKey}\n`,
  );
  return (
    `The simulated cloud listens on ${url}${restored ? ' (restored from its state file)' : ''}\n` +
    `${count(instances.length, 'instance')} in ${regions.join(', ') || 'no region'}; control API at ${url}/_sim/\n\n` +
    `export TENCENTCLOUD_SECRET_ID=${key?.secretId ?? ''}\n` +
    `export TENCENTCLOUD_SECRET_KEY=${key?.secretKey ?? ''}\n` +
    `export CVMSG_ENDPOINT=${url}\n${more.join('')}`
  );
}

function readTls(cert: string | undefined, key: string | undefined): ServerOptions['tls'] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new CliError('--tls-cert and --tls-key are needed together');
  }
  try {
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch (error) {
    throw new CliError(`the TLS files cannot be read: ${messageOf(error)}`);
  }
}

/** Says which flag led to a failure. */
async function explained<T>(flag: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CliError(`${flag}: ${messageOf(error)}`);
  }
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    onStopSignals({ onFirst: resolve, onSecond: () => process.exit(EXIT.interrupted) });
  });
}

/** `HOST:PORT` as a flag gives it. */
interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Takes `127.0.0.1:8099`, `[::1]:8099`, `:8099` and `8099`. @throws CliError for anything else. */
function listenAddress(text: string): ListenAddress {
  const found = /^(?:(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) {
    throw new CliError(`--listen: Expected HOST:PORT such as 127.0.0.1:8099, got "${text}"`);
  }
  return { host: found[1] || found[2] || '127.0.0.1', port };
}

/** Faults as they stand on a command line: JSON, or `name=value` joined by commas. @throws CliError at the first that is not valid. */
function readFaults(texts: readonly string[]): FaultSpec[] {
  return texts.map((text) => {
    const input = text.trimStart().startsWith('{') ? parseFault(parseJson(text)) : parseFaultText(text);
    if (input.ok) return input.spec;
    throw new CliError(`--fault: ${input.problem}`);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`--fault: not JSON: ${messageOf(error)}`);
  }
}

// The fleet of a simulator, from a file or from numbers.

interface FleetChoice {
  readonly fleet: string | undefined;
  readonly instances: number;
  readonly regions: string | undefined;
}

/**
 * `onDoubt` gets what is likely wrong with a region; it is served all the same.
 * @throws CliError or FleetFileError when the fleet cannot be had.
 */
function buildFleet({ fleet, instances, regions }: FleetChoice, onDoubt: (doubt: string) => void): Fleet {
  if (fleet === undefined) {
    const names = readRegions(regions ?? 'ap-guangzhou', onDoubt);
    try {
      return generateFleet({ instances, regions: names });
    } catch (error) {
      throw new CliError(messageOf(error));
    }
  }
  let content: string;
  try {
    content = readFileSync(fleet, 'utf8');
  } catch (error) {
    throw new CliError(`--fleet: "${fleet}" cannot be read: ${messageOf(error)}`);
  }
  return parseFleet(content, fleet);
}

const REGION = /^[a-z0-9-]+$/;

/** Long names. */
function readRegions(text: string, onDoubt: (doubt: string) => void): string[] {
  const regions: string[] = [];
  for (const name of text.split(',').map((one) => one.trim())) {
    if (!REGION.test(name)) {
      throw new CliError(`--regions: Expected regions such as ap-guangzhou,ap-shanghai, got "${name}"`);
    }
    const long = longRegionName(name);
    if (regions.includes(long)) throw new CliError(`--regions: "${long}" is given twice; remove one`);
    regions.push(long);
    const doubt = regionDoubt(name);
    if (doubt !== undefined) onDoubt(`--regions: ${doubt}`);
  }
  return regions;
}
