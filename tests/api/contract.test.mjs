// The contract as a program sees it: every function, every field, every kind of mistake.
// Usage: node --test contract.test.mjs; HEADROOM_API names the folder of headroom.mjs when it is not dist/api.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import nodeTest from 'node:test';
import {pathToFileURL, fileURLToPath} from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const api = path.resolve(process.env.HEADROOM_API ?? path.join(root, 'dist/api'));
const {default: createHeadroom, HeadroomError} = await import(pathToFileURL(path.join(api, 'headroom.mjs')));
const hr = await createHeadroom();

// A test collects what is wrong instead of stopping at the first.
function test(name, body) {
  nodeTest(name, async () => {
    const wrong = [];
    await body((condition, what) => {
      if (!condition) wrong.push(what);
    });
    assert.deepEqual(wrong, []);
  });
}
function refused(name, call, code, named) {
  nodeTest(`refused: ${name}`, () => assert.throws(call, (error) => {
    assert.ok(error instanceof HeadroomError, error.stack);
    assert.equal(error.code, code, error.message);
    for (const word of named) assert.ok(error.message.includes(word), `"${error.message}" does not say ${word}`);
    return true;
  }));
}

const scenario = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-rtx-4090-24gb'}, quantization: 'Q4_K_M'};
const h20 = (model, quantization, more = {}) => ({model, hardware: {device: 'nvidia-h20-96gb', count: more.count ?? 1},
                                                  quantization, engine: more.engine ?? 'llama.cpp'});
const isRange = (value) => ['p10', 'p50', 'p90'].every((name) => Number.isFinite(value?.[name])) &&
                           value.p10 <= value.p50 && value.p50 <= value.p90;
const isCount = (value) => Number.isInteger(value) && value >= 0;
const fits = ['fits', 'tight', 'offload', 'does_not_fit'];

test('version', (ok) => {
  const version = hr.version();
  for (const name of ['version', 'data_date', 'commit']) ok(typeof version[name] === 'string' && version[name] !== '', name);
});

test('catalog', (ok) => {
  const catalog = hr.catalog();
  ok(catalog.models.length > 1200, `${catalog.models.length} models`);
  ok(catalog.hardware.length > 500, `${catalog.hardware.length} devices`);
  for (const id of ['llama.cpp', 'ollama', 'lm-studio', 'vllm', 'sglang', 'tensorrt-llm', 'mlx', 'exllamav3', 'transformers']) {
    ok(catalog.engines.some((engine) => engine.id === id), id);
  }
  for (const id of ['Q4_K_M', 'Q8_0', 'BF16', 'FP16', 'FP8', 'INT8', 'AWQ-INT4', 'GPTQ-INT4', 'NVFP4', 'MXFP4', 'MLX-4bit']) {
    ok(catalog.quantizations.some((format) => format.id === id), id);
  }
  for (const id of ['balanced', 'interactive', 'light_api', 'scale_out']) ok(catalog.modes.some((mode) => mode.id === id), id);
  ok(catalog.workloads.some((workload) => workload.id === 'chat'), 'chat');
  const fields = ['id', 'name', 'family', 'developer', 'kind', 'total_params', 'active_params', 'max_context', 'release'];
  for (const name of fields) ok(catalog.models.every((model) => name in model), `models.${name}`);
  for (const name of ['id', 'name', 'vendor', 'class', 'memory_bytes', 'mem_bandwidth_gbs']) {
    ok(catalog.hardware.every((device) => name in device), `hardware.${name}`);
  }
  for (const rows of [catalog.models, catalog.hardware, catalog.quantizations, catalog.engines]) {
    ok(new Set(rows.map((row) => row.id)).size === rows.length, 'ids are unique');
  }
});

test('model and hardware', (ok) => {
  const model = hr.model('llama-3.1-8b');
  ok(model.total_params > 8e9 && model.total_params < 8.1e9, `${model.total_params} parameters`);
  const device = hr.hardware('nvidia-h20-96gb');
  for (const record of [model, device]) {
    ok(Array.isArray(record.sources) && record.sources.length > 0, 'sources');
    ok(Array.isArray(record.conflicts), 'conflicts');
    ok(['low', 'medium', 'high'].includes(record.confidence), 'confidence');
  }
  ok(device.mem_bandwidth_gbs === 4000, `${device.mem_bandwidth_gbs} GB/s`);
  ok(hr.estimate({...scenario, hardware: {device}}).memory.total_bytes > 0, 'a full record is a device');
});

