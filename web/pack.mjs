// Compresses what a page runs, scripts and module as one LZMA file, for unpack.mjs.

import {execFileSync} from 'node:child_process';

// Literals of code and of the packed facts depend on the byte before them and not on where they stand.
const MODEL = 'preset=9e,lc=4,lp=0,pb=0';

// `parts` are byte arrays; `decoder` is the module that decodes them (wasm/unpack). Base64 grows by half a percent only
// where the page is sent compressed.
export function pack(parts, decoder) {
  const content = Buffer.concat(parts);
  const packed = execFileSync('xz', ['--format=lzma', `--lzma1=${MODEL}`, '--stdout'],
                              {input: content, maxBuffer: content.length + (1 << 20)});
  return {decoder: decoder.toString('base64'), content: packed.toString('base64'), sizes: parts.map((part) => part.length)};
}
