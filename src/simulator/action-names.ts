/** Every action that a call can have, for whoever has to name one. */
export const ACTION_NAMES: readonly string[] = [
  'ModifySecurityGroupsOfInstance',
  'DescribeSecurityGroupEx',
  'DescribeInstancesOfSecurityGroup',
  'DescribeInstances',
  'ModifyInstancesAttribute',
  'AssociateSecurityGroups',
  'DisassociateSecurityGroups',
  'DescribeSecurityGroups',
  'DescribeSecurityGroupLimits',
  'AssumeRoleWithWebIdentity',
  'GetRoleCredential',
  'ListRoles',
];
