// Whole modules through what packs them into a page and what the page unpacks them with.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import {test} from 'node:test';

import {pack} from '../../web/pack.mjs';
import {splitModule} from '../../web/split.mjs';
import {Unpacker} from '../../web/unpack.mjs';

const built = (name) => fs.readFileSync(new URL(`../../build/web/wasm/headroom_${name}.wasm`, import.meta.url));
const decoder = built('unpack');
const script = Buffer.from('// Öffnet die Seite');

// A module of one function with this body, and no more than the sections for it. `size` as it is to be written.
function moduleOf(body, size = [body.length]) {
  const code = [1, ...size, ...body];
  return Buffer.from([0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, code.length, ...code]);
}

for (const name of ['page_module', 'api_module', 'unpack']) {
  test(`${name} comes back byte by byte, and compiles`, async () => {
    const module = built(name);
    const unpacker = await Unpacker.open(await pack(script, module, decoder));  // which compares
    assert.equal(new TextDecoder().decode(unpacker.script()), script.toString());
    assert.ok(await unpacker.module() instanceof WebAssembly.Module);
  });
}

test('what does not come back as it was is refused', async () => {
  const NOP = 0x01, END = 0x0B, SIMD = 0xFD;
  await pack(script, moduleOf([0, NOP, END]), decoder);
  await assert.rejects(pack(script, moduleOf([0, NOP, END], [0x83, 0x00]), decoder), /damaged|would not unpack/);
  await assert.rejects(pack(script, moduleOf([0, NOP, END, NOP, END]), decoder), /damaged|would not unpack/);
  await assert.rejects(pack(script, moduleOf([0, SIMD, 0, END]), decoder), /does not know the operation/);
});

test('streams that do not make whole functions are damaged content', async () => {
  const packed = await pack(script, built('unpack'), decoder);
  const [code] = packed.module.filter(([, joined]) => joined);
  for (const change of [-1, 1]) {
    code[1] += change;
    const unpacker = await Unpacker.open(packed);
    unpacker.script();
    assert.throws(() => [...unpacker.pieces()], /its compressed content is damaged/);
    code[1] -= change;
  }
});

test('like stands beside like: the streams are as many bytes as the code, less what follows from the rest', () => {
  const pieces = splitModule(built('page_module')).filter(({joined}) => joined);
  assert.ok(pieces.length > 1);
  for (const {bytes, joined} of pieces) assert.ok(bytes.length < joined);
});
