/** Where the schemas are, for editors. */

/** The file of each schema, by the name that the command takes. */
export const SCHEMA_FILES = {
  binding: 'cvmsecuritygroupbinding-v1alpha1.json',
  policy: 'cvmsgpolicy-v1alpha1.json',
  approval: 'cvmsgapproval-v1alpha1.json',
  config: 'cvmsg-config.json',
  notify: 'cvmsg-notify.json',
} as const;

export type SchemaName = keyof typeof SCHEMA_FILES;

/** Where an editor finds the schema of a file that stands outside a checkout. */
export function schemaAddress(name: SchemaName): string {
  return `https://cvmsg.dev/schemas/${SCHEMA_FILES[name]}`;
}
