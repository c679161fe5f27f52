// Puts a page into one file that needs nothing else: shell and styles as they are, scripts and module packed.
// Usage: node assemble_page.mjs SOURCE_ROOT index|embed MODULE.js MODULE.wasm DECODER.wasm OUTPUT.html

import fs from 'node:fs';
import path from 'node:path';

import {bundle} from './bundle.mjs';
import {minify} from './minify.mjs';
import {pack} from './pack.mjs';

const [root, kind, moduleScript, moduleBinary, decoderBinary, output] = process.argv.slice(2);
const web = path.join(root, 'web');
const read = (file) => fs.readFileSync(path.join(web, file), 'utf8');

const PAGES = {
  index: {shell: 'index.html', styles: ['style.css', 'plain/plain.css'], entry: 'boot.mjs', texts: {'plain/plain.html': 'plainMarkup'}},
  embed: {shell: 'embed/embed.html', styles: ['embed/embed.css'], entry: 'embed/embed.mjs', texts: {}},
};

// What follows </script or <!-- in a string would end the script element.
function escapeScript(text) { return text.replace(/<(?=\/script|!--)/gi, '\\x3c'); }

function enclosed(script, result = '') { return `'use strict';${result}(() => {\n${script}\n})();`; }

const {shell, styles, entry, texts} = PAGES[kind];
const provided = {'headroom:module': fs.readFileSync(moduleScript, 'utf8')};
for (const [file, name] of Object.entries(texts)) provided[`headroom:${file}`] = `const ${name} = ${JSON.stringify(read(file))};\n`;
const script = enclosed(`${bundle(path.join(web, entry), provided)}\nreturn boot;`, 'globalThis.headroomBoot = ');
const packed = await pack(Buffer.from(minify(script)), fs.readFileSync(moduleBinary), fs.readFileSync(decoderBinary));
const loader = enclosed(bundle(path.join(web, 'loader.mjs'), {'headroom:packed': `const packed = ${JSON.stringify(packed)};\n`}));

const fill = {style: styles.map(read).join('\n'), script: escapeScript(minify(loader))};
fs.mkdirSync(path.dirname(output), {recursive: true});
fs.writeFileSync(output, read(shell).replace(/\/\*\{\{(\w+)\}\}\*\//g, (_, name) => fill[name]));
// Otherwise GitHub Pages would put the folder through its site generator.
fs.writeFileSync(path.join(path.dirname(output), '.nojekyll'), '');
