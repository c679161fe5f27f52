// Whole imports: one file, split files, shards with their configuration, records and back.
#include "core/catalog/import/import_session.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/catalog/import/import_record.h"
#include "core/catalog/json_text.h"
#include "tests/import/gguf_cases.h"
#include "tests/import/model_cases.h"
#include "tests/import/safetensors_cases.h"
#include "tests/truth/gguf_truth.h"

namespace headroom {
namespace {

using testing::ByteString;

ByteString bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// What the page does: reads the ranges that are asked for, from files whose size it knows.
Result<ImportedModel> import_files(const std::vector<std::pair<std::string, ByteString>>& files) {
  std::vector<ImportFile> list;
  list.reserve(files.size());
  for (const auto& [name, bytes] : files) list.push_back({name, bytes.size()});
  ImportSession session(list);
  while (const auto wanted = session.wanted()) {
    const ByteString& bytes = files[wanted->file].second;
    const std::size_t start = std::min<std::size_t>(static_cast<std::size_t>(wanted->range.offset), bytes.size());
    const std::size_t length =
        std::min<std::size_t>(static_cast<std::size_t>(wanted->range.length), bytes.size() - start);
    if (Status problem = session.feed({bytes.data() + start, length})) return *problem;
  }
  return session.finish();
}

ByteString with_data(ByteString header, std::uint64_t data) {
  header.resize(header.size() + static_cast<std::size_t>(data));
  return header;
}

TEST_CASE("malformed safetensors headers are refused with a message that names the problem") {
  for (const testing::SafetensorsCase& c : testing::safetensors_cases()) {
    CAPTURE(c.name);
    SafetensorsReader reader(std::nullopt);
    Status problem;
    while (!reader.done() && !problem) {
      const ByteRange range = reader.wanted();
      const std::size_t start = std::min<std::size_t>(static_cast<std::size_t>(range.offset), c.bytes.size());
      const std::uint64_t length = std::min<std::uint64_t>(range.length, c.bytes.size() - start);
      problem = reader.feed({c.bytes.data() + start, static_cast<std::size_t>(length)});
    }
    if (c.message.empty()) {
      CHECK_MESSAGE(!problem, (problem ? problem->message : ""));
    } else if (!problem) {
      FAIL_CHECK("accepted");
    } else {
      CHECK(problem->code == ErrorCode::bad_file);
      CHECK_MESSAGE(problem->message.find(c.message) != std::string::npos, problem->message);
    }
  }
}

TEST_CASE("a checkpoint alone gives exact weights and the cache its shapes allow") {
  const ByteString file = testing::safetensors(testing::tiny_checkpoint_json());
  const auto model = import_model(file, "folder/tiny.safetensors");
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
  const std::uint64_t weights = 2 * 96 * 64 + 2 * (64 * 64 * 2 + 32 * 64 * 2 + 128 * 64 * 3);
  CHECK(model->stored->total_bytes == 2 * weights);
  CHECK(model->architecture.text_params == weights);
  CHECK(model->architecture.layers.size() == 2);
  CHECK(model->architecture.hidden == 64);
  CHECK(model->architecture.vocab == 96);
  CHECK(model->cache_known);
  const Mixer& mixer = model->architecture.mixers[0];
  CHECK(mixer.kv_heads * mixer.head_dim_k == 32);  // the cache row, exact without the head count
  CHECK(model->format == "BF16");
  CHECK(model->notes.size() == 1);
  CHECK(model->name == "tiny");
}

TEST_CASE("a checkpoint with its configuration gives both") {
  const ByteString file = testing::safetensors(testing::tiny_checkpoint_json());
  const std::uint64_t data = 2ULL * (2 * 96 * 64 + 2 * (64 * 64 * 2 + 32 * 64 * 2 + 128 * 64 * 3));
  const auto model = import_files(
      {{"model.safetensors", with_data(file, data)}, {"config.json", bytes_of(testing::tiny_config_json())}});
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
  CHECK(model->architecture.mixers[0].kv_heads == 2);
  CHECK(model->architecture.max_context == 512);
  CHECK(model->notes.empty());
  CHECK(model->stored->total_bytes == data);
  const auto cut = import_files({{"model.safetensors", with_data(file, data - 1)}});
  REQUIRE_FALSE(cut.ok());
  CHECK(cut.error().message.find("incomplete or damaged") != std::string::npos);
}

TEST_CASE("an index names what it lacks, and missing shards are noticed") {
  const std::string index = R"({"metadata":{"total_size":1000000},"weight_map":{"a":"model-00001.safetensors"}})";
  const auto alone = import_files({{"model.safetensors.index.json", bytes_of(index)}});
  REQUIRE_FALSE(alone.ok());
  CHECK(alone.error().message.find("total of 1000000 bytes, but no shapes") != std::string::npos);
  const auto with_config = import_files(
      {{"model.safetensors.index.json", bytes_of(index)}, {"config.json", bytes_of(testing::tiny_config_json())}});
  REQUIRE(with_config.ok());
  CHECK(with_config->stored->total_bytes == 1000000);
  const ByteString shard = testing::safetensors(R"({"a":{"dtype":"F16","shape":[8],"data_offsets":[0,16]}})");
  const auto missing = import_files(
      {{"model.safetensors.index.json", bytes_of(index)}, {"model-00001.safetensors", with_data(shard, 16)}});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message.find("16 of the 1000000 bytes") != std::string::npos);
}

TEST_CASE("the parts of a split GGUF are joined in any order; missing and repeated ones are named") {
  const auto part = [](std::int64_t number, std::int64_t count, const char* name) {
    return with_data(testing::split_part(number, count, name), 512);
  };
  const ByteString a = part(0, 3, "blk.0.attn_q.weight");
  const ByteString b = part(1, 3, "blk.1.attn_q.weight");
  const ByteString c = part(2, 3, "blk.2.attn_q.weight");
  const auto whole = import_files({{"c.gguf", c}, {"a.gguf", a}, {"b.gguf", b}});
  REQUIRE_MESSAGE(whole.ok(), (whole.ok() ? "" : whole.error().message));
  CHECK(whole->inventory->tensors.size() == 3);
  CHECK(whole->stored->total_bytes == 3 * 512);
  const auto message = [](const Result<ImportedModel>& result) { return result.ok() ? "" : result.error().message; };
  CHECK(message(import_files({{"a", a}, {"c", c}})).find("of 3 parts these are missing: 2") != std::string::npos);
  CHECK(message(import_files({{"b", b}})).find("missing: 1, 3") != std::string::npos);
  CHECK(message(import_files({{"a", a}, {"a", a}, {"b", b}})).find("part 1 was given twice") != std::string::npos);
  CHECK(message(import_files({{"a", a}, {"x", part(1, 2, "y")}})).find("do not belong together") != std::string::npos);
  const ByteString tiny = with_data(testing::tiny_gguf(), 100000);
  CHECK(message(import_files({{"t", tiny}, {"u", tiny}})).find("not the parts of a split one") != std::string::npos);
}

TEST_CASE("what a file is follows from its content; the rest is refused by name") {
  struct Row {
    const char* name;
    ByteString bytes;
    const char* message;
  };
  std::vector<Row> rows{
      {"empty.bin", {}, "starts with \"\""},
      {"notes.txt", bytes_of("hello there"), "starts with \"hello th\""},
      {"pytorch_model.bin", bytes_of("PK\3\4 and more, and more, and more"), "zip archive"},
      {"old.pt", bytes_of("\x80\x02}q"), "Python pickle"},
      {"config.json", bytes_of("\x1f\x8b\x08 and more"), "compressed archive; unpack"},
      {"config.json", bytes_of("\xff\xfe{"), "text in UTF-16; save it as UTF-8"},
      {"config.json", bytes_of("<!DOCTYPE html><html>"), "a web page"},
      {"model.gguf", bytes_of("\n <html lang=\"en\">"), "a web page"},
      {"model.safetensors", bytes_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"),
       "git lfs pull"},
      {"old.bin", bytes_of("tjgg\3"), "from before GGUF"},
      {"x.gguf", bytes_of("not one"), "instead of \"GGUF\""},
  };
  for (const testing::ConfigCase& c : testing::config_cases()) rows.push_back({c.name, bytes_of(c.text), c.message});
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto known = import_files({{row.name, row.bytes}});
    const auto memory = import_model(row.bytes, row.name);
    REQUIRE_FALSE(known.ok());
    REQUIRE_FALSE(memory.ok());
    CHECK_MESSAGE(known.error().message.find(row.message) != std::string::npos, known.error().message);
    CHECK_MESSAGE(memory.error().message.find(row.message) != std::string::npos, memory.error().message);
  }
  ImportSession large({{"config.json", 100ULL << 20U}});
  CHECK(large.feed(bytes_of("{"))->message.find("104857600 bytes of JSON") != std::string::npos);
  CHECK(large.wanted() == std::nullopt);
}

