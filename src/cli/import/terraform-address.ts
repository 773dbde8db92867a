/** The name by which Terraform's users know an instance: `module.shop.tencentcloud_instance.web["a"]`. */

type Fields = Readonly<Record<string, unknown>>;

/** Parts that are no names in a state of Terraform are left out. */
export function addressOf(resource: Fields, entry: Fields): string {
  const { module, type, name } = resource;
  const key = entry.index_key;
  const parts = [module, type, name].filter((part) => typeof part === 'string').map(shown);
  const index = typeof key === 'number' || typeof key === 'string' ? `[${JSON.stringify(key)}]` : '';
  return parts.join('.') + shown(index);
}

/** Without what could steer a terminal. */
function shown(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}
