// Debian's Chromium for the browser tests and screenshots, and what a test does with a page.

import {createRequire} from 'node:module';
import fs from 'node:fs';

// Installed by tests/run.sh into build/browser, so that nothing but sources stands here.
const {chromium} = createRequire(new URL('../../build/browser/', import.meta.url))('playwright-core');

const CANDIDATES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

// `webgl: false` starts a browser without WebGL.
export function launchBrowser({webgl = true} = {}) {
  const executablePath = CANDIDATES.find((file) => file && fs.existsSync(file));
  if (!executablePath) throw new Error('No Chromium found: install the package "chromium" or set CHROMIUM.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--font-render-hinting=none', '--disable-lcd-text',
      ...(webgl ? ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'] : ['--disable-3d-apis']),
    ],
  });
}

// Opens `url` (with ?inspect, for what is on the canvas) in a context of its own, with all network but it blocked.
// `paints: false`: what the page asks WebGL to draw is left out. Without a graphics card that is four fifths of a
// frame's time, and a test that asks the page what it shows does not see it.
export async function openPage(browser, url, {paints = true, ...options} = {}) {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}, ...options});
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.addInitScript(() => {
    window.toastsSeen = [];
    setInterval(() => {
      const toast = window.__headroom?.inspect().values.toast;
      if (toast !== undefined && toast !== window.toastsSeen.at(-1)) window.toastsSeen.push(toast);
    }, 30);
  });
  if (!paints) await page.addInitScript(() => { WebGL2RenderingContext.prototype.drawElements = () => {}; });
  const origin = new URL(url).origin;
  await context.route('**/*', (route) => {
    const asked = new URL(route.request().url());
    const own = asked.protocol === 'file:' || asked.protocol === 'data:' || asked.protocol === 'blob:' ||
                (origin !== 'null' && asked.origin === origin);
    return own ? route.continue() : route.abort();
  });
  await page.goto(url);
  return new OpenPage(context, page, problems);
}

// Until `holds()` is true; fails with what `describe()` says.
export async function eventually(holds, describe, milliseconds = 10000) {
  for (const deadline = Date.now() + milliseconds; !await holds();) {
    if (Date.now() > deadline) throw new Error(await describe());
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

class OpenPage {
  constructor(context, page, problems) {
    this.context = context;
    this.page = page;
    this.problems = problems;
  }

  close() { return this.context.close(); }

  // Until the page has answered and drawn, and draws no more.
  async settle() {
    await this.page.waitForFunction(() => performance.getEntriesByName('headroom:first-frame').length > 0 ||
                                          document.documentElement.dataset.view === 'plain');
    if (await this.page.evaluate(() => !window.__headroom || document.documentElement.dataset.view !== 'canvas')) return;
    let last = -1;
    for (let quiet = 0; quiet < 3;) {
      await this.page.waitForTimeout(50);
      const now = await this.frames();
      quiet = now === last ? quiet + 1 : 0;
      last = now;
    }
  }

  frames() { return this.page.evaluate(() => window.__headroom.host.pacer.count); }

  inspect() { return this.page.evaluate(() => window.__headroom.inspect()); }

  async value(name) { return (await this.inspect()).values[name]; }

  // Until a named value of the screen satisfies `accepts`; returns it. Fails with what it was last.
  async until(name, accepts) {
    let value;
    await eventually(async () => accepts(value = await this.value(name)),
                     () => `"${name}" is still ${JSON.stringify(value)}`);
    return value;
  }

  // The message number `index` since the page was opened; each leaves the screen after some seconds.
  async toast(index = 0) {
    let seen = [];
    await eventually(async () => (seen = await this.page.evaluate(() => window.toastsSeen)).length > index,
                     () => `no message but ${JSON.stringify(seen)}`);
    return seen[index];
  }

  // The fragment of the address once it has followed the last change of the scenario.
  async fragment() {
    await this.page.waitForFunction(() => window.__headroom.host.address.pending === null);
    return this.page.evaluate(() => location.hash.slice(1));
  }

  // Rows of an open picker or table, from the top.
  async rows() { return (await this.inspect()).items.filter((item) => item.visible && item.label.includes('##row')); }

  // Drops a file onto the page.
  // `content`: a text, or bytes as a list of numbers; `zeros` more bytes follow.
  async drop(name, content, zeros = 0) {
    await this.page.evaluate(([fileName, given, after]) => {
      const data = new DataTransfer();
      const begin = typeof given === 'string' ? given : new Uint8Array(given);
      data.items.add(new File([begin, new Uint8Array(after)], fileName));
      window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
    }, [name, content, zeros]);
    await this.settle();
  }

  // The item whose visible label (before ##) or id text (after it) matches.
  async item(label) {
    const {items} = await this.inspect();
    const found = items.filter((item) => item.visible &&
                                         (item.label === label || item.label.split('##').includes(label)));
    if (found.length === 0) {
      const known = [...new Set(items.map((item) => item.label).filter(Boolean))];
      throw new Error(`No item "${label}" on the screen; there are: ${known.join(' | ')}`);
    }
    return found[0];
  }

  async click(label) {
    const item = await this.item(label);
    await this.page.mouse.click(item.x + item.width / 2, item.y + item.height / 2);
    await this.settle();
  }

  async tap(label) {
    const item = await this.item(label);
    await this.page.touchscreen.tap(item.x + item.width / 2, item.y + item.height / 2);
    await this.settle();
  }

  async press(key) {
    await this.page.keyboard.press(key);
    await this.settle();
  }

  async paste(text) {
    await this.page.evaluate((pasted) => {
      const data = new DataTransfer();
      data.setData('text/plain', pasted);
      document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    }, text);
    await this.settle();
  }

  async type(text) {
    await this.page.keyboard.type(text);
    await this.settle();
  }
}
