/** `cvmsg history --verify`: whether the journal is as it was written. */

import { count } from '../../core/text/words.ts';
import { JournalChain } from '../../store/sqlite/journal-chain.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { structured } from '../output/structured.ts';

export async function verifyJournal(
  { io, globals, palette }: CommandContext,
  file: StateFile,
): Promise<ExitCode> {
  const state = new JournalChain(file.database).verify();
  const code = state.whole ? EXIT.ok : EXIT.error;
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(state, globals.output));
    return code;
  }
  if (!state.whole) {
    io.stdout.write(
      `${palette.bad('broken')} at write ${state.id}: ${state.problem}; what stands before it is whole, and nobody can vouch for the rest\n`,
    );
    return code;
  }
  const { entries, unchained, newest, prunedThrough } = state;
  const pruned = prunedThrough === undefined ? '' : `; those up to ${prunedThrough} are not kept any more`;
  const old =
    unchained === 0
      ? ''
      : `; ${count(unchained, 'write')} of an older version ${unchained === 1 ? 'has' : 'have'} no hash`;
  if (entries > 0 && entries === unchained) {
    const which = `${count(entries, 'write')} of an older version`;
    io.stdout.write(
      `${palette.bad('unknown')}: nobody can vouch for ${which}, without a hash; the next write begins the chain\n`,
    );
    return code;
  }
  io.stdout.write(`${palette.good('whole')}: ${count(entries, 'write')}${pruned}${old}\n`);
  if (newest !== '') io.stdout.write(`newest  ${newest}\n`);
  return code;
}
