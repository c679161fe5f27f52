// What the page costs a person: weight, time to the first answer and frame, memory. Prints figures; judges none.

import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import zlib from 'node:zlib';

import {launchBrowser, openPage} from './browser.mjs';

const page = path.join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/index.html');
const print = (what, figure, unit) => console.log(`  ${what.padEnd(58)} ${figure.toFixed(2).padStart(12)} ${unit}`);
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

const content = fs.readFileSync(page);
console.log('The page');
print('weight', content.length / 1e3, 'kB');
print('weight gzipped', zlib.gzipSync(content, {level: 9}).length / 1e3, 'kB');

const browser = await launchBrowser();
const runs = [];
let memory = 0;
for (let run = 0; run < 5; run += 1) {
  const opened = await openPage(browser, `${pathToFileURL(page)}?inspect`);
  await opened.settle();
  runs.push(await opened.page.evaluate(() => Object.fromEntries(
      performance.getEntriesByType('mark').map(({name, startTime}) => [name.replace('headroom:', ''), startTime]))));
  memory = await opened.page.evaluate(() => window.__headroom.memoryBytes());
  await opened.close();
}
await browser.close();
for (const mark of ['module', 'facts', 'first-answer', 'first-frame']) {
  print(`navigation to ${mark} (median of ${runs.length})`, median(runs.map((marks) => marks[mark])), 'ms');
}
print('WebAssembly memory after opening', memory / 1e6, 'MB');
