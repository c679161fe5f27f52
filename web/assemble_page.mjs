// Puts shell, styles, scripts, the plain view and the module into one file that needs nothing else.
// Usage: node assemble_page.mjs SOURCE_ROOT MODULE.js MODULE.wasm DECODER.wasm OUTPUT.html

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import {bundle} from './bundle.mjs';

const [root, moduleScript, moduleBinary, decoderBinary, output] = process.argv.slice(2);
const web = path.join(root, 'web');

// What follows </script or <!-- in a string would end the script element.
function escapeScript(text) { return text.replace(/<(?=\/script|!--)/gi, '\\x3c'); }

function concatenate(folder, extension) {
  return fs.readdirSync(folder).filter((name) => name.endsWith(extension)).sort()
      .map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
}

// Literals of code and of the packed facts depend on the byte before them and not on where they stand.
const MODEL = 'preset=9e,lc=4,lp=0,pb=0';

const binary = fs.readFileSync(moduleBinary);
const content = execFileSync('xz', ['--format=lzma', `--lzma1=${MODEL}`, '--stdout'],
                            {input: binary, maxBuffer: binary.length + (1 << 20)}).toString('base64');
const decoder = fs.readFileSync(decoderBinary, 'base64');
const script = bundle(path.join(web, 'boot.mjs'), {
  'headroom:module': fs.readFileSync(moduleScript, 'utf8'),
  'headroom:packed': `const packedModule = ${JSON.stringify({decoder, content, size: binary.length})};\n`,
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
