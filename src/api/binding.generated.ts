// Generated from crds/cvmsecuritygroupbindings.yaml by `npm run generate`. Do not edit.

/**
 * Declares the ordered security-group list of some Tencent Cloud CVM instances. The list is kept on the PRIMARY network interface of each instance; other interfaces are never read or written. Each write replaces the whole list of an instance: a group that is not declared here is taken off. One instance belongs to one binding. When a binding is deleted its instances are let go: they keep the groups they have, or get back those from before, as `deletionPolicy` says.
 */
export interface CvmSecurityGroupBinding {
  /**
   * The version of this schema, `cvmsg.dev/v1alpha1`.
   */
  readonly apiVersion: string;
  /**
   * Always `CvmSecurityGroupBinding`.
   */
  readonly kind: string;
  readonly metadata: CvmSecurityGroupBindingMetadata;
  readonly spec: CvmSecurityGroupBindingSpec;
  readonly status?: CvmSecurityGroupBindingStatus;
}
/**
 * The identity of the binding, and what others wrote about it.
 */
export interface CvmSecurityGroupBindingMetadata {
  /**
   * Unique within the namespace. Lower-case letters, digits, `-` and `.`.
   */
  readonly name: string;
  /**
   * The namespace; `default` when absent. Lower-case letters, digits and `-`.
   */
  readonly namespace?: string;
  /**
   * Short texts to select by.
   */
  readonly labels?: {
    readonly [k: string]: string;
  };
  /**
   * Texts for people and tools.
   */
  readonly annotations?: {
    readonly [k: string]: string;
  };
  /**
   * Who wants to act before deletion.
   */
  readonly finalizers?: readonly string[];
  /**
   * Objects that this one is deleted with.
   */
  readonly ownerReferences?: readonly {
    readonly [k: string]: unknown;
  }[];
  /**
   * Written by the server: when the object was created.
   */
  readonly creationTimestamp?: string;
  /**
   * Written by the server.
   */
  readonly deletionGracePeriodSeconds?: number;
  /**
   * Written by the server: when deletion was asked for.
   */
  readonly deletionTimestamp?: string;
  /**
   * Start of a name that the server completes.
   */
  readonly generateName?: string;
  /**
   * Written by the server: counts the changes of spec.
   */
  readonly generation?: number;
  /**
   * Written by the server.
   */
  readonly managedFields?: readonly {
    readonly [k: string]: unknown;
  }[];
  /**
   * Written by the server: changes with every write.
   */
  readonly resourceVersion?: string;
  /**
   * Written by servers of old.
   */
  readonly selfLink?: string;
  /**
   * Written by the server: the identity of this very object.
   */
  readonly uid?: string;
}
/**
 * What shall be. Everything here is written by you and never changed by the controller.
 */
