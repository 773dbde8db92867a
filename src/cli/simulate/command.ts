import { CONTROL_HELP } from '../../simulator/control-help.ts';
import { defineCommand } from '../command.ts';
import { list, milliseconds, text, wholeNumber } from '../flags/flag.ts';

const FLEET_HELP = `Fleet file:
  regions:
    ap-guangzhou:
      securityGroups: [sg-1sdj39df, sg-o8sk37is]
      instances:
        - {instanceId: ins-4q118hl2, securityGroupIds: [sg-1sdj39df], tags: {app: web}, vpcId: vpc-a, state: RUNNING}`;

export const simulate = defineCommand({
  name: 'simulate',
  summary: 'serve a strict imitation of both cloud APIs',
  description:
    'Serves both generations of the cloud API on one port, with signatures, quotas and limits checked as the real one\n' +
    'does, and faults on demand. Prints the keys to use. Meant for trying bindings and pipelines without a cloud.',
  args: [],
  flags: {
    listen: text({
      value: 'HOST:PORT',
      description: 'where to listen; port 0 takes a free one (default: 127.0.0.1:8099)',
    }),
    fleet: text({
      value: 'FILE',
      description: 'YAML file of regions, groups and instances',
      completion: 'file',
    }),
    instances: wholeNumber({
      description: 'without a fleet file: this many instances',
      min: 0,
      fallback: 10,
    }),
    regions: text({
      value: 'A,B',
      description: 'without a fleet file: in these regions (default: ap-guangzhou)',
    }),
    tlsCert: text({ value: 'FILE', description: 'PEM certificate: serve https', completion: 'file' }),
    tlsKey: text({ value: 'FILE', description: 'PEM key of the certificate', completion: 'file' }),
    state: text({
      value: 'FILE',
      description: 'keep lists, faults and keys here across restarts',
      completion: 'file',
    }),
    latency: milliseconds({ description: 'round-trip time of every call, in milliseconds' }),
    fault: list({
      value: 'FAULT',
      description: 'a fault from the start, as JSON or name=value,…; may be repeated',
    }),
  },
  uses: ['logs'],
  outputs: ['text'],
  examples: [
    ['cvmsg simulate', 'ten instances on 127.0.0.1:8099'],
    ['cvmsg simulate --listen 127.0.0.1:0 --instances 1000 --regions ap-guangzhou,ap-shanghai', 'a fleet'],
    ['cvmsg simulate --fleet fleet.yaml --state sim.json', 'your own fleet, kept across restarts'],
    ['cvmsg simulate --fault \'{"kind": "throttle", "probability": 0.1}\'', 'a cloud that throttles'],
  ],
  more: `${FLEET_HELP}\n\n${CONTROL_HELP.trimEnd()}`,
  load: async () => (await import('./perform-simulate.ts')).performSimulate,
});
