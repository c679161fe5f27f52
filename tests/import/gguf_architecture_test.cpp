// What the metadata may say wrongly, and what follows from the tensors alone.
#include "core/catalog/import/gguf_architecture.h"

#include <doctest/doctest.h>

#include <functional>

#include "tests/import/gguf_cases.h"
#include "tests/import/gguf_read.h"

namespace headroom {
namespace {

GgufHeader tiny() {
  auto header = testing::read_gguf(testing::tiny_gguf());
  REQUIRE(header.ok());
  return *header;
}

GgufValue number(std::int64_t value) {
  GgufValue out;
  out.data = std::vector<std::int64_t>{value};
  return out;
}

GgufValue list(std::vector<std::int64_t> values) {
  GgufValue out;
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

struct MetadataCase {
  const char* name;
  std::function<void(GgufHeader&)> change;
  const char* message;
};

TEST_CASE("metadata of the wrong type or beyond belief are refused by name") {
  const std::vector<MetadataCase> cases{
      {"block_count as text", [](GgufHeader& h) { h.metadata["llama.block_count"] = text("32"); },
       "\"llama.block_count\" must be a whole number; found string"},
      {"block_count as a list",
       [](GgufHeader& h) {
         h.metadata["llama.block_count"] = list({2, 2});
       },
       "must be a whole number; found an array"},
      {"block_count 10^9", [](GgufHeader& h) { h.metadata["llama.block_count"] = number(1000000000); },
       "is 1000000000; allowed are 0 to 1024"},
      {"block_count negative", [](GgufHeader& h) { h.metadata["llama.block_count"] = number(-1); }, "is -1"},
      {"block_count below the tensors", [](GgufHeader& h) { h.metadata["llama.block_count"] = number(1); },
       "tensors of block 1, but block_count is 1"},
      {"head_count list too short", [](GgufHeader& h) { h.metadata["llama.attention.head_count"] = list({4}); },
       "for each of the 2 layers; found 1"},
      {"head_count as text", [](GgufHeader& h) { h.metadata["llama.attention.head_count"] = text("4"); },
       "must be a whole number"},
      {"head_count beyond belief", [](GgufHeader& h) { h.metadata["llama.attention.head_count"] = number(1 << 30); },
       "allowed are 0 to 65536"},
      {"a tensor of block 1000000", [](GgufHeader& h) { h.tensors[0].name = "blk.1000000.attn_q.weight"; },
       "belongs to block 1000000"},
      {"one part of a split file",
       [](GgufHeader& h) {
         h.metadata["split.count"] = number(3);
         h.metadata["split.no"] = number(1);
       },
       "part 2 of 3; give all parts"},
      {"no tensors", [](GgufHeader& h) { h.tensors.clear(); }, "no tensors"},
  };
  for (const MetadataCase& c : cases) {
    CAPTURE(c.name);
    GgufHeader header = tiny();
    c.change(header);
    const auto model = architecture_from_gguf(header);
    if (model.ok()) {
      FAIL_CHECK("accepted");
      continue;
    }
    CHECK_MESSAGE(model.error().message.find(c.message) != std::string::npos, model.error().message);
  }
}

TEST_CASE("per-layer lists are read layer by layer") {
  GgufHeader header = tiny();
  header.metadata["llama.attention.head_count"] = list({4, 2});
  header.metadata["llama.attention.head_count_kv"] = list({2, 1});
  const auto model = architecture_from_gguf(header);
  REQUIRE(model.ok());
  REQUIRE(model->architecture.mixers.size() == 2);
  CHECK(model->architecture.mixers[0].kv_heads == 2);
  CHECK(model->architecture.mixers[1].kv_heads == 1);
}

TEST_CASE("an unknown architecture is named, sized from its tensors, and gets a cache where the keys allow it") {
  GgufHeader header = tiny();
  header.metadata["general.architecture"] = text("brandnew");
  for (const char* key : {"block_count", "embedding_length", "attention.head_count"}) {
    header.metadata[std::string("brandnew.") + key] = header.metadata[std::string("llama.") + key];
  }
  const auto known = architecture_from_gguf(header);
  REQUIRE(known.ok());
  CHECK(known->cache_known);
  CHECK(known->architecture.gguf_arch == "brandnew");
  CHECK(known->architecture.layers.size() == 2);
  CHECK(known->stored->total_bytes == header.tensor_bytes);

  header.metadata.erase("brandnew.attention.head_count");
  const auto partial = architecture_from_gguf(header);
  REQUIRE(partial.ok());
  CHECK_FALSE(partial->cache_known);
  REQUIRE(partial->notes.size() == 1);
  CHECK(partial->notes[0].find("\"brandnew\"") != std::string::npos);
  CHECK(partial->stored->total_bytes == header.tensor_bytes);

  header.metadata.clear();
  const auto bare = architecture_from_gguf(header);
  REQUIRE(bare.ok());
  CHECK(bare->architecture.layers.size() == 2);
  CHECK(bare->architecture.hidden == 64);
  CHECK_FALSE(bare->cache_known);
  CHECK(bare->notes[0].find("general.architecture is missing") != std::string::npos);
}

TEST_CASE("head_count 0 leaves the cache unknown instead of dividing by zero") {
  GgufHeader header = tiny();
  header.metadata["llama.attention.head_count"] = number(0);
  const auto model = architecture_from_gguf(header);
  REQUIRE(model.ok());
  CHECK_FALSE(model->cache_known);
}

TEST_CASE("the format is the one the file names, the weights are the file's own") {
  const auto model = architecture_from_gguf(tiny());
  REQUIRE(model.ok());
  CHECK(model->name == "Tiny");
  CHECK(model->format == "Q8_0");
  CHECK(model->stored->dominant_type == "q8_0");
  CHECK(model->stored->tensor_bytes.size() == model->inventory->tensors.size());
  CHECK(model->architecture.max_context == 128);
}

}  // namespace
}  // namespace headroom
