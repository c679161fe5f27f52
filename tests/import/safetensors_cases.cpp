#include "tests/import/safetensors_cases.h"

#include <utility>

namespace headroom::testing {
namespace {

std::string tensor(const std::string& name, const std::string& shape, std::uint64_t begin, std::uint64_t end,
                   const std::string& dtype = "BF16") {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

}  // namespace

ByteString safetensors(const std::string& json) { return GgufWriter().u64(json.size()).raw(json).bytes(); }

std::string tiny_checkpoint_json() {
  std::string out = "{\"__metadata__\":{\"format\":\"pt\"}";
  std::uint64_t at = 0;
  const auto add = [&](const std::string& name, std::uint64_t rows, std::uint64_t columns) {
    const std::uint64_t bytes = 2 * rows * columns;
    out += "," + tensor(name, "[" + std::to_string(rows) + "," + std::to_string(columns) + "]", at, at + bytes);
    at += bytes;
  };
  add("model.embed_tokens.weight", 96, 64);
  add("lm_head.weight", 96, 64);
  for (const char* layer : {"model.layers.0.", "model.layers.1."}) {
    const std::string prefix = layer;
    add(prefix + "self_attn.q_proj.weight", 64, 64);
    add(prefix + "self_attn.k_proj.weight", 32, 64);
    add(prefix + "self_attn.v_proj.weight", 32, 64);
    add(prefix + "self_attn.o_proj.weight", 64, 64);
    add(prefix + "mlp.gate_proj.weight", 128, 64);
    add(prefix + "mlp.up_proj.weight", 128, 64);
    add(prefix + "mlp.down_proj.weight", 64, 128);
  }
  return out + "}";
}

std::string tiny_config_json() {
  return R"({"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,)"
         R"("num_attention_heads":4,"num_key_value_heads":2,"vocab_size":96,"max_position_embeddings":512,)"
         R"("tie_word_embeddings":false,"torch_dtype":"bfloat16"})";
}

std::vector<SafetensorsCase> safetensors_cases() {
  std::vector<SafetensorsCase> out;
  const auto json = [&](std::string name, const std::string& text, std::string message) {
    out.push_back({std::move(name), safetensors(text), std::move(message)});
  };
  json("tiny checkpoint", tiny_checkpoint_json(), "");
  json("no tensors", "{}", "");
  json("a scalar", "{" + tensor("s", "[]", 0, 2) + "}", "");
  json("4-bit elements", "{" + tensor("s", "[4,32]", 0, 64, "F4") + "}", "");
  out.push_back({"empty file", {}, "fewer than the 8 bytes"});
  out.push_back({"length 0", GgufWriter().u64(0).bytes(), "header length 0"});
  out.push_back({"length 2^63", GgufWriter().u64(1ULL << 63U).raw("{}").bytes(), "header length 9223372036854775808"});
  out.push_back({"length beyond the file", GgufWriter().u64(1000).raw("{}").bytes(), "ends inside the header"});
  json("not an object", "[1,2]", "list where none belongs");
  json("a bare number", "12", "not an object");
  json("cut off", R"({"a":{"dtype":"BF16","shape":[2)", "not valid JSON");
  json("garbage", "{\"a\":\x01\x02}", "not valid JSON");
  json("unknown dtype", "{" + tensor("a", "[2]", 0, 4, "Q99") + "}", "dtype \"Q99\"");
  json("size does not match", "{" + tensor("a", "[2]", 0, 5) + "}", "spans 5 bytes, but its shape takes 4");
  json("shape overflows", "{" + tensor("a", "[4294967296,4294967296,4294967296]", 0, 4) + "}", "overflows");
  json("negative dimension", "{" + tensor("a", "[-1]", 0, 4) + "}", "a negative number");
  json("fractional dimension", "{" + tensor("a", "[1.5]", 0, 4) + "}", "a fraction");
  json("falling offsets", "{" + tensor("a", "[2]", 4, 0) + "}", "two rising numbers");
  json("overlap", "{" + tensor("a", "[2]", 0, 4) + "," + tensor("b", "[2]", 2, 6) + "}", "overlap or leave a gap");
  json("gap", "{" + tensor("a", "[2]", 0, 4) + "," + tensor("b", "[2]", 8, 12) + "}", "overlap or leave a gap");
  json("duplicate", "{" + tensor("a", "[2]", 0, 4) + "," + tensor("a", "[2]", 4, 8) + "}", "appears twice");
  json("nine dimensions", "{" + tensor("a", "[1,1,1,1,1,1,1,1,2]", 0, 4) + "}", "more than 8 dimensions");
  json("nested objects", R"({"a":{"b":{"c":{}}}})", "nested too deep");
  json("deep nesting", std::string(200000, '['), "list where none belongs");
  json("deep metadata", R"({"__metadata__":)" + std::string(1000, '[') + std::string(1000, ']') + "}", "");
  json("offsets near 2^64", "{" + tensor("a", "[2]", 18446744073709551600ULL, 18446744073709551604ULL) + "}",
       "leave a gap");
  return out;
}

}  // namespace headroom::testing
