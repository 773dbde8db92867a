/** Hears early of changes by the operating system's file events. It only makes the source look sooner: polling is the truth. */
import { watch } from 'chokidar';

/** Calls back on any event below a folder until the returned function is called. Trouble with events is never an error. */
export type Watch = (folder: string, onEvent: () => void, options?: WatchOptions) => () => void;

export interface WatchOptions {
  /** Only what stands in the folder itself, such as a link that is renamed there. */
  readonly shallow?: boolean;
}

/** Deep enough for a tree of bindings, shallow enough for a folder of worktrees. */
const WATCHED_DEPTH = 8;

export const chokidarWatch: Watch = (folder, onEvent, options = {}) => {
  const watcher = watch(folder, {
    ignoreInitial: true,
    followSymlinks: false,
    depth: options.shallow ? 0 : WATCHED_DEPTH,
    ignored: (path) => path.slice(folder.length).includes('/.git'),
  });
  watcher.on('all', onEvent);
  // A link that is renamed over another shows as a raw event only.
  watcher.on('raw', onEvent);
  watcher.on('error', () => {});
  return () => void watcher.close();
};

/** No events: polling alone. */
export const noWatch: Watch = () => () => {};
