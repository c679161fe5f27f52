// Compresses what a page runs, its script and its module as one LZMA file, for unpack.mjs.

import {execFileSync} from 'node:child_process';

import {splitModule} from './split.mjs';
import {Unpacker} from './unpack.mjs';

// Literals of code and of the packed facts depend on the byte before them and not on where they stand.
const MODEL = 'preset=9e,lc=4,lp=0,pb=0';

// `decoder` is the module that decodes it all (wasm/unpack). Base64 grows by half a percent only where the page is sent
// compressed. Throws when something else than `script` and `module` would come out.
export async function pack(script, module, decoder) {
  const pieces = splitModule(module);
  const content = Buffer.concat([script, ...pieces.map((piece) => piece.bytes)]);
  const compressed = execFileSync('xz', ['--format=lzma', `--lzma1=${MODEL}`, '--stdout'],
                                  {input: content, maxBuffer: content.length + (1 << 20)});
  const packed = {
    decoder: decoder.toString('base64'),
    content: compressed.toString('base64'),
    script: script.length,
    module: pieces.map(({bytes, joined}) => joined ? [bytes.length, joined] : [bytes.length]),
  };
  const unpacker = await Unpacker.open(packed);
  const text = Buffer.from(unpacker.script());
  if (!text.equals(script) || !Buffer.concat([...unpacker.pieces()]).equals(module)) {
    throw new Error('the packed page would not unpack to what was packed');
  }
  return packed;
}
