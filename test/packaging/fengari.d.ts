/** The part of fengari that the tests use; the package has no types. */
declare module 'fengari' {
  interface State {
    readonly brand: 'lua_State';
  }
  export const lua: {
    lua_tojsstring(state: State, index: number): string;
    lua_close(state: State): void;
  };
  export const lauxlib: {
    luaL_newstate(): State;
    /** 0 when the chunk ran. */
    luaL_dostring(state: State, chunk: Uint8Array): number;
  };
  export const lualib: { luaL_openlibs(state: State): void };
  export function to_luastring(text: string): Uint8Array;
}
