// Screenshots for people to look at: node tests/browser/shots.mjs [PAGE.html] [FRAGMENT] -> build/shots/*.png
// Each screen and size, dark and light. SCREENS=fit,models and LANGUAGE=es choose.

import fs from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

import {launchBrowser, openPage} from './browser.mjs';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const page = pathToFileURL(path.resolve(process.argv[2] ?? path.join(root, 'dist/index.html')));
const fragment = process.argv[3] ?? '';
const folder = path.join(root, 'build/shots');
const SIZES = [
  {name: '1440x900', width: 1440, height: 900, scale: 1},
  {name: '1920x1080', width: 1920, height: 1080, scale: 1},
  {name: '390x844', width: 390, height: 844, scale: 2, touch: true},
];

fs.mkdirSync(folder, {recursive: true});
const browser = await launchBrowser();
for (const screen of (process.env.SCREENS ?? '').split(',')) {
  for (const size of SIZES) {
    for (const colorScheme of ['dark', 'light']) {
      const opened = await openPage(browser, `${page}?inspect#${[screen, fragment].filter(Boolean).join('&')}`, {
        viewport: {width: size.width, height: size.height}, deviceScaleFactor: size.scale, hasTouch: size.touch,
        colorScheme, locale: process.env.LANGUAGE ?? 'en',
      });
      await opened.settle();
      const file = path.join(folder, `${screen || 'first'}-${size.name}-${colorScheme}.png`);
      await opened.page.screenshot({path: file});
      console.log(path.relative(root, file), opened.problems.join(' | '));
      await opened.close();
    }
  }
}
await browser.close();
