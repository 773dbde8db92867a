/** A real browser, and what it may never see: another origin, a violation of the policy, an error. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** @throws Error that says what to install. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `the page is tested in Chromium, which is not at ${EXECUTABLE}: install it (Debian: apt-get install chromium), or name it in CHROMIUM`,
    );
  }
  return await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What no page may do, in the order in which it did. */
  readonly complaints: readonly string[];
}

/** Opens an address in a window of its own. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const complaints: string[] = [];
  const { origin } = new URL(url);
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`);
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A status that a test asks for is no complaint; a violation of the policy is told here.
    if (message.type() === 'error' && !message.text().includes('the server responded with a status'))
      complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}
