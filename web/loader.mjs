// What a page runs first: unpacks its scripts and its module, and hands over to them.

import {unpack} from './unpack.mjs';
import {packed} from 'headroom:packed';

function showProblem(document, sentence) {
  const paragraph = document.createElement('p');
  paragraph.className = 'problem';
  paragraph.setAttribute('role', 'alert');
  paragraph.textContent = sentence;
  document.getElementById('headroom').replaceChildren(paragraph);
}

async function load(window) {
  const {document} = window;
  if (typeof WebAssembly === 'undefined') {
    return showProblem(document, 'Headroom computes with WebAssembly, which this browser lacks or forbids.');
  }
  let parts;
  try {
    parts = await unpack(packed);
  } catch (error) {
    return showProblem(document, `This copy of the page cannot be unpacked (${error.message}). Load or save it again.`);
  }
  const [script, wasmBinary] = parts;
  // As an element and not by eval, which the page's content policy forbids.
  const element = document.createElement('script');
  element.textContent = new TextDecoder().decode(script);
  document.head.append(element);
  element.remove();
  try {
    const problem = await window.headroomBoot(window, wasmBinary);
    if (problem) showProblem(document, problem);
  } catch (error) {
    showProblem(document, `This browser cannot run Headroom (${error.message}).`);
  }
}

load(window);
