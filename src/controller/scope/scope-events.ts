/** What the scopes tell of. Whoever follows a scope's reads sets what it wants to hear. */
import type { InstanceId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { Scope } from '../../core/model.ts';
import type { ListedInstance } from '../../ports/cloud.ts';
import type { ListingKey } from './listing.ts';

export class ScopeEvents {
  /** Instances were read, and nothing is decided about them yet: whose they are may be another's now. */
  onRead: (instanceIds: readonly InstanceId[]) => void = () => {};
  /** A listing of instances was read completely. */
  onListed: (scope: Scope, key: ListingKey, instances: readonly ListedInstance[]) => void = () => {};
  /** A listing of instances has failed. */
  onListingFailed: (scope: Scope, key: ListingKey, error: CloudError) => void = () => {};
}
