import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { until } from '../cli/until.ts';
import { describeCluster } from './cluster.ts';
import { checkoutText } from './operator.ts';

interface Schema {
  properties: Record<string, Schema & Record<string, unknown>>;
  required?: string[];
  'x-kubernetes-validations'?: unknown[];
}

interface Crd {
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
}

/** The shipped CRD with another spec. */
function crdWith(change: (spec: Schema) => void): string {
  const crd = parse(checkoutText('crds/cvmsecuritygroupbindings.yaml')) as Crd;
  const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec;
  if (spec === undefined) throw new Error('the CRD has no spec');
  change(spec);
  return JSON.stringify(crd);
}

/** The fields that the first version had. */
const FIRST_FIELDS = ['region', 'instanceIds', 'sgIds', 'mode', 'suspend', 'credentialsRef'];

describeCluster('a cluster that is upgraded and downgraded', { instances: 4 }, (cluster) => {
  it('goes on with objects of the previous shape', async () => {
    const c = cluster();
    const previous = crdWith((spec) => {
      for (const field of Object.keys(spec.properties)) {
        if (!FIRST_FIELDS.includes(field)) delete spec.properties[field];
      }
      delete spec['x-kubernetes-validations'];
      spec.required = ['region', 'instanceIds', 'sgIds'];
    });
    await c.plane.kubectlAsync(['apply', '-f', '-'], previous);
    await c.apply('old', { instanceIds: [c.cloud.instances[0]], sgIds: [c.cloud.groups[0]] });
    await c.plane.kubectlAsync(
      ['apply', '-f', '-'],
      crdWith(() => {}),
    );
    const operator = c.operator();
    await c.ready('old');
    expect(c.cloud.list(c.cloud.instances[0] as string)).toBe(c.cloud.groups[0]);
    await operator.stop();
  });

  it('says which field of a newer object it cannot read, and writes nothing for it', async () => {
    const c = cluster();
    const newer = crdWith((spec) => {
      spec.properties.tomorrow = { type: 'string', properties: {} };
      delete (spec.properties.tomorrow as { properties?: unknown }).properties;
    });
    await c.plane.kubectlAsync(['apply', '-f', '-'], newer);
    const id = c.cloud.instances[1] as string;
    const before = c.cloud.list(id);
    await c.apply('newer', { instanceIds: [id], sgIds: [c.cloud.groups[1]], tomorrow: 'a promise' });
    const operator = c.operator();
    const stalled = await until('the complaint', async () => {
      const { status } = await c.binding('newer');
      return status?.conditions?.find((one) => one.type === 'Stalled');
    });
    expect(stalled).toMatchObject({ status: 'True', reason: 'InvalidDocument' });
    expect(stalled.message).toContain('tomorrow');
    await c.ready('old');
    expect(c.cloud.list(id)).toBe(before);
    await operator.stop();
  });
});
