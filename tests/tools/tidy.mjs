// Runs clang-tidy over what is compiled from the named folders, newest change first, within a time limit; what passed is
// not checked again until a file of it changes. A build in units (HEADROOM_UNITY) is checked unit by unit, which reads
// the headers of a library once and takes a third of the time. Usage: node tidy.mjs BUILD_FOLDER SECONDS FOLDER...

import {execFile, execFileSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [build, seconds, folders] = [path.resolve(process.argv[2]), Number(process.argv[3]), process.argv.slice(4)];
const root = process.cwd();
const passedFolder = path.join(root, 'build', 'tidy');
fs.mkdirSync(passedFolder, {recursive: true});

const first = (from, file) => path.relative(from, file).split(path.sep)[0];
const ours = (file) => ['core', 'wasm', 'data', 'tests'].includes(first(root, file));
// A unit is a generated file in the build folder of its library.
const asked = (file) => folders.includes(first(root, file)) || (file.includes('/Unity/') && folders.includes(first(build, file)));
const commands = JSON.parse(fs.readFileSync(path.join(build, 'compile_commands.json'), 'utf8')).filter(({file}) => asked(file));

const hashes = new Map();
function hashOf(file) {
  if (!hashes.has(file)) {
    const content = fs.existsSync(file) ? fs.readFileSync(file) : '';
    hashes.set(file, crypto.createHash('sha256').update(content).digest('hex'));
  }
  return hashes.get(file);
}

// Object file -> the files it was made from, as Ninja recorded them.
const dependencies = new Map();
let object = null;
for (const line of execFileSync('ninja', ['-C', build, '-t', 'deps'], {maxBuffer: 1 << 28}).toString().split('\n')) {
  if (line.startsWith(' ')) dependencies.get(object)?.push(path.resolve(build, line.trim()));
  else if (line.includes(': #deps')) dependencies.set(object = line.split(': #deps')[0], []);
}

// When a file changed, in ms: now if it is not committed, else with the last commits; older ones are all alike.
const changes = new Map();
const git = (...words) => execFileSync('git', words, {maxBuffer: 1 << 26}).toString().split('\n').filter(Boolean);
let committed = 0;
for (const line of git('log', '-n', '50', '--format=:%ct', '--name-only')) {
  if (line.startsWith(':')) committed = Number(line.slice(1)) * 1000;
  else if (!changes.has(path.join(root, line))) changes.set(path.join(root, line), committed);
}
for (const line of git('diff', '--name-only', 'HEAD')) changes.set(path.join(root, line), Date.now());

const options = hashOf(path.join(root, '.clang-tidy'));
const waiting = [];
for (const {file, output, command} of commands) {
  const made = output ?? command.match(/ -o (\S+)/)?.[1];
  const inputs = [file, ...(dependencies.get(made) ?? []).filter(ours)];
  const key = crypto.createHash('sha256').update([options, ...inputs.map(hashOf)].join()).digest('hex');
  const stamp = path.join(passedFolder, key);
  const changed = Math.max(...inputs.map((input) => changes.get(input) ?? 0));
  if (!fs.existsSync(stamp)) waiting.push({file, stamp, changed});
}
waiting.sort((a, b) => b.changed - a.changed);

const deadline = Date.now() + seconds * 1000;
let failed = 0;
let left = waiting.length;

async function worker() {
  while (waiting.length > 0 && Date.now() < deadline) {
    const {file, stamp} = waiting.shift();
    await new Promise((resolve) => {
      execFile('clang-tidy', ['-p', build, '--quiet', '--extra-arg=-Wno-unknown-warning-option', file], {maxBuffer: 1 << 26}, (error, output) => {
        left -= 1;
        if (error) {
          failed += 1;
          console.log(output);
        } else {
          fs.writeFileSync(stamp, '');
        }
        resolve();
      });
    });
  }
}

await Promise.all(Array.from({length: os.cpus().length}, worker));
console.log(`clang-tidy: ${commands.length - left} of ${commands.length} units checked, ${failed} with findings` +
            (left > 0 ? `; time was up for ${left}, the next run goes on` : ''));
process.exit(failed > 0 ? 1 : 0);
