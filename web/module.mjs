// Starts the program from a module that is compiled already.

import {createHeadroomModule} from 'headroom:module';

export function startModule(wasmModule) {
  return new Promise((resolve, reject) => {
    createHeadroomModule({
      instantiateWasm: (imports, receive) => {
        WebAssembly.instantiate(wasmModule, imports).then((instance) => receive(instance, wasmModule), reject);
        return {};
      },
    }).then(resolve, reject);
  });
}
