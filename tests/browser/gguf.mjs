// A GGUF file of a small Llama-like model that no catalog lists. Layout: the GGUF specification, version 3 (ggml's
// docs/gguf.md).

const UINT32 = 4, STRING = 8;  // kinds of metadata values
const F32 = 0, F16 = 1;        // kinds of tensors
const BYTES = {[F32]: 4, [F16]: 2};
const ALIGNMENT = 32;

const aligned = (size) => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

// The header as bytes, and the size of the tensors behind it.
export function ggufOf({layers, hidden, feedForward, heads, kvHeads, vocab, context}) {
  const keyValue = hidden / heads * kvHeads;
  const tensors = [['token_embd.weight', F16, hidden, vocab], ['output_norm.weight', F32, hidden],
                   ['output.weight', F16, hidden, vocab]];
  for (let layer = 0; layer < layers; layer += 1) {
    const add = (name, kind, ...shape) => tensors.push([`blk.${layer}.${name}.weight`, kind, ...shape]);
    add('attn_norm', F32, hidden);
    add('attn_q', F16, hidden, hidden);
    add('attn_k', F16, hidden, keyValue);
    add('attn_v', F16, hidden, keyValue);
    add('attn_output', F16, hidden, hidden);
    add('ffn_norm', F32, hidden);
    add('ffn_gate', F16, hidden, feedForward);
    add('ffn_up', F16, hidden, feedForward);
    add('ffn_down', F16, feedForward, hidden);
  }
  const facts = {
    'general.architecture': 'llama', 'general.name': 'Nobody lists this', 'llama.block_count': layers,
    'llama.embedding_length': hidden, 'llama.feed_forward_length': feedForward, 'llama.context_length': context,
    'llama.attention.head_count': heads, 'llama.attention.head_count_kv': kvHeads, 'llama.vocab_size': vocab,
  };

  const bytes = [];
  const number = (value, size) => {
    for (let rest = BigInt(value), i = 0; i < size; i += 1, rest >>= 8n) bytes.push(Number(rest & 0xFFn));
  };
  const text = (value) => {
    const encoded = new TextEncoder().encode(value);
    number(encoded.length, 8);
    bytes.push(...encoded);
  };
  bytes.push(...new TextEncoder().encode('GGUF'));
  number(3, 4);
  number(tensors.length, 8);
  number(Object.keys(facts).length, 8);
  for (const [key, value] of Object.entries(facts)) {
    text(key);
    number(typeof value === 'string' ? STRING : UINT32, 4);
    if (typeof value === 'string') text(value);
    else number(value, 4);
  }
  let offset = 0;
  let weights = 0;
  for (const [name, kind, ...shape] of tensors) {
    text(name);
    number(shape.length, 4);
    for (const length of shape) number(length, 8);
    number(kind, 4);
    number(offset, 8);
    const size = shape.reduce((product, length) => product * length, BYTES[kind]);
    weights += size;
    offset += aligned(size);
  }
  number(0, aligned(bytes.length) - bytes.length);
  return {header: bytes, data: offset, weights, cacheBytesPerToken: 2 * layers * keyValue * BYTES[F16]};
}
