// What the page costs a person: time to the first answer and frame, memory after opening and after long use. Prints
// figures; judges none.

import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

import {launchBrowser, openPage} from './browser.mjs';
import {useAtRandom} from './random_use.mjs';

// 1800 are an hour of somebody who does something every two seconds, and several minutes here.
const ACTIONS = Number(process.env.ACTIONS ?? 30);

const page = path.join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/index.html');
const print = (what, figure, unit, budget) => console.log(
    `  ${what.padEnd(58)} ${figure.toFixed(2).padStart(12)} ${unit.padEnd(4)} ${budget ? `(budget ${budget})` : ''}`.trimEnd());
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const open = (browser) => openPage(browser, `${pathToFileURL(page)}?inspect`, {viewport: {width: 1000, height: 700}});

console.log('The page');
const browser = await launchBrowser();
const runs = [];
let memory = 0;
for (let run = 0; run < 3; run += 1) {
  const opened = await open(browser);
  await opened.settle();
  runs.push(await opened.page.evaluate(() => Object.fromEntries(
      performance.getEntriesByType('mark').map(({name, startTime}) => [name.replace('headroom:', ''), startTime]))));
  memory = await opened.page.evaluate(() => window.__headroom.memoryBytes());
  await opened.close();
}
const BUDGETS = {'first-answer': 300};
for (const mark of ['module', 'facts', 'first-answer', 'first-frame']) {
  print(`navigation to ${mark} (median of ${runs.length})`, median(runs.map((marks) => marks[mark])), 'ms', BUDGETS[mark]);
}
print('WebAssembly memory after opening', memory / 1e6, 'MB', 64);

const opened = await open(browser);
await opened.settle();
const use = await useAtRandom(opened.page, ACTIONS);
print(`WebAssembly memory after ${use.actions} random actions, ${use.scenarios} scenarios`, use.memory / 1e6, 'MB', 64);
print(`frame in that time (mean of ${use.frames})`, use.milliseconds / use.frames, 'ms');
for (const problem of new Set([...use.problems, ...opened.problems])) console.log(`  complained: ${problem}`);
await browser.close();
