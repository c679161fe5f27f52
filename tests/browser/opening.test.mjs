// The page as it opens, rests and fails, in Chromium with the network blocked.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {describe, test} from 'node:test';
import {pathToFileURL} from 'node:url';

import {launchBrowser, openPage} from './browser.mjs';
import {assertShows, filePage, open, root, shared} from './page.mjs';

describe('opening', () => {
  for (const kind of ['http', 'file']) {
    test(`over ${kind} it answers and draws, without complaint`, async () => {
      const opened = await open('', {base: kind === 'http' ? shared.httpPage : filePage});
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
      const opened = await open('', {deviceScaleFactor, viewport: {width: 900, height: 600}});
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
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('without WebGL the plain view answers', async () => {
    const plain = await launchBrowser({webgl: false});
    try {
      const opened = await openPage(plain, `${filePage}#${shared.hr.encodeLink({
        model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb'},
      })}`);
      await opened.settle();
      const sentence = shared.hr.estimate({model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb'}}).fit.text;
      await opened.page.waitForFunction((text) => document.querySelector('.plain').innerText.includes(text), sentence);
      // What stands beside the model can be asked for here too, and the address keeps it.
      await opened.page.evaluate(() => document.querySelectorAll('.plain details').forEach((part) => { part.open = true; }));
      const asked = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb', count: 1}, speculation: {kind: 'draft_model'},
                     draft: {model: 'llama-3.2-1b'}, adapters: [{rank: 16, count: 2, targets: 'attention'}],
                     finetune: {method: 'qlora', precision: 'bf16'}};
      await opened.page.selectOption('[name=speculation]', 'draft_model');
      await opened.page.selectOption('[name=draft]', 'llama-3.2-1b');
      await opened.page.fill('[name=adapters]', '2');
      await opened.page.locator('[name=adapters]').blur();
      await opened.page.selectOption('[name=adapter_targets]', 'attention');
      await opened.page.selectOption('[name=finetune]', 'qlora');
      await opened.page.selectOption('[name=tune_precision]', 'bf16');
      const tuned = shared.hr.estimate(asked);
      const held = Math.round(tuned.finetune.total_bytes).toLocaleString('en');
      await opened.page.waitForFunction((text) => document.querySelector('[data-part=finetune]').innerText.includes(text), held);
      const kept = shared.hr.estimate(shared.hr.decodeLink(await opened.page.evaluate(() => window.location.hash)));
      for (const part of ['draft_bytes', 'adapters_bytes', 'total_bytes']) assert.equal(kept.memory[part], tuned.memory[part]);
      // Another engine, model or device takes along what goes with it: each choice is answered.
      await opened.page.evaluate((fragment) => { window.location.hash = fragment; }, shared.hr.encodeLink({
        ...asked, engine: 'llama.cpp', gpu_layers: 20, split: 'layer', backend: 'cuda', context: 65536,
      }));
      const choices = {engine: 'vllm', model: 'gemma-3-270m', device: 'amd-rx-7900-xtx-24gb'};
      for (const [name, choice] of Object.entries(choices)) {
        await opened.page.waitForFunction(() => document.querySelector('.plain .verdict').dataset.status !== 'problem');
        await opened.page.selectOption(`.plain [name=${name}]`, choice);
        await opened.page.waitForFunction(([control, value]) => document.querySelector(`.plain [name=${control}]`).value === value,
                                          [name, choice]);
        const scenario = shared.hr.decodeLink(await opened.page.evaluate(() => window.location.hash));
        assert.equal(name === 'device' ? scenario.hardware.device : scenario[name], choice);
        assert.equal(scenario.gpu_layers, undefined);
        assert.equal(await opened.page.getAttribute('.plain .verdict', 'data-status'), shared.hr.estimate(scenario).fit.status);
      }
      await opened.close();
    } finally {
      await plain.close();
    }
  });
});

describe('a damaged copy', () => {
  test('says so instead of computing with what is left', async () => {
    const content = fs.readFileSync(new URL(filePage), 'utf8');
    const at = content.indexOf('"content":"') + 200_000;
    const damaged = `${content.slice(0, at)}${content[at] === 'A' ? 'B' : 'A'}${content.slice(at + 1)}`;
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-')), 'damaged.html');
    fs.writeFileSync(file, damaged);
    try {
      const opened = await openPage(shared.browser, pathToFileURL(file).href);
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
    const opened = await openPage(shared.browser, `${card}#${shared.hr.encodeLink(scenario)}`, {locale: 'es-ES'});
    await opened.page.waitForSelector('.verdict');
    const estimate = shared.hr.estimate({...scenario, language: 'es'});
    assert.equal(await opened.page.innerText('.verdict'), estimate.fit.text);
    assert.equal(await opened.page.innerText('.grade'), estimate.grade);
    const decode = (await opened.page.innerText('[data-figure=decode] b')).replace('.', '').replace(',', '.');
    assertShows(decode, estimate.decode.tok_s.p50, 'decode');
    assert.match(await opened.page.getAttribute('a', 'href'), new RegExp(`^index\\.html#v=1&m=llama-3\\.1-8b&`));

    const other = {...scenario, model: 'llama-3.1-405b'};
    await opened.page.evaluate((fragment) => { location.hash = fragment; }, shared.hr.encodeLink(other));
    await opened.page.waitForFunction((text) => document.querySelector('.verdict').innerText === text,
                                      shared.hr.estimate({...other, language: 'es'}).fit.text);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('its colour follows the grade, and on a phone it fits the frame that the page gives it', async () => {
    const page = await open('', {viewport: {width: 1440, height: 4000}});
    await page.page.evaluate(() => { window.__headroom.host.copyText = (text) => { window.copied = text; }; });
    await page.click('copy-embed');
    const frame = Number((await page.page.evaluate(() => window.copied)).match(/height="(\d+)"/)[1]);
    await page.close();

    const colours = {};
    for (const asked of [
      {model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb'}},
      {model: 'llama-3.1-405b', hardware: {device: 'cpu-xeon-8480-8ch-ddr5-4800-2s'}},
      {model: 'llama-3.1-405b', hardware: {device: 'nvidia-rtx-4090-24gb'}},
    ]) {
      const opened = await openPage(shared.browser, `${card}#${shared.hr.encodeLink(asked)}`,
                                    {locale: 'es-ES', viewport: {width: 320, height: 200}});
      await opened.page.waitForSelector('.grade');
      const [grade, colour, height] = await opened.page.evaluate(() => {
        const tile = document.querySelector('.grade');
        return [tile.innerText, getComputedStyle(tile).backgroundColor, document.documentElement.scrollHeight];
      });
      colours[grade] = colour;
      assert.ok(height <= frame, `${height} of ${frame}`);
      await opened.close();
    }
    // Slow and too large are both bad, and good is not.
    assert.deepEqual(Object.keys(colours), ['A', 'E', 'F']);
    assert.equal(colours.E, colours.F);
    assert.notEqual(colours.E, colours.A);
  });

  test('what its address does not say is said, with a link to the page', async () => {
    for (const fragment of ['', 'v=1&m=no-such-model&hw=nvidia-h20-96gb', 'v=1&m=%00%ff']) {
      const opened = await openPage(shared.browser, `${card}#${fragment}`);
      await opened.page.waitForSelector('[role=alert]');
      assert.ok((await opened.page.innerText('[role=alert]')).length > 20);
      assert.equal(await opened.page.getAttribute('a', 'href'), `index.html#${fragment}`);
      assert.deepEqual(opened.problems, []);
      await opened.close();
    }
  });
});
