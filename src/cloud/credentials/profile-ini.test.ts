import { expect, it } from 'vitest';
import { parseProfiles } from './profile-file.ts';

const asObject = (text: string) => {
  const parsed = parseProfiles(text);
  if (!parsed.ok) return parsed;
  return Object.fromEntries([...parsed.profiles].map(([name, fields]) => [name, Object.fromEntries(fields)]));
};

it.each([
  {
    reason: 'plain',
    text: '[default]\nsecret_id = a\nsecret_key=b=c',
    profiles: { default: { secret_id: 'a', secret_key: 'b=c' } },
  },
  {
    reason: 'BOM, CRLF, comments',
    text: '\uFEFF# c\r\n[a]\r\n; d\r\nX = 1\r\n',
    profiles: { a: { x: '1' } },
  },
  {
    reason: 'quotes',
    text: '[a]\nx = "1 2"\ny = \'3\'\nz = "4',
    profiles: { a: { x: '1 2', y: '3', z: '"4' } },
  },
  {
    reason: 'a profile in two parts',
    text: '[a]\nx=1\n[b]\n[a]\ny=2',
    profiles: { a: { x: '1', y: '2' }, b: {} },
  },
  { reason: 'empty', text: '', profiles: {} },
])('a profile file is read: $reason', ({ text, profiles, reason }) => {
  expect(asObject(text), reason).toEqual(profiles);
});

it.each([
  { reason: 'a value before any profile', text: '\nsecret_key=hunter2', line: 2 },
  { reason: 'a line that is neither', text: '[a]\nx=1\nhunter2', line: 3 },
  { reason: 'a name of nothing', text: '[]', line: 1 },
])('a malformed line is named by number, never by its text: $reason', ({ text, line, reason }) => {
  const parsed = parseProfiles(text);
  expect(parsed, reason).toMatchObject({ ok: false, line });
  expect(JSON.stringify(parsed)).not.toContain('hunter2');
});
