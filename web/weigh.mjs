// Prints what the pages weigh, the page itself against its budget. Usage: node weigh.mjs DIST_FOLDER

import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const PAGES = {'index.html': 600_000, 'embed.html': null};  // bytes gzipped, with all data and fonts

for (const [name, budget] of Object.entries(PAGES)) {
  const file = path.join(process.argv[2], name);
  const page = fs.readFileSync(file);
  const gzipped = zlib.gzipSync(page, {level: 9}).length;
  const against = budget ? ` (budget ${budget}${gzipped > budget ? ', exceeded' : ''})` : '';
  console.log(`${file}: ${page.length} bytes, ${gzipped} gzipped${against}`);
}
