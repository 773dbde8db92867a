/** Takes the pictures of docs/page.md: `npm run pictures`. */
import { openBrowser, visit } from '../test/page/browser.ts';
import { PageWorld } from '../test/page/page-world.ts';

const PICTURES = [
  { file: 'page-overview', path: '', colorScheme: 'light', height: 900 },
  { file: 'page-instance', path: 'instance?id=ins-gweb0001', colorScheme: 'dark', height: 1_000 },
] as const;

await using world = await PageWorld.open();
await using browser = await openBrowser();
for (const { file, path, colorScheme, height } of PICTURES) {
  await using visited = await visit(browser, world.url + path, {
    colorScheme,
    viewport: { width: 1_200, height },
  });
  await visited.page.locator('#live', { hasText: 'live' }).waitFor();
  // The folder of the tests has another name each time.
  const named = JSON.stringify([world.workspace.bindings, world.workspace.stateDir]);
  await visited.page.evaluate(`{
    const [bindings, state] = ${named};
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.nodeValue =
      texts.currentNode.nodeValue.replaceAll(bindings, '/git/current').replaceAll(state, '/var/lib/cvmsg');
  }`);
  await visited.page.screenshot({ path: `docs/images/${file}.png` });
}
