/** The states of a binding that the judges of its health are asked about. */
import type { Cluster } from './cluster.ts';

/** A state of a binding, how it comes about and what each judge makes of it. */
export interface HealthStory {
  readonly state: string;
  readonly name: string;
  /** The spec, after the cloud was made ready for it. */
  readonly spec: (c: Cluster) => object;
  /** What Ready says then. */
  readonly ready: 'True' | 'False';
  readonly reason: string;
  readonly kstatus: readonly [status: string, message: RegExp];
  readonly argo: readonly [status: string, message: RegExp];
}

export const WRITE = 'ModifyInstancesAttribute';
export const instance = (c: Cluster, index: number) => c.cloud.instances[index] as string;
export const group = (c: Cluster, index: number) => c.cloud.groups[index] as string;
/** A list that an instance does not have. */
export const another = (c: Cluster, index: number) => {
  const list = c.cloud.list(instance(c, index));
  return [c.cloud.groups.find((id) => id !== list) as string];
};
export const differing = (c: Cluster, index: number) => ({
  instanceIds: [instance(c, index)],
  sgIds: another(c, index),
});
const same = (c: Cluster, index: number) => ({
  instanceIds: [instance(c, index)],
  sgIds: c.cloud.list(instance(c, index)).split(' '),
});
const READY = /Resource is Ready/;

export const HEALTH_STORIES: readonly HealthStory[] = [
  {
    state: 'in sync',
    name: 'synced',
    spec: (c) => differing(c, 0),
    ready: 'True',
    reason: 'InSync',
    kstatus: ['Current', READY],
    argo: ['Healthy', /has the declared ordered list/],
  },
  {
    state: 'in progress',
    name: 'writing',
    spec: (c) => {
      c.cloud.simulator.faults.add({
        kind: 'latency',
        // A step in between is told only when it lasts for five seconds.
        ms: 8_000,
        action: WRITE,
        instanceIds: [instance(c, 1)],
        count: 1,
      });
      return differing(c, 1);
    },
    ready: 'False',
    reason: 'Progressing',
    kstatus: ['InProgress', /being written/],
    argo: ['Progressing', /0 of 1 in sync.*being written/],
  },
  {
    state: 'retrying',
    name: 'retrying',
    spec: (c) => {
      c.cloud.simulator.faults.poison(instance(c, 2), 'InternalError', 'not now');
      return differing(c, 2);
    },
    ready: 'False',
    reason: 'CloudError',
    kstatus: ['InProgress', /InternalError: not now/],
    argo: ['Progressing', /InternalError: not now/],
  },
  {
    state: "waiting for an instance's state",
    name: 'blocked',
    spec: (c) => {
      const found = c.cloud.simulator.state.instance(instance(c, 3));
      if (found !== undefined) found.state = 'REBOOTING';
      return differing(c, 3);
    },
    ready: 'False',
    reason: 'Blocked',
    kstatus: ['InProgress', /REBOOTING/],
    argo: ['Progressing', /REBOOTING/],
  },
  {
    state: 'terminal',
    name: 'missing',
    spec: (c) => ({ instanceIds: ['ins-nosuch00'], sgIds: [group(c, 0)] }),
    ready: 'False',
    reason: 'NotFound',
    kstatus: ['Failed', /ins-nosuch00: the cloud knows no such instance/],
    argo: ['Degraded', /ins-nosuch00: the cloud knows no such instance/],
  },
  {
    state: 'refused by a guard',
    name: 'unknown-group',
    spec: (c) => ({ instanceIds: [instance(c, 4)], sgIds: ['sg-nosuch00'] }),
    ready: 'False',
    reason: 'UnknownGroup',
    kstatus: ['Failed', /sg-nosuch00/],
    argo: ['Degraded', /sg-nosuch00/],
  },
  {
    state: 'one terminal while another is retried',
    name: 'mixed',
    spec: (c) => {
      c.cloud.simulator.faults.poison(instance(c, 5), 'InternalError', 'not now');
      return { ...differing(c, 5), instanceIds: [instance(c, 5), 'ins-nosuch01'] };
    },
    ready: 'False',
    reason: 'NotFound',
    kstatus: ['InProgress', /InternalError: not now/],
    argo: ['Progressing', /ins-nosuch01/],
  },
  {
    state: 'conflicting',
    name: 'second',
    spec: (c) => ({ instanceIds: [instance(c, 0)], sgIds: [group(c, 3)] }),
    ready: 'False',
    reason: 'Conflicted',
    kstatus: ['Failed', /owned by default\/synced/],
    argo: ['Degraded', /owned by default\/synced/],
  },
  {
    state: 'suspended and in sync',
    name: 'resting',
    spec: (c) => ({ ...same(c, 6), suspend: true }),
    ready: 'True',
    reason: 'InSync',
    kstatus: ['Current', READY],
    argo: ['Suspended', /spec.suspend is true/],
  },
  {
    state: 'suspended with another list',
    name: 'held',
    spec: (c) => ({ ...differing(c, 7), suspend: true }),
    ready: 'False',
    reason: 'Suspended',
    kstatus: ['InProgress', /spec.suspend is true/],
    argo: ['Suspended', /spec.suspend is true/],
  },
  {
    state: 'suspended with an instance that does not exist',
    name: 'held-missing',
    spec: (c) => ({ instanceIds: ['ins-nosuch02'], sgIds: [group(c, 0)], suspend: true }),
    ready: 'False',
    reason: 'NotFound',
    kstatus: ['Failed', /ins-nosuch02/],
    argo: ['Degraded', /ins-nosuch02/],
  },
  {
    state: 'observed only, with another list',
    name: 'observed',
    spec: (c) => ({ ...differing(c, 8), mode: 'Observe' }),
    ready: 'False',
    reason: 'ObserveOnly',
    kstatus: ['InProgress', /differ/],
    argo: ['Progressing', /differ/],
  },
];
