#include "tests/import/model_cases.h"

#include <functional>
#include <utility>

#include "tests/import/gguf_read.h"

namespace headroom::testing {
GgufValue number(std::int64_t value, GgufType type) {
  GgufValue out;
  out.type = type;
  out.data = std::vector<std::int64_t>{value};
  return out;
}

GgufValue list(std::vector<std::int64_t> values, GgufType type) {
  GgufValue out;
  out.type = type;
  out.is_array = true;
  out.count = values.size();
  out.data = std::move(values);
  return out;
}

GgufValue text(std::string value) {
  GgufValue out;
  out.type = GgufType::string;
  out.count = value.size();
  out.data = std::move(value);
  return out;
}

std::vector<GgufCase> metadata_cases() {
  std::vector<GgufCase> out;
  Result<GgufHeader> tiny = read_gguf(tiny_gguf());
  if (!tiny.ok()) return out;
  tiny->metadata.erase("tokenizer.ggml.tokens");  // passed over when reading, so there is nothing to write
  const auto add = [&](const char* name, const char* message, const std::function<void(GgufHeader&)>& change) {
    GgufHeader header = *tiny;
    change(header);
    out.push_back({name, write_gguf(header), message});
  };
  const auto set = [&](const char* name, const char* key, const GgufValue& value, const char* message) {
    add(name, message, [&](GgufHeader& header) { header.metadata[std::string("llama.") + key] = value; });
  };
  set("block_count as text", "block_count", text("32"), "\"llama.block_count\" must be a whole number; found string");
  set("block_count as a list", "block_count", list({2, 2}), "must be a whole number; found an array");
  set("block_count 10^9", "block_count", number(1000000000), "is 1000000000; allowed are 0 to 1024");
  set("block_count negative", "block_count", number(-1, GgufType::i32), "is -1");
  set("block_count below the tensors", "block_count", number(1), "tensors of block 1, but block_count is 1");
  set("head_count list too short", "attention.head_count", list({4}), "for each of the 2 layers; found 1");
  set("head_count list too short, of bytes", "attention.head_count", list({4}, GgufType::u8),
      "for each of the 2 layers; found 1");
  set("head_count as text", "attention.head_count", text("4"), "must be a whole number");
  set("head_count beyond belief", "attention.head_count", number(1 << 30), "allowed are 0 to 65536");
  add("a tensor of block 1000000", "belongs to block 1000000",
      [](GgufHeader& header) { header.tensors[0].name = "blk.1000000.attn_q.weight"; });
  add("one part of a split file", "of 3 parts these are missing: 1, 3", [](GgufHeader& header) {
    header.metadata["split.count"] = number(3);
    header.metadata["split.no"] = number(1);
  });
  add("split into a negative number of parts", "split.count must be", [](GgufHeader& header) {
    header.metadata["split.count"] = number(-1, GgufType::i32);
    header.metadata["split.no"] = number(0);
  });
  add("split into parts that have no number", "split.count must be",
      [](GgufHeader& header) { header.metadata["split.count"] = text("3"); });
  add("split into more parts than there can be", "allowed are up to 9999",
      [](GgufHeader& header) { header.metadata["split.count"] = number(10000); });
  add("no tensors", "no tensors", [](GgufHeader& header) { header.tensors.clear(); });
  return out;
}

std::vector<ConfigCase> config_cases() {
  return {
      {"config.json", "{\"hidden_size\": 64,", "not valid JSON"},
      {"config.json", "{}", "hidden_size"},
      {"config.json", std::string(200000, '['), "nested deeper"},
      {"config.json", R"({"hidden_size": "64"})", "\"64\" was given"},
      {"config.json", R"({"hidden_size": 1e400})", "not valid JSON"},
      {"config.json", R"({"hidden_size": NaN})", "hidden_size"},
      {"config.json", R"({"hidden_size": 64, "time_step_limit": [0.0, -Infinity], "a": "Infinity \" NaN"})",
       "num_hidden_layers"},
      {"config.json", R"({"hidden_size": -5})", "-5 was given"},
      {"config.json", R"({"hidden_size": [64]})", "a list was given"},
      {"config.json", "{\"model_type\": \"\\ud800\"}", "not valid JSON"},
      {"config.json", R"({"text_config": {"hidden_size": 64}})", "config.text_config.num_"},
  };
}

ByteString split_part(std::int64_t number_of_part, std::int64_t count, const std::string& tensor) {
  GgufHeader part;
  part.metadata["split.no"] = number(number_of_part, GgufType::i32);
  part.metadata["split.count"] = number(count, GgufType::i32);
  part.metadata["split.tensors.count"] = number(count, GgufType::i32);
  GgufTensor t;
  t.name = tensor;
  t.ne = {64, 2, 1, 1};
  t.dims = 2;
  t.bytes = 512;
  part.tensors.push_back(t);
  return write_gguf(part);
}

}  // namespace headroom::testing
