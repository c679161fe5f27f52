// The page as a person uses it, in Chromium with the network blocked.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import {eventually} from './browser.mjs';
import {answered, assertAgrees, openUnpainted as open, pickByKeyboard, shared} from './page.mjs';

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

  test('a context is typed as it is meant, and what is none says so and changes nothing', async () => {
    const opened = await open();
    const typed = async (text) => {
      await opened.click('context-edit');
      await opened.page.keyboard.press('Control+a');
      await opened.type(text);
      await opened.press('Enter');
      await opened.settle();
      return (await answered(opened)).scenario.context;
    };
    assert.equal(await typed('16k'), 16384);
    for (const [index, wrong] of ['-5', '1.5', 'abc', '999999999'].entries()) {
      assert.equal(await typed(wrong), 16384);
      assert.ok((await opened.toast(index)).startsWith(`"${wrong}"`), wrong);
    }
    assert.equal(await typed('8,192'), 8192);
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

  test('copying with no field active takes the answer as text, and says so', async () => {
    const opened = await open();
    const copied = await opened.page.evaluate(() => {
      const data = new DataTransfer();
      document.dispatchEvent(new ClipboardEvent('copy', {clipboardData: data, bubbles: true, cancelable: true}));
      return data.getData('text/plain');
    });
    const {estimate, fragment} = await answered(opened);
    assert.ok(copied.includes(`\n${estimate.fit.text}\n`), copied);
    assert.ok(copied.includes(`#${fragment}`), copied);
    assert.match(copied, /\nGeneration: \S+\stok\/s \(/);
    assert.ok((await opened.toast()).length > 5);
    await opened.close();
  });

  test('going back returns to the model before, however it was looked at, and the title follows', async () => {
    const opened = await open(shared.hr.encodeLink({model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb'}}));
    const title = await opened.page.title();
    await opened.click('Q8_0');
    const before = await opened.fragment();
    await pickByKeyboard(opened, 'model', 'llama 3.1 405b');
    await opened.fragment();
    assert.notEqual(await opened.page.title(), title);
    await opened.page.goBack();
    await eventually(async () => await opened.fragment() === before, () => opened.fragment());
    await assertAgrees(opened);
    assert.equal(await opened.page.title(), title);
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
    const [first, second] = [shared.hr.estimate(scenario).fit.text, shared.hr.estimate(other).fit.text];
    const opened = await open(shared.hr.encodeLink(scenario));
    await assertAgrees(opened);
    assert.equal((await answered(opened)).scenario.context, 32768);
    assert.equal(await opened.value('verdict'), first);
    await opened.page.evaluate((fragment) => { location.hash = fragment; }, shared.hr.encodeLink(other));
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
    assert.equal(shared.hr.model(scenario.model).name, row.label.split('##')[0]);
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

  test('Tab leaves the canvas at its end for a button, and opens the plain view only when that is pressed', async () => {
    const opened = await open();
    const at = () => opened.page.evaluate(() => ({
      view: document.documentElement.dataset.view, tag: document.activeElement.tagName, text: document.activeElement.textContent,
    }));
    await opened.page.focus('canvas');
    for (let step = 0; step < 200 && (await at()).tag !== 'BUTTON'; step += 1) await opened.press('Tab');
    assert.deepEqual(await at(), {view: 'canvas', tag: 'BUTTON', text: 'Plain view'});
    await opened.press('Shift+Tab');
    const back = await at();  // on the canvas, or in its text field
    assert.equal(back.view, 'canvas');
    assert.ok(['CANVAS', 'INPUT'].includes(back.tag), back.tag);
    for (let step = 0; step < 200 && (await at()).tag !== 'BUTTON'; step += 1) await opened.press('Tab');
    await opened.press('Enter');
    assert.equal((await at()).view, 'plain');
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });

  test('what was measured on this machine changes the answer to what the API says of it, and can be forgotten', async () => {
    const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-rtx-4090-24gb'}, quantization: 'Q4_K_M'};
    const opened = await open(shared.hr.encodeLink(scenario), {viewport: {width: 1200, height: 3200}});
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
