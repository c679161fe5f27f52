// The page as a person meets it, in Chromium with the network blocked.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';

import createHeadroom from '../../dist/api/headroom.mjs';
import {eventually, launchBrowser, openPage} from './browser.mjs';
import {ggufOf} from './gguf.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const filePage = pathToFileURL(path.join(root, 'dist/index.html')).href;

let browser;
let hr;
let server;
let httpPage;

before(async () => {
  [browser, hr] = await Promise.all([launchBrowser(), createHeadroom()]);
  server = spawn(process.execPath, [path.join(root, 'web/serve.mjs'), path.join(root, 'dist'), '0']);
  httpPage = await new Promise((resolve) => server.stdout.once('data', (text) => resolve(String(text).trim())));
});

after(async () => {
  server?.kill();
  await browser?.close();
});

async function open(fragment = '', {base = filePage, query = '?inspect', ...options} = {}) {
  const opened = await openPage(browser, `${base}${query}#${fragment}`, options);
  await opened.settle();
  return opened;
}

// The scenario the page's address holds, and what the API says of it.
async function answered(opened) {
  const fragment = await opened.fragment();
  const scenario = hr.decodeLink(fragment);
  return {fragment, scenario, estimate: hr.estimate(scenario)};
}

function assertShows(text, figure, message) {
  const shown = Number.parseFloat(String(text).replace(/[^0-9.]/g, ''));
  assert.ok(Math.abs(shown - figure) <= Math.max(0.06, Math.abs(figure) * 0.02), `${message}: "${text}" for ${figure}`);
}

async function assertAgrees(opened) {
  const {estimate} = await answered(opened);
  if (estimate.decode?.tok_s) assertShows(await opened.value('decode'), estimate.decode.tok_s.p50, 'decode');
  assert.equal(await opened.value('verdict'), estimate.fit.text);
}

// Opens a picker by its field, types, and takes the first match.
async function pickByKeyboard(opened, field, text) {
  await opened.click(field);
  await opened.type(text);
  await opened.press('Enter');
}

describe('opening', () => {
  for (const kind of ['http', 'file']) {
    test(`over ${kind} it answers and draws, without complaint`, async () => {
      const opened = await open('', {base: kind === 'http' ? httpPage : filePage});
      assert.equal(await opened.page.evaluate(() => document.documentElement.dataset.view), 'canvas');
      assert.ok((await opened.value('verdict')).length > 10);
      const marks = await opened.page.evaluate(() => performance.getEntriesByType('mark').map(({name}) => name));
      assert.ok(marks.includes('headroom:first-answer') && marks.includes('headroom:first-frame'), marks.join());
      assert.deepEqual(opened.problems, []);
      await opened.close();
    });
  }

  test('the canvas is not blank, at any pixel ratio', async () => {
    for (const deviceScaleFactor of [1, 1.5, 2]) {
      const opened = await open('', {deviceScaleFactor});
      const {colours, width, expected} = await opened.page.evaluate(() => new Promise((resolve) => {
        const canvas = document.querySelector('canvas');
        window.__headroom.host.pacer.drawNow();
        const copy = document.createElement('canvas');
        [copy.width, copy.height] = [canvas.width, canvas.height];
        const context = copy.getContext('2d');
        context.drawImage(canvas, 0, 0);
        const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
        resolve({colours: new Set(pixels).size, width: canvas.width, expected: innerWidth * devicePixelRatio});
      }));
      assert.ok(colours > 50, `${colours} colours`);
      assert.equal(width, Math.round(expected));
      await opened.close();
    }
  });

  test('running the page again, as a saved copy does, begins cleanly', async () => {
    const opened = await open();
    const saved = await opened.page.evaluate(() => document.documentElement.outerHTML);
    await opened.page.setContent(`<!doctype html>${saved}`);
    await opened.page.waitForFunction(() => document.querySelectorAll('canvas').length === 1);
    assert.equal(await opened.page.locator('#headroom > canvas').count(), 1);
    await opened.close();
  });
});

