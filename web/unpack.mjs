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

// The parts that were packed, in their order. Its functions throw where the content is damaged.
export class Unpacker {
  #decoder;
  #begin;
  #ends = [];
  #there = 0;

  // Throws where memory is short.
  static async open({decoder, content, sizes}) {
    const packed = bytesOf(content);
    const {instance} = await WebAssembly.instantiate(bytesOf(decoder), {env: {emscripten_notify_memory_growth() {}}});
    return new Unpacker(instance.exports, packed, sizes);
  }

  constructor(decoder, packed, sizes) {
    this.#decoder = decoder;
    const from = decoder.memory.buffer.byteLength;
    this.#begin = from + packed.length;
    let size = 0;
    for (const part of sizes) this.#ends.push(size += part);
    decoder.memory.grow(Math.ceil((packed.length + size) / MEMORY_PAGE));
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

  #span(part) { return [part === 0 ? 0 : this.#ends[part - 1], this.#ends[part]]; }

  text(part) { return new TextDecoder().decode(this.#bytes(...this.#span(part))); }

  // The part as a WebAssembly module, which the browser compiles while it is decoded.
  async module(part) {
    const [begin, end] = this.#span(part);
    let at = begin;
    let problem = null;
    const pull = (stream) => {
      try {
        const to = Math.min(at + PIECE, end);
        stream.enqueue(this.#bytes(at, to).slice());
        at = to;
        if (at === end) stream.close();
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
