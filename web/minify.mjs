// Scripts without comments and long names, by terser where it is installed; longer ones do as well.

import {execFileSync} from 'node:child_process';

export function minify(script) {
  try {
    return execFileSync('terser', ['--compress', 'passes=2', '--mangle'], {
      input: script, encoding: 'utf8', maxBuffer: 2 * script.length,
      // Debian's modules, also for a Node that is not Debian's.
      env: {...process.env, NODE_PATH: ['/usr/share/nodejs', process.env.NODE_PATH].filter(Boolean).join(':')},
    });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.warn('terser is not installed: the scripts of the page stay as they are, which adds 2 % to its weight.');
    return script;
  }
}
