#include "core/catalog/link.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/catalog/json_text.h"
#include "core/catalog/scenario_json.h"
#include "core/catalog/url_text.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::string_view kVersionKey = "v";
constexpr std::string_view kVersion = "1";
constexpr char kRecordMark = '~';  // before a base64url record; percent_encoded() never yields one

// Where each value stands in the contract's scenario and what it is called in a link. Keys never change their meaning.
// What others belong to stands before them.
struct Key {
  const char* key;
  const char* pointer;
};
constexpr Key kKeys[] = {
    {"m", "/model"},
    {"hw", "/hardware/device"},
    {"n", "/hardware/count"},
    {"also", "/hardware/others"},
    {"link", "/hardware/interconnect"},
    {"usable", "/hardware/usable_fraction"},
    {"reserve", "/hardware/reserved_bytes"},
    {"host", "/hardware/host/id"},
    {"ram", "/hardware/host/memory_bytes"},
    {"rambw", "/hardware/host/mem_bandwidth_gbs"},
    {"bus", "/hardware/host/link"},
    {"e", "/engine"},
    {"be", "/backend"},
    {"q", "/quantization"},
    {"k", "/kv_cache/k"},
    {"vt", "/kv_cache/v"},
    {"c", "/context"},
    {"p", "/parallel"},
    {"ns", "/max_sequences"},
    {"b", "/batch"},
    {"ub", "/ubatch"},
    {"fa", "/flash_attention"},
    {"swa", "/swa_full"},
    {"kvu", "/kv_unified"},
    {"lg", "/logits"},
    {"nkvo", "/kv_on_host"},
    {"ngl", "/gpu_layers"},
    {"ncmoe", "/cpu_moe_layers"},
    {"sm", "/split"},
    {"tp", "/tensor_parallel"},
    {"pp", "/pipeline_parallel"},
    {"dp", "/data_parallel"},
    {"dcp", "/decode_context_parallel"},
    {"lora", "/adapters"},
    {"d", "/draft/model"},
    {"dq", "/draft/quantization"},
    {"spec", "/speculation/kind"},
    {"specn", "/speculation/draft_tokens"},
    {"speca", "/speculation/acceptance"},
    {"mmproj", "/mmproj"},
    {"nmmo", "/mmproj_on_host"},
    {"tune", "/finetune"},
    {"kernel", "/kernels"},
    {"w", "/workload"},
    {"mode", "/mode"},
    {"mydec", "/personal/decode"},
    {"mypre", "/personal/prefill"},
    {"mydecs", "/personal/decode_spread"},
    {"mypres", "/personal/prefill_spread"},
    {"mye", "/personal/engine"},
    {"mybe", "/personal/backend"},
    {"myhw", "/personal/device"},
    {"mym", "/personal/model"},
    {"myq", "/personal/quantization"},
    {"myn", "/personal/devices"},
    {"myp", "/personal/users"},
    {"mypm", "/personal/most_users"},
    {"mydd", "/personal/decode_depth"},
    {"myddm", "/personal/decode_most_depth"},
    {"mypd", "/personal/prefill_depth"},
    {"mypdm", "/personal/prefill_most_depth"},
    {"mykv", "/personal/cache_bits"},
    {"myram", "/personal/host_share"},
    {"lang", "/language"},
};

// Numbers, true and false stand as themselves; null never occurs.
std::optional<json> literal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) {
    if (text == "true") return json(true);
    if (text == "false") return json(false);
    return std::nullopt;
  }
  json value = parse_or_discard(text);
  if (!value.is_number()) return std::nullopt;
  return value;
}

std::string value_text(const json& value) {
  if (value.is_structured()) return kRecordMark + base64url(json_text(value));
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr) return json_text(value);
  std::string encoded = percent_encoded(*text);
  if (!literal(encoded)) return encoded;
  // A text that looks like a number: its first character is escaped so that it is read as a text again.
  static constexpr char kHex[] = "0123456789ABCDEF";
  const auto first = static_cast<unsigned char>(encoded[0]);
  return std::string{'%', kHex[first >> 4U], kHex[first & 15U]} + encoded.substr(1);
}

