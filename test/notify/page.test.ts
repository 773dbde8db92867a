import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadNotifyConfig } from '../../src/cli/wiring/notify-config.ts';
import { FORMATS } from '../../src/notify/formats/all-formats.ts';
import { NOTIFICATION_KINDS } from '../../src/notify/notification.ts';

const page = readFileSync('docs/notifications.md', 'utf8');

/** The words that the rows of the table with this head begin with. */
function firstCells(head: string): string[] {
  const [, table = ''] = page.split(`\n| ${head} |`);
  const [rows = ''] = table.split('\n\n');
  return [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, word = '']) => word);
}

it('the page of messages has a row for every kind and every format', () => {
  expect(firstCells('kind')).toEqual(Object.keys(NOTIFICATION_KINDS));
  expect(firstCells('format').sort()).toEqual(Object.keys(FORMATS).sort());
});

it('the configuration that the page shows is one', async () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-notify-'));
  try {
    for (const name of ['ops', 'shop-url', 'shop-secret'])
      writeFileSync(join(folder, name), 'https://hooks.example.com/0123456789');
    writeFileSync(join(folder, 'notify.yaml'), yaml);
    const env = { SECURITY_HOOK: 'https://hooks.example.com/1', SECURITY_KEY: 'key' };
    const targets = await loadNotifyConfig(join(folder, 'notify.yaml'), env);
    expect(targets.map(({ name, format, severity }) => [name, format, severity])).toEqual([
      ['ops', 'wecom', 'info'],
      ['security', 'webhook', 'error'],
      ['shop', 'feishu', 'info'],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
