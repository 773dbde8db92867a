/** Identifiers of the cloud, as branded strings, so that an instance id never stands where a group id belongs. */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A CVM instance id, `ins-` and 6 to 16 of `[0-9a-z]`. */
export type InstanceId = Branded<'InstanceId'>;

/** A security group id, `sg-` and 6 to 16 of `[0-9a-z]`. */
export type SecurityGroupId = Branded<'SecurityGroupId'>;

/** The identity of a binding: `namespace/name`. */
export type BindingKey = Branded<'BindingKey'>;

const INSTANCE_ID = /^ins-[0-9a-z]{6,16}$/;
const SECURITY_GROUP_ID = /^sg-[0-9a-z]{6,16}$/;

/** Whether a text has the form of an instance id. */
export function isInstanceId(text: string): text is InstanceId {
  return INSTANCE_ID.test(text);
}

/** Whether a text has the form of a security group id. */
export function isSecurityGroupId(text: string): text is SecurityGroupId {
  return SECURITY_GROUP_ID.test(text);
}

/** The key of the binding `name` in `namespace`. */
export function bindingKey(namespace: string, name: string): BindingKey {
  // In one piece: a text that was put together keeps its parts beside itself.
  return [namespace, name].join('/') as BindingKey;
}

/** The parts of a key. */
export function partsOf(key: BindingKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** What the keys of a directory that is followed beside a cluster begin with: the cluster may have bindings of the same names. */
export const BESIDE_CLUSTER = 'git:';

/** Whether people mean this binding by `namespace/name`, or by its key. */
export function isMeantBy(name: string, key: string): boolean {
  return key === name || key === `${BESIDE_CLUSTER}${name}`;
}

/** The namespace of a binding, also of one that a directory beside a cluster declares (`git:shop/web`). */
export function namespaceOf(key: BindingKey): string {
  return key.slice(key.indexOf(':') + 1, key.indexOf('/'));
}