function checkEstimate(estimate, ok) {
  ok(fits.includes(estimate.fit.status) && estimate.fit.text.length > 5, 'fit');
  const parts = ['weights_bytes', 'kv_cache_bytes', 'recurrent_state_bytes', 'compute_bytes', 'output_bytes', 'engine_bytes',
                 'adapters_bytes', 'draft_bytes', 'projector_bytes'];
  for (const name of [...parts, 'copied_bytes', 'not_loaded_bytes', 'total_bytes']) ok(isCount(estimate.memory[name]), `memory.${name}`);
  ok(parts.reduce((sum, name) => sum + estimate.memory[name], 0) - estimate.memory.not_loaded_bytes === estimate.memory.total_bytes,
     'parts sum to the total');
  for (const name of ['usable_bytes', 'total_bytes']) {
    ok(estimate.memory.on_devices[name] === estimate.memory.devices.reduce((sum, device) => sum + device[name], 0), `memory.on_devices.${name}`);
  }
  const pool = estimate.memory.devices.reduce((sum, device) => sum + device.pool_left_bytes, 0);
  const {needed_bytes: needed, total_bytes: held} = estimate.memory.on_devices;
  ok(pool > 0 ? needed < held : needed === held, 'what is needed is what is held, less what a pool has left');
  for (const device of estimate.memory.devices) {
    for (const name of ['usable_bytes', 'weights_bytes', 'kv_cache_bytes', 'recurrent_state_bytes', 'compute_bytes',
                        'engine_bytes', 'total_bytes', 'free_bytes', 'pool_left_bytes', 'layers']) {
      ok(isCount(device[name]), `memory.devices.${name}`);
    }
    ok(device.name !== '', 'memory.devices.name');
  }
  for (const name of ['weights_bytes', 'kv_cache_bytes', 'compute_bytes', 'total_bytes', 'usable_bytes']) {
    ok(isCount(estimate.memory.host[name]), `memory.host.${name}`);
  }
  ok(estimate.offload_fraction >= 0 && estimate.offload_fraction <= 1, 'offload_fraction');
  ok(isCount(estimate.safe_context), 'safe_context');
  ok(isCount(estimate.max_parallel), 'max_parallel');
  ok(estimate.decode.tok_s === null ? estimate.decode.reason !== '' : isRange(estimate.decode.tok_s), 'decode.tok_s');
  ok(estimate.prefill.tok_s === null ? estimate.prefill.reason !== '' : isRange(estimate.prefill.tok_s), 'prefill.tok_s');
  ok(estimate.ttft_s === null || isRange(estimate.ttft_s), 'ttft_s');
  if (estimate.decode.tok_s) {
    ok(isRange(estimate.decode.total_tok_s), 'decode.total_tok_s');
    ok(['memory', 'compute', 'interconnect', 'host', 'overhead'].includes(estimate.decode.bound), 'decode.bound');
    for (const name of ['weights', 'kv', 'compute', 'communication', 'host', 'overhead']) {
      ok(estimate.decode.time_s[name] >= 0, `decode.time_s.${name}`);
    }
  }
  ok(/^[A-F]$/.test(estimate.grade), 'grade');
  ok(estimate.score >= 0 && estimate.score <= 100, 'score');
  for (const name of ['fit', 'speed', 'quality', 'context', 'efficiency']) ok(Number.isFinite(estimate.score_parts[name]), name);
  ok(['memory', 'bandwidth', 'compute', 'interconnect', 'host', 'none'].includes(estimate.bottleneck.kind), 'bottleneck.kind');
  ok(typeof estimate.bottleneck.text === 'string' && typeof estimate.bottleneck.remedy === 'string', 'bottleneck');
  ok(['measured', 'calibrated', 'extrapolated', 'theoretical'].includes(estimate.confidence), 'confidence');
  ok(Array.isArray(estimate.measurements) && Array.isArray(estimate.warnings), 'lists');
  for (const row of estimate.measurements) ok(row.tok_s > 0 && row.test !== '' && 'source' in row && 'url' in row && 'date' in row && typeof row.served === 'boolean', 'measurement');
  for (const row of estimate.warnings) ok(row.code !== '' && row.text !== '' && !row.text.startsWith('warning.'), `warning ${row.code}`);
}

test('estimate', (ok) => checkEstimate(hr.estimate(scenario), ok));

test('estimateBatch', (ok) => {
  const answers = hr.estimateBatch([scenario, {...scenario, model: 'nothing'}]);
  ok(answers.length === 2, 'one result each');
  checkEstimate(answers[0], ok);
  ok(answers[1].error.code === 'unknown_model' && answers[1].error.message.includes('nothing'), 'an error in its place');
});

test('zero lengths', (ok) => {
  const prefill = hr.estimate({...scenario, workload: {prompt: 512, output: 0, cached_prefix: 0}});
  ok(prefill.decode.tok_s === null && prefill.prefill.tok_s.p50 > 0, 'pp512');
  const decode = hr.estimate({...scenario, workload: {prompt: 0, output: 128, cached_prefix: 8192}});
  ok(decode.prefill.tok_s === null && decode.ttft_s === null && decode.decode.tok_s.p50 > 0, 'tg128 @ d8192');
});

test('explain', (ok) => {
  const walk = (node) => {
    for (const name of ['label', 'value', 'unit', 'formula', 'inputs', 'source']) {
      if (!(name in node)) ok(false, `${name} missing at ${node.label}`);
    }
    for (const name of ['label', 'formula']) ok(!node[name].startsWith('trace.'), `${node[name]} has no words`);
    return 1 + node.inputs.reduce((sum, input) => sum + walk(input), 0);
  };
  ok(walk(hr.explain(scenario)) > 20, 'a tree');
  const find = (node, label) => node.label === label ? node
      : node.inputs.reduce((found, input) => found ?? find(input, label), undefined);
  for (const speculation of [{}, {draft: 'llama-3.2-1b', speculation: {kind: 'draft_model', draft_tokens: 4, acceptance: 0.5}}]) {
    const asked = {...scenario, ...speculation};
    const tree = hr.explain(asked);
    const tokens = find(tree, 'Tokens per step, of a sequence').value;
    const tok_s = tokens / find(tree, 'Time of one step').value;
    ok(Math.abs(tok_s / hr.estimate(asked).decode.tok_s.p50 - 1) < 1e-9, 'tokens per step / time of the step');
    const expected = speculation.draft ? (1 - 0.5 ** 5) / (1 - 0.5) : 1;
    ok(Math.abs(tokens - expected) < 1e-9, `${tokens} tokens per step`);
  }
});

test('models are ranked by the engine that a scenario of each gets', (ok) => {
  for (const device of ['nvidia-rtx-4090-24gb', 'nvidia-h100-sxm-80gb', 'apple-m4-max-40c-64gb']) {
    const rows = hr.rankModels({hardware: {device}});
    let others = 0;
    for (const row of rows) {
      const own = hr.estimate({model: row.model, hardware: {device}}).resolved.engine;
      ok(row.engine === own, `${row.model} on ${device}: ${row.engine} and ${own}`);
      others += own === 'llama.cpp' ? 0 : 1;
      if (row.fit === 'does_not_fit') ok(row.decode_tok_s === null, `${row.model} on ${device}: a speed of what does not fit`);
    }
    ok(others > 20, `${others} of other engines on ${device}`);
  }
});

test('a ranking of machines is as sure as an estimate', (ok) => {
  const rows = hr.rankHardware({model: 'llama-3.1-8b', quantization: 'Q4_K_M'});
  for (const row of rows.filter((one) => one.count === 1)) {
    const {confidence} = hr.estimate({model: 'llama-3.1-8b', quantization: 'Q4_K_M', hardware: {device: row.device}});
    ok(row.confidence === confidence, `${row.device}: ${row.confidence} and ${confidence}`);
  }
});

