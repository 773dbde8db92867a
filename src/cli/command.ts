/** A command as data; what it does is loaded only when it runs. */
import type { ExitCode } from './exit-code.ts';
import type { NotifyDocument } from './flags/config-file.ts';
import type { Flags, FlagValues } from './flags/flag.ts';
import type { FlagGroup, GlobalSettings, OutputFormat } from './flags/global-flags.ts';
import type { Io } from './io.ts';
import type { Palette } from './output/palette.ts';

export interface CommandContext {
  /** The command's name, for logs and for who holds the state. */
  readonly command: string;
  readonly version: string;
  readonly io: Io;
  readonly globals: GlobalSettings;
  /** The flags of all commands that stood on the command line, by key. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** All commands, for completion. */
  readonly commands: readonly CommandSpec[];
  /** Colours of stdout. */
  readonly palette: Palette;
  /** The config file, where it says whom to tell what happens. */
  readonly notify?: NotifyDocument | undefined;
}

export interface CommandInput<F extends Flags> {
  readonly args: readonly string[];
  readonly flags: FlagValues<F>;
}

export type Perform<F extends Flags> = (context: CommandContext, input: CommandInput<F>) => Promise<ExitCode>;

export interface CommandArgument {
  /** As commander writes it: `<DIR>`, `[NAME]`, `[PATHS...]`. */
  readonly syntax: string;
  readonly description: string;
  /** An optional one that only a command with --kubernetes may leave out. */
  readonly clusterOnlyWithout?: true;
  readonly completion: 'file' | 'directory' | 'none' | readonly string[];
}

export interface CommandSpec<F extends Flags = Flags> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` says. */
  readonly description: string;
  readonly args: readonly CommandArgument[];
  readonly flags: F;
  /** What it works with beside its own flags; decides which flags of all commands it takes. */
  readonly uses: readonly FlagGroup[];
  readonly outputs: readonly OutputFormat[];
  /** Command lines, each with what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** More text for the end of `--help`. */
  readonly more?: string;
  readonly load: () => Promise<Perform<F>>;
}

/** Ties the type of the flags to the command that takes them. */
export function defineCommand<const F extends Flags>(spec: CommandSpec<F>): CommandSpec<F> {
  return spec;
}
