// Makes the ES module of the JavaScript API: headroom.mjs, headroom.wasm and headroom.d.ts in one folder.
// Usage: node assemble_api.mjs SOURCE_ROOT MODULE.js MODULE.wasm OUTPUT_FOLDER

import fs from 'node:fs';
import path from 'node:path';

import {bundle} from './bundle.mjs';

const [root, moduleScript, moduleBinary, output] = process.argv.slice(2);

fs.mkdirSync(output, {recursive: true});
fs.writeFileSync(path.join(output, 'headroom.mjs'), bundle(path.join(root, 'wasm', 'api', 'headroom.mjs'), {
  'headroom:module': fs.readFileSync(moduleScript, 'utf8'),
}, true));
fs.copyFileSync(moduleBinary, path.join(output, 'headroom.wasm'));
fs.copyFileSync(path.join(root, 'wasm', 'api', 'headroom.d.ts'), path.join(output, 'headroom.d.ts'));
