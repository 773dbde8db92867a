/** Argo CD's health check of a binding, run by a Lua interpreter. */
import { readFileSync } from 'node:fs';
import { lauxlib, lua, lualib, to_luastring } from 'fengari';

export const HEALTH_CHECK = readFileSync('manifests/argocd/health.lua', 'utf8');

export interface ArgoHealth {
  readonly status: string;
  readonly message: string;
}

/** Runs a check as Argo CD does: the object is the global `obj`, the result a table. @throws Error in Lua's words. */
export function argoHealth(object: object, check = HEALTH_CHECK): ArgoHealth {
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const chunk = `obj = ${literal(object)}
local health = (function()
${check}
end)()
return health.status .. '\\n' .. health.message`;
  const failed = lauxlib.luaL_dostring(state, to_luastring(chunk)) !== 0;
  const text = lua.lua_tojsstring(state, -1);
  lua.lua_close(state);
  if (failed) throw new Error(text);
  const [status = '', ...message] = text.split('\n');
  return { status, message: message.join('\n') };
}

/** A value as a Lua table. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `[${literal(key)}] = ${literal(inner)}`)
      .join(', ')}}`;
  }
  if (typeof value === 'string') return `"${value.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  return value === undefined || value === null ? 'nil' : String(value);
}
