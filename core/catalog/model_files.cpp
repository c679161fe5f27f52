#include "core/catalog/model_files.h"

#include <algorithm>

#include "core/catalog/json_fields.h"
#include "core/catalog/json_text.h"
#include "core/catalog/nearest.h"
#include "core/catalog/record_json.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::string_view kFullPrecision = "fp32";
constexpr std::string_view kFullPrecisionFormat = "FP32";
constexpr std::string_view kReleasedFewBits = "MXFP4";  // a GGUF file of it is called this, or begins with it
// Publishers of GGUF files, by what they publish: the four-bit release of a model (one file per repository, so that it
// needs no tag); files of the family gguf_ud, and unquantized ones; all mixes of the quantizer.
constexpr std::string_view kPublisherOfReleased = "ggml-org/";
constexpr std::string_view kPublisherOfDynamic = "unsloth/";
constexpr std::string_view kPublisherOfMixes = "bartowski/";
// Larger files are in parts, which Hugging Face refuses to Ollama (huggingface/hub-docs issue 2702).
constexpr Bytes kLargestWholeFile(50'000'000'000);

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return equal_ignoring_case({&a, 1}, {&b, 1}); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

// A name that somebody typed, made safe as part of a shell command.
std::string plain_name(std::string_view name) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
  std::string plain(name.empty() ? "model" : name);
  for (char& c : plain) {
    if (kPlain.find(c) == std::string_view::npos) c = '-';
  }
  return plain;
}

const Format* released_format(const Catalog& catalog, std::string_view precision) {
  for (const Format& format : catalog.formats()) {
    if (format.is_released_in(precision)) return &format;
  }
  return precision == kFullPrecision ? catalog.find_format(kFullPrecisionFormat) : nullptr;
}

ModelFiles files_of_custom(const Catalog& catalog, const CustomModel& model) {
  ModelFiles files;
  files.repository = plain_name(model.name);
  files.own = catalog.find_format(model.quantization);
  files.unquantized = model.quantization.empty();
  return files;
}

ModelFiles files_of_entry(const Catalog& catalog, std::size_t index) {
  const ModelEntry& model = catalog.models()[index];
  ModelFiles files;
  files.catalogued = true;
  files.repository = model.hf_id.empty() ? model.id : model.hf_id;
  files.own = released_format(catalog, model.native_precision);
  files.release = model.release;
  // Tags that run on Ollama's own servers are not files.
  if (model.generates() && !model.ollama.ends_with("cloud")) files.ollama_tag = model.ollama;
  const auto record = parse_json(catalog.model_record(index), "model");
  if (!record) return files;
  JsonFields fields(*record, "model");
  files.remote_code = fields.boolean("remote_code").value_or(false);
  files.gguf_repositories = texts_of(fields.any("gguf_repos"));
  return files;
}

bool is_four_bit_file(const Format& format) { return format.id.starts_with(kReleasedFewBits); }
bool is_released_in_four_bits(const ModelFiles& files) { return files.own != nullptr && is_four_bit_file(*files.own); }

// The one format a repository is named after ("bge-m3-Q8_0-GGUF"); nullptr for most, which have many.
const Format* only_format(const Catalog& catalog, std::string_view repository) {
  for (const Format& format : catalog.formats()) {
    if (contains(repository, "-" + format.id + "-gguf")) return &format;
  }
  return nullptr;
}

// The first repository of this publisher (of any, where none is named) that may have a file in the format; nullptr for
// none.
const std::string* repository_with(const Catalog& catalog, const ModelFiles& files, const Format& format,
                                   std::string_view publisher) {
  for (const std::string& repository : files.gguf_repositories) {
    if (!repository.starts_with(publisher)) continue;
    const Format* only = only_format(catalog, repository);
    if (only == nullptr || only == &format) return &repository;
  }
  return nullptr;
}

std::string gguf_reference(const Catalog& catalog, const ModelFiles& files, const Format& format) {
  const bool four_bits = is_four_bit_file(format);
  if (four_bits && !is_released_in_four_bits(files)) return {};
  const bool plain = format.family == FormatFamily::plain;
  const bool dynamic = format.family == FormatFamily::gguf_ud;
  const std::string_view publisher = four_bits          ? kPublisherOfReleased
                                     : plain || dynamic ? kPublisherOfDynamic
                                                        : kPublisherOfMixes;
  const std::string* repository = repository_with(catalog, files, format, publisher);
  if (repository == nullptr && !four_bits && !dynamic) repository = repository_with(catalog, files, format, "");
  if (repository == nullptr) return {};
  return four_bits ? *repository : *repository + ":" + (plain ? format.mix : format.id);
}

bool is_in_library(const ModelFiles& files, const Format& format, const TagRule& library) {
  if (files.ollama_tag.empty()) return false;
  if (is_released_in_four_bits(files)) return is_four_bit_file(format);
  return format.id == library.format && files.release >= library.since;
}

}  // namespace

std::string ModelFiles::name_in(const Format& format) const {
  return !catalogued && own == &format ? base : base + "-" + format.id;
}

ModelFiles files_of(const Catalog& catalog, const ResolvedModel& model) {
  ModelFiles files = model.index ? files_of_entry(catalog, *model.index) : files_of_custom(catalog, *model.custom);
  files.base = base_of(files.repository);
  files.unquantized = files.unquantized || (files.own != nullptr && files.own->family == FormatFamily::plain);
  return files;
}

ModelFiles files_in(const Catalog& catalog, const ResolvedModel& model, const Format& format) {
  ModelFiles files = files_of(catalog, model);
  files.published = gguf_reference(catalog, files, format);
  return files;
}

std::string ollama_reference(const ModelFiles& files, const Format& format, Bytes file, const TagRule& library) {
  if (is_in_library(files, format, library)) return files.ollama_tag;
  return files.published.empty() || file > kLargestWholeFile ? std::string() : "hf.co/" + files.published;
}

}  // namespace headroom