test('a link that reaches beyond a server leaves the ranks together and tells the servers', (ok) => {
  const rack = {model: 'deepseek-v3', hardware: {device: 'nvidia-gb200-186gb', count: 8}, engine: 'vllm', quantization: 'FP8'};
  const estimate = hr.estimate(rack);
  ok(estimate.resolved.tensor_parallel === 8 && estimate.resolved.hosts === 2, `${estimate.resolved.hosts} servers`);
  ok(!('network' in estimate.resolved), 'no network');
  ok(estimate.warnings.some((one) => one.code === 'several_servers' && one.text.includes('NVLink')), 'told');
  ok(hr.command(rack)[0].text.includes('--nnodes 2'), hr.command(rack)[0].text);
});

test('a model that does not tell how far it reaches', (ok) => {
  const config = {model_type: 'llama', architectures: ['LlamaForCausalLM'], hidden_size: 4096, num_hidden_layers: 32,
                  num_attention_heads: 32, num_key_value_heads: 8, intermediate_size: 14336, vocab_size: 128256};
  for (const engine of ['llama.cpp', 'vllm']) {
    const asked = {model: {config}, hardware: {device: 'nvidia-rtx-4090-24gb'}, engine};
    const told = {...asked, model: {config: {...config, max_position_embeddings: 131072}}};
    const [untold, known] = [hr.estimate(asked), hr.estimate(told)];
    ok(untold.safe_context >= known.safe_context && known.safe_context > 4096, `${engine}: ${untold.safe_context} and ${known.safe_context}`);
    const full = hr.estimate({...asked, context: untold.safe_context});
    ok(full.fit.status === 'fits' || full.fit.status === 'tight', `${engine}: ${full.fit.status} at its own largest context`);
  }
});

test('users beyond what the cache holds wait for their first token', (ok) => {
  const asked = {model: 'llama-3.1-8b', hardware: {device: 'nvidia-rtx-4090-24gb'}, engine: 'vllm', quantization: 'FP8'};
  const few = hr.estimate({...asked, parallel: 8});
  ok(!('queue_s' in few), 'nobody waits');
  const many = hr.estimate({...asked, parallel: 1024});
  ok(many.queue_s > 1 && many.ttft_s.p50 > many.queue_s, `${many.queue_s} of ${many.ttft_s.p50}`);
  ok(many.warnings.some((one) => one.code === 'queue'), 'told');
});

test('quantizations', (ok) => {
  const rows = hr.quantizations(scenario);
  ok(rows.length > 10, `${rows.length} rows`);
  for (const row of rows) {
    ok(row.bits_per_weight > 0 && isCount(row.weights_bytes) && isCount(row.total_bytes) && fits.includes(row.fit) &&
       isCount(row.safe_context) && (row.decode_tok_s === null || isRange(row.decode_tok_s)), row.quantization);
    ok(row.quality.label !== '' && 'ppl_increase' in row.quality && 'source' in row.quality, `${row.quantization} quality`);
  }
  ok(rows.some((row) => row.quantization === 'Q4_K_M'), 'Q4_K_M');
});

test('workloads', (ok) => {
  const rows = hr.workloads(scenario);
  ok(rows.length >= 5, `${rows.length} rows`);
  for (const row of rows) ok(/^[A-F]$/.test(row.grade) && fits.includes(row.fit) && 'decode_tok_s' in row && 'ttft_s' in row && row.context > 0, row.workload);
});

test('rankModels', (ok) => {
  const rows = hr.rankModels({hardware: scenario.hardware, workload: 'chat', mode: 'balanced'});
  ok(rows.length > 1000, `${rows.length} rows`);
  ok(rows.every((row, i) => i === 0 || rows[i - 1].score >= row.score), 'best first');
  ok(rows.every((row) => row.model && fits.includes(row.fit) && row.score_parts), 'fields');
});

test('rankings discriminate', (ok) => {
  const rows = hr.rankModels({hardware: scenario.hardware, workload: 'chat'});
  ok(rows.filter((row) => row.score === 100).length < 10, 'few models score 100');
  ok(new Set(rows.slice(0, 50).map((row) => row.score)).size >= 3, 'the first fifty differ');
  const first = (mode) => JSON.stringify(hr.rankModels({hardware: scenario.hardware, workload: 'chat', mode}).slice(0, 50).map((row) => row.model));
  ok(first('scale_out') !== first('interactive'), 'the mode changes the ranking');
  const judged = (workload) => hr.estimate({...scenario, workload}).grade;
  const rowsOf = hr.workloads(scenario);
  for (const row of rowsOf) ok(judged(row.workload) === row.grade, `${row.workload}: ${judged(row.workload)} alone, ${row.grade} in the table`);
});

test('experts on the host', (ok) => {
  const of = (layers) => hr.estimate({...scenario, model: 'qwen3-30b-a3b', cpu_moe_layers: layers}).decode.tok_s.p50;
  const speeds = [0, 10, 24, 48].map(of);
  ok(speeds.every((speed, i) => i === 0 || speed < speeds[i - 1]), `slower with each layer: ${speeds.map((speed) => speed.toFixed(1))}`);
});

test('what is asked for and not there is said', (ok) => {
  const says = (more, code) => ok(hr.estimate({...scenario, ...more}).warnings.some((warning) => warning.code === code), code);
  says({mmproj: true}, 'no_projector');
  says({engine: 'vllm', quantization: 'BF16', parallel: 64}, 'sequences_wait');
  const unknown = hr.estimate({...scenario, hardware: {device: {memory_bytes: 2 ** 35, mem_bandwidth_gbs: 500}}});
  ok(unknown.prefill.tok_s === null ? unknown.prefill.reason !== '' && unknown.ttft_s === null : isRange(unknown.prefill.tok_s) && unknown.prefill.tok_s.p10 > 0, 'a prompt without a throughput');
});