Result<json> read_value(std::string_view key, std::string_view text) {
  const std::string name = "link, " + std::string(key);
  if (!text.empty() && text[0] == kRecordMark) {
    const auto bytes = from_base64url(text.substr(1));
    if (!bytes) return Error{ErrorCode::bad_value, name + ": a damaged record was given; is the link cut off?"};
    return parse_json(*bytes, name);
  }
  if (auto value = literal(text)) return *std::move(value);
  auto decoded = percent_decoded(text);
  if (!decoded) return Error{ErrorCode::bad_value, name + ": a damaged text was given; is the link cut off?"};
  return json(*std::move(decoded));
}

// The values of a fragment, parallel to kKeys: what each is, or why it cannot be read. Of several the last one counts.
struct Fragment {
  std::array<std::optional<Result<json>>, std::size(kKeys)> values;
  bool versioned = false;
};

Fragment take_apart(std::string_view fragment) {
  if (!fragment.empty() && fragment[0] == '#') fragment.remove_prefix(1);
  Fragment out;
  while (!fragment.empty()) {
    const std::size_t end = std::min(fragment.find('&'), fragment.size());
    const std::string_view pair = fragment.substr(0, end);
    fragment.remove_prefix(std::min(end + 1, fragment.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    const std::string_view text = pair.substr(std::min(equals + 1, pair.size()));
    if (name == kVersionKey) out.versioned = text == kVersion;
    for (std::size_t i = 0; i < std::size(kKeys); ++i) {
      if (name == kKeys[i].key) out.values[i] = read_value(name, text);
    }
  }
  return out;
}

Error not_of_this_program() {
  return {ErrorCode::bad_value, "link: this is not a link of this program; one begins with \"v=1&m=\""};
}

// All of it, or the first of its values that cannot be read.
Result<ScenarioSpec> scenario_of(const Fragment& parts) {
  json scenario = json::object();
  for (std::size_t i = 0; i < std::size(kKeys); ++i) {
    const std::optional<Result<json>>& value = parts.values[i];
    if (!value) continue;
    if (!*value) return value->error();
    scenario[json::json_pointer(kKeys[i].pointer)] = **value;
  }
  if (!parts.versioned) return not_of_this_program();
  return parse_scenario(scenario);
}

}  // namespace

std::string encode_link(const ScenarioSpec& spec) {
  const json scenario = to_json(spec);
  std::string link = std::string(kVersionKey) + "=" + std::string(kVersion);
  for (const Key& key : kKeys) {
    const json::json_pointer pointer(key.pointer);
    if (!scenario.contains(pointer)) continue;
    link += "&";
    link += key.key;
    link += "=";
    link += value_text(scenario.at(pointer));
  }
  return link;
}

Result<ScenarioSpec> decode_link(std::string_view fragment) { return scenario_of(take_apart(fragment)); }

LinkReading read_link(std::string_view fragment) {
  LinkReading reading;
  const Fragment parts = take_apart(fragment);
  Result<ScenarioSpec> all = scenario_of(parts);
  if (all) {
    reading.scenario = std::move(all).value();
    return reading;
  }
  reading.problem = all.error();
  if (!parts.versioned) return reading;
  // Model and hardware come first, without which nothing is a scenario; and what others belong to comes before them.
  constexpr std::size_t kSubject = 2;
  json scenario = json::object();
  for (std::size_t i = 0; i < std::size(kKeys); ++i) {
    const std::optional<Result<json>>& value = parts.values[i];
    const bool readable = value && value->ok();
    if (!readable && i < kSubject) return reading;
    if (!readable) continue;
    json more = scenario;
    more[json::json_pointer(kKeys[i].pointer)] = **value;
    if (i == 0 || parse_scenario(more)) scenario = std::move(more);
  }
  // Whose measurement it is says nothing without the measurement.
  if (const auto own = scenario.find("personal");
      own != scenario.end() && !own->contains("decode") && !own->contains("prefill")) {
    scenario.erase(own);
  }
  if (Result<ScenarioSpec> rest = parse_scenario(scenario)) reading.scenario = std::move(rest).value();
  return reading;
}

}  // namespace headroom
