/** How to steer a running simulator, for `--help` and for whoever asks it at `/_sim/`. */
export const CONTROL_HELP = `Control API (JSON, answered to callers on the same machine only):

  GET    /_sim/instances              all instances with their true lists (?region=ap-guangzhou)
  GET    /_sim/instances/<id>         one instance
  PUT    /_sim/instances/<id>         change it, and so make drift:
                                      {"securityGroupIds": ["sg-…", …]}, and any of instanceName, tags, vpcId,
                                      subnetId, projectId, zone, state, restrictState, latestOperation,
                                      latestOperationState, latestOperationRequestId, latestOperationErrorMsg,
                                      isolatedSource, stopChargingMode, instanceType, instanceChargeType,
                                      imageId, osName, hostId, dedicatedClusterId, privateIpAddresses,
                                      publicIpAddresses, ipv6Addresses, createdTime, hostName, camRoleName,
                                      userData, disableApiTermination
  GET    /_sim/groups                 all security groups with their rules (?region=ap-guangzhou)
  GET    /_sim/groups/<id>            one group
  PUT    /_sim/groups/<id>            change it: {"ingress": [rule, …]}, and any of egress, name, description, projectId,
                                      tags, createdTime, updateTime, rulesVersion. A rule is an action (ACCEPT, DROP),
                                      one of cidrBlock, ipv6CidrBlock, securityGroupId, addressTemplate, and
                                      protocol (TCP, UDP, ICMP, ICMPv6, GRE, ALL) with port, or serviceTemplate
  GET    /_sim/faults                 the faults in force
  POST   /_sim/faults                 put a fault in force
  DELETE /_sim/faults                 end all faults
  DELETE /_sim/faults/<id>            end one fault
  GET    /_sim/calls                  every call: time, api, action, ids, outcome; counts per action; throttled calls
                                      (?action=ModifyInstancesAttribute, ?limit=100 for the latest 100)

A fault is {"kind": …} and, where it shall not meet every call for ever:
  action       an action name; * is every action. The role endpoint must be named: GetRoleCredential, ListRoles
  api          v2 or v3
  account, region
  instanceIds  only calls that name one of these instances
  count        how many calls it meets before it is over
  probability  above 0 and at most 1

Kinds:
  throttle           4400, RequestLimitExceeded; nothing is applied
  error              any code: {"kind": "error", "code": "7000", "message": "…"}; nothing is applied.
                     With instanceIds: a poisoned instance, every batch with it fails
  partial            a write applies to some instances only, then fails (5400, FailedOperation);
                     with instanceIds, those are the ones left out
  not-applied        a write is accepted and never takes effect; LatestOperationState is FAILED, with your "message";
                     with instanceIds, for those
  http               an HTTP status: {"kind": "http", "status": 502}
  html               an HTML page with status 200
  truncated          the JSON breaks off in the middle; a write is applied
  reset-before       the connection is reset, nothing is applied
  reset-after        the connection is reset, a write is applied
  latency            {"kind": "latency", "ms": 2000}
  stale-reads        reads show the old list for "ms" after a write
  v2-retired         API 2.0 answers as a retired API does ("code", default 6100)
  token-expired      4105, AuthFailure.TokenFailure
  clock-skew         the server's clock is ahead by "ms" (negative: behind)

On a command line: kind=error,action=ModifyInstancesAttribute,code=InternalError,count=3
(instanceIds joined by +).

Examples:
  curl -X PUT  localhost:8099/_sim/instances/ins-4q118hl2 -d '{"securityGroupIds": ["sg-1sdj39df"]}'
  curl -X PUT  localhost:8099/_sim/groups/sg-1sdj39df -d '{"ingress": [{"action": "ACCEPT", "protocol": "TCP", "port": "443", "cidrBlock": "0.0.0.0/0"}]}'
  curl -X POST localhost:8099/_sim/faults -d '{"kind": "throttle", "action": "ModifyInstancesAttribute", "count": 5}'
  curl         localhost:8099/_sim/calls?limit=20
`;