TEST_CASE("a header of any length is a header, whatever other files begin with its bytes") {
  for (const std::string beginning : {"<", "<!", "\x1f\x8b", "BZh", "PK\3\4", "\xff\xfe", "lmgg"}) {
    std::string head = beginning;
    head.resize(8);
    head[7] = '\0';
    const auto model = import_model(bytes_of(head + "{\"a\": 1"), "model.safetensors");
    REQUIRE_FALSE(model.ok());
    CHECK_MESSAGE(model.error().message.find("safetensors: ") != std::string::npos, model.error().message);
  }
}

TEST_CASE("byte order marks, duplicate keys and unknown fields do not matter to a configuration") {
  std::string config = "\xef\xbb\xbf" + testing::tiny_config_json();
  config.insert(config.size() - 1, R"(,"hidden_size":64,"surprise":{"a":[1,2,3]})");
  const auto model = import_model(bytes_of(config), "config.json");
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
  CHECK(model->architecture.hidden == 64);
}

TEST_CASE("a record read back gives the same model, for every model of the truth") {
  std::size_t longest = 0;
  for (const truth::Model& source : truth::models()) {
    CAPTURE(source.name);
    const auto model = import_model(testing::write_gguf(truth::gguf_header(source)), source.name + ".gguf");
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    const auto record = parse_json(model->record, "record");
    REQUIRE(record.ok());
    const auto back = model_from_record(*record);
    REQUIRE_MESSAGE(back.ok(), (back.ok() ? "" : back.error().message));
    CHECK(back->name == model->name);
    CHECK(back->stored->total_bytes == model->stored->total_bytes);
    CHECK(back->format == model->format);
    CHECK(back->architecture.total_params() == model->architecture.total_params());
    CHECK(back->architecture.mixers == model->architecture.mixers);
    CHECK(back->architecture.ffns == model->architecture.ffns);
    CHECK(back->architecture.norms_per_layer == model->architecture.norms_per_layer);
    CHECK(back->record == model->record);
    std::map<std::string, std::uint64_t> bytes;
    for (std::size_t i = 0; i < model->inventory->tensors.size(); ++i) {
      bytes[model->inventory->tensors[i].name] = model->stored->tensor_bytes[i];
    }
    REQUIRE(back->inventory->tensors.size() == bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      CHECK(bytes[back->inventory->tensors[i].name] == back->stored->tensor_bytes[i]);
    }
    longest = std::max(longest, model->record.size());
  }
  CHECK(longest < 20000);
}