export interface CvmSecurityGroupBindingSpec {
  /**
   * The cloud region that holds the instances and the security groups, which must be the same for both. Long names (`ap-guangzhou`) and the short codes of API 2.0 (`gz`) are both understood and mean the same. It cannot be changed: instance ids of one region mean nothing in another, so a binding for another region is another object.
   */
  readonly region: string;
  /**
   * The instances that get the list in `sgIds`, 1 to 1000 of them, in any order and each once; instead of `instanceSelector`. On each of them only the primary network interface is touched. An instance that another binding already holds stays with that binding, and this one is told so in the condition `Conflicted`.
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: The id of a CVM instance, `ins-` and 6 to 16 lower-case letters or digits.
   */
  readonly instanceIds?: readonly string[];
  /**
   * Selects the instances by what they are, instead of `instanceIds`: those of the region that fit everything that is said here. The cloud is asked at each check for drift, so a new instance joins within one `interval`, and one that fits no longer leaves as `deletionPolicy` says. At least one of `tags`, `vpcId` and `namePattern`. A selector that suddenly fits nothing, or far more or far fewer instances than before, is not obeyed before somebody approves it.
   */
  readonly instanceSelector?: {
    /**
     * Tags that an instance must have, each with exactly this value; 1 to 8 of them.
     */
    readonly tags?: {
      /**
       * The value of the tag.
       */
      readonly [k: string]: string;
    };
    /**
     * The VPC that an instance must be in, `vpc-` and 6 to 16 lower-case letters or digits.
     */
    readonly vpcId?: string;
    /**
     * What the name of an instance must look like, as a whole: `*` stands for any text and `?` for one character, such as `web-*`. Upper and lower case are told apart.
     */
    readonly namePattern?: string;
    /**
     * Instances that are left out although they fit, at most 1000. Default: none.
     *
     * @maxItems 1000
     *
     * Items: The id of a CVM instance, `ins-` and 6 to 16 lower-case letters or digits.
     */
    readonly excludeInstanceIds?: readonly string[];
  };
  /**
   * The security groups that each instance shall have: these, no others, in this order. The order decides which rule wins: rules of the first group are matched before those of the second, and so on, so the same groups in another order are another firewall. The call that writes the list overwrites the whole list on the primary network interface; groups that somebody added by hand are removed. At least one and at most 50; the cloud's own limit is 5 for each instance unless your account had it raised.
   *
   * @minItems 1
   * @maxItems 50
   *
   * Items: The id of a security group, `sg-` and 6 to 16 lower-case letters or digits.
   */
  readonly sgIds: readonly string[];
  /**
   * `Enforce` writes the declared list and repairs every drift from it. `Observe` writes nothing: it reads the instances, reports drift in the conditions and shows what `Enforce` would do. Default: `Enforce`, so a binding that leaves `mode` out is written.
   */
  readonly mode?: 'Enforce' | 'Observe';
  /**
   * `true` stops all writes for this binding until it is `false` again. The instances stay claimed, so no other binding can take them, and they are still read and reported. Use it during an incident, when somebody needs to change groups by hand. Default: `false`.
   */
  readonly suspend?: boolean;
  /**
   * Stops all writes for this binding until this time, in the form of RFC 3339 such as `2026-03-01T18:00:00Z`, and then ends by itself. It needs no `suspend: true` beside it: that stops writes for as long as it stands there, whatever the time. A time in the past does nothing. Default: none, so nothing is suspended.
   */
  readonly suspendUntil?: string;
  /**
   * The time between two checks of these instances for drift, such as `30s`, `5m` or `1h30m`, from 10 seconds to 24 hours. Default: the controller's own `--interval`, which is `60s` unless it was started with another. Instances of all bindings with the same interval are read together, 100 a call.
   */
  readonly interval?: string;
  /**
   * What becomes of an instance that leaves this binding, or whose binding is deleted, and that no other binding takes over. `Retain` leaves its list as it is. `Restore` puts back the ordered list that was seen before this binding first wrote, through the same safety checks. It gives up, and says so, when there was no group before, when the instance is gone or cannot be changed, and after ten minutes. A binding that is suspended or only observes writes nothing, so it restores nothing either. In a cluster the controller holds the deletion with the finalizer `cvmsg.dev/restore` until then. Default: `Retain`.
   */
  readonly deletionPolicy?: 'Retain' | 'Restore';
  /**
   * The cloud credentials that this binding uses. Default: the controller's own. Bindings with different credentials belong to different accounts and have their own share of the cloud's quota.
   */
  readonly credentialsRef?: {
    /**
     * In a cluster the name of a Secret in the binding's own namespace, which holds `TENCENTCLOUD_SECRET_ID` and `TENCENTCLOUD_SECRET_KEY`. In a directory the name of a profile in the credentials file that the controller was started with, such as `shop` for the section `[shop]`. Lower-case letters, digits, `-` and `.`.
     */
    readonly name: string;
  };
}
/**
 * What is. Written by the controller only, from lists that were read back from the cloud; it has no place in a file.
 */
