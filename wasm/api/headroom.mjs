// The estimator as a module for browsers and Node 18 and later; headroom.d.ts has its types.
//   import createHeadroom from './headroom.mjs';
//   const hr = await createHeadroom();

import {createHeadroomModule} from 'headroom:module';
import {HeadroomError, wrapEstimator} from './wrapper.mjs';

export {HeadroomError};

async function readModule() {
  const url = new URL('./headroom.wasm', import.meta.url);
  if (url.protocol === 'file:' && typeof process === 'object') {
    // Node's own fetch reads no files. The name is a variable so that bundlers for browsers leave it alone.
    const files = 'node:fs/promises';
    return (await import(files)).readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

// `wasmBinary`: the bytes of headroom.wasm, where a program has them already.
export default async function createHeadroom({wasmBinary} = {}) {
  const module = await createHeadroomModule({wasmBinary: wasmBinary ?? await readModule()});
  const estimator = new module.Estimator();
  const problem = estimator.problem();
  if (problem) throw new Error(`The facts in headroom.wasm are damaged: ${problem}`);
  return wrapEstimator(estimator);
}
