/** The flags of all commands by what a command has to work with to use them. */
import type { GlobalFlagName } from './global-flags.ts';

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
