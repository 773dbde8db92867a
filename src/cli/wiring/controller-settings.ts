/** The controller's settings as the flags give them. */
import { type ControllerSettings, DEFAULT_SETTINGS } from '../../controller/settings.ts';
import type { GlobalSettings } from '../flags/global-flags.ts';
import { loadPolicy } from './policy.ts';

/** @throws CliError when the policy file cannot be read or is not valid. */
export function controllerSettings(globals: GlobalSettings): ControllerSettings {
  return {
    ...DEFAULT_SETTINGS,
    sweepIntervalMs: globals.interval,
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroupsPerInstance: globals.maxGroups,
    policy: loadPolicy(globals.policy),
  };
}
