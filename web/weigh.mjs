// Prints what the page weighs against its budget. Usage: node weigh.mjs PAGE.html

import fs from 'node:fs';
import zlib from 'node:zlib';

const BUDGET = 600_000;  // bytes gzipped, with all data and fonts

const file = process.argv[2];
const page = fs.readFileSync(file);
const gzipped = zlib.gzipSync(page, {level: 9}).length;
console.log(`${file}: ${page.length} bytes, ${gzipped} gzipped (budget ${BUDGET}${gzipped > BUDGET ? ', exceeded' : ''})`);
