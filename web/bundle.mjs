// ES modules as one text: every file once, after those it imports, without import lines. Names at the top level of the
// files must differ, or the result does not parse.

import fs from 'node:fs';
import path from 'node:path';

// `provided` maps names that are not files to their text. The exports of `entry` itself are kept when `keepExports`.
export function bundle(entry, provided, keepExports = false) {
  const done = new Set();
  const parts = [];
  const add = (file) => {
    if (done.has(file)) return;
    done.add(file);
    const text = provided[file] ?? fs.readFileSync(file, 'utf8');
    const body = text.replace(/^import\s[^;]*?from\s+['"]([^'"]+)['"];\n/gm, (_, name) => {
      add(name in provided ? name : path.resolve(path.dirname(file), name));
      return '';
    });
    const keep = keepExports && file === entry;
    parts.push(keep ? body : body.replace(/^export (?=(async )?(function|class|const|let)\b)/gm, ''));
  };
  add(entry);
  return parts.join('\n');
}
