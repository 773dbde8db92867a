import { expect, it } from 'vitest';
import { BINDING_CRD } from './crd.generated.ts';
import { API_VERSION, bindingPath, bindingsPath, KIND, PLURAL } from './resource.ts';

it('names the resource as its definition does', () => {
  const { group, names, versions } = BINDING_CRD.spec;
  expect([API_VERSION, KIND, PLURAL]).toEqual([`${group}/${versions[0]?.name}`, names.kind, names.plural]);
});

it('has the paths of the API server', () => {
  expect(bindingsPath()).toBe('/apis/cvmsg.dev/v1alpha1/cvmsecuritygroupbindings');
  expect(bindingPath({ namespace: 'shop', name: 'web' })).toBe(
    '/apis/cvmsg.dev/v1alpha1/namespaces/shop/cvmsecuritygroupbindings/web',
  );
});