test('rankHardware', (ok) => {
  const rows = hr.rankHardware({model: 'llama-3.1-8b', workload: 'chat'});
  ok(rows.length > 400, `${rows.length} rows`);
  ok(rows.every((row) => row.device && isCount(row.count) && 'price_usd' in row), 'fields');
  ok(rows.some((row) => row.price_usd > 0), 'prices');
  ok(rows.every((row) => row.price_usd === null || (row.launch_price_usd === null && row.price_date >= '2023')), 'prices of today');
  ok(rows.some((row) => row.launch_price_usd > 0), 'prices of years ago are those of a launch');
  const whole = new Set(hr.catalog().hardware.filter((device) => ['phone', 'laptop'].includes(device.class)).map((device) => device.id));
  ok(whole.size > 0 && rows.every((row) => row.count === 1 || !whole.has(row.device)), 'phones and laptops one at a time');
});

test('upgrades', (ok) => {
  const rows = hr.upgrades(h20('llama-3.1-405b', 'Q4_K_M'));
  ok(rows.length > 0, 'something helps');
  for (const row of rows) {
    ok(row.kind && row.text && !/upgrade[.]|[{}]/.test(row.text) && row.gain && 'price_usd' in row, `${row.kind}: ${row.text}`);
    ok(Object.keys(row.change).length > 0, 'a change');
    checkEstimate(hr.estimate(row.scenario), ok);
    ok(row.price_usd === null || row.price_usd === 0 || /^20/.test(row.price_date), `${row.text}: the price is dated`);
  }
  const prices = rows.map((row) => row.price_usd ?? Infinity);
  ok(prices.every((price, i) => i === 0 || price >= prices[i - 1]), 'cheapest first');
  const slow = hr.upgrades({...scenario, model: 'llama-3.3-70b-instruct'});
  ok(slow.every((row) => row.gain.decode_ratio === null || row.gain.decode_ratio > 0.85), 'no upgrade is slower');
});

test('scaling', (ok) => {
  const rows = hr.scaling(h20('llama-3.1-70b', 'FP8', {engine: 'vllm'}), [1, 2, 4, 8]);
  ok(rows.map((row) => row.count).join() === '1,2,4,8', 'counts');
  ok(rows.every((row, i) => i === 0 || row.models_fit >= rows[i - 1].models_fit), 'more devices fit more models');
  ok(rows.at(-1).parallelism.tensor_parallel > 1 && rows.at(-1).communication_s > 0, 'parallelism');
  const fixed = hr.scaling({...h20('llama-3.1-70b', 'FP8', {engine: 'vllm', count: 2}), tensor_parallel: 2}, [1, 2]);
  ok(fixed.length === 1 && fixed[0].count === 2, 'the counts that a fixed layout can be had on');
  const nothing = hr.scaling({...scenario, workload: {prompt: 0, output: 128, cached_prefix: 1024}}, [1]);
  ok(nothing[0].ttft_s === null && nothing[0].decode_tok_s, 'no prompt, no time to its first token');
});

test('command', (ok) => {
  const of = (more) => hr.command({...scenario, ...more})[0];
  const llama = of({context: 16384, kv_cache: {k: 'q8_0', v: 'q8_0'}});
  ok(llama.engine === 'llama.cpp', llama.engine);
  for (const flag of ['llama-server', '-c 16384', '-ctk q8_0', '-ctv q8_0', '-ngl all', 'Q4_K_M']) ok(llama.text.includes(flag), `${flag} in ${llama.text}`);
  const expected = {ollama: 'ollama run', 'lm-studio': 'lms load', vllm: 'vllm serve', sglang: 'sglang.launch_server',
                    'tensorrt-llm': 'trtllm-serve', exllamav3: 'main.py', tgi: 'text-generation-launcher', transformers: 'transformers serve'};
  for (const [engine, word] of Object.entries(expected)) {
    const command = of({engine, quantization: undefined});
    ok(command.engine === engine && command.text.includes(word), `${engine}: ${command?.text}`);
    ok(!/[{]\w+[}]/.test(command.text), `${engine}: nothing left to fill in`);
  }
  const apple = hr.catalog().hardware.find((device) => device.class === 'apple' && device.memory_bytes > 60e9).id;
  const mlx = hr.command({model: 'llama-3.1-8b', hardware: {device: apple}, engine: 'mlx'})[0];
  ok(mlx.text.includes('mlx_lm'), mlx.text);
  const parallel = hr.command(h20('llama-3.1-70b', 'FP8', {engine: 'vllm', count: 8}))[0];
  ok(parallel.text.includes('--tensor-parallel-size'), parallel.text);
  ok(hr.command(h20('llama-3.1-405b', 'BF16', {engine: 'vllm'})).length === 0, 'none for what does not fit');
});

const config = {architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_size: 4096, intermediate_size: 14336,
                num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8, vocab_size: 128256,
                max_position_embeddings: 131072, rms_norm_eps: 1e-5, tie_word_embeddings: false, torch_dtype: 'bfloat16',
                rope_theta: 500000, rope_scaling: {rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8192}};

test('importModel', (ok) => {
  const record = hr.importModel(JSON.stringify(config), 'config.json');
  const listed = hr.estimate(scenario).memory;
  for (const model of [record, {config}]) {
    const imported = hr.estimate({...scenario, model}).memory;
    ok(imported.weights_bytes === listed.weights_bytes, `${imported.weights_bytes} weights, not ${listed.weights_bytes}`);
    ok(imported.kv_cache_bytes === listed.kv_cache_bytes, 'the same cache');
  }
  ok(hr.importModel(new TextEncoder().encode(JSON.stringify(config)), 'config.json').config !== undefined, 'bytes');
});

test('links', (ok) => {
  const rich = {...scenario, context: 16384, kv_cache: {k: 'q8_0'}, workload: {prompt: 1, output: 2, cached_prefix: 3},
                hardware: {device: {name: 'Mein Gerät', memory_bytes: 2 ** 34, mem_bandwidth_gbs: 500.5}, count: 3}};
  for (const given of [scenario, rich, {...scenario, model: {config}}]) {
    const link = hr.encodeLink(given);
    const back = hr.decodeLink(`#${link}`);
    ok(JSON.stringify(hr.estimate(back)) === JSON.stringify(hr.estimate(given)), `round trip of ${link.slice(0, 40)}`);
    ok(hr.encodeLink(back) === link, 'the same link again');
  }
});

