// Takes a WebAssembly module's code apart into streams, as wasm/unpack/streams.h says. join.cpp there puts it together.

const HEADER = 8, CODE_SECTION = 10;  // of a module: bytes of magic number and version, the section's number
// In which the code is joined: the browser compiles one while the next is decoded. More of them compress worse.
const PIECES = 2;

const STREAMS = 18;
const [OPERATIONS, LOCALS, CALLS, OFFSETS, ADDED, STORED, PASSED, BEFORE_LOCALS, BEFORE_CONSTANTS, OTHER_CONSTANTS, LONG,
       REALS, BLOCKS, LABELS, GLOBALS, ALIGNMENTS, DECLARATIONS, REST] = Array.from({length: STREAMS}, (_, i) => i);

const BLOCK = 0x02, IF = 0x04, BRANCH = 0x0C, BRANCH_IF = 0x0D, BRANCH_TABLE = 0x0E, CALL = 0x10, CALL_INDIRECT = 0x11;
const LOCAL_GET = 0x20, LOCAL_TEE = 0x22, GLOBAL_GET = 0x23, GLOBAL_SET = 0x24, FIRST_MEMORY = 0x28, LAST_MEMORY = 0x3E;
const MEMORY_SIZE = 0x3F, MEMORY_GROW = 0x40, INT32 = 0x41, INT64 = 0x42, FLOAT = 0x43, DOUBLE = 0x44, ADD = 0x6A;
const LAST_PLAIN = 0xC4, PREFIX = 0xFC, UNALIGNED = 0xFF;
const SATURATING = 8, MEMORY_COPY = 10, MEMORY_FILL = 11;
const NATURAL_ALIGNMENT = [2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2];
const isMemory = (operation) => operation >= FIRST_MEMORY && operation <= LAST_MEMORY;

function constantStream(next) {
  if (next === ADD) return ADDED;
  if (isMemory(next) || next === UNALIGNED) return STORED;
  if (next === CALL) return PASSED;
  if (next >= LOCAL_GET && next <= LOCAL_TEE) return BEFORE_LOCALS;
  return next === INT32 ? BEFORE_CONSTANTS : OTHER_CONSTANTS;
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  take(count) {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  // A number in LEB128 as its bytes.
  number() {
    let end = this.at;
    while (this.bytes[end] & 0x80) end += 1;
    return this.take(end + 1 - this.at);
  }
  size() { return this.number().reduceRight((value, byte) => value * 0x80 + (byte & 0x7F), 0); }
}

function leb(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}

class Splitter {
  #streams = Array.from({length: STREAMS}, () => []);
  #constant = null;  // until what takes it is known

  #put(stream, bytes) {
    for (const byte of bytes) this.#streams[stream].push(byte);
  }

  #operation(operation) {
    if (this.#constant) this.#put(constantStream(operation), this.#constant);
    this.#constant = null;
    this.#streams[OPERATIONS].push(operation);
  }

  function(code) {
    const from = new Reader(code);
    const groups = from.number();
    this.#put(DECLARATIONS, groups);
    for (let rest = new Reader(groups).size(); rest > 0; rest -= 1) {
      this.#put(DECLARATIONS, from.number());
      this.#put(DECLARATIONS, from.take(1));
    }
    while (from.at < code.length) this.#instruction(from);
  }

  #instruction(from) {
    const [operation] = from.take(1);
    if (isMemory(operation)) {
      const alignment = from.number();
      const natural = alignment.length === 1 && alignment[0] === NATURAL_ALIGNMENT[operation - FIRST_MEMORY];
      if (!natural) {
        this.#operation(UNALIGNED);
        this.#put(ALIGNMENTS, alignment);
      }
      this.#operation(operation);
      return this.#put(OFFSETS, from.number());
    }
    this.#operation(operation);
    const number = (stream) => this.#put(stream, from.number());
    if (operation >= LOCAL_GET && operation <= LOCAL_TEE) return number(LOCALS);
    if (operation >= BLOCK && operation <= IF) return number(BLOCKS);
    switch (operation) {
      case BRANCH:
      case BRANCH_IF: return number(LABELS);
      case BRANCH_TABLE: {
        const labels = from.number();
        this.#put(REST, labels);
        for (let rest = new Reader(labels).size(); rest >= 0; rest -= 1) number(REST);
        return undefined;
      }
      case CALL: return number(CALLS);
      case CALL_INDIRECT:
        number(REST);
        return number(REST);
      case GLOBAL_GET:
      case GLOBAL_SET: return number(GLOBALS);
      case MEMORY_SIZE:
      case MEMORY_GROW: return this.#put(REST, from.take(1));
      case INT32:
        this.#constant = from.number();
        return undefined;
      case INT64: return number(LONG);
      case FLOAT: return this.#put(REALS, from.take(Float32Array.BYTES_PER_ELEMENT));
      case DOUBLE: return this.#put(REALS, from.take(Float64Array.BYTES_PER_ELEMENT));
      case PREFIX: {
        const extended = from.number();
        this.#put(REST, extended);
        const [kind] = extended;
        if (kind === MEMORY_COPY) return this.#put(REST, from.take(2));
        if (kind === MEMORY_FILL) return this.#put(REST, from.take(1));
        if (kind >= SATURATING) throw new Error(`join.cpp does not know the operation 0xFC ${kind}`);
        return undefined;
      }
      default:
        if (operation > LAST_PLAIN) throw new Error(`join.cpp does not know the operation ${operation}`);
        return undefined;
    }
  }

  finish() {
    const streams = this.#streams;
    this.#streams = Array.from({length: STREAMS}, () => []);
    return Buffer.from([...streams.flatMap((stream) => leb(stream.length)), ...streams.flat()]);
  }
}

// The module in pieces: `bytes` of the content, and where they are code to be joined, how many bytes that makes.
export function splitModule(module) {
  const from = new Reader(module);
  from.take(HEADER);
  while (from.take(1)[0] !== CODE_SECTION) from.take(from.size());
  const end = from.size() + from.at;
  let functions = from.size();
  const pieces = [{bytes: module.subarray(0, from.at)}];
  const piece = (end - from.at) / PIECES;
  const splitter = new Splitter();
  for (let begin = from.at; functions > 0; functions -= 1) {
    splitter.function(from.take(from.size()));
    if (functions === 1 || from.at - begin >= piece) {
      pieces.push({bytes: splitter.finish(), joined: from.at - begin});
      begin = from.at;
    }
  }
  pieces.push({bytes: module.subarray(end)});
  return pieces;
}
