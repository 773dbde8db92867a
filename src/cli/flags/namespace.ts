/** The name of a namespace, as a flag takes it. */
import { NAMESPACE_PATTERN } from '../../api/object-meta-schema.ts';

const NAME = new RegExp(NAMESPACE_PATTERN);
const MAX_LENGTH = 63;

/** What is wrong with `text` and what to write instead; undefined when a namespace can be called that. */
export function namespaceProblem(text: string): string | undefined {
  if (isName(text)) return undefined;
  const meant = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_.]+/g, '-');
  const fix = text.includes(',')
    ? 'give the flag once for each namespace'
    : isName(meant)
      ? `write "${meant}"`
      : 'write its name as `kubectl get namespaces` shows it';
  return `Expected a namespace, lower-case letters, digits and "-", at most ${MAX_LENGTH}, got "${text}"; ${fix}`;
}

function isName(text: string): boolean {
  return text.length <= MAX_LENGTH && NAME.test(text);
}

/** The name of an object of the API server, as a flag takes it. */
export function objectNameProblem(text: string): string | undefined {
  if (/^[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?$/.test(text)) return undefined;
  return `Expected the name of an object, lower-case letters, digits, "-", "." and ":", got "${text}"; write it as kubectl get shows it`;
}
