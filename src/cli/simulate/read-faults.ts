/** Faults as they stand on a command line: JSON, or `name=value` joined by commas. */
import { messageOf } from '../../api/message-of.ts';
import type { FaultSpec } from '../../simulator/fault.ts';
import { parseFault, parseFaultText } from '../../simulator/fault-input.ts';
import { CliError } from '../cli-error.ts';

/** @throws CliError at the first fault that is not valid. */
export function readFaults(texts: readonly string[]): FaultSpec[] {
  return texts.map((text) => {
    const input = text.trimStart().startsWith('{') ? parseFault(parseJson(text)) : parseFaultText(text);
    if (input.ok) return input.spec;
    throw new CliError(`--fault: ${input.problem}`);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`--fault: not JSON: ${messageOf(error)}`);
  }
}
