// The plain view and the report printed of it, in Chromium with the network blocked.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import {open, shared} from './page.mjs';

const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb'}};
const plain = (fragment, options = {}) => open(fragment, {query: '?plain', ...options});
const verdict = (opened) => opened.page.innerText('.verdict');

describe('the plain view', () => {
  for (const [name, width, height] of [['a phone', 390, 844], ['a wide screen', 1440, 900]]) {
    test(`answers before the further settings on ${name}`, async () => {
      const opened = await plain(shared.hr.encodeLink(scenario), {viewport: {width, height}});
      const [top, settings] = await opened.page.evaluate(() => ['.verdict', '.settings'].map(
          (part) => document.querySelector(part).getBoundingClientRect().top));
      assert.ok(top < height && top < settings, `${top} of ${height}, settings at ${settings}`);
      assert.equal(await opened.page.getAttribute('.settings', 'open'), null);
      await opened.close();
    });
  }

  test('shows in an empty field what was chosen, and names the scenario in the title', async () => {
    const opened = await plain(shared.hr.encodeLink(scenario), {locale: 'es-ES'});
    const {resolved} = shared.hr.estimate(scenario);
    const shown = await opened.page.getAttribute('[name=context]', 'placeholder');
    assert.equal(shown.replace(/\D/g, ''), String(resolved.context));
    const memory = await opened.page.getAttribute('[name=host_gib]', 'placeholder');
    assert.equal(memory.replace(/\D/g, ''), String(resolved.host.memory_bytes / 2 ** 30));
    assert.match(await opened.page.title(), /Llama 3\.1 8B en .*H20/);
    await opened.close();
  });

  test('another model is a step of the history, another count is not', async () => {
    const opened = await plain(shared.hr.encodeLink(scenario));
    const steps = () => opened.page.evaluate(() => window.history.length);
    const before = await steps();
    await opened.page.fill('[name=count]', '2');
    await opened.page.dispatchEvent('[name=count]', 'change');
    assert.equal(await steps(), before);
    const first = await verdict(opened);
    await opened.page.selectOption('[name=model]', 'llama-3.1-405b');
    assert.equal(await steps(), before + 1);
    assert.notEqual(await verdict(opened), first);
    await opened.page.goBack();
    await opened.page.waitForFunction((text) => document.querySelector('.verdict').innerText === text, first);
    await opened.close();
  });

  for (const locale of ['es-ES', 'zh-CN']) {
    test(`says in ${locale} what is wrong, the English detail after it, and no answer to something else`, async () => {
      const opened = await plain('v=1&m=llama-9&hw=nvidia-h20-96gb', {locale});
      const said = await verdict(opened);
      const texts = shared.hr.texts(locale.slice(0, 2));
      assert.ok(said.startsWith(texts['error.unknown_model']), said);
      assert.match(await opened.page.innerText('.verdict small [lang=en]'), /^model: "llama-9"/);
      assert.equal(await opened.page.inputValue('[name=model]'), 'llama-9');
      assert.equal(await opened.page.isVisible('.cards'), false);
      await opened.close();
    });
  }
});

describe('the report', () => {
  test('is dark on white with the answer of the moment, and neither form nor heading without content', async () => {
    const opened = await open(shared.hr.encodeLink(scenario), {colorScheme: 'dark', query: '?inspect', paints: false});
    await opened.page.emulateMedia({media: 'print', colorScheme: 'dark'});
    // Printing makes at once what the plain view beside the canvas has not made yet.
    await opened.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    const {text, colours, bare, formats, controls} = await opened.page.evaluate(() => {
      const shown = (element) => element.offsetParent !== null;
      const style = getComputedStyle(document.documentElement);
      return {
        text: document.querySelector('.plain').innerText,
        colours: [style.color, style.backgroundColor],
        bare: [...document.querySelectorAll('.plain h2')].filter(shown)
            .filter((heading) => heading.parentElement.innerText.trim() === heading.innerText.trim()).map((h) => h.innerText),
        formats: [...document.querySelectorAll('[data-part=formats] tbody tr')].filter(shown).length,
        controls: [...document.querySelectorAll('.plain :is(input, select, button)')].filter(shown).length,
      };
    });
    const estimate = shared.hr.estimate(scenario);
    assert.deepEqual(colours, ['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
    assert.ok(text.startsWith('Llama 3.1 8B on '), text.slice(0, 80));
    const {version, data_date: facts} = shared.hr.version();
    for (const part of [estimate.fit.text, shared.hr.command(scenario)[0].text, version, facts,
                        shared.hr.hardware('nvidia-h20-96gb').sources[0]]) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    assert.deepEqual(bare, []);
    assert.ok(formats > 3 && formats < 20, `${formats} formats`);
    assert.equal(controls, 0);
    await opened.close();
  });
});
