#include "data/compiler/repositories.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "core/catalog/record_json.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

constexpr std::string_view kMetaPrefix = "meta-";  // Meta dropped it from its repositories, publishers kept it

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// "-GGUF", with an importance matrix ("-i1-GGUF"), or of one format only ("-Q8_0-GGUF").
bool is_ending(std::string_view ending, std::span<const Format> formats) {
  if (ending == "-gguf" || ending == "-i1-gguf") return true;
  return std::any_of(formats.begin(), formats.end(),
                     [&](const Format& format) { return ending == "-" + lower(format.id) + "-gguf"; });
}

bool is_of(std::string_view repository, std::string_view hf_id, std::span<const Format> formats) {
  const std::string base = lower(base_of(hf_id));
  const std::string owner = lower(hf_id.substr(0, hf_id.find('/'))) + "_";  // "google_gemma-3-4b-it-GGUF"
  const std::string text = lower(base_of(repository));
  std::string_view name = text;
  for (const std::string_view prefix : {std::string_view(owner), kMetaPrefix}) {
    if (name.starts_with(prefix) && !base.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  return name.starts_with(base) && is_ending(name.substr(base.size()), formats);
}

}  // namespace

json gguf_repositories(const json& repositories, std::string_view hf_id, std::span<const Format> formats) {
  json kept = json::array();
  if (!repositories.is_array()) return kept;
  for (const json& repository : repositories) {
    const auto* name = repository.get_ptr<const std::string*>();
    if (name != nullptr && is_of(*name, hf_id, formats)) kept.push_back(repository);
  }
  return kept;
}

}  // namespace headroom::facts
