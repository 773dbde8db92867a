/** The file system as far as credentials need it, so that tests have no home directory. */
import { readFile, stat } from 'node:fs/promises';

export interface FileStamp {
  readonly mtimeMs: number;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface FileAccess {
  /** The whole text. Rejects as node:fs does. */
  readFile(path: string): Promise<string>;
  /** Follows links. Undefined when there is no such file; rejects as node:fs does otherwise. */
  stat(path: string): Promise<FileStamp | undefined>;
}

/** The real file system. */
export const systemFiles: FileAccess = {
  readFile: (path) => readFile(path, 'utf8'),
  async stat(path) {
    try {
      const { mtimeMs, size, mode } = await stat(path);
      return { mtimeMs, size, mode: mode & 0o777 };
    } catch (error) {
      if (
        error instanceof Error &&
        'code' in error &&
        (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      ) {
        return undefined;
      }
      throw error;
    }
  },
};
