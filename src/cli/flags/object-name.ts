/** The name of an object of the API server, as a flag takes it. */
export function objectNameProblem(text: string): string | undefined {
  if (/^[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?$/.test(text)) return undefined;
  return `Expected the name of an object, lower-case letters, digits, "-", "." and ":", got "${text}"; write it as kubectl get shows it`;
}