export interface CvmSecurityGroupBindingStatus {
  /**
   * The `metadata.generation` that this status speaks of. When it is lower, the newest spec was not looked at yet; -1 means that no spec was ever looked at.
   */
  readonly observedGeneration?: number;
  /**
   * The state in the form that all Kubernetes tools read. `Ready` is True when every instance was read back with the declared list in the declared order. `Reconciling` (work goes on) and `Stalled` (a person must act) are present only while True.
   *
   * @maxItems 16
   */
  readonly conditions?: readonly CvmSecurityGroupBindingCondition[];
  /**
   * What is done about drift at present: `Enforce` or `Observe` as `spec.mode` says, `Suspended` while `spec.suspend` is true, or `Suspended until` and the time of `spec.suspendUntil`.
   */
  readonly mode?: string;
  /**
   * How many instances the observed spec declares.
   */
  readonly instanceCount?: number;
  /**
   * How many of them were last read with the declared list in the declared order.
   */
  readonly inSyncCount?: number;
  /**
   * The state of the instances, those that need attention first. At most 100 are listed, and `omittedInstances` says how many more there are; with `deletionPolicy: Restore` all are listed, so that no original list is lost. An instance that left the binding stands here as `Restoring` until its original list is back, with what that waits for.
   *
   * @maxItems 1000
   */
  readonly instances?: readonly CvmSecurityGroupBindingInstance[];
  /**
   * How many instances are not listed in `instances`, because that would make the status too large.
   */
  readonly omittedInstances?: number;
  /**
   * Plans that wait for an approval, by their digest. `cvmsg approve --kubernetes` lists them for all bindings. Absent when none waits.
   *
   * @maxItems 10
   *
   * Items: One plan, of which this binding is a part.
   */
  readonly pendingPlans?: readonly {
    /**
     * The digest that an approval names.
     */
    readonly digest: string;
    /**
     * Why it waits, such as `BlastRadius`.
     */
    readonly reason: string;
    /**
     * The same in words, and how to approve it.
     */
    readonly message?: string;
    /**
     * How many instances of the binding wait for it; 0 for a change of members.
     */
    readonly instanceCount: number;
  }[];
  /**
   * The names of the declared groups, in the order of `spec.sgIds`, as the cloud tells them.
   *
   * @maxItems 50
   *
   * Items: One declared group.
   */
  readonly groups?: readonly {
    /**
     * The id of the security group.
     */
    readonly sgId: string;
    /**
     * Its name in the cloud. Absent when it was not read.
     */
    readonly name?: string;
  }[];
  /**
   * Rules of the policy (`exposure`) that forbid what the lists of instances allow already. It holds back nothing; a change is refused only for what it would open.
   *
   * @maxItems 100
   *
   * Items: One rule.
   */
  readonly exposure?: readonly {
    /**
     * The name of the rule in the policy.
     */
    readonly rule: string;
    /**
     * How many instances of this binding have a list that allows what the rule forbids.
     */
    readonly instanceCount: number;
  }[];
  /**
   * The last ten writes of this binding, newest first. Writes with the same lists and the same cause that left together are one entry. Rules of groups that somebody changed are entries too, where that opened or closed something.
   *
   * @maxItems 10
   *
   * Items: One change that was written to the cloud, or one of rules.
   */
  readonly history?: {
    /**
     * When the write was sent.
     */
    readonly time: string;
    /**
     * Why it was written, such as `declared`, `drift` or `restored`; `rules` where nothing was written.
     */
    readonly cause: string;
    /**
     * How it ended, `accepted`, `rejected` or `unknown`.
     */
    readonly outcome?: string;
    /**
     * The `metadata.generation` that asked for it.
     */
    readonly generation?: number;
    /**
     * What let it pass a safety check, an approved plan or an emergency, in words. Absent for an ordinary write.
     */
    readonly authority?: string;
    /**
     * The approval of the plan that it was a part of. Absent when nobody had to approve it.
     */
    readonly approvedBy?: {
      /**
       * The digest of the plan.
       */
      readonly digest: string;
      /**
       * Who approved it; empty when nobody is named.
       */
      readonly by: string;
      /**
       * When it was approved.
       */
      readonly at: string;
      /**
       * Why, in the words of whoever approved it.
       */
      readonly reason?: string;
      /**
       * Who tells the name, `object`, or `server` when the API server has compared it. Absent for a document.
       */
      readonly saidBy?: string;
    };
    /**
     * The emergency that opened the change windows for it. Absent without one.
     */
    readonly emergency?: {
      /**
       * When it ends.
       */
      readonly until: string;
      /**
       * Why it was declared.
       */
      readonly reason: string;
    };
    /**
     * How many instances got it.
     */
    readonly instanceCount?: number;
    /**
     * The first of them, at most 10.
     *
     * @maxItems 10
     *
     * Items: The id of an instance.
     */
    readonly instanceIds?: readonly string[];
    /**
     * The list before the write, in its order.
     *
     * @maxItems 100
     *
     * Items: The id of a security group.
     */
    readonly before?: readonly string[];
    /**
     * The list that was written, in its order.
     *
     * @maxItems 100
     *
     * Items: The id of a security group.
     */
    readonly after: readonly string[];
    /**
     * What it opened and closed, such as `opens tcp/22 from 0.0.0.0/0`, the widest first. Absent when no traffic changed, or nobody could tell.
     *
     * @maxItems 12
     *
     * Items: One sentence.
     */
    readonly traffic?: readonly string[];
    /**
     * Of a repair, when the declared list was last read before. What somebody else opened was open for no longer than from then on.
     */
    readonly since?: string;
    /**
     * The cloud's id of the request.
     */
    readonly requestId?: string;
  }[];
  /**
   * The value of the annotation `cvmsg.dev/approved-plan` that was taken up last, without its reason. It covers the changes of that plan which are still to be made, and nothing that comes later or after a restart of the controller.
   */
  readonly lastHandledApproval?: string;
  /**
   * The value of the annotation `cvmsg.dev/reconcile-requested-at` or `reconcile.fluxcd.io/requestedAt` that was handled last. When somebody sets a new value, the instances are read at once, and the value stands here when they were read and what followed from it was done or has failed.
   */
  readonly lastHandledReconcileAt?: string;
  /**
   * When this binding last wrote to any instance. Absent when it never did.
   */
  readonly lastWriteTime?: string;
  /**
   * The git commit or content digest of the directory that the observed spec came from. Absent for objects that were written to the cluster directly.
   */
  readonly revision?: string;
}
/**
 * One aspect of the state, in the form of metav1.Condition.
 */
