// What the tests of the page share: the page served and from disk, and what it shows against what the API says.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import path from 'node:path';
import {after, before} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';

import createHeadroom from '../../dist/api/headroom.mjs';
import {launchBrowser, openPage} from './browser.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const filePage = pathToFileURL(path.join(root, 'dist/index.html')).href;

// The browser, the API and the address of the served page, for the length of a test file.
export const shared = {};

before(async () => {
  [shared.browser, shared.hr] = await Promise.all([launchBrowser(), createHeadroom()]);
  shared.server = spawn(process.execPath, [path.join(root, 'web/serve.mjs'), path.join(root, 'dist'), '0']);
  shared.httpPage = await new Promise((resolve) => {
    shared.server.stdout.once('data', (text) => resolve(String(text).trim()));
  });
});

after(async () => {
  shared.server?.kill();
  await shared.browser?.close();
});

export async function open(fragment = '', {base = filePage, query = '?inspect', ...options} = {}) {
  const opened = await openPage(shared.browser, `${base}${query}#${fragment}`, options);
  await opened.settle();
  return opened;
}

export const openUnpainted = (fragment, options = {}) => open(fragment, {paints: false, ...options});

// The scenario the page's address holds, and what the API says of it.
export async function answered(opened) {
  const fragment = await opened.fragment();
  const scenario = shared.hr.decodeLink(fragment);
  return {fragment, scenario, estimate: shared.hr.estimate(scenario)};
}

export function assertShows(text, figure, message) {
  const shown = Number.parseFloat(String(text).replace(/[^0-9.]/g, ''));
  assert.ok(Math.abs(shown - figure) <= Math.max(0.06, Math.abs(figure) * 0.02), `${message}: "${text}" for ${figure}`);
}

export async function assertAgrees(opened) {
  const {estimate} = await answered(opened);
  if (estimate.decode?.tok_s) assertShows(await opened.value('decode'), estimate.decode.tok_s.p50, 'decode');
  assert.equal(await opened.value('verdict'), estimate.fit.text);
}

// Opens a picker by its field, types, and takes the first match.
export async function pickByKeyboard(opened, field, text) {
  await opened.click(field);
  await opened.type(text);
  await opened.press('Enter');
}
