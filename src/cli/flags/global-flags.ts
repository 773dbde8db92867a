/** The flags that every command takes. */
import { rootDomainProblem } from '../../cloud/endpoint.ts';
import type { TrafficMode } from '../../core/settings.ts';
import { choice, duration, type FlagValues, text, toggle, wholeNumber } from './flag.ts';

export const OUTPUT_FORMATS = ['text', 'wide', 'json', 'yaml', 'sarif', 'markdown'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const GLOBAL_FLAGS = {
  output: choice({
    short: 'o',
    description: 'form of the result (also sarif for validate, markdown for plan and diff)',
    value: 'text|json|yaml',
    choices: OUTPUT_FORMATS,
    fallback: 'text',
  }),
  config: text({
    value: 'FILE',
    description: 'YAML file that may set every flag; those of a command stand under its name',
    completion: 'file',
  }),
  endpoint: text({
    value: 'URL',
    description: 'one address for both generations of the API, such as a simulator',
  }),
  rootDomain: text({
    value: 'DOMAIN',
    description:
      'what the hosts of API 3.0 lie below (default: tencentcloudapi.com), such as internal.tencentcloudapi.com in a VPC without internet; auto then starts on 3.0',
    check: rootDomainProblem,
  }),
  allowInsecureEndpoint: toggle({
    description: 'DANGER: let signed requests go over plain http to another machine, where they can be read',
  }),
  caFile: text({
    value: 'FILE',
    description: 'PEM certificates to trust beside those of the system',
    completion: 'file',
  }),
  api: choice({
    description: 'generation of the cloud API; auto starts on 2.0 and moves to 3.0 where 2.0 is retired',
    choices: ['auto', 'v2', 'v3'],
    fallback: 'auto',
  }),
  stateDir: text({
    value: 'DIR',
    description:
      'where state and journal are kept (default: $XDG_STATE_HOME/cvmsg, else ~/.local/state/cvmsg)',
    completion: 'directory',
  }),
  credentialsFile: text({
    value: 'FILE',
    description: 'profiles with keys; secrets are never taken on the command line',
    completion: 'file',
  }),
  logLevel: choice({
    description: 'least serious log line that is written to stderr',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    fallback: undefined,
    defaultText: 'info for run and simulate, for apply and export without a terminal; else warn',
  }),
  logFormat: choice({
    description: 'form of log lines; auto is pretty on a terminal and JSON elsewhere',
    choices: ['auto', 'pretty', 'json'],
    fallback: 'auto',
  }),
  readsPerSecond: wholeNumber({
    description: 'read calls a second in one region of one account',
    min: 1,
    fallback: 40,
  }),
  writesPerSecond: wholeNumber({
    description: 'write calls a second in one region of one account',
    min: 1,
    fallback: 10,
  }),
  maxGroups: wholeNumber({
    description: 'most groups of one instance; raise it once the cloud has raised your quota',
    min: 1,
    fallback: 5,
  }),
  policy: text({
    value: 'FILE',
    description: 'what the fleet allows: limits, groups, change windows, tenants (docs/guards.md)',
    completion: 'file',
  }),
  notifyConfig: text({
    value: 'FILE',
    description: 'whom to tell what happens, and in which form (docs/notifications.md)',
    completion: 'file',
  }),
  traffic: choice<TrafficMode, TrafficMode>({
    description:
      'tell what changes open and close, by the rules of their groups: auto where these may be read, off never; require refuses a change whose effect cannot be told',
    choices: ['auto', 'off', 'require'],
    fallback: 'auto',
  }),
  interval: duration({
    description: 'time between two checks of every instance for drift',
    fallbackText: '60s',
  }),
  noColor: toggle({ description: 'no colours (also: NO_COLOR); there are none outside a terminal' }),
};

export type GlobalFlagName = keyof typeof GLOBAL_FLAGS;

export type GlobalSettings = FlagValues<typeof GLOBAL_FLAGS>;

/** What a command works with, and the flags that this takes. */
export const FLAG_GROUPS = {
  state: ['stateDir'],
  policy: ['policy'],
  logs: ['logLevel', 'logFormat'],
  api: ['api'],
  cloud: ['endpoint', 'rootDomain', 'allowInsecureEndpoint', 'caFile', 'credentialsFile'],
  reads: ['readsPerSecond'],
  writes: ['writesPerSecond'],
  limits: ['maxGroups'],
  traffic: ['traffic'],
  interval: ['interval'],
  notify: ['notifyConfig', 'caFile'],
} as const satisfies Readonly<Record<string, readonly GlobalFlagName[]>>;

export type FlagGroup = keyof typeof FLAG_GROUPS;
