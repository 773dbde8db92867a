/**
 * Scenarios as files: a policy, a cloud and objects before, and steps with what must be true after each. The same file
 * is played on a directory and on a real API server.
 *
 * Groups are letters (`a b` is sg-aaaaaaaa before sg-bbbbbbbb), instances are numbers from 0 on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface ScenarioObject {
  /** `shop` without it. */
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Numbers. */
  readonly instances?: readonly number[];
  /** Letters. */
  readonly groups: string;
  /** Other fields of the spec, as they are. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface Expectation {
  /** List by instance number. */
  readonly cloud?: Readonly<Record<string, string>>;
  /** By binding: conditions as `Type=Status Reason` that must be there. */
  readonly conditions?: Readonly<Record<string, readonly string[]>>;
  /** By binding: what the message of Ready must contain. */
  readonly says?: Readonly<Record<string, string>>;
  /** By binding: its members, by number. */
  readonly members?: Readonly<Record<string, readonly number[]>>;
  /** By binding: names of the declared groups. */
  readonly groupNames?: Readonly<Record<string, readonly string[]>>;
  /** By binding: rules of exposure that forbid what instances are open to, with how many those are. */
  readonly exposure?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By binding: texts that no part of its status may hold. */
  readonly unreported?: Readonly<Record<string, readonly string[]>>;
  /** Of `cvmsg plan` over the same documents. */
  readonly plan?: { readonly exit: number; readonly says?: string };
  /** By binding: a reason that was announced, by an Event in a cluster and in the log beside a directory. */
  readonly announced?: Readonly<Record<string, string>>;
  /** What the authority of some journal entry must contain. */
  readonly authority?: string;
  /** What `cvmsg history` must match, as a regular expression. */
  readonly history?: string;
}

export type Step =
  /** Objects that are declared anew; null takes one away. */
  | { readonly declare: Readonly<Record<string, ScenarioObject | null>> }
  /** Somebody else writes lists, by instance number. */
  | { readonly drift: Readonly<Record<string, string>> }
  /** Somebody sets these lists again whenever they are changed; none: stops. */
  | { readonly fight: Readonly<Record<string, string>> }
  /** Tags of instances are replaced. */
  | { readonly tag: Readonly<Record<string, Readonly<Record<string, string>>>> }
  /** Groups get other rules for ingress, by letter, as `A tcp:22 any; D all any`. */
  | { readonly rules: Readonly<Record<string, string>> }
  /** Whether the cloud lets anybody read rules. */
  | { readonly rulesReadable: boolean }
  /** A group appears. */
  | { readonly createGroup: string }
  /** Approves the plan that the binding's condition names. */
  | { readonly approve: string }
  /** The bindings of this binding's instances are written from the cloud, and their plan must be empty. */
  | { readonly export: 'empty plan' }
  /** Rolls the fleet back to the moment before the newest write, by documents that are declared then. */
  | { readonly rollback: 'before the last write' }
  /** Must become true, and is waited for. */
  | { readonly expect: Expectation }
  /** Must be true now, and stay true for some seconds. */
  | { readonly hold: Expectation };

export interface Scenario {
  readonly title: string;
  /** Rules of the policy file; the default policy without it. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** What `--traffic` says; `auto` without it. */
  readonly traffic?: string;
  readonly cloud: {
    /** Rules of groups for ingress by letter, as `A tcp:22 any; D all any`; none without it. */
    readonly rules?: Readonly<Record<string, string>>;
    /** Whether the cloud lets anybody read them at the start. */
    readonly rulesReadable?: boolean;
    /** Names of groups by letter; those of a to f exist. */
    readonly names?: Readonly<Record<string, string>>;
    readonly instances: readonly {
      readonly groups: string;
      readonly name?: string;
      readonly tags?: Readonly<Record<string, string>>;
    }[];
  };
  readonly objects: Readonly<Record<string, ScenarioObject>>;
  readonly steps: readonly Step[];
}

const FOLDER = fileURLToPath(new URL('files', import.meta.url));

/** Every scenario, by file name. */
export function allScenarios(): { readonly file: string; readonly scenario: Scenario }[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => ({ file, scenario: parse(readFileSync(join(FOLDER, file), 'utf8')) as Scenario }));
}

export const groupId = (letter: string) => `sg-${letter.repeat(8)}`;
export const groupIds = (letters: string) => letters.split(' ').filter(Boolean).map(groupId);
export const instanceId = (number: number | string) => `ins-${String(number).padStart(8, '0')}`;
export const letters = (list: readonly string[]) => list.map((id) => id.slice(3, 4)).join(' ');

/** An object as a Kubernetes document. */
export function documentOf(
  name: string,
  { namespace, annotations, instances, groups, spec }: ScenarioObject,
) {
  return {
    apiVersion: 'cvmsg.dev/v1alpha1',
    kind: 'CvmSecurityGroupBinding',
    metadata: { name, namespace: namespace ?? 'shop', ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      region: 'ap-guangzhou',
      ...(instances === undefined ? {} : { instanceIds: instances.map(instanceId) }),
      sgIds: groupIds(groups),
      ...spec,
    },
  };
}
