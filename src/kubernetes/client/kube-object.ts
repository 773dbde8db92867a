/** What every object of the API server has. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: unknown;
  };
}

/** `namespace/name`. */
export function keyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  // A template makes a text of two halves, which stay in memory beside the whole for as long as the key does.
  return [namespace, name].join('/');
}
