// Unpacks what pack.mjs packed: one LZMA file, decoded by a small module of its own (wasm/unpack).

const MEMORY_PAGE = 65536;  // WebAssembly's unit of memory
const PIECE = 1 << 17;  // bytes: a few milliseconds of decoding
const STRETCH = 1 << 13;  // bytes that one call decodes

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// The script and the module that were packed, in this order. Its functions throw where the content is damaged.
export class Unpacker {
  #decoder;
  #begin;
  #joined;
  #script;
  #module;
  #there = 0;

  // Throws where memory is short.
  static async open({decoder, content, script, module}) {
    const packed = bytesOf(content);
    const {instance} = await WebAssembly.instantiate(bytesOf(decoder), {env: {emscripten_notify_memory_growth() {}}});
    return new Unpacker(instance.exports, packed, script, module);
  }

  constructor(decoder, packed, script, module) {
    this.#decoder = decoder;
    this.#script = script;
    this.#module = module;
    const from = decoder.memory.buffer.byteLength;
    this.#begin = from + packed.length;
    const size = module.reduce((sum, [bytes]) => sum + bytes, script);
    this.#joined = this.#begin + size;
    const most = Math.max(...module.map(([, joined]) => joined ?? 0));
    decoder.memory.grow(Math.ceil((packed.length + size + most) / MEMORY_PAGE));
    new Uint8Array(decoder.memory.buffer).set(packed, from);
    this.#check(decoder.unpack_begin(from, packed.length, this.#begin, size));
  }

  #check(sound) {
    if (!sound) throw new Error('its compressed content is damaged');
  }

  #bytes(from, to) {
    // In short calls: what the browser compiles better meanwhile is taken up by the next one only.
    while (this.#there < to) {
      this.#there = Math.min(this.#there + STRETCH, to);
      this.#check(this.#decoder.unpack_until(this.#there));
    }
    return new Uint8Array(this.#decoder.memory.buffer, this.#begin + from, to - from);
  }

  script() { return this.#bytes(0, this.#script); }

  // The bytes of the module, each time as much as is there until more is asked for.
  * pieces() {
    let at = this.#script;
    for (const [size, joined] of this.#module) {
      const end = at + size;
      if (joined) {
        this.#bytes(at, end);
        this.#check(this.#decoder.join_code(this.#begin + at, size, this.#joined, joined));
        yield new Uint8Array(this.#decoder.memory.buffer, this.#joined, joined).slice();
        at = end;
      }
      for (; at < end; at = Math.min(at + PIECE, end)) yield this.#bytes(at, Math.min(at + PIECE, end)).slice();
    }
  }

  // As a WebAssembly module, which the browser compiles while it is decoded.
  async module() {
    const pieces = this.pieces();
    let problem = null;
    const pull = (stream) => {
      try {
        const {value, done} = pieces.next();
        if (done) stream.close();
        else stream.enqueue(value);
      } catch (error) {
        problem = error;
        stream.error(error);
      }
    };
    const headers = {'Content-Type': 'application/wasm'};
    try {
      return await WebAssembly.compileStreaming(new Response(new ReadableStream({pull}), {headers}));
    } catch (error) {
      throw problem ?? error;
    }
  }
}
