import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { describeCluster } from './cluster.ts';
import { install, objectsOf, shippedBase } from './operator.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface RoleObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly Rule[];
}

/** What a controller says when a right is missing. */
const SYMPTOMS: Readonly<Record<string, RegExp>> = {
  'cvmsecuritygroupbindings get,list,watch': /the watch was lost.*|403 Forbidden.*cvmsecuritygroupbindings/s,
  'cvmsecuritygroupbindings/status patch': /a status could not be written/,
  'events create,patch': /an event could not be written/,
  'leases get,list,watch,create,update': /a lease could not be renewed/,
  'leases delete': /leases could not be deleted and stay behind/,
};

describeCluster('the shipped rights', { instances: 4 }, (cluster) => {
  const name = ({ resources, verbs }: Rule) => `${resources.join(',')} ${verbs.join(',')}`;

  it('are each needed: without one, a controller says which', async () => {
    const c = cluster();
    const roles = objectsOf(shippedBase(c.plane)).filter((object): object is RoleObject & typeof object =>
      ['ClusterRole', 'Role'].includes(object.kind),
    );
    const tried: string[] = [];
    for (const role of roles) {
      for (const rule of role.rules) {
        const symptom = SYMPTOMS[name(rule)];
        if (symptom === undefined) continue;
        tried.push(name(rule));
        const rest = { ...role, rules: role.rules.filter((one) => one !== rule) };
        await c.plane.kubectlAsync(['apply', '-f', '-'], JSON.stringify(rest));
        const operator = c.operator();
        const target = tried.length % c.cloud.groups.length;
        await c.apply('needs', { instanceIds: [c.cloud.instances[0]], sgIds: [c.cloud.groups[target]] });
        // A lease is deleted at the end, and its right is missed only then: everything else goes on.
        if (name(rule) === 'leases delete') {
          await c.ready('needs');
          expect(await operator.stop()).toBe(0);
        }
        await until(`the complaint about ${name(rule)}`, () => symptom.test(operator.log()));
        await operator.stop('SIGKILL');
        await c.plane.kubectlAsync(['apply', '-f', '-'], JSON.stringify(role));
        await c.kubectl('delete', 'csgb', 'needs', '--wait=false');
      }
    }
    expect(tried.sort()).toEqual(Object.keys(SYMPTOMS).sort());
  });

  it('are enough together', async () => {
    const c = cluster();
    install(c.plane);
    const operator = c.operator();
    await c.apply('enough', { instanceIds: [c.cloud.instances[1]], sgIds: [c.cloud.groups[2]] });
    await c.ready('enough');
    // The same event twice is one that is counted.
    for (const suspend of [true, false, true, false]) {
      await c.kubectl('patch', 'csgb', 'enough', '--type=merge', '-p', JSON.stringify({ spec: { suspend } }));
      await until(
        'the suspension is told',
        async () =>
          (await c.kubectl('get', 'csgb', 'enough', '-o', 'jsonpath={.status.conditions[*].type}')).includes(
            'Suspended',
          ) === suspend,
      );
    }
    await operator.stop();
    const events = await c.kubectl('get', 'events.events.k8s.io', '-o', 'json');
    const counted = (JSON.parse(events) as { items: { reason: string; series?: { count: number } }[] }).items;
    expect(counted.find(({ reason }) => reason === 'Resumed')?.series?.count).toBe(2);
    expect(operator.log()).not.toMatch(/\b403\b|\bForbidden\b|is forbidden/);
  });
});
