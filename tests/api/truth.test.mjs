// What the API says of llama.cpp's own figures (tests/truth/llama-cpp), asked for as somebody outside would.
// Usage: node --test truth.test.mjs; HEADROOM_API names the folder of headroom.mjs when it is not dist/api.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {pathToFileURL, fileURLToPath} from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const api = path.resolve(process.env.HEADROOM_API ?? path.join(root, 'dist/api'));
const {default: createHeadroom} = await import(pathToFileURL(path.join(api, 'headroom.mjs')));
const hr = await createHeadroom();

const truth = (file) => fs.readFileSync(path.join(root, 'tests/truth/llama-cpp', file), 'utf8').trim().split('\n');
function table(file) {
  const [header, ...lines] = truth(file).map((line) => line.split(','));
  return lines.map((fields) => Object.fromEntries(header.map((name, i) => [name, fields[i]])));
}
const idOf = new Map(truth('models.jsonl').map((line) => JSON.parse(line)).map(({model, id}) => [model, id]));
// Its file there has neither shared experts nor the query's low rank, which the published configuration has.
idOf.delete('Kimi-K3');

const MIB = 2 ** 20;
// "name:cells:layers:streams:MiB of K:MiB of V;...", two decimals each.
const cachesOf = ({caches}) => caches.split(';').filter(Boolean).map((cache) => cache.split(':').slice(-2).map(Number)).flat();
const large = {name: 'Large', vendor: 'NVIDIA', memory_bytes: 8e12, mem_bandwidth_gbs: 4000, dense_tflops: {fp16: 100}};
const hardware = {device: large, host: {memory_bytes: 8e12}};
const workload = {prompt: 16, output: 16, cached_prefix: 0};

test('weights are the tensors of the file, in every mix of every model', () => {
  const rows = table('quant_sizes.csv').filter(({model, ok}) => ok === '1' && idOf.has(model));
  assert.ok(rows.length > 3000, `${rows.length} rows`);
  const wrong = [];
  for (const {model, mix, tensor_bytes} of rows) {
    const {memory} = hr.estimate({model: idOf.get(model), hardware, engine: 'llama.cpp', quantization: mix, context: 256, workload});
    if (memory.weights_bytes !== Number(tensor_bytes)) wrong.push(`${model} ${mix}: ${memory.weights_bytes}, not ${tensor_bytes}`);
  }
  assert.deepEqual(wrong, []);
});

test('cache and states are what the planner allocates', () => {
  const rows = table('memory.csv').filter(({model, device}) => idOf.has(model) && (device === 'gpu' || device === 'vulkan'));
  assert.ok(rows.length > 4000, `${rows.length} rows`);
  const wrong = [];
  for (const row of rows) {
    const parallel = Number(row.n_seq);
    const {memory} = hr.estimate({
      model: idOf.get(row.model), hardware, engine: 'llama.cpp', backend: row.device === 'vulkan' ? 'vulkan' : 'cuda',
      quantization: 'Q4_K_M', context: Math.floor(Number(row.n_ctx) / parallel), parallel, ubatch: Number(row.n_ubatch),
      flash_attention: row.fa === 'on', kv_cache: {k: row.kv_k, v: row.kv_v}, swa_full: row.swa_full === '1', workload,
    });
    const expected = [...cachesOf(row), Number(row.recurrent_mib)];
    const sum = expected.reduce((one, other) => one + other);
    const told = (memory.kv_cache_bytes + memory.recurrent_state_bytes) / MIB;
    if (Math.abs(told - sum) > 0.005 * (expected.length + 1)) wrong.push(`${JSON.stringify(row)}: ${told}, not ${sum}`);
  }
  assert.deepEqual(wrong, []);
});