test('a link with one bad value keeps all others', (ok) => {
  const read = hr.readLink('#v=1&m=llama-3.1-70b&hw=nvidia-h20-96gb&n=4&c=-5&q=FP8&e=vllm');
  ok(read.problem.code === 'bad_value' && read.problem.message.startsWith('context: -5'), JSON.stringify(read.problem));
  const {scenario: {model, hardware, quantization, engine, context}} = read;
  ok(model === 'llama-3.1-70b' && hardware.device === 'nvidia-h20-96gb' && hardware.count === 4, 'model and hardware');
  ok(quantization === 'FP8' && engine === 'vllm' && context === undefined, 'format and engine');
  const good = hr.readLink(hr.encodeLink(scenario));
  ok(good.problem === null && good.scenario.model === scenario.model, 'a good link');
  for (const garbage of ['garbage', 'v=2&m=x', 'v=1', '']) {
    const none = hr.readLink(garbage);
    ok(none.scenario === null && none.problem.code === 'bad_value', garbage);
  }
});

test('prepareRanking works in pieces until everything is there', async (ok) => {
  const fresh = await createHeadroom();
  let pieces = 1;
  while (!fresh.prepareRanking(100)) pieces += 1;
  ok(pieces > 5, `${pieces} pieces`);
  ok(fresh.prepareRanking() === true, 'nothing is left');
  const question = {hardware: {device: 'nvidia-rtx-4090-24gb'}};
  ok(JSON.stringify(fresh.rankModels(question)) === JSON.stringify(hr.rankModels(question)), 'the same ranking');
});

test('models that can draft', (ok) => {
  const asked = h20('llama-3.1-70b', 'Q4_K_M');
  const drafts = hr.draftModels({...asked, draft: 'nonsense'});
  ok(drafts.length > 10 && drafts[0].id === 'llama-3.2-1b', 'best first, whatever drafts now');
  const alone = hr.estimate(asked), drafted = hr.estimate({...asked, draft: drafts[0].id});
  ok(drafted.memory.draft_bytes > 0 && alone.memory.draft_bytes === 0, 'it takes memory');
});

test('formats of which files exist', (ok) => {
  const formats = (model, engine, more = {}) => hr.quantizations({model, engine, hardware: {device: 'nvidia-rtx-4090-24gb'}, ...more})
      .map((row) => row.quantization);
  const dense = formats('llama-3.1-8b', 'llama.cpp');
  ok(!dense.includes('MXFP4') && !dense.includes('FP8-FP4') && dense.includes('Q4_K_M'), 'no MXFP4 file of a dense model');
  ok(formats('llama-3.1-8b', 'llama.cpp', {quantization: 'MXFP4'}).includes('MXFP4'), 'but what was asked for by name');
  ok(formats('gpt-oss-20b', 'llama.cpp').includes('MXFP4') && formats('llama-3.1-8b', 'vllm').includes('MXFP4'), 'where there are');
  ok(!formats('qwen3-30b-a3b', 'vllm').includes('INT4') && formats('kimi-k2-thinking', 'vllm').includes('INT4'), 'as released');
  const best = hr.rankModels({hardware: {device: 'nvidia-rtx-4090-24gb'}, engine: 'llama.cpp'}).filter((row) => row.quantization === 'MXFP4');
  ok(best.every((row) => row.model.includes('gpt-oss')), best.map((row) => row.model).join());
});

test('what a model was released in has lost nothing', (ok) => {
  const row = (model, engine, id) => hr.quantizations({model, engine, hardware: {device: 'nvidia-h20-141gb', count: 8}})
      .find((format) => format.quantization === id).quality;
  ok(row('gpt-oss-120b', 'llama.cpp', 'MXFP4').label === row('llama-3.1-8b', 'llama.cpp', 'BF16').label, 'MXFP4');
  ok(row('deepseek-v3', 'vllm', 'FP8').ppl_increase === null && row('llama-3.1-8b', 'vllm', 'FP8').ppl_increase > 0, 'FP8');
  const small = hr.rankModels({hardware: {device: 'nvidia-rtx-4090-24gb'}, engine: 'llama.cpp'}).find((one) => one.model === 'gpt-oss-20b');
  ok(small.quantization === 'MXFP4', small.quantization);
});

test('models that write nothing', (ok) => {
  const asked = {model: 'bge-m3', hardware: {device: 'nvidia-rtx-4090-24gb'}, workload: {prompt: 512, output: 256, cached_prefix: 0}};
  const reads = hr.estimate(asked);
  ok(reads.decode.tok_s === null && reads.decode.reason.length > 10 && reads.ttft_s.p50 > 0, 'no generation speed');
  ok(hr.workloads(asked).every((row) => row.decode_tok_s === null), 'for no workload');
  ok(hr.command(asked)[0].text.includes('--embedding'), 'its command');
  const rows = hr.rankModels({hardware: {device: 'nvidia-rtx-4090-24gb'}, engine: 'llama.cpp'});
  ok(rows.find((row) => row.model === 'qwen3-embedding-8b').decode_tok_s === null, 'in a ranking');
  ok(rows.findIndex((row) => row.model === 'qwen3-embedding-8b') > 300, 'behind those that chat');
});

test('models that an engine does not know', (ok) => {
  const on = (engine) => hr.estimate({model: 'whisper-large-v3', hardware: {device: 'nvidia-rtx-4090-24gb'}, engine});
  const told = (estimate) => estimate.warnings.some((warning) => warning.code === 'unknown_to_engine');
  ok(on(undefined).resolved.engine !== 'llama.cpp' && !told(on(undefined)), 'another is taken');
  ok(told(on('llama.cpp')), 'where it is asked for, that is said');
  const row = hr.rankModels({hardware: {device: 'nvidia-rtx-4090-24gb'}, engine: 'llama.cpp'}).find((one) => one.model === 'whisper-large-v3');
  ok(row.fit === 'does_not_fit' && row.quantization === null, 'a ranking offers it in no format');
});