TEST_CASE("records of checkpoints and configurations read back as well; malformed ones are refused by name") {
  const auto checkpoint = import_model(testing::safetensors(testing::tiny_checkpoint_json()), "t.safetensors");
  REQUIRE(checkpoint.ok());
  const auto back = model_from_record(*parse_json(checkpoint->record, "record"));
  REQUIRE_MESSAGE(back.ok(), (back.ok() ? "" : back.error().message));
  CHECK(back->stored->total_bytes == checkpoint->stored->total_bytes);
  const auto config = import_model(bytes_of(testing::tiny_config_json()), "tiny/config.json");
  REQUIRE(config.ok());
  CHECK(model_from_record(*parse_json(config->record, "record"))->architecture.text_params ==
        config->architecture.text_params);
  const std::vector<std::pair<std::string, std::string>> rows{
      {R"(5)", "a model id"},
      {R"({})", "config"},
      {R"({"gguf":5})", "model.gguf"},
      {R"({"gguf":{"metadata":{}}})", "model.gguf.tensors"},
      {R"({"gguf":{"metadata":{"a":1.5},"tensors":[]}})", "\"a\" must be"},
      {R"({"gguf":{"metadata":{},"tensors":[5]}})", "is not [name, shape"},
      {R"({"gguf":{"metadata":{},"tensors":[["a",[0],"f32",4]]}})", "a dimension of a"},
      {R"({"gguf":{"metadata":{},"tensors":[["a",[4],"zzz",4]]}})", "\"zzz\" is not known"},
      {R"({"gguf":{"metadata":{},"tensors":[["blk.#.a",[4],"f32",16,[[0,99999]]]]}})", "up to 1023"},
      {R"({"safetensors":{}})", "model.safetensors.tensors"},
  };
  for (const auto& row : rows) {
    const std::string_view text = row.first, message = row.second;
    CAPTURE(text);
    const auto model = model_from_record(*parse_json(text, "record"));
    REQUIRE_FALSE(model.ok());
    CHECK_MESSAGE(model.error().message.find(message) != std::string::npos, model.error().message);
  }
}

}  // namespace
}  // namespace headroom
