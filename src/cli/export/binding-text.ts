/** A binding as a document: as people write it, and the same text each time. */

import type { SecurityGroupId } from '../../api/ids.ts';
import { API_VERSION, KIND } from '../../api/resource.ts';
import { YAML_1_1_BOOLEAN } from '../../documents/yaml-1-1-boolean.ts';
import type { GroupedBinding } from './group-by-list.ts';

export interface DocumentOptions {
  /** Absent: the document names none, which means `default`. */
  readonly namespace?: string | undefined;
  /** Names of groups, where they are known. */
  readonly groupNames?: ReadonlyMap<SecurityGroupId, string>;
}

const MOST_NAME_CHARACTERS = 80;

/** YAML text, with a newline at its end. */
export function bindingText(binding: GroupedBinding, options: DocumentOptions): string {
  const { name, region, instanceIds, sgIds } = binding;
  const { namespace, groupNames } = options;
  return [
    `apiVersion: ${API_VERSION}`,
    `kind: ${KIND}`,
    'metadata:',
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${scalar(namespace)}`]),
    'spec:',
    `  region: ${scalar(region)}`,
    '  instanceIds:',
    ...instanceIds.map((id) => `    - ${id}`),
    '  sgIds:',
    ...sgIds.map((id) => `    - ${id}${comment(groupNames?.get(id))}`),
    '',
  ].join('\n');
}

/** The same document as a value. */
export function bindingObject(binding: GroupedBinding, { namespace }: DocumentOptions): object {
  const { name, region, instanceIds, sgIds } = binding;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { region, instanceIds, sgIds },
  };
}

/** In quotes where YAML 1.1 or 1.2 could take it for something else than text. */
function scalar(text: string): string {
  const plain = /^[a-z][a-z0-9-]*$/.test(text) && !/^(?:true|false|null)$/.test(text);
  return plain && !YAML_1_1_BOOLEAN.test(text) ? text : JSON.stringify(text);
}

/** A name is somebody's free text: nothing in it may end the comment or steer a terminal. */
function comment(name: string | undefined): string {
  const plain = (name ?? '').replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return plain === '' ? '' : ` # ${[...plain].slice(0, MOST_NAME_CHARACTERS).join('')}`;
}