test('what is offered can be used by the person who asks', (ok) => {
  const offered = (device, kind) => hr.upgrades({model: 'qwen3-30b-a3b', quantization: 'Q8_0', hardware: {device}})
      .filter((row) => row.kind === kind).map((row) => row.scenario.hardware.device);
  ok(offered('nvidia-rtx-3060-12gb', 'other_device').every((id) => !/sxm|mi300x|gaudi/.test(id)), 'no module for a slot');
  ok(offered('nvidia-rtx-3060-12gb', 'more_devices').length > 0 && offered('apple-m1-8c-8gb', 'more_devices').length === 0, 'a second');
  const machines = offered('apple-m1-8c-8gb', 'other_device');
  ok(machines.length > 0 && machines.every((id) => !/rtx|radeon|instinct|arc/.test(id)), machines.join());
});

test('what is sold in China alone is offered there', (ok) => {
  const offered = (device, language) => hr.upgrades({model: 'qwen3.6-27b', quantization: 'Q4_K_M', hardware: {device}, language})
      .filter((row) => row.kind === 'other_device').map((row) => row.scenario.hardware.device);
  const names = (list) => list.some((id) => /5090-d|4090-d|h20-/.test(id));
  ok(!names(offered('nvidia-rtx-4090-24gb')), 'not elsewhere');
  ok(names(offered('nvidia-rtx-4090-24gb', 'zh')) && names(offered('nvidia-rtx-4090-d-24gb')), 'but there');
});

test('cards of several makers', (ok) => {
  const mixed = (other, engine) => ({model: 'qwen3-32b', quantization: 'Q4_K_M', ...(engine ? {engine} : {}),
                                     hardware: {device: 'nvidia-rtx-4090-24gb', others: [{device: other, count: 1}]}});
  ok(hr.estimate(mixed('nvidia-rtx-3060-12gb')).resolved.backend === 'cuda', 'one maker: its own');
  const both = hr.estimate(mixed('amd-rx-7900-xtx-24gb'));
  ok(both.resolved.backend === 'vulkan', 'two makers: what both have');
  ok(both.fit.text.includes('GeForce RTX 4090 + ') && both.fit.text.includes('7900 XTX'), both.fit.text);
  ok(hr.questions(mixed('amd-rx-7900-xtx-24gb'))[0].question.includes('7900 XTX'), 'named in questions');
});

refused('a backend that one of the cards has not', () => hr.estimate({
  model: 'qwen3-32b', quantization: 'Q4_K_M', backend: 'cuda',
  hardware: {device: 'nvidia-rtx-4090-24gb', others: [{device: 'amd-rx-7900-xtx-24gb', count: 1}]},
}), 'unsupported', ['7900 XTX']);

test('accelerators with software of their own', (ok) => {
  const on = (device, quantization) => hr.estimate({model: 'qwen3-8b', hardware: {device}, ...(quantization ? {quantization} : {})});
  const told = (estimate) => estimate.warnings.some((warning) => warning.code === 'no_engine');
  const gaudi = on('intel-gaudi3-pcie-128gb');
  ok(gaudi.resolved.engine === 'vllm' && !told(gaudi), 'the engine that was brought there');
  ok(told(on('intel-gaudi3-pcie-128gb', 'Q4_K_M')), 'GGUF files are run by none there, which is said');
  ok(told(on('groq-lpu-v1-230mb')) && told(on('google-tpu-v6e-32gb', 'Q4_K_M')), 'no engine of these at all');
  ok(!told(on('huawei-ascend-910c-128gb', 'Q4_K_M')) && !told(on('nvidia-rtx-4090-24gb')), 'CANN, CUDA');
  const rows = hr.rankHardware({model: 'qwen3-8b', quantization: 'Q4_K_M'}).filter((row) => row.fit !== 'does_not_fit');
  const last = rows.map((row) => row.engine_made).lastIndexOf(true);
  ok(rows.findIndex((row) => !row.engine_made) > last && last > 100, 'they stand behind in a ranking');
  const best = hr.rankHardware({model: 'qwen3-8b'}).filter((row) => row.fit !== 'does_not_fit' && row.engine_made);
  const measured = best.map((row) => row.confidence !== 'theoretical');
  ok(measured.indexOf(false) > measured.lastIndexOf(true), 'what only a data sheet promises stands behind');
  const offered = hr.upgrades({model: 'qwen3.6-27b', quantization: 'Q4_K_M', hardware: {device: 'nvidia-rtx-4090-24gb'}});
  ok(offered.every((row) => !told(hr.estimate(row.scenario))), 'and nobody is told to buy one');
});

test('kernels', (ok) => {
  const on = (device, engine, quantization) => hr.estimate({model: 'llama-3.1-8b', engine, quantization, hardware: {device}});
  const codes = (estimate) => estimate.warnings.map((warning) => warning.code);
  ok(codes(on('nvidia-gtx-1080-ti-11gb', 'vllm', 'BF16')).includes('no_kernels'), 'no kernels for the device');
  ok(on('nvidia-gtx-1080-ti-11gb', 'vllm', 'BF16').bottleneck.kind === 'none', 'then memory is not what limits');
  ok(codes(on('nvidia-rtx-3090-24gb', 'tensorrt-llm', 'FP8')).includes('no_kernels_for_format'), 'none for the format');
  ok(!codes(on('nvidia-rtx-3090-24gb', 'vllm', 'FP8')).some((code) => code.startsWith('no_')), 'weights alone in 8 bit');
  const eight = {model: 'llama-3.1-70b', quantization: 'Q4_K_M', engine: 'llama.cpp', hardware: {device: 'nvidia-h20-96gb', count: 8}};
  const [first] = hr.upgrades(eight);
  ok(first.kind === 'engine' && first.scenario.engine === 'vllm' && first.price_usd === 0, 'another engine is the first advice');
});

