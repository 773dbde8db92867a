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

/** RFC 3339 with microseconds, as Lease and Event times have to be: the server refuses three digits. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}

const NUMBER = /^\d{1,30}$/;

/** Whether `version` is certainly older than `seen`; false where one of them is no number. */
export function isOlder(version: string, seen: string): boolean {
  return NUMBER.test(version) && NUMBER.test(seen) && BigInt(version) < BigInt(seen);
}
