/** The controller's settings as the flags give them. */
import { type ControllerSettings, DEFAULT_SETTINGS } from '../../controller/settings.ts';
import type { GlobalSettings } from '../flags/global-flags.ts';

export function controllerSettings(globals: GlobalSettings): ControllerSettings {
  return {
    ...DEFAULT_SETTINGS,
    sweepIntervalMs: globals.interval,
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroupsPerInstance: globals.maxGroups,
  };
}