export interface CvmSecurityGroupBindingCondition {
  /**
   * When the status of this condition last changed from one value to another.
   */
  readonly lastTransitionTime: string;
  /**
   * The reason in a sentence, with the cloud's own words where it answered. May be empty.
   */
  readonly message: string;
  /**
   * The `metadata.generation` that this condition speaks of.
   */
  readonly observedGeneration?: number;
  /**
   * Why the condition has this status, in one CamelCase word that programs may rely on.
   */
  readonly reason: string;
  /**
   * True, False or Unknown.
   */
  readonly status: 'True' | 'False' | 'Unknown';
  /**
   * The aspect, such as `Ready`.
   */
  readonly type: string;
}
/**
 * What is known of one instance.
 */
export interface CvmSecurityGroupBindingInstance {
  /**
   * The id of the instance.
   */
  readonly instanceId: string;
  /**
   * Where the instance stands, such as `InSync`, `Drifted`, `Writing`, `Blocked` or `NotFound`.
   */
  readonly state: string;
  /**
   * The list last read from the primary network interface, in its order.
   *
   * @maxItems 100
   *
   * Items: The id of a security group.
   */
  readonly sgIds?: readonly string[];
  /**
   * The list that was seen before cvmsg first wrote this instance, in its order; what `deletionPolicy: Restore` puts back. Absent when it was never written.
   *
   * @maxItems 100
   *
   * Items: The id of a security group.
   */
  readonly originalSgIds?: readonly string[];
  /**
   * Why the instance is in this state, in one CamelCase word; the same words as in the conditions.
   */
  readonly reason?: string;
  /**
   * The reason in a sentence, with the cloud's own code and words where it answered.
   */
  readonly message?: string;
  /**
   * The cloud's id of the last request about this instance, for a support ticket. API 2.0 has none; then the nonce and timestamp of the request.
   */
  readonly requestId?: string;
  /**
   * When this binding last wrote the list of this instance. Absent when it never did.
   */
  readonly lastWriteTime?: string;
}