describe('using', () => {
  test('picking a model and a card by mouse changes the figures to what the API says', async () => {
    const opened = await open();
    await assertAgrees(opened);
    const before = await answered(opened);
    await opened.click('model');
    await opened.type('llama 3.1 8b');
    const [row] = await opened.rows();
    await opened.page.mouse.move(row.x + 30, row.y + row.height / 2);
    await opened.page.mouse.click(row.x + 30, row.y + row.height / 2);
    await opened.settle();
    const changed = await answered(opened);
    assert.notEqual(changed.scenario.model, before.scenario.model);
    await assertAgrees(opened);
    await opened.close();
  });

  test('picking by keyboard does the same', async () => {
    const opened = await open();
    await pickByKeyboard(opened, 'device', 'H20');
    await pickByKeyboard(opened, 'model', 'llama 3.1 405b');
    const {scenario} = await answered(opened);
    assert.match(scenario.hardware.device, /h20/);
    assert.match(scenario.model, /405b/);
    await assertAgrees(opened);
    await opened.close();
  });

  test('typing text of any language reaches the field', async () => {
    const opened = await open();
    await opened.click('model');
    await opened.type('qwén 模型 🙂');
    await opened.press('Backspace');
    assert.equal(await opened.page.evaluate(() => document.querySelector('.text-agent').value), 'qwén 模型 ');
    await opened.close();
  });

  test('pasting reaches the field, and copying takes from it', async () => {
    const opened = await open();
    await opened.click('model');
    await opened.paste('mistral');
    assert.equal(await opened.page.evaluate(() => document.querySelector('.text-agent').value), 'mistral');
    await opened.press('Control+a');
    const copied = await opened.page.evaluate(() => {
      const data = new DataTransfer();
      document.dispatchEvent(new ClipboardEvent('copy', {clipboardData: data, bubbles: true, cancelable: true}));
      return data.getData('text/plain');
    });
    assert.equal(copied, 'mistral');
    await opened.close();
  });

  test('text composed by an input method reaches the search', async () => {
    const opened = await open();
    await opened.click('model');
    const client = await opened.context.newCDPSession(opened.page);
    const agent = () => opened.page.evaluate(() => document.querySelector('.text-agent').value);
    for (const text of ['m', 'mi', 'mistral']) {
      await client.send('Input.imeSetComposition', {text, selectionStart: text.length, selectionEnd: text.length});
    }
    await opened.settle();
    assert.equal(await agent(), 'mistral');
    await client.send('Input.imeSetComposition', {text: 'llama', selectionStart: 5, selectionEnd: 5});
    await client.send('Input.insertText', {text: 'llama 3.1 405b'});
    await opened.settle();
    assert.equal(await agent(), 'llama 3.1 405b');
    await opened.press('Enter');
    assert.match((await answered(opened)).scenario.model, /405b/);
    await opened.close();
  });

  test('a link restores the scenario, going back returns to the one before, and forward to the one after', async () => {
    const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb', count: 2}, context: 32768};
    const other = {...scenario, model: 'llama-3.1-405b'};
    const [first, second] = [hr.estimate(scenario).fit.text, hr.estimate(other).fit.text];
    const opened = await open(hr.encodeLink(scenario));
    await assertAgrees(opened);
    assert.equal((await answered(opened)).scenario.context, 32768);
    assert.equal(await opened.value('verdict'), first);
    await opened.page.evaluate((fragment) => { location.hash = fragment; }, hr.encodeLink(other));
    await opened.until('verdict', (text) => text === second);
    await opened.page.goBack();
    await opened.until('verdict', (text) => text === first);
    await opened.page.goForward();
    await opened.until('verdict', (text) => text === second);
    assert.equal((await answered(opened)).scenario.model, 'llama-3.1-405b');
    await opened.close();
  });

  const phone = {viewport: {width: 390, height: 844}, deviceScaleFactor: 2, hasTouch: true, isMobile: true};

  test('a finger scrolls', async () => {
    const opened = await open('', phone);
    const top = async () => Math.min(...(await opened.inspect()).items.map((item) => item.y));
    const start = await top();
    const client = await opened.context.newCDPSession(opened.page);
    const touch = (type, y) => client.send('Input.dispatchTouchEvent',
                                           {type, touchPoints: type === 'touchEnd' ? [] : [{x: 200, y}]});
    await touch('touchStart', 700);
    for (let y = 690; y >= 300; y -= 30) await touch('touchMove', y);
    await touch('touchEnd');
    await eventually(async () => await top() < start - 200, async () => `${await top()} from ${start}`);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('a tap is a click: it opens a picker and takes a row', async () => {
    const opened = await open('', phone);
    const before = await answered(opened);
    await opened.tap('summary');
    await opened.tap('model');
    const row = (await opened.rows()).at(-3);  // wholly in view
    await opened.page.touchscreen.tap(row.x + 30, row.y + row.height / 2);
    await opened.settle();
    const {scenario} = await answered(opened);
    assert.notEqual(scenario.model, before.scenario.model);
    assert.equal(hr.model(scenario.model).name, row.label.split('##')[0]);
    await opened.tap('fold');
    await assertAgrees(opened);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('the Tab key goes from the top bar into the page', async () => {
    const opened = await open();
    const before = await answered(opened);
    await opened.page.focus('canvas');
    // Language, theme, link, three screens, then the hardware.
    for (let step = 0; step < 7; step += 1) await opened.press('Tab');
    await opened.press('Enter');
    await opened.page.waitForFunction(() => document.activeElement?.classList.contains('text-agent'));
    await opened.type('h20 96');
    await opened.press('Enter');
    const {scenario} = await answered(opened);
    assert.notEqual(scenario.hardware.device, before.scenario.hardware.device);
    assert.equal(scenario.hardware.device, 'nvidia-h20-96gb');
    await assertAgrees(opened);
    await opened.close();
  });

  test('what was measured on this machine changes the answer to what the API says of it, and can be forgotten', async () => {
    const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-rtx-4090-24gb'}, quantization: 'Q4_K_M'};
    const opened = await open(hr.encodeLink(scenario), {viewport: {width: 1200, height: 2800}});
    const before = await answered(opened);
    await opened.click('own');
    await opened.paste('| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | tg128 | 100.00 ± 0.50 |');
    await opened.click('Answer for this machine as measured');
    const {scenario: measured, estimate} = await answered(opened);
    assert.notEqual(measured.personal, undefined);
    assert.ok(estimate.decode.tok_s.p50 < before.estimate.decode.tok_s.p50, `${estimate.decode.tok_s.p50}`);
    await assertAgrees(opened);
    await opened.click("Forget this machine's measurement");
    assert.equal((await answered(opened)).fragment, before.fragment);
    await assertAgrees(opened);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('the theme follows the system', async () => {
    const opened = await open('', {colorScheme: 'dark'});
    const background = () => opened.page.evaluate(() => document.documentElement.style.background);
    const dark = await background();
    await opened.page.emulateMedia({colorScheme: 'light'});
    await opened.settle();
    assert.notEqual(await background(), dark);
    await opened.close();
  });
});

describe('resting and failing', () => {
  test('nothing is drawn in five idle seconds', async () => {
    const opened = await open();
    await opened.fragment();
    await opened.settle();
    const before = await opened.frames();
    await opened.page.waitForTimeout(5000);
    assert.equal(await opened.frames(), before);
    await opened.close();
  });

  test('a lost graphics context comes back as it was', async () => {
    const opened = await open();
    const before = await opened.page.screenshot();
    await opened.page.evaluate(() => {
      const context = document.querySelector('canvas').getContext('webgl2');
      window.loseContext = context.getExtension('WEBGL_lose_context');
      window.loseContext.loseContext();
    });
    const lost = () => opened.page.evaluate(() => document.querySelector('canvas').getContext('webgl2').isContextLost());
    assert.equal(await lost(), true);
    const frames = await opened.frames();
    await opened.page.evaluate(() => window.loseContext.restoreContext());
    await opened.page.waitForFunction((count) => window.__headroom.host.pacer.count > count, frames);
    await opened.settle();
    assert.equal(await lost(), false);
    assert.equal(await opened.page.evaluate(() => document.documentElement.dataset.view), 'canvas');
    assert.ok(before.equals(await opened.page.screenshot()), 'the picture differs');
    await opened.close();
  });

  test('without WebGL the plain view answers', async () => {
    const plain = await launchBrowser({webgl: false});
    try {
      const opened = await openPage(plain, `${filePage}#${hr.encodeLink({
        model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb'},
      })}`);
      await opened.settle();
      const sentence = hr.estimate({model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb'}}).fit.text;
      await opened.page.waitForFunction((text) => document.querySelector('.plain').innerText.includes(text), sentence);
      await opened.close();
    } finally {
      await plain.close();
    }
  });
});

describe('mistakes', () => {
  const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb', count: 2}, context: 32768};

  test('a misspelled model in the link is named with the nearest ones, and the rest of the scenario is kept', async () => {
    const link = hr.encodeLink(scenario).replace('llama-3.1-8b', 'lama-3.1-8b');
    const opened = await open(link);
    const message = await opened.value('error');
    assert.match(message, /lama-3\.1-8b/);
    assert.match(message, /llama-3\.1-8b/);
    assert.equal(await opened.fragment(), link);
    await pickByKeyboard(opened, 'model', 'llama 3.1 405b');
    const {scenario: repaired} = await answered(opened);
    assert.match(repaired.model, /llama-3\.1-405b/);
    assert.deepEqual([repaired.hardware.count, repaired.context], [2, 32768]);
    await assertAgrees(opened);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  const config = JSON.stringify({
    architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_size: 4096, intermediate_size: 14336,
    num_attention_heads: 32, num_hidden_layers: 32, num_key_value_heads: 8, vocab_size: 128256,
  });

  test('a truncated config.json gives a message and loses nothing; the whole one is taken', async () => {
    const opened = await open(hr.encodeLink(scenario));
    const before = await answered(opened);
    await opened.drop('config.json', config.slice(0, config.length / 2));
    const message = await opened.toast();
    assert.ok(message.length > 20, message);
    assert.equal(await opened.fragment(), before.fragment);
    assert.equal(await opened.value('verdict'), before.estimate.fit.text);
    await opened.drop('config.json', config);
    assert.notEqual(await opened.toast(1), message);
    assert.notEqual(await opened.fragment(), before.fragment);
    assert.ok(await opened.value('verdict'));
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('a GGUF file of a model that no catalog lists is sized by its tensors, and a cut one refused', async () => {
    const shape = {layers: 6, hidden: 768, feedForward: 2048, heads: 12, kvHeads: 4, vocab: 5000, context: 8192};
    const {header, data, weights, cacheBytesPerToken} = ggufOf(shape);
    const opened = await open(hr.encodeLink(scenario));
    const before = await opened.fragment();
    await opened.drop('cut.gguf', header.slice(0, 400));
    assert.ok((await opened.toast()).length > 20);
    assert.equal(await opened.fragment(), before);
    await opened.drop('nobody.gguf', header, data);
    await eventually(async () => await opened.fragment() !== before, () => opened.toast());
    const {estimate: {memory, resolved}} = await answered(opened);
    assert.equal(memory.weights_bytes, weights);
    assert.ok(resolved.context > 0 && resolved.context % 256 === 0, `${resolved.context}`);  // the engine's own steps
    assert.equal(memory.kv_cache_bytes, cacheBytesPerToken * resolved.context);
    await assertAgrees(opened);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  for (const [kind, fragment] of Object.entries({
    'broken escapes': 'v=1&m=%zz&hw=no-such-card', 'no link at all': 'x'.repeat(3000),
    'binary': '\u0001\u0002=&&&=%', 'a negative context': 'v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&c=-7',
  })) {
    test(`a fragment of garbage (${kind}) gives a message, and the scenario stays`, async () => {
      const opened = await open(hr.encodeLink(scenario));
      const before = await opened.value('verdict');
      await opened.page.evaluate((garbage) => { location.hash = garbage; }, fragment);
      const message = await opened.toast();
      assert.ok(message.length > 20, message);
      assert.equal(await opened.page.locator('#headroom .live').textContent(), message);
      assert.equal(await opened.value('verdict'), before);
      assert.deepEqual(opened.problems, []);
      await opened.close();

      const direct = await open(fragment);
      assert.ok(await direct.toast());
      assert.deepEqual(direct.problems, []);
      await direct.close();
    });
  }
});

describe('a damaged copy', () => {
  test('says so instead of computing with what is left', async () => {
    const content = fs.readFileSync(new URL(filePage), 'utf8');
    const at = content.indexOf('"content":"') + 200_000;
    const damaged = `${content.slice(0, at)}${content[at] === 'A' ? 'B' : 'A'}${content.slice(at + 1)}`;
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-')), 'damaged.html');
    fs.writeFileSync(file, damaged);
    try {
      const opened = await openPage(browser, pathToFileURL(file).href);
      await opened.page.waitForSelector('.problem');
      assert.match(await opened.page.innerText('.problem'), /cannot be unpacked .* Load or save it again/);
      await opened.close();
    } finally {
      fs.rmSync(path.dirname(file), {recursive: true});
    }
  });
});

describe('the fit card', () => {
  const card = pathToFileURL(path.join(root, 'dist/embed.html')).href;
  const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb', count: 2}, context: 32768};

  test('from a file it shows what the API says, in the language of the browser, and follows its address', async () => {
    const opened = await openPage(browser, `${card}#${hr.encodeLink(scenario)}`, {locale: 'es-ES'});
    await opened.page.waitForSelector('.verdict');
    const estimate = hr.estimate({...scenario, language: 'es'});
    assert.equal(await opened.page.innerText('.verdict'), estimate.fit.text);
    assert.equal(await opened.page.innerText('.grade'), estimate.grade);
    const decode = (await opened.page.innerText('[data-figure=decode] b')).replace('.', '').replace(',', '.');
    assertShows(decode, estimate.decode.tok_s.p50, 'decode');
    assert.match(await opened.page.getAttribute('a', 'href'), new RegExp(`^index\\.html#v=1&m=llama-3\\.1-8b&`));

    const other = {...scenario, model: 'llama-3.1-405b'};
    await opened.page.evaluate((fragment) => { location.hash = fragment; }, hr.encodeLink(other));
    await opened.page.waitForFunction((text) => document.querySelector('.verdict').innerText === text,
                                      hr.estimate({...other, language: 'es'}).fit.text);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('what its address does not say is said, with a link to the page', async () => {
    for (const fragment of ['', 'v=1&m=no-such-model&hw=nvidia-h20-96gb', 'v=1&m=%00%ff']) {
      const opened = await openPage(browser, `${card}#${fragment}`);
      await opened.page.waitForSelector('[role=alert]');
      assert.ok((await opened.page.innerText('[role=alert]')).length > 20);
      assert.equal(await opened.page.getAttribute('a', 'href'), `index.html#${fragment}`);
      assert.deepEqual(opened.problems, []);
      await opened.close();
    }
  });
});
