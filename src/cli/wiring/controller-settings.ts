/** The controller's settings as the flags give them. */
import type { Finding } from '../../api/finding.ts';
import type { PolicyUse } from '../../api/policy/policy-check.ts';
import { type ControllerSettings, DEFAULT_SETTINGS } from '../../controller/settings.ts';
import type { Log } from '../../runtime/log.ts';
import type { GlobalSettings } from '../flags/global-flags.ts';
import { lineText } from '../output/finding-text.ts';
import { loadPolicy } from './policy.ts';

/**
 * What may be a slip in the policy goes to the log, if there is one.
 * @throws CliError when the policy file cannot be read or is not valid.
 */
export function controllerSettings(globals: GlobalSettings, log?: Log, use?: PolicyUse): ControllerSettings {
  const warn = (finding: Finding) => log?.warn({ rule: finding.rule }, lineText(finding));
  return {
    ...DEFAULT_SETTINGS,
    sweepIntervalMs: globals.interval,
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroupsPerInstance: globals.maxGroups,
    policy: loadPolicy(globals.policy, warn, use),
  };
}
