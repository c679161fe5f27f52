// The page and what a person gets wrong, in Chromium with the network blocked.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import {eventually} from './browser.mjs';
import {ggufOf} from './gguf.mjs';
import {answered, assertAgrees, openUnpainted as open, pickByKeyboard, shared} from './page.mjs';

describe('mistakes', () => {
  const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-h20-96gb', count: 2}, context: 32768};

  test('a misspelled model in the link is named with the nearest ones, and the rest of the scenario is kept', async () => {
    const link = shared.hr.encodeLink(scenario).replace('llama-3.1-8b', 'lama-3.1-8b');
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

  test('what was meant is one click away, and the rest stays', async () => {
    const opened = await open(shared.hr.encodeLink(scenario).replace('llama-3.1-8b', 'lama-3.1-8b'));
    await opened.value('error');
    await opened.click('Llama 3.1 8B');
    await opened.settle();
    const {scenario: meant} = await answered(opened);
    assert.deepEqual([meant.model, meant.hardware.count, meant.context], ['llama-3.1-8b', 2, 32768]);
    await opened.close();
  });

  const config = JSON.stringify({
    architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_size: 4096, intermediate_size: 14336,
    num_attention_heads: 32, num_hidden_layers: 32, num_key_value_heads: 8, vocab_size: 128256,
  });

  test('a truncated config.json gives a message and loses nothing; the whole one is taken', async () => {
    const opened = await open(shared.hr.encodeLink(scenario));
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
    const opened = await open(shared.hr.encodeLink(scenario));
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
    'binary': '\u0001\u0002=&&&=%', 'no model': 'v=1&hw=nvidia-h20-96gb&c=-7',
  })) {
    test(`a fragment of garbage (${kind}) gives a message, and the scenario stays`, async () => {
      const opened = await open(shared.hr.encodeLink(scenario));
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

  test('a link with a negative context says so and keeps everything else', async () => {
    const opened = await open('v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&n=2&e=vllm&q=FP8&c=-7');
    assert.match(await opened.toast(), /context: -7/);
    const address = await opened.page.evaluate(() => location.hash);
    for (const part of ['m=llama-3.1-8b', 'hw=nvidia-h20-96gb', 'n=2', 'e=vllm', 'q=FP8']) assert.ok(address.includes(part), address);
    assert.ok(!address.includes('c='), address);
    assert.deepEqual(opened.problems, []);
    await opened.close();
  });
});
