/** `HOST:PORT` as a flag gives it. */
import { CliError } from '../cli-error.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Takes `127.0.0.1:8099`, `[::1]:8099`, `:8099` and `8099`. @throws CliError for anything else. */
export function listenAddress(text: string): ListenAddress {
  const found = /^(?:(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) {
    throw new CliError(`--listen: Expected HOST:PORT such as 127.0.0.1:8099, got "${text}"`);
  }
  return { host: found[1] || found[2] || '127.0.0.1', port };
}
