// What the metadata may say wrongly, and what follows from the tensors alone.
#include "core/catalog/import/gguf_architecture.h"

#include <doctest/doctest.h>

#include "core/catalog/import/import_session.h"
#include "tests/import/gguf_cases.h"
#include "tests/import/gguf_read.h"
#include "tests/import/model_cases.h"
#include "tests/import/note_in_short.h"

namespace headroom {
namespace {

GgufHeader tiny() {
  auto header = testing::read_gguf(testing::tiny_gguf());
  REQUIRE(header.ok());
  return *header;
}

using testing::list, testing::number, testing::text;

TEST_CASE("metadata of the wrong type or beyond belief are refused by name") {
  const std::vector<testing::GgufCase> cases = testing::metadata_cases();
  REQUIRE(cases.size() > 10);
  for (const testing::GgufCase& c : cases) {
    CAPTURE(c.name);
    const auto model = import_model(c.bytes, "file.gguf");
    if (model.ok()) {
      FAIL_CHECK("accepted");
      continue;
    }
    CHECK_MESSAGE(model.error().message.find(c.message) != std::string::npos, model.error().message);
  }
}

TEST_CASE("a part alone is no model") {
  GgufHeader header = tiny();
  header.metadata["split.count"] = number(3);
  header.metadata["split.no"] = number(1);
  const auto model = architecture_from_gguf(header);
  REQUIRE_FALSE(model.ok());
  CHECK(model.error().message.find("part 2 of 3; give all parts") != std::string::npos);
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

TEST_CASE("a GGUF that holds no language model says what it is") {
  struct Row {
    const char* key;
    const char* value;
    const char* message;
  };
  for (const Row& row : {Row{"general.type", "adapter", "a LoRA adapter"}, Row{"general.type", "mmproj", "(mmproj)"},
                         Row{"general.architecture", "clip", "(mmproj)"}, Row{"general.type", "imatrix", "importance"},
                         Row{"general.architecture", "flux", "chosen from the catalog"}}) {
    CAPTURE(std::string(row.value));
    GgufHeader header = tiny();
    header.metadata[row.key] = text(row.value);
    const auto model = architecture_from_gguf(header);
    REQUIRE_FALSE(model.ok());
    CHECK(model.error().code == ErrorCode::unsupported);
    CHECK_MESSAGE(model.error().message.find(row.message) != std::string::npos, model.error().message);
  }
  GgufHeader lora = tiny();
  lora.tensors[0].name = "blk.0.attn_q.weight.lora_a";
  REQUIRE_FALSE(architecture_from_gguf(lora).ok());
  CHECK(architecture_from_gguf(lora).error().message.find("a LoRA adapter") != std::string::npos);
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
  CHECK(testing::in_short(partial->notes[0]) == "attention_unknown \"brandnew\"");
  CHECK(partial->stored->total_bytes == header.tensor_bytes);

  header.metadata.clear();
  const auto bare = architecture_from_gguf(header);
  REQUIRE(bare.ok());
  CHECK(bare->architecture.layers.size() == 2);
  CHECK(bare->architecture.hidden == 64);
  CHECK_FALSE(bare->cache_known);
  CHECK(bare->notes[0].key == "architecture_missing");
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