test('a cache pool', (ok) => {
  const full = hr.estimate({model: 'llama-3.1-405b', engine: 'vllm', hardware: {device: 'nvidia-h20-96gb'}});
  const needed = (full.memory.total_bytes / 2 ** 30).toFixed(1);
  ok(full.fit.status === 'does_not_fit' && full.fit.text.includes(needed), `words and figures tell the same: ${needed}`);
  const large = hr.estimate({model: 'deepseek-r1', engine: 'vllm', hardware: {device: 'nvidia-h200-sxm-141gb', count: 8}});
  const [first] = large.memory.devices;
  ok(large.fit.text.includes((first.pool_left_bytes / 2 ** 30).toFixed(1)), 'what the sequences leave of the pool is to spare');
  ok(hr.estimate(h20('llama-3.1-8b', 'Q4_K_M')).memory.devices[0].pool_left_bytes === 0, 'no pool, nothing left of it');
});

test('what the issue asks', (ok) => {
  const large = hr.estimate(h20('llama-3.1-405b', 'Q4_K_M'));
  ok(['does_not_fit', 'offload'].includes(large.fit.status), large.fit.status);
  ok(Math.abs(large.memory.file_bytes / 243e9 - 1) < 0.005, `${large.memory.file_bytes / 1e9} GB`);
  ok(hr.estimate(h20('llama-3.1-70b', 'BF16', {engine: 'vllm'})).fit.status === 'does_not_fit', '70B BF16');
  ok(hr.estimate(h20('llama-3.1-70b', 'FP8', {engine: 'vllm'})).fit.status === 'fits', '70B FP8');
  // Nobody has to name an engine: the format brings one along.
  const unnamed = (model, quantization, device = 'nvidia-h20-96gb', more = {}) =>
      hr.estimate({model, hardware: {device}, quantization, ...more});
  ok(unnamed('llama-3.1-70b', 'BF16').fit.status === 'does_not_fit', '70B BF16 without an engine');
  ok(unnamed('llama-3.1-70b', 'FP8').fit.status === 'fits', '70B FP8 without an engine');
  ok(unnamed('llama-3.1-70b', undefined).resolved.engine === 'llama.cpp', 'neither format nor engine');
  ok(unnamed('llama-3.1-8b', 'BF16', 'nvidia-rtx-4090-24gb').resolved.engine === 'llama.cpp', '16 bit on a desktop');
  ok(unnamed('gpt-oss-120b', 'MXFP4').resolved.engine === 'vllm', 'a published 4 bit checkpoint in a data center');
  ok(unnamed('llama-3.1-8b', 'AWQ-INT4', 'nvidia-rtx-4090-24gb').resolved.engine === 'vllm', 'AWQ');
  ok(unnamed('llama-3.1-8b', 'EXL3-4.0bpw', 'nvidia-rtx-4090-24gb').resolved.engine === 'exllamav3', 'EXL3');
  ok(unnamed('llama-3.1-8b', 'MLX-4bit', 'apple-m2-ultra-76c-192gb').resolved.engine === 'mlx', 'MLX');
  ok(unnamed('llama-3.1-8b', 'BF16', 'nvidia-h20-96gb', {tensor_parallel: 1}).resolved.engine === 'vllm', 'one rank');
  const eight = hr.estimate(h20('llama-3.1-70b', 'FP8', {engine: 'vllm', count: 8})).resolved.interconnect;
  ok(/nvlink/i.test(eight.name) && eight.gbs_per_direction === 450, JSON.stringify(eight));
  const hybrid = hr.estimate({...h20('qwen3-next-80b-a3b-instruct', 'Q4_K_M'), context: 131072}).memory;
  ok(hybrid.kv_cache_bytes < 0.3 * 48 * 2 * 256 * 2 * 2 * 131072, `${hybrid.kv_cache_bytes} bytes of cache`);
});

const bench = `| model | size | params | backend | ngl | test | t/s |
| --- | ---: | ---: | --- | --: | ---: | ---: |
| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | pp512 | 9000.00 ± 50.00 |
| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | tg128 | 120.00 ± 0.50 |`;

test('a measurement of one\'s own', (ok) => {
  const own = hr.readMeasurement(bench, scenario);
  const decode = own.figures.find((figure) => figure.kind === 'decode');
  const prefill = own.figures.find((figure) => figure.kind === 'prefill');
  const plain = hr.estimate({...scenario, workload: {prompt: 0, output: 128}, parallel: 1});
  ok(decode.measured === 120 && Math.abs(decode.estimated / plain.decode.tok_s.p50 - 1) < 1e-9, `${decode.estimated} estimated`);
  ok(Math.abs(own.personal.decode - decode.ratio) < 1e-12 && Math.abs(own.personal.prefill - prefill.ratio) < 1e-12, 'the factors');
  const calibrated = hr.estimate({...own.scenario, workload: {prompt: 0, output: 128}, parallel: 1});
  ok(Math.abs(calibrated.decode.tok_s.p50 / 120 - 1) < 1e-9, `${calibrated.decode.tok_s.p50} once calibrated`);
  ok(calibrated.warnings.some((warning) => warning.code === 'personal'), 'it says so');
  ok(JSON.stringify(calibrated.memory) === JSON.stringify(plain.memory), 'memory stays');
  const back = hr.decodeLink(hr.encodeLink(own.scenario));
  ok(back.personal.decode === own.personal.decode && back.personal.prefill === own.personal.prefill, 'in the link');
  ok(hr.readMeasurement(bench, own.scenario).personal.decode === own.personal.decode, 'reading again does not compound');
  const theoretical = {...scenario, hardware: {device: {name: 'new', memory_bytes: 2 ** 35, mem_bandwidth_gbs: 500}}};
  ok(hr.estimate({...theoretical, personal: {decode: 1.5}}).confidence === 'calibrated', 'confidence');
  ok(hr.upgrades({...scenario, personal: {decode: 2}}).every((row) => row.kind !== 'other_device' || !row.scenario.personal), 'another device is not calibrated');
});

