// Puts shell, styles, scripts, the plain view and the module into one file that needs nothing else.
// Usage: node assemble_page.mjs SOURCE_ROOT MODULE.js MODULE.wasm OUTPUT.html

import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

import {bundle} from './bundle.mjs';

const [root, moduleScript, moduleBinary, output] = process.argv.slice(2);
const web = path.join(root, 'web');

// What follows </script or <!-- in a string would end the script element.
function escapeScript(text) { return text.replace(/<(?=\/script|!--)/gi, '\\x3c'); }

function concatenate(folder, extension) {
  return fs.readdirSync(folder).filter((name) => name.endsWith(extension)).sort()
      .map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
}

const packed = zlib.deflateSync(fs.readFileSync(moduleBinary), {level: 9, memLevel: 9}).toString('base64');
const script = bundle(path.join(web, 'boot.mjs'), {
  'headroom:module': fs.readFileSync(moduleScript, 'utf8'),
  'headroom:packed': `const packedModule = '${packed}';\n`,
});
const fill = {
  style: fs.readFileSync(path.join(web, 'style.css'), 'utf8') + concatenate(path.join(web, 'plain'), '.css'),
  plain: concatenate(path.join(web, 'plain'), '.html'),
  script: escapeScript(`'use strict';(() => {\n${script}\n})();`),
};
const page = fs.readFileSync(path.join(web, 'index.html'), 'utf8')
    .replace(/\/\*\{\{(\w+)\}\}\*\/|<!--\{\{(\w+)\}\}-->/g, (_, inCode, inMarkup) => fill[inCode ?? inMarkup]);

fs.mkdirSync(path.dirname(output), {recursive: true});
fs.writeFileSync(output, page);
fs.writeFileSync(path.join(path.dirname(output), '.nojekyll'), '');