const but = (more) => () => hr.estimate({...scenario, ...more});
refused('misspelled model', but({model: 'lama-3.1-8b'}), 'unknown_model', ['model', 'lama-3.1-8b', 'llama-3.1-8b']);
refused('misspelled device', but({hardware: {device: 'nvidia-rtx-4090-24g'}}), 'unknown_hardware', ['hardware.device', 'nvidia-rtx-4090-24gb']);
refused('misspelled format', but({quantization: 'Q4_K_X'}), 'unknown_quantization', ['quantization', 'Q4_K_X', 'Q4_K_']);
refused('misspelled engine', but({engine: 'vlm'}), 'unknown_engine', ['engine', 'vllm']);
refused('negative context', but({context: -1}), 'bad_value', ['context', '-1', '1 to']);
refused('text for a number', but({context: '8192'}), 'bad_value', ['context', '8192']);
refused('not a number', but({context: NaN}), 'bad_value', ['context', 'NaN']);
refused('infinite', but({hardware: {device: 'nvidia-h20-96gb', usable_fraction: Infinity}}), 'bad_value', ['usable_fraction', 'Infinity']);
refused('huge', but({context: 1e300}), 'bad_value', ['context']);
refused('zero devices', but({hardware: {device: 'nvidia-h20-96gb', count: 0}}), 'bad_value', ['hardware.count']);
refused('big integer', but({context: 5n}), 'bad_value', ['context', 'bigint']);
refused('function', but({context: () => 1}), 'bad_value', ['context', 'function']);
const circle = {...scenario};
circle.hardware = {device: 'nvidia-h20-96gb', circle};
refused('circle', () => hr.estimate(circle), 'bad_json', []);
refused('nothing', () => hr.estimate(), 'bad_value', ['nothing']);
refused('a host link that does not exist', but({hardware: {device: 'nvidia-rtx-4090-24gb', host: {link: 'pcie9'}}}), 'bad_value', ['hardware.host.link', 'pcie9']);
refused('a list', () => hr.estimate([]), 'bad_value', []);
refused('engine without the format', but({engine: 'vllm'}), 'unsupported', ['vLLM', 'Q4_K_M']);
refused('engine that drafts with no model', but({engine: 'tgi', quantization: 'FP8', draft: 'llama-3.2-1b'}), 'unsupported', ['draft']);
refused('engine that speculates with no layers', but({engine: 'mlx', hardware: 'apple-m4-max-40c-128gb', quantization: 'MLX-4bit',
                                                  speculation: 'mtp'}), 'unsupported', ['MLX', 'speculation']);
refused('engine without adapters', but({engine: 'lm-studio', adapters: [{rank: 16}]}), 'unsupported', ['adapters']);
refused('speculation with layers that the file lacks', but({model: 'deepseek-v3', speculation: 'mtp'}), 'unsupported', ['speculation', 'Q4_K_M']);
refused('speculation in two ways', but({speculation: 'mtp', draft: 'llama-3.2-1b'}), 'bad_value', ['speculation']);
refused('engine without the device', but({engine: 'mlx', quantization: 'MLX-4bit'}), 'unsupported', ['RTX 4090']);
refused('truncated config', () => hr.importModel(JSON.stringify(config).slice(0, 80), 'config.json'), 'bad_json', []);
refused('empty file', () => hr.importModel('', 'model.gguf'), 'bad_file', []);
refused('garbage file', () => hr.importModel('GGUFgarbage', 'model.gguf'), 'bad_file', []);
refused('garbage link', () => hr.decodeLink('%%%&garbage'), 'bad_value', ['link']);
refused('number as link', () => hr.decodeLink(5), 'bad_value', []);
refused('a paste that says nothing', () => hr.readMeasurement('my card is quick', scenario), 'bad_value', ['text', 'line 1', 'my card is quick', 'llama-bench']);
refused('a paste that compares with nothing', () => hr.readMeasurement('| model | test | t/s |\n| m | pp512+tg128 | 65.6 ± 0.1 |', scenario), 'bad_value', ['text', 'line 2', 'could be compared']);
refused('an empty paste', () => hr.readMeasurement('', scenario), 'bad_value', ['text']);
refused('a factor out of range', but({personal: {decode: 100}}), 'bad_value', ['personal.decode', '100', '0.1']);
refused('a factor that is none', but({personal: 2}), 'bad_value', ['personal', 'decode']);
refused('unknown id', () => hr.model('nothing'), 'unknown_model', ['nothing']);
refused('bad counts', () => hr.scaling(scenario, [0]), 'bad_value', ['counts']);
const image = hr.catalog().models.find((model) => model.kind === 'image').id;
refused('an image model', but({model: image}), 'unsupported', [image]);

test('types', (ok) => {
  const types = fs.readFileSync(path.join(api, 'headroom.d.ts'), 'utf8');
  const declared = [...types.match(/export interface Headroom \{([\s\S]*?)\n\}/)[1].matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1]);
  ok(declared.length >= 17, `${declared.length} functions`);
  ok(JSON.stringify([...declared].sort()) === JSON.stringify(Object.keys(hr).sort()), `declared ${declared}, there are ${Object.keys(hr)}`);
  const fields = [...types.match(/export interface Estimate \{([\s\S]*?)\n\}/)[1].matchAll(/^ {2}(\w+)\??:/gm)].map((match) => match[1]);
  for (const name of Object.keys(hr.estimate(scenario))) ok(fields.includes(name), `Estimate.${name}`);
});

test("the README's example, as it stands", async (ok) => {
  const example = fs.readFileSync(path.join(root, 'README.md'), 'utf8').match(/```js\n([\s\S]*?)```/)[1];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-readme-'));
  const lines = [];
  const print = console.log;
  try {
    for (const name of ['headroom.mjs', 'headroom.wasm']) fs.copyFileSync(path.join(api, name), path.join(folder, name));
    fs.writeFileSync(path.join(folder, 'example.mjs'), example);
    console.log = (...words) => lines.push(words.join(' '));
    await import(pathToFileURL(path.join(folder, 'example.mjs')));
  } finally {
    console.log = print;
    fs.rmSync(folder, {recursive: true});
  }
  ok(lines.length === 4 && lines[3].startsWith('unknown_model'), `it printed ${lines.join(' | ')}`);
  ok(lines[2].startsWith('vllm serve'), lines[2]);
});
